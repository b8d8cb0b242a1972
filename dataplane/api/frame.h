// SPDX-License-Identifier: Apache-2.0
// The framing on the socket: u32 length of the payload (big endian), u8 kind, payload. A length over its
// kind's limit is refused from the five header bytes, before anything is allocated. Decoder: one owner, one
// thread, no sockets.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret_bytes.h"

namespace palpo::api {

enum class FrameKind : std::uint8_t {
  hello = 1,      // data plane -> controller
  welcome = 2,    // controller -> data plane
  key = 3,        // controller -> data plane: 64 hex digits of the key id, then the PEM
  update = 4,     // controller -> data plane
  ack = 5,        // data plane -> controller
  nack = 6,       // data plane -> controller
  ping = 7,       // either way; empty
  pong = 8,       // the answer to ping; empty
  recall = 9,     // controller -> data plane
  recalled = 10,  // data plane -> controller
};
std::string_view to_string(FrameKind kind);

constexpr std::size_t kFrameHeaderSize = 5;
std::size_t payload_limit(FrameKind kind);  // bytes

// payload.size() must be within the kind's limit (PALPO_CHECK).
std::string encode_frame(FrameKind kind, std::string_view payload);
std::string encode_frame_header(FrameKind kind, std::size_t payload_size);

// A received frame. Keys never enter a std::string: theirs is in `secret`, `payload` is then empty.
struct Frame {
  FrameKind kind = FrameKind::ping;
  std::string payload;
  SecretBytes secret;
};

class FrameDecoder {
 public:
  // Consumes any split of the bytes; calls on_frame for each complete frame. After an error the decoder is
  // dead. The error names the kind, the length and the limit.
  Result<void> feed(std::string_view bytes, const std::function<Result<void>(Frame)>& on_frame);
  // Some bytes of a frame are here, others are not.
  bool within_frame() const { return header_size_ != 0; }

 private:
  Result<std::size_t> take_header(std::string_view bytes);  // how many it took
  std::size_t take_payload(std::string_view bytes);

  char header_[kFrameHeaderSize]{};
  std::size_t header_size_ = 0;
  std::size_t wanted_ = 0;    // the payload's size
  std::size_t received_ = 0;  // payload bytes here
  bool in_payload_ = false;   // the header is complete
  Frame frame_;
  bool failed_ = false;
};

}  // namespace palpo::api
