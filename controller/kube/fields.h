// SPDX-License-Identifier: Apache-2.0
// Reads the fields of one object of a Kubernetes document and remembers the first that has the wrong
// shape, by its path. Null and absent are the same, as in Kubernetes. On the stack of a decoder; any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/kube/value.h"

namespace palpo::kube {

std::string join_path(const std::string& path, std::string_view name);

class Fields {
 public:
  Fields(const Value& object, std::string path, Fault& fault);

  const Value& value(std::string_view name) const { return object_->member(name); }
  bool has(std::string_view name) const { return !value(name).is_null(); }
  const std::string& path() const { return path_; }

  // Absent: empty, or what the second argument says.
  std::string text(std::string_view name, std::string_view absent = {});
  std::int64_t integer(std::string_view name, std::int64_t absent = 0);
  std::optional<bool> boolean(std::string_view name);
  std::vector<std::string> texts(std::string_view name);
  std::map<std::string, std::string> text_map(std::string_view name);
  Fields object(std::string_view name);
  void each(std::string_view name, const std::function<void(Fields)>& visit);

  // Absent or empty is a fault.
  std::string required_text(std::string_view name);
  std::int32_t port(std::string_view name);  // 1..65535, required

  void fail(std::string_view name, std::string_view what) { fault_->set(join_path(path_, name), what); }

 private:
  const Value* object_;
  std::string path_;
  Fault* fault_;
};

}  // namespace palpo::kube
