// SPDX-License-Identifier: Apache-2.0
// The rules of single texts: host names, addresses, paths, names of resources. Each answers what is wrong, in
// words that follow the text ("has an empty label"), or nothing. Pure, any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace palpo::api {

using TextFault = std::optional<std::string>;

// A Host's name: "example.com", "*.example.com", "*".
TextFault host_name_fault(std::string_view name);
// An endpoint's: an IP literal or a DNS name.
TextFault address_fault(std::string_view address);
// A route's: the raw bytes of a request's path.
TextFault path_fault(std::string_view path);
// The name of a cluster, of a certificate: printable ASCII without blanks.
TextFault resource_name_fault(std::string_view name);
// The same, or empty.
TextFault owner_fault(std::string_view owner);
// The value of a header field.
TextFault header_value_fault(std::string_view value);
// The body of a fixed answer.
TextFault body_fault(std::string_view body);
// The text of a certificate's chain; whether it decodes is pem.h's.
TextFault chain_fault(std::string_view chain_pem);
// The key id: 64 lower-case hexadecimal digits.
TextFault key_id_fault(std::string_view key_id);

bool is_utf8(std::string_view text);
// For messages: in quotes, escaped, cut after 80 bytes.
std::string shown(std::string_view text);

}  // namespace palpo::api
