// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_api_server.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <algorithm>
#include <cctype>
#include <mutex>
#include <thread>
#include <vector>

#include "base/asio.h"
#include "base/check.h"
#include "base/mailbox.h"
#include "base/openssl_ptr.h"

namespace palpo::tests {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using TlsStream = ssl::stream<tcp::socket&>;

void require_client(ssl::context& context, const std::string& ca_pem) {
  if (ca_pem.empty()) return;
  context.add_certificate_authority(asio::buffer(ca_pem));
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
}

std::string subject_of(SSL* connection) {
  const X509Ptr certificate(SSL_get1_peer_certificate(connection));
  if (certificate == nullptr) return {};
  const BioPtr text(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// The two ends of one accepted socket: its own thread reads requests, whoever holds the exchange answers.
class Connection {
 public:
  Connection(tcp::socket socket, ssl::context* context) : socket_(std::move(socket)) {
    if (context != nullptr) tls_.emplace(socket_, *context);
  }

  bool handshake() {
    error_code failed;
    socket_.set_option(tcp::no_delay(true), failed);
    if (tls_) tls_->handshake(ssl::stream_base::server, failed);
    return !failed;
  }

  bool read(ScriptedRequest& request) {
    http::request<http::string_body> message;
    error_code failed;
    if (tls_)
      http::read(*tls_, buffer_, message, failed);
    else
      http::read(socket_, buffer_, message, failed);
    if (failed) return false;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.body = message.body();
    for (const auto& field : message) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      request.headers[name] = std::string(field.value());
    }
    if (tls_) {
      const char* const name = SSL_get_servername(tls_->native_handle(), TLSEXT_NAMETYPE_host_name);
      request.sni = name == nullptr ? "" : name;
      request.client_subject = subject_of(tls_->native_handle());
    }
    return true;
  }

  bool write(std::string_view bytes) {
    error_code failed;
    if (tls_)
      asio::write(*tls_, asio::buffer(bytes), failed);
    else
      asio::write(socket_, asio::buffer(bytes), failed);
    return !failed;
  }

  // The peer says nothing more after its request, so that anything readable is its end (or TLS's good-bye
  // before it).
  bool wait_closed(std::chrono::milliseconds within) {
    pollfd entry{socket_.native_handle(), POLLIN | POLLRDHUP, 0};
    return ::poll(&entry, 1, static_cast<int>(within.count())) > 0;
  }

  void reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    const std::lock_guard lock(close_mutex_);
    socket_.close(ignored);
  }
  // From another thread: wakes what is blocked on the socket without freeing its number.
  void shut_down() {
    const std::lock_guard lock(close_mutex_);
    if (socket_.is_open()) ::shutdown(socket_.native_handle(), SHUT_RDWR);
  }

 private:
  tcp::socket socket_;
  std::optional<TlsStream> tls_;
  beast::flat_buffer buffer_;
  std::mutex close_mutex_;
};

class ScriptedExchange final : public Exchange {
 public:
  ScriptedExchange(std::shared_ptr<Connection> connection, ScriptedRequest request)
      : connection_(std::move(connection)), request_(std::move(request)) {}

  const ScriptedRequest& request() const override { return request_; }

