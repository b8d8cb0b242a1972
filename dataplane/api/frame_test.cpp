// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/frame.h"

#include <gtest/gtest.h>

namespace palpo::api {
namespace {

using namespace std::literals;

std::string header(std::uint32_t size, int kind) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
  return bytes + static_cast<char>(kind);
}

struct Received {
  FrameKind kind;
  std::string payload;
  bool operator==(const Received&) const = default;
};

struct Reader {
  FrameDecoder decoder;
  std::vector<Received> frames;
  Result<void> feed(std::string_view bytes) {
    return decoder.feed(bytes, [&](Frame frame) -> Result<void> {
      EXPECT_TRUE(frame.payload.empty() || frame.secret.empty());
      frames.push_back(
          {frame.kind, frame.kind == FrameKind::key ? std::string(frame.secret.reveal()) : frame.payload});
      return {};
    });
  }
};

TEST(Frame, IsItsLengthKindAndPayload) {
  EXPECT_EQ(encode_frame(FrameKind::ack, "abc"), "\0\0\0\3\5abc"s);
  EXPECT_EQ(encode_frame(FrameKind::ping, ""), "\0\0\0\0\7"s);
  EXPECT_EQ(encode_frame_header(FrameKind::update, 0x01020304), "\1\2\3\4\4"s);
}

TEST(Frame, DecoderTakesSeveralAtOnceAndHalves) {
  const auto bytes = encode_frame(FrameKind::hello, "{}") + encode_frame(FrameKind::ping, "") +
                     encode_frame(FrameKind::key, "secret") + encode_frame(FrameKind::ack, "");
  const std::vector<Received> expected = {
      {FrameKind::hello, "{}"}, {FrameKind::ping, ""}, {FrameKind::key, "secret"}, {FrameKind::ack, ""}};
  Reader whole;
  EXPECT_TRUE(whole.feed(bytes).ok());
  EXPECT_EQ(whole.frames, expected);
  EXPECT_FALSE(whole.decoder.within_frame());
  Reader bytewise;
  for (const char c : bytes) ASSERT_TRUE(bytewise.feed({&c, 1}).ok());
  EXPECT_EQ(bytewise.frames, expected);
  EXPECT_TRUE(bytewise.feed("\0"sv).ok());
  EXPECT_TRUE(bytewise.decoder.within_frame());
}

TEST(Frame, LimitsHoldFromTheHeaderAlone) {
  for (int kind = 1; kind <= 10; ++kind) {
    const auto limit = static_cast<std::uint32_t>(payload_limit(static_cast<FrameKind>(kind)));
    const std::string name(to_string(static_cast<FrameKind>(kind)));
    Reader at;
    EXPECT_TRUE(at.feed(header(limit, kind)).ok()) << name;
    Reader over;
    const auto refused = over.feed(header(limit + 1, kind));
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_EQ(refused.error().kind, ErrorKind::limit);
    EXPECT_EQ(refused.error().message, "a frame of kind " + name + " claims " + std::to_string(limit + 1) +
                                           " bytes; at most " + std::to_string(limit) + " are allowed");
    EXPECT_TRUE(over.frames.empty());
    EXPECT_FALSE(over.feed("x").ok()) << "a broken stream stays broken";
  }
}

TEST(Frame, UnknownKindsAreRefused) {
  for (const int kind : {0, 11, 72, 255}) {
    Reader reader;
    const auto refused = reader.feed(header(1, kind));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().message, "a frame of unknown kind " + std::to_string(kind) + " and 1 bytes");
  }
}

TEST(Frame, AnErrorOfTheReceiverEndsTheStream) {
  FrameDecoder decoder;
  int frames = 0;
  const auto refuse = [&](Frame) -> Result<void> {
    ++frames;
    return invalid("no");
  };
  const auto bytes = encode_frame(FrameKind::ping, "") + encode_frame(FrameKind::ping, "");
  EXPECT_EQ(decoder.feed(bytes, refuse).error().message, "no");
  EXPECT_FALSE(decoder.feed(bytes, refuse).ok());
  EXPECT_EQ(frames, 1);
}

}  // namespace
}  // namespace palpo::api
