// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/api_source.h"

#include "controller/kube/families.h"
#include "controller/kube/reflector.h"
#include "controller/kube/sync_times.h"

namespace palpo::kube {
namespace {

class ApiSource final : public Source {
 public:
  ApiSource(const std::shared_ptr<Transport>& transport, const ApiSourceOptions& options, Metrics& metrics) {
    WatchOptions watch;
    const auto times = std::make_shared<SyncTimes>();
    metrics.collected(families::kLastSync, [times] { return times->samples(); });
    watch.first_backoff = options.first_backoff;
    watch.backoff_cap = options.backoff_cap;
    watch.watch_length = options.watch_length;
    for (const auto& reading : options.readings) {
      watch.seed = std::random_device{}();
      reflectors_.push_back(std::make_unique<Reflector>(reading, watch, transport, times, metrics));
    }
  }
  ~ApiSource() override { ApiSource::stop(); }

  void start(SourceSink sink) override {
    for (const auto& reflector : reflectors_) reflector->start(sink);
  }
  void stop() override {
    for (const auto& reflector : reflectors_) reflector->request_stop();
    for (const auto& reflector : reflectors_) reflector->join();
  }

 private:
  std::vector<std::unique_ptr<Reflector>> reflectors_;
};

}  // namespace

std::unique_ptr<Source> make_api_source(const std::shared_ptr<Transport>& transport,
                                        const ApiSourceOptions& options, Metrics& metrics) {
  return std::make_unique<ApiSource>(transport, options, metrics);
}

}  // namespace palpo::kube
