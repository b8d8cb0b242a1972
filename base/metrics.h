// SPDX-License-Identifier: Apache-2.0
// Process-wide metrics over prometheus-cpp's registry, written by our own text writer (the package's does not
// escape HELP and lets invalid UTF-8 through). Handles are cheap to copy and thread-safe; look them up once,
// not per event. A family that breaks the rules of metric_family.h is not registered: the program ends at its
// start. The values of labels come from configuration only.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metric_family.h"

namespace palpo {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  void add(double amount = 1) const;

 private:
  friend class Metrics;
  void* handle_ = nullptr;  // owned by the registry, which outlives every handle
};

class Gauge {
 public:
  void set(double value) const;

 private:
  friend class Metrics;
  void* handle_ = nullptr;
};

class Histogram {
 public:
  void observe(double value) const;

 private:
  friend class Metrics;
  void* handle_ = nullptr;
};

// A family computed at scrape time, for counters kept elsewhere (per worker, per host).
struct Bucket {
  double upper_bound = 0;
  std::uint64_t count = 0;  // of everything up to the bound
};
struct Sample {
  Labels labels;
  double value = 0;                  // of a histogram: the sum
  std::vector<Bucket> buckets = {};  // of a histogram: all of them, the last one's bound is infinite
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // family: a constant. labels: a value for each label that it names.
  Counter counter(const MetricFamily& family, const Labels& labels = {});
  Gauge gauge(const MetricFamily& family, const Labels& labels = {});
  Histogram histogram(const MetricFamily& family, const Labels& labels = {});
  // collect runs on the scraping thread.
  void collected(const MetricFamily& family, std::function<std::vector<Sample>()> collect);

  // Text format 0.0.4, families sorted by name, every text escaped and made valid UTF-8.
  std::string expose() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace palpo
