// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/event_decoder.h"

#include <algorithm>

#include "controller/kube/decode.h"

namespace palpo::kube {
namespace {

Result<WatchEvent> decode_event(Kind kind, std::string_view type, JsonView object) {
  const bool gone = type == "DELETED";
  if (!gone && type != "ADDED" && type != "MODIFIED") return invalid("unknown type of event");
  auto decoded = decode_value(kind, object, false);
  if (!decoded) return decoded.error().within("object");
  const auto* const good = std::get_if<Object>(&*decoded);
  const Meta& meta = good != nullptr ? meta_of(*good) : std::get<BrokenObject>(*decoded).meta;
  WatchEvent result;
  result.resource_version = meta.resource_version;
  if (result.resource_version.empty()) return invalid("object.metadata.resourceVersion: required");
  if (gone)
    result.event = WatchDeleted{meta.key};
  else
    result.event = WatchAdded{std::move(*decoded)};
  return result;
}

}  // namespace

Result<ListPage> decode_list(Kind kind, std::string_view body) {
  auto document = JsonDocument::parse(body);
  if (!document) return document.error();
  Fault fault;
  Fields list(document->root(), "", fault);
  Fields metadata = list.object("metadata");
  ListPage page;
  page.continue_token = metadata.text("continue");
  page.resource_version = metadata.required_text("resourceVersion");
  const auto items = list.value("items");
  if (!items.is_null() && items.type() != JsonView::Type::array) list.fail("items", "expected a list");
  if (fault.found()) return invalid(fault.message);
  page.objects.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto decoded = decode_value(kind, items.at(i), false);
    if (!decoded) return decoded.error().within("items[" + std::to_string(i) + "]");
    if (auto* const object = std::get_if<Object>(&*decoded))
      page.objects.push_back(std::move(*object));
    else
      page.broken.push_back(std::get<BrokenObject>(std::move(*decoded)));
  }
  return page;
}

Result<WatchEvent> decode_watch_line(Kind kind, std::string_view line) {
  auto document = JsonDocument::parse(line);
  if (!document) return document.error();
  Fault fault;
  Fields event(document->root(), "", fault);
  const auto type = event.required_text("type");
  Fields object = event.object("object");
  if (fault.found()) return invalid(fault.message);
  if (type == "ERROR") {
    WatchFailed failed{static_cast<int>(object.integer("code")), object.text("message")};
    return WatchEvent{std::move(failed), {}};
  }
  if (type == "BOOKMARK") {
    auto version = object.object("metadata").required_text("resourceVersion");
    if (fault.found()) return invalid(fault.message);
    return WatchEvent{WatchBookmark{}, std::move(version)};
  }
  return decode_event(kind, type, event.value("object"));
}

std::string decode_status_message(std::string_view body) {
  constexpr std::size_t kEnough = 200;
  if (const auto document = JsonDocument::parse(body)) {
    if (const auto message = document->root().member("message").text()) return std::string(*message);
  }
  return std::string(body.substr(0, std::min(kEnough, body.find_last_not_of(" \r\n") + 1)));
}

}  // namespace palpo::kube
