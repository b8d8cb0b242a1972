// SPDX-License-Identifier: Apache-2.0
// The transport over cpprestsdk. Everything asynchronous in that library runs on its one pool thread: then
// its cancellation, which closes sockets without a lock, cannot race its own reads.
#include "controller/kube/rest_exchange.h"

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <boost/asio/ssl.hpp>

#include <cstdlib>
#include <functional>
#include <future>
#include <mutex>
#include <utility>

#include "base/net_address.h"
#include "controller/kube/authorized.h"
#include "controller/kube/tls_client.h"

namespace palpo::kube {
namespace {

namespace http = web::http;
using http::client::http_client;
using http::client::http_client_config;
using tcp = boost::asio::ip::tcp;

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

// The request with a deadline that the library's callbacks are about. The pool thread's.
struct Current {
  std::weak_ptr<RestExchange> exchange;
};

// Called for every connection that a request goes out on, a new one being not open yet. Opened here its
// number is known before anything is sent; an address that is not of IPv4 then fails.
void note_socket(const Current& current, tcp::socket& socket) {
  const auto exchange = current.exchange.lock();
  if (!exchange || !exchange->armed()) return;
  const bool open = socket.is_open();
  if (!open) socket.open(tcp::v4());
  exchange->on_socket(socket.native_handle(), open);
}

class RestTransport final : public Transport {
 public:
  RestTransport(ApiEndpoint endpoint, TransportTimeouts timeouts)
      : endpoint_(std::move(endpoint)),
        tls_fault_(std::make_shared<TlsFault>()),
        calls_(base_uri(), configuration(timeouts.call)),
        streams_(base_uri(), configuration(timeouts.idle)),
        timed_(std::make_shared<http_client>(base_uri(), timed_configuration(timeouts.call))) {}

  TransportResponse call(const TransportRequest& request, std::stop_token stop) override {
    return authorized(endpoint_, [&](const std::string& token) {
      return request.deadline ? run_timed(request, token, stop) : run(calls_, request, token, nullptr, stop);
    });
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

  http_client_config timed_configuration(std::chrono::milliseconds timeout) const {
    auto config = configuration(timeout);
    config.set_nativehandle_options([current = current_, tls = endpoint_.scheme == "https"](auto handle) {
      if (tls)
        note_socket(*current, static_cast<boost::asio::ssl::stream<tcp::socket&>*>(handle)->next_layer());
      else
        note_socket(*current, *static_cast<tcp::socket*>(handle));
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

  // Started on the pool thread as well, where a cancellation can only come before or after.
  template <class Send>
  static void start(const std::shared_ptr<RestExchange>& exchange, Send send) {
    pplx::create_task(std::move(send))
        .then([exchange](const http::http_response& head) {
          utility::string_t retry_after;
          const bool told = head.headers().match("Retry-After", retry_after);
          exchange->on_head(head.status_code(),
                            told ? parse_retry_after(retry_after) : std::chrono::seconds(0));
          return head.content_ready();
        })
        .then([exchange](const pplx::task<http::http_response>& ended) {
          std::exception_ptr failure;
          try {
            ended.get();
          } catch (...) {
            failure = std::current_exception();
          }
          exchange->on_end(failure);
        });
  }

  TransportResponse run(http_client& client, const TransportRequest& request, const std::string& token,
                        const LineSink* on_line, const std::stop_token& stop) {
    const auto exchange = std::make_shared<RestExchange>(on_line);
    const std::stop_callback on_stop(stop, [&exchange] { exchange->post_cancel(); });
    auto built = build(request, token);
    built.set_response_stream(RestExchange::sink(exchange));
    start(exchange, [&client, built, exchange] { return client.request(built, exchange->token()); });
    exchange->wait();
    return response_of(*exchange, stop);
  }

  // One after the other: the library says of its connections only that there is a new one.
  TransportResponse run_timed(const TransportRequest& request, const std::string& token,
                              const std::stop_token& stop) {
    const std::lock_guard lock(timed_mutex_);
    bool committed = false;
    auto response = try_timed(request, token, stop, committed);
    const bool over = !response.error || committed || BootClock::now() >= *request.deadline;
    if (over || stop.stop_requested() || is_ip_literal(endpoint_.host)) return response;
    // A name with several addresses: any answer leaves a connection behind, and the request goes out on that.
    TransportRequest opening;
    opening.target = "/version";
    opening.deadline = request.deadline;
    if (auto opened = try_timed(opening, token, stop, committed, false); opened.error) return opened;
    return try_timed(request, token, stop, committed);
  }

  TransportResponse try_timed(const TransportRequest& request, const std::string& token,
                              const std::stop_token& stop, bool& committed, bool arm = true) {
    const auto exchange = std::make_shared<RestExchange>(nullptr);
    const std::stop_callback on_stop(stop, [&exchange] { exchange->post_cancel(); });
    auto built = build(request, token);
    built.set_response_stream(RestExchange::sink(exchange));
    built.set_progress_handler(
        [weak = std::weak_ptr(exchange)](http::message_direction::direction way, auto) {
          if (const auto held = weak.lock(); held && way == http::message_direction::upload)
            held->on_commit();
        });
    start(exchange,
          [client = timed_, built, exchange, current = current_, deadline = *request.deadline, arm] {
            current->exchange = exchange;
            if (arm) exchange->arm(deadline);
            return client->request(built, exchange->token());
          });
    const bool ended = exchange->wait_until(*request.deadline);
    committed = exchange->committed();
    auto response = response_of(*exchange, stop);
    const bool late = !ended || (response.error && BootClock::now() >= *request.deadline);
    if (late && !stop.stop_requested())
      response.error = Error{ErrorKind::timeout, "the API server did not answer in time"};
    return response;
  }

  TransportResponse response_of(RestExchange& exchange, const std::stop_token& stop) const {
    TransportResponse response;
    const auto failure = exchange.failure();
    if (failure) response.error = classify(failure, stop.stop_requested());
    exchange.close(response);
    return response;
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
  const std::shared_ptr<Current> current_ = std::make_shared<Current>();
  http_client calls_;
  http_client streams_;
  std::mutex timed_mutex_;
  const std::shared_ptr<http_client> timed_;  // for requests with a deadline, which may outlive this
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
