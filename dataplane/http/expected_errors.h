// SPDX-License-Identifier: Apache-2.0
// For tests: the proxy's own errors in the shapes they may have.
#pragma once
#include <string>

#include "tests/support/wire.h"

namespace palpo::http {

using tests::WireMessage;

void expect_cors(const WireMessage& response);
void expect_matrix_error(const WireMessage& response, const std::string& status, const std::string& errcode);
void expect_plain_error(const WireMessage& response, const std::string& status);
void expect_error(const WireMessage& response, const std::string& status, const std::string& errcode,
                  bool on_matrix_path);

}  // namespace palpo::http
