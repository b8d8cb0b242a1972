// SPDX-License-Identifier: Apache-2.0
#include "controller/lease/lease_name.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace palpo::lease {
namespace {

constexpr std::string_view kOurs = "palpo.im/ingress-controller";
const std::string kLongClass(253, 'x');

TEST(LeaseName, SaysTheClassWhereEverythingElseIsTheDefault) {
  EXPECT_EQ(lease_name({kOurs, "palpo", {}, ""}, kOurs), "palpo-ingress-palpo");
  EXPECT_EQ(lease_name({kOurs, "internal", {}, ""}, kOurs), "palpo-ingress-internal");
}

TEST(LeaseName, IsAnotherForEveryOtherDomain) {
  std::set<std::string> names;
  const std::vector<Domain> domains{
      {kOurs, "palpo", {}, ""},       {kOurs, "internal", {}, ""},      {"example.com/x", "palpo", {}, ""},
      {kOurs, "palpo", {"a"}, ""},    {kOurs, "palpo", {"a", "b"}, ""}, {kOurs, "palpo", {"b"}, ""},
      {kOurs, "palpo", {}, "team=x"}, {kOurs, "Odd Class", {}, ""},     {kOurs, "", {}, ""},
      {kOurs, kLongClass, {}, ""},
  };
  for (const auto& domain : domains) {
    const auto name = lease_name(domain, kOurs);
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_LE(name.size(), 253u);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos) << name;
    EXPECT_NE(name.back(), '-') << name;
  }
  EXPECT_EQ(lease_name({kOurs, "palpo", {"a", "b"}, ""}, kOurs),
            lease_name({kOurs, "palpo", {"b", "a"}, ""}, kOurs));
}

TEST(LeaseName, EveryProcessHasAnIdentityOfItsOwn) {
  const auto one = identity_of_host(), another = identity_of_host();
  EXPECT_NE(one, another);
  EXPECT_EQ(one.substr(0, one.rfind('_')), another.substr(0, another.rfind('_')));
  EXPECT_GT(one.rfind('_'), 0u);
}

}  // namespace
}  // namespace palpo::lease
