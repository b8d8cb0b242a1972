// SPDX-License-Identifier: Apache-2.0
#include "controller/publish/peer.h"

#include <utility>

#include "dataplane/api/delta.h"

namespace palpo::publish {

Result<Peer::Step> Peer::receive(api::FrameKind kind, std::string_view payload) {
  if (state_ == State::waiting_for_hello && kind != api::FrameKind::hello)
    return invalid("its first frame is " + std::string(to_string(kind)) + ", not hello");
  switch (kind) {
    case api::FrameKind::hello:
      return on_hello(payload);
    case api::FrameKind::ack:
      return on_ack(payload);
    case api::FrameKind::nack:
      return on_nack(payload);
    case api::FrameKind::recalled:
      return on_recalled(payload);
    default:
      return invalid("a data plane does not send " + std::string(to_string(kind)) + " frames");
  }
}

Peer::Step Peer::want(PublishedRef wanted) {
  wanted_ = std::move(wanted);
  Step step;
  proceed(step);
  return step;
}

Peer::Step Peer::retry() {
  Step step;
  if (state_ != State::refused) return step;
  refused_.reset();
  proceed(step);
  return step;
}

Peer::Step Peer::resume() {
  Step step;
  if (state_ != State::recalling) return step;
  state_ = State::in_sync;
  proceed(step);
  return step;
}

// Only what another process published can hold something that this one does not know.
bool Peer::recall(Step& step) {
  if (asked_ || !serving_ || base_ || missing_.empty()) return false;
  asked_ = true;
  recalls_ = missing_;
  step.frames.push_back(
      {api::FrameKind::recall, encode(api::Recall{{recalls_.begin(), recalls_.end()}}), nullptr});
  state_ = State::recalling;
  return true;
}

Result<Peer::Step> Peer::on_recalled(std::string_view payload) {
  auto recalled = api::decode_recalled(payload);
  if (!recalled) return recalled.error().within("recalled");
  if (state_ != State::recalling) return invalid("recalled: nothing was asked for");
  Step step;
  for (auto& certificate : recalled->certificates)
    if (!recalls_.erase(certificate->value.name))
      return invalid("recalled: " + certificate->value.name + " was not asked for");
  step.recalled = std::move(recalled->certificates);
  return step;
}

Result<Peer::Step> Peer::on_hello(std::string_view payload) {
  if (state_ != State::waiting_for_hello) return invalid("a second hello");
  auto hello = api::decode_hello(payload);
  if (!hello) return hello.error().within("hello");
  state_ = State::in_sync;
  serving_ = hello->version;
  base_ = serving_ ? history_.find(*serving_) : nullptr;
  if (!base_ && wanted_ && serving_ == wanted_->version) base_ = wanted_;
  held_keys_ = {hello->key_ids.begin(), hello->key_ids.end()};
  Step step;
  step.frames.push_back(
      {api::FrameKind::welcome, encode(api::Welcome{api::kProtocol, PALPO_VERSION}), nullptr});
  step.acknowledged = wanted_ && serving_ == wanted_->version;
  step.hello = std::move(*hello);
  proceed(step);
  return step;
}

Result<Peer::Step> Peer::on_ack(std::string_view payload) {
  auto ack = api::decode_ack(payload);
  if (!ack) return ack.error().within("ack");
  if (!in_flight_) return invalid("ack: no update is in flight");
  if (ack->seq != in_flight_->seq)
    return invalid("ack: seq " + std::to_string(ack->seq) + ", in flight is " +
                   std::to_string(in_flight_->seq));
  if (ack->version != in_flight_->target->version)
    return invalid("ack: version " + ack->version.hex() + " is not that of update " +
                   std::to_string(ack->seq));
  base_ = in_flight_->target;
  serving_ = base_->version;
  refused_.reset();
  whole_ = false;
  state_ = State::in_sync;
  decided();
  Step step;
  step.acknowledged = true;
  proceed(step);
  return step;
}

Result<Peer::Step> Peer::on_nack(std::string_view payload) {
  auto nack = api::decode_nack(payload);
  if (!nack) return nack.error().within("nack");
  if (!in_flight_) return invalid("nack: no update is in flight");
  if (nack->seq != in_flight_->seq)
    return invalid("nack: seq " + std::to_string(nack->seq) + ", in flight is " +
                   std::to_string(in_flight_->seq));
  const InFlight was = *in_flight_;
  if (nack->serving != serving_) {
    serving_ = nack->serving;
    base_ = serving_ ? history_.find(*serving_) : nullptr;
  }
  decided();
  state_ = State::refused;
  Step step;
  // The difference did not fit what it has (another base, another digest): the whole will.
  whole_ = nack->faults.empty() && !was.full;
  if (!whole_) refused_ = was.target->version;
  step.refusal = Refusal{was.target, std::move(nack->reason), std::move(nack->faults)};
  proceed(step);
  return step;
}

void Peer::proceed(Step& step) {
  if (state_ == State::waiting_for_hello || state_ == State::recalling || in_flight_ || !wanted_) return;
  if (serving_ == wanted_->version) {
    state_ = State::in_sync;
    refused_.reset();
    return;
  }
  if (refused_ == wanted_->version) {
    state_ = State::refused;
    return;
  }
  if (!recall(step)) send_update(step);
}

api::Delta Peer::delta_from(const PublishedRef& base) const {
  if (!base) return api::diff({}, *wanted_->snapshot);
  if (wanted_->step && wanted_->step->from == base->version) return wanted_->step->delta;
  return api::diff(*base->snapshot, *wanted_->snapshot);
}

void Peer::send_update(Step& step) {
  const bool full = whole_ || !base_;
  api::Update update;
  update.seq = ++last_seq_;
  if (!full) update.base = base_->version;
  update.version = wanted_->version;
  update.delta = delta_from(full ? nullptr : base_);
  std::string payload = encode(update);
  if (payload.size() > payload_limit(api::FrameKind::update)) {
    state_ = State::refused;
    refused_ = wanted_->version;
    step.refusal = Refusal{wanted_,
                           "the update has " + std::to_string(payload.size()) + " bytes, a frame takes " +
                               std::to_string(payload_limit(api::FrameKind::update)),
                           {}};
    return;
  }
  for (const auto& certificate : update.delta.put_certificates) {
    const auto& id = certificate->value.key_id;
    const auto key = wanted_->keys->find(id);
    if (key == wanted_->keys->end() || !key->second || !held_keys_.insert(id).second) continue;
    step.frames.push_back({api::FrameKind::key, {}, key->second});
  }
  step.frames.push_back({api::FrameKind::update, std::move(payload), nullptr});
  const auto is_certificate = [](const api::ResourceId& id) {
    return id.kind == api::ResourceKind::certificate;
  };
  // The first one decides about keys left over from an earlier connection, too.
  const bool certificates = update.seq == 1 || !update.delta.put_certificates.empty() ||
                            std::ranges::any_of(update.delta.drop, is_certificate);
  in_flight_ = InFlight{update.seq, wanted_, full, certificates};
  state_ = State::updating;
}

// A data plane keeps the keys of what it serves and forgets others once an update is decided.
void Peer::decided() {
  if (!std::exchange(in_flight_, std::nullopt)->certificates) return;
  if (!base_) return held_keys_.clear();
  std::set<std::string> served;
  for (const auto& [name, certificate] : base_->snapshot->certificates) {
    const auto& id = certificate->value.key_id;
    if (held_keys_.contains(id)) served.insert(id);
  }
  held_keys_ = std::move(served);
}

}  // namespace palpo::publish
