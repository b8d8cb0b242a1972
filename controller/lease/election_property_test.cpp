// SPDX-License-Identifier: Apache-2.0
// Several elections against one simulated API server: requests and answers that are late or lost, processes
// that are stopped and killed, clocks that differ in time and in rate. While one may have a write under way
// no other leads, and once the faults are over there is a leader soon.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>

#include "controller/lease/election.h"

namespace palpo::lease {
namespace {

using namespace std::chrono_literals;
using Duration = BootClock::duration;

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 3; ++i) nodes_.push_back(std::make_unique<Node>(born()));
    for (auto& node : nodes_) begin(*node);
  }

  void run(Duration length, bool faults) {
    faults_ = faults;
    const auto end = now_ + length;
    while (!events_.empty() && events_.begin()->first < end) {
      const auto event = events_.extract(events_.begin());
      now_ = event.key();
      event.mapped()();
      if (faults_ && chance(0.01)) disturb();
    }
    now_ = end;
  }
  int leaders() const {
    int count = 0;
    for (const auto& node : nodes_)
      count += node->election->leading() && clock(*node) < node->election->begin_until();
    return count;
  }
  int terms() const { return terms_; }

 private:
  struct Node {
    std::string identity;
    std::unique_ptr<Election> election;
    Duration offset;  // of its steady clock
    double rate;
    std::uint64_t life = 0;            // events of lives before this one do nothing
    Duration awake_at{0};              // stopped until then
    std::optional<Duration> danger{};  // a write of its own may be under way until then, by everybody's clock
    bool led = false;
  };

  Node born() {
    const auto identity = std::to_string(++births_);
    return {identity, std::make_unique<Election>(ElectionOptions{.identity = identity, .seed = random_()}),
            1000h + seconds(0, 3600), std::uniform_real_distribution<double>(0.95, 1.05)(random_)};
  }
  bool chance(double share) { return std::uniform_real_distribution<double>(0, 1)(random_) < share; }
  Duration seconds(double from, double to) {
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(std::uniform_real_distribution<double>(from, to)(random_)));
  }
  // Mostly quick, now and then very late.
  Duration travel() { return faults_ && chance(0.05) ? seconds(0.1, 40) : seconds(0.0005, 0.05); }
  bool lost() { return faults_ && chance(0.05); }

  Election::Time clock(const Node& node) const {
    return Election::Time(node.offset + std::chrono::duration_cast<Duration>(now_ * node.rate));
  }
  // When the node's clock will say so.
  Duration moment(const Node& node, Election::Time when) const {
    return std::chrono::duration_cast<Duration>((when.time_since_epoch() - node.offset) / node.rate);
  }
  void at(Duration when, std::function<void()> what) { events_.emplace(when, std::move(what)); }

  void begin(Node& node) { carry_out(node, node.election->start(clock(node))); }

  void input(Node& node, std::uint64_t life, const ElectionInput& happened, Election::Time sent) {
    if (life != node.life) return;
    if (node.awake_at > now_)
      return at(node.awake_at, [this, &node, life, happened, sent] { input(node, life, happened, sent); });
    const auto action = node.election->step(happened, sent, clock(node));
    note(node);
    carry_out(node, action);
  }

  void note(Node& node) {
    const bool leads = node.election->leading();
    if (leads) {
      for (const auto& other : nodes_) {
        if (other.get() == &node || !other->danger) continue;
        ASSERT_LE(*other->danger, now_)
            << node.identity << " leads while " << other->identity << " may write";
      }
      node.danger = moment(node, node.election->end_by());
      if (!node.led) ++terms_;
    }
    node.led = leads;
  }

  void carry_out(Node& node, const ElectionAction& action) {
    const auto sent = clock(node);
    const auto life = node.life;
    if (const auto* const wait = std::get_if<WaitNext>(&action.next))
      return at(now_ + wait->delay, [this, &node, life, sent] { input(node, life, Waited{}, sent); });
    if (std::holds_alternative<Finished>(action.next)) return;
    // It ends by its answer or by its deadline, whichever comes first; arrive it may even so.
    const auto open = std::make_shared<bool>(true);
    const auto end = [this, &node, life, sent, open](const ElectionInput& happened) {
      if (std::exchange(*open, false)) input(node, life, happened, sent);
    };
    at(now_ + 5s, [end] { end(Failed{0, "no answer"}); });
    if (lost()) return;
    at(now_ + travel(), [this, action, end] {
      const auto answer = serve(action);
      if (!lost()) at(now_ + travel(), [end, answer] { end(answer); });
    });
  }

  ElectionInput serve(const ElectionAction& action) {
    if (std::holds_alternative<ReadLease>(action.next)) {
      if (stored_) return Read{*stored_};
      return Missing{};
    }
    const auto* const update = std::get_if<UpdateLease>(&action.next);
    auto next = update == nullptr ? std::get<CreateLease>(action.next).lease : update->lease;
    if (update == nullptr ? stored_.has_value() : next.document != stored_->document) return Conflict{};
    next.document = std::to_string(++version_);
    next.renew_time = next.document;
    if (next.acquire_time.empty()) next.acquire_time = next.document;
    stored_ = next;
    return Written{next};
  }

  void disturb() {
    auto& node = *nodes_[std::uniform_int_distribution<std::size_t>(0, nodes_.size() - 1)(random_)];
    if (chance(0.5)) {
      node.awake_at = now_ + seconds(0, 40);
      return;
    }
    // Ended in good order, or killed: either way nothing of its own is under way any more.
    if (chance(0.5)) {
      const auto action = node.election->release(clock(node));
      if (std::holds_alternative<UpdateLease>(action.next)) serve(action);
    }
    const auto life = node.life + 1;
    node = born();
    node.life = life;
    begin(node);
  }

  std::mt19937_64 random_;
  std::multimap<Duration, std::function<void()>> events_;
  Duration now_{0};
  bool faults_ = true;
  std::optional<Lease> stored_;
  int version_ = 0;
  std::uint64_t births_ = 0;
  int terms_ = 0;
  std::vector<std::unique_ptr<Node>> nodes_;
};

TEST(ElectionProperty, NeverTwoAtOnceAndSoonOneAgain) {
  int terms = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Simulation simulation(seed);
    simulation.run(10min, true);
    if (testing::Test::HasFatalFailure()) return;
    simulation.run(2min, false);
    EXPECT_EQ(simulation.leaders(), 1);
    terms += simulation.terms();
  }
  EXPECT_GT(terms, 3000) << "the faults were too few to show anything";
}

}  // namespace
}  // namespace palpo::lease
