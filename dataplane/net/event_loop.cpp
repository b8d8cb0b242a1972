// SPDX-License-Identifier: Apache-2.0
#include "dataplane/net/event_loop.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace palpo::net {

struct EventLoop::Wakeup final : Watched {
  explicit Wakeup(EventLoop& owner) : loop(owner), fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    PALPO_CHECK(fd);
  }
  void on_ready(std::uint32_t) override {
    eventfd_t count = 0;
    ::eventfd_read(fd.get(), &count);
    loop.run_posted();
  }
  EventLoop& loop;
  Fd fd;
};

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timers_(Clock::now()),
      scratch_(std::make_unique_for_overwrite<char[]>(kScratchSize)) {
  PALPO_CHECK(epoll_);
  wakeup_ = std::make_unique<Wakeup>(*this);
  PALPO_CHECK(watch_level(wakeup_->fd.get(), *wakeup_) == 0);
}

EventLoop::~EventLoop() = default;

static int add_to(int epoll, int fd, Watched& watched, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watched;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

int EventLoop::watch(int fd, Watched& watched) {
  return add_to(epoll_.get(), fd, watched, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

int EventLoop::watch_level(int fd, Watched& watched) { return add_to(epoll_.get(), fd, watched, EPOLLIN); }

void EventLoop::unwatch(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void EventLoop::again(Watched& watched) {
  if (std::exchange(watched.queued_, true)) return;
  again_.push_back(&watched);
}

void EventLoop::retire(std::unique_ptr<Watched> watched) {
  PALPO_CHECK(!std::exchange(watched->retired_, true));
  graveyard_.push_back(std::move(watched));
}

void EventLoop::post(std::function<void()> task) {
  bool first = false;
  {
    const std::lock_guard lock(posted_mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) ::eventfd_write(wakeup_->fd.get(), 1);
}

void EventLoop::run_posted() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(posted_mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks) task();
}

void EventLoop::stop() { stopped_ = true; }

void EventLoop::run() {
  stopped_ = false;
  while (!stopped_) turn();
  run_posted();
  bury();
}

void EventLoop::turn() {
  const int wait = again_.empty() ? static_cast<int>(timers_.until_next_tick(now()).count()) : 0;
  const int count = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), wait);
  PALPO_CHECK(count >= 0 || errno == EINTR);
  timers_.begin_turn(Clock::now());
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    auto* watched = static_cast<Watched*>(event.data.ptr);
    if (!watched->retired_) watched->on_ready(event.events);
  }
  timers_.advance(now());
  if (!again_.empty()) {
    running_again_.swap(again_);
    for (Watched* watched : running_again_) {
      watched->queued_ = false;
      if (!watched->retired_) watched->on_ready(0);
    }
    running_again_.clear();
  }
  if (!graveyard_.empty()) bury();
}

void EventLoop::bury() {
  std::erase_if(again_, [](const Watched* watched) { return watched->retired_; });
  std::vector<std::unique_ptr<Watched>> dead;
  dead.swap(graveyard_);
}

}  // namespace palpo::net
