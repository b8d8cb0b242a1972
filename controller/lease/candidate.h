// SPDX-License-Identifier: Apache-2.0
// This controller's part in the election: a thread that does what the Election says over a transport of its
// own, and the answer, to whoever wants to write, until when that may be. Thread-safe but for start() and
// stop().
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "controller/kube/meta.h"
#include "controller/kube/transport.h"
#include "controller/lease/election.h"

namespace palpo::lease {

// What people are shown.
struct Standing {
  kube::ObjectKey lease;
  std::string identity;
  std::string leader;  // empty: nobody, or not known
  bool leading = false;
  std::string trouble;  // why the Lease cannot be read or written now; empty: it can
};

class Candidate {
 public:
  // Called on the candidate's thread: this controller begins or ceases to lead.
  using Listener = std::function<void(bool leading)>;

  // The transport is nobody else's: a write that hangs must not hold up a renewal.
  Candidate(kube::ObjectKey lease, ElectionOptions options, std::shared_ptr<kube::Transport> transport,
            Metrics& metrics);
  ~Candidate();

  void start(Listener listener);
  // release: nothing that this controller has written is under way any more, so another may lead at once.
  void stop(bool release);

  // A write that begins now has to be over by then; nullopt: none may begin. Asked right before each.
  std::optional<BootClock::time_point> write_deadline() const;
  Standing standing() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace palpo::lease
