// SPDX-License-Identifier: Apache-2.0
// What each author is told, from what the translator knows of their object.
#include <algorithm>
#include <utility>

#include "controller/translate/translate.h"

namespace palpo::translate {
namespace {

void add(Report& report, const Finding& finding) {
  auto& all = report.findings;
  if (std::find(all.begin(), all.end(), finding) == all.end()) all.push_back(finding);
}

const kube::Meta* find_meta(const store::ClusterState& state, const kube::ObjectId& id) {
  return kube::with_type(id.first, [&]<class T>(std::type_identity<T>) -> const kube::Meta* {
    const auto it = state.all<T>().find(id.second);
    return it == state.all<T>().end() ? nullptr : &it->second->meta;
  });
}

}  // namespace

void Translator::report(Round& round, const kube::ObjectId& id) {
  const auto unit = units_.find(id);
  auto next = unit == units_.end() ? report_without_unit(round, id) : report_of(round, id, unit->second);
  const auto known = out_.reports.find(id);
  if (known == out_.reports.end() ? !next : next == known->second) return;
  out_.changed_reports.insert(id);
  if (next) {
    out_.reports.insert_or_assign(id, *std::move(next));
  } else {
    out_.reports.erase(known);
  }
}

Report Translator::report_of(const Round& round, const kube::ObjectId& id, const Unit& unit) const {
  Report report;
  report.kind = id.first;
  report.key = id.second;
  report.uid = unit.claims.uid;
  report.generation = unit.claims.generation;
  report.accepted = unit.claims.accepted && !unit.refusal;
  report.backend_wanted = unit.claims.backend_wanted;
  if (const auto* broken = round.state.find_broken(id.first, id.second)) {
    report.generation = broken->meta.generation;
    report.accepted = false;
    add(report, warning("InvalidSpec", broken->fault.text() + ": its last valid form is served"));
  }
  for (const auto& finding : unit.claims.findings) add(report, finding);
  if (unit.refusal) add(report, *unit.refusal);
  if (unit.refusal || (!unit.claims.accepted && unit.claims.hosts.empty())) {
    report.certificates_ready = false;
    report.backends_ready = false;
    return report;
  }
  for (const auto& host : unit.claims.hosts) report_host(host.first, id, unit, report);
  if (unit.claims.only_default) report_default(id, unit, report);
  return report;
}

void Translator::report_host(const std::string& name, const kube::ObjectId& id, const Unit& unit,
                             Report& report) const {
  const auto& settlement = hosts_.at(name).settlement;
  const auto& standing = settlement.standings.at(id);
  for (const auto& finding : standing.findings) add(report, finding);
  report.accepted = report.accepted && standing.accepted;
  report.certificates_ready = report.certificates_ready && standing.certificate_ready;
  if (!standing.served) return;
  report.resources.insert({api::ResourceKind::host, name});
  if (settlement.certificate && (unit.claims.is_homeserver || unit.claims.hosts.at(name).tls)) {
    report.resources.insert({api::ResourceKind::certificate, settlement.certificate->text()});
  }
  for (const auto& backend : standing.backends) report_backend(backend.first, report);
}

void Translator::report_default(const kube::ObjectId& id, const Unit& unit, Report& report) const {
  const auto cluster = unit.claims.default_backend->cluster();
  if (clusters_.uses(cluster, id)) report_backend(cluster, report);
  if (default_ && default_->first.id() == id) {
    report.resources.insert({api::ResourceKind::settings, ""});
  } else if (default_) {
    report.accepted = false;
    add(report,
        warning("DefaultBackendConflict", "unclaimed hosts already belong to " + default_->first.text() +
                                              ": this one only applies to hosts of its own namespace"));
  }
}

void Translator::report_backend(const std::string& cluster, Report& report) const {
  report.resources.insert({api::ResourceKind::cluster, cluster});
  for (const auto& finding : clusters_.findings(cluster)) {
    add(report, finding);
    report.backends_ready = false;
  }
}

// An object of another class. One that never could be read is nobody's: the cluster state tells of it.
std::optional<Report> Translator::report_without_unit(const Round& round, const kube::ObjectId& id) const {
  const auto* meta = find_meta(round.state, id);
  if (!meta) return std::nullopt;
  Report report;
  report.kind = id.first;
  report.key = id.second;
  report.uid = meta->uid;
  report.generation = meta->generation;
  report.ours = false;
  return report;
}

}  // namespace palpo::translate
