// SPDX-License-Identifier: Apache-2.0
// What a family of metrics is, said once: its registration, the page for operators (docs/metrics.md), and the
// tests of alerts and dashboards go by it. Families are constants of the folder that counts. Pure, any
// thread.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace palpo {

enum class MetricType { counter, gauge, histogram };
std::string_view to_string(MetricType type);

struct MetricFamily {
  std::string_view name;
  MetricType type = MetricType::counter;
  std::array<std::string_view, 2> labels{};  // names, in their order; empty ones: there are no more
  std::string_view help;                     // what it is; the line HELP
  std::string_view worry;                    // which value deserves a look, and where to look
  std::span<const double> buckets{};         // a histogram's bounds, ascending, without +Inf

  bool has_label(std::string_view label) const;
};
using Families = std::span<const MetricFamily* const>;

// The second word of a name, and what is counted under it. A folder with something new to count adds its word
// here.
struct MetricSubsystem {
  std::string_view word;
  std::string_view matter;
};
std::span<const MetricSubsystem> metric_subsystems();
// Of a family; nullptr: its name has none, as the process_* names that every program has.
const MetricSubsystem* subsystem_of(std::string_view name);

// What is wrong with a family's name, labels or texts; nullopt: nothing. Names are palpo_ingress_, the
// subsystem's word and what it is, with Prometheus' base units and suffixes.
std::optional<std::string> family_fault(const MetricFamily& family);

// The families as Markdown, a table a subsystem.
std::string families_page(Families families);

}  // namespace palpo
