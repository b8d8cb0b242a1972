// SPDX-License-Identifier: Apache-2.0
// The seam to the API server: HTTP requests and NDJSON streams in std types only, so that the library behind
// it can be replaced (cpprestsdk is archived upstream; the Beast transport is the tested replacement). Calls
// block; they are made on threads the controller owns. Thread-safe.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace palpo::kube {

// The token in use may come from memory; a renewed one is asked for when the server has refused that.
enum class TokenWish { current, renewed };
using TokenSource = std::function<std::string(TokenWish)>;

// Where the API server is and who we are. Files are re-read for every new connection, the token for every
// request; a request that is answered 401 is repeated at once if there is another token by now.
struct ApiEndpoint {
  std::string scheme = "https";
  std::string host;  // a name or an IP literal without brackets
  std::uint16_t port = 443;
  std::string server_name;  // to verify and to send as SNI; empty: host
  std::string ca_file;
  std::string client_certificate_file;
  std::string client_key_file;
  TokenSource bearer_token;  // empty result or no function: none
};

struct TransportRequest {
  std::string method = "GET";
  std::string target;  // path and query
  std::string body;
  std::string content_type;
  std::string accept = "application/json";
  // For call(): no byte of the body is sent after this moment, whatever stops the process in between, what is
  // unsent by then is thrown away, and the call ends.
  std::optional<BootClock::time_point> deadline{};
};

// status 0: no answer, `error` says why; an error after the head keeps the status.
struct TransportResponse {
  int status = 0;
  std::string body;
  std::optional<Error> error;
  std::chrono::seconds retry_after{0};  // of 429 and 503
};

struct TransportTimeouts {
  std::chrono::milliseconds call{30000};  // without a byte, for call()
  std::chrono::milliseconds idle{90000};  // without a byte, for stream()
};

// false: stop reading; the stream then ends without an error.
using LineSink = std::function<bool(std::string_view line)>;

class Transport {
 public:
  virtual ~Transport() = default;
  virtual TransportResponse call(const TransportRequest& request, std::stop_token stop = {}) = 0;
  // Lines as they arrive, on the calling side's behalf, with back-pressure. The body is kept only when the
  // status is not 200.
  virtual TransportResponse stream(const TransportRequest& request, const LineSink& on_line,
                                   std::stop_token stop = {}) = 0;
};

Result<std::unique_ptr<Transport>> make_rest_transport(ApiEndpoint endpoint, TransportTimeouts timeouts);
Result<std::unique_ptr<Transport>> make_beast_transport(ApiEndpoint endpoint, TransportTimeouts timeouts);

}  // namespace palpo::kube
