// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <mutex>

#include "base/check.h"
#include "base/printable.h"

namespace palpo {
namespace {

using LabelList = std::vector<prometheus::ClientMetric::Label>;

// In a fixed order, and each once: a scraper refuses the page over a sample that comes twice.
void sort_series(prometheus::MetricFamily& family) {
  const auto same = [](const auto& a, const auto& b) { return a.label == b.label; };
  std::ranges::stable_sort(family.metric, {}, &prometheus::ClientMetric::label);
  family.metric.erase(std::unique(family.metric.begin(), family.metric.end(), same), family.metric.end());
}

// Exactly those that the family names.
void check_labels(const MetricFamily& family, const Labels& labels) {
  const auto named = std::ranges::count_if(family.labels, [](auto label) { return !label.empty(); });
  PALPO_CHECK(labels.size() == static_cast<std::size_t>(named));
  for (const auto& [name, value] : labels) PALPO_CHECK(family.has_label(name));
}

Labels valid_labels(Labels labels) {
  for (auto& [name, value] : labels) value = valid_utf8(value);
  return labels;
}

// The serializer of prometheus-cpp escapes the values of labels, not this.
std::string help_of(const MetricFamily& family) {
  std::string text;
  for (const char c : valid_utf8(family.help)) {
    if (c == '\\')
      text += "\\\\";
    else if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
  return text;
}

LabelList label_list(const Labels& labels) {
  LabelList list;
  for (const auto& [name, value] : labels) list.push_back({name, valid_utf8(value)});
  return list;
}

// Computes its family when it is scraped.
class CollectedFamily {
 public:
  CollectedFamily(const MetricFamily& family, std::function<std::vector<Sample>()> collect)
      : family_(family), collect_(std::move(collect)) {}

  prometheus::MetricFamily collect() const {
    prometheus::MetricFamily result{
        std::string(family_.name), help_of(family_), prometheus::MetricType::Gauge, {}};
    if (family_.type == MetricType::counter) result.type = prometheus::MetricType::Counter;
    if (family_.type == MetricType::histogram) result.type = prometheus::MetricType::Histogram;
    for (const auto& sample : collect_()) {
      check_labels(family_, sample.labels);
      auto& metric = result.metric.emplace_back();
      metric.label = label_list(sample.labels);
      if (family_.type == MetricType::counter)
        metric.counter.value = sample.value;
      else if (family_.type == MetricType::gauge)
        metric.gauge.value = sample.value;
      else
        metric.histogram = histogram_of(sample);
    }
    return result;
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

  const MetricFamily& family_;
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
  // A name is one family for good; one that is collected has one collector.
  void claim(const MetricFamily& family, MetricType type, bool collects) {
    PALPO_CHECK(!family_fault(family) && family.type == type);
    const std::lock_guard lock(mutex);
    const auto [entry, fresh] = claims.emplace(family.name, Claim{&family, collects});
    PALPO_CHECK(fresh || (entry->second.family == &family && !collects && !entry->second.collects));
  }

  struct Claim {
    const MetricFamily* family;
    bool collects;
  };
  mutable std::mutex mutex;
  std::map<std::string_view, Claim> claims;
  std::vector<std::shared_ptr<const CollectedFamily>> collected;
  prometheus::Registry registry;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

namespace {
// builder: of prometheus-cpp for the family's type.
template <class Builder, class... Arguments>
void* add(Builder&& builder, const MetricFamily& family, prometheus::Registry& registry, const Labels& labels,
          const Arguments&... arguments) {
  check_labels(family, labels);
  return &builder.Name(std::string(family.name))
              .Help(help_of(family))
              .Register(registry)
              .Add(valid_labels(labels), arguments...);
}
}  // namespace

Counter Metrics::counter(const MetricFamily& family, const Labels& labels) {
  state_->claim(family, MetricType::counter, false);
  Counter result;
  result.handle_ = add(prometheus::BuildCounter(), family, state_->registry, labels);
  return result;
}

Gauge Metrics::gauge(const MetricFamily& family, const Labels& labels) {
  state_->claim(family, MetricType::gauge, false);
  Gauge result;
  result.handle_ = add(prometheus::BuildGauge(), family, state_->registry, labels);
  return result;
}

Histogram Metrics::histogram(const MetricFamily& family, const Labels& labels) {
  state_->claim(family, MetricType::histogram, false);
  const std::vector<double> bounds(family.buckets.begin(), family.buckets.end());
  Histogram result;
  result.handle_ = add(prometheus::BuildHistogram(), family, state_->registry, labels, bounds);
  return result;
}

void Metrics::collected(const MetricFamily& family, std::function<std::vector<Sample>()> collect) {
  state_->claim(family, family.type, true);
  auto made = std::make_shared<const CollectedFamily>(family, std::move(collect));
  const std::lock_guard lock(state_->mutex);
  state_->collected.push_back(std::move(made));
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
  std::erase_if(families, [](const auto& family) { return family.metric.empty(); });
  std::ranges::for_each(families, sort_series);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace palpo
