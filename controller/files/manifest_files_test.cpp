// SPDX-License-Identifier: Apache-2.0
#include "controller/files/manifest_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

namespace palpo::files {
namespace {

namespace fs = std::filesystem;

struct ManifestFilesTest : testing::Test {
  fs::path root;

  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "palpo-walk-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root = name;
  }
  void TearDown() override { fs::remove_all(root); }
};

TEST_F(ManifestFilesTest, AFolderTooDeepIsNamed) {
  std::string path = root.string();
  for (int depth = 1; depth < 40; ++depth) path += "/d";
  fs::create_directories(path);
  const auto found = find_manifests(root.string());
  EXPECT_EQ(found.folders.size(), 32u);
  ASSERT_EQ(found.skipped.size(), 1u);
  EXPECT_EQ(found.skipped.begin()->first, path.substr(0, root.string().size() + 32 * 2));
}

TEST_F(ManifestFilesTest, FoldersBeyondTheLimitAreNamedButNotAll) {
  for (int i = 0; i < 250; ++i) {
    fs::create_directories(root / "real" / std::to_string(i));
    fs::create_directory_symlink("real", root / ("link" + std::to_string(i)));
  }
  const auto found = find_manifests(root.string());
  EXPECT_EQ(found.folders.size(), 10'000u);
  EXPECT_EQ(found.skipped.size(), 100u);
}

TEST_F(ManifestFilesTest, ALinkToAFolderAboveIsNotSkipped) {
  std::string path = root.string();
  for (int depth = 1; depth < 32; ++depth) path += "/d";
  fs::create_directories(path);
  fs::create_directory_symlink(root, path + "/up");
  EXPECT_TRUE(find_manifests(root.string()).skipped.empty());
}

TEST_F(ManifestFilesTest, AFolderThatCannotBeListedIsNamed) {
  fs::create_directories(root / "sub");
  const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(lowest);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit one_left{static_cast<rlim_t>(lowest) + 1, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &one_left), 0);
  const auto found = find_manifests(root.string());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(found.folders, std::set{root.string()});
  ASSERT_EQ(found.skipped.size(), 1u);
  EXPECT_TRUE(found.skipped.begin()->second.starts_with("cannot be listed: "));
}

}  // namespace
}  // namespace palpo::files
