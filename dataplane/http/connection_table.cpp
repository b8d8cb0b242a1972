// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/connection_table.h"

#include <utility>

namespace palpo::http {

DownstreamConnection& ConnectionTable::add(std::unique_ptr<DownstreamConnection> connection) {
  connection->place = connections_.size();
  return *connections_.emplace_back(std::move(connection));
}

void ConnectionTable::remove(DownstreamConnection& connection) {
  mark_busy(connection);
  const std::size_t place = connection.place;
  PALPO_CHECK(place < connections_.size() && connections_[place].get() == &connection);
  loop_.retire(std::move(connections_[place]));
  if (place + 1 < connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->place = place;
  }
  connections_.pop_back();
  check_empty();
}

void ConnectionTable::mark_idle(DownstreamConnection& connection) {
  auto& link = connection.idle;
  if (link.listed) return;
  link = {newest_idle_, nullptr, true};
  (newest_idle_ != nullptr ? newest_idle_->idle.after : oldest_idle_) = &connection;
  newest_idle_ = &connection;
}

void ConnectionTable::mark_busy(DownstreamConnection& connection) {
  auto& link = connection.idle;
  if (!link.listed) return;
  (link.before != nullptr ? link.before->idle.after : oldest_idle_) = link.after;
  (link.after != nullptr ? link.after->idle.before : newest_idle_) = link.before;
  link = {};
}

bool ConnectionTable::close_oldest_idle() {
  if (oldest_idle_ == nullptr) return false;
  evicted_.add();
  oldest_idle_->close_connection();
  return true;
}

// A copy: connections leave the table while they are told.
std::vector<DownstreamConnection*> ConnectionTable::all() const {
  std::vector<DownstreamConnection*> list;
  list.reserve(connections_.size());
  for (const auto& connection : connections_) list.push_back(connection.get());
  return list;
}

void ConnectionTable::announce_drain() {
  for (DownstreamConnection* connection : all()) connection->announce_drain();
}

void ConnectionTable::begin_drain() {
  for (DownstreamConnection* connection : all()) connection->begin_drain();
}

void ConnectionTable::cancel_all() {
  for (DownstreamConnection* connection : all()) connection->cancel();
}

void ConnectionTable::when_empty(std::function<void()> on_empty) {
  on_empty_ = std::move(on_empty);
  check_empty();
}

void ConnectionTable::check_empty() {
  if (connections_.empty() && on_empty_) std::exchange(on_empty_, nullptr)();
}

}  // namespace palpo::http
