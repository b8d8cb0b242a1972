// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/response_reader.h"

#include <charconv>

#include "base/secret_bytes.h"

namespace palpo::kube {

// A list or an event of Secrets passes through these buffers.
ResponseReader::~ResponseReader() {
  wipe(line_.data(), line_.size());
  wipe(early_.data(), early_.size());
  wipe(body_.data(), body_.size());
}

bool ResponseReader::on_status(int status) {
  status_ = status;
  if (early_.empty()) return true;
  const bool more = take(early_);
  wipe(early_.data(), early_.size());
  early_.clear();
  return more;
}

bool ResponseReader::on_bytes(std::string_view bytes) {
  if (stopped_ || error_) return false;
  if (status_ != 0) return take(bytes);
  if (early_.size() + bytes.size() > kMaxBody) return over("an answer without a status", kMaxBody);
  early_.append(bytes);
  return true;
}

bool ResponseReader::take(std::string_view bytes) {
  if (on_line_ != nullptr && status_ == 200) return take_lines(bytes);
  if (body_.size() + bytes.size() > kMaxBody) return over("the answer", kMaxBody);
  body_.append(bytes);
  return true;
}

bool ResponseReader::take_lines(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > kMaxLine) return over("a line of the stream", kMaxLine);
    if (end == std::string_view::npos) {
      line_.append(piece);
      return true;
    }
    bytes.remove_prefix(end + 1);
    bool more = true;
    if (line_.empty()) {
      more = deliver(piece);
    } else {
      line_.append(piece);
      more = deliver(line_);
      wipe(line_.data(), line_.size());
      line_.clear();
    }
    if (!more) return false;
  }
  return true;
}

bool ResponseReader::deliver(std::string_view line) {
  stopped_ = !(*on_line_)(line);
  return !stopped_;
}

bool ResponseReader::over(std::string_view what, std::size_t limit) {
  error_ = Error{ErrorKind::limit, std::string(what) + " exceeds " + std::to_string(limit) + " bytes"};
  return false;
}

void ResponseReader::finish(TransportResponse& response) {
  response.body = std::move(body_);
  body_.clear();
  if (stopped_) response.error.reset();
  if (error_) response.error = error_;
}

std::chrono::seconds parse_retry_after(std::string_view value) {
  unsigned seconds = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (fault != std::errc() || end != value.data() + value.size()) return std::chrono::seconds(0);
  return std::chrono::seconds(seconds);
}

}  // namespace palpo::kube
