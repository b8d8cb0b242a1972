// SPDX-License-Identifier: Apache-2.0
#include "tests/support/wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>

#include "base/openssl_ptr.h"

namespace palpo::tests {

namespace {

constexpr int kPatience = 10'000;  // milliseconds

[[noreturn]] void give_up(const std::string& what, std::string_view seen = {}) {
  throw std::runtime_error(what +
                           (seen.empty() ? "" : ", after \"" + std::string(seen.substr(0, 2000)) + "\""));
}

std::string last_error() { return std::system_category().message(errno); }

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int open_socket(int receive_buffer) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) give_up("socket: " + last_error());
  if (receive_buffer > 0) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  return fd;
}

bool wait(int fd, short events, int milliseconds) {
  pollfd poll{fd, events, 0};
  for (;;) {
    const int ready = ::poll(&poll, 1, milliseconds);
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

std::string WireMessage::start_line() const { return head.substr(0, head.find("\r\n")); }

std::vector<std::string> WireMessage::values(std::string_view name) const {
  std::vector<std::string> found;
  std::size_t at = head.find("\r\n") + 2;
  for (std::size_t end = 0; (end = head.find("\r\n", at)) != at; at = end + 2) {
    const std::string line = head.substr(at, end - at);
    const std::size_t colon = line.find(':');
    if (lower(line.substr(0, colon)) != lower(name)) continue;
    const std::size_t first = line.find_first_not_of(" \t", colon + 1);
    found.push_back(
        first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(" \t") + 1 - first));
  }
  return found;
}

std::string WireMessage::value(std::string_view name) const {
  const auto all = values(name);
  if (all.size() > 1) give_up("several " + std::string(name) + " fields", head);
  return all.empty() ? "" : all.front();
}

struct Wire::State {
  explicit State(int taken) : fd(taken) {}
  ~State() {
    SSL_free(ssl);
    SSL_CTX_free(context);
    if (fd >= 0) ::close(fd);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Bytes into buffer. False: the peer has finished; `was_reset` tells how.
  bool more() {
    char bytes[65536];
    if (ssl != nullptr && SSL_pending(ssl) > 0) return more_plain(bytes, sizeof bytes);
    if (!wait(fd, POLLIN, kPatience)) give_up("nothing came in time", buffer);
    if (ssl != nullptr) return more_plain(bytes, sizeof bytes);
    const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
    was_reset = got < 0;
    if (got <= 0) return false;
    buffer.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  bool more_plain(char* bytes, std::size_t size) {
    const int got = SSL_read(ssl, bytes, static_cast<int>(size));
    if (got <= 0) {
      was_reset = SSL_get_error(ssl, got) != SSL_ERROR_ZERO_RETURN;
      ERR_clear_error();
      return false;
    }
    buffer.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  std::string take(std::size_t size) {
    std::string taken = buffer.substr(0, size);
    buffer.erase(0, size);
    return taken;
  }

  int fd;
  SSL* ssl = nullptr;
  SSL_CTX* context = nullptr;
  std::string buffer;
  bool was_reset = false;
};

Wire::Wire(int fd) : state_(std::make_unique<State>(fd)) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // cuts stay where the test makes them
}
Wire::Wire(Wire&&) noexcept = default;
Wire& Wire::operator=(Wire&&) noexcept = default;
Wire::~Wire() = default;

Wire Wire::connect(std::uint16_t port, int receive_buffer, int max_segment) {
  Wire wire(open_socket(receive_buffer));
  if (max_segment != 0) ::setsockopt(wire.fd(), IPPROTO_TCP, TCP_MAXSEG, &max_segment, sizeof max_segment);
  const sockaddr_in address = loopback(port);
  if (::connect(wire.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    give_up("connect: " + last_error());
  }
  return wire;
}

Wire Wire::connect_tls(std::uint16_t port, const TlsOptions& options) {
  Wire wire = connect(port, options.receive_buffer, options.max_segment);
  State& state = *wire.state_;
  state.context = SSL_CTX_new(TLS_client_method());
  if (!options.ca_pem.empty()) {
    const BioPtr bio(BIO_new_mem_buf(options.ca_pem.data(), static_cast<int>(options.ca_pem.size())));
    const X509Ptr ca(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(state.context), ca.get());
    SSL_CTX_set_verify(state.context, SSL_VERIFY_PEER, nullptr);
  }
  state.ssl = SSL_new(state.context);
  SSL_set_fd(state.ssl, state.fd);
  if (!options.server_name.empty()) {
    SSL_set_tlsext_host_name(state.ssl, options.server_name.c_str());
    SSL_set1_host(state.ssl, options.server_name.c_str());
  }
  if (!options.alpn.empty()) {
    const std::string list = static_cast<char>(options.alpn.size()) + options.alpn;
    SSL_set_alpn_protos(state.ssl, reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned int>(list.size()));
  }
  if (options.resume != nullptr) SSL_set_session(state.ssl, options.resume);
  const timeval patience{kPatience / 1000, 0};
  ::setsockopt(state.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ERR_clear_error();
  if (SSL_connect(state.ssl) != 1) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    give_up(reason != nullptr ? reason : "handshake failed");
  }
  return wire;
}

bool Wire::try_send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait(fd(), POLLOUT, kPatience)) give_up("the peer takes nothing");
    const auto taken =
        state_->ssl != nullptr
            ? static_cast<ssize_t>(SSL_write(state_->ssl, bytes.data(), static_cast<int>(bytes.size())))
            : ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (taken <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(taken));
  }
  return true;
}

bool Wire::request_key_update() {
  if (!wait(fd(), POLLOUT, kPatience)) give_up("the peer takes nothing");
  return SSL_key_update(state_->ssl, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(state_->ssl) == 1;
}

void Wire::send(std::string_view bytes) {
  if (!try_send(bytes)) give_up("send: " + last_error());
}

std::size_t Wire::send_until_blocked(std::string_view bytes, std::size_t most) {
  std::size_t sent = 0;
  while (sent < most && wait(fd(), POLLOUT, 500)) {
    const std::string_view rest = bytes.substr(0, most - sent);
    const ssize_t taken = ::send(fd(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && errno != EAGAIN) break;
    if (taken > 0) sent += static_cast<std::size_t>(taken);
  }
  return sent;
}

std::string Wire::read(std::size_t size) {
  while (state_->buffer.size() < size) {
    if (!state_->more()) give_up("the peer ended early", state_->buffer);
  }
  return state_->take(size);
}

std::string Wire::read_until(std::string_view end) {
  std::size_t at = 0;
  while ((at = state_->buffer.find(end)) == std::string::npos) {
    if (!state_->more()) give_up("the peer ended early", state_->buffer);
  }
  return state_->take(at + end.size());
}

std::string Wire::read_to_end() {
  while (state_->more()) {
  }
  if (state_->was_reset) give_up("the peer broke off", state_->buffer);
  return state_->take(state_->buffer.size());
}

WireMessage Wire::read_message(bool without_body) {
  WireMessage message;
  message.head = read_until("\r\n\r\n");
  if (without_body) return message;
  if (!message.value("content-length").empty()) {
    message.body = read(std::stoul(message.value("content-length")));
  } else if (message.value("transfer-encoding") == "chunked") {
    for (;;) {
      const std::size_t size = std::stoul(read_until("\r\n"), nullptr, 16);
      message.body += read(size);
      if (read(2) != "\r\n") give_up("a chunk without its end", message.body);
      if (size == 0) break;
    }
  }
  return message;
}

Wire::End Wire::wait_for_end() {
  while (state_->more()) state_->buffer.clear();
  return state_->was_reset ? End::reset : End::finished;
}

bool Wire::quiet(int milliseconds) { return state_->buffer.empty() && !wait(fd(), POLLIN, milliseconds); }

void Wire::end_writing() { ::shutdown(fd(), SHUT_WR); }

void Wire::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  state_.reset();
}

int Wire::fd() const { return state_->fd; }

std::string Wire::peer_certificate_pem() const {
  const X509Ptr certificate(SSL_get1_peer_certificate(state_->ssl));
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

bool Wire::session_reused() const { return SSL_session_reused(state_->ssl) == 1; }

SSL_SESSION* Wire::session() const { return SSL_get1_session(state_->ssl); }

WireListener::WireListener(int receive_buffer, int backlog) : fd_(open_socket(receive_buffer)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd_, backlog) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    give_up("listen: " + last_error());
  }
  port_ = ntohs(address.sin_port);
}

WireListener::~WireListener() { close(); }

void WireListener::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::optional<Wire> WireListener::accept_within(int milliseconds) {
  if (!wait(fd_, POLLIN, milliseconds)) return std::nullopt;
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) give_up("accept: " + last_error());
  return Wire(fd);
}

Wire WireListener::accept() {
  auto accepted = accept_within(kPatience);
  if (!accepted) give_up("nobody connected");
  return std::move(*accepted);
}

std::uint16_t unused_port() { return WireListener().port(); }

}  // namespace palpo::tests
