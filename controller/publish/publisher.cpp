// SPDX-License-Identifier: Apache-2.0
#include "controller/publish/publisher.h"

#include <algorithm>
#include <chrono>
#include <list>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "controller/publish/peer.h"
#include "controller/publish/quarantine.h"
#include "controller/publish/session.h"
#include "controller/publish/versions.h"
#include "dataplane/api/unix_stream.h"

namespace palpo::publish {
namespace {

constexpr std::size_t kMaxPeers = 64;
constexpr std::chrono::seconds kHelloDeadline{10};
constexpr std::chrono::seconds kAnswerDeadline{120};  // a data plane compiles everything before it answers
constexpr std::chrono::seconds kRetryRefused{30};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::optional<double> timestamp(WallClock::time_point when) {
  if (when == WallClock::time_point()) return std::nullopt;
  return std::chrono::duration<double>(when.time_since_epoch()).count();
}

std::string short_text(const Digest& version) { return version.hex().substr(0, 12); }
std::string short_text(const std::optional<Digest>& version) {
  return version ? short_text(*version) : "none";
}

}  // namespace

struct Publisher::State : std::enable_shared_from_this<Publisher::State> {
  State(asio::io_context& context, Metrics& metrics) : io(context), acceptor(context), counters(metrics) {
    published = quarantine.select(versions.newest(), wanted_keys).published;
  }

  void publish(const api::Delta& change, std::shared_ptr<const api::KeyRing> keys, std::uint64_t generation,
               const std::set<std::string>& names) {
    if (missing != names) missing = names;
    versions.advance(change);
    wanted_keys = std::move(keys);
    state.generation = generation;
    started = true;
    refresh(&change);
  }

  // change: of what is wanted, since the last time; null: none.
  void refresh(const api::Delta* change = nullptr) {
    auto outcome = quarantine.select(versions.newest(), wanted_keys, change);
    report_held_back(outcome.refused);
    published = std::move(outcome.published);
    auto forgotten = history.remember(published);
    for (const auto& session : living()) perform(session, session->machine.want(published));
    asio::post(io, [forgotten = std::move(forgotten)] {});
    changed();
  }

  void add(std::shared_ptr<api::FrameChannel> channel) {
    if (sessions.size() >= kMaxPeers) {
      log_warning("publish.peer.refused", "too many data planes are connected",
                  {{"peer", channel->peer().text()}});
      return channel->close();
    }
    auto session = std::make_shared<Session>(io, history, missing, std::move(channel));
    sessions.push_back(session);
    counters.peers.set(static_cast<double>(sessions.size()));
    if (started) perform(session, session->machine.want(published));
    await(session, kHelloDeadline, "no hello");
    // Handlers that held the session itself would keep it and its channel alive in a circle.
    std::weak_ptr<State> self = weak_from_this();
    std::weak_ptr<Session> weak = session;
    session->channel->start({[self, weak](api::Frame frame) -> Result<void> {
                               const auto owner = self.lock();
                               const auto peer = weak.lock();
                               return owner && peer ? owner->receive(peer, frame) : Result<void>();
                             },
                             [self, weak](const Error& reason) {
                               const auto owner = self.lock();
                               const auto peer = weak.lock();
                               if (owner && peer) owner->lost(peer, reason);
                             }});
  }

  Result<void> receive(const std::shared_ptr<Session>& session, const api::Frame& frame) {
    const bool was_in_flight = session->machine.state() == Peer::State::updating;
    auto step = session->machine.receive(frame.kind, frame.payload);
    if (!step) return step.error();
    session->awaited = false;
    session->deadline.cancel();
    if (step->hello) greet(*session, *step->hello);
    if (step->recalled) return recalled(session, std::move(*step->recalled));
    if (was_in_flight) answered(*session, *step);
    perform(session, std::move(*step));
    changed();
    return {};
  }

  // Not from inside of a session's step: publishing walks all sessions.
  Result<void> recalled(const std::shared_ptr<Session>& session, Recalled certificates) {
    asio::post(io, [self = shared_from_this(), weak = std::weak_ptr(session),
                    certificates = std::move(certificates)] {
      const auto peer = weak.lock();
      if (self->stopped || !peer) return;
      log_info("publish.recalled", "a data plane still serves certificates whose Secrets no longer exist",
               {{"peer", peer->name}, {"certificates", certificates.size()}});
      if (self->recall_listener) self->recall_listener(certificates);
      self->perform(peer, peer->machine.resume());
      self->changed();
    });
    return {};
  }

