// SPDX-License-Identifier: Apache-2.0
// Where a message's body ends in the bytes of a connection. One body each; pure.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/message/chunked_decoder.h"
#include "dataplane/message/head.h"

namespace palpo::http {

class BodyReader {
 public:
  void begin(const Framing& framing) {
    kind_ = framing.kind;
    left_ = framing.size;
    if (kind_ == BodyKind::chunked) chunks_ = {};
    done_ = kind_ == BodyKind::none;
  }

  struct Piece {
    std::string_view data;  // body bytes, within the input
    std::size_t used = 0;   // of the input; what is left belongs to the next message
    bool bad = false;
  };
  // May move bytes within the input.
  Piece take(char* bytes, std::size_t size) {
    if (done_) return {};
    if (kind_ == BodyKind::chunked) {
      const ChunkedDecoder::Step step = chunks_.decode(bytes, size);
      done_ = step.status == ChunkedDecoder::Status::done;
      return {{bytes, step.data}, step.used, step.status == ChunkedDecoder::Status::bad};
    }
    if (kind_ == BodyKind::until_end) return {{bytes, size}, size};
    const auto used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, size));
    left_ -= used;
    done_ = left_ == 0;
    return {{bytes, used}, used};
  }

  bool done() const { return done_; }
  BodyKind kind() const { return kind_; }

 private:
  BodyKind kind_ = BodyKind::none;
  bool done_ = true;
  ChunkedDecoder chunks_;
  std::uint64_t left_ = 0;
};

}  // namespace palpo::http
