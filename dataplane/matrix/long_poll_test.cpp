// SPDX-License-Identifier: Apache-2.0
#include "dataplane/matrix/long_poll.h"

#include <gtest/gtest.h>

namespace palpo::matrix {
namespace {

struct Case {
  const char* target;
  int seconds;
  bool long_poll;
};

void expect_all(std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    const ResponseWait wait = response_wait(c.target);
    EXPECT_EQ(wait.until_head.count(), c.seconds) << c.target;
    EXPECT_EQ(wait.long_poll, c.long_poll) << c.target;
  }
}

TEST(ResponseWait, LongPollsNameTheirOwn) {
  expect_all({
      {"/_matrix/client/v3/sync?since=s1&timeout=30000", 60, true},
      {"/_matrix/client/v3/sync?timeout=90000&since=s1", 120, true},
      {"/_matrix/client/v3/sync?filter=x&timeout=90001&since=s1", 121, true},
      {"/_matrix/client/r0/sync?since=s1&timeout=120000", 150, true},
      {"/_matrix/client/v3/sync?since=s1&timeout=600000", 630, true},
      {"/_matrix/client/v3/sync?since=s1&timeout=600001", 630, true},
      {"/_matrix/client/v3/sync?since=s1&timeout=99999999999999999999999999", 630, true},
      {"/_matrix/client/v3/sync?since=s1", 60, true},
      {"/_matrix/client/v3/sync?since=s1&timeout=0", 60, true},
      {"/_matrix/client/v3/sync?since=s1&timeout=", 60, true},
      {"/_matrix/client/v3/sync?since=s1&timeout=-90000", 60, true},
      {"/_matrix/client/v3/sync?since=s1&timeout=9e9", 60, true},
      {"/_matrix/client/v3/sync?since=s1&xtimeout=90000", 60, true},
      {"/_matrix/client/v3/sync?since=s1&timeout=1&timeout=90000", 120, true},
      {"/_matrix/client/api/v1/events?from=s1&timeout=90000", 120, true},
      {"/_matrix/client/v3/events?timeout=90000", 120, true},
      {"/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?pos=4&timeout=90000", 120, true},
      {"/_matrix/client/unstable/org.matrix.msc3575/sync?pos=4&timeout=90000", 120, true},
      {"/_matrix/client/v4/sync?pos=4&timeout=90000", 120, true},
      {"/_matrix/client/unstable/sync?pos=4&timeout=90000", 120, true},
  });
}

TEST(ResponseWait, InitialSyncsComputeForMinutes) {
  expect_all({
      {"/_matrix/client/v3/sync", 300, true},
      {"/_matrix/client/v3/sync?timeout=30000", 300, true},
      {"/_matrix/client/v3/sync?since=&timeout=30000", 300, true},
      {"/_matrix/client/v3/sync?since=s1&full_state=true", 300, true},
      {"/_matrix/client/v3/sync?since=s1&full_state=false", 60, true},
      {"/_matrix/client/v3/sync?timeout=600000", 630, true},
      {"/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=0", 300, true},
      {"/_matrix/client/r0/initialSync?limit=1", 300, false},
      {"/_matrix/client/v3/rooms/!a:b/initialSync", 300, false},
  });
}

TEST(ResponseWait, RemoteRoundTripsGetFiveMinutes) {
  expect_all({
      {"/_matrix/client/v3/join/%23room:hs", 300, false},
      {"/_matrix/client/v3/rooms/!a:b/join", 300, false},
      {"/_matrix/client/v3/knock/!a:b?via=x", 300, false},
      {"/_matrix/client/v3/publicRooms?server=other.test", 300, false},
      {"/_matrix/client/v3/publicRooms?server=", 60, false},
      {"/_matrix/client/v3/publicRooms?limit=1", 60, false},
      {"/_matrix/client/v3/keys/query", 300, false},
      {"/_matrix/federation/v1/make_join/!a:b/@u:b?ver=11", 300, false},
      {"/_matrix/federation/v2/send_join/!a:b/$e", 300, false},
      {"/_matrix/federation/v1/send_knock/!a:b/$e", 300, false},
  });
}

TEST(ResponseWait, MediaMayWaitForItsUpload) {
  expect_all({
      {"/_matrix/client/v1/media/download/hs/id?timeout_ms=90000", 120, false},
      {"/_matrix/client/v1/media/download/hs/id", 60, false},
      {"/_matrix/media/v3/thumbnail/hs/id?width=1&timeout_ms=120000", 150, false},
      {"/_matrix/federation/v1/media/download/id?timeout_ms=90000", 120, false},
      {"/_matrix/media/v3/upload?timeout_ms=90000", 60, false},
  });
}

TEST(ResponseWait, EverythingElseIsOrdinary) {
  expect_all({
      {"", 60, false},
      {"*", 60, false},
      {"/", 60, false},
      {"/?timeout=90000", 60, false},
      {"/sync?timeout=90000", 60, false},
      {"/_matrix", 60, false},
      {"/_matrix/", 60, false},
      {"/_matrix/client", 60, false},
      {"/_matrix/client/v3", 60, false},
      {"/_matrix/client/v3/", 60, false},
      {"/_matrix/client/sync?timeout=90000", 60, false},
      {"/_matrix/client/versions", 60, false},
      {"/_matrix/client/v3/sync/more?timeout=90000", 60, false},
      {"/_matrix/client/v3/syncx?timeout=90000", 60, false},
      {"/_matrix/client/v3/rooms/sync/send/m.room.message/sync?timeout=90000", 60, false},
      {"/_matrix/client/v3/events/$id?timeout=90000", 60, false},
      {"/_matrix/client/v3/rooms/!a:b/send/m.room.message/join", 60, false},
      {"/_matrix/client/v3/joined_rooms", 60, false},
      {"/_matrix/client/v3/join/", 60, false},
      {"/_matrix/client/unstable/fi.mau.as_sync", 60, false},
      {"/_matrix/federation/v1/send/123", 60, false},
      {"/_matrix/federation/v1/make_join", 60, false},
  });
}

}  // namespace
}  // namespace palpo::matrix
