// SPDX-License-Identifier: Apache-2.0
// What every Kubernetes object has in common, as far as an ingress reads it (metav1.ObjectMeta). Plain data.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace palpo::kube {

struct ObjectKey {
  std::string namespace_;  // empty for cluster-scoped kinds
  std::string name;
  std::string text() const { return namespace_.empty() ? name : namespace_ + "/" + name; }
  auto operator<=>(const ObjectKey&) const = default;
};

struct Meta {
  ObjectKey key;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  std::string creation_timestamp;  // RFC 3339 in UTC: sorts as text; empty in files
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  bool deleting = false;                     // deletionTimestamp is set
  std::vector<std::string> status_managers;  // the field managers that own a part of the status
  auto operator<=>(const Meta&) const = default;

  // What of it an object's readers look at. The generation is told back to authors in conditions, and does
  // not count annotations. Another uid is another object of the same name, which may have come within the
  // same second.
  auto authored() const { return std::tie(key, uid, creation_timestamp, generation, annotations); }
  auto identity() const { return std::tie(key, creation_timestamp); }
};

}  // namespace palpo::kube
