// SPDX-License-Identifier: Apache-2.0
// Where objects come from, and what an API server has beside it: who of several controllers writes, the
// writer of statuses, the types of Secrets. Main thread, at start and at the end.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "controller/commands/run_options.h"
#include "controller/kube/scope.h"
#include "controller/kube/secret_types.h"
#include "controller/kube/source.h"
#include "controller/lease/candidate.h"
#include "controller/status/status_writer.h"

namespace palpo::commands {

struct Origin {
  std::unique_ptr<kube::Source> source;
  std::unique_ptr<lease::Candidate> candidate;   // null: no election, this controller writes
  std::unique_ptr<status::StatusWriter> writer;  // null: nobody to tell
  std::unique_ptr<kube::SecretTypes> secret_types;

  std::optional<lease::Standing> standing() const;
  // Begins to write, or to stand for election. on_lead: this controller has begun to lead; any thread.
  void start_writing(std::function<void()> on_lead);
  // Nothing is written after it returns, and the Lease is another's to take.
  void stop_writing();
};

// What is read of a cluster; of a directory everything is.
std::vector<kube::Reading> readings_of(const RunOptions& options);

Result<Origin> open_origin(const RunOptions& options, const std::string& manager, Metrics& metrics);

}  // namespace palpo::commands
