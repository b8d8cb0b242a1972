// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/subscription.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "dataplane/api/delta.h"
#include "dataplane/api/validate.h"
#include "dataplane/api/version.h"

namespace palpo::config {
namespace {

// A controller that sends more never sends the update. Their ids, 67 bytes each, must fit a hello.
constexpr std::size_t kMaxKeys = 60'000;

std::string text_of(const std::optional<Digest>& version) { return version ? version->hex() : "nothing"; }

std::string count_of(std::size_t faults) {
  return faults == 1 ? "1 resource was refused" : std::to_string(faults) + " resources were refused";
}

}  // namespace

std::vector<Action> Subscription::step(Input input) {
  return std::visit([this](auto&& happened) { return on(std::forward<decltype(happened)>(happened)); },
                    std::move(input));
}

const Candidate& Subscription::candidate() const {
  PALPO_CHECK(candidate_.has_value());
  return *candidate_;
}

Subscription::Actions Subscription::on(Connected) {
  PALPO_CHECK(link_ == Link::down);
  link_ = Link::holding;
  return work_ == Work::idle ? hello() : Actions{};
}

Subscription::Actions Subscription::on(Disconnected) {
  link_ = Link::down;
  if (work_ == Work::idle) forget_other_keys();
  return {};
}

Subscription::Actions Subscription::on(Received input) {
  const api::Frame& frame = input.frame;
  if (link_ == Link::down) return {};
  const bool greeted = link_ == Link::ready;
  switch (frame.kind) {
    case api::FrameKind::welcome:
      if (link_ == Link::greeting) return on_welcome(frame);
      break;
    case api::FrameKind::key:
      if (greeted) return on_key(frame);
      break;
    case api::FrameKind::update:
      if (greeted) return on_update(frame);
      break;
    case api::FrameKind::recall:
      if (greeted) return on_recall(frame);
      break;
    default:
      break;
  }
  return close("the controller sent " + std::string(to_string(frame.kind)) +
               (greeted ? " where a key or an update belongs" : " where its welcome belongs"));
}

Subscription::Actions Subscription::on_welcome(const api::Frame& frame) {
  const auto welcome = api::decode_welcome(frame.payload);
  if (!welcome) return close(welcome.error().message);
  link_ = Link::ready;
  return {};
}

Subscription::Actions Subscription::on_key(const api::Frame& frame) {
  if (work_ != Work::idle) return close("the controller sent a key while an update is in flight");
  auto key = api::decode_key(frame.secret);
  if (!key) return close(key.error().message);
  if (keys_.size() >= kMaxKeys)
    return close("the controller sent more than " + std::to_string(kMaxKeys) + " keys");
  keys_in_doubt_ = true;
  const std::string id = key->key_id;
  keys_.insert_or_assign(id, std::make_shared<const api::PrivateKey>(*std::move(key)));
  return {};
}

Subscription::Actions Subscription::on_update(const api::Frame& frame) {
  if (work_ != Work::idle) return close("the controller sent an update while another is in flight");
  auto update = api::decode_update(frame.payload);
  if (!update) return close(update.error().message);
  return begin(*std::move(update));
}

// At any time: what is served now.
Subscription::Actions Subscription::on_recall(const api::Frame& frame) {
  const auto recall = api::decode_recall(frame.payload);
  if (!recall) return close(recall.error().message);
  api::Recalled recalled;
  for (const auto& name : recall->names)
    if (const auto found = serving_.certificates.find(name); found != serving_.certificates.end())
      recalled.certificates.push_back(found->second);
  return {SendRecalled{std::move(recalled)}};
}

Subscription::Actions Subscription::begin(api::Update update) {
  if (update.base && update.base != version_) {
    return refuse(update.seq, "the update goes from version " + text_of(update.base) + ", served is " +
                                  text_of(version_));
  }
  static const api::Snapshot kNothing;
  auto next = api::apply(update.base ? take_spare() : kNothing, update.delta);
  if (!next) return refuse(update.seq, next.error().message);
  auto faults = api::validate_change(*next, update.delta);
  for (auto& fault : missing_keys(update.delta)) faults.push_back(std::move(fault));
  if (!faults.empty()) return refuse(update.seq, std::move(faults));
  api::RunningVersion running = update.base ? running_ : api::RunningVersion();
  running.change(update.base ? serving_ : kNothing, update.delta);
  if (const Digest version = running.value(); version != update.version) {
    return refuse(update.seq,
                  "the update's content has version " + version.hex() + ", it says " + update.version.hex());
  }
  if (version_ == update.version) {
    forget_other_keys();
    return {SendAck{{update.seq, update.version}}};
  }
  Candidate candidate{update.seq, *std::move(next), std::move(update.delta), update.version, running};
  if (!update.base && version_) {  // what did not change stays the same object
    candidate.delta = api::diff(serving_, candidate.snapshot);
    auto shared = api::apply(take_spare(), candidate.delta);
    PALPO_CHECK(shared.ok());
    candidate.snapshot = *std::move(shared);
  }
  candidate_ = std::move(candidate);
  work_ = Work::compiling;
  return {Compile{}};
}

std::vector<api::Fault> Subscription::missing_keys(const api::Delta& delta) const {
  std::vector<api::Fault> faults;
  for (const auto& certificate : delta.put_certificates) {
    const auto& value = certificate->value;
    if (keys_.contains(value.key_id)) continue;
    faults.push_back({{api::ResourceKind::certificate, value.name},
                      "the private key " + value.key_id + " has not been sent"});
  }
  return faults;
}

Subscription::Actions Subscription::on(Compiled input) {
  PALPO_CHECK(work_ == Work::compiling);
  if (input.faults.empty()) {
    work_ = Work::distributing;
    return {Distribute{}};
  }
  const std::uint64_t seq = candidate_->seq;
  work_ = Work::idle;
  candidate_.reset();
  if (link_ == Link::holding) {
    forget_other_keys();
    return hello();
  }
  return refuse(seq, std::move(input.faults));
}

Subscription::Actions Subscription::on(AllTaken) {
  PALPO_CHECK(work_ == Work::distributing);
  work_ = Work::idle;
  Candidate taken = *std::exchange(candidate_, std::nullopt);
  auto spare = api::apply(std::exchange(serving_, std::move(taken.snapshot)), taken.delta);
  PALPO_CHECK(spare.ok());
  spare_ = *std::move(spare);
  version_ = taken.version;
  running_ = taken.running;
  const auto is_certificate = [](const api::ResourceId& id) {
    return id.kind == api::ResourceKind::certificate;
  };
  if (!taken.delta.put_certificates.empty() || std::ranges::any_of(taken.delta.drop, is_certificate)) {
    keys_in_doubt_ = true;
  }
  forget_other_keys();
  if (link_ == Link::holding) return hello();
  if (link_ == Link::ready) return {SendAck{{taken.seq, *version_}}};
  return {};
}

// A copy of what is served, at no cost unless the last update was refused.
api::Snapshot Subscription::take_spare() {
  if (!spare_) return serving_;
  return *std::exchange(spare_, std::nullopt);
}

Subscription::Actions Subscription::refuse(std::uint64_t seq, std::string reason) {
  forget_other_keys();
  if (link_ != Link::ready) return {};  // its sender is gone
  return {SendNack{{seq, version_, std::move(reason), {}}}};
}

Subscription::Actions Subscription::refuse(std::uint64_t seq, std::vector<api::Fault> faults) {
  auto actions = refuse(seq, count_of(faults.size()));
  if (!actions.empty()) std::get<SendNack>(actions.front()).nack.faults = std::move(faults);
  return actions;
}

Subscription::Actions Subscription::close(std::string reason) {
  on(Disconnected{});
  return {Close{std::move(reason)}};
}

Subscription::Actions Subscription::hello() {
  link_ = Link::greeting;
  api::Hello message;
  message.release = PALPO_VERSION;
  message.version = version_;
  for (const auto& [id, key] : keys_) message.key_ids.push_back(id);
  return {SendHello{std::move(message)}};
}

void Subscription::forget_other_keys() {
  if (!std::exchange(keys_in_doubt_, false)) return;
  std::set<std::string_view> wanted;
  for (const auto& [name, certificate] : serving_.certificates) wanted.insert(certificate->value.key_id);
  std::erase_if(keys_, [&](const auto& entry) { return !wanted.contains(entry.first); });
}

}  // namespace palpo::config
