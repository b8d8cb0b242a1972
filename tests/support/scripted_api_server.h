// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server inside the test process that answers as the test says, also wrongly: half an event then
// silence, a reset, any status. HTTPS with a certificate, plain without. A thread per connection; each
// request becomes an Exchange that either the handler or whoever calls next() answers. Failures of its own
// set-up are broken invariants.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/test_pki.h"

namespace palpo::tests {

struct ScriptedRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string sni;             // empty: none was sent
  std::string client_subject;  // of a client certificate, "CN=..."
};

// One request and its answer. Any one thread at a time. The answer ends with respond(), end() or reset(); an
// exchange that is dropped before that resets the connection.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const ScriptedRequest& request() const = 0;

  virtual void respond(int status, std::string_view body,
                       const std::map<std::string, std::string>& headers = {}) = 0;
  // Chunked; false once the peer is gone.
  virtual bool begin(int status = 200) = 0;
  virtual bool send(std::string_view bytes) = 0;
  bool line(std::string_view text) { return send(std::string(text) + "\n"); }
  virtual void end() = 0;
  virtual void reset() = 0;  // RST instead of an end
  // True when the peer closed the connection within the time.
  virtual bool wait_closed(std::chrono::milliseconds within) = 0;
};

class ScriptedApiServer {
 public:
  struct Options {
    std::optional<TestCertificate> certificate;  // none: plain HTTP
    std::string client_ca_pem;                   // not empty: a client certificate is required
    std::string address = "127.0.0.1";
    // Called on the connection's thread. None: requests wait for next().
    std::function<void(Exchange&)> handler;
  };

  explicit ScriptedApiServer(Options options);
  ~ScriptedApiServer();  // closes every connection
  ScriptedApiServer(const ScriptedApiServer&) = delete;
  ScriptedApiServer& operator=(const ScriptedApiServer&) = delete;

  std::uint16_t port() const;
  // The next request, in the order of arrival; null when none came within the time.
  std::shared_ptr<Exchange> next(std::chrono::milliseconds within = std::chrono::seconds(10));

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace palpo::tests
