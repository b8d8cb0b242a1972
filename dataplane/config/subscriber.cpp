// SPDX-License-Identifier: Apache-2.0
#include "dataplane/config/subscriber.h"

#include <chrono>
#include <deque>
#include <utility>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "dataplane/api/unix_stream.h"
#include "dataplane/config/compile.h"
#include "dataplane/config/config_metrics.h"
#include "dataplane/config/subscription.h"

namespace palpo::config {
namespace {

constexpr Backoff::Duration kFirstWait{50};
constexpr Backoff::Duration kLongestWait{5000};
constexpr std::chrono::seconds kGoodConnection{5};  // one that lasted so long begins the waits anew
// The life of a session: a ticket's key is kept for one more turn, so tickets live one to two of them.
constexpr std::chrono::hours kTicketKeyTurn{2};

}  // namespace

struct Subscriber::State : std::enable_shared_from_this<Subscriber::State> {
  State(asio::io_context& context, std::string socket, std::vector<Deliver> workers, Metrics& registry)
      : io(context),
        path(std::move(socket)),
        metrics(registry),
        distributor(context, std::move(workers)),
        dial_timer(context),
        ticket_timer(context) {}

  void dial();
  void dial_later();
  void adopt(std::shared_ptr<api::FrameChannel> opened);
  void lost(const Error& reason);
  void rotate_tickets_later();
  void feed(Input input);

  void perform(SendHello& action);
  void perform(SendAck& action);
  void perform(SendNack& action);
  void perform(SendRecalled& action);
  void perform(Compile& action);
  void perform(Distribute& action);
  void perform(Close& action);

  asio::io_context& io;
  const std::string path;
  ConfigMetrics metrics;
  Subscription machine;
  Compiler compiler;
  Distributor distributor;
  Backoff backoff{kFirstWait, kLongestWait};
  asio::steady_timer dial_timer;
  asio::steady_timer ticket_timer;
  std::shared_ptr<api::FrameChannel> channel;
  Clock::time_point connected_at;
  ConfigPtr compiled;
  std::deque<Input> inputs;
  bool feeding = false;
  bool unreachable_logged = false;
  bool stopped = false;
};

void Subscriber::State::dial() {
  api::connect_frame_channel(io, path, {}, [weak = weak_from_this()](auto opened) {
    const auto self = weak.lock();
    if (!self || self->stopped) return;
    if (opened) return self->adopt(*std::move(opened));
    // Once an outage: the controller may be away for long.
    if (!std::exchange(self->unreachable_logged, true)) {
      log_warning("config.unreachable", "cannot connect to the controller; retrying",
                  {{"socket", self->path}, {"reason", opened.error().message}});
    }
    self->dial_later();
  });
}

void Subscriber::State::dial_later() {
  dial_timer.expires_after(backoff.next());
  dial_timer.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (!error && self && !self->stopped) self->dial();
  });
}

void Subscriber::State::adopt(std::shared_ptr<api::FrameChannel> opened) {
  unreachable_logged = false;
  channel = std::move(opened);
  connected_at = Clock::now();
  log_info("config.connected", "connected to the controller",
           {{"peer", channel->peer().text()}, {"socket", path}});
  const auto weak = weak_from_this();
  api::FrameChannel::Handlers handlers;
  handlers.on_frame = [weak](api::Frame frame) -> Result<void> {
    if (const auto self = weak.lock()) self->feed(Received{std::move(frame)});
    return {};
  };
  handlers.on_close = [weak](const Error& reason) {
    if (const auto self = weak.lock()) self->lost(reason);
  };
  channel->start(std::move(handlers));
  feed(Connected{});
}

void Subscriber::State::lost(const Error& reason) {
  if (stopped) return;
  channel.reset();
  log_warning("config.disconnected", "lost the controller; still serving the current configuration",
              {{"reason", reason.message}});
  feed(Disconnected{});
  if (Clock::now() - connected_at > kGoodConnection) backoff.reset();
  dial_later();
}

