// SPDX-License-Identifier: Apache-2.0
#include "controller/commands/origin.h"

#include "base/log.h"
#include "controller/files/directory_source.h"
#include "controller/kube/api_source.h"
#include "controller/kube/credentials.h"
#include "controller/lease/families.h"
#include "controller/lease/lease_name.h"

namespace palpo::commands {
namespace {

constexpr std::chrono::seconds kSecretTypesAgain{15};
constexpr std::chrono::seconds kLastWrite{1};  // for the write that is under way at the end

// A log line, because nobody misses an address before the first client does.
void warn_of_no_address(const RunOptions& options) {
  if (!options.publish_addresses.empty() || options.publish_service) return;
  log_warning("status.no_address",
              "Ingresses get no address in status.loadBalancer, which external-dns and others read: set "
              "--publish-service "
              "to the Service of the data plane, or --publish-address");
}

Result<Origin> open_directory(const RunOptions& options) {
  auto source = files::make_directory_source(options.source_directory);
  if (!source) return source.error().within("--source");
  Origin origin;
  origin.source = std::move(*source);
  log_info("source.directory", "reading manifests", {{"path", options.source_directory}});
  return origin;
}

kube::ObjectKey lease_of(const RunOptions& options, const std::string& own_namespace) {
  if (options.cluster.lease) return *options.cluster.lease;
  const auto& translation = options.translation;
  const lease::Domain domain{translation.controller_name, translation.class_name,
                             options.cluster.watch_namespaces, options.cluster.label_selector};
  return {own_namespace, lease::lease_name(domain, translate::Options{}.controller_name)};
}

// Over a transport of its own.
Result<std::unique_ptr<lease::Candidate>> open_election(const RunOptions& options,
                                                        const kube::ApiAccess& access, Metrics& metrics) {
  const auto& cluster = options.cluster;
  if (!cluster.leader_election.value_or(true)) {
    log_info("lease.off", "leader election is off; this controller writes statuses and Events");
    return std::unique_ptr<lease::Candidate>();
  }
  auto transport = kube::make_rest_transport(access.endpoint, {});
  if (!transport) return transport.error();
  lease::ElectionOptions election;
  election.identity = cluster.identity.empty() ? lease::identity_of_host() : cluster.identity;
  election.lease_duration = std::chrono::duration_cast<std::chrono::seconds>(cluster.lease_duration);
  election.renew_deadline = cluster.renew_deadline;
  election.retry_period = cluster.retry_period;
  return std::make_unique<lease::Candidate>(lease_of(options, access.namespace_), std::move(election),
                                            std::move(*transport), metrics);
}

Result<Origin> open_cluster(const RunOptions& options, const std::string& manager, Metrics& metrics) {
  auto access = kube::find_api_access(options.cluster.kubeconfig);
  if (!access) return access.error();
  log_info(
      "source.kubernetes", "watching the API server",
      {{"host", access->endpoint.host}, {"port", access->endpoint.port}, {"credentials", access->origin}});
  auto transport = kube::make_rest_transport(access->endpoint, {.idle = options.cluster.watch_idle_timeout});
  if (!transport) return transport.error();
  auto candidate = open_election(options, *access, metrics);
  if (!candidate) return candidate.error();

  Origin origin;
  const std::shared_ptr<kube::Transport> shared = std::move(*transport);
  origin.source = kube::make_api_source(shared, {.readings = readings_of(options)}, metrics);
  origin.candidate = std::move(*candidate);
  status::WritePermit permit = [] { return BootClock::time_point::max(); };
  if (origin.candidate)
    permit = [asked = origin.candidate.get()] { return asked->write_deadline(); };
  else
    metrics.gauge(lease::families::kLeader).set(1);
  origin.writer = std::make_unique<status::StatusWriter>(shared, manager, std::move(permit), metrics);
  origin.secret_types = std::make_unique<kube::SecretTypes>(shared, kSecretTypesAgain);
  warn_of_no_address(options);
  return origin;
}

}  // namespace

std::optional<lease::Standing> Origin::standing() const {
  if (!candidate) return std::nullopt;
  return candidate->standing();
}

void Origin::start_writing(std::function<void()> on_lead) {
  if (!writer) return;
  writer->start();
  if (!candidate) {
    writer->lead(true);
    return;
  }
  candidate->start([told = writer.get(), on_lead = std::move(on_lead)](bool leading) {
    told->lead(leading);
    if (leading) on_lead();
  });
}

void Origin::stop_writing() {
  const bool over = !writer || writer->stop(kLastWrite);
  if (candidate) candidate->stop(over);
}

std::vector<kube::Reading> readings_of(const RunOptions& options) {
  kube::Selection selection{.namespaces = options.cluster.watch_namespaces,
                            .secret_namespaces = options.cluster.secret_namespaces,
                            .label_selector = options.cluster.label_selector};
  if (options.publish_service) selection.extras.push_back({kube::Kind::service, *options.publish_service});
  if (options.translation.default_tls_secret)
    selection.extras.push_back({kube::Kind::secret, *options.translation.default_tls_secret});
  return kube::readings(selection);
}

Result<Origin> open_origin(const RunOptions& options, const std::string& manager, Metrics& metrics) {
  return options.source_directory.empty() ? open_cluster(options, manager, metrics) : open_directory(options);
}

}  // namespace palpo::commands
