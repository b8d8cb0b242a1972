// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/event_decoder.h"

#include <gtest/gtest.h>

namespace palpo::kube {
namespace {

TEST(DecodeList, PageWithGoodAndBrokenObjects) {
  const auto page =
      decode_list(Kind::ingress_class, R"({"kind":"IngressClassList","apiVersion":"networking.k8s.io/v1",
    "metadata":{"resourceVersion":"42","continue":"abc=","remainingItemCount":7},
    "items":[{"metadata":{"name":"a"},"spec":{"controller":"c"}},{"metadata":{"name":"b"},"spec":[]}]})");
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_EQ(page->continue_token, "abc=");
  EXPECT_EQ(page->resource_version, "42");
  ASSERT_EQ(page->objects.size(), 1U);
  EXPECT_EQ(meta_of(page->objects[0]).key.name, "a");
  ASSERT_EQ(page->broken.size(), 1U);
  EXPECT_EQ(page->broken[0].meta.key.name, "b");
  EXPECT_EQ(page->broken[0].fault.text(), "spec: expected an object");
}

TEST(DecodeList, NoItems) {
  for (const auto* items : {"null", "[]"}) {
    const auto page = decode_list(
        Kind::secret, std::string(R"({"metadata":{"resourceVersion":"1"},"items":)") + items + "}");
    ASSERT_TRUE(page.ok()) << page.error().message;
    EXPECT_TRUE(page->objects.empty());
    EXPECT_EQ(page->continue_token, "");
  }
}

TEST(DecodeList, WhatIsNoListIsAnError) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "not JSON: wrong near byte 1"},
      {R"({"metadata":{},"items":[]})", "metadata.resourceVersion: required"},
      {R"({"metadata":{"resourceVersion":"1"},"items":{}})", "items: expected a list"},
      {R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{}}]})",
       "items[0]: metadata.name: required"},
      {R"([])", "expected an object"},
  };
  for (const auto& [body, message] : cases) {
    const auto page = decode_list(Kind::service, body);
    ASSERT_FALSE(page.ok()) << body;
    EXPECT_EQ(page.error().message, message) << body;
  }
}

std::string line(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}";
}

TEST(DecodeWatchLine, AddedAndModified) {
  for (const auto* type : {"ADDED", "MODIFIED"}) {
    const auto event = decode_watch_line(
        Kind::ingress_class, line(type, R"({"kind":"IngressClass","apiVersion":"networking.k8s.io/v1",
            "metadata":{"name":"a","resourceVersion":"9"},"spec":{"controller":"c"}})"));
    ASSERT_TRUE(event.ok()) << event.error().message;
    EXPECT_EQ(event->resource_version, "9");
    const auto& object = std::get<Object>(std::get<WatchAdded>(event->event).object);
    EXPECT_EQ(std::get<std::shared_ptr<const IngressClass>>(object)->controller, "c");
  }
}

TEST(DecodeWatchLine, BrokenObjectStillMovesTheVersion) {
  const auto event = decode_watch_line(
      Kind::service, line("ADDED", R"({"metadata":{"name":"a","resourceVersion":"9"},"spec":1})"));
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ(event->resource_version, "9");
  EXPECT_EQ(std::get<BrokenObject>(std::get<WatchAdded>(event->event).object).meta.key.name, "a");
}

TEST(DecodeWatchLine, DeletedNeedsNoSoundObject) {
  for (const auto* spec : {"{}", "1"}) {
    const auto event = decode_watch_line(
        Kind::service,
        line("DELETED",
             std::string(R"({"metadata":{"name":"a","namespace":"n","resourceVersion":"9"},"spec":)") + spec +
                 "}"));
    ASSERT_TRUE(event.ok()) << event.error().message;
    EXPECT_EQ(std::get<WatchDeleted>(event->event).key.text(), "n/a");
    EXPECT_EQ(event->resource_version, "9");
  }
}

TEST(DecodeWatchLine, Bookmark) {
  const auto event = decode_watch_line(
      Kind::secret,
      line("BOOKMARK", R"({"kind":"Secret","apiVersion":"v1","metadata":{"resourceVersion":"77"}})"));
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_TRUE(std::holds_alternative<WatchBookmark>(event->event));
  EXPECT_EQ(event->resource_version, "77");
}

TEST(DecodeWatchLine, ErrorIsAStatus) {
  const auto event = decode_watch_line(
      Kind::secret,
      line("ERROR",
           R"({"kind":"Status","apiVersion":"v1","code":410,"reason":"Expired","message":"too old"})"));
  ASSERT_TRUE(event.ok()) << event.error().message;
  const auto& failed = std::get<WatchFailed>(event->event);
  EXPECT_EQ(failed.code, 410);
  EXPECT_EQ(failed.message, "too old");
}

TEST(DecodeWatchLine, WhatIsNoEventIsAnError) {
  const std::vector<std::string> lines{
      "",
      "{",
      "[]",
      "{}",
      R"({"type":"ADDED"})",
      R"({"type":"ADDED","object":{}})",
      R"({"type":"ADDED","object":{"metadata":{"name":"a"}}})",
      R"({"type":"BOOKMARK","object":{}})",
      R"({"type":"NEW","object":{"metadata":{"name":"a","resourceVersion":"1"}}})",
      R"({"type":7,"object":{"metadata":{"name":"a","resourceVersion":"1"}}})",
      R"({"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a","resourceVersion":"1"}}})"};
  for (const auto& text : lines) EXPECT_FALSE(decode_watch_line(Kind::service, text).ok()) << text;
}

TEST(DecodeStatusMessage, StatusOrTheBeginningOfAnything) {
  EXPECT_EQ(decode_status_message(R"({"kind":"Status","message":"no access"})"), "no access");
  EXPECT_EQ(decode_status_message("404 page not found\n"), "404 page not found");
  EXPECT_EQ(decode_status_message(" \n"), "");
  EXPECT_EQ(decode_status_message(std::string(5000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace palpo::kube
