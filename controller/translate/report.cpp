// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/report.h"

namespace palpo::translate {

Finding warning(Concern concern, std::string reason, std::string message) {
  return {Severity::warning, std::move(reason), std::move(message), concern};
}

Finding note(Concern concern, std::string reason, std::string message) {
  return {Severity::info, std::move(reason), std::move(message), concern};
}

Finding warning(std::string reason, std::string message) {
  return warning(Concern::spec, std::move(reason), std::move(message));
}

Finding note(std::string reason, std::string message) {
  return note(Concern::spec, std::move(reason), std::move(message));
}

}  // namespace palpo::translate
