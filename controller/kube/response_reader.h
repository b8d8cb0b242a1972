// SPDX-License-Identifier: Apache-2.0
// Where the bytes of an answer go: into one body, or line by line to a sink, within bounds. Shared by the
// transports. Fed by one thread at a time; does no I/O.
#pragma once
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "controller/kube/transport.h"

namespace palpo::kube {

inline constexpr std::size_t kMaxBody = std::size_t{64} << 20;
inline constexpr std::size_t kMaxLine = std::size_t{16} << 20;

class ResponseReader {
 public:
  // on_line null: everything is body. A stream whose status is not 200 is body too.
  explicit ResponseReader(const LineSink* on_line) : on_line_(on_line) {}
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  // Bytes may come before the status is known: they wait. Both return false once nothing more is wanted.
  bool on_status(int status);
  bool on_bytes(std::string_view bytes);

  // What the transport hands back: the body, and the bound that was exceeded.
  void finish(TransportResponse& response);

 private:
  bool take(std::string_view bytes);
  bool take_lines(std::string_view bytes);
  bool deliver(std::string_view line);
  bool over(std::string_view what, std::size_t limit);

  const LineSink* on_line_;
  int status_ = 0;
  std::string early_;
  std::string body_;
  std::string line_;
  bool stopped_ = false;
  std::optional<Error> error_;
};

// The seconds form of Retry-After; zero for anything else.
std::chrono::seconds parse_retry_after(std::string_view value);

}  // namespace palpo::kube
