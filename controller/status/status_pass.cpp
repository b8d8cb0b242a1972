// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_pass.h"

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "controller/status/ingress_address.h"
#include "controller/status/status_form.h"
#include "controller/translate/ingress_class.h"

namespace palpo::status {

struct StatusPass::Round {
  const store::ClusterState& state;
  const translate::Translation& translation;
  const Programmed& programmed;
};

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
  if (published_.service)
    if (const auto service = state.find<kube::Service>(*published_.service))
      addresses = service_addresses(*service);
  if (addresses != seen_addresses_ || programmed.refused != seen_refused_) {
    seen_addresses_ = std::move(addresses);
    seen_refused_ = programmed.refused;
    look_again();
  }
  const Round round{state, translation, programmed};
  for (const auto& id : take_noted(round)) look_at(round, id);
}

std::set<kube::ObjectId> StatusPass::take_noted(const Round& round) {
  const auto& [state, translation, programmed] = round;
  const bool was_acknowledged = std::exchange(seen_acknowledged_, programmed.acknowledged);
  const bool was_data_plane = std::exchange(seen_data_plane_, programmed.any_data_plane);
  if (was_acknowledged != programmed.acknowledged || was_data_plane != programmed.any_data_plane) {
    noted_.merge(std::exchange(unacknowledged_, {}));
    all_noted_ = std::exchange(all_unacknowledged_, false) || all_noted_;
  }
  if (std::exchange(all_noted_, false)) {
    for (const auto& entry : translation.reports) noted_.insert(entry.first);
    for (const auto& entry : state.broken()) note(entry.first);
    for (const auto& entry : told_) noted_.insert(entry.first);
    all_unacknowledged_ = !programmed.acknowledged;
  } else if (!programmed.acknowledged) {
    unacknowledged_.insert(noted_.begin(), noted_.end());
  }
  return std::exchange(noted_, {});
}

void StatusPass::look_at(const Round& round, const kube::ObjectId& id) {
  if (const auto* broken = round.state.find_broken(id.first, id.second)) {
    if (translate::is_ours(*broken, round.state, options_)) look_at_broken(round, *broken);
    return;
  }
  const auto report = round.translation.reports.find(id);
  if (report == round.translation.reports.end()) {
    told_.erase(id);
    return;
  }
  kube::with_type(id.first, [&]<class T>(std::type_identity<T>) {
    if constexpr (kube::Authored<T>) {
      const auto object = round.state.find<T>(id.second);
      // An object deleted and created anew under its name has no report yet: its translation is still to
      // come.
      if (object && report->second.uid == object->meta.uid) look_at(round, report->second, *object);
    }
  });
}

template <kube::Authored T>
void StatusPass::look_at(const Round& round, const translate::Report& report, const T& object) {
  const auto& form = form_of(report.kind);
  if (!report.ours) {
    told_.erase({report.kind, report.key});
    // Another controller may have written its own by now.
    if (form.says_something(object.status) && wrote(object.meta)) wish(report.kind, object.meta, {});
    return;
  }
  tell(report, object.meta, round.programmed);
  auto wanted = form.wanted({.report = report,
                             .programmed = round.programmed,
                             .addresses = seen_addresses_,
                             .before = object.status,
                             .generation = object.meta.generation,
                             .now = rfc3339(WallClock::now())});
  if (wanted && !form.same(object.status, *wanted)) wish(report.kind, object.meta, *std::move(wanted));
}

void StatusPass::leave(const store::ClusterState& state, const kube::Deleted& deleted) {
  kube::with_type(deleted.kind, [&]<class T>(std::type_identity<T>) {
    if constexpr (kube::Authored<T>) {
      const auto object = state.find<T>(deleted.key);
      if (!object || !form_of(deleted.kind).says_something(object->status) || !wrote(object->meta)) return;
      auto meta = object->meta;
      meta.resource_version = deleted.resource_version;
      wish(deleted.kind, std::move(meta), {});
    }
  });
}

// Its status as it is now cannot be read either: it is written once for every new complaint.
void StatusPass::look_at_broken(const Round& round, const kube::BrokenObject& broken) {
  translate::Report report;
  report.kind = broken.kind;
  report.key = broken.meta.key;
  report.generation = broken.meta.generation;
  report.accepted = false;
  report.certificates_ready = report.backends_ready = false;
  report.findings = {{translate::Severity::warning, "InvalidSpec", broken.fault.text()}};
  const auto& form = form_of(broken.kind);
  if (!tell(report, broken.meta, round.programmed) || !form.tells_broken) return;
  auto meta = broken.meta;
  meta.resource_version.clear();  // said of whatever it is by now: it is not wished again
  auto wanted = form.wanted({.report = report,
                             .programmed = round.programmed,
                             .addresses = seen_addresses_,
                             .before = {},
                             .generation = report.generation,
                             .now = rfc3339(WallClock::now())});
  if (wanted) wish(broken.kind, std::move(meta), *std::move(wanted));
}

void StatusPass::wish(kube::Kind kind, kube::Meta meta, kube::Status status) const {
  if (sinks_.status) sinks_.status({.kind = kind, .meta = std::move(meta), .status = std::move(status)});
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
    log_info("object.served", "all findings are resolved",
             {{"kind", kube::info(report.kind).name}, {"object", report.key.text()}});
  told = std::move(findings);
  return true;
}

}  // namespace palpo::status
