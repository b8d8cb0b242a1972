// SPDX-License-Identifier: Apache-2.0
// `validate PATH`: reads manifests, translates them and prints what each object would serve and what is
// wrong.
#pragma once
#include <iosfwd>
#include <string>

#include "controller/translate/options.h"

namespace palpo::commands {

// The exit code: 0 all is well, 1 something is wrong with the manifests, 2 PATH cannot be read, or not all of
// it.
int validate_manifests(const std::string& path, const translate::Options& options, std::ostream& out,
                       std::ostream& err);

}  // namespace palpo::commands
