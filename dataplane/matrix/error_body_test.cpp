// SPDX-License-Identifier: Apache-2.0
#include "dataplane/matrix/error_body.h"

#include <gtest/gtest.h>

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

TEST(CorsHeaders, AreCompleteHeaderLines) {
  EXPECT_TRUE(kCorsHeaders.ends_with("\r\n"));
  for (const std::string_view name : {"Access-Control-Allow-Origin: *\r\n",
                                      "Access-Control-Allow-Methods: ", "Access-Control-Allow-Headers: "}) {
    EXPECT_NE(kCorsHeaders.find(name), std::string_view::npos) << name;
  }
}

}  // namespace
}  // namespace palpo::matrix
