// SPDX-License-Identifier: Apache-2.0
#include "controller/app/probe_flags.h"

#include <charconv>
#include <optional>

#include "base/duration.h"
#include "base/net_address.h"
#include "base/option_values.h"

namespace palpo::app {
namespace {

using commands::ProbeOptions;
using commands::ProbePort;

std::optional<api::Listener> listener_named(std::string_view name) {
  if (name == "http") return api::Listener::http;
  if (name == "https") return api::Listener::https;
  if (name == "federation") return api::Listener::federation;
  return std::nullopt;
}

template <class Number>
std::optional<Number> positive(std::string_view text) {
  Number number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

// "https=443", or with an address of its own "federation=name:8448".
std::optional<ProbePort> parse_port(std::string_view text) {
  const auto equals = text.find('=');
  const auto listener = listener_named(text.substr(0, equals));
  if (!listener || equals == std::string_view::npos) return std::nullopt;
  const auto where = text.substr(equals + 1);
  if (where.find(':') == std::string_view::npos) {
    const auto port = positive<std::uint16_t>(where);
    return port ? std::optional(ProbePort{*listener, *port}) : std::nullopt;
  }
  const auto address = parse_net_address(where);
  if (!address || address->host.empty()) return std::nullopt;
  return ProbePort{*listener, address->port, address->host};
}

Result<std::vector<ProbePort>> parse_ports(std::string_view text) {
  std::vector<ProbePort> ports;
  for (std::string_view rest = text; !rest.empty();) {
    const auto piece = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), piece.size() + 1));
    auto port = parse_port(piece);
    if (!port)
      return invalid("\"" + std::string(piece) +
                     "\" is not http=[NAME:]PORT, https=[NAME:]PORT or federation=[NAME:]PORT");
    ports.push_back(*std::move(port));
  }
  if (ports.empty()) return invalid("the value is empty");
  return ports;
}

Flag text_flag(std::string name, std::string value_name, std::string help, std::string& target) {
  return {.name = std::move(name),
          .value_name = std::move(value_name),
          .help = std::move(help),
          .parse = into_text(target)};
}

}  // namespace

std::vector<Flag> probe_flags(ProbeOptions& options) {
  std::vector<Flag> flags;
  flags.push_back(text_flag("probe-connect", "NAME", "probe: name or address to connect to. Default: HOST.",
                            options.connect));
  flags.push_back({.name = "probe-ports",
                   .value_name = "LISTENER=[NAME:]PORT,...",
                   .help = "probe: ports to request, at the name or address of probe-connect unless given.",
                   .default_text = "http=80,https=443,federation=8448",
                   .parse = [&options](std::string_view value) -> Result<void> {
                     auto ports = parse_ports(value);
                     if (!ports) return ports.error();
                     options.ports = std::move(*ports);
                     return {};
                   }});
  flags.push_back(text_flag("probe-ca", "FILE",
                            "probe: file of trusted certificate authorities. Default: those of the system.",
                            options.ca_file));
  flags.push_back(text_flag("probe-text", "TEXT",
                            "probe: text that /.well-known/matrix/client must contain. Default: any.",
                            options.text));
  flags.push_back({.name = "probe-timeout",
                   .value_name = "DURATION",
                   .help = "probe: how long to wait until HOST is served.",
                   .default_text = duration_text(options.timeout),
                   .parse = into_duration(options.timeout, std::chrono::milliseconds(1))});
  return flags;
}

}  // namespace palpo::app
