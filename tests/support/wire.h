// SPDX-License-Identifier: Apache-2.0
// HTTP on the wire for tests: blocking sockets on loopback that send exactly the bytes they are given and
// read exactly what comes, plain or TLS. Everything waits at most ten seconds and then throws what it has
// seen. One thread each.
#pragma once
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace palpo::tests {

struct WireMessage {
  std::string head;  // as it came, with the empty line
  std::string body;  // chunked coding taken off
  std::string start_line() const;
  // The values of every field of that name (any case), in order.
  std::vector<std::string> values(std::string_view name) const;
  std::string value(std::string_view name) const;  // "" when none; throws when several
};

class Wire {
 public:
  struct TlsOptions {
    std::string server_name;  // empty: none is sent
    std::string ca_pem;       // empty: nothing is verified
    std::string alpn = {};    // "http/1.1"
    SSL_SESSION* resume = nullptr;
    int receive_buffer = 0;  // 0: the system's
    int max_segment = 0;     // small ones make the peer's send buffer small, too
  };

  explicit Wire(int fd);  // takes it over
  static Wire connect(std::uint16_t port, int receive_buffer = 0, int max_segment = 0);
  static Wire connect_tls(std::uint16_t port, const TlsOptions& options);  // throws what the handshake says
  Wire(Wire&&) noexcept;
  Wire& operator=(Wire&&) noexcept;
  ~Wire();

  void send(std::string_view bytes);
  bool try_send(std::string_view bytes);  // false: the peer is gone
  bool request_key_update();              // TLS 1.3: the peer has to answer. False: it is gone
  std::size_t send_until_blocked(std::string_view bytes,
                                 std::size_t most);  // repeats `bytes`; how many were taken
  std::string read(std::size_t size);
  std::string read_until(std::string_view end);  // with it
  std::string read_to_end();                     // until the peer ends
  WireMessage read_message(bool without_body = false);

  enum class End { finished, reset };
  End wait_for_end();            // discards what still comes
  bool quiet(int milliseconds);  // nothing came and nothing ended in that time

  void end_writing();
  void reset();  // so that the peer sees an error
  int fd() const;
  std::string peer_certificate_pem() const;
  bool session_reused() const;
  SSL_SESSION* session() const;  // up to the caller to free

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class WireListener {
 public:
  explicit WireListener(int receive_buffer = 0, int backlog = 128);
  ~WireListener();
  WireListener(const WireListener&) = delete;
  WireListener& operator=(const WireListener&) = delete;
  std::uint16_t port() const { return port_; }
  Wire accept();
  std::optional<Wire> accept_within(int milliseconds);
  void close();

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

std::uint16_t unused_port();  // of nobody just now

}  // namespace palpo::tests
