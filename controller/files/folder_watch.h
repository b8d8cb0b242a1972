// SPDX-License-Identifier: Apache-2.0
// inotify over a tree of folders: which paths may have changed, and when everything must be looked at again.
// Watches what it is told to; decides nothing. One owner, one thread.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "base/result.h"

namespace palpo::files {

class FolderWatch {
 public:
  struct Sink {
    std::function<void(const std::string& path)> written;  // whole: closed after writing, or renamed here
    std::function<void(const std::string& path)> writing;  // created or modified, and perhaps still open
    std::function<void(const std::string& path)> gone;     // removed or renamed away
    std::function<void()> everything;  // folders changed, a link was swapped, events were lost
  };

  FolderWatch();
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // An error: the system gives no (more) watches.
  Result<void> watch(const std::string& folder);
  // Folders not named any more are no longer watched.
  void keep_only(const std::set<std::string>& folders);

  // Waits for events, for wake(), or for the time to pass; tells what came.
  void wait(std::chrono::milliseconds limit, const Sink& sink);
  void wake();  // from any thread

 private:
  void read_events(const Sink& sink);
  int inotify_ = -1;
  int wake_ = -1;
  std::map<int, std::string> folders_;  // by watch descriptor
  std::map<std::string, int> watches_;  // by folder
};

}  // namespace palpo::files
