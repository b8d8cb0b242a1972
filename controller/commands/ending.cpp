// SPDX-License-Identifier: Apache-2.0
#include "controller/commands/ending.h"

#include <csignal>
#include <utility>

#include "base/log.h"

namespace palpo::commands {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

}  // namespace

Ending::Ending(asio::io_context& io, const publish::Publisher& publisher, std::chrono::milliseconds limit,
               std::function<void()> on_begin)
    : io_(io),
      publisher_(publisher),
      limit_(limit),
      on_begin_(std::move(on_begin)),
      signals_(io, SIGTERM, SIGINT),
      timer_(io) {
  await_signal();
}

void Ending::await_signal() {
  signals_.async_wait([this](error_code failed, int) {
    if (!failed) on_signal();
  });
}

void Ending::on_signal() {
  if (std::exchange(begun_, true)) return io_.stop();
  on_begin_();
  const auto peers = publisher_.state().peers.size();
  if (limit_.count() > 0 && peers > 0)
    log_info("stop.waiting", "waiting for data planes to disconnect", {{"data_planes", peers}});
  last_ = std::chrono::steady_clock::now() + limit_;
  await_signal();
  look();
}

void Ending::look() {
  if (publisher_.state().peers.empty() || std::chrono::steady_clock::now() >= last_) return io_.stop();
  timer_.expires_after(kLookEvery);
  timer_.async_wait([this](error_code failed) {
    if (!failed) look();
  });
}

}  // namespace palpo::commands
