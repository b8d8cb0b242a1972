// SPDX-License-Identifier: Apache-2.0
// The transport over Beast: what replaces cpprestsdk, held against the same tests. One connection per
// request, driven to its end on the calling thread.
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/asio.h"
#include "base/net_address.h"
#include "controller/kube/authorized.h"
#include "controller/kube/fuse.h"
#include "controller/kube/response_reader.h"
#include "controller/kube/tls_client.h"
#include "controller/kube/transport.h"

namespace palpo::kube {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

std::string host_field(const ApiEndpoint& endpoint) {
  const auto& name = verified_name(endpoint);
  return name.find(':') == std::string::npos ? name : "[" + name + "]";
}

http::request<http::string_body> build(const ApiEndpoint& endpoint, const TransportRequest& request,
                                       const std::string& token) {
  http::request<http::string_body> built;
  built.version(11);
  built.method_string(request.method);
  built.target(request.target);
  built.set(http::field::host, host_field(endpoint));
  built.set(http::field::accept, request.accept);
  built.set(http::field::user_agent, "palpo-ingress-controller/" PALPO_VERSION);
  built.set(http::field::connection, "close");
  if (!token.empty()) built.set(http::field::authorization, "Bearer " + token);
  if (!request.body.empty()) {
    built.body() = request.body;
    built.set(http::field::content_type, request.content_type);
  }
  built.prepare_payload();
  return built;
}

// One request: each step starts one operation and runs the loop until it, its deadline or the stop has ended
// it.
template <class Stream>
class BeastExchange {
 public:
  BeastExchange(asio::io_context& io, Stream& stream, const ApiEndpoint& endpoint,
                std::chrono::milliseconds idle, const std::stop_token& stop)
      : io_(io), stream_(stream), endpoint_(endpoint), idle_(idle), stop_(stop) {}

  void run(const TransportRequest& request, const std::string& token, ResponseReader& reader,
           TransportResponse& response) {
    const std::stop_callback on_stop(stop_, [this] { asio::post(io_, [this] { give_up(); }); });
    if (request.deadline && !fuse_.arm(*request.deadline)) {
      response.error = Error{ErrorKind::unavailable, "the kernel gives no timer for the request's deadline"};
      return;
    }
    deadline_ = request.deadline;
    if (!connect() || !handshake() || !send(request, token) || !read_head(reader, response) ||
        !read_body(reader))
      response.error = describe();
    else
      fuse_.spare();
  }

 private:
  beast::tcp_stream& tcp_layer() { return beast::get_lowest_layer(stream_); }

  void give_up() {
    resolver_.cancel();
    tcp_layer().cancel();
    tcp_layer().close();
  }

  std::chrono::milliseconds left() const {
    return std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - BootClock::now());
  }
  bool late() const { return deadline_ && fuse_.blown(); }

  template <class Start>
  bool step(std::string what, Start start) {
    what_ = std::move(what);
    result_ = asio::error::operation_aborted;
    if (stop_.stop_requested() || late()) return false;
    tcp_layer().expires_after(deadline_ ? std::min(idle_, left()) : idle_);
    start();
    io_.restart();
    io_.run();
    return !result_;
  }
  auto done() {
    return [this](error_code result, auto&&...) { result_ = result; };
  }

  bool connect() {
    tcp::resolver::results_type found;
    if (!step("resolve " + endpoint_.host, [&] {
          resolver_.async_resolve(endpoint_.host, std::to_string(endpoint_.port),
                                  [this, &found](error_code result, tcp::resolver::results_type addresses) {
                                    result_ = result;
                                    found = std::move(addresses);
                                  });
        }))
      return false;
    if (!step("connect to " + endpoint_.host, [&] { tcp_layer().async_connect(found, done()); }))
      return false;
    if (deadline_) fuse_.hold(tcp_layer().socket().native_handle());
    return true;
  }

