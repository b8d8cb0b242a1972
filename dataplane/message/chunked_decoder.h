// SPDX-License-Identifier: Apache-2.0
// Takes the chunked coding off a body, in place and at whatever byte the pieces are cut. Strict: CRLF only,
// hexadecimal sizes of at most 15 digits, bounded extensions, trailers that are fields (both are dropped).
// Pure, one body each.
#pragma once
#include <cstddef>
#include <cstdint>

namespace palpo::http {

class ChunkedDecoder {
 public:
  enum class Status { more, done, bad };
  struct Step {
    std::size_t used = 0;  // of the input; less than given only when done or bad
    std::size_t data = 0;  // body bytes, moved to the front of the input
    Status status = Status::more;
  };
  Step decode(char* bytes, std::size_t size);

 private:
  enum class State : std::uint8_t {
    size_first,
    size,
    extension,
    size_line_feed,
    data,
    data_return,
    data_line_feed,
    trailer_first,
    trailer_name,
    trailer_value,
    trailer_line_feed,
    end_line_feed,
    done,
    bad,
  };
  static constexpr std::uint8_t kMaxDigits = 15;
  static constexpr std::size_t kMaxExtension = 256;
  static constexpr std::size_t kMaxTrailers = 8192;
  void take(char c);
  void take_size(char c);
  void take_trailer(char c);
  bool digit(char c);

  std::uint64_t left_ = 0;
  std::uint16_t extra_ = 0;  // bytes of extensions, then of trailers
  std::uint8_t digits_ = 0;
  State state_ = State::size_first;
};

}  // namespace palpo::http
