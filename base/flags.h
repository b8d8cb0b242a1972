// SPDX-License-Identifier: Apache-2.0
// Command-line options, each also an environment variable: --listen-http is PALPO_LISTEN_HTTP, unless its
// value is one that the kubelet sets for a Service (tcp://...). The command line wins. Parsing has no side
// effects; the program prints and exits.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace palpo {

// One option. parse returns the reason when the value is bad ("not a port"); the caller adds the option's
// name.
struct Flag {
  std::string name;            // without dashes: "listen-http"
  std::string value_name;      // "ADDRESS:PORT"; empty: a switch, whose value is "true" or "false"
  std::string help;            // one or more sentences; wrapped by help_text()
  std::string default_text{};  // shown in the help; empty: none
  bool repeatable = false;     // may be given several times; in the environment: separated by commas
  std::function<Result<void>(std::string_view value)> parse{};
};

struct Command {
  std::string name;       // "run"; empty in a program without commands
  std::string arguments;  // "PATH"
  std::string help;
};

struct CommandLine {
  std::string program;
  std::string summary;            // what the program is, one or two sentences
  std::vector<Command> commands;  // the first is the default
  std::vector<Flag> flags;
};

struct ParsedArguments {
  bool help = false;     // --help or -h
  bool version = false;  // --version
  std::vector<std::string> positional;
};

// --name=value, --name value, -- ends options. Environment first (names from getenv), then arguments.
// Errors are one line that names the option (or the variable) and the value, and what would be right.
Result<ParsedArguments> parse_flags(const CommandLine& line, const std::vector<std::string>& arguments,
                                    const std::function<const char*(const std::string&)>& getenv);

std::string environment_name(std::string_view flag);  // "PALPO_LISTEN_HTTP"
std::string help_text(const CommandLine& line);       // at most 100 columns

}  // namespace palpo
