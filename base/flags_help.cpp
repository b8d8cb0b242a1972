// SPDX-License-Identifier: Apache-2.0
// The help text of flags.h: two columns, the second wrapped.
#include <algorithm>

#include "base/flags.h"

namespace palpo {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kIndent = 2;
constexpr std::size_t kGap = 2;
constexpr std::size_t kWidestLabel = 34;  // a longer one gets a line of its own

struct Row {
  std::string label;
  std::string help;
  std::string facts;  // a line of its own under the help
};

// Appends text at column `start`, as if the cursor stood at column `at` of the current line.
void append_wrapped(std::string& out, std::string_view text, std::size_t at, std::size_t start) {
  out.append(start - at, ' ');
  at = start;
  bool first = true;
  while (!text.empty()) {
    const auto space = text.find_first_of(" \n");
    const auto word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (word.empty()) continue;
    if (!first && at + 1 + word.size() > kColumns) {
      (out += '\n').append(start, ' ');
      at = start;
    } else if (!first) {
      out += ' ';
      ++at;
    }
    out += word;
    at += word.size();
    first = false;
  }
  out += '\n';
}

void append_rows(std::string& out, const std::vector<Row>& rows) {
  std::size_t widest = 0;
  for (const auto& row : rows) {
    if (row.label.size() <= kWidestLabel) widest = std::max(widest, row.label.size());
  }
  const std::size_t start = kIndent + widest + kGap;
  for (const auto& row : rows) {
    out.append(kIndent, ' ') += row.label;
    std::size_t at = kIndent + row.label.size();
    if (row.label.size() > widest) {
      out += '\n';
      at = 0;
    }
    append_wrapped(out, row.help, at, start);
    if (!row.facts.empty()) append_wrapped(out, row.facts, 0, start);
  }
}

Row row_of(const Flag& flag) {
  Row row{"--" + flag.name, flag.help, {}};
  if (!flag.value_name.empty()) (row.label += ' ') += flag.value_name;
  if (!flag.default_text.empty()) row.facts = "Default: " + flag.default_text + ". ";
  row.facts += "Environment: " + environment_name(flag.name);
  if (flag.repeatable) row.facts += " (separated by commas; the option may be given several times)";
  row.facts += '.';
  return row;
}

std::string usage(const CommandLine& line) {
  std::string out;
  if (line.commands.empty()) return "Usage: " + line.program + " [OPTION...]\n";
  for (const auto& command : line.commands) {
    const bool is_default = &command == &line.commands.front();
    out += (out.empty() ? "Usage: " : "       ") + line.program;
    if (!command.name.empty()) out += is_default ? " [" + command.name + "]" : ' ' + command.name;
    out += " [OPTION...]";
    if (!command.arguments.empty()) (out += ' ') += command.arguments;
    out += '\n';
  }
  return out;
}

}  // namespace

std::string help_text(const CommandLine& line) {
  std::string out = usage(line) + '\n';
  append_wrapped(out, line.summary, 0, 0);
  std::vector<Row> commands;
  for (const auto& command : line.commands) {
    if (command.name.empty()) continue;
    const bool is_default = &command == &line.commands.front();
    commands.push_back({command.name + (command.arguments.empty() ? "" : ' ' + command.arguments),
                        command.help + (is_default ? " The default." : ""),
                        {}});
  }
  if (!commands.empty()) {
    out += "\nCommands:\n";
    append_rows(out, commands);
  }
  std::vector<Row> options;
  for (const auto& flag : line.flags) options.push_back(row_of(flag));
  options.push_back({"-h, --help", "Show this text and exit.", {}});
  options.push_back({"--version", "Show the version and exit.", {}});
  out += "\nOptions (--name=value or --name value; the command line wins over the environment):\n";
  append_rows(out, options);
  return out;
}

}  // namespace palpo
