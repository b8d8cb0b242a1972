// SPDX-License-Identifier: Apache-2.0
#include "controller/files/directory_source.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

namespace palpo::files {
namespace {

namespace fs = std::filesystem;

std::string service(const std::string& name, int port) {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name +
         "}\nspec: {ports: [{port: " + std::to_string(port) + "}]}\n";
}

// What a source has told, as a state: object -> port, and the faults.
class Told {
 public:
  void take(const kube::SourceEvent& event) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto* list = std::get_if<kube::Replaced>(&event)) {
        ++lists;
        for (const auto& object : list->objects) put(object);
      }
      if (const auto* changed = std::get_if<kube::Changed>(&event)) put(changed->object);
      if (const auto* gone = std::get_if<kube::Deleted>(&event)) {
        services.erase(gone->key.name);
        ever_deleted.push_back(gone->key.name);
      }
      if (const auto* fault = std::get_if<kube::SourceFault>(&event)) {
        if (fault->message.empty())
          faults.erase(fault->where);
        else
          faults[fault->where] = fault->message;
      }
    }
    changed_.notify_all();
  }
  // Within ten seconds: what is asserted comes, or the test says what is there instead.
  template <class Predicate>
  testing::AssertionResult becomes(Predicate predicate) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, std::chrono::seconds(10), predicate)) return testing::AssertionSuccess();
    auto result = testing::AssertionFailure();
    for (const auto& [name, port] : services) result << name << ":" << port << " ";
    for (const auto& [where, message] : faults) result << "\n" << where << ": " << message;
    return result;
  }

  std::map<std::string, int> services;
  std::map<std::string, std::string> faults;
  std::vector<std::string> ever_deleted;
  std::size_t lists = 0;

 private:
  void put(const kube::Object& object) {
    const auto& found = *std::get<std::shared_ptr<const kube::Service>>(object);
    services[found.meta.key.name] = found.ports.at(0).port;
  }
  std::mutex mutex_;
  std::condition_variable changed_;
};

using Services = std::map<std::string, int>;

struct DirectorySourceTest : testing::Test {
  fs::path root;
  Told told;
  std::unique_ptr<kube::Source> source;

  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "palpo-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root = name;
  }
  void TearDown() override {
    if (source) source->stop();
    fs::remove_all(root);
  }
  void write(const fs::path& name, const std::string& text) {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  }
  void replace(const fs::path& name, const std::string& text) {
    write(".new", text);
    fs::rename(root / ".new", root / name);
  }
  void start() {
    auto made = make_directory_source(root.string() + "/");
    ASSERT_TRUE(made) << made.error().message;
    source = std::move(*made);
    source->start([this](const kube::SourceEvent& event) { told.take(event); });
    ASSERT_TRUE(told.becomes([&] { return told.lists == kube::kAllKinds.size(); }));
  }
  testing::AssertionResult services_become(const Services& expected) {
    return told.becomes([&] { return told.services == expected; });
  }
};

TEST_F(DirectorySourceTest, ReadsEveryFolderOnceAndLeavesOutWhatIsNoManifest) {
  write("a.yaml", service("a", 1));
  write("x/y/b.yml", service("b", 1));
  write("c.json",
        R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"c"},"spec":{"ports":[{"port":1}]}})");
  for (const auto* name :
       {".a.yaml.swp", ".hidden.yaml", "d.yaml~", "#e.yaml#", "README.md", ".git/f.yaml", "#g.yaml"})
    write(name, service("never", 1));
  start();
  EXPECT_EQ(told.services, (Services{{"a", 1}, {"b", 1}, {"c", 1}}));
  EXPECT_TRUE(told.faults.empty());
}

