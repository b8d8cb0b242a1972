// SPDX-License-Identifier: Apache-2.0
// Reads the fields of one JSON object of a Kubernetes document and remembers the first that has the wrong
// shape, by its path. Null and absent are the same, as in Kubernetes. On the stack of a decoder; any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/kube/json_document.h"

namespace palpo::kube {

// "spec.backend.service.port: expected a number or a name", once something was wrong.
struct Fault {
  std::string message;
  bool found() const { return !message.empty(); }
  void set(const std::string& path, std::string_view what);
};

std::string join_path(const std::string& path, std::string_view name);

class Fields {
 public:
  Fields(JsonView object, std::string path, Fault& fault);

  JsonView value(std::string_view name) const { return object_.member(name); }
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
  JsonView object_;
  std::string path_;
  Fault* fault_;
};

}  // namespace palpo::kube
