// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/distributor.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace palpo::config {
namespace {

TEST(Distributor, ReportsOnceWhenTheLastWorkerHasIt) {
  asio::io_context io;
  std::vector<std::function<void()>> taken;
  std::vector<ConfigPtr> received;
  const Deliver slow = [&](ConfigPtr config, std::function<void()> done) {
    received.push_back(std::move(config));
    taken.push_back(std::move(done));
  };
  Distributor distributor(io, {slow, slow, slow});
  const auto config = std::make_shared<const RuntimeConfig>();
  int reports = 0;
  distributor.distribute(config, [&] { ++reports; });
  ASSERT_EQ(received, (std::vector<ConfigPtr>{config, config, config}));
  taken[2]();
  taken[0]();
  io.poll();
  EXPECT_EQ(reports, 0);
  taken[1]();
  EXPECT_EQ(reports, 0);  // on the loop, not inside the worker's call
  io.restart();
  io.poll();
  EXPECT_EQ(reports, 1);

  distributor.distribute(config, [&] { ++reports; });  // the next round is a round of its own
  for (std::size_t i = 3; i < 6; ++i) taken[i]();
  io.restart();
  io.poll();
  EXPECT_EQ(reports, 2);
}

TEST(Distributor, WorkersMayAnswerFromTheirThreads) {
  asio::io_context io;
  std::vector<std::jthread> threads;
  const Deliver elsewhere = [&](ConfigPtr, std::function<void()> done) {
    threads.emplace_back(std::move(done));
  };
  Distributor distributor(io, std::vector<Deliver>(8, elsewhere));
  const auto guard = asio::make_work_guard(io);
  std::thread::id reported_on;
  distributor.distribute(std::make_shared<const RuntimeConfig>(), [&] {
    reported_on = std::this_thread::get_id();
    io.stop();
  });
  io.run();
  EXPECT_EQ(reported_on, std::this_thread::get_id());
}

TEST(Distributor, WithoutWorkersItIsDoneAtTheNextTurn) {
  asio::io_context io;
  Distributor distributor(io, {});
  bool reported = false;
  distributor.distribute(std::make_shared<const RuntimeConfig>(), [&] { reported = true; });
  EXPECT_FALSE(reported);
  io.poll();
  EXPECT_TRUE(reported);
}

TEST(Distributor, AWorkerMayAnswerAfterTheDistributorIsGone) {
  asio::io_context io;
  std::function<void()> late;
  int reports = 0;
  {
    Distributor distributor(io, {[&](ConfigPtr, std::function<void()> done) { late = std::move(done); }});
    distributor.distribute(std::make_shared<const RuntimeConfig>(), [&] { ++reports; });
  }
  late();
  io.poll();
  EXPECT_EQ(reports, 1);
}

TEST(DistributorDeathTest, OneRoundAtATime) {
  asio::io_context io;
  Distributor distributor(io, {[](ConfigPtr, std::function<void()>) {}});
  distributor.distribute(std::make_shared<const RuntimeConfig>(), [] {});
  EXPECT_DEATH(distributor.distribute(std::make_shared<const RuntimeConfig>(), [] {}), "round_");
}

}  // namespace
}  // namespace palpo::config