TEST_F(DirectorySourceTest, FollowsWritesRenamesAndRemovals) {
  write("a.yaml", service("a", 1));
  start();
  write("a.yaml", service("a", 2));
  EXPECT_TRUE(services_become({{"a", 2}}));
  replace("a.yaml", service("a", 3));
  EXPECT_TRUE(services_become({{"a", 3}}));
  replace("b.yaml", service("b", 1));
  EXPECT_TRUE(services_become({{"a", 3}, {"b", 1}}));
  fs::rename(root / "b.yaml", root / "b.yaml~");
  EXPECT_TRUE(services_become({{"a", 3}}));
  fs::remove(root / "a.yaml");
  EXPECT_TRUE(services_become({}));
}

TEST_F(DirectorySourceTest, FollowsFoldersThatComeAndGo) {
  start();
  write("new/deep/a.yaml", service("a", 1));
  EXPECT_TRUE(services_become({{"a", 1}}));
  write("new/deep/b.yaml", service("b", 1));
  EXPECT_TRUE(services_become({{"a", 1}, {"b", 1}}));
  fs::rename(root / "new", root / "renamed");
  write("renamed/deep/b.yaml", service("b", 2));
  EXPECT_TRUE(services_become({{"a", 1}, {"b", 2}}));
  fs::remove_all(root / "renamed");
  EXPECT_TRUE(services_become({}));
}

TEST_F(DirectorySourceTest, AnEditorsDetourDeletesNothing) {
  write("a.yaml", service("a", 1));
  write("last.yaml", service("last", 1));
  start();
  for (int port = 2; port < 5; ++port) {
    fs::rename(root / "a.yaml", root / "a.yaml~");
    write("a.yaml", service("a", port));
    EXPECT_TRUE(services_become({{"a", port}, {"last", 1}}));
  }
  EXPECT_TRUE(told.ever_deleted.empty());
}

TEST_F(DirectorySourceTest, FollowsTheLinksOfAKubernetesVolume) {
  write("..first/a.yaml", service("a", 1));
  write("..first/sub/b.yaml", service("b", 1));
  fs::create_directory_symlink("..first", root / "..data");
  fs::create_symlink("..data/a.yaml", root / "a.yaml");
  fs::create_symlink("..data/sub", root / "sub");
  start();
  EXPECT_EQ(told.services, (Services{{"a", 1}, {"b", 1}}));

  const auto swap = [&](const std::string& from, const std::string& to) {
    fs::create_directory_symlink(to, root / "..data_tmp");
    fs::rename(root / "..data_tmp", root / "..data");
    fs::remove_all(root / from);
  };
  write("..second/a.yaml", service("a", 2));
  write("..second/sub/b.yaml", service("b", 2));
  swap("..first", "..second");
  EXPECT_TRUE(services_become({{"a", 2}, {"b", 2}}));
  write("..third/a.yaml", service("a", 3));
  swap("..second", "..third");
  fs::remove(root / "sub");
  EXPECT_TRUE(services_become({{"a", 3}}));
}

TEST_F(DirectorySourceTest, ABrokenFileKeepsItsObjectsUntilItIsMended) {
  write("dir/a.yaml", service("a", 1));
  start();
  write("dir/a.yaml", service("a", 2) + "bad: [\n");
  EXPECT_TRUE(told.becomes([&] { return told.faults.size() == 1; }));
  EXPECT_TRUE(told.faults.begin()->first.starts_with("dir/a.yaml:")) << told.faults.begin()->first;
  EXPECT_EQ(told.services, (Services{{"a", 1}}));
  write("dir/a.yaml", service("a", 3));
  EXPECT_TRUE(told.becomes([&] { return told.faults.empty() && told.services == Services{{"a", 3}}; }));
  EXPECT_TRUE(told.ever_deleted.empty());
}

TEST_F(DirectorySourceTest, AFileThatIsWrittenSlowlyKeepsItsObjects) {
  write("a.yaml", service("a", 1));
  start();
  std::ofstream slow(root / "a.yaml");  // empty from now on
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  fs::create_directory(root / "other");  // everything is looked at
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  slow << service("a", 2);
  slow.close();
  EXPECT_TRUE(services_become({{"a", 2}}));
  EXPECT_TRUE(told.ever_deleted.empty());
}

