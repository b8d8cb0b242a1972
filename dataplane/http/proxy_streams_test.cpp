// SPDX-License-Identifier: Apache-2.0
// Bodies that are larger than any buffer, peers that are slow or leave, tunnels.
#include <random>
#include <thread>

#include "dataplane/http/proxy_fixture.h"

namespace palpo::http {
namespace {

// More than the kernel's buffers on both sides of the proxy together hold, by far less than what is offered.
constexpr std::size_t kBounded = 40'000'000;
constexpr std::size_t kOffered = 120'000'000;

std::string random_bytes(std::size_t size) {
  std::mt19937_64 random(size);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST_F(ProxyTest, ASlowReaderStopsTheUpstream) {
  start();
  Wire slow = Wire::connect(http_port_, 65536);
  slow.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  up.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kOffered) + "\r\n\r\n");
  const std::string block(1'000'000, 'x');
  const std::size_t sent = up.send_until_blocked(block, kOffered);
  EXPECT_LT(sent, kBounded);
  // Then it reads, and everything comes.
  std::thread rest([&] {
    for (std::size_t left = kOffered - sent; left > 0;) {
      const std::size_t part = std::min(left, block.size());
      up.send(std::string_view(block).substr(0, part));
      left -= part;
    }
  });
  slow.read_until("\r\n\r\n");
  for (std::size_t left = kOffered; left > 0; left -= std::min<std::size_t>(left, 1'000'000)) {
    slow.read(std::min<std::size_t>(left, 1'000'000));
  }
  rest.join();
  slow.send(get("/next"));
  EXPECT_EQ(up.read_message().start_line(), "GET /next HTTP/1.1");
}

TEST_F(ProxyTest, ASlowUpstreamStopsTheClient) {
  start();
  Wire client_wire = client();
  client_wire.send("POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: " + std::to_string(kOffered) +
                   "\r\n\r\n");
  Wire up = upstream_.accept();
  up.read_until("\r\n\r\n");
  const std::string block(1'000'000, 'x');
  const std::size_t sent = client_wire.send_until_blocked(block, kOffered);
  EXPECT_LT(sent, kBounded);
  std::thread rest([&] {
    for (std::size_t left = kOffered - sent; left > 0;) {
      const std::size_t part = std::min(left, block.size());
      client_wire.send(std::string_view(block).substr(0, part));
      left -= part;
    }
  });
  for (std::size_t left = kOffered; left > 0; left -= std::min<std::size_t>(left, 1'000'000)) {
    up.read(std::min<std::size_t>(left, 1'000'000));
  }
  rest.join();
  up.send(kOk);
  EXPECT_EQ(client_wire.read_message().body, "ok");
}

TEST_F(ProxyTest, ARequestIsKeptBoundedWhileItsConnectionIsUnderWay) {
  WireListener full(0, 0);
  const Wire stuffing = Wire::connect(full.port());  // the queue has room for one
  options_.pools.connect = std::chrono::milliseconds(1500);
  ConfigDraft draft;
  draft.cluster("c", {full.port()}).proxy("h.test", "/", "c");
  start(draft);
  Wire client_wire = client();
  client_wire.send("PUT / HTTP/1.1\r\nHost: h.test\r\nContent-Length: " + std::to_string(kOffered) +
                   "\r\n\r\n");
  EXPECT_LT(client_wire.send_until_blocked(std::string(1'000'000, 'x'), kOffered), kBounded);
  EXPECT_EQ(client_wire.read_message().start_line(), "HTTP/1.1 503 Service Unavailable");
}

TEST_F(ProxyTest, BothBodiesAtTheSameTimeArriveUnchanged) {
  start();
  const std::string body = random_bytes(8'000'000);
  for (const bool chunked : {false, true}) {
    Wire client_wire = client();
    const std::string framing =
        chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + std::to_string(body.size());
    client_wire.send("POST / HTTP/1.1\r\nHost: h.test\r\n" + framing + "\r\n\r\n");
    Wire up = upstream_.accept();
    up.read_until("\r\n\r\n");
    up.send("HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n");
    const auto send_body = [&](Wire& wire) {
      if (!chunked) return wire.send(body);
      for (std::size_t at = 0; at < body.size(); at += 77'777) {
        const std::string piece = body.substr(at, 77'777);
        char size[20];
        std::snprintf(size, sizeof size, "%zX\r\n", piece.size());
        wire.send(size + piece + "\r\n");
      }
      wire.send("0\r\n\r\n");
    };
    const auto read_body = [&](Wire& wire) {
      if (!chunked) return wire.read(body.size());
      std::string all;
      for (;;) {
        const std::size_t size = std::stoul(wire.read_until("\r\n"), nullptr, 16);
        all += wire.read(size);
        wire.read(2);
        if (size == 0) return all;
      }
    };
    client_wire.read_until("\r\n\r\n");
    std::thread upload([&] { send_body(client_wire); });
    std::thread download([&] { send_body(up); });
    // Two threads on one socket, one a direction.
    EXPECT_TRUE(read_body(up) == body);
    EXPECT_TRUE(read_body(client_wire) == body);
    upload.join();
    download.join();
  }
}

TEST_F(ProxyTest, ABrokenUpstreamNeverLooksLikeACompleteResponse) {
  start();
  const std::pair<std::string, bool> cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", false},
      {"HTTP/1.1 200 OK\r\n\r\n12345", true},
  };
  for (const bool old : {false, true}) {
    for (const auto& [response, by_reset] : cases) {
      Wire client_wire = client();
      client_wire.send(old ? "GET / HTTP/1.0\r\nHost: h.test\r\n\r\n" : get());
      Wire up = upstream_.accept();
      up.read_message();
      up.send(response);
      client_wire.read_until("12345");
      if (by_reset) up.reset();
      up = Wire(-1);
      EXPECT_EQ(client_wire.wait_for_end(), Wire::End::reset) << response;
    }
  }
  barrier();
  EXPECT_EQ(metrics_.requests[0][telemetry::WorkerMetrics::kCodes - 1].value(), 2 * std::size(cases));
}

std::uint64_t count_of(const telemetry::WorkerMetrics::Durations& durations) {
  std::uint64_t count = 0;
  for (const telemetry::Count& bucket : durations.buckets) count += bucket.value();
  return count;
}

TEST_F(ProxyTest, AClientThatLeavesEndsItsLongPollAtOnce) {
  start();
  for (const bool by_reset : {false, true}) {
    Wire client_wire = client();
    client_wire.send(get("/_matrix/client/v3/sync?timeout=30000"));
    Wire up = upstream_.accept();
    up.read_message();
    if (by_reset) client_wire.reset();
    client_wire = Wire(-1);
    EXPECT_EQ(up.wait_for_end(), Wire::End::finished);
  }
  barrier();
  EXPECT_EQ(metrics_.requests[0][0].value(), 2U);
  EXPECT_EQ(count_of(metrics_.long_waits), 2U);
}

TEST_F(ProxyTest, AClientThatLeavesWhileItUploadsOrDownloads) {
  start();
  Wire uploading = client();
  uploading.send("POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 100\r\n\r\npart");
  Wire up = upstream_.accept();
  up.read_until("part");
  uploading = Wire(-1);
  up.wait_for_end();
  Wire downloading = client();
  downloading.send(get());
  up = upstream_.accept();
  up.read_message();
  up.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kOffered) + "\r\n\r\n");
  up.send_until_blocked(std::string(1'000'000, 'x'), kOffered);
  downloading.reset();
  while (up.try_send("x")) {
  }
}

