// SPDX-License-Identifier: Apache-2.0
// The data plane's command line. Pure but for reading the environment through the function it is given.
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "dataplane/api/model.h"
#include "dataplane/telemetry/access_log.h"

namespace palpo::app {

// One of the public listeners. address "off": not served.
struct ListenOption {
  api::Listener kind;
  const char* option;  // "listen-http"
  std::string address;
};

struct Options {
  bool help = false;
  bool version = false;
  bool describe_metrics = false;  // the command "metrics"
  std::string help_text;
  std::string socket = "/run/palpo-ingress/dataplane.sock";
  std::string admin = "127.0.0.1:9902";
  std::array<ListenOption, 3> listen{{{api::Listener::http, "listen-http", ":8080"},
                                      {api::Listener::https, "listen-https", ":8443"},
                                      {api::Listener::federation, "listen-federation", ":8448"}}};
  std::size_t workers = 0;      // 0: one per processor
  std::size_t connections = 0;  // 0: as many as open files and memory allow
  std::size_t metrics_owners = 500;
  std::uint16_t https_redirect_port = 443;
  bool server_header = true;
  std::chrono::milliseconds shutdown_delay{0};
  std::chrono::milliseconds drain_timeout{30000};
  telemetry::AccessLogFormat access_log = telemetry::AccessLogFormat::off;
  LogFormat log_format = LogFormat::text;
  LogLevel log_level = LogLevel::info;
};

// The error is one line that names the option or the variable.
Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const std::function<const char*(const std::string&)>& getenv);

}  // namespace palpo::app
