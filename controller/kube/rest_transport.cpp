// SPDX-License-Identifier: Apache-2.0
// The transport over cpprestsdk, whose only user this file is. Everything asynchronous in that library runs
// on its one pool thread: then its cancellation, which closes sockets without a lock, cannot race its own
// reads.
#include <cpprest/astreambuf.h>
#include <cpprest/http_client.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>

#include <cstdlib>
#include <functional>
#include <future>
#include <mutex>
#include <utility>

#include "base/net_address.h"
#include "controller/kube/authorized.h"
#include "controller/kube/response_reader.h"
#include "controller/kube/tls_client.h"
#include "controller/kube/transport.h"

namespace palpo::kube {
namespace {

namespace http = web::http;
namespace streams = concurrency::streams;
using http::client::http_client;
using http::client::http_client_config;

void post_to_pool(std::function<void()> work) {
  crossplat::threadpool::shared_instance().service().post(std::move(work));
}

// The pool's thread ends in a static destructor, after OpenSSL's own end: what OpenSSL keeps for it would
// leak.
void free_tls_state_of_pool() {
  const auto freed = std::make_shared<std::promise<void>>();
  post_to_pool([freed] {
    OPENSSL_thread_stop();
    freed->set_value();
  });
  freed->get_future().wait_for(std::chrono::seconds(1));
}

void use_one_pool_thread() {
  static std::once_flag once;
  std::call_once(once, [] {
    crossplat::threadpool::initialize_with_threads(1);
    OPENSSL_init_ssl(0, nullptr);  // first: exit handlers run in reverse order
    std::atexit(free_tls_state_of_pool);
  });
}

// What the TLS callback could not say where it was found: it runs inside the library, which must not see
// exceptions.
struct TlsFault {
  std::mutex mutex;
  std::string message;
  void set(std::string text) {
    const std::lock_guard lock(mutex);
    message = std::move(text);
  }
  std::string get() {
    const std::lock_guard lock(mutex);
    return message;
  }
};

// One request under way, shared with the library's thread, which may outlive the caller's interest for a
// moment.
class RestExchange {
 public:
  explicit RestExchange(const LineSink* on_line) : reader_(on_line) {}

  pplx::cancellation_token token() const { return cancel_.get_token(); }
  void post_cancel() {
    post_to_pool([cancel = cancel_] { cancel.cancel(); });
  }
  void on_status(int status) {
    const std::lock_guard lock(mutex_);
    if (!closed_ && !reader_.on_status(status)) drop();
  }
  // Never fails: a failing stream makes the library wait for itself on its only thread. It drops and cancels
  // instead.
  void on_bytes(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    try {
      if (!reader_.on_bytes(bytes)) drop();
    } catch (...) {
      fault_ = std::current_exception();
      drop();
    }
  }
  void close(TransportResponse& response) {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    if (response.status != 0) reader_.on_status(response.status);
    reader_.finish(response);
    if (fault_) std::rethrow_exception(fault_);
  }

 private:
  void drop() {
    closed_ = true;
    post_cancel();
  }
  std::mutex mutex_;
  bool closed_ = false;
  ResponseReader reader_;
  std::exception_ptr fault_;
  pplx::cancellation_token_source cancel_;
};

// Hands each piece to the exchange on the pool thread; the library reads on when that returns, which is the
// back-pressure. The library's own stream buffers queue without bound.
class Sink final : public streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  explicit Sink(std::shared_ptr<RestExchange> exchange)
      : streambuf_state_manager(std::ios_base::out), exchange_(std::move(exchange)) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(size_t, std::ios_base::openmode) override {}
  size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return nowhere(); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return nowhere(); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override { return nowhere(); }
  bool acquire(std::uint8_t*& data, size_t& size) override {
    data = nullptr;
    size = 0;
    return false;
  }
  void release(std::uint8_t*, size_t) override {}