  bool handshake() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      const auto& name = verified_name(endpoint_);
      if (!is_ip_literal(name)) SSL_set_tlsext_host_name(stream_.native_handle(), name.c_str());
      return step("TLS to " + endpoint_.host,
                  [&] { stream_.async_handshake(ssl::stream_base::client, done()); });
    }
    return true;
  }

  bool send(const TransportRequest& request, const std::string& token) {
    message_ = build(endpoint_, request, token);
    return step("send the request", [&] { http::async_write(stream_, message_, done()); });
  }

  bool read_head(ResponseReader& reader, TransportResponse& response) {
    // The reader bounds it; Boost 1.74 takes boost::none for zero.
    parser_.body_limit(std::numeric_limits<std::uint64_t>::max());
    if (!step("read the answer", [&] { http::async_read_header(stream_, buffer_, parser_, done()); }))
      return false;
    const auto& head = parser_.get();
    response.status = static_cast<int>(head.result_int());
    const auto retry_after = head[http::field::retry_after];
    response.retry_after = parse_retry_after({retry_after.data(), retry_after.size()});
    reader.on_status(response.status);
    return true;
  }

  bool read_body(ResponseReader& reader) {
    while (!parser_.is_done()) {
      auto& body = parser_.get().body();
      body.data = chunk_.data();
      body.size = chunk_.size();
      body.more = true;
      const bool read =
          step("read the answer", [&] { http::async_read_some(stream_, buffer_, parser_, done()); });
      if (!read && result_ != http::error::need_buffer) return false;
      const auto size = chunk_.size() - body.size;
      if (size > 0 && !reader.on_bytes({chunk_.data(), size})) return true;
    }
    return true;
  }

  Error describe() const {
    if (stop_.stop_requested()) return {ErrorKind::cancelled, "cancelled"};
    if (late()) return {ErrorKind::timeout, "the API server did not answer in time"};
    if (result_ == beast::error::timeout)
      return {ErrorKind::timeout, "the API server was silent for too long"};
    if (result_.category() == asio::error::get_ssl_category())
      return invalid(what_ + ": " + tls_error_text(static_cast<unsigned long>(result_.value())));
    return {ErrorKind::unavailable, what_ + ": " + result_.message()};
  }

  asio::io_context& io_;
  Stream& stream_;
  const ApiEndpoint& endpoint_;
  const std::chrono::milliseconds idle_;
  const std::stop_token stop_;
  tcp::resolver resolver_{io_};
  http::request<http::string_body> message_;
  http::response_parser<http::buffer_body> parser_;
  beast::flat_buffer buffer_;
  std::array<char, 65536> chunk_;
  std::string what_;
  error_code result_;
  std::optional<BootClock::time_point> deadline_;
  Fuse fuse_;
};

class BeastTransport final : public Transport {
 public:
  BeastTransport(ApiEndpoint endpoint, TransportTimeouts timeouts)
      : endpoint_(std::move(endpoint)), timeouts_(timeouts) {}

  TransportResponse call(const TransportRequest& request, std::stop_token stop) override {
    return authorized(endpoint_, [&](const std::string& token) {
      return run(request, token, nullptr, timeouts_.call, stop);
    });
  }
  TransportResponse stream(const TransportRequest& request, const LineSink& on_line,
                           std::stop_token stop) override {
    return authorized(endpoint_, [&](const std::string& token) {
      return run(request, token, &on_line, timeouts_.idle, stop);
    });
  }

 private:
  TransportResponse run(const TransportRequest& request, const std::string& token, const LineSink* on_line,
                        std::chrono::milliseconds idle, const std::stop_token& stop) const {
    TransportResponse response;
    ResponseReader reader(on_line);
    asio::io_context io(1);
    if (endpoint_.scheme == "http") {
      beast::tcp_stream stream(io);
      BeastExchange<beast::tcp_stream>(io, stream, endpoint_, idle, stop)
          .run(request, token, reader, response);
    } else {
      ssl::context context(ssl::context::tls_client);
      if (auto prepared = prepare_tls_client(context.native_handle(), endpoint_); !prepared) {
        response.error = prepared.error();
        return response;
      }
      TlsStream stream(io, context);
      BeastExchange<TlsStream>(io, stream, endpoint_, idle, stop).run(request, token, reader, response);
    }
    reader.finish(response);
    return response;
  }

  const ApiEndpoint endpoint_;
  const TransportTimeouts timeouts_;
};

}  // namespace

Result<std::unique_ptr<Transport>> make_beast_transport(ApiEndpoint endpoint, TransportTimeouts timeouts) {
  return std::unique_ptr<Transport>(std::make_unique<BeastTransport>(std::move(endpoint), timeouts));
}

}  // namespace palpo::kube
