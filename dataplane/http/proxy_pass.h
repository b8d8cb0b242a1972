// SPDX-License-Identifier: Apache-2.0
// The upstream half of an exchange: finds a connection, sends the request, reads the response's head and body
// and hands them to the client's side. Tries another endpoint when one cannot be reached, and once a fresh
// connection when an idle one proves dead. Worker's thread; a member of its exchange, reused for the client's
// next request.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dataplane/config/runtime_config.h"
#include "dataplane/http/client_side.h"
#include "dataplane/http/proxy_error.h"
#include "dataplane/http/worker_context.h"
#include "dataplane/message/body_reader.h"
#include "dataplane/message/head.h"
#include "dataplane/net/gather.h"
#include "dataplane/upstream/balancer.h"
#include "dataplane/upstream/connection.h"

namespace palpo::http {

// Who is told how it went.
class ProxyOwner {
 public:
  virtual void on_response_begun(int status) = 0;
  virtual void on_proxy_done() = 0;                    // the client has the whole response
  virtual void on_proxy_failed(ProxyError error) = 0;  // the client has nothing yet
  virtual void on_proxy_aborted() = 0;                 // the client has a part that cannot be completed

 protected:
  ~ProxyOwner() = default;
};

class ProxyPass final : private upstream::ConnectionUser {
 public:
  ProxyPass(WorkerContext& context, ClientSide& client, ProxyOwner& owner)
      : context_(context), client_(client), owner_(owner) {}
  ~ProxyPass() { cancel(); }
  ProxyPass(const ProxyPass&) = delete;
  ProxyPass& operator=(const ProxyPass&) = delete;

  // gathered: the head as it goes upstream. cluster stays until the end.
  void start(const RequestHead& head, const config::RuntimeCluster& cluster, net::Gather& gathered,
             std::string_view body, bool end);
  void on_request_body(std::string_view piece, bool end);
  void on_client_drained();
  void cancel();  // the client is gone, and so is its request

  bool active() const { return state_ != State::idle; }
  std::uint32_t retries() const { return retries_; }
  std::uint64_t response_bytes() const { return response_bytes_; }
  bool long_poll() const { return long_poll_; }
  std::string upstream() const;  // "address:port"; empty: none was tried

 private:
  enum class State : std::uint8_t { idle, dialing, waiting, body, tunnel };

  void on_upstream_connected() override;
  void on_upstream_unreachable(const std::string& reason) override;
  void on_upstream_input(char* data, std::size_t size) override;
  void on_upstream_end(bool broken) override;
  void on_upstream_sent(bool all) override;
  void on_upstream_deadline() override;

  void try_endpoints(const net::Gather& request);
  bool send_on_idle(upstream::EndpointPool& pool, const net::Gather& request);
  void dial(upstream::EndpointPool& pool, const net::Gather& request);
  void keep(const net::Gather& request);
  void forget_kept();
  void try_elsewhere();
  bool can_send_again() const;
  void send_again();
  void after_send(net::TcpStream::Sent sent);
  void arm();

  void take_head(char* data, std::size_t size);
  void on_idle_timeout();
  void begin_response(ResponseHead& head, char* rest, std::size_t size);
  void take_body(char* data, std::size_t size);
  void hand_over(ClientSide::Flow flow, bool end);
  void complete();
  void fail(ProxyError error);
  void abort();
  void let_go(bool reusable);

  WorkerContext& context_;
  ClientSide& client_;
  ProxyOwner& owner_;

  State state_ = State::idle;
  bool head_request_ = false;
  bool idempotent_ = false;
  bool wants_websocket_ = false;
  bool long_poll_ = false;
  bool chunked_request_ = false;
  bool request_ended_ = false;
  bool request_paused_ = false;
  bool keeping_ = false;  // kept_ is the whole request so far
  bool keep_upstream_ = false;
  ProxyError when_all_fail_ = ProxyError::unreachable;  // once no endpoint is left to try
  std::uint8_t interims_ = 0;
  std::uint8_t stale_retries_ = 0;
  std::uint32_t retries_ = 0;
  std::uint64_t response_bytes_ = 0;
  std::chrono::milliseconds response_wait_{};
  const config::RuntimeCluster* cluster_ = nullptr;
  const config::RuntimeEndpoint* endpoint_ = nullptr;  // the last one tried
  upstream::TryOrder order_;
  std::unique_ptr<upstream::Connection> connection_;
  BodyReader reader_;
  std::string kept_;     // the request, to be sent when connected, or again
  std::string partial_;  // of a response head
  std::size_t searched_ = 0;
};

}  // namespace palpo::http
