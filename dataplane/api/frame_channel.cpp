// SPDX-License-Identifier: Apache-2.0
#include <poll.h>

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "base/clock.h"
#include "dataplane/api/socket_path.h"
#include "dataplane/api/unix_stream.h"

namespace palpo::api {
namespace {

constexpr std::size_t kReadSize = std::size_t{32} << 10;
constexpr std::size_t kGathered = 60;    // buffers of one write; the kernel's side of Asio takes 64
constexpr std::size_t kFrameCost = 128;  // what a queued frame costs beside its bytes

// A frame that waits: its header, then a payload or a key.
struct Outgoing {
  std::string header;
  std::string payload;
  std::shared_ptr<const PrivateKey> key;

  std::array<std::string_view, 3> parts() const {
    if (key) return {header, key->key_id, key->pem.reveal()};
    return {header, payload, {}};
  }
  std::size_t size() const {
    std::size_t sum = 0;
    for (const auto part : parts()) sum += part.size();
    return sum;
  }
};

std::string milliseconds(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

}  // namespace

std::string PeerIdentity::text() const {
  return "pid " + std::to_string(pid) + " uid " + std::to_string(uid);
}

struct FrameChannel::State : std::enable_shared_from_this<State> {
  State(asio::local::stream_protocol::socket connected, Limits given, PeerIdentity identified)
      : socket(std::move(connected)), timer(socket.get_executor()), limits(given), peer(identified) {}

  void start(Handlers given);
  void read();
  void on_read(error_code error, std::size_t size);
  Result<void> deliver(Frame frame);
  void enqueue(Outgoing frame);
  void write();
  void on_written(error_code error, std::size_t size);
  void take_written(std::size_t size);
  void watch();
  bool is_ready(short events);
  void on_deadline();
  void finish(Error reason);
  void close();
  void release();

  asio::local::stream_protocol::socket socket;
  asio::steady_timer timer;
  const Limits limits;
  const PeerIdentity peer;
  std::shared_ptr<const Handlers> handlers;  // shared: one may be running while it is let go
  bool closed = false;
  bool silent = false;  // the owner closed: on_close is not told

  FrameDecoder decoder;
  SecretBytes buffer = SecretBytes::of_size(kReadSize);  // keys pass through it
  Clock::time_point received;                            // the last time a byte came