  void greet(const Session& session, const api::Hello& hello) {
    log_info("publish.peer.connected", "a data plane connected",
             {{"peer", session.name}, {"release", hello.release}, {"serving", short_text(hello.version)}});
  }

  void answered(Session& session, const Peer::Step& step) {
    const double seconds = seconds_since(session.sent);
    counters.ack_seconds.observe(seconds);
    (step.acknowledged ? counters.acks : counters.nacks).add();
    if (step.acknowledged)
      session.owing_since.reset();
    else
      counters.last_refused = WallClock::now();
    if (step.acknowledged)
      log_debug("publish.acknowledged", "a data plane acknowledged the update",
                {{"peer", session.name},
                 {"version", short_text(session.machine.serving())},
                 {"milliseconds", std::to_string(seconds * 1000)}});
  }

  void perform(const std::shared_ptr<Session>& session, Peer::Step step) {
    if (session->closed) return;
    if (step.acknowledged)
      if (auto serves = history.find(*session->machine.serving())) quarantine.accepted(std::move(serves));
    for (auto& frame : step.frames) send(session, std::move(frame));
    if (step.refusal) refused(session, *step.refusal);
  }

  void send(const std::shared_ptr<Session>& session, Peer::Outgoing frame) {
    if (frame.key) {
      counters.keys.add();
      return session->channel->send_key(std::move(frame.key));
    }
    if (frame.kind == api::FrameKind::update) {
      counters.updates.add();
      counters.bytes.add(static_cast<double>(frame.payload.size()));
      session->sent = Clock::now();
      await(session, kAnswerDeadline, "no answer to an update");
    }
    if (frame.kind == api::FrameKind::recall) await(session, kHelloDeadline, "no answer to a recall");
    session->channel->send(frame.kind, std::move(frame.payload));
  }

  void refused(const std::shared_ptr<Session>& session, const Peer::Refusal& refusal) {
    std::string first = refusal.reason;
    if (!refusal.faults.empty())
      first = refusal.faults.front().resource.text() + ": " + refusal.faults.front().message;
    log_warning("publish.refused", "a data plane refused an update",
                {{"peer", session->name},
                 {"version", short_text(refusal.target->version)},
                 {"faults", refusal.faults.size()},
                 {"reason", first}});
    if (quarantine.refuse(*refusal.target, refusal.faults)) return schedule_refresh();
    if (session->machine.state() != Peer::State::refused) return;
    log_error("publish.stuck",
              "a data plane refused the update as a whole; it keeps serving its previous configuration",
              {{"peer", session->name}, {"reason", first}});
    retry_later(session);
  }

  // Not from inside of a session's step: it walks all sessions.
  void schedule_refresh() {
    if (refresh_scheduled) return;
    refresh_scheduled = true;
    asio::post(io, [self = shared_from_this()] {
      self->refresh_scheduled = false;
      if (!self->stopped) self->refresh();
    });
  }

  void retry_later(const std::shared_ptr<Session>& session) {
    session->retry.expires_after(kRetryRefused);
    session->retry.async_wait([self = weak_from_this(), weak = std::weak_ptr(session)](error_code code) {
      const auto owner = self.lock();
      const auto peer = weak.lock();
      if (!code && owner && peer) owner->perform(peer, peer->machine.retry());
    });
  }

  void await(const std::shared_ptr<Session>& session, std::chrono::seconds limit, const char* what) {
    session->awaited = true;
    session->deadline.expires_after(limit);
    session->deadline.async_wait([self = weak_from_this(), weak = std::weak_ptr(session), what,
                                  limit](error_code code) {
      const auto owner = self.lock();
      const auto peer = weak.lock();
      if (code || !owner || !peer || !peer->awaited || peer->deadline.expiry() > Clock::now()) return;
      peer->channel->close();
      owner->lost(
          peer, {ErrorKind::timeout, std::string(what) + " within " + std::to_string(limit.count()) + " s"});
    });
  }

  void lost(const std::shared_ptr<Session>& session, const Error& reason) {
    if (std::exchange(session->closed, true)) return;
    log_warning("publish.peer.gone", "a data plane disconnected",
                {{"peer", session->name}, {"reason", reason.message}});
    session->deadline.cancel();
    session->retry.cancel();
    sessions.remove(session);
    counters.peers.set(static_cast<double>(sessions.size()));
    changed();
  }

