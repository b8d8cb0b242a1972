// SPDX-License-Identifier: Apache-2.0
// Kubernetes objects as JSON, of whatever kind and of both strictnesses: an object, a named complaint, or an
// error.
#include <string_view>
#include <variant>

#include "base/check.h"
#include "controller/kube/json_reader.h"
#include "controller/kube/kinds.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace palpo::kube;
  if (size == 0) return 0;
  const std::string_view json(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto kind = kAllKinds[data[0] % kAllKinds.size()];
  for (const bool strict : {false, true}) {
    const auto document =
        read_json(json, kMaxAnswerDepth, strict ? RepeatedKeys::refused : RepeatedKeys::last_wins);
    PALPO_CHECK(document.root || document.fault.found());
    if (document.fault.found()) continue;
    const auto decoded = decode_object(kind, *document.root, strict);
    if (const auto* fault = std::get_if<Fault>(&decoded)) {
      PALPO_CHECK(fault->found());
    } else if (const auto* broken = std::get_if<BrokenObject>(&decoded)) {
      PALPO_CHECK(broken->kind == kind);
      PALPO_CHECK(broken->fault.found());
      PALPO_CHECK(!broken->meta.key.name.empty());
    } else {
      const auto& object = std::get<Object>(decoded);
      PALPO_CHECK(kind_of(object) == kind);
      PALPO_CHECK(!meta_of(object).key.name.empty());
    }
  }
  return 0;
}
