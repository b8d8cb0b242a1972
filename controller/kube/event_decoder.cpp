// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/event_decoder.h"

#include <algorithm>

#include "controller/kube/decode.h"
#include "controller/kube/json_reader.h"

namespace palpo::kube {
namespace {

Result<ValuePtr> read_answer(std::string_view text) {
  auto document = read_json(text);
  if (document.fault.found()) return invalid(document.fault.text());
  return std::move(document.root);
}

Result<WatchEvent> decode_event(Kind kind, std::string_view type, const Value& object) {
  const bool gone = type == "DELETED";
  if (!gone && type != "ADDED" && type != "MODIFIED") return invalid("unknown type of event");
  auto decoded = decode_object(kind, object, false);
  if (const auto* fault = std::get_if<Fault>(&decoded)) return invalid("object: " + fault->text());
  WatchEvent result;
  WatchAdded added;
  if (auto* const broken = std::get_if<BrokenObject>(&decoded))
    added.object = std::move(*broken);
  else
    added.object = std::get<Object>(std::move(decoded));
  const auto* const good = std::get_if<Object>(&added.object);
  const Meta& meta = good != nullptr ? meta_of(*good) : std::get<BrokenObject>(added.object).meta;
  result.resource_version = meta.resource_version;
  if (result.resource_version.empty()) return invalid("object.metadata.resourceVersion: required");
  if (gone)
    result.event = WatchDeleted{meta.key};
  else
    result.event = std::move(added);
  return result;
}

}  // namespace

Result<ListPage> decode_list(Kind kind, std::string_view body) {
  const auto document = read_answer(body);
  if (!document) return document.error();
  Fault fault;
  Fields list(**document, "", fault);
  Fields metadata = list.object("metadata");
  ListPage page;
  page.continue_token = metadata.text("continue");
  page.resource_version = metadata.required_text("resourceVersion");
  const auto& items = list.value("items");
  if (!items.is_null() && items.type != Value::Type::array) list.fail("items", "expected a list");
  if (fault.found()) return invalid(fault.text());
  page.objects.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto decoded = decode_object(kind, items.at(i), false);
    if (const auto* const unusable = std::get_if<Fault>(&decoded))
      return invalid("items[" + std::to_string(i) + "]: " + unusable->text());
    if (auto* const object = std::get_if<Object>(&decoded))
      page.objects.push_back(std::move(*object));
    else
      page.broken.push_back(std::get<BrokenObject>(std::move(decoded)));
  }
  return page;
}

Result<WatchEvent> decode_watch_line(Kind kind, std::string_view line) {
  const auto document = read_answer(line);
  if (!document) return document.error();
  Fault fault;
  Fields event(**document, "", fault);
  const auto type = event.required_text("type");
  Fields object = event.object("object");
  if (fault.found()) return invalid(fault.text());
  if (type == "ERROR") {
    WatchFailed failed{static_cast<int>(object.integer("code")), object.text("message")};
    return WatchEvent{std::move(failed), {}};
  }
  if (type == "BOOKMARK") {
    auto version = object.object("metadata").required_text("resourceVersion");
    if (fault.found()) return invalid(fault.text());
    return WatchEvent{WatchBookmark{}, std::move(version)};
  }
  return decode_event(kind, type, event.value("object"));
}

std::string decode_status_message(std::string_view body) {
  constexpr std::size_t kEnough = 200;
  if (const auto document = read_answer(body))
    if (const auto message = (*document)->member("message").text()) return std::string(*message);
  return std::string(body.substr(0, std::min(kEnough, body.find_last_not_of(" \r\n") + 1)));
}

}  // namespace palpo::kube
