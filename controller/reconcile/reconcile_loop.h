// SPDX-License-Identifier: Apache-2.0
// The one loop: source events, data planes' answers and timers are inputs; it translates after a short quiet,
// publishes, and tells statuses once the data planes have acknowledged. One io_context thread; nobody calls
// backwards.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/asio.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "controller/kube/source.h"
#include "controller/lease/candidate.h"
#include "controller/publish/publisher.h"
#include "controller/status/status_pass.h"
#include "controller/store/cluster_state.h"
#include "controller/translate/certificates.h"
#include "controller/translate/translate.h"

namespace palpo::reconcile {

class ReconcileLoop {
 public:
  struct Timing {
    std::chrono::milliseconds quiet{2};          // without a further event before a translation
    std::chrono::milliseconds longest_wait{50};  // from the first event to the translation, come what may
    std::chrono::milliseconds status_delay{3};   // after an acknowledgement, to write several at once
    std::chrono::seconds patience{1};    // for acknowledgements, before statuses say what is waited for
    std::chrono::minutes look_again{5};  // at every status, whether anything has happened or not
  };

  // metrics are scraped on io's thread, and not when the loop is gone.
  ReconcileLoop(asio::io_context& io, translate::Options translation, Timing timing,
                publish::Publisher& publisher, status::StatusPass& statuses, Metrics& metrics,
                const std::vector<kube::Reading>& readings = kube::readings({}));

  // The sink for sources; thread-safe, posts into the loop.
  kube::SourceSink sink();

  // Who is told which Secrets objects name that are not known; called on the loop's thread.
  void on_missing_secrets(std::function<void(std::set<kube::ObjectKey>)> listener);

  // Why this controller is not ready; empty: it is.
  std::string not_ready() const;
  // Of a controller that is ready: what it cannot read now, a line per scope. Mostly empty.
  std::string remarks() const;
  // The whole picture for /config: JSON without secrets. standing: ours in the election; nullopt: there is
  // none.
  std::string describe(const std::optional<lease::Standing>& standing) const;
  // This controller has begun to write: whatever differs from what the objects say is to be wished again.
  void tell_all_again();

 private:
  void take(const kube::SourceEvent& event);
  void note(const kube::SourceEvent& event);
  void arm_translation();
  void translate();
  void tell_findings();
  void on_publish_state();
  void on_recalled(const publish::Publisher::Recalled& certificates);
  void forget_lost_secrets();
  void tell_missing_secrets() const;
  void changed();
  void arm_statuses();
  void write_statuses();
  void look_again_later();
  void arm_turn();

  asio::io_context& io_;
  Timing timing_;
  publish::Publisher& publisher_;
  status::StatusPass& statuses_;
  store::ClusterState state_;
  const bool by_labels_;  // an object that is deleted, by what we are told, may only have another label
  translate::Translator translator_;
  std::function<void(std::set<kube::ObjectKey>)> missing_secrets_;
  const translate::Translation* translation_ = nullptr;  // the newest; owned by the translator
  std::uint64_t generation_ = 0;                         // of the newest translation
  std::map<std::string, std::string> faults_;            // where -> message

  asio::steady_timer translation_timer_;
  bool dirty_ = false;
  Clock::time_point first_change_;
  asio::steady_timer status_timer_;
  bool status_armed_ = false;
  asio::steady_timer patience_timer_;
  asio::steady_timer look_again_timer_;
  asio::steady_timer turn_timer_;  // when the next certificate comes into or goes out of its time
  std::chrono::nanoseconds last_pass_{0};

  Counter translations_;
  Histogram translation_seconds_;
  Histogram programmed_seconds_;
  Clock::time_point published_at_;  // of the first event that waits for its acknowledgement
  bool waiting_for_ack_ = false;
  std::vector<translate::Finding> told_findings_;  // about nobody's object
};

}  // namespace palpo::reconcile
