// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/fuse.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <mutex>
#include <thread>

#include "base/check.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace palpo::kube {
namespace {

constexpr int kNothing = -1;
constexpr std::size_t kMostRequests = 64;

int fuse_signal() { return SIGRTMIN + 4; }

// Unlike shutdown() and close() it also throws away what the kernel has not sent yet. Async-signal-safe.
void disconnect(int socket) {
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  static_cast<void>(::connect(socket, &nowhere, sizeof nowhere));  // nothing is left to do where it fails
}

}  // namespace

// What the signal handler sees. Never freed: a signal may be delivered late.
struct Fuse::Slot {
  std::atomic<bool> taken = false;
  std::atomic<int> socket = kNothing;  // a descriptor of our own, whose number nobody else closes
  std::atomic<BootClock::rep> deadline = 0;
  std::atomic<int> visitors = 0;  // who may be using the descriptor
  timer_t timer{};

  void cut() {
    visitors.fetch_add(1);
    if (const int held = socket.load(); held != kNothing) disconnect(held);
    visitors.fetch_sub(1);
  }
  // A timer of a request before this one may come late: then the deadline is still ahead.
  void blow() {
    if (BootClock::now().time_since_epoch().count() >= deadline.load()) cut();
  }
  void replace(int next) {
    const int held = socket.exchange(next);
    while (visitors.load() > 0) std::this_thread::yield();
    if (held != kNothing) ::close(held);
  }
};

Fuse::Slot& Fuse::take_slot() {
  static auto& slots = *new std::array<Slot, kMostRequests>;
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    action.sa_sigaction = [](int, siginfo_t* info, void*) {
      const int before = errno;
      if (info->si_code == SI_TIMER) static_cast<Slot*>(info->si_value.sival_ptr)->blow();
      errno = before;
    };
    PALPO_CHECK(sigaction(fuse_signal(), &action, nullptr) == 0);
  });
  for (auto& slot : slots)
    if (!slot.taken.exchange(true)) return slot;
  PALPO_CHECK(!"more requests with a deadline at once than this program makes");
  return slots.front();
}

bool Fuse::arm(Time deadline) {
  PALPO_CHECK(slot_ == nullptr);
  Slot& slot = take_slot();
  slot.deadline = deadline.time_since_epoch().count();
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = fuse_signal();
  event.sigev_value.sival_ptr = &slot;
  event.sigev_notify_thread_id = ::gettid();
  if (timer_create(CLOCK_BOOTTIME, &event, &slot.timer) != 0) {
    slot.taken = false;
    return false;
  }
  slot_ = &slot;
  deadline_ = deadline;
  const auto left = std::max<BootClock::rep>(1, (deadline - BootClock::now()).count());
  itimerspec when{};
  when.it_value.tv_sec = left / 1'000'000'000;
  when.it_value.tv_nsec = left % 1'000'000'000;
  return timer_settime(slot.timer, 0, &when, nullptr) == 0;
}

void Fuse::hold(int socket) {
  slot_->replace(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
  if (blown()) cut();  // the signal may have come while nothing was held
}

bool Fuse::holds_connection() const {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const int held = slot_ == nullptr ? kNothing : slot_->socket.load();
  return held != kNothing && ::getpeername(held, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

void Fuse::cut() {
  if (slot_ != nullptr) slot_->cut();
}

void Fuse::spare() {
  if (slot_ != nullptr) slot_->replace(kNothing);
}

Fuse::~Fuse() {
  if (slot_ == nullptr) return;
  timer_delete(slot_->timer);
  cut();
  spare();
  slot_->taken = false;
}

}  // namespace palpo::kube
