// SPDX-License-Identifier: Apache-2.0
// One page of a list, or one line of a watch, from its JSON. Pure, any thread; memory is bounded by the page
// or line.
#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "controller/kube/kinds.h"

namespace palpo::kube {

struct ListPage {
  std::vector<Object> objects;
  std::vector<BrokenObject> broken;
  std::string continue_token;    // empty: the last page
  std::string resource_version;  // of the whole list
};
Result<ListPage> decode_list(Kind kind, std::string_view body);

struct WatchAdded {  // ADDED and MODIFIED: the object is now so
  std::variant<Object, BrokenObject> object;
};
struct WatchDeleted {
  ObjectKey key;
};
struct WatchBookmark {};
struct WatchFailed {  // an ERROR event: a metav1.Status
  int code = 0;
  std::string message;
};
struct WatchEvent {
  std::variant<WatchAdded, WatchDeleted, WatchBookmark, WatchFailed> event;
  std::string resource_version;  // empty after WatchFailed
};
Result<WatchEvent> decode_watch_line(Kind kind, std::string_view line);

// What a metav1.Status says, or the beginning of whatever else the body is.
std::string decode_status_message(std::string_view body);

}  // namespace palpo::kube
