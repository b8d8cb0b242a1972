// SPDX-License-Identifier: Apache-2.0
#include "controller/reconcile/describe.h"

#include <nlohmann/json.hpp>

#include "dataplane/api/json.h"

namespace palpo::reconcile {
namespace {

using Json = nlohmann::ordered_json;

Json findings_json(const std::vector<translate::Finding>& all) {
  Json findings = Json::array();
  for (const auto& finding : all)
    findings.push_back({{"severity", finding.severity == translate::Severity::warning ? "warning" : "info"},
                        {"reason", finding.reason},
                        {"message", finding.message}});
  return findings;
}

Json report_json(const translate::Report& report) {
  Json resources = Json::array();
  for (const auto& id : report.resources) resources.push_back(id.text());
  return {{"kind", kube::info(report.kind).name},
          {"object", report.key.text()},
          {"accepted", report.accepted},
          {"certificatesReady", report.certificates_ready},
          {"backendsReady", report.backends_ready},
          {"findings", findings_json(report.findings)},
          {"resources", std::move(resources)}};
}

Json sources_json(const Picture& picture) {
  Json unreadable = Json::object();
  for (const auto& [scope, message] : picture.state->unreadable()) unreadable[scope.text()] = message;
  Json broken = Json::array();
  for (const auto& [key, object] : picture.state->broken())
    broken.push_back({{"kind", kube::info(key.first).name},
                      {"object", key.second.text()},
                      {"message", object.fault.text()}});
  Json faults = Json::array();
  for (const auto& [where, message] : *picture.faults)
    faults.push_back({{"where", where}, {"message", message}});
  Json waiting = Json::array();
  for (const auto& scope : picture.state->waiting_for()) waiting.push_back(scope.text());
  return {{"waitingFor", std::move(waiting)},
          {"unreadable", std::move(unreadable)},
          {"broken", std::move(broken)},
          {"faults", std::move(faults)}};
}

Json data_planes_json(const publish::PublishState& state) {
  Json peers = Json::array();
  for (const auto& peer : state.peers)
    peers.push_back({{"peer", peer.peer},
                     {"acknowledged", peer.acknowledged ? Json(peer.acknowledged->hex()) : Json(nullptr)}});
  Json refused = Json::array();
  for (const auto& [id, message] : state.refused)
    refused.push_back({{"resource", id.text()}, {"message", message}});
  return {{"wanted", state.wanted.hex()}, {"current", state.current}, {"peers", peers}, {"refused", refused}};
}

Json lease_json(const std::optional<lease::Standing>& standing) {
  if (!standing) return nullptr;
  return {{"name", standing->lease.text()},
          {"identity", standing->identity},
          {"leader", standing->leader},
          {"leading", standing->leading},
          {"trouble", standing->trouble}};
}

}  // namespace

std::string describe_json(const Picture& picture) {
  Json reports = Json::array();
  Json settings = Json::array();
  if (picture.translation != nullptr) {
    settings = findings_json(picture.translation->findings);
    for (const auto& [key, report] : picture.translation->reports)
      if (report.ours) reports.push_back(report_json(report));
  }
  Json out{{"release", PALPO_VERSION},
           {"ready", picture.not_ready.empty()},
           {"notReady", picture.not_ready},
           {"generation", picture.generation},
           {"lease", lease_json(picture.standing)},
           {"sources", sources_json(picture)},
           {"dataPlanes", data_planes_json(*picture.publish)},
           {"settings", {{"findings", std::move(settings)}}},
           {"objects", std::move(reports)},
           {"published", Json::parse(api::to_pretty_json(*picture.published), nullptr, false)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace palpo::reconcile
