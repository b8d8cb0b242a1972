// SPDX-License-Identifier: Apache-2.0
#include "base/dns_name.h"

#include <gtest/gtest.h>

namespace palpo {
namespace {

TEST(DnsName, FaultsAreNamed) {
  const std::pair<std::string, const char*> cases[] = {
      {"example.com", ""},
      {"a-b.c_d.0", ""},
      {"", "is empty"},
      {"a..b", "has an empty label"},
      {"a.", "has an empty label"},
      {"-a.b", "has a label that begins or ends with '-'"},
      {"a.b-", "has a label that begins or ends with '-'"},
      {"*.a", "has a '*' elsewhere than as its first label"},
      {"a b", "may hold letters, digits, '-', '_' and '.' only, but has \" \""},
      {"A.b", "is not in lower case"},
      {std::string(64, 'a'), "has a label of more than 63 bytes"},
      {std::string(63, 'a') + "." + std::string(190, 'b'), "is 254 bytes long; at most 253 are allowed"},
  };
  for (const auto& [name, fault] : cases)
    EXPECT_EQ(dns_name_fault(name, LetterCase::lower).value_or(""), fault) << name;
  EXPECT_FALSE(dns_name_fault("A.b", LetterCase::any));
}

TEST(DnsName, ANumberAtTheEndIsAnAddressForResolvers) {
  for (const auto* name : {"1", "a.1", "10.0.0.256", "a.0x1", "0X", "a."})
    EXPECT_TRUE(ends_in_a_number(name)) << name;
  for (const auto* name : {"a", "1.a", "a.1b", "x0"}) EXPECT_FALSE(ends_in_a_number(name)) << name;
}

}  // namespace
}  // namespace palpo