  void report_held_back(const Refusals& refused) {
    for (const auto& [id, words] : refused) {
      const auto known = state.refused.find(id);
      if (known == state.refused.end() || known->second != words)
        log_warning("publish.held_back", "a resource is held back because a data plane refused it",
                    {{"resource", id.text()}, {"reason", words}});
    }
    state.refused = refused;
    counters.held_back.set(static_cast<double>(refused.size()));
  }

  void changed() {
    state.wanted = published->version;
    state.peers.clear();
    for (const auto& session : sessions) {
      if (session->machine.state() == Peer::State::waiting_for_hello) continue;
      state.peers.push_back({session->name, session->machine.serving()});
      if (!started || session->machine.serving() == state.wanted)
        session->owing_since.reset();
      else if (!session->owing_since)
        session->owing_since = Clock::now();
    }
    state.current =
        started && !state.peers.empty() &&
        std::ranges::all_of(state.peers, [&](const auto& peer) { return peer.acknowledged == state.wanted; });
    if (state.current) counters.last_acknowledged = WallClock::now();
    if (notify_scheduled || !listener) return;
    notify_scheduled = true;
    asio::post(io, [self = shared_from_this()] {
      self->notify_scheduled = false;
      if (!self->stopped) self->listener(self->state);
    });
  }

  // Of the one that has owed for longest.
  double seconds_owing() const {
    double longest = 0;
    for (const auto& session : sessions)
      if (session->owing_since) longest = std::max(longest, seconds_since(*session->owing_since));
    return longest;
  }

  std::vector<std::shared_ptr<Session>> living() const { return {sessions.begin(), sessions.end()}; }

  void close() {
    stopped = true;
    acceptor.close();
    for (const auto& session : living()) {
      session->closed = true;
      session->deadline.cancel();
      session->retry.cancel();
      session->channel->close();
    }
    sessions.clear();
    counters.peers.set(0);
  }

  asio::io_context& io;
  api::FrameAcceptor acceptor;
  Counters counters;
  Quarantine quarantine;
  History history;
  Versions versions;  // of what is wanted
  std::shared_ptr<const api::KeyRing> wanted_keys = std::make_shared<const api::KeyRing>();
  PublishedRef published;
  std::list<std::shared_ptr<Session>> sessions;
  PublishState state;
  std::function<void(const PublishState&)> listener;
  std::set<std::string> missing;
  std::function<void(const Recalled&)> recall_listener;
  bool started = false;  // something has been published
  bool stopped = false;
  bool notify_scheduled = false;
  bool refresh_scheduled = false;
};

Publisher::Publisher(asio::io_context& io, Metrics& metrics) : state_(std::make_shared<State>(io, metrics)) {
  // One sample, or none. The metrics may outlive the publisher.
  const auto expose = [&](const MetricFamily& family, std::optional<double> (*read)(const State&)) {
    metrics.collected(family, [weak = std::weak_ptr(state_), read] {
      const auto state = weak.lock();
      const auto value = state ? read(*state) : std::nullopt;
      return value ? std::vector<Sample>{{{}, *value}} : std::vector<Sample>();
    });
  };
  expose(families::kUnacknowledged, [](const State& s) { return std::optional(s.seconds_owing()); });
  expose(families::kLastAcknowledged, [](const State& s) { return timestamp(s.counters.last_acknowledged); });
  expose(families::kLastRefused, [](const State& s) { return timestamp(s.counters.last_refused); });
}

Publisher::~Publisher() { close(); }

Result<void> Publisher::listen(const std::string& socket_path) {
  return state_->acceptor.listen(socket_path, {}, [self = std::weak_ptr(state_)](auto channel) {
    if (const auto state = self.lock()) state->add(std::move(channel));
  });
}

void Publisher::publish(const api::Delta& change, std::shared_ptr<const api::KeyRing> keys,
                        std::uint64_t generation, const std::set<std::string>& missing) {
  state_->publish(change, std::move(keys), generation, missing);
}

void Publisher::on_recalled(std::function<void(const Recalled&)> listener) {
  state_->recall_listener = std::move(listener);
}

void Publisher::on_state(std::function<void(const PublishState&)> listener) {
  state_->listener = std::move(listener);
}

const PublishState& Publisher::state() const { return state_->state; }

const api::Snapshot& Publisher::published() const { return *state_->published->snapshot; }

void Publisher::close() { state_->close(); }

}  // namespace palpo::publish
