// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/label_selector.h"

#include <gtest/gtest.h>

#include <string>

namespace palpo::kube {
namespace {

TEST(LabelSelector, EveryFormThatTheApiServerTakes) {
  for (const auto* text : {"team",
                           "!team",
                           "! team",
                           "team=chat",
                           "team==chat",
                           "team!=chat",
                           "team =  chat",
                           "team=",
                           "team!=",
                           "tier in (a,b)",
                           "tier in(a)",
                           "tier  notin ( a , b )",
                           "tier notin (a, b),team=chat,!old",
                           "size>3",
                           "size < 10",
                           "palpo.im/team=chat_1.2",
                           "app.kubernetes.io/part-of in (matrix, chat)",
                           "in=a",
                           "notin",
                           "in in (in)",
                           "a=b,c"})
    EXPECT_TRUE(check_label_selector(text)) << text << ": " << check_label_selector(text).error().message;
}

TEST(LabelSelector, WhatIsWrongIsSaidOfTheRequirementAtFault) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "empty"},
      {" ", "empty"},
      {"team=chat,", "between two commas is empty"},
      {",team", "between two commas is empty"},
      {"=chat", "the key is missing"},
      {"!", "the key is missing"},
      {"team chat", "expected =, !=, in or notin"},
      {"team=chat=more", "\"chat=more\" is not a label's value"},
      {"team=-chat", "\"-chat\" is not a label's value"},
      {"team=" + std::string(64, 'x'), "is not a label's value"},
      {"-team", "\"-team\" is not a label's key"},
      {"Palpo.im/team", "\"Palpo.im/team\" is not a label's key"},
      {"a/b/c=d", "\"a/b/c\" is not a label's key"},
      {"ok,tier in a", "\"tier in a\": expected values in parentheses"},
      {"tier in ()", "no value between the parentheses"},
      {"tier in (a b)", "\"a b\" is not a label's value"},
      {"tier in (a", "expected values in parentheses"},
      {"tier within (a)", "expected =, !=, in or notin"},
      {"size>big", "expected a whole number"},
      {"team!chat", "expected != and a value"},
      {"team=ch at", "\"ch at\" is not a label's value"},
  };
  for (const auto& [text, said] : cases) {
    const auto checked = check_label_selector(text);
    ASSERT_FALSE(checked) << text;
    EXPECT_NE(checked.error().message.find(said), std::string::npos)
        << text << ": " << checked.error().message;
    EXPECT_EQ(checked.error().message.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace palpo::kube
