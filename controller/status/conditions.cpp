// SPDX-License-Identifier: Apache-2.0
#include "controller/status/conditions.h"

#include <algorithm>

namespace palpo::status {
namespace {

using translate::Concern;

// A condition before its generation and time are known.
struct Verdict {
  std::string type;
  std::string status;
  std::string reason;
  std::string message;
};

std::string joined_messages(const std::vector<translate::Finding>& findings) {
  std::string text;
  for (const auto& finding : findings) text += (text.empty() ? "" : "; ") + finding.message;
  return text.empty() ? "the controller's log says why" : text;
}

// False with the first reason and every message of the concern, or True.
Verdict verdict_of(const translate::Report& report, std::string type, Concern concern, bool good,
                   std::string_view good_reason, std::string_view good_message) {
  Verdict verdict{std::move(type), good ? "True" : "False", std::string(good_reason),
                  std::string(good_message)};
  if (good) return verdict;
  verdict.reason.clear();
  verdict.message.clear();
  for (const auto& finding : report.findings) {
    if (finding.concern != concern) continue;
    if (verdict.reason.empty()) verdict.reason = finding.reason;
    if (!verdict.message.empty()) verdict.message += "; ";
    verdict.message += finding.message;
  }
  if (!verdict.reason.empty()) return verdict;
  // Nothing is wrong with it by itself: it was not looked at, or another condition says why.
  if (!report.accepted)
    return {verdict.type, "False", "NotAccepted", "it is not looked at in an object that is not accepted"};
  return {verdict.type, "False", "SeeFindings", joined_messages(report.findings)};
}

Verdict backends_verdict(const translate::Report& report) {
  if (report.accepted && !report.backend_wanted)
    return {"BackendsReady", "True", "NoBackendWanted",
            "the homeserver runs elsewhere, no backend is wanted"};
  return verdict_of(report, "BackendsReady", Concern::backend, report.backends_ready, "EndpointsFound",
                    "the backend has endpoints");
}

Verdict programmed_verdict(const translate::Report& report, const Programmed& programmed) {
  std::string refused;
  for (const auto& id : report.resources) {
    const auto found = programmed.refused.find(id);
    if (found == programmed.refused.end()) continue;
    if (!refused.empty()) refused += "; ";
    refused += id.text() + ": " + found->second;
  }
  if (!refused.empty()) return {"RoutesProgrammed", "False", "DataPlaneRefused", refused};
  if (!programmed.any_data_plane)
    return {"RoutesProgrammed", "False", "NoDataPlane", "no data plane is connected to this controller"};
  if (!programmed.acknowledged)
    return {"RoutesProgrammed", "False", "Pending", "waiting for the data plane to acknowledge the routes"};
  if (!report.accepted)
    return {"RoutesProgrammed", "False", "NotAccepted",
            "nothing is served for an object that is not accepted"};
  return {"RoutesProgrammed", "True", "Programmed", "every connected data plane serves the routes"};
}

// True only if all of what the author asked for is served.
Verdict ready_verdict(const translate::Report& report, const std::vector<Verdict>& parts) {
  for (const auto& part : parts)
    if (part.status != "True") return {"Ready", "False", part.reason, part.message};
  for (const auto& finding : report.findings)
    if (finding.severity == translate::Severity::warning)
      return {"Ready", "False", finding.reason, finding.message};
  return {"Ready", "True", "Served", "everything is served"};
}

// Stalled: nothing changes until the author, or whoever the data plane's refusal names, does something.
Verdict progress_verdict(const Verdict& ready, const Verdict& accepted, const Verdict& programmed) {
  for (const auto* blocker : {&accepted, &programmed}) {
    const bool stalled = blocker == &accepted || blocker->reason == "DataPlaneRefused";
    if (blocker->status != "True" && stalled) return {"Stalled", "True", blocker->reason, blocker->message};
  }
  return {"Reconciling", "True", ready.reason, ready.message};
}

}  // namespace

std::vector<kube::Condition> conditions_of(const translate::Report& report, const Programmed& programmed,
                                           const std::vector<kube::Condition>& before,
                                           const std::string& now) {
  const std::vector<Verdict> parts{
      verdict_of(report, "Accepted", Concern::spec, report.accepted, "Accepted",
                 "the specification is valid"),
      verdict_of(report, "CertificateReady", Concern::certificate, report.certificates_ready,
                 "CertificateFound", "every host has a certificate"),
      programmed_verdict(report, programmed),
      backends_verdict(report),
  };
  std::vector<Verdict> verdicts{ready_verdict(report, parts)};
  verdicts.insert(verdicts.end(), parts.begin(), parts.end());
  if (verdicts.front().status != "True")
    verdicts.push_back(progress_verdict(verdicts.front(), parts.front(), parts[2]));

  std::vector<kube::Condition> conditions;
  for (auto& verdict : verdicts) {
    kube::Condition condition{.type = verdict.type,
                              .status = verdict.status,
                              .observed_generation = report.generation,
                              .last_transition_time = now,
                              .reason = verdict.reason,
                              .message = verdict.message};
    const auto old = std::ranges::find(before, condition.type, &kube::Condition::type);
    if (old != before.end() && old->status == condition.status && !old->last_transition_time.empty())
      condition.last_transition_time = old->last_transition_time;
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

}  // namespace palpo::status
