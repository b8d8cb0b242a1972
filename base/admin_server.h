// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server for operators: /livez, /readyz, /metrics and what the program adds. One io_context,
// one thread; handlers run on it and answer at once. Connections are bounded in number, size and time.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/asio.h"
#include "base/result.h"

namespace palpo {

struct AdminAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

using AdminHandler = std::function<AdminAnswer()>;

class AdminServer {
 public:
  explicit AdminServer(asio::io_context& io);
  ~AdminServer();

  // path is matched exactly, without its query; GET and HEAD only (405 otherwise, 404 for other paths).
  void route(std::string path, AdminHandler handler);

  // address: "127.0.0.1:9090", "[::]:9090", ":9090" (every address). Port 0: any free one.
  Result<void> listen(const std::string& address);
  std::uint16_t port() const;  // the bound port
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace palpo
