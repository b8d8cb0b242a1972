// SPDX-License-Identifier: Apache-2.0
#include "controller/commands/run_command.h"

#include <thread>

#include "base/admin_server.h"
#include "base/log.h"
#include "base/process.h"
#include "base/process_metrics.h"
#include "controller/commands/ending.h"
#include "controller/commands/origin.h"
#include "controller/reconcile/reconcile_loop.h"

namespace palpo::commands {
namespace {

status::StatusSinks sinks_of(status::StatusWriter* writer) {
  if (writer == nullptr) return {};
  return {.status = [writer](status::WantedStatus wanted) { writer->submit(std::move(wanted)); },
          .event = [writer](status::WantedEvent event) { writer->submit(std::move(event)); }};
}

// Empty: the Lease can be read and written, or there is none.
std::string lease_remark(const Origin& origin) {
  const auto standing = origin.standing();
  if (!standing || standing->trouble.empty()) return {};
  return "no status is written by this controller unless it leads, and the Lease " + standing->lease.text() +
         " cannot be read or written: " + standing->trouble + "\n";
}

void add_routes(AdminServer& admin, const Origin& origin, const reconcile::ReconcileLoop& loop,
                const Ending& ending, const Metrics& metrics) {
  admin.route("/livez", [] { return AdminAnswer{.body = "ok\n"}; });
  admin.route("/readyz", [&origin, &loop, &ending] {
    const auto reason = ending.begun() ? "shutting down" : loop.not_ready();
    if (reason.empty()) return AdminAnswer{.body = "ok\n" + loop.remarks() + lease_remark(origin)};
    return AdminAnswer{.status = 503, .body = "not ready: " + reason + "\n"};
  });
  admin.route("/metrics", [&metrics] {
    return AdminAnswer{.content_type = std::string(Metrics::kContentType), .body = metrics.expose()};
  });
  admin.route("/config", [&origin, &loop] {
    return AdminAnswer{.content_type = "application/json", .body = loop.describe(origin.standing())};
  });
}

int fail(const Error& error) {
  log_error("start.failed", error.message);
  return 1;
}

}  // namespace

int run_controller(const RunOptions& options) {
  asio::io_context io(1);
  Metrics metrics;
  register_process_metrics(metrics);

  const auto manager =
      status::field_manager(options.translation.controller_name, options.translation.class_name);
  auto origin = open_origin(options, manager, metrics);
  if (!origin) return fail(origin.error());

  publish::Publisher publisher(io, metrics);
  auto translation = options.translation;
  // Whoever writes the directory owns the machine; in a cluster a Service's author does not.
  translation.local_backends = !options.source_directory.empty();
  translation.alone = !options.source_directory.empty();
  status::StatusPass statuses(sinks_of(origin->writer.get()),
                              {options.publish_addresses, options.publish_service}, manager, translation);
  reconcile::ReconcileLoop loop(io, std::move(translation), {}, publisher, statuses, metrics,
                                readings_of(options));
  std::jthread last_writing;
  // Beside the loop: giving up the Lease takes a request, and data planes are still being fed.
  Ending ending(io, publisher, options.shutdown_timeout,
                [&] { last_writing = std::jthread([&] { origin->stop_writing(); }); });
  AdminServer admin(io);
  add_routes(admin, *origin, loop, ending, metrics);
  if (const auto listening = admin.listen(options.admin); !listening)
    return fail(listening.error().within("--admin"));
  if (const auto listening = publisher.listen(options.socket); !listening)
    return fail(listening.error().within("--socket"));

  origin->start_writing([&io, &loop] { asio::post(io, [&loop] { loop.tell_all_again(); }); });
  if (origin->secret_types) {
    loop.on_missing_secrets(
        [types = origin->secret_types.get()](auto secrets) { types->want(std::move(secrets)); });
    origin->secret_types->start(loop.sink());
  }
  origin->source->start(loop.sink());
  log_info("start", "the controller is running",
           {{"version", PALPO_VERSION}, {"socket", options.socket}, {"admin", options.admin}});
  io.run();

  log_info("stop", "the controller is stopping; data planes keep serving");
  if (last_writing.joinable()) last_writing.join();
  origin->source->stop();
  if (origin->secret_types) origin->secret_types->stop();
  publisher.close();
  return 0;
}

}  // namespace palpo::commands
