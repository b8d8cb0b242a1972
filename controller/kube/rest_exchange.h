// SPDX-License-Identifier: Apache-2.0
// One request under way over cpprestsdk, shared by its caller and the library's one thread, which may outlive
// the caller's interest for a moment. Only the transport over cpprestsdk uses it.
#pragma once
#include <cpprest/astreambuf.h>
#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "controller/kube/fuse.h"
#include "controller/kube/response_reader.h"
#include "controller/kube/transport.h"

namespace palpo::kube {

inline void post_to_pool(std::function<void()> work) {
  crossplat::threadpool::shared_instance().service().post(std::move(work));
}

class RestExchange {
 public:
  explicit RestExchange(const LineSink* on_line) : reader_(on_line) {}

  // For the caller.
  void post_cancel();
  void wait() { ended_.get_future().wait(); }
  // Past the deadline the connection is cut. False: the library does not end the request even so.
  bool wait_until(BootClock::time_point deadline);
  void close(TransportResponse& response);
  std::exception_ptr failure();
  bool committed();

  // On the pool's thread.
  pplx::cancellation_token token() const { return cancel_.get_token(); }
  void arm(BootClock::time_point deadline);  // throws
  bool armed() const { return fuse_.has_value(); }
  void on_socket(int socket, bool connected);  // that the request goes out on; throws
  void on_commit();                            // the body goes out next; throws
  void on_head(int status, std::chrono::seconds retry_after);
  void on_bytes(std::string_view bytes);
  void on_end(std::exception_ptr failure);
  // Hands each piece of the answer to on_bytes() on the pool thread; the library reads on when that returns,
  // which is the back-pressure. The library's own stream buffers queue without bound.
  static concurrency::streams::ostream sink(std::shared_ptr<RestExchange> exchange);

 private:
  void drop();

  std::mutex mutex_;
  bool closed_ = false;
  ResponseReader reader_;
  int status_ = 0;
  std::chrono::seconds retry_after_{0};
  std::exception_ptr fault_;    // of our own reader
  std::exception_ptr failure_;  // of the library
  bool committed_ = false;
  bool certain_ = false;  // the request goes out on the socket that was told, and on no other
  std::promise<void> ended_;
  pplx::cancellation_token_source cancel_;
  std::optional<Fuse> fuse_;  // the pool thread's
};

}  // namespace palpo::kube
