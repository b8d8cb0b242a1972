// SPDX-License-Identifier: Apache-2.0
#include "controller/app/cluster_options.h"

#include <algorithm>

#include "base/duration.h"
#include "base/option_values.h"
#include "controller/app/option_values.h"
#include "controller/kube/label_selector.h"

namespace palpo::app {
namespace {

using commands::ClusterOptions;
using std::chrono::milliseconds;

constexpr const char* kDuration = "DURATION";

ParseOption into_namespaces(std::vector<std::string>& target) {
  return [&target](std::string_view value) -> Result<void> {
    if (!is_namespace_name(value)) return not_a(value, "the name of a namespace");
    if (std::ranges::find(target, value) != target.end())
      return invalid("\"" + std::string(value) + "\" is given twice");
    target.emplace_back(value);
    return {};
  };
}

std::vector<Flag> reading_flags(ClusterOptions& options) {
  return {
      {.name = "kubeconfig",
       .value_name = "PATH",
       .help = "Path of the kubeconfig file. Default: KUBECONFIG, or the service account of the pod.",
       .parse = into_text(options.kubeconfig)},
      {.name = "watch-namespace",
       .value_name = "NAMESPACE",
       .help = "Watch objects in this namespace only; a Role in it is sufficient. Default: all namespaces. "
               "May be given several times.",
       .repeatable = true,
       .parse = into_namespaces(options.watch_namespaces)},
      {.name = "secret-namespace",
       .value_name = "NAMESPACE",
       .help = "Read Secrets in this namespace only; --watch-namespace applies to all other objects. "
               "Default: all watched namespaces. May be given several times.",
       .repeatable = true,
       .parse = into_namespaces(options.secret_namespaces)},
      {.name = "label-selector",
       .value_name = "SELECTOR",
       .help = "Watch only Ingresses and PalpoHomeservers whose labels match, in the syntax of kubectl's "
               "--selector. Default: all.",
       .parse = [&options](std::string_view value) -> Result<void> {
         if (auto checked = kube::check_label_selector(value); !checked) return checked;
         options.label_selector = value;
         return {};
       }},
      {.name = "watch-idle-timeout",
       .value_name = kDuration,
       .help = "Restart a watch after this long without data. The API server sends a bookmark about every "
               "minute.",
       .default_text = duration_text(options.watch_idle_timeout),
       .parse = into_duration(options.watch_idle_timeout, milliseconds(1))},
  };
}

std::vector<Flag> election_flags(ClusterOptions& options) {
  return {
      {.name = "leader-election",
       .value_name = "on|off",
       .help = "Whether controllers elect a leader by a Lease; only the leader writes statuses and Events. "
               "If off, this controller writes regardless of others.",
       .default_text = "on",
       .parse = into_choice(options.leader_election, parse_on_off, "on or off")},
      {.name = "lease",
       .value_name = "NAMESPACE/NAME",
       .help = "The Lease for leader election, the same for all replicas. Default: in the controller's "
               "namespace, with a name derived from the class, the controller name and what is watched.",
       .parse = [&options](std::string_view value) -> Result<void> {
         auto key = parse_key(value);
         if (!key) return key.error();
         if (!is_namespace_name(key->namespace_) || !is_published_address(key->name))
           return not_a(value, "a namespace and the name of a Lease");
         options.lease = *std::move(key);
         return {};
       }},
      {.name = "identity",
       .value_name = "NAME",
       .help = "Identity of this controller in the Lease; must be unique among running controllers. Default: "
               "the host name and a random suffix.",
       .parse = into_text(options.identity)},
      {.name = "lease-duration",
       .value_name = kDuration,
       .help = "How long other controllers wait after the last renewal before they take over; whole seconds.",
       .default_text = duration_text(options.lease_duration),
       .parse = into_duration(options.lease_duration, milliseconds(1))},
      {.name = "renew-deadline",
       .value_name = kDuration,
       .help = "How long the leader tries to renew the Lease before it gives up leadership.",
       .default_text = duration_text(options.renew_deadline),
       .parse = into_duration(options.renew_deadline, milliseconds(1))},
      {.name = "retry-period",
       .value_name = kDuration,
       .help = "Time between attempts to renew or acquire the Lease.",
       .default_text = duration_text(options.retry_period),
       .parse = into_duration(options.retry_period, milliseconds(1))},
  };
}

// client-go's rules, so that a leader has several tries and stops before another may start.
Result<void> check_times(const ClusterOptions& options) {
  if (options.lease_duration.count() % 1000 != 0)
    return invalid("--lease-duration: \"" + duration_text(options.lease_duration) +
                   "\" is not whole seconds");
  if (options.lease_duration <= options.renew_deadline)
    return invalid("--lease-duration: " + duration_text(options.lease_duration) +
                   " is not longer than --renew-deadline (" + duration_text(options.renew_deadline) + ")");
  const auto retries = options.retry_period * 12 / 10;
  if (options.renew_deadline <= retries)
    return invalid("--renew-deadline: " + duration_text(options.renew_deadline) +
                   " is not longer than 1.2 times --retry-period (" + duration_text(retries) + ")");
  return {};
}

// A Secret is of use to objects of its own namespace only.
Result<void> check_namespaces(const ClusterOptions& options) {
  const auto& read = options.watch_namespaces;
  if (read.empty()) return {};
  for (const auto& name : options.secret_namespaces)
    if (std::ranges::find(read, name) == read.end())
      return invalid("--secret-namespace: \"" + name + "\" is none of the namespaces of --watch-namespace");
  return {};
}

}  // namespace

std::vector<Flag> cluster_flags(ClusterOptions& options) {
  auto flags = reading_flags(options);
  for (auto& flag : election_flags(options)) flags.push_back(std::move(flag));
  return flags;
}

Result<void> check_cluster_options(const ClusterOptions& options, bool has_api_server) {
  if (has_api_server) {
    if (auto checked = check_namespaces(options); !checked) return checked;
    return check_times(options);
  }
  const auto pointless = [](const std::string& option) {
    return invalid(option + ": only with an API server, and --source names a directory");
  };
  if (!options.watch_namespaces.empty()) return pointless("--watch-namespace");
  if (!options.secret_namespaces.empty()) return pointless("--secret-namespace");
  if (!options.label_selector.empty()) return pointless("--label-selector");
  if (options.leader_election.value_or(false)) return pointless("--leader-election");
  if (options.lease) return pointless("--lease");
  return {};
}

}  // namespace palpo::app
