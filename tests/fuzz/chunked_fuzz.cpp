// SPDX-License-Identifier: Apache-2.0
// The chunked coding: the same body and the same end, however the bytes are cut.
#include <string>
#include <string_view>

#include "base/check.h"
#include "dataplane/message/chunked_decoder.h"

namespace {

using palpo::http::ChunkedDecoder;

struct Outcome {
  std::string body;
  std::size_t used = 0;
  ChunkedDecoder::Status status = ChunkedDecoder::Status::more;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string bytes, std::size_t piece) {
  Outcome outcome;
  ChunkedDecoder decoder;
  for (std::size_t at = 0; at < bytes.size() && outcome.status == ChunkedDecoder::Status::more;) {
    const auto size = std::min(piece, bytes.size() - at);
    const auto step = decoder.decode(bytes.data() + at, size);
    PALPO_CHECK(step.used <= size && step.data <= step.used);
    PALPO_CHECK(step.used == size || step.status != ChunkedDecoder::Status::more);
    outcome.body.append(bytes, at, step.data);
    outcome.used += step.used;
    outcome.status = step.status;
    at += step.used;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = decode(bytes, std::max<std::size_t>(size, 1));
  for (const std::size_t piece : {1, 2, 7}) {
    const auto cut = decode(bytes, piece);
    PALPO_CHECK(cut.status == whole.status);
    if (whole.status != ChunkedDecoder::Status::bad) PALPO_CHECK(cut == whole);
  }
  return 0;
}
