// SPDX-License-Identifier: Apache-2.0
// The socket itself: frames over a Unix stream between two processes of the same user. The directory is 0700
// and the socket 0600; SO_PEERCRED is checked on both sides. All on one io_context thread. Callbacks never
// run inside a call.
#pragma once
#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/asio.h"
#include "base/result.h"
#include "dataplane/api/frame.h"
#include "dataplane/api/model.h"

namespace palpo::api {

struct PeerIdentity {
  pid_t pid = 0;
  uid_t uid = 0;
  std::string text() const;  // "pid 12 uid 1000"
};

// One connected peer. Reads frames, queues frames. A peer that sends garbage, or does not take or send bytes
// within the limits, is closed with a reason.
class FrameChannel : public std::enable_shared_from_this<FrameChannel> {
 public:
  struct Handlers {
    std::function<Result<void>(Frame)> on_frame;  // an error closes the channel with its message as reason
    std::function<void(const Error& reason)> on_close;  // once; not after close()
  };
  struct Limits {
    std::chrono::milliseconds idle{30000};           // without a byte received: closed (pings keep it alive)
    std::chrono::milliseconds ping_interval{10000};  // a ping is sent that often
    std::size_t queued_bytes = std::size_t{256} << 20;  // more waiting to be sent: closed
  };

  // The peer's uid is compared with ours; a foreign one is an error.
  static Result<std::shared_ptr<FrameChannel>> adopt(asio::local::stream_protocol::socket socket,
                                                     Limits limits);

  void start(Handlers handlers);  // pings and pongs are handled here and never reach on_frame
  void send(FrameKind kind, std::string payload);
  void send_key(std::shared_ptr<const PrivateKey> key);  // copied into the kernel from locked memory only
  void close();                                          // at once; queued frames are lost
  const PeerIdentity& peer() const;

  struct State;  // internal
  explicit FrameChannel(std::shared_ptr<State> state);
  ~FrameChannel();

 private:
  std::shared_ptr<State> state_;
};

// Binds PATH (its directory is created 0700 if missing; one that others may enter is refused; a stale socket
// file is replaced, a live one refused) and hands over each accepted, identified peer.
class FrameAcceptor {
 public:
  explicit FrameAcceptor(asio::io_context& io);
  ~FrameAcceptor();
  Result<void> listen(const std::string& path, FrameChannel::Limits limits,
                      std::function<void(std::shared_ptr<FrameChannel>)> on_peer);
  void close();  // removes the socket file

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// One attempt. The result arrives on the io_context.
void connect_frame_channel(asio::io_context& io, const std::string& path, FrameChannel::Limits limits,
                           std::function<void(Result<std::shared_ptr<FrameChannel>>)> on_done);

}  // namespace palpo::api
