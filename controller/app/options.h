// SPDX-License-Identifier: Apache-2.0
// The controller's command line. Pure but for reading the environment through the function it is given.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/flags.h"
#include "base/log.h"
#include "base/result.h"
#include "controller/commands/probe_command.h"
#include "controller/commands/run_options.h"

namespace palpo::app {

enum class Command { run, validate, probe, apply_crds, metrics, help, version };

// The options of `run`, which the other commands share in part, and what each has beside them.
struct Options : commands::RunOptions {
  Command command = Command::run;
  std::string path;  // of validate and apply-crds
  LogFormat log_format = LogFormat::text;
  LogLevel log_level = LogLevel::info;
  commands::ProbeOptions probe;
  std::string help;  // the text of --help
};

// The error is one line that names the option or the variable.
Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const std::function<const char*(const std::string&)>& getenv);

}  // namespace palpo::app
