// SPDX-License-Identifier: Apache-2.0
// The field tables of README.md are those of the descriptions. PALPO_UPDATE_DOCS=1 rewrites them. Runs in the
// source folder.
#include <gtest/gtest.h>

#include <concepts>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "dataplane/api/message_fields.h"

namespace palpo::api {
namespace {

constexpr const char* kPage = "dataplane/api/README.md";

template <class Enum>
std::string words_of() {
  std::string text;
  for (const auto& each : Words<Enum>::all)
    text.append(text.empty() ? "`" : ", `").append(each.word).append("`");
  return text;
}

template <class Variant>
std::string choices_of() {
  std::string text;
  const auto one = [&](const auto& choice) {
    text.append(text.empty() ? "`" : ", `").append(choice.name).append("`");
  };
  std::apply([&](const auto&... choice) { (one(choice), ...); }, Choices<Variant>::all);
  return "object: one of " + text;
}

template <class T>
std::string plural_of() {
  if constexpr (requires { Description<T>::noun; })
    return std::string(Description<T>::noun) + "s";
  else
    return std::same_as<T, std::string> ? "strings" : "objects";
}

template <class T>
std::string type_of() {
  if constexpr (std::same_as<T, bool>)
    return "`true`, `false`";
  else if constexpr (std::integral<T>)
    return "number";
  else if constexpr (is_duration<T>)
    return "number of milliseconds";
  else if constexpr (std::same_as<T, std::string>)
    return "string";
  else if constexpr (std::same_as<T, Digest>)
    return "digest";
  else if constexpr (std::same_as<T, ListenerSet>)
    return "array of " + words_of<Listener>() + ", in this order";
  else if constexpr (std::is_enum_v<T>)
    return words_of<T>();
  else if constexpr (is_optional<T>)
    return type_of<typename T::value_type>() + ", or `null`";
  else if constexpr (is_list<T>)
    return "array of " + plural_of<typename T::value_type>();
  else if constexpr (is_variant<T>)
    return choices_of<T>();
  else
    return "object";  // described, or sealed
}

std::string rule_of(const TextRule& rule) { return std::string(rule.words); }
std::string rule_of(const Range& range) {
  return std::to_string(range.low) + " to " + std::to_string(range.high);
}
std::string rule_of(AtMost most) { return "at most " + std::to_string(most.items); }
std::string rule_of(NameOf name) { return "name of a " + std::string(to_string(name.kind)) + " that exists"; }
std::string rule_of(const auto&) { return {}; }

template <class T>
std::string table_of() {
  std::string text = "| field | type | meaning | rule |\n|---|---|---|---|\n";
  const auto row = [&]<class Struct, class Value, class Rule>(const Field<Struct, Value, Rule>& field) {
    const auto rule = rule_of(field.rule);
    text.append("| `").append(field.name).append("` | ").append(type_of<Value>()).append(" | ");
    text.append(field.meaning).append(rule.empty() ? " | |\n" : " | " + rule + " |\n");
  };
  std::apply([&](const auto&... field) { (row(field), ...); }, Description<T>::fields);
  return text;
}

// The page with the table of `name` replaced.
std::string with_table(const std::string& page, const std::string& name, const std::string& table) {
  const auto begin_mark = "<!-- fields of " + name + " -->\n";
  const auto begin = page.find(begin_mark);
  const auto end = page.find("<!-- end -->", begin);
  if (begin == std::string::npos || end == std::string::npos) {
    ADD_FAILURE() << kPage << " has no place for the fields of " << name << ": " << begin_mark;
    return page;
  }
  return page.substr(0, begin) + begin_mark + table + page.substr(end);
}

TEST(FieldTables, OfThePageAreThoseOfTheDescriptions) {
  std::ostringstream read;
  read << std::ifstream(kPage).rdbuf();
  const std::string page = read.str();
  ASSERT_FALSE(page.empty()) << kPage;
  std::string wanted = page;
  const auto put = [&](const std::string& name, const std::string& table) {
    wanted = with_table(wanted, name, table);
  };
  put("hello", table_of<Hello>());
  put("welcome", table_of<Welcome>());
  put("ack", table_of<Ack>());
  put("nack", table_of<Nack>());
  put("fault", table_of<Fault>());
  put("recall", table_of<Recall>());
  put("recalled", table_of<Recalled>());
  put("resource id", table_of<ResourceId>());
  put("host", table_of<Host>());
  put("route", table_of<Route>());
  put("proxy", table_of<ProxyTo>());
  put("answer", table_of<FixedAnswer>());
  put("refuse", table_of<Refusal>());
  put("cluster", table_of<Cluster>());
  put("endpoint", table_of<Endpoint>());
  put("certificate", table_of<Certificate>());
  put("settings", table_of<Settings>());
  put("defaults", table_of<Defaults>());
  if (const char* update = std::getenv("PALPO_UPDATE_DOCS");
      update != nullptr && std::string_view(update) == "1")
    std::ofstream(kPage) << wanted;
  else
    EXPECT_EQ(page, wanted) << "PALPO_UPDATE_DOCS=1 rewrites " << kPage;
}

}  // namespace
}  // namespace palpo::api
