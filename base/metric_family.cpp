// SPDX-License-Identifier: Apache-2.0
#include "base/metric_family.h"

#include <algorithm>
#include <vector>

namespace palpo {
namespace {

constexpr std::string_view kPrefix = "palpo_ingress_";

constexpr std::array kSubsystems{
    MetricSubsystem{"downstream", "Clients: their connections, handshakes and requests"},
    MetricSubsystem{"upstream", "Homeservers and other backends: connections to them"},
    MetricSubsystem{"config", "Configurations that a data plane takes from its controller"},
    MetricSubsystem{"access_log", "A data plane's access log"},
    MetricSubsystem{"translate",
                    "From objects to a configuration: Ingresses, PalpoHomeservers, their backends"},
    MetricSubsystem{"certificate", "The certificates that are served"},
    MetricSubsystem{"publish", "Configurations on their way to data planes, and their acknowledgement"},
    MetricSubsystem{"status", "Statuses and Events that are written into objects"},
    MetricSubsystem{"lease", "Which of several controllers writes"},
    MetricSubsystem{"kube", "What is read from the API server"},
    MetricSubsystem{"files", "What is read from a directory of manifests"},
    MetricSubsystem{"log", "A program's log on standard error"},
    MetricSubsystem{"build", "The program itself"},
};

// Of the usual families of a process, whose names are everybody's.
constexpr std::string_view kProcess = "process_";

// Units that are not base units, and types: neither belongs into a name.
constexpr std::array<std::string_view, 22> kBadWords{
    "ms",        "us",      "ns",      "milliseconds", "microseconds", "nanoseconds", "minutes", "hours",
    "days",      "kb",      "mb",      "gb",           "kib",          "mib",         "gib",     "kilobytes",
    "megabytes", "percent", "counter", "gauge",        "histogram",    "summary"};

// Labels that scrapes, service discovery and Prometheus itself set.
constexpr std::array<std::string_view, 10> kTakenLabels{"job",  "instance", "namespace", "pod", "container",
                                                        "node", "service",  "endpoint",  "le",  "quantile"};

bool is_word(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && text.back() != '_' &&
         std::all_of(text.begin(), text.end(), allowed);
}

template <class Visit>
void for_each_word(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const auto end = text.find('_');
    visit(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::optional<std::string> name_fault(const MetricFamily& family) {
  const auto name = family.name;
  if (name.starts_with(kProcess)) return std::nullopt;
  if (!is_word(name)) return "is not lower-case words joined by underscores";
  if (subsystem_of(name) == nullptr) return "does not begin with palpo_ingress_ and a subsystem's word";
  std::optional<std::string> fault;
  for_each_word(name, [&](std::string_view word) {
    if (std::ranges::find(kBadWords, word) != kBadWords.end())
      fault = "has the word \"" + std::string(word) + "\": a type, or no base unit (seconds, bytes, ratio)";
  });
  if (fault) return fault;
  if (name.ends_with("_total") != (family.type == MetricType::counter))
    return "must end in _total if, and only if, it is a counter";
  for (const std::string_view suffix : {"_count", "_sum", "_bucket"})
    if (name.ends_with(suffix)) return "ends in " + std::string(suffix) + ", which is a histogram's own";
  if (family.type == MetricType::histogram && !name.ends_with("_seconds") && !name.ends_with("_bytes"))
    return "is a histogram without a unit at its end";
  if (name.find("timestamp") != std::string_view::npos && !name.ends_with("_timestamp_seconds"))
    return "is a point in time and must end in _timestamp_seconds";
  return std::nullopt;
}

bool is_sentence(std::string_view text) { return text.size() > 1 && text.ends_with('.'); }

std::optional<std::string> content_fault(const MetricFamily& family) {
  for (const auto label : family.labels) {
    if (label.empty()) continue;
    if (!is_word(label)) return "has the label \"" + std::string(label) + "\", which is no word";
    if (std::ranges::find(kTakenLabels, label) != kTakenLabels.end())
      return "has the label \"" + std::string(label) + "\", which scrapes set";
  }
  if (!is_sentence(family.help)) return "says in no sentence what it is";
  if (!is_sentence(family.worry)) return "says in no sentence when to worry";
  const auto& bounds = family.buckets;
  if (bounds.empty() == (family.type == MetricType::histogram))
    return "has buckets if, and only if, it is a histogram";
  if (std::adjacent_find(bounds.begin(), bounds.end(), std::greater_equal<>()) != bounds.end())
    return "has buckets that do not ascend";
  return std::nullopt;
}

// Of a Markdown table.
void append_cell(std::string& out, std::string_view text) {
  out += ' ';
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  out += " |";
}

std::string labels_text(const MetricFamily& family) {
  std::string text;
  for (const auto label : family.labels) {
    if (label.empty()) continue;
    text += text.empty() ? "`" : ", `";
    (text += label) += '`';
  }
  return text;
}

void append_table(std::string& out, std::string_view title,
                  const std::vector<const MetricFamily*>& families) {
  if (families.empty()) return;
  (out += out.empty() ? "### " : "\n### ") += title;
  out += "\n\n| metric | type | labels | meaning | when to worry |\n|---|---|---|---|---|\n";
  for (const auto* const family : families) {
    out += '|';
    append_cell(out, "`" + std::string(family->name) + "`");
    append_cell(out, to_string(family->type));
    append_cell(out, labels_text(*family));
    append_cell(out, family->help);
    append_cell(out, family->worry);
    out += '\n';
  }
}

}  // namespace

std::string_view to_string(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      break;
  }
  return "histogram";
}

bool MetricFamily::has_label(std::string_view label) const {
  return !label.empty() && std::ranges::find(labels, label) != labels.end();
}

std::span<const MetricSubsystem> metric_subsystems() { return kSubsystems; }

const MetricSubsystem* subsystem_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return nullptr;
  name.remove_prefix(kPrefix.size());
  for (const auto& subsystem : kSubsystems) {
    const auto size = subsystem.word.size();
    if (name.size() > size + 1 && name.starts_with(subsystem.word) && name[size] == '_') return &subsystem;
  }
  return nullptr;
}

std::optional<std::string> family_fault(const MetricFamily& family) {
  auto fault = name_fault(family);
  if (!fault) fault = content_fault(family);
  if (fault) fault->insert(0, std::string(family.name) + " ");
  return fault;
}

std::string families_page(Families families) {
  std::vector<const MetricFamily*> sorted(families.begin(), families.end());
  std::ranges::sort(sorted, {}, &MetricFamily::name);
  std::string out;
  std::vector<const MetricFamily*> part;
  const auto take_of = [&](const MetricSubsystem* subsystem) {
    part.clear();
    std::ranges::copy_if(sorted, std::back_inserter(part),
                         [&](const auto* family) { return subsystem_of(family->name) == subsystem; });
  };
  for (const auto& subsystem : kSubsystems) {
    take_of(&subsystem);
    append_table(
        out,
        std::string(subsystem.matter) + " (`" + std::string(kPrefix) + std::string(subsystem.word) + "_`)",
        part);
  }
  take_of(nullptr);
  append_table(out, "The process (`process_`)", part);
  return out;
}

}  // namespace palpo
