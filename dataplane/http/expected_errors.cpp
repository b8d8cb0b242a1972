// SPDX-License-Identifier: Apache-2.0
#include "dataplane/http/expected_errors.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace palpo::http {

void expect_cors(const WireMessage& response) {
  EXPECT_EQ(response.value("access-control-allow-origin"), "*");
  EXPECT_FALSE(response.value("access-control-allow-methods").empty());
  EXPECT_FALSE(response.value("access-control-allow-headers").empty());
}

void expect_matrix_error(const WireMessage& response, const std::string& status, const std::string& errcode) {
  EXPECT_TRUE(response.start_line().starts_with("HTTP/1.1 " + status + " ")) << response.head;
  const auto body = nlohmann::json::parse(response.body);
  EXPECT_EQ(body["errcode"], errcode);
  EXPECT_FALSE(body["error"].get<std::string>().empty());
  EXPECT_EQ(response.value("content-type"), "application/json");
  expect_cors(response);
}

void expect_plain_error(const WireMessage& response, const std::string& status) {
  EXPECT_TRUE(response.start_line().starts_with("HTTP/1.1 " + status + " ")) << response.head;
  EXPECT_EQ(response.value("content-type"), "text/plain; charset=utf-8");
  EXPECT_GT(response.body.size(), 5U);
  EXPECT_TRUE(response.body.ends_with("\n"));
  EXPECT_EQ(response.body.find('{'), std::string::npos);
  EXPECT_TRUE(response.value("access-control-allow-origin").empty());
}

void expect_error(const WireMessage& response, const std::string& status, const std::string& errcode,
                  bool on_matrix_path) {
  if (on_matrix_path) {
    expect_matrix_error(response, status, errcode);
  } else {
    expect_plain_error(response, status);
  }
}

}  // namespace palpo::http