  void respond(int status, std::string_view body,
               const std::map<std::string, std::string>& headers) override {
    std::string answer = "HTTP/1.1 " + std::to_string(status) +
                         " Scripted\r\nContent-Type: application/json\r\n" +
                         "Content-Length: " + std::to_string(body.size()) + "\r\n";
    for (const auto& [name, value] : headers) answer += name + ": " + value + "\r\n";
    connection_->write(answer + "\r\n" + std::string(body));
    finish(true);
  }
  bool begin(int status) override {
    return connection_->write(
        "HTTP/1.1 " + std::to_string(status) +
        " Scripted\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  }
  bool send(std::string_view bytes) override {
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return connection_->write(size + std::string(bytes) + "\r\n");
  }
  void end() override {
    connection_->write("0\r\n\r\n");
    finish(true);
  }
  void reset() override {
    if (answered_) return;
    connection_->reset();
    finish(false);
  }
  bool wait_closed(std::chrono::milliseconds within) override { return connection_->wait_closed(within); }

  // For the connection's thread: whether another request may follow.
  bool wait_answered() { return outcome_.receive().value_or(false); }
  void abandon() { outcome_.close(); }

 private:
  void finish(bool reusable) {
    if (answered_) return;
    answered_ = true;
    outcome_.send(reusable);
  }
  std::shared_ptr<Connection> connection_;
  ScriptedRequest request_;
  bool answered_ = false;
  Mailbox<bool> outcome_;
};

// What tests hold: the last holder's going resets an exchange nobody answered, though the connection still
// has it.
class HeldExchange final : public Exchange {
 public:
  explicit HeldExchange(std::shared_ptr<ScriptedExchange> inner) : inner_(std::move(inner)) {}
  ~HeldExchange() override { inner_->reset(); }
  const ScriptedRequest& request() const override { return inner_->request(); }
  void respond(int status, std::string_view body,
               const std::map<std::string, std::string>& headers) override {
    inner_->respond(status, body, headers);
  }
  bool begin(int status) override { return inner_->begin(status); }
  bool send(std::string_view bytes) override { return inner_->send(bytes); }
  void end() override { inner_->end(); }
  void reset() override { inner_->reset(); }
  bool wait_closed(std::chrono::milliseconds within) override { return inner_->wait_closed(within); }

 private:
  std::shared_ptr<ScriptedExchange> inner_;
};

}  // namespace

struct ScriptedApiServer::State {
  Options options;
  asio::io_context io;
  tcp::acceptor acceptor{io};
  std::optional<ssl::context> context;
  std::mutex mutex;
  bool closed = false;
  std::vector<std::weak_ptr<Connection>> connections;
  std::vector<std::weak_ptr<ScriptedExchange>> exchanges;
  std::vector<std::thread> threads;
  std::thread accepting;
  Mailbox<std::shared_ptr<Exchange>> waiting;

  void open() {
    const tcp::endpoint endpoint(asio::ip::make_address(options.address), 0);
    acceptor.open(endpoint.protocol());
    acceptor.bind(endpoint);
    acceptor.listen();
    if (!options.certificate) return;
    context.emplace(ssl::context::tls_server);
    context->use_certificate_chain(asio::buffer(options.certificate->chain_pem));
    context->use_private_key(asio::buffer(options.certificate->key_pem), ssl::context::pem);
    require_client(*context, options.client_ca_pem);
  }

  void accept() {
    for (;;) {
      error_code failed;
      tcp::socket socket(io);
      acceptor.accept(socket, failed);
      const std::lock_guard lock(mutex);
      if (closed) return;
      if (failed) continue;
      auto connection = std::make_shared<Connection>(std::move(socket), context ? &*context : nullptr);
      connections.push_back(connection);
      threads.emplace_back([this, connection] { serve(connection); });
    }
  }

  void serve(const std::shared_ptr<Connection>& connection) {
    if (!connection->handshake()) return;
    for (;;) {
      ScriptedRequest request;
      if (!connection->read(request)) return;
      const auto exchange = std::make_shared<ScriptedExchange>(connection, std::move(request));
      {
        const std::lock_guard lock(mutex);
        if (closed) return;
        exchanges.push_back(exchange);
      }
      if (options.handler) {
        options.handler(*exchange);
        exchange->reset();
      } else {
        waiting.send(std::make_shared<HeldExchange>(exchange));
      }
      if (!exchange->wait_answered()) return;
    }
  }

  void close() {
    std::vector<std::thread> ending;
    {
      const std::lock_guard lock(mutex);
      closed = true;
      ::shutdown(acceptor.native_handle(), SHUT_RDWR);
      for (const auto& weak : connections)
        if (const auto connection = weak.lock()) connection->shut_down();
      for (const auto& weak : exchanges)
        if (const auto exchange = weak.lock()) exchange->abandon();
      ending.swap(threads);
    }
    accepting.join();
    for (auto& thread : ending) thread.join();
  }
};

ScriptedApiServer::ScriptedApiServer(Options options) : state_(std::make_shared<State>()) {
  state_->options = std::move(options);
  state_->open();
  state_->accepting = std::thread([state = state_.get()] { state->accept(); });
}

ScriptedApiServer::~ScriptedApiServer() { state_->close(); }

std::uint16_t ScriptedApiServer::port() const { return state_->acceptor.local_endpoint().port(); }

std::shared_ptr<Exchange> ScriptedApiServer::next(std::chrono::milliseconds within) {
  return state_->waiting.receive_for(within).value_or(nullptr);
}

}  // namespace palpo::tests
