// SPDX-License-Identifier: Apache-2.0
#include "base/flags.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "base/check.h"
#include "base/printable.h"

namespace palpo {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, replaced}));
    }
  }
  return row.back();
}

// " (did you mean --listen-http?)", or nothing when nothing is near.
std::string suggestion(std::string_view given, const std::vector<std::string>& known) {
  constexpr std::size_t kLongestWorthIt = 64;
  if (given.size() > kLongestWorthIt) return {};
  std::size_t best = std::min<std::size_t>(3, given.size() / 2);
  std::string_view found;
  for (const auto& name : known) {
    const auto distance = edit_distance(given, name);
    if (distance < best || (found.empty() && distance == best)) {
      best = distance;
      found = name;
    }
  }
  return found.empty() ? std::string() : " (did you mean " + std::string(found) + "?)";
}

Error unknown_option(const CommandLine& line, std::string_view given) {
  std::vector<std::string> known{"--help", "--version"};
  for (const auto& flag : line.flags) known.push_back("--" + flag.name);
  return invalid("unknown option " + escaped(given) + suggestion(given, known));
}

std::string needs_value(const Flag& flag) {
  return "--" + flag.name + ": needs a value: --" + flag.name + "=" + flag.value_name;
}

// source: "--listen-http" or "PALPO_LISTEN_HTTP". The option's own reason may name the value or leave that to
// us.
Result<void> parse_value(const Flag& flag, const std::string& source, std::string_view value) {
  const auto named = in_quotes(value);
  if (flag.value_name.empty() && value != "true" && value != "false") {
    return invalid(source + ": " + named + " is not true or false");
  }
  const auto parsed = flag.parse(value);
  if (parsed.ok()) return {};
  auto reason = parsed.error().message;
  if (reason.starts_with("not "))
    reason = named + " is " + reason;
  else if (reason.find(named) == std::string::npos)
    reason = named + ": " + reason;
  return Error{parsed.error().kind, source + ": " + reason};
}

// The kubelet sets PALPO_HTTPS_PORT=tcp://10.0.0.1:443 for a Service named palpo-https.
bool is_service_link(std::string_view text) {
  return text.starts_with("tcp://") || text.starts_with("udp://") || text.starts_with("sctp://");
}

std::vector<std::string_view> environment_values(const Flag& flag, std::string_view text) {
  if (!flag.repeatable) return {text};
  std::vector<std::string_view> values;
  while (true) {
    const auto comma = text.find(',');
    auto piece = text.substr(0, comma);
    while (piece.starts_with(' ')) piece.remove_prefix(1);
    while (piece.ends_with(' ')) piece.remove_suffix(1);
    if (!piece.empty()) values.push_back(piece);
    if (comma == std::string_view::npos) return values;
    text.remove_prefix(comma + 1);
  }
}

// The arguments sorted by option, before any value is looked at.
struct Given {
  ParsedArguments arguments;
  std::map<std::string, std::vector<std::string>, std::less<>> values;  // by option, in the order given
};

const Flag* find_flag(const CommandLine& line, std::string_view name) {
  const auto found =
      std::find_if(line.flags.begin(), line.flags.end(), [&](const auto& f) { return f.name == name; });
  return found == line.flags.end() ? nullptr : &*found;
}

Result<void> take_switch(ParsedArguments& out, std::string_view name, bool has_value) {
  if (has_value) return invalid("--" + std::string(name) + ": takes no value");
  (name == "help" ? out.help : out.version) = true;
  return {};
}

Result<Given> sort_arguments(const CommandLine& line, const std::vector<std::string>& arguments) {
  Given given;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--") {
      given.arguments.positional.insert(given.arguments.positional.end(), arguments.begin() + i + 1,
                                        arguments.end());
      break;
    }
    if (argument == "-h") {
      given.arguments.help = true;
      continue;
    }
    if (argument.size() < 2 || argument[0] != '-') {
      given.arguments.positional.emplace_back(argument);
      continue;
    }
    const auto equals = argument.find('=');
    const bool has_value = equals != std::string_view::npos;
    const auto option = argument.substr(0, equals);
    const auto name = option.substr(option.starts_with("--") ? 2 : option.size());
    if (name == "help" || name == "version") {
      if (auto taken = take_switch(given.arguments, name, has_value); !taken) return taken.error();
      continue;
    }
    const Flag* const flag = find_flag(line, name);
    if (flag == nullptr || name.empty()) return unknown_option(line, option);
    auto& values = given.values[flag->name];
    if (has_value)
      values.emplace_back(argument.substr(equals + 1));
    else if (flag->value_name.empty())
      values.emplace_back("true");
    else if (i + 1 < arguments.size() && !arguments[i + 1].starts_with("--"))
      values.push_back(arguments[++i]);
    else
      return invalid(needs_value(*flag));
  }
  return given;
}

Result<void> check_positional(const CommandLine& line, const std::vector<std::string>& positional) {
  if (positional.empty()) return {};
  if (line.commands.empty()) return invalid("unexpected argument " + in_quotes(positional.front()));
  std::vector<std::string> known;
  for (const auto& command : line.commands) {
    if (command.name.empty() || command.name == positional.front()) return {};
    known.push_back(command.name);
  }
  return invalid("unknown command " + in_quotes(positional.front()) + suggestion(positional.front(), known));
}

}  // namespace

Result<ParsedArguments> parse_flags(const CommandLine& line, const std::vector<std::string>& arguments,
                                    const std::function<const char*(const std::string&)>& getenv) {
  auto given = sort_arguments(line, arguments);
  if (!given) return given.error();
  if (given->arguments.help || given->arguments.version) return given->arguments;
  if (auto checked = check_positional(line, given->arguments.positional); !checked) return checked.error();
  for (const auto& flag : line.flags) {
    PALPO_CHECK(flag.parse);
    const auto on_line = given->values.find(flag.name);
    if (on_line != given->values.end()) {
      // Of several values of a plain option the last one holds: a chart's arguments can be overridden by
      // appending.
      const auto first = flag.repeatable ? on_line->second.begin() : on_line->second.end() - 1;
      for (auto value = first; value != on_line->second.end(); ++value) {
        if (auto parsed = parse_value(flag, "--" + flag.name, *value); !parsed) return parsed.error();
      }
      continue;
    }
    const auto variable = environment_name(flag.name);
    const char* const text = getenv(variable);
    if (text == nullptr || *text == '\0' || is_service_link(text)) continue;
    for (const auto value : environment_values(flag, text)) {
      if (auto parsed = parse_value(flag, variable, value); !parsed) return parsed.error();
    }
  }
  return given->arguments;
}

std::string environment_name(std::string_view flag) {
  std::string name = "PALPO_";
  for (const char c : flag)
    name += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

}  // namespace palpo
