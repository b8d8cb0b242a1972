// SPDX-License-Identifier: Apache-2.0
#include "base/mailbox.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace palpo {
namespace {

using namespace std::chrono_literals;

TEST(Mailbox, KeepsOrderAndTakesMoveOnly) {
  Mailbox<std::unique_ptr<int>> mailbox;
  mailbox.send(std::make_unique<int>(1));
  mailbox.send(std::make_unique<int>(2));
  EXPECT_EQ(**mailbox.receive(), 1);
  EXPECT_EQ(**mailbox.receive_for(0ms), 2);
  EXPECT_EQ(mailbox.receive_for(1ms), std::nullopt);
}

TEST(Mailbox, CloseLetsTheRestOutAndNothingIn) {
  Mailbox<int> mailbox;
  mailbox.send(1);
  mailbox.close();
  mailbox.send(2);
  EXPECT_EQ(mailbox.receive(), 1);
  EXPECT_EQ(mailbox.receive(), std::nullopt);
  EXPECT_EQ(mailbox.receive_for(1h), std::nullopt);
}

TEST(Mailbox, CloseWakesTheReceiver) {
  Mailbox<int> mailbox;
  std::thread receiver([&] { EXPECT_EQ(mailbox.receive(), std::nullopt); });
  mailbox.close();
  receiver.join();
}

TEST(Mailbox, ManySenders) {
  Mailbox<int> mailbox;
  std::vector<std::thread> senders;
  for (int t = 0; t < 4; ++t) {
    senders.emplace_back([&] {
      for (int i = 1; i <= 1000; ++i) mailbox.send(i);
    });
  }
  long sum = 0;
  for (int i = 0; i < 4000; ++i) sum += mailbox.receive_for(60s).value_or(0);
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(sum, 4 * 500'500);
}

}  // namespace
}  // namespace palpo
