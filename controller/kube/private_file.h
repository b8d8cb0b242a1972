// SPDX-License-Identifier: Apache-2.0
// A file that only this user can read, gone when its owner is: for credentials that arrive inline while the
// TLS library wants a path. In memory-backed storage where there is one. Any thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palpo::kube {

class PrivateFile {
 public:
  static Result<std::shared_ptr<const PrivateFile>> create(std::string_view content);
  ~PrivateFile();
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit PrivateFile(int descriptor);
  int descriptor_;    // of an anonymous memory file: nothing is left behind, whatever ends the process
  std::string path_;  // /proc/self/fd/N
};

}  // namespace palpo::kube
