// SPDX-License-Identifier: Apache-2.0
// The upstream half of an exchange: chooses the endpoint, tries another one when it cannot be reached, and
// once a fresh connection when an idle one proves dead. Knows no wire format. Worker's thread; a member of
// its exchange, reused for the client's next request.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/config/runtime_config.h"
#include "dataplane/http/client_stream.h"
#include "dataplane/http/exchange_shared.h"
#include "dataplane/http/http1_upstream.h"
#include "dataplane/http/proxy_error.h"
#include "dataplane/http/request_policy.h"
#include "dataplane/upstream/balancer.h"

namespace palpo::http {

// Who is told how it went.
class ProxyOwner : public ResponseSink {
 public:
  virtual void on_proxy_done() = 0;                    // the client has the whole response
  virtual void on_proxy_failed(ProxyError error) = 0;  // the client has nothing yet
  virtual void on_proxy_aborted() = 0;                 // the client has a part that cannot be completed

 protected:
  ~ProxyOwner() = default;
};

class ProxyPass final : private AttemptOwner {
 public:
  ProxyPass(ExchangeShared& shared, ProxyOwner& owner)
      : shared_(shared), owner_(owner), attempt_(owner, *this) {}

  // cluster and policy stay until the end.
  void start(const RequestHead& head, const ClientInfo& client, const RequestId& id,
             const config::RuntimeCluster& cluster, const RequestPolicy& policy, std::string_view body,
             bool end);
  void on_request_body(std::string_view piece, bool end) { attempt_.on_request_body(piece, end); }
  void on_client_drained() { attempt_.on_client_drained(); }
  void cancel() { attempt_.cancel(); }  // the client is gone, and so is its request

  bool active() const { return attempt_.active(); }
  std::uint32_t retries() const { return retries_; }
  std::uint64_t response_bytes() const { return attempt_.response_bytes(); }
  std::string endpoint() const override;  // "address:port" of the last one tried; empty: none was

 private:
  void on_unsent(ProxyError error) override;
  bool send_again() override;
  void on_attempt_done() override { owner_.on_proxy_done(); }
  void on_attempt_failed(ProxyError error) override { owner_.on_proxy_failed(error); }
  void on_attempt_broken() override { owner_.on_proxy_aborted(); }

  void try_endpoints(const Http1Upstream::Outgoing& request);
  upstream::Endpoint chosen() const;

  ExchangeShared& shared_;
  ProxyOwner& owner_;
  const config::RuntimeCluster* cluster_ = nullptr;
  const config::RuntimeEndpoint* endpoint_ = nullptr;  // the last one tried
  upstream::TryOrder order_;
  std::uint32_t retries_ = 0;
  bool sent_again_ = false;
  ProxyError when_all_fail_ = ProxyError::unreachable;  // once no endpoint is left to try
  Http1Upstream attempt_;
};

}  // namespace palpo::http
