// SPDX-License-Identifier: Apache-2.0
#include "controller/commands/probe_command.h"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <thread>

#include "base/clock.h"
#include "base/duration.h"
#include "base/net_address.h"
#include "controller/kube/transport.h"

namespace palpo::commands {
namespace {

constexpr std::chrono::milliseconds kOneTry{5000};
constexpr std::chrono::milliseconds kBetweenTries{250};

// What one port is asked, and which answers show that HOST is served there.
struct Question {
  const char* listener;
  const char* scheme;
  const char* target;
  const char* expected;
  bool (*good)(const kube::TransportResponse&, const std::string& text);
};

bool is_redirect(const kube::TransportResponse& answer, const std::string& /*text*/) {
  return answer.status == 301 || answer.status == 302 || answer.status == 307 || answer.status == 308;
}

bool is_document(const kube::TransportResponse& answer, const std::string& text) {
  return answer.status == 200 && answer.body.find(text.empty() ? "m.homeserver" : text) != std::string::npos;
}

// A homeserver answers with its keys; without one here, the data plane says that nothing is at this path.
bool is_matrix(const kube::TransportResponse& answer, const std::string& /*text*/) {
  return answer.status == 200 ||
         (answer.status == 404 && answer.body.find("M_UNRECOGNIZED") != std::string::npos);
}

Question question_for(api::Listener listener) {
  switch (listener) {
    case api::Listener::http:
      return {"http", "http", "/", "a redirect to https", is_redirect};
    case api::Listener::https:
      return {"https", "https", "/.well-known/matrix/client", "the host's document", is_document};
    case api::Listener::federation:
      break;
  }
  return {"federation", "https", "/_matrix/key/v2/server", "200, or 404 with M_UNRECOGNIZED", is_matrix};
}

std::string printable_start(const std::string& body) {
  constexpr std::size_t kEnough = 200;
  std::string start = body.substr(0, kEnough);
  std::ranges::replace_if(
      start, [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, ' ');
  return start;
}

std::string describe(const kube::TransportResponse& answer, const std::string& expected) {
  if (answer.error) {
    return answer.error->kind == ErrorKind::timeout ? "no answer within 5 s" : answer.error->message;
  }
  return "answered " + std::to_string(answer.status) + ", expected " + expected +
         (answer.body.empty() ? "" : ": " + printable_start(answer.body));
}

std::string address_of(const ProbeOptions& options, const ProbePort& port) {
  if (!port.connect.empty()) return port.connect;
  return options.connect.empty() ? options.host : options.connect;
}

kube::TransportResponse ask(const ProbeOptions& options, const Question& question, const ProbePort& port,
                            std::chrono::milliseconds patience) {
  kube::ApiEndpoint endpoint;
  endpoint.scheme = question.scheme;
  endpoint.host = address_of(options, port);
  endpoint.port = port.port;
  endpoint.server_name = options.host;
  endpoint.ca_file = options.ca_file;
  kube::TransportResponse answer;
  auto transport = kube::make_beast_transport(endpoint, {.call = patience, .idle = patience});
  if (!transport) {
    answer.error = transport.error();
    return answer;
  }
  kube::TransportRequest request;
  request.target = question.target;
  return (*transport)->call(request);
}

class Probe {
 public:
  Probe(const ProbeOptions& options, std::ostream& out)
      : options_(options), out_(out), deadline_(Clock::now() + options.timeout) {}

  // Asks until the answer is good; each new reason why it is not is printed once.
  bool wait_for(const ProbePort& port) {
    const auto question = question_for(port.listener);
    const auto where = NetAddress{address_of(options_, port), port.port}.text() + " " + question.target;
    failed_at_ = std::string(question.listener) + ": " + where;
    for (reason_.clear();;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
      const auto patience = std::clamp(left, std::chrono::milliseconds(1000), kOneTry);
      const auto answer = ask(options_, question, port, patience);
      if (!answer.error && question.good(answer, options_.text)) {
        print(question, where, std::to_string(answer.status) + ", as it should");
        return true;
      }
      auto reason = describe(answer, question.expected);
      if (reason != reason_) print(question, where, reason);
      reason_ = std::move(reason);
      if (Clock::now() + kBetweenTries >= deadline_) return false;
      std::this_thread::sleep_for(kBetweenTries);
    }
  }

  std::string failure() const { return failed_at_ + ": " + reason_; }

 private:
  void print(const Question& question, const std::string& where, const std::string& seen) {
    // At once: somebody may follow the log.
    out_ << std::left << std::setw(11) << question.listener << " " << where << "  ->  " << seen << std::endl;
  }

  const ProbeOptions& options_;
  std::ostream& out_;
  const Clock::time_point deadline_;
  std::string failed_at_;
  std::string reason_;
};

}  // namespace

int probe(const ProbeOptions& options, std::ostream& out, std::ostream& err) {
  Probe probe(options, out);
  for (const auto& port : options.ports) {
    if (probe.wait_for(port)) continue;
    err << "probe: " << options.host << " is not served after " << duration_text(options.timeout) << ": "
        << probe.failure() << "\n";
    return 1;
  }
  out << "probe: " << options.host << " is served" << std::endl;
  return 0;
}

}  // namespace palpo::commands