 protected:
  pplx::task<size_t> _putn(const std::uint8_t* data, size_t size) override {
    exchange_->on_bytes({reinterpret_cast<const char*>(data), size});
    return pplx::task_from_result(size);
  }
  pplx::task<int_type> _putc(std::uint8_t byte) override {
    exchange_->on_bytes({reinterpret_cast<const char*>(&byte), 1});
    return pplx::task_from_result<int_type>(byte);
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(size_t) override { return nullptr; }
  void _commit(size_t) override {}
  pplx::task<int_type> _bumpc() override { return no_byte(); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return no_byte(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return no_byte(); }
  pplx::task<int_type> _ungetc() override { return no_byte(); }
  pplx::task<size_t> _getn(std::uint8_t*, size_t) override { return pplx::task_from_result<size_t>(0); }
  size_t _scopy(std::uint8_t*, size_t) override { return 0; }

 private:
  static pos_type nowhere() { return static_cast<pos_type>(traits::eof()); }
  static pplx::task<int_type> no_byte() { return pplx::task_from_result<int_type>(traits::eof()); }
  std::shared_ptr<RestExchange> exchange_;
};

class RestTransport final : public Transport {
 public:
  RestTransport(ApiEndpoint endpoint, TransportTimeouts timeouts)
      : endpoint_(std::move(endpoint)),
        tls_fault_(std::make_shared<TlsFault>()),
        calls_(base_uri(), configuration(timeouts.call)),
        streams_(base_uri(), configuration(timeouts.idle)) {}

  TransportResponse call(const TransportRequest& request, std::stop_token stop) override {
    return authorized(endpoint_,
                      [&](const std::string& token) { return run(calls_, request, token, nullptr, stop); });
  }
  TransportResponse stream(const TransportRequest& request, const LineSink& on_line,
                           std::stop_token stop) override {
    return authorized(
        endpoint_, [&](const std::string& token) { return run(streams_, request, token, &on_line, stop); });
  }

 private:
  std::string base_uri() const {
    return endpoint_.scheme + "://" + endpoint_.host + ":" + std::to_string(endpoint_.port);
  }

  http_client_config configuration(std::chrono::milliseconds timeout) const {
    http_client_config config;
    config.set_timeout(timeout);  // restarted by every chunk: without a byte, not in all
    config.set_max_redirects(0);  // a followed redirect would carry the token to whoever it names
    config.set_tlsext_sni_enabled(!is_ip_literal(verified_name(endpoint_)));
    config.set_ssl_context_callback(
        [endpoint = endpoint_, fault = tls_fault_](boost::asio::ssl::context& context) {
          const auto prepared = prepare_tls_client(context.native_handle(), endpoint);
          fault->set(prepared ? std::string() : prepared.error().message);
        });
    return config;
  }

  http::http_request build(const TransportRequest& request, const std::string& token) const {
    http::http_request built(request.method);
    built.set_request_uri(request.target);
    auto& headers = built.headers();
    if (!request.body.empty()) {
      built.set_body(std::vector<unsigned char>(request.body.begin(), request.body.end()));
      headers.set_content_type(request.content_type);
    }
    headers.add("Accept", request.accept);
    headers.add("User-Agent", "palpo-ingress-controller/" PALPO_VERSION);
    // The library takes SNI and the name it verifies from this field.
    if (!endpoint_.server_name.empty()) headers.add("Host", endpoint_.server_name);
    if (!token.empty()) headers.add("Authorization", "Bearer " + token);
    return built;
  }

  TransportResponse run(http_client& client, const TransportRequest& request, const std::string& token,
                        const LineSink* on_line, const std::stop_token& stop) {
    TransportResponse response;
    const auto exchange = std::make_shared<RestExchange>(on_line);
    const std::stop_callback on_stop(stop, [&exchange] { exchange->post_cancel(); });
    try {
      auto built = build(request, token);
      built.set_response_stream(
          streams::streambuf<std::uint8_t>(std::make_shared<Sink>(exchange)).create_ostream());
      // Started on the pool thread as well, where a cancellation can only come before or after.
      pplx::create_task([&client, built, exchange] { return client.request(built, exchange->token()); })
          .then([exchange, &response](const http::http_response& head) {
            note_head(head, response);
            exchange->on_status(response.status);
            return head.content_ready();
          })
          .get();
    } catch (...) {
      response.error = classify(std::current_exception(), stop.stop_requested());
    }
    exchange->close(response);
    return response;
  }

  static void note_head(const http::http_response& head, TransportResponse& response) {
    response.status = head.status_code();
    utility::string_t retry_after;
    if (head.headers().match("Retry-After", retry_after))
      response.retry_after = parse_retry_after(retry_after);
  }

  Error classify(const std::exception_ptr& thrown, bool stopped) const {
    try {
      std::rethrow_exception(thrown);
    } catch (const http::http_exception& fault) {
      const auto code = static_cast<unsigned long>(static_cast<unsigned>(fault.error_code().value()));
      if (stopped || code == ECANCELED) return {ErrorKind::cancelled, "cancelled"};
      if (code == ETIMEDOUT) return {ErrorKind::timeout, "the API server was silent for too long"};
      return name_fault(fault.what(), code);
    } catch (const std::exception& fault) {
      if (stopped) return {ErrorKind::cancelled, "cancelled"};
      return {ErrorKind::unavailable, fault.what()};
    }
  }

  // OpenSSL's codes come under the system's category; errno never reaches their range.
  Error name_fault(std::string_view what, unsigned long code) const {
    constexpr unsigned long kFirstTlsCode = 0x10000;
    if (code < kFirstTlsCode) return {ErrorKind::unavailable, std::string(what)};
    const auto setup = tls_fault_->get();
    const auto detail = setup.empty() ? tls_error_text(code) : setup;
    return invalid("TLS to " + base_uri() + ": " + detail);
  }

  const ApiEndpoint endpoint_;
  const std::shared_ptr<TlsFault> tls_fault_;
  http_client calls_;
  http_client streams_;
};

}  // namespace

Result<std::unique_ptr<Transport>> make_rest_transport(ApiEndpoint endpoint, TransportTimeouts timeouts) {
  if (endpoint.host.find(':') != std::string::npos)
    return invalid("API server address " + endpoint.host +
                   ": cpprestsdk cannot connect to an IPv6 literal; use a DNS name");
  use_one_pool_thread();
  try {
    return std::unique_ptr<Transport>(std::make_unique<RestTransport>(std::move(endpoint), timeouts));
  } catch (const std::exception& fault) {
    return invalid("API server address " + endpoint.host + ": " + fault.what());
  }
}

}  // namespace palpo::kube
