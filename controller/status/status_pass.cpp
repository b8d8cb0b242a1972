// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_pass.h"

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "controller/status/ingress_address.h"
#include "controller/translate/ingress_class.h"

namespace palpo::status {
namespace {

// The same but for the times: a write that changes nothing is not made.
bool same_conditions(const std::vector<kube::Condition>& a, const std::vector<kube::Condition>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto with_time_of_a = b[i];
    with_time_of_a.last_transition_time = a[i].last_transition_time;
    if (a[i] != with_time_of_a) return false;
  }
  return true;
}

// An object deleted and created anew under its name has no report yet: its translation is still to come.
template <class Object>
bool is_of(const translate::Report& report, const Object& object) {
  return report.uid == object.meta.uid;
}

// What the definition says of an object that no controller has looked at is nobody's to take back.
bool says_something(const kube::Homeserver& object) {
  return object.observed_generation > 0 && !object.conditions.empty();
}
bool says_something(const kube::Ingress& object) { return !object.status.empty(); }

bool same_addresses(std::vector<kube::LoadBalancerAddress> a, std::vector<kube::LoadBalancerAddress> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

}  // namespace

StatusPass::StatusPass(StatusSinks sinks, PublishedAddress published, std::string manager,
                       translate::Options options)
    : sinks_(std::move(sinks)),
      published_(std::move(published)),
      manager_(std::move(manager)),
      options_(std::move(options)) {}

bool StatusPass::wrote(const kube::Meta& meta) const {
  return std::ranges::find(meta.status_managers, manager_) != meta.status_managers.end();
}

void StatusPass::run(const store::ClusterState& state, const translate::Translation& translation,
                     const Programmed& programmed) {
  auto addresses = fixed_addresses(published_.fixed);
  if (published_.service) {
    const auto service = state.services().find(*published_.service);
    if (service != state.services().end()) addresses = service_addresses(*service->second);
  }
  if (addresses != seen_addresses_ || programmed.refused != seen_refused_) seen_.clear();
  seen_addresses_ = addresses;
  seen_refused_ = programmed.refused;
  const auto fresh = [&](const translate::ReportKey& key, const translate::Report& report,
                         const auto& object) {
    return is_new(key, {object, report, programmed.acknowledged, programmed.any_data_plane});
  };
  for (const auto& [key, report] : translation.reports) {
    if (!state.broken().empty() && state.broken().contains(key)) continue;
    if (report.kind == kube::Kind::ingress) {
      const auto object = state.ingresses().find(report.key);
      if (object != state.ingresses().end() && is_of(report, *object->second) &&
          fresh(key, report, object->second))
        run_ingress(report, *object->second, addresses, programmed);
    } else {
      const auto object = state.homeservers().find(report.key);
      if (object != state.homeservers().end() && is_of(report, *object->second) &&
          fresh(key, report, object->second))
        run_homeserver(report, *object->second, programmed);
    }
  }
  for (const auto& [key, broken] : state.broken()) {
    const bool authored = key.first == kube::Kind::ingress || key.first == kube::Kind::homeserver;
    if (authored && translate::is_ours(broken, state, options_)) run_broken(broken, programmed);
  }
  forget_deleted(state, translation);
}

void StatusPass::leave(const store::ClusterState& state, const kube::Deleted& deleted) {
  const auto take_back = [&](const auto& objects) {
    const auto object = objects.find(deleted.key);
    if (object == objects.end() || !says_something(*object->second) || !wrote(object->second->meta)) return;
    auto meta = object->second->meta;
    meta.resource_version = deleted.resource_version;
    if (sinks_.status)
      sinks_.status({.kind = deleted.kind, .meta = std::move(meta), .addresses = {}, .conditions = {}});
  };
  if (deleted.kind == kube::Kind::ingress) take_back(state.ingresses());
  if (deleted.kind == kube::Kind::homeserver) take_back(state.homeservers());
}

bool StatusPass::is_new(const translate::ReportKey& key, Seen now) {
  auto& seen = seen_[key];
  if (seen.object == now.object && seen.acknowledged == now.acknowledged &&
      seen.any_data_plane == now.any_data_plane && seen.report == now.report)
    return false;
  seen = std::move(now);
  return true;
}

void StatusPass::forget_deleted(const store::ClusterState& state, const translate::Translation& translation) {
  const auto gone = [&](const translate::ReportKey& key) {
    return !translation.reports.contains(key) && !state.broken().contains(key);
  };
  if (seen_.size() > translation.reports.size())
    std::erase_if(seen_, [&](const auto& item) { return gone(item.first); });
  if (told_.size() > seen_.size()) std::erase_if(told_, [&](const auto& item) { return gone(item.first); });
}

// Its status as it is now cannot be read either: it is written once for every new complaint.
void StatusPass::run_broken(const kube::BrokenObject& broken, const Programmed& programmed) {
  translate::Report report;
  report.kind = broken.kind;
  report.key = broken.meta.key;
  report.generation = broken.meta.generation;
  report.accepted = false;
  report.certificates_ready = report.backends_ready = false;
  report.findings = {{translate::Severity::warning, "InvalidSpec", broken.message}};
  if (!tell(report, broken.meta, programmed) || broken.kind != kube::Kind::homeserver || !sinks_.status)
    return;
  auto meta = broken.meta;
  meta.resource_version.clear();  // said of whatever it is by now: it is not wished again
  sinks_.status({.kind = report.kind,
                 .meta = std::move(meta),
                 .addresses = {},
                 .observed_generation = report.generation,
                 .conditions = homeserver_conditions(report, programmed, {}, rfc3339(WallClock::now()))});
}

// Findings go to the log and to Events when they are new.
bool StatusPass::tell(const translate::Report& report, const kube::Meta& meta, const Programmed& programmed) {
  auto findings = report.findings;
  for (const auto& id : report.resources)
    if (const auto refused = programmed.refused.find(id); refused != programmed.refused.end())
      findings.push_back(
          {translate::Severity::warning, "DataPlaneRefused", id.text() + ": " + refused->second});
  auto& told = told_[{report.kind, report.key}];
  if (told == findings) return false;
  for (const auto& finding : findings) {
    if (std::ranges::find(told, finding) != told.end()) continue;
    const bool warning = finding.severity == translate::Severity::warning;
    log(warning ? LogLevel::warning : LogLevel::info, "object.finding", finding.message,
        {{"kind", kube::info(report.kind).name}, {"object", report.key.text()}, {"reason", finding.reason}});
    if (sinks_.event)
      sinks_.event({.kind = report.kind,
                    .meta = meta,
                    .warning = warning,
                    .reason = finding.reason,
                    .message = finding.message});
  }
  if (findings.empty())
    log_info("object.served", "nothing is left to complain about",
             {{"kind", kube::info(report.kind).name}, {"object", report.key.text()}});
  told = std::move(findings);
  return true;
}

void StatusPass::run_ingress(const translate::Report& report, const kube::Ingress& ingress,
                             const std::vector<kube::LoadBalancerAddress>& addresses,
                             const Programmed& programmed) {
  WantedStatus wanted{.kind = report.kind, .meta = ingress.meta, .addresses = {}, .conditions = {}};
  if (report.ours) {
    tell(report, ingress.meta, programmed);
    const auto refused = [&](const api::ResourceId& id) { return programmed.refused.contains(id); };
    if (addresses.empty() || !programmed.acknowledged || std::ranges::any_of(report.resources, refused))
      return;
    if (!report.resources.empty()) wanted.addresses = addresses;
  } else {
    told_.erase({report.kind, report.key});
    // Another controller may have written its own by now.
    if (!wrote(ingress.meta)) return;
  }
  if (sinks_.status && !same_addresses(ingress.status, wanted.addresses)) sinks_.status(std::move(wanted));
}

void StatusPass::run_homeserver(const translate::Report& report, const kube::Homeserver& object,
                                const Programmed& programmed) {
  WantedStatus wanted{.kind = report.kind, .meta = object.meta, .addresses = {}, .conditions = {}};
  if (!report.ours) {
    told_.erase({report.kind, report.key});
    if (!says_something(object) || !wrote(object.meta)) return;
  } else {
    tell(report, object.meta, programmed);
    // Until a data plane has acknowledged, nothing new is said of what was told before.
    if (!programmed.acknowledged && object.observed_generation == object.meta.generation) return;
    wanted.observed_generation = report.generation;
    wanted.conditions =
        homeserver_conditions(report, programmed, object.conditions, rfc3339(WallClock::now()));
    if (object.observed_generation == wanted.observed_generation &&
        same_conditions(object.conditions, wanted.conditions))
      return;
  }
  if (sinks_.status) sinks_.status(std::move(wanted));
}

}  // namespace palpo::status
