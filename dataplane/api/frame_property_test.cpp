// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/frame.h"

#include <gtest/gtest.h>

#include "dataplane/api/random_model.h"

namespace palpo::api {
namespace {

using Frames = std::vector<std::pair<FrameKind, std::string>>;

Frames random_frames(RandomModel& random) {
  Frames frames;
  for (auto left = random.below(12); left > 0; --left) {
    const auto kind = static_cast<FrameKind>(1 + random.below(8));
    const auto limit = std::min<std::size_t>(payload_limit(kind), random.chance(10) ? 100'000 : 40);
    std::string payload(random.below(limit + 1), '\0');
    for (auto& byte : payload) byte = static_cast<char>(random.below(256));
    frames.emplace_back(kind, std::move(payload));
  }
  return frames;
}

TEST(FrameProperty, AnySplitOfTheBytesGivesTheSameFrames) {
  const auto seed = test_seed(5);
  SCOPED_TRACE("PALPO_TEST_SEED=" + std::to_string(seed));
  RandomModel random(seed);
  for (int round = 0; round < 500; ++round) {
    const auto sent = random_frames(random);
    std::string bytes;
    for (const auto& [kind, payload] : sent) bytes += encode_frame(kind, payload);
    Frames received;
    FrameDecoder decoder;
    std::string_view rest = bytes;
    const std::size_t largest = std::size_t{1} << random.below(17);
    while (!rest.empty()) {
      const auto size = std::min(rest.size(), random.below(largest + 1));
      const auto fed = decoder.feed(rest.substr(0, size), [&](Frame frame) -> Result<void> {
        const bool key = frame.kind == FrameKind::key;
        received.emplace_back(frame.kind, key ? std::string(frame.secret.reveal()) : frame.payload);
        EXPECT_TRUE(key ? frame.payload.empty() : frame.secret.empty());
        return {};
      });
      ASSERT_TRUE(fed.ok()) << fed.error().message;
      rest.remove_prefix(size);
    }
    ASSERT_EQ(received, sent);
    ASSERT_FALSE(decoder.within_frame());
  }
}

}  // namespace
}  // namespace palpo::api
