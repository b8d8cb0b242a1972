// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/unix_stream.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "dataplane/api/socket_path.h"

namespace palpo::api {

using Protocol = asio::local::stream_protocol;
using OnPeer = std::function<void(std::shared_ptr<FrameChannel>)>;

struct FrameAcceptor::State : std::enable_shared_from_this<State> {
  explicit State(asio::io_context& context) : io(context), acceptor(context), retry(context) {}

  Result<void> bind(const std::string& where);
  void accept();
  void on_accepted(error_code error, Protocol::socket socket);
  void accept_later();
  void close();
  void remove_file() const;

  asio::io_context& io;
  Protocol::acceptor acceptor;
  asio::steady_timer retry;
  std::string path;
  struct stat file {};  // the socket's, as bound
  FrameChannel::Limits limits;
  std::shared_ptr<const OnPeer> on_peer;  // shared: it may be running while it is let go
};

Result<void> FrameAcceptor::State::bind(const std::string& where) {
  if (auto ready = prepare_socket_path(where); !ready) return ready.error();
  const auto failed = [&](const char* what, const std::string& why) {
    return Error{ErrorKind::unavailable, std::string(what) + " " + where + ": " + why};
  };
  error_code error;
  acceptor.open(Protocol(), error);
  if (error) return failed("socket", error.message());
  // Before bind, so that the file never is more open than this, whatever the umask; after it, for what the
  // umask took.
  if (::fchmod(acceptor.native_handle(), 0600) != 0) return failed("fchmod", std::strerror(errno));
  acceptor.bind(Protocol::endpoint(where), error);
  if (error) return failed("bind", error.message());
  if (::chmod(where.c_str(), 0600) != 0) return failed("chmod", std::strerror(errno));
  if (::lstat(where.c_str(), &file) != 0) return failed("lstat", std::strerror(errno));
  path = where;
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return failed("listen", error.message());
  return {};
}

void FrameAcceptor::State::accept() {
  acceptor.async_accept([self = shared_from_this()](error_code error, Protocol::socket socket) {
    self->on_accepted(error, std::move(socket));
  });
}

void FrameAcceptor::State::on_accepted(error_code error, Protocol::socket socket) {
  if (!acceptor.is_open()) return;
  if (error == asio::error::connection_aborted) return accept();
  if (error) {
    log_warning("socket.accept_failed", "accepting a peer failed",
                {{"path", path}, {"error", error.message()}});
    return accept_later();
  }
  const auto held = on_peer;
  auto channel = FrameChannel::adopt(std::move(socket), limits);
  if (!channel)
    log_warning("socket.peer_refused", "refused a peer on the socket",
                {{"path", path}, {"reason", channel.error().message}});
  else
    (*held)(std::move(*channel));
  if (acceptor.is_open()) accept();
}

// Out of descriptors or memory: trying at once would only burn time.
void FrameAcceptor::State::accept_later() {
  retry.expires_after(std::chrono::milliseconds(100));
  retry.async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->acceptor.is_open()) self->accept();
  });
}

void FrameAcceptor::State::close() {
  on_peer.reset();
  retry.cancel();
  error_code ignored;
  acceptor.close(ignored);
  if (!path.empty()) remove_file();
  path.clear();
}

// Another process may have put its own socket there since.
void FrameAcceptor::State::remove_file() const {
  struct stat now {};
  if (::lstat(path.c_str(), &now) != 0 || now.st_dev != file.st_dev || now.st_ino != file.st_ino) return;
  static_cast<void>(::unlink(path.c_str()));
}

FrameAcceptor::FrameAcceptor(asio::io_context& io) : state_(std::make_shared<State>(io)) {}
FrameAcceptor::~FrameAcceptor() { state_->close(); }

Result<void> FrameAcceptor::listen(const std::string& path, FrameChannel::Limits limits, OnPeer on_peer) {
  PALPO_CHECK(!state_->acceptor.is_open());
  state_->limits = limits;
  if (auto bound = state_->bind(path); !bound) {
    state_->close();
    return bound.error();
  }
  state_->on_peer = std::make_shared<const OnPeer>(std::move(on_peer));
  state_->accept();
  return {};
}

void FrameAcceptor::close() { state_->close(); }

void connect_frame_channel(asio::io_context& io, const std::string& path, FrameChannel::Limits limits,
                           std::function<void(Result<std::shared_ptr<FrameChannel>>)> on_done) {
  const auto attempt = [&]() -> Result<std::shared_ptr<FrameChannel>> {
    const auto connected = connect_unix_socket(path);
    if (!connected) return connected.error();
    Protocol::socket socket(io);
    error_code error;
    socket.assign(Protocol(), *connected, error);
    if (!error) return FrameChannel::adopt(std::move(socket), limits);
    ::close(*connected);
    return Error{ErrorKind::unavailable, path + ": " + error.message()};
  };
  asio::post(io,
             [result = attempt(), on_done = std::move(on_done)]() mutable { on_done(std::move(result)); });
}

}  // namespace palpo::api
