// SPDX-License-Identifier: Apache-2.0
#include "dataplane/app/options.h"

#include <string_view>

#include "base/flags.h"
#include "base/option_values.h"

namespace palpo::app {
namespace {

// An address, or "off".
ParseOption into_listener(std::string& target) {
  return [&target](std::string_view value) -> Result<void> {
    if (value != "off") return into_address(target, ListenHost::ip_literal)(value);
    target = value;
    return {};
  };
}

std::string listen_help(api::Listener kind) {
  switch (kind) {
    case api::Listener::http:
      return "Listener for plain HTTP: redirects to HTTPS and ACME challenges. \"off\" disables it.";
    case api::Listener::https:
      return "Listener for clients (HTTPS). \"off\" disables it.";
    case api::Listener::federation:
      return "Listener for other homeservers (HTTPS, public port 8448). \"off\" disables it.";
  }
  return {};
}

constexpr const char* kAddress = "ADDRESS:PORT";
constexpr const char* kDuration = "DURATION";

void add_serving_flags(Options& options, std::vector<Flag>& flags) {
  flags.push_back({.name = "socket",
                   .value_name = "PATH",
                   .help = "Unix socket of the controller.",
                   .default_text = options.socket,
                   .parse = into_text(options.socket)});
  for (ListenOption& listen : options.listen) {
    flags.push_back(
        {.name = listen.option,
         .value_name = kAddress,
         .help = listen_help(listen.kind) + " Bound once the first configuration has been received.",
         .default_text = listen.address,
         .parse = into_listener(listen.address)});
  }
  flags.push_back(
      {.name = "admin",
       .value_name = kAddress,
       .help = "Address of the admin listener, which serves /livez, /readyz, /metrics and /metrics/owners.",
       .default_text = options.admin,
       .parse = into_address(options.admin, ListenHost::ip_literal)});
  flags.push_back({.name = "workers",
                   .value_name = "N",
                   .help = "Number of worker threads.",
                   .default_text = "one per processor",
                   .parse = into_number<std::size_t>(options.workers, 1, 256, "a number from 1 to 256")});
  flags.push_back(
      {.name = "max-connections",
       .value_name = "N",
       .help = "Maximum number of client connections. When it is reached, idle connections are closed, "
               "oldest first; if "
               "none is idle, new clients wait in the kernel's queue.",
       .default_text = "derived from the open file limit and the memory limit (100 KiB per connection)",
       .parse = into_number<std::size_t>(options.connections, 1, 10'000'000, "a number from 1 to 10000000")});
  flags.push_back({.name = "https-redirect-port",
                   .value_name = "PORT",
                   .help = "Public HTTPS port, used in redirects and X-Forwarded-Port.",
                   .default_text = "443",
                   .parse = into_port(options.https_redirect_port)});
  flags.push_back({.name = "server-header",
                   .value_name = "on|off",
                   .help = "Whether to add \"Server: palpo-ingress\" to responses without a Server field.",
                   .default_text = "on",
                   .parse = into_choice(options.server_header, parse_on_off, "on or off")});
}

void add_metrics_flags(Options& options, std::vector<Flag>& flags) {
  flags.push_back({.name = "metrics-max-owners",
                   .value_name = "N",
                   .help = "Maximum number of objects with their own series in /metrics: PalpoHomeservers "
                           "first, then Ingresses, "
                           "ordered by name. All others are counted together as owner=\"other\"; "
                           "/metrics/owners lists all objects.",
                   .default_text = std::to_string(options.metrics_owners),
                   .parse = into_number<std::size_t>(options.metrics_owners, 0, 1'000'000,
                                                     "a number from 0 to 1000000")});
}

void add_running_flags(Options& options, std::vector<Flag>& flags) {
  flags.push_back({.name = "shutdown-delay",
                   .value_name = kDuration,
                   .help = "After SIGTERM, keep serving this long while reporting not ready, so that load "
                           "balancers stop sending "
                           "connections.",
                   .default_text = "0s",
                   .parse = into_duration(options.shutdown_delay)});
  flags.push_back({.name = "drain-timeout",
                   .value_name = kDuration,
                   .help = "After the shutdown delay, wait this long for requests in flight, including long "
                           "polls, to finish.",
                   .default_text = "30s",
                   .parse = into_duration(options.drain_timeout)});
  flags.push_back(
      {.name = "access-log",
       .value_name = "off|text|json",
       .help = "Write one line per request to standard output, without access tokens and other secrets.",
       .default_text = "off",
       .parse = into_choice(options.access_log, telemetry::parse_access_log_format, "off, text or json")});
  flags.push_back({.name = "log-format",
                   .value_name = "text|json",
                   .help = "Format of the log on standard error.",
                   .default_text = "text",
                   .parse = into_choice(options.log_format, parse_log_format, "text or json")});
  flags.push_back(
      {.name = "log-level",
       .value_name = "debug|info|warning|error",
       .help = "Minimum level of log messages.",
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
      "Serves HTTP according to the configuration that it receives from the controller. It does not read "
      "files and does not access Kubernetes.";
  line.commands = {{"run", "", "Serve requests."},
                   {"metrics", "", "Print a description of all metrics as Markdown tables."}};
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
