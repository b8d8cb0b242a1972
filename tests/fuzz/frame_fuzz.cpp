// SPDX-License-Identifier: Apache-2.0
// The frame decoder: whatever the split of the bytes, the same frames and the same verdict; what it took can
// be written again byte for byte.
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "dataplane/api/frame.h"

namespace {

using palpo::api::Frame;
using palpo::api::FrameDecoder;

struct Outcome {
  std::string bytes;  // of the complete frames, encoded again
  std::string error;
  bool operator==(const Outcome&) const = default;
};

// pieces: sizes to cut the bytes into, again and again; 0 is all that is left.
Outcome decode(std::string_view bytes, std::size_t first, std::size_t second) {
  Outcome outcome;
  FrameDecoder decoder;
  bool odd = false;
  while (!bytes.empty()) {
    const auto wanted = odd ? second : first;
    odd = !odd;
    const auto piece = bytes.substr(0, wanted == 0 ? bytes.size() : wanted);
    bytes.remove_prefix(piece.size());
    const auto fed = decoder.feed(piece, [&](Frame frame) -> palpo::Result<void> {
      PALPO_CHECK(frame.payload.size() <= palpo::api::payload_limit(frame.kind));
      PALPO_CHECK(frame.payload.empty() || frame.secret.empty());
      const auto payload = frame.secret.empty() ? std::string_view(frame.payload) : frame.secret.reveal();
      outcome.bytes += palpo::api::encode_frame(frame.kind, payload);
      return {};
    });
    if (!fed) {
      outcome.error = fed.error().message;
      PALPO_CHECK(!outcome.error.empty());
      break;
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = decode(bytes, 0, 0);
  PALPO_CHECK(bytes.starts_with(whole.bytes));
  PALPO_CHECK(decode(bytes, 1, 1) == whole);
  PALPO_CHECK(decode(bytes, 5, 3) == whole);
  PALPO_CHECK(decode(bytes, 7, 0) == whole);
  return 0;
}
