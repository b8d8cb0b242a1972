// SPDX-License-Identifier: Apache-2.0
// For tests: a real worker on loopback between scripted clients and scripted homeservers. The test's thread
// plays both by turns, so a test reads downward like the wire.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/process.h"
#include "dataplane/http/config_draft.h"
#include "dataplane/http/public_sockets.h"
#include "dataplane/http/worker.h"
#include "tests/support/wire.h"

namespace palpo::http {

using tests::Wire;
using tests::WireListener;
using tests::WireMessage;

struct ProxyResolver final : upstream::NameResolver {
  void resolve(const std::string&, Done done) override {
    done(Error{ErrorKind::not_found, "no names in tests"});
  }
};

class ProxyTest : public testing::Test {
 protected:
  ProxyTest();
  ~ProxyTest() override;

  void start() { start(plain_config()); }
  void start(const ConfigDraft& draft);
  void apply(const ConfigDraft& draft);  // returns when it is served
  // The worker stands still from begun() until release(): what happens meanwhile reaches it in one turn, in
  // that order.
  class StandStill {
   public:
    StandStill() = default;
    StandStill(const StandStill&) = delete;
    StandStill& operator=(const StandStill&) = delete;
    ~StandStill() { release(); }
    void begun() { begun_future_.wait(); }
    void release() {
      if (!std::exchange(released_, true)) go_on_.set_value();
    }

   private:
    friend class ProxyTest;
    std::promise<void> begun_, go_on_;
    std::future<void> begun_future_;
    bool released_ = false;
  };
  std::unique_ptr<StandStill> stand_still(const ConfigDraft& draft);
  // In the turn after the next one: between a connection's dialling and its being seen to be connected.
  std::unique_ptr<StandStill> stand_still_later(const ConfigDraft& draft);
  ConfigDraft plain_config() const;  // h.test, every path to upstream_

  Wire client() const { return Wire::connect(http_port_); }
  // Sends and reads one request and its response on a connection of its own.
  WireMessage ask(const std::string& request) const;
  void barrier() const;  // what the worker has begun is done
  static std::string get(const std::string& target = "/", const std::string& fields = "");

  WorkerOptions options_;
  api::Defaults defaults_;  // of every configuration that is served
  WireListener upstream_;
  ProxyResolver resolver_;
  telemetry::WorkerMetrics metrics_;
  std::unique_ptr<Worker> worker_;
  std::uint16_t http_port_ = 0;
  std::uint16_t https_port_ = 0;
  std::uint16_t federation_port_ = 0;

 private:
  config::ConfigPtr build(ConfigDraft draft) const;
  std::uint16_t listen(api::Listener kind);
};

inline const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace palpo::http
