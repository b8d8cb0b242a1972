// SPDX-License-Identifier: Apache-2.0
#include "base/admin_server.h"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <list>
#include <map>
#include <optional>

#include "base/check.h"
#include "base/net_address.h"
#include "base/printable.h"

namespace palpo {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t kMaxConnections = 64;
constexpr std::uint32_t kMaxHead = 8 * 1024;
constexpr std::chrono::seconds kRequestTime{5};
constexpr std::chrono::seconds kFarewellTime{1};
constexpr std::size_t kMaxFarewell = 65536;
constexpr std::chrono::milliseconds kAcceptPause{100};

using Routes = std::map<std::string, AdminHandler, std::less<>>;

AdminAnswer plain(int status, std::string text) {
  AdminAnswer answer;
  answer.status = status;
  answer.body = std::move(text) + "\n";
  return answer;
}

AdminAnswer answer_to(const Routes& routes, http::verb method, std::string_view target) {
  const auto found = routes.find(target.substr(0, target.find('?')));
  if (found == routes.end()) return plain(404, "not found");
  if (method != http::verb::get && method != http::verb::head) return plain(405, "only GET and HEAD");
  return found->second();
}

int status_of_bad_head(const error_code& failed) { return failed == http::error::header_limit ? 431 : 400; }

}  // namespace

struct AdminServer::State : std::enable_shared_from_this<State> {
  class Session;

  explicit State(asio::io_context& context) : io(context), acceptor(context), pause(context) {}

  void accept();
  void accepted(tcp::socket socket);
  void wait_then_accept();
  void ended(std::list<std::weak_ptr<Session>>::iterator session);
  void close();

  asio::io_context& io;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  bool accepting = false;
  bool closed = false;
  Routes routes;
  std::list<std::weak_ptr<Session>> sessions;
};

// One connection: head, answer, and again. The pending operation holds it.
class AdminServer::State::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<State> server, tcp::socket socket)
      : server_(std::move(server)), stream_(std::move(socket)), entry_(server_->sessions.end()) {}
  ~Session() { server_->ended(entry_); }

  void start(std::list<std::weak_ptr<Session>>::iterator entry) {
    entry_ = entry;
    read();
  }
  void close() { stream_.close(); }

 private:
  void read() {
    parser_.emplace();
    parser_->header_limit(kMaxHead);
    stream_.expires_after(kRequestTime);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const error_code& failed, std::size_t) { self->have_head(failed); });
  }

  void have_head(const error_code& failed) {
    if (failed && failed.category() != http::make_error_code(http::error::bad_method).category()) return;
    if (failed == http::error::end_of_stream || failed == http::error::partial_message) return;
    if (failed) return write(plain(status_of_bad_head(failed), "bad request"), false, false);
    const auto& head = parser_->get();
    // A body nobody asked for is not worth reading: the connection ends after the answer.
    const bool keep = head.keep_alive() && parser_->is_done();
    const auto target = head.target();
    write(answer_to(server_->routes, head.method(), {target.data(), target.size()}), keep,
          head.method() == http::verb::head);
  }

  void write(AdminAnswer answer, bool keep, bool head_only) {
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(answer.status));
    response_.set(http::field::content_type, answer.content_type);
    response_.set(http::field::cache_control, "no-store");
    if (answer.status == 405) response_.set(http::field::allow, "GET, HEAD");
    response_.content_length(answer.body.size());
    response_.keep_alive(keep);
    if (!head_only) response_.body() = std::move(answer.body);
    stream_.expires_after(kRequestTime);
    http::async_write(stream_, response_,
                      [self = shared_from_this(), keep](const error_code& failed, std::size_t) {
                        if (failed) return;
                        if (keep && !self->server_->closed)
                          self->read();
                        else
                          self->say_farewell();
                      });
  }

  // Closing with unread bytes in the socket would reset the connection and could take the answer along.
  void say_farewell() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kFarewellTime);
    drain();
  }
  void drain() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](const error_code& failed, std::size_t size) {
                              self->drained_ += size;
                              if (!failed && self->drained_ < kMaxFarewell) self->drain();
                            });
  }

  std::shared_ptr<State> server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kMaxHead + 1024};
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> response_;
  std::size_t drained_ = 0;
  std::list<std::weak_ptr<Session>>::iterator entry_;
};

void AdminServer::State::accept() {
  if (closed || accepting) return;
  accepting = true;
  acceptor.async_accept([self = shared_from_this()](const error_code& failed, tcp::socket socket) {
    self->accepting = false;
    if (self->closed) return;
    if (!failed) return self->accepted(std::move(socket));
    self->wait_then_accept();
  });
}

// When all places are taken the oldest goes: a probe must not wait behind connections that say nothing.
void AdminServer::State::accepted(tcp::socket socket) {
  if (sessions.size() >= kMaxConnections) {
    if (const auto oldest = sessions.front().lock()) oldest->close();
  }
  const auto session = std::make_shared<Session>(shared_from_this(), std::move(socket));
  session->start(sessions.insert(sessions.end(), session));
  accept();
}

// Out of descriptors, most likely: trying again at once would only burn the processor.
void AdminServer::State::wait_then_accept() {
  pause.expires_after(kAcceptPause);
  pause.async_wait([self = shared_from_this()](const error_code& failed) {
    if (!failed) self->accept();
  });
}

void AdminServer::State::ended(std::list<std::weak_ptr<Session>>::iterator session) {
  sessions.erase(session);
}

void AdminServer::State::close() {
  closed = true;
  error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
  for (const auto& weak : sessions) {
    if (const auto session = weak.lock()) session->close();
  }
}

AdminServer::AdminServer(asio::io_context& io) : state_(std::make_shared<State>(io)) {}
AdminServer::~AdminServer() { state_->close(); }

void AdminServer::route(std::string path, AdminHandler handler) {
  PALPO_CHECK(path.starts_with('/') && handler);
  state_->routes.insert_or_assign(std::move(path), std::move(handler));
}

Result<void> AdminServer::listen(const std::string& address) {
  PALPO_CHECK(!state_->acceptor.is_open() && !state_->closed);
  const auto parsed = parse_net_address(address);
  if (!parsed) return parsed.error();
  error_code failed;
  auto ip = parsed->host.empty() ? asio::ip::address(asio::ip::address_v6::any())
                                 : asio::ip::make_address(parsed->host, failed);
  if (failed) return invalid("cannot listen on " + in_quotes(address) + ": the host must be an IP address");
  auto& acceptor = state_->acceptor;
  acceptor.open(ip.is_v6() ? tcp::v6() : tcp::v4(), failed);
  if (failed && parsed->host.empty()) {  // a kernel without IPv6
    ip = asio::ip::address_v4::any();
    acceptor.open(tcp::v4(), failed);
  }
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed && ip.is_v6()) acceptor.set_option(asio::ip::v6_only(false), failed);
  if (!failed) acceptor.bind({ip, parsed->port}, failed);
  if (!failed) acceptor.listen(tcp::acceptor::max_listen_connections, failed);
  if (failed) {
    error_code ignored;
    acceptor.close(ignored);
    return Error{ErrorKind::unavailable, "cannot listen on " + in_quotes(address) + ": " + failed.message()};
  }
  state_->accept();
  return {};
}

std::uint16_t AdminServer::port() const {
  error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

void AdminServer::close() { state_->close(); }

}  // namespace palpo
