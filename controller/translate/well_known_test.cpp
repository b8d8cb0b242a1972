// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/well_known.h"

#include <gtest/gtest.h>

namespace palpo::translate {
namespace {

struct Case {
  std::string extra;
  std::string body;
  std::vector<std::string> reasons;
};

void expect(const Case& wanted, const api::FixedAnswer& answer, const std::vector<Finding>& findings) {
  SCOPED_TRACE(wanted.extra);
  EXPECT_EQ(answer.body, wanted.body);
  std::vector<std::string> reasons;
  for (const auto& finding : findings) reasons.push_back(finding.reason);
  EXPECT_EQ(reasons, wanted.reasons);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.cache_control, "public, max-age=3600");
  EXPECT_TRUE(answer.cors);
}

TEST(WellKnown, Client) {
  const std::vector<Case> cases{
      {"", R"({"m.homeserver":{"base_url":"https://m.test"}})", {}},
      {R"({"m.identity_server":{"base_url":"https://id.test"}})",
       R"({"m.homeserver":{"base_url":"https://m.test"},"m.identity_server":{"base_url":"https://id.test"}})",
       {}},
      {R"({"m.homeserver":{"base_url":"https://m.test"}})",
       R"({"m.homeserver":{"base_url":"https://m.test"}})",
       {}},
      {R"({"m.homeserver":{"base_url":"https://evil.test","x":1}})",
       R"({"m.homeserver":{"base_url":"https://m.test","x":1}})",
       {"WellKnownConflict"}},
      {R"({"m.homeserver":7})", R"({"m.homeserver":{"base_url":"https://m.test"}})", {"WellKnownConflict"}},
      {"[]", R"({"m.homeserver":{"base_url":"https://m.test"}})", {"WellKnownInvalid"}},
      {"{", R"({"m.homeserver":{"base_url":"https://m.test"}})", {"WellKnownInvalid"}},
      {R"({"a":)" + std::string(100, '[') + std::string(100, ']') + "}",
       R"({"m.homeserver":{"base_url":"https://m.test"}})",
       {"WellKnownInvalid"}},
      {R"({"a":")" + std::string(kWellKnownLimit, 'x') + "\"}",
       R"({"m.homeserver":{"base_url":"https://m.test"}})",
       {"WellKnownTooLarge"}},
  };
  for (const auto& wanted : cases) {
    std::vector<Finding> findings;
    expect(wanted, well_known_client("https://m.test", wanted.extra, findings), findings);
  }
}

TEST(WellKnown, Server) {
  const std::vector<Case> cases{
      {"", R"({"m.server":"m.test:443"})", {}},
      {R"({"org.example.x":true})", R"({"m.server":"m.test:443","org.example.x":true})", {}},
      {R"({"m.server":"m.test"})", R"({"m.server":"m.test:443"})", {"WellKnownConflict"}},
      {R"({"m.server":"m.test:443"})", R"({"m.server":"m.test:443"})", {}},
  };
  for (const auto& wanted : cases) {
    std::vector<Finding> findings;
    expect(wanted, well_known_server("m.test:443", wanted.extra, findings), findings);
  }
}

TEST(WellKnown, AConflictSaysWhatIsServed) {
  std::vector<Finding> findings;
  well_known_server("m.test:443", R"({"m.server":"m.test"})", findings);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].message,
            "spec.wellKnown.server: m.server is computed: \"m.test:443\" is served instead");
}

}  // namespace
}  // namespace palpo::translate
