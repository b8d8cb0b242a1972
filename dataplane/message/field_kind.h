// SPDX-License-Identifier: Apache-2.0
// Which header fields the proxy treats specially, by name. Pure, any thread.
#pragma once
#include <string_view>

#include "dataplane/message/head.h"

namespace palpo::http {

FieldKind field_kind(std::string_view name);

bool equals_ignoring_case(std::string_view text, std::string_view lower_case);
// Of a field's name or a method (RFC 9110 5.6.2).
bool is_token_char(char c);
std::string_view trimmed(std::string_view text);  // of spaces and tabs

}  // namespace palpo::http
