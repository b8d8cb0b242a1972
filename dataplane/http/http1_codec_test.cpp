// SPDX-License-Identifier: Apache-2.0
// The whole of serving HTTP/1.1 without sockets: any split of the bytes, any order of events.
#include "dataplane/http/http1_codec.h"

#include <gtest/gtest.h>

#include "dataplane/http/serving_fixture.h"
#include "dataplane/message/chunked_decoder.h"

namespace palpo::http {
namespace {

using std::chrono::milliseconds;

const std::string kGet = "GET / HTTP/1.1\r\nHost: h.test\r\n\r\n";
const std::string kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::size_t kAll = SIZE_MAX;

// The body behind the first head.
std::string dechunked(const std::string& message) {
  std::string bytes = message.substr(message.find("\r\n\r\n") + 4);
  ChunkedDecoder decoder;
  const auto step = decoder.decode(bytes.data(), bytes.size());
  return step.status == ChunkedDecoder::Status::done ? bytes.substr(0, step.data) : "not whole";
}

class Http1CodecTest : public testing::Test {
 protected:
  FakeConnection& connected() {
    FakeConnection& connection = serving_.upstreams.last();
    connection.connect();
    return connection;
  }
  static std::string status_of(const std::string& response) { return response.substr(9, 3); }
  void pass(milliseconds time) { serving_.pass(time); }