  std::deque<Outgoing> queue;
  std::size_t queued = 0;  // bytes and costs of the queue
  std::size_t sent = 0;    // of the first frame
  bool writing = false;
  Clock::time_point progress;  // the last time the peer took a byte while one waited
  Clock::time_point next_ping;
};

void FrameChannel::State::start(Handlers given) {
  if (closed) return;
  PALPO_CHECK(!handlers);
  handlers = std::make_shared<const Handlers>(std::move(given));
  received = Clock::now();
  next_ping = received + limits.ping_interval;
  read();
  write();
  watch();
}

void FrameChannel::State::read() {
  socket.async_read_some(
      asio::buffer(buffer.data(), buffer.size()),
      [self = shared_from_this()](error_code error, std::size_t size) { self->on_read(error, size); });
}

void FrameChannel::State::on_read(error_code error, std::size_t size) {
  if (!closed && error) {
    std::string reason = error == asio::error::eof ? "the peer closed the connection" : error.message();
    if (decoder.within_frame()) reason += ", in the middle of a frame";
    finish({ErrorKind::unavailable, std::move(reason)});
  }
  if (!closed) {
    received = Clock::now();
    const auto fed =
        decoder.feed({buffer.data(), size}, [this](Frame frame) { return deliver(std::move(frame)); });
    if (!fed) finish(fed.error());
  }
  wipe(buffer.data(), size);
  if (!closed) read();
}

Result<void> FrameChannel::State::deliver(Frame frame) {
  if (closed) return Error{ErrorKind::cancelled, "closed"};
  if (frame.kind == FrameKind::pong) return {};
  if (frame.kind == FrameKind::ping) {
    enqueue({encode_frame_header(FrameKind::pong, 0), {}, {}});
    return {};
  }
  const auto held = handlers;
  return held->on_frame(std::move(frame));
}

void FrameChannel::State::enqueue(Outgoing frame) {
  if (closed) return;
  const std::size_t cost = frame.size() + kFrameCost;
  if (!queue.empty() && queued + cost > limits.queued_bytes)
    return finish({ErrorKind::limit, "the peer does not read: " + std::to_string(queued) +
                                         " bytes wait to be sent; at most " +
                                         std::to_string(limits.queued_bytes) + " may"});
  queued += cost;
  queue.push_back(std::move(frame));
  write();
}

void FrameChannel::State::write() {
  if (closed || writing || queue.empty() || !handlers) return;
  std::vector<asio::const_buffer> buffers;
  std::size_t skip = sent;
  for (auto frame = queue.begin(); frame != queue.end() && buffers.size() < kGathered; ++frame) {
    for (auto part : frame->parts()) {
      const auto done = std::min(skip, part.size());
      skip -= done;
      part.remove_prefix(done);
      if (!part.empty()) buffers.emplace_back(part.data(), part.size());
    }
  }
  writing = true;
  progress = Clock::now();
  socket.async_write_some(buffers, [self = shared_from_this()](error_code error, std::size_t size) {
    self->on_written(error, size);
  });
}

void FrameChannel::State::on_written(error_code error, std::size_t size) {
  writing = false;
  if (closed) return release();
  if (error) return finish({ErrorKind::unavailable, "sending failed: " + error.message()});
  take_written(size);
  write();
}

void FrameChannel::State::take_written(std::size_t size) {
  for (sent += size; !queue.empty() && sent >= queue.front().size(); queue.pop_front()) {
    sent -= queue.front().size();
    queued -= queue.front().size() + kFrameCost;
  }
}

// One timer for all deadlines; it is not moved by every byte, but looks again when it fires.
void FrameChannel::State::watch() {
  auto due = std::min(received + limits.idle, next_ping);
  if (writing) due = std::min(due, progress + limits.idle);
  timer.expires_at(due);
  timer.async_wait([self = shared_from_this()](error_code error) {
    if (!error && !self->closed) self->on_deadline();
  });
}

// A program that was itself held up finds its deadlines passed, and the peer's bytes waiting in the socket.
bool FrameChannel::State::is_ready(short events) {
  pollfd entry{socket.native_handle(), events, 0};
  return ::poll(&entry, 1, 0) == 1 && (entry.revents & events) != 0;
}

void FrameChannel::State::on_deadline() {
  const auto now = Clock::now();
  if (is_ready(POLLIN)) received = now;
  if (is_ready(POLLOUT)) progress = now;
  if (now >= received + limits.idle)
    return finish({ErrorKind::timeout, "the peer sent nothing for " + milliseconds(limits.idle) +
                                           (decoder.within_frame() ? ", in the middle of a frame" : "")});
  if (writing && now >= progress + limits.idle)
    return finish({ErrorKind::timeout, "the peer took nothing for " + milliseconds(limits.idle)});
  if (now >= next_ping) {
    next_ping = now + limits.ping_interval;
    enqueue({encode_frame_header(FrameKind::ping, 0), {}, {}});
  }
  if (!closed) watch();
}

void FrameChannel::State::finish(Error reason) {
  if (closed) return;
  const auto held = handlers;
  close();
  silent = false;
  // Posted: send() may be what found the fault, and callbacks never run inside a call.
  asio::post(socket.get_executor(), [self = shared_from_this(), held, reason = std::move(reason)] {
    if (!self->silent && held && held->on_close) held->on_close(reason);
  });
}

void FrameChannel::State::close() {
  silent = true;
  if (closed) return;
  closed = true;
  handlers.reset();
  timer.cancel();
  error_code ignored;
  socket.close(ignored);
  if (!writing) release();
}

void FrameChannel::State::release() {
  queue.clear();
  queued = sent = 0;
}

Result<std::shared_ptr<FrameChannel>> FrameChannel::adopt(asio::local::stream_protocol::socket socket,
                                                          Limits limits) {
  const auto peer = identify_peer(socket.native_handle());
  if (!peer) return peer.error();
  return std::make_shared<FrameChannel>(std::make_shared<State>(std::move(socket), limits, *peer));
}

FrameChannel::FrameChannel(std::shared_ptr<State> state) : state_(std::move(state)) {}
FrameChannel::~FrameChannel() { state_->close(); }

void FrameChannel::start(Handlers handlers) { state_->start(std::move(handlers)); }

void FrameChannel::send(FrameKind kind, std::string payload) {
  if (payload.size() > payload_limit(kind))
    return state_->finish({ErrorKind::limit, "a frame of kind " + std::string(to_string(kind)) +
                                                 " would have " + std::to_string(payload.size()) +
                                                 " bytes; at most " + std::to_string(payload_limit(kind)) +
                                                 " are allowed"});
  auto header = encode_frame_header(kind, payload.size());
  state_->enqueue({std::move(header), std::move(payload), {}});
}

void FrameChannel::send_key(std::shared_ptr<const PrivateKey> key) {
  const std::size_t size = key->key_id.size() + key->pem.size();
  if (size > payload_limit(FrameKind::key))
    return state_->finish({ErrorKind::limit, "the private key " + key->key_id + " has " +
                                                 std::to_string(key->pem.size()) +
                                                 " bytes: too large to send"});
  state_->enqueue({encode_frame_header(FrameKind::key, size), {}, std::move(key)});
}

void FrameChannel::close() { state_->close(); }
const PeerIdentity& FrameChannel::peer() const { return state_->peer; }

}  // namespace palpo::api
