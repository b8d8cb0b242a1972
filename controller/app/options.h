// SPDX-License-Identifier: Apache-2.0
// The controller's command line. Pure but for reading the environment through the function it is given.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/flags.h"
#include "base/log.h"
#include "base/result.h"
#include "controller/app/cluster_options.h"
#include "controller/app/probe_command.h"
#include "controller/kube/meta.h"
#include "controller/translate/translate.h"

namespace palpo::app {

enum class Command { run, validate, probe, apply_crds, metrics, help, version };

struct Options {
  Command command = Command::run;
  std::string path;              // of validate and apply-crds
  std::string source_directory;  // empty: the API server
  std::string socket = "/run/palpo-ingress/dataplane.sock";
  std::string admin = "127.0.0.1:9901";
  std::chrono::milliseconds shutdown_timeout{0};
  ClusterOptions cluster;
  LogFormat log_format = LogFormat::text;
  LogLevel log_level = LogLevel::info;
  std::vector<std::string> publish_addresses;
  std::optional<kube::ObjectKey> publish_service;
  translate::Options translation;
  ProbeOptions probe;
  std::string help;  // the text of --help
};

// The error is one line that names the option or the variable.
Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const std::function<const char*(const std::string&)>& getenv);

}  // namespace palpo::app
