// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <mutex>

#include "base/check.h"
#include "base/printable.h"

namespace palpo {
namespace {

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 40> text{};
  constexpr double kExact = 1e15;  // whole numbers below it read better without an exponent
  const bool whole = std::abs(value) < kExact && value == std::trunc(value);
  const auto end = whole ? std::to_chars(text.begin(), text.end(), static_cast<std::int64_t>(value)).ptr
                         : std::to_chars(text.begin(), text.end(), value).ptr;
  return {text.data(), end};
}

void append_escaped(std::string& out, const std::string& text, bool quotes) {
  for (const char c : valid_utf8(text)) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quotes)
      out += "\\\"";
    else
      out += c;
  }
}

using LabelList = std::vector<prometheus::ClientMetric::Label>;

std::string label_text(const LabelList& labels, const std::string& bound = {}) {
  std::string out;
  const auto append = [&out](const std::string& name, const std::string& value) {
    out += out.empty() ? '{' : ',';
    (out += name) += "=\"";
    append_escaped(out, value, true);
    out += '"';
  };
  for (const auto& label : labels) append(label.name, label.value);
  if (!bound.empty()) append("le", bound);
  if (!out.empty()) out += '}';
  return out;
}

void append_sample(std::string& out, const std::string& name, const std::string& labels, double value) {
  ((((out += name) += labels) += ' ') += number_text(value)) += '\n';
}

void append_histogram(std::string& out, const std::string& name, const prometheus::ClientMetric& metric) {
  for (const auto& bucket : metric.histogram.bucket) {
    append_sample(out, name + "_bucket", label_text(metric.label, number_text(bucket.upper_bound)),
                  static_cast<double>(bucket.cumulative_count));
  }
  const auto labels = label_text(metric.label);
  append_sample(out, name + "_sum", labels, metric.histogram.sample_sum);
  append_sample(out, name + "_count", labels, static_cast<double>(metric.histogram.sample_count));
}

void append_family(std::string& out, prometheus::MetricFamily& family) {
  using prometheus::MetricType;
  if (family.metric.empty()) return;
  const std::string type = family.type == MetricType::Counter ? "counter"
                           : family.type == MetricType::Gauge ? "gauge"
                                                              : "histogram";
  append_escaped(((out += "# HELP ") += family.name) += ' ', family.help, false);
  ((((out += "\n# TYPE ") += family.name) += ' ') += type) += '\n';
  std::stable_sort(family.metric.begin(), family.metric.end(),
                   [](const auto& a, const auto& b) { return a.label < b.label; });
  std::string previous = "none";
  for (const auto& metric : family.metric) {
    auto labels = label_text(metric.label);
    if (labels == previous) continue;  // a scraper refuses the page over a sample that comes twice
    if (family.type == MetricType::Histogram)
      append_histogram(out, family.name, metric);
    else
      append_sample(out, family.name, labels,
                    family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value);
    previous = std::move(labels);
  }
}

bool is_name(std::string_view text, bool colon) {
  const auto letter = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colon && c == ':');
  };
  return !text.empty() && letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void check_labels(const Labels& labels) {
  for (const auto& [name, value] : labels)
    PALPO_CHECK(is_name(name, false) && name != "le" && !name.starts_with("__"));
}

LabelList label_list(const Labels& labels) {
  LabelList list;
  for (const auto& [name, value] : labels) list.push_back({name, value});
  return list;
}

// Computes its family when it is scraped.
class CollectedFamily {
 public:
  CollectedFamily(std::string name, std::string help, SampleType type,
                  std::function<std::vector<Sample>()> collect)
      : name_(std::move(name)), help_(std::move(help)), type_(type), collect_(std::move(collect)) {}

  prometheus::MetricFamily collect() const {
    prometheus::MetricFamily family{name_, help_, prometheus::MetricType::Gauge, {}};
    if (type_ == SampleType::counter) family.type = prometheus::MetricType::Counter;
    if (type_ == SampleType::histogram) family.type = prometheus::MetricType::Histogram;
    for (const auto& sample : collect_()) {
      check_labels(sample.labels);
      auto& metric = family.metric.emplace_back();
      metric.label = label_list(sample.labels);
      if (type_ == SampleType::counter)
        metric.counter.value = sample.value;
      else if (type_ == SampleType::gauge)
        metric.gauge.value = sample.value;
      else
        metric.histogram = histogram_of(sample);
    }
    return family;
  }

 private:
  static prometheus::ClientMetric::Histogram histogram_of(const Sample& sample) {
    prometheus::ClientMetric::Histogram histogram;
    histogram.sample_sum = sample.value;
    for (const auto& [bound, count] : sample.buckets) {
      histogram.bucket.push_back({count, bound});
      histogram.sample_count = count;
    }
    return histogram;
  }

  std::string name_;
  std::string help_;
  SampleType type_;
  std::function<std::vector<Sample>()> collect_;
};

}  // namespace

void Counter::add(double amount) const {
  PALPO_CHECK(handle_ != nullptr);
  static_cast<prometheus::Counter*>(handle_)->Increment(amount);
}

void Gauge::set(double value) const {
  PALPO_CHECK(handle_ != nullptr);
  static_cast<prometheus::Gauge*>(handle_)->Set(value);
}

void Histogram::observe(double value) const {
  PALPO_CHECK(handle_ != nullptr);
  static_cast<prometheus::Histogram*>(handle_)->Observe(value);
}

struct Metrics::State {
  enum class Kind { counter, gauge, histogram, collected };

  // A name is one kind of family for good, described once and by whoever came first.
  void claim(const std::string& name, Kind kind) {
    PALPO_CHECK(is_name(name, true));
    const std::lock_guard lock(mutex);
    const auto [entry, fresh] = kinds.emplace(name, kind);
    PALPO_CHECK(fresh || (entry->second == kind && kind != Kind::collected));
  }

  mutable std::mutex mutex;
  std::map<std::string, Kind> kinds;
  std::vector<std::shared_ptr<const CollectedFamily>> collected;
  prometheus::Registry registry;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  state_->claim(name, State::Kind::counter);
  check_labels(labels);
  Counter result;
  result.handle_ = &prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry).Add(labels);
  return result;
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  state_->claim(name, State::Kind::gauge);
  check_labels(labels);
  Gauge result;
  result.handle_ = &prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add(labels);
  return result;
}

Histogram Metrics::histogram(const std::string& name, const std::string& help,
                             const std::vector<double>& buckets, const Labels& labels) {
  state_->claim(name, State::Kind::histogram);
  check_labels(labels);
  PALPO_CHECK(std::adjacent_find(buckets.begin(), buckets.end(), std::greater_equal<>()) == buckets.end());
  Histogram result;
  result.handle_ =
      &prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry).Add(labels, buckets);
  return result;
}

void Metrics::collected(const std::string& name, const std::string& help, SampleType type,
                        std::function<std::vector<Sample>()> collect) {
  state_->claim(name, State::Kind::collected);
  auto family = std::make_shared<const CollectedFamily>(name, help, type, std::move(collect));
  const std::lock_guard lock(state_->mutex);
  state_->collected.push_back(std::move(family));
}

std::string Metrics::expose() const {
  auto families = state_->registry.Collect();
  decltype(state_->collected) collected;
  {
    const std::lock_guard lock(state_->mutex);
    collected = state_->collected;
  }
  for (const auto& family : collected) families.push_back(family->collect());
  std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::string out;
  for (auto& family : families) append_family(out, family);
  return out;
}

}  // namespace palpo
