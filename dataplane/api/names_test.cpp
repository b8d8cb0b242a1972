// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/names.h"

#include <gtest/gtest.h>

namespace palpo::api {
namespace {

using Rule = TextFault (*)(std::string_view);

struct Case {
  Rule rule;
  std::string text;
  std::string fault;  // empty: fine; otherwise what it must say
};

TEST(Names, ObeyTheirRules) {
  const std::string label63(63, 'a');
  const std::string name253 = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'a');
  const Case cases[] = {
      {host_name_fault, "example.com", ""},
      {host_name_fault, "localhost", ""},
      {host_name_fault, "_x.a-b.xn--mnchen-3ya.de", ""},
      {host_name_fault, "10.0.0.1", ""},
      {host_name_fault, "*.example.com", ""},
      {host_name_fault, "*", ""},
      {host_name_fault, label63 + ".de", ""},
      {host_name_fault, name253, ""},
      {host_name_fault, "", "is empty"},
      {host_name_fault, name253 + "a", "254 bytes"},
      {host_name_fault, "*." + name253, "255 bytes"},
      {host_name_fault, label63 + "a.de", "more than 63"},
      {host_name_fault, "Example.com", "lower case"},
      {host_name_fault, "example.com.", "empty label"},
      {host_name_fault, ".example.com", "empty label"},
      {host_name_fault, "a..b", "empty label"},
      {host_name_fault, "*.", "is empty"},
      {host_name_fault, "**.a", "'*' elsewhere"},
      {host_name_fault, "*a.b", "'*' elsewhere"},
      {host_name_fault, "a.*.b", "'*' elsewhere"},
      {host_name_fault, "*.*.b", "'*' elsewhere"},
      {host_name_fault, "-a.b", "'-'"},
      {host_name_fault, "a-.b", "'-'"},
      {host_name_fault, "a.com:443", "may hold"},
      {host_name_fault, "a b", "may hold"},
      {host_name_fault, std::string("a\0b", 3), "may hold"},
      {host_name_fault, "m\xc3\xbcnchen.de", "may hold"},

      {address_fault, "10.0.0.1", ""},
      {address_fault, "::1", ""},
      {address_fault, "synapse.Example.org", ""},
      {address_fault, "[::1]", "may hold"},
      {address_fault, "10.0.0.256", "neither"},
      {address_fault, "10.0.0", "neither"},
      {address_fault, "0x7f000001", "neither"},
      {address_fault, "", "is empty"},
      {address_fault, "*.a", "'*'"},

      {path_fault, "/", ""},
      {path_fault, "/_matrix/%2F/~!$&'()*+,;=:@", ""},
      {path_fault, "/h\xc3\xa9", ""},
      {path_fault, "", "begin with '/'"},
      {path_fault, "a", "begin with '/'"},
      {path_fault, "/a b", "blank"},
      {path_fault, "/a\r", "control"},
      {path_fault, "/a\x7f", "control"},
      {path_fault, std::string("/a\0", 3), "control"},
      {path_fault, "/a?b", "'?'"},
      {path_fault, "/a#b", "'#'"},
      {path_fault, "/\xff", "UTF-8"},
      {path_fault, "/" + std::string(8192, 'a'), "8193 bytes"},

      {resource_name_fault, "ns/synapse:http", ""},
      {resource_name_fault, "", "is empty"},
      {resource_name_fault, "a b", "printable"},
      {resource_name_fault, "a\n", "printable"},
      {resource_name_fault, "\xc3\xa9", "printable"},
      {resource_name_fault, std::string(513, 'a'), "513 bytes"},

      {header_value_fault, "", ""},
      {header_value_fault, "text/plain; charset=utf-8", ""},
      {header_value_fault, "a\r\nSet-Cookie: b", "line ends"},
      {header_value_fault, "a\nb", "line ends"},
      {header_value_fault, std::string("a\0b", 3), "control"},
      {header_value_fault, "a\tb", "control"},
      {header_value_fault, " a", "blank"},
      {header_value_fault, "a ", "blank"},
      {header_value_fault, "\xc3\xa9", "ASCII"},
      {header_value_fault, std::string(1025, 'a'), "1025 bytes"},

      {key_id_fault, std::string(64, 'a'), ""},
      {key_id_fault, std::string(64, 'A'), "64 lower-case"},
      {key_id_fault, std::string(63, 'a'), "64 lower-case"},
      {key_id_fault, "", "64 lower-case"},
  };
  for (const auto& each : cases) {
    const auto fault = each.rule(each.text);
    if (each.fault.empty())
      EXPECT_FALSE(fault) << each.text << " " << *fault;
    else if (!fault)
      ADD_FAILURE() << each.text << " has no fault";
    else
      EXPECT_NE(fault->find(each.fault), std::string::npos) << each.text << " " << *fault;
  }
}

TEST(Names, AreShownShortAndEscaped) {
  EXPECT_EQ(shown("a\"b\n"), R"("a\"b\n")");
  EXPECT_EQ(shown(std::string(81, 'x')), "\"" + std::string(80, 'x') + "\"...");
  EXPECT_TRUE(is_utf8("h\xc3\xa9"));
  EXPECT_FALSE(is_utf8("h\xc3"));
}

}  // namespace
}  // namespace palpo::api
