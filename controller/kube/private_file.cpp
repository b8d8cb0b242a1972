// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/private_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace palpo::kube {

PrivateFile::PrivateFile(int descriptor)
    : descriptor_(descriptor), path_("/proc/self/fd/" + std::to_string(descriptor)) {}

PrivateFile::~PrivateFile() { close(descriptor_); }

Result<std::shared_ptr<const PrivateFile>> PrivateFile::create(std::string_view content) {
  const int descriptor = memfd_create("palpo-credential", MFD_CLOEXEC);
  if (descriptor < 0)
    return Error{ErrorKind::unavailable, "memfd_create: " + std::generic_category().message(errno)};
  const std::shared_ptr<const PrivateFile> file(new PrivateFile(descriptor));
  while (!content.empty()) {
    const auto written = write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Error{ErrorKind::unavailable, "write: " + std::generic_category().message(errno)};
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return file;
}

}  // namespace palpo::kube
