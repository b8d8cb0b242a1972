// SPDX-License-Identifier: Apache-2.0
#include "controller/reconcile/object_metrics.h"

#include <algorithm>
#include <array>
#include <utility>

#include "controller/reconcile/families.h"

namespace palpo::reconcile {
namespace {

using translate::Report;
using translate::Translation;

enum class ObjectState : std::uint8_t { accepted, impaired, orphan, refused, unreadable, other_class };
constexpr std::array kStateNames{"accepted", "impaired", "orphan", "refused", "unreadable", "other_class"};
using StateCounts = std::array<std::size_t, kStateNames.size()>;

std::size_t orphan_backends(const Report& report, const api::Snapshot& snapshot) {
  return static_cast<std::size_t>(std::ranges::count_if(report.resources, [&](const api::ResourceId& id) {
    if (id.kind != api::ResourceKind::cluster) return false;
    const auto cluster = snapshot.clusters.find(id.name);
    return cluster == snapshot.clusters.end() || cluster->second->value.endpoints.empty();
  }));
}

ObjectState state_of(const Report& report, const Translation& translation, const Refused& refused) {
  if (!report.ours) return ObjectState::other_class;
  const auto is_refused = [&](const api::ResourceId& id) { return refused.contains(id); };
  if (!report.accepted || std::ranges::any_of(report.resources, is_refused)) return ObjectState::refused;
  if (orphan_backends(report, translation.snapshot) > 0) return ObjectState::orphan;
  const bool warned = std::ranges::any_of(
      report.findings, [](const auto& finding) { return finding.severity == translate::Severity::warning; });
  return warned || !report.certificates_ready || !report.backends_ready ? ObjectState::impaired
                                                                        : ObjectState::accepted;
}

double seconds_of(WallClock::time_point when) {
  return std::chrono::duration<double>(when.time_since_epoch()).count();
}

struct TimeLeft {
  const char* name;
  std::chrono::hours below;
};
constexpr std::chrono::hours kSoon{24 * 30};
constexpr std::array kTimesLeft{TimeLeft{"none", std::chrono::hours(0)},
                                TimeLeft{"under_7d", std::chrono::hours(24 * 7)},
                                TimeLeft{"under_30d", kSoon}, TimeLeft{"longer", std::chrono::hours::max()}};

}  // namespace

std::vector<Sample> object_samples(const store::ClusterState& state, const Translation& translation,
                                   const Refused& refused) {
  std::map<kube::Kind, StateCounts> counts;
  for (const auto kind : kube::kAllKinds)
    if (is_authored(kind)) counts[kind] = {};
  const auto count = [&](kube::Kind kind, ObjectState found) {
    ++counts[kind].at(static_cast<std::size_t>(found));
  };
  for (const auto& [key, report] : translation.reports)
    if (!state.broken().contains(key)) count(report.kind, state_of(report, translation, refused));
  for (const auto& [key, broken] : state.broken())
    if (counts.contains(key.first)) count(key.first, ObjectState::unreadable);
  std::vector<Sample> samples;
  for (const auto& [kind, by_state] : counts)
    for (std::size_t i = 0; i < by_state.size(); ++i)
      samples.push_back({{{"kind", std::string(kube::info(kind).name)}, {"state", kStateNames.at(i)}},
                         static_cast<double>(by_state.at(i))});
  return samples;
}

std::vector<Sample> orphan_samples(const Translation& translation) {
  std::vector<Sample> samples;
  std::size_t rest = 0;
  for (const auto& [key, report] : translation.reports) {
    const auto found = report.ours ? orphan_backends(report, translation.snapshot) : 0;
    if (found == 0) continue;
    if (samples.size() < kMostOrphanSeries)
      samples.push_back({{{"owner", std::string(kube::info(report.kind).name) + "/" + report.key.text()}},
                         static_cast<double>(found)});
    else
      rest += found;
  }
  if (rest > 0) samples.push_back({{{"owner", "other"}}, static_cast<double>(rest)});
  return samples;
}

std::vector<Sample> backend_samples(const Translation& translation) {
  constexpr std::array kNames{"none", "one", "several"};
  std::array<std::size_t, kNames.size()> counts{};
  for (const auto& [name, cluster] : translation.snapshot.clusters)
    ++counts.at(std::min(cluster->value.endpoints.size(), counts.size() - 1));
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < counts.size(); ++i)
    samples.push_back({{{"endpoints", kNames.at(i)}}, static_cast<double>(counts.at(i))});
  return samples;
}

std::vector<Sample> certificate_samples(const Translation& translation, WallClock::time_point now) {
  std::array<std::size_t, kTimesLeft.size()> counts{};
  for (const auto& [name, end] : translation.certificate_ends) {
    std::size_t left = 0;
    while (left + 1 < kTimesLeft.size() && end - now > kTimesLeft.at(left).below) ++left;
    ++counts.at(left);
  }
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < counts.size(); ++i)
    samples.push_back({{{"time_left", kTimesLeft.at(i).name}}, static_cast<double>(counts.at(i))});
  return samples;
}

std::vector<Sample> certificate_end_samples(const Translation& translation, WallClock::time_point now) {
  std::vector<std::pair<WallClock::time_point, std::string>> soon;
  for (const auto& [name, end] : translation.certificate_ends)
    if (end - now <= kSoon) soon.emplace_back(end, name);
  std::ranges::sort(soon);
  if (soon.size() > kMostCertificateSeries) soon.resize(kMostCertificateSeries);
  std::vector<Sample> samples;
  samples.reserve(soon.size());
  for (auto& [end, name] : soon) samples.push_back({{{"certificate", std::move(name)}}, seconds_of(end)});
  return samples;
}

void expose_object_metrics(Metrics& metrics, std::function<ObjectView()> view) {
  const auto expose = [&](const MetricFamily& family, auto samples) {
    metrics.collected(family, [view, samples] {
      const auto now = view();
      return now.translation == nullptr ? std::vector<Sample>() : samples(now);
    });
  };
  expose(families::kObjects,
         [](const ObjectView& v) { return object_samples(*v.state, *v.translation, *v.refused); });
  expose(families::kOrphanBackends, [](const ObjectView& v) { return orphan_samples(*v.translation); });
  expose(families::kBackends, [](const ObjectView& v) { return backend_samples(*v.translation); });
  expose(families::kCertificates,
         [](const ObjectView& v) { return certificate_samples(*v.translation, WallClock::now()); });
  expose(families::kCertificateEnd,
         [](const ObjectView& v) { return certificate_end_samples(*v.translation, WallClock::now()); });
}

}  // namespace palpo::reconcile
