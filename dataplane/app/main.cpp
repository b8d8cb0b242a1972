// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <iostream>

#include "base/log.h"
#include "base/process.h"
#include "base/secret_bytes.h"
#include "dataplane/app/metric_families.h"
#include "dataplane/app/options.h"
#include "dataplane/app/program.h"

int main(int argc, char** argv) {
  using namespace palpo;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto options =
      app::parse_options(arguments, [](const std::string& name) { return std::getenv(name.c_str()); });
  if (!options) {
    std::cerr << "palpo-ingress-dataplane: " << options.error().message << "\n";
    return 2;
  }
  if (options->help) {
    std::cout << options->help_text;
    return 0;
  }
  if (options->version) {
    std::cout << "palpo-ingress-dataplane " << PALPO_VERSION << "\n";
    return 0;
  }
  if (options->describe_metrics) {
    std::cout << families_page(app::dataplane_families());
    return 0;
  }
  configure_log(options->log_level, options->log_format, "dataplane");
  ignore_sigpipe();
  disable_core_dumps();
  if (!initialize_secret_memory()) {
    log_warning("secrets.unlocked",
                "not all memory for private keys can be locked: RLIMIT_MEMLOCK is below 64 MiB");
  }
  return app::run_dataplane(*options);
}
