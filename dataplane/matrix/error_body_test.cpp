// SPDX-License-Identifier: Apache-2.0
#include "dataplane/matrix/error_body.h"

#include <gtest/gtest.h>

#include <vector>

namespace palpo::matrix {
namespace {

TEST(ErrorBody, IsWhatTheSpecificationAsksForWhateverTheTextsHold) {
  struct Case {
    std::string_view errcode;
    std::string_view error;
    std::string_view expected;
  };
  const Case cases[] = {
      {"M_UNRECOGNIZED", "no such path", R"({"errcode":"M_UNRECOGNIZED","error":"no such path"})"},
      {"M_UNKNOWN", "", R"({"errcode":"M_UNKNOWN","error":""})"},
      {"M_UNKNOWN", "say \"hi\"\\", R"({"errcode":"M_UNKNOWN","error":"say \"hi\"\\"})"},
      {"M_UNKNOWN", "a\r\nb\x01", R"({"errcode":"M_UNKNOWN","error":"a\r\nb\u0001"})"},
      {"M_\"", "x", R"({"errcode":"M_\"","error":"x"})"},
      {"M_UNKNOWN", "caf\xc3\xa9", "{\"errcode\":\"M_UNKNOWN\",\"error\":\"caf\xc3\xa9\"}"},
      {"M_UNKNOWN", "bad \xff byte", "{\"errcode\":\"M_UNKNOWN\",\"error\":\"bad \xef\xbf\xbd byte\"}"},
  };
  for (const Case& c : cases) EXPECT_EQ(error_body(c.errcode, c.error), c.expected);
}

TEST(CorsFields, AreThoseOfTheSpecification) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : kCorsFields) {
    names.push_back(name);
    EXPECT_FALSE(value.empty()) << name;
  }
  EXPECT_EQ(names,
            (std::vector<std::string_view>{"Access-Control-Allow-Origin", "Access-Control-Allow-Methods",
                                           "Access-Control-Allow-Headers"}));
}

}  // namespace
}  // namespace palpo::matrix
