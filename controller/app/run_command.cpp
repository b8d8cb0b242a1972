// SPDX-License-Identifier: Apache-2.0
#include "controller/app/run_command.h"

#include <csignal>

#include "base/admin_server.h"
#include "base/log.h"
#include "base/process.h"
#include "base/process_metrics.h"
#include "controller/app/reconcile_loop.h"
#include "controller/files/directory_source.h"
#include "controller/kube/api_source.h"
#include "controller/kube/credentials.h"
#include "controller/kube/secret_types.h"

namespace palpo::app {
namespace {

constexpr std::chrono::seconds kSecretTypesAgain{15};

// A source, and what an API server has beside it: the writer of statuses, the types of Secrets.
struct Origin {
  std::unique_ptr<kube::Source> source;
  std::unique_ptr<status::StatusWriter> writer;
  std::unique_ptr<kube::SecretTypes> secret_types;
};

// A log line, because nobody misses an address before the first client does.
void warn_of_no_address(const Options& options) {
  if (!options.publish_addresses.empty() || options.publish_service) return;
  log_warning("status.no_address",
              "Ingresses get no address: set --publish-service to the Service of the data plane, or "
              "--publish-address, for external-dns and whoever else reads status.loadBalancer");
}

Result<Origin> open_origin(const Options& options, const std::string& manager, Metrics& metrics) {
  Origin origin;
  if (!options.source_directory.empty()) {
    auto source = files::make_directory_source(options.source_directory);
    if (!source) return source.error().within("--source");
    origin.source = std::move(*source);
    log_info("source.directory", "reading manifests", {{"path", options.source_directory}});
    return origin;
  }
  auto access = kube::find_api_access(options.kubeconfig);
  if (!access) return access.error();
  log_info(
      "source.kubernetes", "watching the API server",
      {{"host", access->endpoint.host}, {"port", access->endpoint.port}, {"credentials", access->origin}});
  auto transport = kube::make_rest_transport(access->endpoint, {.idle = options.watch_idle_timeout});
  if (!transport) return transport.error();
  const std::shared_ptr<kube::Transport> shared = std::move(*transport);
  kube::ApiSourceOptions source_options;
  source_options.namespace_ = options.watch_namespace;
  origin.source = kube::make_api_source(shared, source_options, metrics);
  origin.writer = std::make_unique<status::StatusWriter>(shared, manager, metrics);
  origin.secret_types = std::make_unique<kube::SecretTypes>(shared, kSecretTypesAgain);
  warn_of_no_address(options);
  return origin;
}

StatusSinks sinks_of(status::StatusWriter* writer) {
  if (writer == nullptr) return {};
  return {.status = [writer](status::WantedStatus wanted) { writer->submit(std::move(wanted)); },
          .event = [writer](status::WantedEvent event) { writer->submit(std::move(event)); }};
}

void add_routes(AdminServer& admin, const ReconcileLoop& loop, const Metrics& metrics) {
  admin.route("/livez", [] { return AdminAnswer{.body = "ok\n"}; });
  admin.route("/readyz", [&loop] {
    const auto reason = loop.not_ready();
    if (reason.empty()) return AdminAnswer{.body = "ok\n" + loop.remarks()};
    return AdminAnswer{.status = 503, .body = "not ready: " + reason + "\n"};
  });
  admin.route("/metrics", [&metrics] {
    return AdminAnswer{.content_type = std::string(Metrics::kContentType), .body = metrics.expose()};
  });
  admin.route("/config",
              [&loop] { return AdminAnswer{.content_type = "application/json", .body = loop.describe()}; });
}

int fail(const Error& error) {
  log_error("start.failed", error.message);
  return 1;
}

}  // namespace

int run_controller(const Options& options) {
  asio::io_context io(1);
  Metrics metrics;
  register_process_metrics(metrics);

  const auto manager =
      status::field_manager(options.translation.controller_name, options.translation.class_name);
  auto origin = open_origin(options, manager, metrics);
  if (!origin) return fail(origin.error());

  publish::Publisher publisher(io, metrics);
  StatusPass statuses(sinks_of(origin->writer.get()), {options.publish_addresses, options.publish_service},
                      manager);
  auto translation = options.translation;
  // Whoever writes the directory owns the machine; in a cluster a Service's author does not.
  translation.local_backends = !options.source_directory.empty();
  ReconcileLoop loop(io, std::move(translation), {}, publisher, statuses, metrics);
  AdminServer admin(io);
  add_routes(admin, loop, metrics);
  if (const auto listening = admin.listen(options.admin); !listening)
    return fail(listening.error().within("--admin"));
  if (const auto listening = publisher.listen(options.socket); !listening)
    return fail(listening.error().within("--socket"));

  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](error_code failed, int) {
    if (!failed) io.stop();
  });
  if (origin->writer) origin->writer->start();
  if (origin->secret_types) {
    loop.on_missing_secrets(
        [types = origin->secret_types.get()](auto secrets) { types->want(std::move(secrets)); });
    origin->secret_types->start(loop.sink());
  }
  origin->source->start(loop.sink());
  log_info("start", "the controller runs",
           {{"version", PALPO_VERSION}, {"socket", options.socket}, {"admin", options.admin}});
  io.run();

  log_info("stop", "the controller stops; data planes serve on");
  origin->source->stop();
  if (origin->secret_types) origin->secret_types->stop();
  if (origin->writer) origin->writer->stop();
  publisher.close();
  return 0;
}

}  // namespace palpo::app
