// SPDX-License-Identifier: Apache-2.0
// The grammar of DNS names as hosts use them (RFC 1123 2.1, with the underscore that names in the wild have).
// Pure, any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace palpo {

enum class LetterCase { any, lower };

// What is wrong with a name without a trailing dot, in words that follow it ("has an empty label"), or
// nothing.
std::optional<std::string> dns_name_fault(std::string_view name, LetterCase letters);

// Resolvers take a name whose last label is a number, hexadecimal too, for an IPv4 address (WHATWG URL, "ends
// in a number").
bool ends_in_a_number(std::string_view name);

}  // namespace palpo
