// SPDX-License-Identifier: Apache-2.0
#include "controller/files/folder_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/check.h"

namespace palpo::files {
namespace {

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;

void take(const inotify_event& event, const std::string& folder, const FolderWatch::Sink& sink) {
  const std::string name = event.len > 0 ? event.name : "";
  if ((event.mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF)) != 0 || name == "..data") {
    // A change of a folder's attributes is not one of its content.
    if ((event.mask & IN_ATTRIB) == 0) sink.everything();
    return;
  }
  if (name.empty()) return;
  const std::string path = folder + "/" + name;
  if ((event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO | IN_ATTRIB)) != 0) sink.written(path);
  if ((event.mask & (IN_CREATE | IN_MODIFY)) != 0) sink.writing(path);
  if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0) sink.gone(path);
}

}  // namespace

FolderWatch::FolderWatch()
    : inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  PALPO_CHECK(wake_ >= 0);
}

FolderWatch::~FolderWatch() {
  if (inotify_ >= 0) ::close(inotify_);
  ::close(wake_);
}

Result<void> FolderWatch::watch(const std::string& folder) {
  const int watch = inotify_add_watch(inotify_, folder.c_str(), kEvents);
  if (watch < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};  // gone again: its parent will tell
    return Error{ErrorKind::limit, std::string("cannot be watched (") + std::strerror(errno) +
                                       "): its changes are seen within half a minute"};
  }
  if (const auto old = watches_.find(folder); old != watches_.end() && old->second != watch) {
    inotify_rm_watch(inotify_, old->second);  // another folder has this path now
    folders_.erase(old->second);
  }
  folders_[watch] = folder;
  watches_[folder] = watch;
  return {};
}

void FolderWatch::keep_only(const std::set<std::string>& folders) {
  for (auto at = watches_.begin(); at != watches_.end();) {
    if (folders.contains(at->first)) {
      ++at;
      continue;
    }
    // Two paths may lead to one folder, which has one watch.
    if (const auto owner = folders_.find(at->second); owner != folders_.end() && owner->second == at->first) {
      inotify_rm_watch(inotify_, at->second);
      folders_.erase(owner);
    }
    at = watches_.erase(at);
  }
}

void FolderWatch::wait(std::chrono::milliseconds limit, const Sink& sink) {
  std::array<pollfd, 2> fds{{{wake_, POLLIN, 0}, {inotify_, POLLIN, 0}}};
  if (::poll(fds.data(), fds.size(), static_cast<int>(limit.count())) <= 0) return;
  std::uint64_t count = 0;
  if (fds[0].revents != 0) [[maybe_unused]]
    const auto read = ::read(wake_, &count, sizeof count);
  if (fds[1].revents != 0) read_events(sink);
}

void FolderWatch::read_events(const Sink& sink) {
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    const auto size = ::read(inotify_, buffer.data(), buffer.size());
    if (size <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        sink.everything();
        continue;
      }
      const auto folder = folders_.find(event->wd);
      if (folder == folders_.end()) continue;
      if ((event->mask & IN_IGNORED) != 0) {
        watches_.erase(folder->second);
        folders_.erase(folder);
        continue;
      }
      take(*event, folder->second, sink);
    }
  }
}

void FolderWatch::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

}  // namespace palpo::files