void Subscriber::State::rotate_tickets_later() {
  ticket_timer.expires_after(kTicketKeyTurn);
  ticket_timer.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->compiler.rotate_ticket_keys();
    self->rotate_tickets_later();
  });
}

// Actions may bring further inputs; they wait their turn.
void Subscriber::State::feed(Input input) {
  inputs.push_back(std::move(input));
  if (std::exchange(feeding, true)) return;
  while (!inputs.empty()) {
    Input next = std::move(inputs.front());
    inputs.pop_front();
    for (Action& action : machine.step(std::move(next))) {
      std::visit([this](auto& todo) { perform(todo); }, action);
    }
  }
  feeding = false;
  metrics.connected(machine.welcomed());
}

void Subscriber::State::perform(SendHello& action) {
  channel->send(api::FrameKind::hello, encode(action.hello));
}

void Subscriber::State::perform(SendAck& action) {
  backoff.reset();
  channel->send(api::FrameKind::ack, encode(action.ack));
}

void Subscriber::State::perform(SendNack& action) {
  metrics.refused();
  const auto& faults = action.nack.faults;  // all of them go to the controller, which tells their authors
  const std::string first = faults.empty() ? "" : faults[0].resource.text() + ": " + faults[0].message;
  log_warning("config.refused", "refused an update; still serving the current configuration",
              {{"reason", action.nack.reason}, {"first", first}, {"seq", action.nack.seq}});
  channel->send(api::FrameKind::nack, encode(action.nack));
}

void Subscriber::State::perform(SendRecalled& action) {
  channel->send(api::FrameKind::recalled, encode(action.recalled));
}

void Subscriber::State::perform(Compile&) {
  const auto began = Clock::now();
  const Candidate& candidate = machine.candidate();
  auto result = compiler.compile(machine.serving(), candidate.snapshot, candidate.delta, candidate.version,
                                 machine.keys());
  metrics.compiled(Clock::now() - began);
  compiled = std::move(result.config);
  feed(Compiled{std::move(result.faults)});
}

void Subscriber::State::perform(Distribute&) {
  distributor.distribute(std::exchange(compiled, nullptr), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->feed(AllTaken{});
    self->metrics.applied(self->machine.serving());
    log_info("config.applied", "all workers serve the configuration",
             {{"version", self->machine.version()->hex()},
              {"hosts", self->machine.serving().hosts.size()},
              {"clusters", self->machine.serving().clusters.size()},
              {"certificates", self->machine.serving().certificates.size()}});
  });
}

void Subscriber::State::perform(Close& action) {
  log_warning("config.closed", "the controller violated the protocol; reconnecting",
              {{"reason", action.reason}});
  if (channel) channel->close();
  channel.reset();
  dial_later();
}

Subscriber::Subscriber(asio::io_context& io, std::string path, std::vector<Deliver> workers, Metrics& metrics)
    : state_(std::make_shared<State>(io, std::move(path), std::move(workers), metrics)) {}

Subscriber::~Subscriber() { stop(); }

void Subscriber::start() {
  state_->rotate_tickets_later();
  state_->dial();
}

void Subscriber::stop() {
  if (std::exchange(state_->stopped, true)) return;
  state_->dial_timer.cancel();
  state_->ticket_timer.cancel();
  if (state_->channel) state_->channel->close();
  state_->channel.reset();
  state_->feed(Disconnected{});  // a distribution may still be under way; it has nobody to tell
}

bool Subscriber::configured() const { return state_->machine.version().has_value(); }

bool Subscriber::connected() const { return state_->channel != nullptr && state_->machine.welcomed(); }

std::string Subscriber::version() const {
  const auto& version = state_->machine.version();
  return version ? version->hex() : std::string();
}

const std::map<std::string, std::size_t>& Subscriber::owners() const { return state_->compiler.owners(); }

}  // namespace palpo::config
