// SPDX-License-Identifier: Apache-2.0
// Manifests as people write them, in YAML and in JSON: objects with a place, faults with a place and a
// reason.
#include <string_view>

#include "base/check.h"
#include "controller/files/manifest_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string_view name : {"a.yaml", "a.json"}) {
    const auto manifest = palpo::files::read_manifest(name, text);
    for (const auto& found : manifest.objects) {
      PALPO_CHECK(found.where.starts_with(name));
      PALPO_CHECK(!palpo::kube::meta_of(found.object).key.name.empty());
    }
    for (const auto& fault : manifest.faults) {
      PALPO_CHECK(fault.where.starts_with(name));
      PALPO_CHECK(!fault.message.empty());
    }
    for (const auto& ignored : manifest.ignored) PALPO_CHECK(ignored.starts_with(name));
  }
  return 0;
}
