// SPDX-License-Identifier: Apache-2.0
// A data plane for tests: dials a publisher's socket, applies what it is sent and answers, unless told to
// wait or to refuse. Everything on the test's io_context. Test code only.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/asio.h"
#include "dataplane/api/message.h"
#include "dataplane/api/unix_stream.h"
#include "dataplane/api/version.h"

namespace palpo::publish {

// Runs the loop until the condition holds; false after ten seconds.
inline bool run_until(asio::io_context& io, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    io.restart();
    io.run_one_for(std::chrono::milliseconds(50));
  }
  return true;
}

class TestDataPlane {
 public:
  explicit TestDataPlane(asio::io_context& io) : io_(io) {}
  ~TestDataPlane() { disconnect(); }

  void connect(const std::string& path, bool say_hello = true) {
    api::connect_frame_channel(io_, path, {},
                               [this, say_hello](Result<std::shared_ptr<api::FrameChannel>> result) {
                                 if (!result) {
                                   closed = result.error().message;
                                   return;
                                 }
                                 channel = std::move(*result);
                                 channel->start({[this](api::Frame frame) { return take(frame); },
                                                 [this](const Error& reason) { closed = reason.message; }});
                                 if (say_hello) hello();
                               });
  }
  void disconnect() {
    if (channel) channel->close();
    channel.reset();
  }
  void hello() {
    channel->send(api::FrameKind::hello,
                  encode(api::Hello{api::kProtocol, "test", version, {keys.begin(), keys.end()}}));
  }
  void answer() {
    const auto update = *std::exchange(waiting, std::nullopt);
    auto next = api::apply(update.base ? serving : api::Snapshot{}, update.delta);
    if (!next) return nack(update, next.error().message, {});
    std::vector<api::Fault> faults;
    for (const auto& [name, host] : next->hosts)
      if (refused_hosts.contains(name))
        faults.push_back({{api::ResourceKind::host, name}, "refused by the test"});
    if (!faults.empty()) return nack(update, "refused", std::move(faults));
    serving = std::move(*next);
    version = update.version;
    channel->send(api::FrameKind::ack, encode(api::Ack{update.seq, update.version}));
  }

  api::Snapshot serving;
  std::optional<Digest> version;
  std::set<std::string> keys;
  std::set<std::string> refused_hosts;
  std::set<std::string> recalls;  // names that were asked for
  bool answers = true;            // false: an update waits for answer()
  std::optional<api::Update> waiting;
  int welcomes = 0;
  int updates = 0;
  std::string closed;  // why the publisher closed
  std::shared_ptr<api::FrameChannel> channel;

 private:
  Result<void> take(const api::Frame& frame) {
    if (frame.kind == api::FrameKind::welcome) ++welcomes;
    if (frame.kind == api::FrameKind::key) keys.insert(std::string(frame.secret.reveal().substr(0, 64)));
    if (frame.kind == api::FrameKind::recall) {
      auto recall = api::decode_recall(frame.payload);
      if (!recall) return recall.error();
      api::Recalled recalled;
      for (const auto& name : recall->names) {
        recalls.insert(name);
        if (const auto found = serving.certificates.find(name); found != serving.certificates.end())
          recalled.certificates.push_back(found->second);
      }
      channel->send(api::FrameKind::recalled, encode(recalled));
      return {};
    }
    if (frame.kind != api::FrameKind::update) return {};
    ++updates;
    auto update = api::decode_update(frame.payload);
    if (!update) return update.error();
    waiting = std::move(*update);
    if (answers) answer();
    return {};
  }
  void nack(const api::Update& update, std::string reason, std::vector<api::Fault> faults) {
    channel->send(api::FrameKind::nack,
                  encode(api::Nack{update.seq, version, std::move(reason), std::move(faults)}));
  }
  asio::io_context& io_;
};

}  // namespace palpo::publish
