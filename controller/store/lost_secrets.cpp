// SPDX-License-Identifier: Apache-2.0
// The part of the cluster's state that outlives its object: Secrets in their last good form.
#include "controller/store/cluster_state.h"

namespace palpo::store {

void ClusterState::lose_secret(const kube::ObjectKey& key) {
  const auto known = secrets_.find(key);
  if (known == secrets_.end() || !check_secret_ || check_secret_(*known->second)) return;
  lost_secrets_.insert_or_assign(key, known->second);
}

bool ClusterState::recall_secret(const kube::ObjectKey& key, std::string chain) {
  if (lost_secrets_.contains(key)) return false;
  if (const auto known = secrets_.find(key); known != secrets_.end()) {
    auto fault = check_secret_ ? check_secret_(*known->second) : std::nullopt;
    if (!fault) return false;
    const auto meta = known->second->meta;
    secrets_.erase(known);
    put_broken({kube::Kind::secret, meta, std::move(*fault)});
  }
  auto recalled = std::make_shared<kube::Secret>();
  recalled->meta.key = key;
  recalled->type = "kubernetes.io/tls";
  recalled->tls_crt = std::move(chain);
  lost_secrets_.emplace(key, std::move(recalled));
  mark(kube::Kind::secret, key);
  return true;
}

bool ClusterState::forget_lost_secrets(const std::function<bool(const kube::ObjectKey&)>& serves) {
  const auto forgotten = std::erase_if(lost_secrets_, [&](const auto& lost) {
    if (serves(lost.first)) return false;
    mark(kube::Kind::secret, lost.first);
    return true;
  });
  return forgotten > 0;
}

}  // namespace palpo::store
