// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <iostream>

#include "base/process.h"
#include "base/secret_bytes.h"
#include "controller/app/options.h"
#include "controller/commands/apply_crds_command.h"
#include "controller/commands/metrics_command.h"
#include "controller/commands/probe_command.h"
#include "controller/commands/run_command.h"
#include "controller/commands/validate_command.h"

int main(int argc, char** argv) {
  using namespace palpo;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto options =
      app::parse_options(arguments, [](const std::string& name) { return std::getenv(name.c_str()); });
  if (!options) {
    std::cerr << "palpo-ingress-controller: " << options.error().message << "\n";
    return 2;
  }
  configure_log(options->log_level, options->log_format, "controller");
  switch (options->command) {
    case app::Command::help:
      std::cout << options->help;
      return 0;
    case app::Command::version:
      std::cout << "palpo-ingress-controller " << PALPO_VERSION << "\n";
      return 0;
    case app::Command::validate:
      return commands::validate_manifests(options->path, options->translation, std::cout, std::cerr);
    case app::Command::probe:
      ignore_sigpipe();
      return commands::probe(options->probe, std::cout, std::cerr);
    case app::Command::apply_crds:
      ignore_sigpipe();
      return commands::apply_crds(options->path, options->cluster.kubeconfig, std::cout, std::cerr);
    case app::Command::metrics:
      commands::print_metrics(std::cout);
      return 0;
    case app::Command::run:
      break;
  }
  ignore_sigpipe();
  disable_core_dumps();
  if (!initialize_secret_memory())
    log_warning("secrets.unlocked",
                "not all memory for private keys can be locked: RLIMIT_MEMLOCK is below 64 MiB");
  return commands::run_controller(*options);
}
