// SPDX-License-Identifier: Apache-2.0
#include "controller/commands/metrics_command.h"

#include <ostream>

#include "base/process_metrics.h"
#include "controller/kube/families.h"
#include "controller/lease/families.h"
#include "controller/publish/families.h"
#include "controller/reconcile/families.h"
#include "controller/status/families.h"

namespace palpo::commands {

std::vector<const MetricFamily*> controller_families() {
  std::vector<const MetricFamily*> all;
  for (const Families part :
       {process_families(), Families(reconcile::families::kAll), Families(publish::families::kAll),
        Families(status::families::kAll), Families(lease::families::kAll), Families(kube::families::kAll)})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

void print_metrics(std::ostream& out) { out << families_page(controller_families()); }

}  // namespace palpo::commands
