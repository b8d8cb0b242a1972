// SPDX-License-Identifier: Apache-2.0
#include "dataplane/net/tcp_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>

namespace palpo::net {
namespace {

// A stream that writes down what it is told.
class Recorder final : public TcpStream {
 public:
  explicit Recorder(EventLoop& loop) : TcpStream(loop, AfterBreak::end) {}
  using TcpStream::adopt;
  using TcpStream::close;
  using TcpStream::shutdown_write;

  std::string input;
  int ends = 0;
  int drains = 0;
  bool broken = false;
  std::function<void()> after_input = [] {};
  std::function<void()> after_end = [] {};
  std::function<void()> after_drain = [] {};

 private:
  void on_input(char* data, std::size_t size) override {
    input.append(data, size);
    after_input();
  }
  void on_end(bool was_broken) override {
    ++ends;
    broken = was_broken;
    close();
    after_end();
  }
  void on_drained() override {
    ++drains;
    after_drain();
  }
  void on_deadline() override {}
};

class TcpStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    peer_ = Fd(pair[1]);
    EXPECT_EQ(stream_.adopt(Fd(pair[0])), 0);
  }
  void run_turns(int turns) {
    if (turns == 0) return loop_.stop();
    loop_.post([this, turns] { run_turns(turns - 1); });
  }
  std::string read_all() {
    std::string all;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::recv(peer_.get(), buffer, sizeof buffer, 0)) > 0;)
      all.append(buffer, static_cast<std::size_t>(got));
    return all;
  }
  EventLoop loop_;
  Fd peer_;
  Recorder stream_{loop_};
};

TEST_F(TcpStreamTest, SendsAtOnceWhatTheKernelTakes) {
  Gather gather;
  gather.add("one ");
  gather.add("two");
  EXPECT_EQ(stream_.send(gather), Sent::all);
  EXPECT_EQ(read_all(), "one two");
}

TEST_F(TcpStreamTest, KeepsTheRestInOrderAndTellsWhenItHasLeft) {
  std::string sent;
  std::string got;
  for (int i = 0; stream_.drained(); ++i) {
    const std::string piece(100'000, static_cast<char>('a' + i % 26));
    sent += piece;
    stream_.send(piece.data(), piece.size());
  }
  EXPECT_EQ(stream_.send("end", 3), Sent::queued);
  sent += "end";
  stream_.after_drain = [&] { loop_.stop(); };
  std::function<void()> reader = [&] {
    got += read_all();
    if (stream_.drains == 0) loop_.post(reader);
  };
  loop_.post(reader);
  loop_.run();
  got += read_all();
  EXPECT_EQ(got, sent);
  EXPECT_EQ(stream_.drains, 1);
}

TEST_F(TcpStreamTest, PausedReadsNothingUntilResumed) {
  ASSERT_EQ(::send(peer_.get(), "abc", 3, 0), 3);
  stream_.pause();
  run_turns(3);
  loop_.run();
  EXPECT_EQ(stream_.input, "");
}

TEST_F(TcpStreamTest, ResumedReadsWhatCameMeanwhile) {
  ASSERT_EQ(::send(peer_.get(), "abc", 3, 0), 3);
  stream_.pause();
  stream_.after_input = [&] { loop_.stop(); };
  loop_.post([&] { loop_.post([&] { stream_.resume(); }); });
  loop_.run();
  EXPECT_EQ(stream_.input, "abc");
}

TEST_F(TcpStreamTest, BytesBeforeTheEndAreReadFirst) {
  ASSERT_EQ(::send(peer_.get(), "last", 4, 0), 4);
  peer_.reset();
  stream_.after_end = [&] { loop_.stop(); };
  loop_.run();
  EXPECT_EQ(stream_.input, "last");
  EXPECT_EQ(stream_.ends, 1);
}

TEST_F(TcpStreamTest, AWriteToABrokenConnectionEndsItInALaterTurn) {
  peer_.reset();
  EXPECT_EQ(stream_.send("x", 1), Sent::failed);
  EXPECT_EQ(stream_.ends, 0);
  stream_.after_end = [&] { loop_.stop(); };
  loop_.run();
  EXPECT_EQ(stream_.ends, 1);
}

// What a finished peer sent waits for a paused reader; only a failure ends the stream at once.
TEST_F(TcpStreamTest, APausedStreamLosesNothingOfAFinishedPeer) {
  stream_.pause();
  stream_.shutdown_write();
  ASSERT_EQ(::send(peer_.get(), "unread", 6, 0), 6);
  peer_.reset();
  run_turns(5);
  loop_.run();
  EXPECT_EQ(stream_.ends, 0);
  stream_.after_end = [&] { loop_.stop(); };
  stream_.resume();
  loop_.run();
  EXPECT_EQ(stream_.input, "unread");
  EXPECT_FALSE(stream_.broken);
}

TEST_F(TcpStreamTest, APausedStreamLearnsThatThePeerHasFailed) {
  stream_.pause();
  ASSERT_EQ(stream_.send("unread", 6), Sent::all);
  peer_.reset();  // with bytes unread: an error on this end
  stream_.after_end = [&] { loop_.stop(); };
  loop_.run();
  EXPECT_TRUE(stream_.broken);
}

TEST_F(TcpStreamTest, ShutdownComesAfterWhatIsQueued) {
  while (stream_.drained()) stream_.send("0123456789", 10);
  stream_.shutdown_write();
  stream_.after_drain = [&] { loop_.stop(); };
  std::function<void()> reader = [&] {
    read_all();
    if (stream_.drains == 0) loop_.post(reader);
  };
  loop_.post(reader);
  loop_.run();
  read_all();
  char byte = 0;
  EXPECT_EQ(::recv(peer_.get(), &byte, 1, 0), 0);
}

TEST(Gather, JoinsNeighbours) {
  const std::string text = "abcdef";
  Gather gather;
  gather.add(text.data(), 2);
  gather.add(text.data() + 2, 2);
  gather.add(text.data() + 5, 1);
  gather.add("", 0);
  EXPECT_EQ(gather.count(), 2U);
  EXPECT_EQ(gather.size(), 5U);
  std::string out;
  gather.append_to(out);
  EXPECT_EQ(out, "abcdf");
}

}  // namespace
}  // namespace palpo::net