TEST_F(DirectorySourceTest, WhatCannotBeReachedIsNotRemoved) {
  write("a.yaml", service("a", 1));
  write(".real/b.yaml", service("b", 1));
  fs::create_directory_symlink(".real", root / "sub");
  start();
  for (const std::string name : {"a.yaml", "sub"}) {
    fs::create_symlink(name, root / ".new");  // a link to itself: too many levels of links
    fs::rename(root / ".new", root / name);
  }
  EXPECT_TRUE(
      told.becomes([&] { return told.faults.contains("a.yaml") && told.faults.contains("sub/b.yaml"); }));
  EXPECT_EQ(told.services, (Services{{"a", 1}, {"b", 1}}));
  replace("a.yaml", service("a", 2));
  fs::create_directory_symlink(".real", root / ".new");
  fs::rename(root / ".new", root / "sub");
  EXPECT_TRUE(told.becomes([&] {
    return told.faults.empty() && told.services == Services{{"a", 2}, {"b", 1}};
  }));
  EXPECT_TRUE(told.ever_deleted.empty());
}

TEST_F(DirectorySourceTest, AReadThatFailsIsRepeated) {
  write("a.yaml", service("a", 1));
  start();
  const int lowest_free = ::dup(STDOUT_FILENO);
  ::close(lowest_free);
  std::ofstream file(root / "a.yaml");
  file << service("a", 2);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none_left{static_cast<rlim_t>(lowest_free), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
  file.close();
  EXPECT_TRUE(told.becomes([&] { return told.faults.contains("a.yaml"); }));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  fs::create_directory(root / "other");  // everything is looked at
  EXPECT_TRUE(told.becomes([&] { return told.faults.empty() && told.services == Services{{"a", 2}}; }));
}

TEST_F(DirectorySourceTest, AFolderThatIsNotReadIsAFault) {
  write("a.yaml", service("a", 1));
  std::string deep = "d";
  for (int i = 1; i < 32; ++i) deep += "/d";
  write(deep + "/never.yaml", service("never", 1));
  start();
  const std::map<std::string, std::string> fault{{deep, "is not read: it lies more than 32 folders deep"}};
  EXPECT_TRUE(told.becomes([&] { return told.faults == fault && told.services == Services{{"a", 1}}; }));
  fs::remove_all(root / "d");
  EXPECT_TRUE(told.becomes([&] { return told.faults.empty(); }));
}

TEST_F(DirectorySourceTest, ALinkToAFolderThatIsRemovedTakesItsObjectsAlong) {
  write(".real/b.yaml", service("b", 1));
  fs::create_directory_symlink(".real", root / "sub");
  start();
  fs::remove(root / "sub");
  EXPECT_TRUE(services_become({}));
}

TEST_F(DirectorySourceTest, LinksInACircleAndThingsThatAreNoFilesDoNoHarm) {
  write("a/a.yaml", service("a", 1));
  fs::create_directory_symlink("..", root / "a" / "up");
  fs::create_symlink("nowhere.yaml", root / "dangling.yaml");
  ASSERT_EQ(::mkfifo((root / "pipe.yaml").c_str(), 0600), 0);
  fs::create_directory(root / "folder.yaml");
  start();
  EXPECT_EQ(told.services, (Services{{"a", 1}}));
  EXPECT_TRUE(told.faults.empty());
}

TEST_F(DirectorySourceTest, StopsAtOnceAndSaysNothingAfterwards) {
  start();
  source->stop();
  const auto lists = told.lists;
  write("a.yaml", service("a", 1));
  EXPECT_EQ(told.lists, lists);
  EXPECT_TRUE(told.services.empty());
}

TEST_F(DirectorySourceTest, APathThatIsNoFolderIsAnError) {
  write("a.yaml", "");
  EXPECT_EQ(make_directory_source((root / "none").string()).error().message,
            (root / "none").string() + " does not exist");
  EXPECT_EQ(make_directory_source((root / "a.yaml").string()).error().message,
            (root / "a.yaml").string() + " is not a folder");
}

}  // namespace
}  // namespace palpo::files