const std::string kHandshake =
    "GET /ws HTTP/1.1\r\nHost: h.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: "
    "a\r\n\r\n";
const std::string kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";

TEST_F(ProxyTest, TunnelsCarryBytesBothWaysUntilBothHaveEnded) {
  start();
  Wire client_wire = client();
  client_wire.send(kHandshake + "early");
  Wire up = upstream_.accept();
  const WireMessage request = up.read_message();
  EXPECT_EQ(request.value("upgrade"), "websocket");
  EXPECT_EQ(request.value("connection"), "Upgrade");
  EXPECT_EQ(request.value("sec-websocket-key"), "a");
  EXPECT_TRUE(up.quiet(50));  // nothing of the new protocol before it is agreed
  up.send(kSwitch + "Sec-WebSocket-Accept: b\r\n\r\nfrom upstream");
  const WireMessage response = client_wire.read_message(true);
  EXPECT_EQ(response.start_line(), "HTTP/1.1 101 Switching Protocols");
  EXPECT_EQ(response.value("upgrade"), "websocket");
  EXPECT_EQ(response.value("connection"), "Upgrade");
  EXPECT_EQ(response.value("sec-websocket-accept"), "b");
  EXPECT_EQ(client_wire.read(13), "from upstream");
  EXPECT_EQ(up.read(5), "early");
  const std::string bytes = random_bytes(2'000'000);
  std::thread both([&] { client_wire.send(bytes); });
  EXPECT_TRUE(up.read(bytes.size()) == bytes);
  both.join();
  client_wire.end_writing();
  EXPECT_EQ(up.read_to_end(), "");
  up.send("last words");
  up = Wire(-1);
  EXPECT_EQ(client_wire.read_to_end(), "last words");
}

TEST_F(ProxyTest, ATunnelTakesUpWhatWasSentAheadBeyondItsBound) {
  start();
  Wire client_wire = client();
  client_wire.send(kHandshake);
  Wire up = upstream_.accept();
  up.read_message();
  const std::string ahead = random_bytes(defaults_.pipelined * 2);
  client_wire.send(ahead);
  barrier();
  up.send(kSwitch + "\r\n");
  client_wire.read_message(true);
  client_wire.send("after");
  client_wire.end_writing();
  EXPECT_EQ(up.read_to_end(), ahead + "after");
}

TEST_F(ProxyTest, ATunnelEndsWhenTheUpstreamEndsIt) {
  start();
  Wire client_wire = client();
  client_wire.send(kHandshake);
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kSwitch + "\r\nbye");
  up = Wire(-1);
  client_wire.read_message(true);
  EXPECT_EQ(client_wire.read_to_end(), "bye");
}

TEST_F(ProxyTest, ATunnelStopsTheFasterSide) {
  start();
  Wire client_wire = Wire::connect(http_port_, 65536);
  client_wire.send(kHandshake);
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kSwitch + "\r\n");
  EXPECT_LT(up.send_until_blocked(std::string(1'000'000, 'x'), kOffered), kBounded);
  EXPECT_LT(client_wire.send_until_blocked(std::string(1'000'000, 'x'), kOffered), kBounded);
}

TEST_F(ProxyTest, AnUpgradeThatIsDeclinedIsAResponseLikeAnother) {
  start();
  Wire client_wire = client();
  client_wire.send(kHandshake);
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  EXPECT_EQ(client_wire.read_message().body, "ok");
  client_wire.send(get("/next"));
  EXPECT_EQ(up.read_message().start_line(), "GET /next HTTP/1.1");
}

}  // namespace
}  // namespace palpo::http
