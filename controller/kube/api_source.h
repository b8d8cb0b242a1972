// SPDX-License-Identifier: Apache-2.0
// The API server as a Source: one reflector (a thread) a scope. Lists in pages of 500, watches with
// bookmarks, resumes by resourceVersion, relists after 410, backs off with jitter; a missing CRD or a right
// that is missing is reported and retried while the others work on.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "controller/kube/source.h"
#include "controller/kube/transport.h"
#include "controller/kube/watch_machine.h"

namespace palpo::kube {

struct ApiSourceOptions {
  std::vector<Reading> readings = kube::readings({});
  std::chrono::milliseconds first_backoff{200};
  std::chrono::milliseconds backoff_cap{10000};
  std::chrono::seconds watch_length{290};  // timeoutSeconds, jittered upward by a tenth
};

// transport is shared with the status writer and outlives the source.
std::unique_ptr<Source> make_api_source(const std::shared_ptr<Transport>& transport,
                                        const ApiSourceOptions& options, Metrics& metrics);

}  // namespace palpo::kube
