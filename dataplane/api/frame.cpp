// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/frame.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/check.h"

namespace palpo::api {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;

struct KindRow {
  FrameKind kind;
  std::string_view name;
  std::size_t limit;
};
constexpr KindRow kKinds[] = {
    {FrameKind::hello, "hello", 4 * kMiB},
    {FrameKind::welcome, "welcome", 4 * kKiB},
    {FrameKind::key, "key", 64 * kKiB},
    {FrameKind::update, "update", 256 * kMiB},
    {FrameKind::ack, "ack", 4 * kKiB},
    {FrameKind::nack, "nack", 16 * kMiB},
    {FrameKind::ping, "ping", 0},
    {FrameKind::pong, "pong", 0},
    {FrameKind::recall, "recall", 4 * kMiB},
    {FrameKind::recalled, "recalled", 64 * kMiB},
};

const KindRow* row_of(std::uint8_t kind) {
  const auto* row = std::find_if(std::begin(kKinds), std::end(kKinds),
                                 [&](const KindRow& r) { return static_cast<std::uint8_t>(r.kind) == kind; });
  return row == std::end(kKinds) ? nullptr : row;
}

struct Header {
  FrameKind kind = FrameKind::ping;
  std::size_t size = 0;
};

Result<Header> read_header(const char (&bytes)[kFrameHeaderSize]) {
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[i]);
  const auto kind = static_cast<std::uint8_t>(bytes[4]);
  const auto* row = row_of(kind);
  if (row == nullptr)
    return invalid("a frame of unknown kind " + std::to_string(kind) + " and " + std::to_string(size) +
                   " bytes");
  if (size > row->limit)
    return Error{ErrorKind::limit, "a frame of kind " + std::string(row->name) + " claims " +
                                       std::to_string(size) + " bytes; at most " +
                                       std::to_string(row->limit) + " are allowed"};
  return Header{row->kind, size};
}

}  // namespace

std::string_view to_string(FrameKind kind) {
  const auto* row = row_of(static_cast<std::uint8_t>(kind));
  return row == nullptr ? "unknown" : row->name;
}

std::size_t payload_limit(FrameKind kind) {
  const auto* row = row_of(static_cast<std::uint8_t>(kind));
  PALPO_CHECK(row != nullptr);
  return row->limit;
}

std::string encode_frame_header(FrameKind kind, std::size_t payload_size) {
  PALPO_CHECK(payload_size <= payload_limit(kind));
  std::string header(kFrameHeaderSize, '\0');
  for (std::size_t i = 0; i < 4; ++i) header[i] = static_cast<char>(payload_size >> (8 * (3 - i)));
  header[4] = static_cast<char>(kind);
  return header;
}

std::string encode_frame(FrameKind kind, std::string_view payload) {
  std::string frame = encode_frame_header(kind, payload.size());
  frame += payload;
  return frame;
}

Result<void> FrameDecoder::feed(std::string_view bytes, const std::function<Result<void>(Frame)>& on_frame) {
  if (failed_) return invalid("the stream of frames is broken already");
  while (!bytes.empty()) {
    if (auto taken = in_payload_ ? Result<std::size_t>(take_payload(bytes)) : take_header(bytes); !taken) {
      failed_ = true;
      return taken.error();
    } else {
      bytes.remove_prefix(*taken);
    }
    if (!in_payload_ || received_ < wanted_) continue;
    in_payload_ = false;
    header_size_ = 0;
    if (auto handled = on_frame(std::exchange(frame_, {})); !handled) {
      failed_ = true;
      return handled.error();
    }
  }
  return {};
}

Result<std::size_t> FrameDecoder::take_header(std::string_view bytes) {
  const std::size_t size = std::min(kFrameHeaderSize - header_size_, bytes.size());
  std::memcpy(header_ + header_size_, bytes.data(), size);
  header_size_ += size;
  if (header_size_ < kFrameHeaderSize) return size;
  const auto header = read_header(header_);
  if (!header) return header.error();
  frame_.kind = header->kind;
  wanted_ = header->size;
  received_ = 0;
  in_payload_ = true;
  if (frame_.kind == FrameKind::key)
    frame_.secret = SecretBytes::of_size(wanted_);
  else
    frame_.payload.reserve(std::min(wanted_, kMiB));  // the rest as it arrives: a claim alone costs little
  return size;
}

std::size_t FrameDecoder::take_payload(std::string_view bytes) {
  const std::size_t size = std::min(wanted_ - received_, bytes.size());
  if (frame_.kind != FrameKind::key)
    frame_.payload.append(bytes.data(), size);
  else if (size != 0)
    std::memcpy(frame_.secret.data() + received_, bytes.data(), size);
  received_ += size;
  return size;
}

}  // namespace palpo::api
