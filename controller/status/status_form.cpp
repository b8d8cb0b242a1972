// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_form.h"

#include <algorithm>
#include <array>

namespace palpo::status {
namespace {

std::optional<kube::Status> wanted_conditions(const Facts& facts) {
  const auto& before = facts.before.of();
  // Until a data plane has acknowledged, nothing new is said of what was told before.
  if (!facts.programmed.acknowledged && before.observed_generation == facts.generation) return std::nullopt;
  kube::Status status;
  status.parents = {{"", facts.report.generation,
                     conditions_of(facts.report, facts.programmed, before.conditions, facts.now)}};
  return status;
}

// The same but for the times: a write that changes nothing is not made.
bool same_conditions(const kube::Status& a, const kube::Status& b) {
  auto with_times_of_a = b;
  if (a.parents.size() != b.parents.size()) return false;
  for (std::size_t i = 0; i < a.parents.size(); ++i) {
    const auto& is = a.parents[i].conditions;
    auto& wanted = with_times_of_a.parents[i].conditions;
    for (std::size_t j = 0; j < std::min(is.size(), wanted.size()); ++j)
      wanted[j].last_transition_time = is[j].last_transition_time;
  }
  return a.parents == with_times_of_a.parents;
}

bool has_conditions(const kube::Status& status) {
  return std::ranges::any_of(status.parents, [](const kube::ParentStatus& parent) {
    return parent.observed_generation > 0 && !parent.conditions.empty();
  });
}

std::optional<kube::Status> wanted_addresses(const Facts& facts) {
  const auto refused = [&](const api::ResourceId& id) { return facts.programmed.refused.contains(id); };
  if (facts.addresses.empty() || !facts.programmed.acknowledged ||
      std::ranges::any_of(facts.report.resources, refused))
    return std::nullopt;
  kube::Status status;
  if (!facts.report.resources.empty()) status.addresses = facts.addresses;
  return status;
}

bool same_addresses(const kube::Status& a, const kube::Status& b) {
  auto is = a.addresses, wanted = b.addresses;
  std::ranges::sort(is);
  std::ranges::sort(wanted);
  return is == wanted;
}

bool has_addresses(const kube::Status& status) { return !status.addresses.empty(); }

// In the order of kube::StatusKind.
constexpr std::array kForms{StatusForm{wanted_conditions, same_conditions, has_conditions, true},
                            StatusForm{wanted_addresses, same_addresses, has_addresses, false}};

}  // namespace

const StatusForm& form_of(kube::Kind kind) {
  return kForms.at(static_cast<std::size_t>(kube::info(kind).status));
}

}  // namespace palpo::status
