// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/json_reader.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace palpo::api {
namespace {

struct Pair {
  std::string text;
  std::vector<std::uint64_t> numbers;
};

Result<Pair> read_pair(std::string_view json) {
  Pair pair;
  JsonReader in(json, "pair");
  in.object(field("text", [&] { pair.text = in.string(); }),
            field("numbers", [&] { in.array([&] { pair.numbers.push_back(in.number(300)); }); }));
  if (auto done = in.finish(); !done) return done.error();
  return pair;
}

TEST(JsonReader, ReadsFieldsInAnyOrderWithBlanks) {
  for (const auto* json :
       {R"({"text":"a","numbers":[0,300]})", " {\t\"numbers\" : [ 0 ,\r300 ] ,\n\"text\" :\"a\" } \n"}) {
    const auto pair = read_pair(json);
    ASSERT_TRUE(pair.ok()) << pair.error().message;
    EXPECT_EQ(pair->text, "a");
    EXPECT_EQ(pair->numbers, (std::vector<std::uint64_t>{0, 300}));
  }
}

TEST(JsonReader, NamesWhatIsWrongAndWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "pair: the text ends where an object was expected"},
      {"null", "pair: expected an object, found \"n\" at byte 0"},
      {"{}", "pair.text: missing"},
      {R"({"text":"a"})", "pair.numbers: missing"},
      {R"({"text":"a","text":"b","numbers":[]})", "pair.text: is repeated"},
      {R"({"te\u0078t":"a","text":"b","numbers":[]})", "pair.text: is repeated"},
      {R"({"text":"a","other":1,"numbers":[]})", "pair: \"other\" is an unknown field"},
      {R"({"text":1,"numbers":[]})", "pair.text: expected a string, found \"1\" at byte 8"},
      {R"({"text":null,"numbers":[]})", "pair.text: expected a string, found \"n\" at byte 8"},
      {R"({"text":"a","numbers":[1,301]})", "pair.numbers[1]: expected a whole number from 0 to 300"},
      {R"({"text":"a","numbers":[99999999999999999999999]})",
       "pair.numbers[0]: expected a whole number from 0 to 300"},
      {R"({"text":"a","numbers":[1.0]})", "pair.numbers[0]: expected a whole number from 0 to 300"},
      {R"({"text":"a","numbers":[1e1]})", "pair.numbers[0]: expected a whole number from 0 to 300"},
      {R"({"text":"a","numbers":[-1]})", "pair.numbers[0]: expected a whole number from 0 to 300"},
      {R"({"text":"a","numbers":[01]})", "pair.numbers[0]: expected a whole number from 0 to 300"},
      {R"({"text":"a","numbers":[1,]})", "pair.numbers[1]: expected a whole number from 0 to 300"},
      {R"({"text":"a","numbers":[1 2]})", "pair.numbers: expected ',' or ']', found \"2\" at byte 25"},
      {R"({"text":"a","numbers":[]]})", "pair: expected ',' or '}', found \"]\" at byte 24"},
      {R"({"text":"a","numbers":[],})", "pair: expected a string, found \"}\" at byte 25"},
      {R"({"text" "a","numbers":[]})", "pair.text: expected ':', found \"\\\"\" at byte 8"},
      {R"({"text":"a","numbers":[]} x)", "pair: something follows its end at byte 26"},
      {R"({"text":"a","numbers":[)", "pair.numbers[0]: expected a whole number from 0 to 300"},
      {R"({"text":"a)", "pair.text: the text ends within a string"},
      {"{\"text\":\"\n\"}", "pair.text: a string has a control byte at byte 9"},
      {"{\"text\":\"\xc0\x80\"}", "pair.text: a string is not valid UTF-8 at byte 9"},
      {"{\"text\":\"\xed\xa0\x80\"}", "pair.text: a string is not valid UTF-8 at byte 9"},
      {R"({"text":"\x"})", "pair.text: expected an escape, found \"x\" at byte 10"},
      {R"({"text":"\u12g4"})", "pair.text: expected a hexadecimal digit, found \"g\" at byte 13"},
      {R"({"text":"\ud800"})", "pair.text: a surrogate escape stands alone"},
      {R"({"text":"\udc00\ud800"})", "pair.text: a surrogate escape stands alone"},
      {R"({"text":"\ud800\u0041"})", "pair.text: a surrogate escape stands alone"},
  };
  for (const auto& [json, error] : cases) {
    const auto pair = read_pair(json);
    ASSERT_FALSE(pair.ok()) << json;
    EXPECT_EQ(pair.error().message, error) << json;
  }
}

TEST(JsonReader, UnescapesAsAnotherParserDoes) {
  for (const std::string text :
       {R"("")", R"("\"\\\/\b\f\n\r\t")", R"("\u0000\u0041\u00e9\u20ac\ud83d\ude00\uD83D\uDE00")",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"", R"("a\u000ab\u0000c")"}) {
    JsonReader in(text, "text");
    const auto read = in.string();
    ASSERT_TRUE(in.finish().ok()) << text;
    EXPECT_EQ(read, nlohmann::json::parse(text).get<std::string>());
  }
}

TEST(JsonReader, TakesTheLargestNumberAndNoMore) {
  JsonReader largest("18446744073709551615", "n");
  EXPECT_EQ(largest.number(UINT64_MAX), UINT64_MAX);
  EXPECT_TRUE(largest.finish().ok());
  for (const auto* text : {"18446744073709551616", "184467440737095516150"}) {
    JsonReader in(text, "n");
    static_cast<void>(in.number(UINT64_MAX));
    EXPECT_FALSE(in.finish().ok()) << text;
  }
  JsonReader small("7", "n");
  static_cast<void>(small.number(5));
  EXPECT_FALSE(small.finish().ok());
}

TEST(JsonReader, ChoosesExactlyOne) {
  const auto read = [](std::string_view json) {
    std::string got;
    JsonReader in(json, "it");
    in.choice(field("a", [&] { got = "a" + in.string(); }), field("b", [&] { got = "b" + in.string(); }));
    const auto done = in.finish();
    return done ? got : done.error().message;
  };
  EXPECT_EQ(read(R"({"b":"1"})"), "b1");
  EXPECT_EQ(read("{}"), "it: expected exactly one of \"a\", \"b\"");
  EXPECT_EQ(read(R"({"b":"1","a":"2"})"), "it: expected exactly one of \"a\", \"b\"");
  EXPECT_EQ(read(R"({"c":"1"})"), "it: \"c\" is an unknown field");
}

TEST(JsonReader, StaysQuietAfterItsFirstError) {
  JsonReader in(R"({"a":[{"b":1,"b":2}]})", "it");
  int items = 0;
  in.object(field("a", [&] {
    in.array([&] {
      ++items;
      in.object(field("b", [&] { static_cast<void>(in.number(9)); }));
    });
  }));
  EXPECT_EQ(in.finish().error().message, "it.a[0].b: is repeated");
  EXPECT_EQ(items, 1);
  EXPECT_EQ(in.string(), "");
  EXPECT_FALSE(in.boolean());
  EXPECT_FALSE(in.null());
}

}  // namespace
}  // namespace palpo::api
