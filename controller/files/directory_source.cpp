// SPDX-License-Identifier: Apache-2.0
#include "controller/files/directory_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/secret_bytes.h"
#include "controller/files/folder_watch.h"
#include "controller/files/manifest_files.h"
#include "controller/files/manifest_set.h"

namespace palpo::files {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kQuiet{2};
constexpr std::chrono::milliseconds kStillWriting{1000};  // a new file not closed is read after that
constexpr std::chrono::milliseconds kGone{100};  // editors rename a file away before they write it anew
constexpr std::chrono::seconds kLookAgain{30};   // links out of the tree, file systems without events
constexpr std::size_t kMaxFile = std::size_t{16} << 20;

// What tells two contents of a path apart without reading them.
struct Signature {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified = 0;
  std::int64_t changed = 0;
  bool operator==(const Signature&) const = default;
};

Signature signature_of(const struct stat& status) {
  const auto nanoseconds = [](const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; };
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

Result<std::string> read_whole(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return invalid(std::string("cannot be read: ") + std::strerror(errno));
  std::string text;
  for (;;) {
    const auto at = text.size();
    text.resize(at + 65536);
    const auto got = ::read(file, text.data() + at, 65536);
    text.resize(at + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
    const int reason = errno;
    if (got < 0 && reason == EINTR) continue;
    if (got > 0 && text.size() <= kMaxFile) continue;
    ::close(file);
    if (got < 0) return invalid(std::string("cannot be read: ") + std::strerror(reason));
    return Error{ErrorKind::limit, "has more than " + std::to_string(kMaxFile >> 20) + " MiB"};
  }
  ::close(file);
  return text;
}

class DirectorySource : public kube::Source {
 public:
  explicit DirectorySource(std::string root) : root_(std::move(root)) {}
  ~DirectorySource() override { stop(); }

  void start(kube::SourceSink sink) override {
    sink_ = std::move(sink);
    thread_ = std::thread([this] { run(); });
  }
  void stop() override {
    stopping_ = true;
    watch_.wake();
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Due = std::map<std::string, Clock::time_point>;

  void run() {
    look_at_everything();
    while (!stopping_) {
      for (auto& event : set_.take_events()) sink_(std::move(event));
      wait_for_something();
      work_off(Clock::now());
    }
  }

  void wait_for_something() {
    auto next = everything_due_;
    for (const auto& [path, due] : due_) next = std::min(next, due);
    // Even when something is due: an event may say that a file is being written, and is not to be read yet.
    const auto limit = std::max(std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()),
                                std::chrono::milliseconds::zero());
    const auto in = [](std::chrono::milliseconds delay) { return Clock::now() + delay; };
    watch_.wait(limit, {.written = [&](const std::string& path) { put_due(path, in(kQuiet)); },
                        .writing = [&](const std::string& path) { put_due(path, in(writing_delay(path))); },
                        .gone =
                            [&](const std::string& path) {
                              put_due(path, in(kGone));
                              // A link to a folder is told of like a file.
                              if (folders_.contains(path))
                                everything_due_ = std::min(everything_due_, in(kGone));
                            },
                        .everything = [&] { everything_due_ = std::min(everything_due_, in(kQuiet)); }});
  }

  void put_due(const std::string& path, Clock::time_point when) {
    if (is_manifest_name(fs::path(path).filename().string())) {
      due_[path] = when;
    } else if (is_link(path)) {
      everything_due_ = std::min(everything_due_, when);  // it may lead to a folder
    }
  }

  // A link is whole as soon as it is there. Who writes a file closes it, however late; until then a known one
  // keeps its objects. One that appears may have been linked here whole, which no close follows.
  std::chrono::milliseconds writing_delay(const std::string& path) const {
    if (is_link(path)) return kQuiet;
    return known_.contains(path) ? kLookAgain : kStillWriting;
  }
  static bool is_link(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  }

  void work_off(Clock::time_point now) {
    if (everything_due_ <= now) look_at_everything();
    std::vector<std::string> paths;
    for (const auto& [path, due] : due_)
      if (due <= now) paths.push_back(path);
    for (const auto& path : paths) {
      due_.erase(path);
      look_at(path);
    }
  }

  void look_at(const std::string& path) {
    struct stat status {};
    const int failure = ::stat(path.c_str(), &status) == 0 ? 0 : errno;
    if (failure != 0 && failure != ENOENT && failure != ENOTDIR) {
      known_[path] = {};  // it may be there all the same
      return set_.put_unreadable(name_of(path), std::string("cannot be read: ") + std::strerror(failure));
    }
    if (failure != 0 || !S_ISREG(status.st_mode)) {
      known_.erase(path);
      set_.remove(name_of(path));
      return;
    }
    const auto signature = signature_of(status);
    const auto [known, fresh] = known_.try_emplace(path);
    if (!fresh && known->second == signature) return;
    known->second = signature;
    auto text = read_whole(path);
    if (!text) {
      known->second = {};  // to be tried again
      return set_.put_unreadable(name_of(path), text.error().message);
    }
    set_.put(name_of(path), read_manifest(name_of(path), *text));
    wipe(text->data(), text->size());  // Secrets
  }

  void look_at_everything() {
    everything_due_ = Clock::now() + kLookAgain;
    for (const auto& folder : std::exchange(skipped_, {})) set_.remove(name_of(folder));
    const auto found = find_manifests(root_, [this](const std::string& folder) { watch(folder); });
    if (found.folders.empty()) {
      set_.put_unreadable(root_, "the folder cannot be read; what it held last stays");
      return;
    }
    watch_.keep_only(found.folders);
    folders_ = found.folders;
    for (const auto& [folder, reason] : found.skipped) {
      set_.put_unreadable(name_of(folder), reason);
      skipped_.insert(folder);
    }
    // A file with a time of its own is being written, or may come back.
    for (const auto& path : found.files)
      if (!due_.contains(path)) look_at(path);
    for (const auto& [path, signature] : known_)
      if (!found.files.contains(path)) due_.try_emplace(path, Clock::now() + kGone);
  }

  void watch(const std::string& folder) {
    if (const auto watched = watch_.watch(folder); watched)
      set_.remove(name_of(folder));
    else
      set_.put_unreadable(name_of(folder), watched.error().message);
  }

  // Paths in messages begin below the root.
  std::string name_of(const std::string& path) const {
    return path.size() > root_.size() ? path.substr(root_.size() + 1) : path;
  }

  const std::string root_;
  kube::SourceSink sink_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
  FolderWatch watch_;
  ManifestSet set_;
  std::set<std::string> folders_;           // listed last
  std::set<std::string> skipped_;           // told as faults
  std::map<std::string, Signature> known_;  // files read, by path
  Due due_;                                 // files to look at
  Clock::time_point everything_due_;
};

}  // namespace

Result<std::unique_ptr<kube::Source>> make_directory_source(const std::string& path) {
  std::string root = path;
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  std::error_code failed;
  if (!fs::is_directory(root, failed)) {
    const auto exists = fs::exists(root, failed);
    return Error{ErrorKind::not_found, root + (exists ? " is not a folder" : " does not exist")};
  }
  fs::directory_iterator list(root, failed);
  if (failed) return Error{ErrorKind::forbidden, root + " cannot be read: " + failed.message()};
  return std::unique_ptr<kube::Source>(std::make_unique<DirectorySource>(std::move(root)));
}

}  // namespace palpo::files
