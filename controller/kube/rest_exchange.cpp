// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/rest_exchange.h"

#include <stdexcept>
#include <utility>

namespace palpo::kube {
namespace {

namespace streams = concurrency::streams;

// How long the library may take to notice that a connection is cut. A name that is being looked up holds it
// up.
constexpr std::chrono::seconds kGrace{1};

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

}  // namespace

void RestExchange::post_cancel() {
  post_to_pool([cancel = cancel_] { cancel.cancel(); });
}

bool RestExchange::wait_until(BootClock::time_point deadline) {
  auto ended = ended_.get_future();
  const auto left = deadline - BootClock::now();
  if (ended.wait_for(std::max(left, decltype(left)::zero())) == std::future_status::ready) return true;
  post_cancel();
  return ended.wait_for(kGrace) == std::future_status::ready;
}

void RestExchange::close(TransportResponse& response) {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  response.status = status_;
  response.retry_after = retry_after_;
  reader_.finish(response);
  if (fault_) std::rethrow_exception(fault_);
}

std::exception_ptr RestExchange::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

bool RestExchange::committed() {
  const std::lock_guard lock(mutex_);
  return committed_;
}

void RestExchange::arm(BootClock::time_point deadline) {
  fuse_.emplace();
  if (!fuse_->arm(deadline)) throw std::runtime_error("the kernel gives no timer for the request's deadline");
  if (fuse_->blown()) throw std::runtime_error("the request's deadline has passed");
}

void RestExchange::on_socket(int socket, bool connected) {
  if (fuse_->blown()) throw std::runtime_error("the request's deadline has passed");
  fuse_->hold(socket);
  certain_ = connected;
}

void RestExchange::on_commit() {
  if (!fuse_) return;
  if (fuse_->blown()) throw std::runtime_error("the request's deadline has passed");
  // Of several addresses the library may have taken another than the first, over a socket of its own.
  if (!certain_ && !fuse_->holds_connection())
    throw std::runtime_error("the request's connection is not known");
  const std::lock_guard lock(mutex_);
  committed_ = true;
}

void RestExchange::on_head(int status, std::chrono::seconds retry_after) {
  const std::lock_guard lock(mutex_);
  status_ = status;
  retry_after_ = retry_after;
  if (!closed_ && !reader_.on_status(status)) drop();
}

// Never fails: a failing stream makes the library wait for itself on its only thread. It drops and cancels
// instead.
void RestExchange::on_bytes(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  try {
    if (!reader_.on_bytes(bytes)) drop();
  } catch (...) {
    fault_ = std::current_exception();
    drop();
  }
}

void RestExchange::on_end(std::exception_ptr failure) {
  if (fuse_ && !failure) fuse_->spare();
  fuse_.reset();
  {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }
  ended_.set_value();
}

streams::ostream RestExchange::sink(std::shared_ptr<RestExchange> exchange) {
  return streams::streambuf<std::uint8_t>(std::make_shared<Sink>(std::move(exchange))).create_ostream();
}

void RestExchange::drop() {
  closed_ = true;
  post_cancel();
}

}  // namespace palpo::kube
