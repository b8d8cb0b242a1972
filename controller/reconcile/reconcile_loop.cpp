// SPDX-License-Identifier: Apache-2.0
#include "controller/reconcile/reconcile_loop.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "controller/publish/families.h"
#include "controller/reconcile/describe.h"
#include "controller/reconcile/families.h"
#include "controller/reconcile/object_metrics.h"

namespace palpo::reconcile {
namespace {

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Of the name of a certificate, "namespace/name".
std::optional<kube::ObjectKey> key_of(const std::string& name) {
  const auto slash = name.find('/');
  if (slash == std::string::npos || name.find('/', slash + 1) != std::string::npos) return std::nullopt;
  return kube::ObjectKey{name.substr(0, slash), name.substr(slash + 1)};
}

// "Secret in the namespace a cannot be read: ...; waiting for the first list of: Service, EndpointSlice"
std::string waiting_text(const store::ClusterState& state) {
  std::string reasons, names;
  for (const auto& scope : state.waiting_for()) {
    const auto unreadable = state.unreadable().find(scope);
    if (unreadable == state.unreadable().end())
      names += (names.empty() ? "" : ", ") + scope.text();
    else
      reasons += (reasons.empty() ? "" : "; ") + scope.text() + " cannot be read: " + unreadable->second;
  }
  if (names.empty()) return reasons;
  return reasons + (reasons.empty() ? "" : "; ") + "waiting for the first list of: " + names;
}

}  // namespace

ReconcileLoop::ReconcileLoop(asio::io_context& io, translate::Options translation, Timing timing,
                             publish::Publisher& publisher, status::StatusPass& statuses, Metrics& metrics,
                             const std::vector<kube::Reading>& readings)
    : io_(io),
      timing_(timing),
      publisher_(publisher),
      statuses_(statuses),
      state_(translate::secret_fault, kube::scopes(readings)),
      by_labels_(
          std::ranges::any_of(readings, [](const auto& reading) { return !reading.label_selector.empty(); })),
      translator_(std::move(translation)),
      translation_timer_(io),
      status_timer_(io),
      patience_timer_(io),
      look_again_timer_(io),
      turn_timer_(io),
      translations_(metrics.counter(families::kRuns)),
      translation_seconds_(metrics.histogram(families::kDuration)),
      programmed_seconds_(metrics.histogram(publish::families::kProgrammed)) {
  expose_object_metrics(metrics, [this] {
    return ObjectView{&state_, translation_, &publisher_.state().refused};
  });
  metrics.collected(families::kManifestFaults, [this] {
    return std::vector<Sample>{{{}, static_cast<double>(faults_.size())}};
  });
  publisher_.on_state([this](const publish::PublishState&) { on_publish_state(); });
  publisher_.on_recalled([this](const auto& certificates) { on_recalled(certificates); });
  look_again_later();
}

kube::SourceSink ReconcileLoop::sink() {
  return
      [this](kube::SourceEvent event) { asio::post(io_, [this, event = std::move(event)] { take(event); }); };
}

void ReconcileLoop::take(const kube::SourceEvent& event) {
  if (const auto* fault = std::get_if<kube::SourceFault>(&event)) {
    if (fault->message.empty()) {
      faults_.erase(fault->where);
    } else {
      faults_[fault->where] = fault->message;
      log_warning("source.fault", fault->message, {{"where", fault->where}});
    }
    return;
  }
  if (const auto* broke = std::get_if<kube::Broke>(&event))
    log_warning("source.broken", "an object is invalid; its last valid form is kept",
                {{"kind", kube::info(broke->object.kind).name},
                 {"object", broke->object.meta.key.text()},
                 {"reason", broke->object.fault.text()}});
  if (const auto* unreadable = std::get_if<kube::Unreadable>(&event); unreadable && unreadable->news)
    log_warning(
        "source.unreadable",
        unreadable->absent ? "a kind cannot be read; the others are enough" : "a kind cannot be read now",
        {{"kind", kube::info(unreadable->kind).name},
         {"namespace", unreadable->namespace_.empty() ? "*" : unreadable->namespace_},
         {"reason", unreadable->message}});
  if (const auto* deleted = std::get_if<kube::Deleted>(&event); deleted && by_labels_)
    statuses_.leave(state_, *deleted);
  note(event);
  const bool was_synced = state_.synced();
  if (state_.apply(event) || (!was_synced && state_.synced())) changed();
  arm_statuses();
}

// A status may have been changed by somebody else, too.
void ReconcileLoop::note(const kube::SourceEvent& event) {
  if (const auto* changed = std::get_if<kube::Changed>(&event))
    statuses_.note({kube::kind_of(changed->object), kube::meta_of(changed->object).key});
  else if (const auto* broke = std::get_if<kube::Broke>(&event))
    statuses_.note({broke->object.kind, broke->object.meta.key});
  else if (const auto* deleted = std::get_if<kube::Deleted>(&event))
    statuses_.note({deleted->kind, deleted->key});
  else if (const auto* replaced = std::get_if<kube::Replaced>(&event);
           replaced && is_authored(replaced->kind))
    statuses_.look_again();
}

void ReconcileLoop::changed() {
  if (!dirty_) first_change_ = Clock::now();
  dirty_ = true;
  arm_translation();
}

// Restarted by every event, but never beyond the longest wait: a stream of events cannot hold a change back.
void ReconcileLoop::arm_translation() {
  if (!state_.synced()) return;
  translation_timer_.expires_at(std::min(Clock::now() + timing_.quiet, first_change_ + timing_.longest_wait));
  translation_timer_.async_wait([this](error_code failed) {
    if (!failed && dirty_) translate();
  });
}

void ReconcileLoop::translate() {
  const auto begin = Clock::now();
  dirty_ = false;
  translation_ = &translator_.translate(state_, state_.take_dirty());
  for (const auto& id : translation_->changed_reports) statuses_.note(id);
  ++generation_;
  translations_.add();
  tell_findings();
  translation_seconds_.observe(seconds_since(begin));
  log_debug("translation.done", "translated the cluster's objects",
            {{"generation", generation_},
             {"hosts", translation_->snapshot.hosts.size()},
             {"clusters", translation_->snapshot.clusters.size()}});
  if (!std::exchange(waiting_for_ack_, true)) published_at_ = first_change_;
  publisher_.publish(translation_->change, translation_->keys, generation_,
                     translation_->missing_certificates);
  forget_lost_secrets();
  tell_missing_secrets();
  arm_turn();
}

void ReconcileLoop::on_missing_secrets(std::function<void(std::set<kube::ObjectKey>)> listener) {
  missing_secrets_ = std::move(listener);
}

void ReconcileLoop::tell_missing_secrets() const {
  if (!missing_secrets_) return;
  std::set<kube::ObjectKey> missing;
  for (const auto& name : translation_->missing_certificates) {
    auto key = key_of(name);
    // Nobody asks for what is out of reach anyway.
    if (key && !state_.find<kube::Secret>(*key) && state_.reads(kube::Kind::secret, *key))
      missing.insert(*std::move(key));
  }
  missing_secrets_(std::move(missing));
}

// Later turns are armed by a later look: a clock that is set meanwhile does no harm.
void ReconcileLoop::arm_turn() {
  turn_timer_.cancel();
  const auto& turn = translation_->next_turn;
  const auto now = WallClock::now();
  if (!turn || *turn > now + timing_.look_again) return;
  turn_timer_.expires_after(*turn - now);
  turn_timer_.async_wait([this](error_code failed) {
    if (!failed) changed();
  });
}

// Nobody's private key is kept for longer than somebody is served by it.
void ReconcileLoop::forget_lost_secrets() {
  const auto& served = translation_->snapshot.certificates;
  if (state_.forget_lost_secrets([&](const kube::ObjectKey& key) { return served.contains(key.text()); }))
    changed();
}

// At once: the data plane waits for what becomes of it.
void ReconcileLoop::on_recalled(const publish::Publisher::Recalled& certificates) {
  bool news = false;
  for (const auto& certificate : certificates) {
    const auto key = key_of(certificate->value.name);
    if (key) news = state_.recall_secret(*key, certificate->value.chain_pem) || news;
  }
  if (!news) return;
  if (!dirty_) first_change_ = Clock::now();
  translate();
}

void ReconcileLoop::tell_findings() {
  if (translation_->findings == told_findings_) return;
  told_findings_ = translation_->findings;
  for (const auto& finding : told_findings_)
    log_warning("settings.finding", finding.message, {{"reason", finding.reason}});
}

void ReconcileLoop::on_publish_state() {
  const auto& state = publisher_.state();
  if (waiting_for_ack_ && state.current && state.generation == generation_) {
    waiting_for_ack_ = false;
    programmed_seconds_.observe(seconds_since(published_at_));
  }
  arm_statuses();
}

// A pass may go over every object: it may not take more than a small part of the loop's time.
void ReconcileLoop::arm_statuses() {
  if (status_armed_ || translation_ == nullptr) return;
  status_armed_ = true;
  status_timer_.expires_after(std::max<std::chrono::nanoseconds>(timing_.status_delay, 5 * last_pass_));
  status_timer_.async_wait([this](error_code failed) {
    if (failed) return;
    status_armed_ = false;
    write_statuses();
  });
}

void ReconcileLoop::write_statuses() {
  const auto& published = publisher_.state();
  const bool acknowledged = published.current && published.generation == generation_;
  const auto patience_ends = published_at_ + timing_.patience;
  if (!acknowledged && !published.peers.empty() && Clock::now() < patience_ends) {
    // The acknowledgement brings us back here.
    patience_timer_.expires_at(patience_ends);
    patience_timer_.async_wait([this](error_code failed) {
      if (!failed) arm_statuses();
    });
    return;
  }
  const auto begin = Clock::now();
  statuses_.run(state_, *translation_,
                {.acknowledged = acknowledged,
                 .any_data_plane = !published.peers.empty(),
                 .refused = published.refused});
  last_pass_ = Clock::now() - begin;
}

void ReconcileLoop::look_again_later() {
  look_again_timer_.expires_after(timing_.look_again);
  look_again_timer_.async_wait([this](error_code failed) {
    if (failed) return;
    if (translation_ != nullptr) {  // the clock may have been set
      first_change_ = Clock::now();
      translate();
    }
    statuses_.look_again();
    arm_statuses();
    look_again_later();
  });
}

std::string ReconcileLoop::not_ready() const {
  if (!state_.synced()) return waiting_text(state_);
  if (translation_ == nullptr) return "the first translation is still to come";
  if (publisher_.state().peers.empty()) return "no data plane is connected";
  return {};
}

std::string ReconcileLoop::remarks() const {
  std::string remarks;
  for (const auto& [scope, message] : state_.unreadable())
    if (!state_.absent().contains(scope))
      remarks += "serving what was last known of " + scope.text() + ": " + message + "\n";
  return remarks;
}

void ReconcileLoop::tell_all_again() {
  statuses_.look_again();
  arm_statuses();
}

std::string ReconcileLoop::describe(const std::optional<lease::Standing>& standing) const {
  return describe_json({.generation = generation_,
                        .not_ready = not_ready(),
                        .faults = &faults_,
                        .state = &state_,
                        .translation = translation_,
                        .publish = &publisher_.state(),
                        .published = &publisher_.published(),
                        .standing = standing});
}

}  // namespace palpo::reconcile
