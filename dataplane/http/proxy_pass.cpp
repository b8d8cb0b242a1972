// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/proxy_pass.h"

#include <utility>

#include "base/log.h"
#include "base/net_address.h"

namespace palpo::http {

std::string ProxyPass::endpoint() const {
  return endpoint_ == nullptr ? std::string() : NetAddress{endpoint_->address, endpoint_->port}.text();
}

upstream::Endpoint ProxyPass::chosen() const {
  return {endpoint_->id, endpoint_->address, endpoint_->port, endpoint_->is_name};
}

void ProxyPass::start(const RequestHead& head, const ClientInfo& client, const RequestId& id,
                      const config::RuntimeCluster& cluster, const RequestPolicy& policy,
                      std::string_view body, bool end) {
  cluster_ = &cluster;
  endpoint_ = nullptr;
  retries_ = 0;
  sent_again_ = false;
  when_all_fail_ = cluster.endpoints.empty() ? ProxyError::no_endpoints : ProxyError::unreachable;
  order_.begin(shared_.balancer.first(&cluster, cluster.endpoints.size()), cluster.endpoints.size());
  Http1Upstream::Outgoing request;
  attempt_.begin(head, client, id, policy, body, end, request);
  try_endpoints(request);
}

void ProxyPass::try_endpoints(const Http1Upstream::Outgoing& request) {
  const auto avoided = [&](std::size_t index) {
    return shared_.upstreams.avoided(cluster_->endpoints[index].id);
  };
  const auto index = order_.next(avoided);
  if (!index) {
    attempt_.cancel();
    log_debug("upstream.failed", answer_for(when_all_fail_).text, {{"endpoint", endpoint()}});
    return owner_.on_proxy_failed(when_all_fail_);
  }
  if (endpoint_ != nullptr) ++retries_;
  endpoint_ = &cluster_->endpoints[*index];
  while (upstream::ConnectionPtr idle = shared_.upstreams.take_idle(chosen())) {
    if (attempt_.send(std::move(idle), request)) return;
  }
  attempt_.send_when_connected(shared_.upstreams.dial(chosen(), attempt_), request);
}

void ProxyPass::on_unsent(ProxyError error) {
  if (error != ProxyError::unreachable) when_all_fail_ = error;
  Http1Upstream::Outgoing request;
  attempt_.repeat(request);
  try_endpoints(request);
}

bool ProxyPass::send_again() {
  if (std::exchange(sent_again_, true)) return false;
  ++retries_;
  shared_.metrics.upstream_retries.add();
  Http1Upstream::Outgoing request;
  attempt_.repeat(request);
  attempt_.send_when_connected(shared_.upstreams.dial(chosen(), attempt_), request);
  return true;
}

}  // namespace palpo::http
