// SPDX-License-Identifier: Apache-2.0
// What an API server sends: the first byte says the kind, the rest is a watch line, a list page and a status
// in turn.
#include <string_view>
#include <variant>

#include "base/check.h"
#include "controller/kube/event_decoder.h"

namespace {

using namespace palpo::kube;

void check_object(Kind kind, const std::variant<Object, BrokenObject>& object) {
  if (const auto* broken = std::get_if<BrokenObject>(&object)) {
    PALPO_CHECK(broken->kind == kind && broken->fault.found() && !broken->meta.key.name.empty());
  } else {
    PALPO_CHECK(kind_of(std::get<Object>(object)) == kind);
    PALPO_CHECK(!meta_of(std::get<Object>(object)).key.name.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto kind = kAllKinds[data[0] % kAllKinds.size()];
  if (const auto event = decode_watch_line(kind, text); !event) {
    PALPO_CHECK(!event.error().message.empty());
  } else if (const auto* added = std::get_if<WatchAdded>(&event->event)) {
    check_object(kind, added->object);
    PALPO_CHECK(!event->resource_version.empty());
  } else if (const auto* deleted = std::get_if<WatchDeleted>(&event->event)) {
    PALPO_CHECK(!deleted->key.name.empty());
  } else if (std::holds_alternative<WatchBookmark>(event->event)) {
    PALPO_CHECK(!event->resource_version.empty());
  }
  if (const auto page = decode_list(kind, text); !page) {
    PALPO_CHECK(!page.error().message.empty());
  } else {
    for (const auto& object : page->objects) check_object(kind, object);
    for (const auto& broken : page->broken) check_object(kind, broken);
  }
  static_cast<void>(decode_status_message(text));
  return 0;
}
