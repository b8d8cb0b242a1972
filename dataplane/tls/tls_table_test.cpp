// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tls/tls_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace palpo::tls {
namespace {

// Contexts by a name, so that a failure says which one was chosen.
class TlsTableTest : public ::testing::Test {
 protected:
  ContextPtr context(const std::string& name) {
    auto& made = contexts_[name];
    if (!made) made = make_hello_context(tickets_);
    return made;
  }
  std::string chosen(const TlsTable& table, std::string_view server_name) {
    const TlsChoice choice = table.choose(server_name);
    if (choice.kind == TlsChoice::Kind::refuse) return "refused";
    for (const auto& [name, made] : contexts_) {
      if (made.get() == choice.context) return name;
    }
    return "an unknown context";
  }

 private:
  std::shared_ptr<TicketKeys> tickets_ = std::make_shared<TicketKeys>();
  std::map<std::string, ContextPtr> contexts_;
};

TEST_F(TlsTableTest, PrefersExactThenOneLabelThenDefault) {
  TlsTable table;
  table.set_default(context("default"));
  table.put("example.com", context("exact"));
  table.put("a.example.com", context("a"));
  table.put("*.example.com", context("wildcard"));
  table.put_refusal("refused.example.com");
  table.put_default("known.example.com");
  struct Case {
    const char* server_name;
    const char* expected;
  };
  const Case cases[] = {
      {"example.com", "exact"},
      {"EXAMPLE.com", "exact"},
      {"example.com.", "exact"},
      {"a.example.com", "a"},
      {"b.example.com", "wildcard"},
      {"B.Example.COM", "wildcard"},
      {"x.b.example.com", "default"},
      {".example.com", "default"},
      {"refused.example.com", "refused"},
      {"known.example.com", "default"},  // not the wildcard: the host's own entry decides
      {"unknown.test", "default"},
      {"localhost", "default"},
      {"", "default"},
      {".", "default"},
  };
  for (const Case& c : cases) EXPECT_EQ(chosen(table, c.server_name), c.expected) << c.server_name;
  EXPECT_EQ(chosen(table, std::string(256, 'a') + ".example.com"), "default");
  EXPECT_EQ(chosen(table, std::string(70000, 'a')), "default");
}

TEST_F(TlsTableTest, TheAnyHostEntryComesBeforeTheDefault) {
  TlsTable table;
  table.set_default(context("default"));
  table.put("*", context("any"));
  table.put_default("known.test");
  EXPECT_EQ(chosen(table, "unknown.test"), "any");
  EXPECT_EQ(chosen(table, ""), "any");
  EXPECT_EQ(chosen(table, "known.test"), "default");
}

TEST_F(TlsTableTest, WithoutADefaultUnknownNamesAreRefused) {
  TlsTable table;
  table.put_default("known.test");
  EXPECT_EQ(chosen(table, "known.test"), "refused");
  EXPECT_EQ(chosen(table, ""), "refused");
}

TEST_F(TlsTableTest, ACopyChangesAlone) {
  TlsTable before;
  before.set_default(context("default"));
  before.put("a.test", context("a"));
  TlsTable after = before;
  after.put("a.test", context("a2"));
  after.put("b.test", context("b"));
  after.drop("a.test");
  after.set_default(context("default2"));
  EXPECT_EQ(chosen(before, "a.test"), "a");
  EXPECT_EQ(chosen(before, "b.test"), "default");
  EXPECT_EQ(chosen(after, "a.test"), "default2");
  EXPECT_EQ(chosen(after, "b.test"), "b");
}

}  // namespace
}  // namespace palpo::tls
