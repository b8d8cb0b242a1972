// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/distributor.h"

#include "base/check.h"

namespace palpo::config {

Distributor::Distributor(asio::io_context& io, std::vector<Deliver> workers)
    : io_(io), workers_(std::move(workers)) {}

void Distributor::distribute(const ConfigPtr& config, std::function<void()> on_all_taken) {
  PALPO_CHECK(!round_ || round_->missing == 0);
  round_ = std::make_shared<Round>(Round{workers_.size(), std::move(on_all_taken)});
  if (workers_.empty()) asio::post(io_, [round = round_] { round->on_all_taken(); });
  for (const Deliver& deliver : workers_) {
    deliver(config, [&io = io_, round = round_] {
      asio::post(io, [round] {
        PALPO_CHECK(round->missing > 0);
        if (--round->missing == 0) round->on_all_taken();
      });
    });
  }
}

}  // namespace palpo::config
