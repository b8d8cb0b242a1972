// SPDX-License-Identifier: Apache-2.0
#include "controller/files/yaml_scalar.h"

#include <gtest/gtest.h>

namespace palpo::files {
namespace {

TEST(YamlScalar, IsWhatKubectlMakesOfIt) {
  using enum Scalar::Type;
  const struct {
    std::string_view text;
    Scalar::Type type;
    std::string_view json;
  } cases[] = {
      {"", null, ""},
      {"~", null, ""},
      {"null", null, ""},
      {"nULL", text, ""},
      {"true", boolean, "true"},
      {"yes", boolean, "true"},
      {"on", boolean, "true"},
      {"No", boolean, "false"},
      {"OFF", boolean, "false"},
      {"yEs", text, ""},
      {"8448", number, "8448"},
      {"+8", number, "8"},
      {"-8", number, "-8"},
      {"-0", number, "0"},
      {"0", number, "0"},
      {"010", number, "8"},
      {"0o17", number, "15"},
      {"0x1F", number, "31"},
      {"0b101", number, "5"},
      {"08", number, "8"},
      {"1_000", number, "1000"},
      {"18446744073709551615", number, "18446744073709551615"},
      {"1.5", number, "1.5"},
      {".5", number, "0.5"},
      {"1e3", number, "1000"},
      {"-1.25E-2", number, "-0.0125"},
      {".inf", not_json, ""},
      {"-.Inf", not_json, ""},
      {".NaN", not_json, ""},
      {"1e999", not_json, ""},
      {"10.0.0.1", text, ""},
      {"2026-01-31", text, ""},
      {"2026-01-31T12:00:00Z", text, ""},
      {"1:30", text, ""},
      {"0x", text, ""},
      {"-", text, ""},
      {".", text, ""},
      {"1e", text, ""},
      {"LS0tLS1CRUdJTg==", text, ""},
      {"/_matrix", text, ""},
      {"*.example.com", text, ""},
  };
  for (const auto& c : cases) {
    const auto scalar = resolve_plain(c.text);
    EXPECT_EQ(scalar.type, c.type) << c.text;
    EXPECT_EQ(scalar.json, c.json) << c.text;
  }
}

}  // namespace
}  // namespace palpo::files