  Serving serving_;
  FakeClient client_{serving_.shared};
};

TEST_F(Http1CodecTest, ARequestInOnePieceAndItsAnswer) {
  client_.say(kGet);
  FakeConnection& up = connected();
  EXPECT_TRUE(up.received().starts_with("GET / HTTP/1.1\r\nHost: h.test\r\nX-Forwarded-For: 192.0.2.1\r\n"));
  up.answer(kAnswer);
  EXPECT_EQ(client_.received(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: palpo-ingress\r\n\r\nok");
  EXPECT_EQ(up.stage(), FakeConnection::Stage::idle);
  EXPECT_TRUE(client_.idle());
  EXPECT_EQ(serving_.outcomes(2), 1U);
}

// Two requests, one of them with a chunked body, cut at every byte; their answers too.
TEST_F(Http1CodecTest, EverySplitOfTheBytesIsReadAlike) {
  const std::string requests =
      "POST /a HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
      "PUT /b HTTP/1.1\r\nHost: h.test\r\nContent-Length: 4\r\n\r\nbody";
  const std::string answers[] = {
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
      "HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\ndone"};
  for (std::size_t cut = 1; cut < requests.size(); ++cut) {
    Serving serving;
    FakeClient client(serving.shared);
    client.say(requests.substr(0, cut));
    client.say(requests.substr(cut));
    serving.upstreams.last().connect();
    FakeConnection& up = serving.upstreams.last();
    for (const std::string& answer : answers) {
      const std::size_t at = cut % answer.size();
      up.answer(answer.substr(0, at));
      up.answer(answer.substr(at));
      client.turn();
    }
    ASSERT_EQ(dechunked(up.received()), "abcde") << cut << up.received();
    ASSERT_TRUE(up.received().ends_with("\r\n\r\nbody")) << cut << up.received();
    ASSERT_EQ(serving.upstreams.dialed(), 1U) << cut;
    std::string body = client.received();
    ASSERT_TRUE(body.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << cut << body;
    ASSERT_TRUE(
        body.ends_with("HTTP/1.1 201 Created\r\nContent-Length: 4\r\nServer: palpo-ingress\r\n\r\ndone"))
        << cut << body;
    ASSERT_EQ(serving.outcomes(2), 2U) << cut;
  }
}

TEST_F(Http1CodecTest, ASlowClientStopsTheUpstreamUntilItHasTakenAll) {
  client_.say(kGet);
  FakeConnection& up = connected();
  client_.be_slow(true);
  up.answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
  EXPECT_TRUE(up.paused());
  up.answer("def");
  EXPECT_EQ(up.unread(), 3U);
  client_.take(10);
  EXPECT_TRUE(up.paused());
  client_.be_slow(false);
  client_.take(kAll);
  EXPECT_FALSE(up.paused());
  up.deliver();
  EXPECT_TRUE(client_.received().ends_with("abcdef"));
  EXPECT_EQ(serving_.outcomes(2), 1U);
}

TEST_F(Http1CodecTest, AClientThatTakesNothingIsCutOff) {
  client_.say(kGet);
  FakeConnection& up = connected();
  client_.be_slow(true);
  up.answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
  pass(serving_.defaults().client_idle - milliseconds(1000));
  client_.take(1);
  pass(milliseconds(2000));
  EXPECT_EQ(client_.end(), FakeClient::End::open);  // it took a byte
  pass(serving_.defaults().client_idle);
  EXPECT_EQ(client_.end(), FakeClient::End::reset);
  EXPECT_EQ(up.stage(), FakeConnection::Stage::over);
  EXPECT_EQ(serving_.outcomes(), 1U);
}

TEST_F(Http1CodecTest, ASlowUpstreamStopsTheClientUntilItHasTakenAll) {
  client_.say("PUT / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 8\r\n\r\nab");
  FakeConnection& up = connected();
  up.be_slow(true);
  client_.say("cd");
  EXPECT_TRUE(client_.paused());
  client_.say("efgh");
  EXPECT_EQ(client_.unread(), 4U);
  pass(milliseconds(30'000));
  EXPECT_EQ(client_.end(), FakeClient::End::open);
  up.take(kAll);
  EXPECT_FALSE(client_.paused());
  up.be_slow(false);
  client_.turn();
  EXPECT_TRUE(up.received().ends_with("abcdefgh"));
}

TEST_F(Http1CodecTest, AnUpstreamThatTakesNothingIsGivenUp) {
  client_.say("PUT / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 8\r\n\r\nab");
  FakeConnection& up = connected();
  up.be_slow(true);
  client_.say("cd");
  pass(serving_.defaults().upstream_idle + milliseconds(1000));
  EXPECT_EQ(status_of(client_.received()), "504");
}

TEST_F(Http1CodecTest, ARequestThatDoesNotArriveIsRefused) {
  client_.say("GET / HT");
  pass(serving_.defaults().request_head + milliseconds(500));
  EXPECT_EQ(status_of(client_.received()), "408");
  FakeClient second(serving_.shared);
  second.say("PUT / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 8\r\n\r\nab");
  connected();
  pass(serving_.defaults().client_idle + milliseconds(500));
  EXPECT_EQ(status_of(second.received()), "408");
  EXPECT_EQ(serving_.outcomes(4), 2U);
}

TEST_F(Http1CodecTest, SilentAndIdleClientsEndQuietly) {
  pass(serving_.defaults().request_head + milliseconds(500));
  EXPECT_EQ(client_.end(), FakeClient::End::closed);
  FakeClient served(serving_.shared);
  served.say("GET /own HTTP/1.1\r\nHost: h.test\r\n\r\n");
  pass(serving_.defaults().keep_alive + milliseconds(500));
  EXPECT_EQ(served.end(), FakeClient::End::closed);
  EXPECT_EQ(serving_.outcomes(), 1U);
}

TEST_F(Http1CodecTest, AnUpstreamThatDoesNotAnswerAndOneThatBreaksOff) {
  client_.say(kGet);
  connected();
  pass(milliseconds(60'500));
  EXPECT_EQ(status_of(client_.take_received()), "504");
  client_.say(kGet);
  FakeConnection& up = connected();
  up.answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
  up.end();
  EXPECT_EQ(client_.end(), FakeClient::End::reset);
  EXPECT_EQ(serving_.outcomes(6), 1U);
}

TEST_F(Http1CodecTest, AnIdleConnectionThatProvesDeadIsReplacedOnce) {
  client_.say(kGet);
  connected().answer(kAnswer);
  client_.take_received();
  FakeConnection& kept = serving_.upstreams.last();
  client_.say(kGet);
  EXPECT_EQ(kept.stage(), FakeConnection::Stage::used);
  kept.end();
  ASSERT_EQ(serving_.upstreams.dialed(), 2U);
  FakeConnection& fresh = connected();
  fresh.end();
  EXPECT_EQ(status_of(client_.received()), "502");
  EXPECT_EQ(serving_.metrics.upstream_retries.value(), 1U);
}

TEST_F(Http1CodecTest, AnotherEndpointIsTriedWhenOneCannotBeReached) {
  client_.say("GET / HTTP/1.1\r\nHost: two.test\r\n\r\n");
  const auto first = serving_.upstreams.last().endpoint_id();
  serving_.upstreams.last().refuse();
  ASSERT_EQ(serving_.upstreams.dialed(), 2U);
  EXPECT_NE(serving_.upstreams.last().endpoint_id(), first);
  serving_.upstreams.last().refuse();
  EXPECT_EQ(status_of(client_.received()), "503");
  EXPECT_EQ(serving_.outcomes(5), 1U);
}

TEST_F(Http1CodecTest, ADrainLetsTheRequestUnderWayEnd) {
  client_.say(kGet);
  FakeConnection& up = connected();
  client_.codec().announce_drain();
  client_.codec().begin_drain();
  EXPECT_EQ(client_.end(), FakeClient::End::open);
  up.answer(kAnswer);
  EXPECT_NE(client_.received().find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_EQ(client_.end(), FakeClient::End::finished);
}

TEST_F(Http1CodecTest, WhenADrainBeginsAnIdleConnectionHasOneMoreSecond) {
  FakeClient silent(serving_.shared);
  client_.say("GET /own HTTP/1.1\r\nHost: h.test\r\n\r\n");
  client_.codec().announce_drain();
  client_.codec().begin_drain();
  silent.codec().begin_drain();
  EXPECT_EQ(client_.end(), FakeClient::End::open);
  pass(milliseconds(1500));
  EXPECT_EQ(client_.end(), FakeClient::End::closed);
  EXPECT_EQ(silent.end(), FakeClient::End::closed);
}

TEST_F(Http1CodecTest, ABodyOverTheLimitIsRefusedAtOnceOrWhenItGetsThere) {
  serving_.change([](api::Defaults& defaults) { defaults.request_body = 4; });
  client_.say("PUT / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(status_of(client_.received()), "413");
  EXPECT_EQ(serving_.upstreams.dialed(), 0U);
  FakeClient chunked(serving_.shared);
  chunked.say("PUT / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n");
  FakeConnection& up = connected();
  chunked.say("1\r\ne\r\n");
  EXPECT_EQ(status_of(chunked.received()), "413");
  EXPECT_EQ(up.stage(), FakeConnection::Stage::over);
}

TEST_F(Http1CodecTest, FurtherRequestsWaitInABoundedBuffer) {
  client_.say(kGet);
  connected();
  std::string many;
  while (many.size() < 100'000) many += kGet;
  client_.say(many);
  EXPECT_TRUE(client_.paused());
  EXPECT_GT(client_.unread(), 50'000U);
}

}  // namespace
}  // namespace palpo::http
