// SPDX-License-Identifier: Apache-2.0
// What is known of Secrets beside those that exist and are of use: the last good form of lost ones, and the
// types of those that are not for TLS.
#include "controller/store/cluster_state.h"

namespace palpo::store {

void ClusterState::lose_secret(const kube::ObjectKey& key) {
  const auto secret = find<kube::Secret>(key);
  if (!secret || !check_secret_ || check_secret_(*secret)) return;
  lost_secrets_.insert_or_assign(key, secret);
}

bool ClusterState::recall_secret(const kube::ObjectKey& key, std::string chain) {
  if (lost_secrets_.contains(key)) return false;
  if (const auto secret = find<kube::Secret>(key)) {
    auto fault = check_secret_ ? check_secret_(*secret) : std::nullopt;
    if (!fault) return false;
    known<kube::Secret>().shown.erase(key);
    put_broken({kube::Kind::secret, secret->meta, {"", std::move(*fault)}});
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

bool ClusterState::take(const kube::OtherSecret& event) {
  if (other_secret_type(event.key) == event.type) return false;
  if (event.type.empty()) {
    other_secrets_.erase(event.key);
  } else {
    other_secrets_.insert_or_assign(event.key, event.type);
  }
  mark(kube::Kind::secret, event.key);
  return true;
}

std::string ClusterState::other_secret_type(const kube::ObjectKey& key) const {
  const auto it = other_secrets_.find(key);
  return it == other_secrets_.end() ? std::string() : it->second;
}

}  // namespace palpo::store
