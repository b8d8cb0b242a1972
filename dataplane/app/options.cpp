// SPDX-License-Identifier: Apache-2.0
#include "dataplane/app/options.h"

#include <charconv>
#include <string_view>

#include "base/duration.h"
#include "base/flags.h"
#include "base/net_address.h"
#include "base/printable.h"

namespace palpo::app {
namespace {

using Parse = std::function<Result<void>(std::string_view)>;

Error not_a(std::string_view value, std::string_view what) {
  return invalid(in_quotes(value) + " is not " + std::string(what));
}

Parse into_text(std::string& target) {
  return [&target](std::string_view value) -> Result<void> {
    if (value.empty()) return invalid("the value is empty");
    target = value;
    return {};
  };
}

Parse into_address(std::string& target, bool may_be_off) {
  return [&target, may_be_off](std::string_view value) -> Result<void> {
    if (!may_be_off || value != "off") {
      const auto address = parse_net_address(value);
      if (!address) return address.error();
      if (!address->host.empty() && !is_ip_literal(address->host))
        return not_a(address->host, "an IP address");
    }
    target = value;
    return {};
  };
}

template <class Number>
Parse into_number(Number& target, Number least, Number most, std::string what) {
  return [&target, least, most, what = std::move(what)](std::string_view value) -> Result<void> {
    Number number{};
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (failed != std::errc() || end != value.data() + value.size() || number < least || number > most) {
      return not_a(value, what);
    }
    target = number;
    return {};
  };
}

Parse into_duration(std::chrono::milliseconds& target) {
  return [&target](std::string_view value) -> Result<void> {
    const auto duration = parse_duration(value);
    if (!duration) return not_a(value, kDurationWords);
    target = *duration;
    return {};
  };
}

template <class Value>
Parse into_choice(Value& target, std::optional<Value> (*parse)(std::string_view), std::string what) {
  return [&target, parse, what = std::move(what)](std::string_view value) -> Result<void> {
    const auto parsed = parse(value);
    if (!parsed) return not_a(value, what);
    target = *parsed;
    return {};
  };
}

std::optional<bool> parse_on_off(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  return std::nullopt;
}

std::string listen_help(api::Listener kind) {
  switch (kind) {
    case api::Listener::http:
      return "Plain HTTP: redirects to HTTPS, and what is meant to be plain. \"off\": none.";
    case api::Listener::https:
      return "HTTPS for clients. \"off\": none.";
    case api::Listener::federation:
      return "HTTPS for other homeservers, public port 8448. \"off\": none.";
  }
  return {};
}

constexpr const char* kAddress = "ADDRESS:PORT";
constexpr const char* kDuration = "DURATION";

void add_serving_flags(Options& options, std::vector<Flag>& flags) {
  flags.push_back({.name = "socket",
                   .value_name = "PATH",
                   .help = "The controller's Unix socket.",
                   .default_text = options.socket,
                   .parse = into_text(options.socket)});
  for (ListenOption& listen : options.listen) {
    flags.push_back({.name = listen.option,
                     .value_name = kAddress,
                     .help = listen_help(listen.kind) + " Bound when the first configuration is there.",
                     .default_text = listen.address,
                     .parse = into_address(listen.address, true)});
  }
  flags.push_back({.name = "admin",
                   .value_name = kAddress,
                   .help = "Serves /livez, /readyz, /metrics and /metrics/owners.",
                   .default_text = options.admin,
                   .parse = into_address(options.admin, false)});
  flags.push_back({.name = "workers",
                   .value_name = "N",
                   .help = "Threads that serve.",
                   .default_text = "one a processor",
                   .parse = into_number<std::size_t>(options.workers, 1, 256, "a number from 1 to 256")});
  flags.push_back(
      {.name = "max-connections",
       .value_name = "N",
       .help = "Clients' connections at a time. For more, those that are idle are closed, oldest first; then "
               "they wait in the kernel's queue.",
       .default_text = "what the open file limit and memory (its limit, 100 KiB each) allow",
       .parse = into_number<std::size_t>(options.connections, 1, 10'000'000, "a number from 1 to 10000000")});
  flags.push_back(
      {.name = "https-redirect-port",
       .value_name = "PORT",
       .help = "The public HTTPS port, for redirects and X-Forwarded-Port.",
       .default_text = "443",
       .parse = into_number<std::uint16_t>(options.https_redirect_port, 1, 65535, "a port (1 to 65535)")});
  flags.push_back({.name = "server-header",
                   .value_name = "on|off",
                   .help = "A response without a Server field gets \"Server: palpo-ingress\".",
                   .default_text = "on",
                   .parse = into_choice(options.server_header, parse_on_off, "on or off")});
}

void add_metrics_flags(Options& options, std::vector<Flag>& flags) {
  flags.push_back(
      {.name = "metrics-max-owners",
       .value_name = "N",
       .help = "PalpoHomeservers, then Ingresses, in the order of their names, with series of their own in "
               "/metrics. "
               "The rest is counted together, as owner=\"other\"; /metrics/owners has all of them.",
       .default_text = std::to_string(options.metrics_owners),
       .parse =
           into_number<std::size_t>(options.metrics_owners, 0, 1'000'000, "a number from 0 to 1000000")});
}

void add_running_flags(Options& options, std::vector<Flag>& flags) {
  flags.push_back({.name = "shutdown-delay",
                   .value_name = kDuration,
                   .help = "After SIGTERM: serve on for that long, not ready, so that load balancers notice.",
                   .default_text = "0s",
                   .parse = into_duration(options.shutdown_delay)});
  flags.push_back({.name = "drain-timeout",
                   .value_name = kDuration,
                   .help = "Then: requests under way, long polls among them, may take that long to finish.",
                   .default_text = "30s",
                   .parse = into_duration(options.drain_timeout)});
  flags.push_back(
      {.name = "access-log",
       .value_name = "off|text|json",
       .help = "A line a request on standard output, without tokens and other secrets.",
       .default_text = "off",
       .parse = into_choice(options.access_log, telemetry::parse_access_log_format, "off, text or json")});
  flags.push_back({.name = "log-format",
                   .value_name = "text|json",
                   .help = "Form of the log on standard error.",
                   .default_text = "text",
                   .parse = into_choice(options.log_format, parse_log_format, "text or json")});
  flags.push_back(
      {.name = "log-level",
       .value_name = "debug|info|warning|error",
       .help = "The least important lines that are logged.",
       .default_text = "info",
       .parse = into_choice(options.log_level, parse_log_level, "debug, info, warning or error")});
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const std::function<const char*(const std::string&)>& getenv) {
  Options options;
  CommandLine line;
  line.program = "palpo-ingress-dataplane";
  line.summary =
      "Serves what the controller on its socket tells it to. Reads no file and knows no Kubernetes.";
  line.commands = {{"run", "", "Serve."},
                   {"metrics", "", "Print what /metrics can show and when to worry, as tables in Markdown."}};
  add_serving_flags(options, line.flags);
  add_metrics_flags(options, line.flags);
  add_running_flags(options, line.flags);
  const auto parsed = parse_flags(line, arguments, getenv);
  if (!parsed) return parsed.error();
  const auto& words = parsed->positional;
  options.describe_metrics = !words.empty() && words.front() == "metrics";
  if (words.size() > 1) return invalid("unexpected argument \"" + words[1] + "\"");
  if (!words.empty() && words.front() != "run" && !options.describe_metrics)
    return invalid("unknown command \"" + words.front() + "\" (run, metrics)");
  options.help = parsed->help;
  options.version = parsed->version;
  if (options.help) options.help_text = help_text(line);
  return options;
}

}  // namespace palpo::app
