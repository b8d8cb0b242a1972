// SPDX-License-Identifier: Apache-2.0
#include "controller/app/options.h"

#include <iterator>

#include "base/duration.h"
#include "base/option_values.h"
#include "controller/app/cluster_options.h"
#include "controller/app/option_values.h"
#include "controller/app/probe_flags.h"

namespace palpo::app {
namespace {

CommandLine command_line(Options& options) {
  CommandLine line;
  line.program = "palpo-ingress-controller";
  line.summary =
      "Watches Ingress and PalpoHomeserver objects and sends routes, certificates and well-known documents "
      "to the "
      "data planes that connect to its socket.";
  line.commands = {
      {"run", "", "Watch objects and configure data planes."},
      {"validate", "PATH",
       "Check the manifests in a file or directory and print what each object would serve."},
      {"probe", "HOST", "Request HOST as a client would until it is served, and print the results."},
      {"apply-crds", "FOLDER", "Apply the CustomResourceDefinitions in a directory to the API server."},
      {"metrics", "", "Print a description of all metrics as Markdown tables."}};
  line.flags = {
      {.name = "source",
       .value_name = "kubernetes|dir:PATH",
       .help = "Source of objects: the API server, or a directory of manifests.",
       .default_text = "kubernetes",
       .parse = [&options](std::string_view value) -> Result<void> {
         if (value == "kubernetes") {
           options.source_directory.clear();
         } else if (value.starts_with("dir:") && value.size() > 4) {
           options.source_directory = value.substr(4);
         } else {
           return not_a(value, "kubernetes or dir:PATH");
         }
         return {};
       }},
      {.name = "socket",
       .value_name = "PATH",
       .help = "Unix socket that data planes connect to. Its directory must be accessible to this user only "
               "(0700).",
       .default_text = options.socket,
       .parse = into_text(options.socket)},
      {.name = "admin",
       .value_name = "ADDRESS:PORT",
       .help =
           "Address of the admin listener, which serves /livez, /readyz, /metrics and /config (no secrets).",
       .default_text = options.admin,
       .parse = into_address(options.admin)},
      {.name = "ingress-class",
       .value_name = "NAME",
       .help = "Class name this controller answers to, in Ingresses, PalpoHomeservers and the annotation "
               "kubernetes.io/ingress.class. If not given, it also answers to every IngressClass of the "
               "controller name.",
       .default_text = options.translation.class_name,
       .parse = [&options](std::string_view value) -> Result<void> {
         options.translation.one_class = true;
         return into_text(options.translation.class_name)(value);
       }},
      {.name = "controller-name",
       .value_name = "NAME",
       .help = "Value of IngressClass.spec.controller this controller answers to.",
       .default_text = options.translation.controller_name,
       .parse = into_text(options.translation.controller_name)},
      {.name = "default-tls-secret",
       .value_name = "NAMESPACE/NAME",
       .help = "Certificate for clients that request an unknown host. Default: a self-signed one.",
       .parse = [&options](std::string_view value) -> Result<void> {
         auto key = parse_key(value);
         if (!key) return key.error();
         options.translation.default_tls_secret = *std::move(key);
         return {};
       }},
      {.name = "publish-address",
       .value_name = "ADDRESS",
       .help = "IP address or name to write to status.loadBalancer of Ingresses. May be given several times.",
       .repeatable = true,
       .parse = [&options](std::string_view value) -> Result<void> {
         if (!is_published_address(value)) return not_a(value, "an IP address or a DNS name");
         options.publish_addresses.emplace_back(value);
         return {};
       }},
      {.name = "publish-service",
       .value_name = "NAMESPACE/NAME",
       .help = "Service whose addresses are written to status.loadBalancer of Ingresses.",
       .parse = [&options](std::string_view value) -> Result<void> {
         auto key = parse_key(value);
         if (!key) return key.error();
         options.publish_service = std::move(*key);
         return {};
       }},
      {.name = "https-port",
       .value_name = "PORT",
       .help = "Public port of the https listener, for well-known documents.",
       .default_text = std::to_string(options.translation.https_port),
       .parse = into_port(options.translation.https_port)},
      {.name = "federation-port",
       .value_name = "PORT",
       .help = "Public port of the federation listener.",
       .default_text = std::to_string(options.translation.federation_port),
       .parse = into_port(options.translation.federation_port)},
      {.name = "shutdown-timeout",
       .value_name = "DURATION",
       .help = "After SIGTERM, keep serving connected data planes until they disconnect, at most this long. "
               "Leadership is released immediately.",
       .default_text = duration_text(options.shutdown_timeout),
       .parse = into_duration(options.shutdown_timeout)},
      {.name = "log-format",
       .value_name = "text|json",
       .help = "Format of the log on standard error.",
       .default_text = "text",
       .parse = into_choice(options.log_format, parse_log_format, "text or json")},
      {.name = "log-level",
       .value_name = "debug|info|warning|error",
       .help = "Minimum level of log messages.",
       .default_text = "info",
       .parse = into_choice(options.log_level, parse_log_level, "debug, info, warning or error")},
  };
  auto cluster = cluster_flags(options.cluster);
  // Behind --admin: what a reader of the help looks for next.
  line.flags.insert(line.flags.begin() + 3, std::make_move_iterator(cluster.begin()),
                    std::make_move_iterator(cluster.end()));
  for (auto& flag : probe_flags(options.probe)) line.flags.push_back(std::move(flag));
  return line;
}

Result<void> read_positional(const std::vector<std::string>& words, Options& options) {
  const std::string command = words.empty() ? "run" : words.front();
  if (command == "run") {
    options.command = Command::run;
    if (words.size() > 1) return invalid("run takes no argument: \"" + words[1] + "\"");
  } else if (command == "validate") {
    options.command = Command::validate;
    if (words.size() != 2) return invalid("validate takes one PATH");
    options.path = words[1];
  } else if (command == "probe") {
    options.command = Command::probe;
    if (words.size() != 2) return invalid("probe takes one HOST");
    options.probe.host = words[1];
  } else if (command == "apply-crds") {
    options.command = Command::apply_crds;
    if (words.size() != 2) return invalid("apply-crds takes one FOLDER");
    options.path = words[1];
  } else if (command == "metrics") {
    options.command = Command::metrics;
    if (words.size() > 1) return invalid("metrics takes no argument: \"" + words[1] + "\"");
  } else {
    return invalid("unknown command \"" + command + "\" (run, validate, probe, apply-crds, metrics)");
  }
  return {};
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const std::function<const char*(const std::string&)>& getenv) {
  Options options;
  const auto line = command_line(options);
  const auto parsed = parse_flags(line, arguments, getenv);
  if (!parsed) return parsed.error();
  options.help = help_text(line);
  if (parsed->help || parsed->version) {
    options.command = parsed->help ? Command::help : Command::version;
    return options;
  }
  if (const auto read = read_positional(parsed->positional, options); !read) return read.error();
  if (!options.publish_addresses.empty() && options.publish_service)
    return invalid("--publish-service and --publish-address are mutually exclusive");
  if (options.command == Command::run)
    if (auto checked = check_cluster_options(options.cluster, options.source_directory.empty()); !checked)
      return checked.error();
  return options;
}

}  // namespace palpo::app
