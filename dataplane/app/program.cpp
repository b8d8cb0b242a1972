// SPDX-License-Identifier: Apache-2.0
#include "dataplane/app/program.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/admin_server.h"
#include "base/asio.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process.h"
#include "base/process_metrics.h"
#include "dataplane/app/capacity.h"
#include "dataplane/config/subscriber.h"
#include "dataplane/http/public_sockets.h"
#include "dataplane/http/worker.h"
#include "dataplane/telemetry/families.h"
#include "dataplane/telemetry/owner_metrics.h"
#include "dataplane/upstream/name_resolver.h"

namespace palpo::app {

namespace {

class Program {
 public:
  explicit Program(const Options& options);
  ~Program();
  int run();

 private:
  enum class Phase { waiting, serving, delaying, draining };

  void make_workers();
  std::vector<config::Deliver> doors();
  Result<void> open_sockets();
  Result<void> open_admin();
  void expose_metrics();
  AdminAnswer readiness() const;
  void await_signal();
  void on_signal(int number);
  void drain();
  void fail(const std::string& message);

  const Options& options_;
  int exit_code_ = 0;
  Phase phase_ = Phase::waiting;
  std::size_t undrained_ = 0;
  asio::io_context io_{1};
  Metrics metrics_;
  Metrics owner_metrics_;  // without a bound, on a page of its own
  std::size_t connections_a_worker_ = 0;
  upstream::SystemNameResolver resolver_{io_};
  std::unique_ptr<telemetry::AccessLog> access_log_;
  std::vector<std::unique_ptr<telemetry::WorkerMetrics>> worker_metrics_;
  std::vector<std::unique_ptr<http::Worker>> workers_;
  std::vector<std::vector<std::pair<api::Listener, net::Fd>>> sockets_;  // by worker, until handed over
  std::unique_ptr<config::Subscriber> subscriber_;
  AdminServer admin_{io_};
  asio::signal_set signals_{io_, SIGTERM, SIGINT};
  asio::steady_timer delay_{io_};
};

Program::Program(const Options& options) : options_(options) {
  if (options.access_log != telemetry::AccessLogFormat::off) {
    access_log_ = std::make_unique<telemetry::AccessLog>(options.access_log, STDOUT_FILENO);
  }
  make_workers();
  expose_metrics();
  subscriber_ = std::make_unique<config::Subscriber>(io_, options.socket, doors(), metrics_);
}

Program::~Program() = default;

void Program::make_workers() {
  const std::size_t count =
      options_.workers != 0 ? options_.workers : std::max(1U, std::thread::hardware_concurrency());
  http::WorkerOptions worker;
  worker.https_redirect_port = options_.https_redirect_port;
  worker.server_header = options_.server_header;
  const Capacity capacity = capacity_of(options_.connections, raise_open_file_limit(), memory_limit("/"));
  connections_a_worker_ = std::max<std::size_t>(1, capacity.connections / count);
  worker.connections = connections_a_worker_;
  worker.descriptors = capacity.descriptors;
  for (std::size_t i = 0; i < count; ++i) {
    worker_metrics_.push_back(std::make_unique<telemetry::WorkerMetrics>());
    workers_.push_back(
        std::make_unique<http::Worker>(worker, resolver_, *worker_metrics_.back(), access_log_.get()));
  }
}

void Program::expose_metrics() {
  register_process_metrics(metrics_);
  telemetry::expose_worker_metrics(metrics_, worker_metrics_, connections_a_worker_);
  const auto owners = [this]() -> const telemetry::OwnerNames& { return subscriber_->owners(); };
  telemetry::expose_owner_metrics(metrics_, owner_metrics_, worker_metrics_, owners, options_.metrics_owners);
  if (access_log_) {
    metrics_.collected(telemetry::families::kAccessLogDropped, [this] {
      return std::vector<Sample>{{{}, static_cast<double>(access_log_->dropped_lines())}};
    });
  }
}

// The first configuration opens the public sockets: whoever connects is served.
std::vector<config::Deliver> Program::doors() {
  std::vector<config::Deliver> doors;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    doors.emplace_back([this, i](config::ConfigPtr config, std::function<void()> taken) {
      if (phase_ == Phase::waiting) {
        if (const auto opened = open_sockets(); !opened) return fail(opened.error().message);
        phase_ = Phase::serving;
      }
      if (exit_code_ != 0) return;
      workers_[i]->deliver(std::move(config), std::move(taken));
      if (i >= sockets_.size()) return;  // the first configuration came after the signal to end
      for (auto& [kind, socket] : std::exchange(sockets_[i], {}))
        workers_[i]->listen(kind, std::move(socket));
    });
  }
  return doors;
}

Result<void> Program::open_sockets() {
  sockets_.resize(workers_.size());
  for (const ListenOption& listen : options_.listen) {
    if (listen.address == "off") continue;
    auto opened = http::open_public_sockets(listen.address, workers_.size());
    if (!opened) return opened.error().within("--" + std::string(listen.option) + "=" + listen.address);
    log_info("listening", "serving",
             {{"option", listen.option}, {"address", listen.address}, {"port", opened->port}});
    for (std::size_t i = 0; i < workers_.size(); ++i)
      sockets_[i].emplace_back(listen.kind, std::move(opened->sockets[i]));
  }
  return {};
}

AdminAnswer Program::readiness() const {
  std::string reason;
  if (phase_ == Phase::delaying || phase_ == Phase::draining) {
    reason = "shutting down";
  } else if (!subscriber_->configured()) {
    reason = subscriber_->connected() ? "no configuration has been accepted yet"
                                      : "no configuration yet: no controller on " + options_.socket;
  }
  if (reason.empty()) return {.body = "ok\n"};
  return {.status = 503, .body = reason + "\n"};
}

Result<void> Program::open_admin() {
  admin_.route("/livez", [] { return AdminAnswer{.body = "ok\n"}; });
  admin_.route("/readyz", [this] { return readiness(); });
  for (const auto& [path, metrics] :
       {std::pair{"/metrics", &metrics_}, std::pair{"/metrics/owners", &owner_metrics_}})
    admin_.route(path, [metrics = metrics] {
      return AdminAnswer{.content_type = std::string(Metrics::kContentType), .body = metrics->expose()};
    });
  const auto opened = admin_.listen(options_.admin);
  if (!opened) return opened.error().within("--admin=" + options_.admin);
  return {};
}

void Program::fail(const std::string& message) {
  if (exit_code_ != 0) return;
  std::cerr << "palpo-ingress-dataplane: " << message << "\n";
  exit_code_ = 1;
  io_.stop();
}

void Program::await_signal() {
  signals_.async_wait([this](const error_code& failed, int number) {
    if (!failed) on_signal(number);
  });
}

void Program::on_signal(int number) {
  if (phase_ == Phase::delaying || phase_ == Phase::draining) ::_exit(128 + number);
  log_info("shutdown", "shutting down: reporting not ready, then draining", {{"signal", number}});
  phase_ = Phase::delaying;
  for (const auto& worker : workers_) worker->announce_end();
  await_signal();
  delay_.expires_after(options_.shutdown_delay);
  delay_.async_wait([this](const error_code& failed) {
    if (!failed) drain();
  });
}

void Program::drain() {
  phase_ = Phase::draining;
  undrained_ = workers_.size();
  for (const auto& worker : workers_) {
    worker->drain(options_.drain_timeout, [this] {
      asio::post(io_, [this] {
        if (--undrained_ == 0) io_.stop();
      });
    });
  }
}

int Program::run() {
  if (const auto opened = open_admin(); !opened) {
    fail(opened.error().message);
    return exit_code_;
  }
  await_signal();
  for (const auto& worker : workers_) worker->start();
  subscriber_->start();
  io_.run();
  subscriber_->stop();
  log_info("shutdown", "ended");
  return exit_code_;
}

}  // namespace

int run_dataplane(const Options& options) { return std::make_unique<Program>(options)->run(); }

}  // namespace palpo::app
