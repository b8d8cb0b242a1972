// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/chunked_decoder.h"

#include <algorithm>
#include <cstring>

#include "dataplane/message/field_kind.h"

namespace palpo::http {

namespace {
bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }
}  // namespace

bool ChunkedDecoder::digit(char c) {
  unsigned value = 0;
  if (c >= '0' && c <= '9') {
    value = static_cast<unsigned>(c - '0');
  } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
    value = static_cast<unsigned>((c | 0x20) - 'a') + 10;
  } else {
    return false;
  }
  left_ = left_ * 16 + value;
  return ++digits_ <= kMaxDigits;
}

void ChunkedDecoder::take_size(char c) {
  if (state_ != State::extension && digit(c)) {
    state_ = State::size;
  } else if (c == '\r' && state_ != State::size_first) {
    state_ = State::size_line_feed;
  } else if (state_ == State::size && c == ';') {
    state_ = State::extension;
  } else if (state_ != State::extension || is_control(c) || ++extra_ > kMaxExtension) {
    state_ = State::bad;
  }
}

void ChunkedDecoder::take_trailer(char c) {
  if (++extra_ > kMaxTrailers) {
    state_ = State::bad;
  } else if (state_ == State::trailer_value) {
    if (c == '\r') {
      state_ = State::trailer_line_feed;
    } else if (is_control(c)) {
      state_ = State::bad;
    }
  } else if (state_ == State::trailer_first && c == '\r') {
    state_ = State::end_line_feed;
  } else if (state_ == State::trailer_name && c == ':') {
    state_ = State::trailer_value;
  } else {
    state_ = is_token_char(c) ? State::trailer_name : State::bad;
  }
}

void ChunkedDecoder::take(char c) {
  const auto expect = [&](char wanted, State next) { state_ = c == wanted ? next : State::bad; };
  switch (state_) {
    case State::size_first:
    case State::size:
    case State::extension:
      take_size(c);
      break;
    case State::size_line_feed:
      expect('\n', left_ > 0 ? State::data : State::trailer_first);
      extra_ = 0;
      break;
    case State::data_return:
      expect('\r', State::data_line_feed);
      break;
    case State::data_line_feed:
      expect('\n', State::size_first);
      digits_ = 0;
      break;
    case State::trailer_first:
    case State::trailer_name:
    case State::trailer_value:
      take_trailer(c);
      break;
    case State::trailer_line_feed:
      expect('\n', State::trailer_first);
      break;
    case State::end_line_feed:
      expect('\n', State::done);
      break;
    case State::data:
    case State::done:
    case State::bad:
      break;
  }
}

ChunkedDecoder::Step ChunkedDecoder::decode(char* bytes, std::size_t size) {
  Step step;
  while (step.used < size && state_ != State::done && state_ != State::bad) {
    if (state_ != State::data) {
      take(bytes[step.used++]);
      continue;
    }
    const auto run = static_cast<std::size_t>(std::min<std::uint64_t>(left_, size - step.used));
    std::memmove(bytes + step.data, bytes + step.used, run);
    step.used += run;
    step.data += run;
    left_ -= run;
    if (left_ == 0) state_ = State::data_return;
  }
  if (state_ == State::done) step.status = Status::done;
  if (state_ == State::bad) step.status = Status::bad;
  return step;
}

}  // namespace palpo::http
