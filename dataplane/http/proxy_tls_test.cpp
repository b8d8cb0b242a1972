// SPDX-License-Identifier: Apache-2.0
// TLS: which certificate, which host may be asked for, certificates that change under way.
#include <poll.h>
#include <sys/socket.h>

#include <random>
#include <thread>

#include "dataplane/http/proxy_fixture.h"

namespace palpo::http {
namespace {

class TlsProxyTest : public ProxyTest {
 protected:
  ConfigDraft tls_config() {
    return plain_config()
        .proxy("other.test", "/", "c")
        .proxy("cousin.test", "/", "c")
        .certificate("h.test", leaf_)
        .certificate("other.test", other_)
        .default_certificate(default_)
        .refuse_tls("refused.test");
  }
  Wire tls_client(const std::string& name, bool verify = true) const {
    return Wire::connect_tls(https_port_, {name, verify ? pki_.ca_pem() : "", "http/1.1"});
  }
  // One request by a connection that already is.
  std::string status_for(Wire& wire, const std::string& host) {
    wire.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    if (auto up = upstream_.accept_within(100)) {
      up->read_message();
      up->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    }
    return wire.read_message().start_line().substr(9, 3);
  }

  tests::TestPki pki_;
  tests::TestCertificate leaf_ = pki_.issue({"h.test", "cousin.test"});
  tests::TestCertificate other_ = pki_.issue(std::vector<std::string>{"other.test"});
  tests::TestCertificate default_ = pki_.issue(std::vector<std::string>{"default.test"});
};

TEST_F(TlsProxyTest, TheServerNameChoosesTheCertificate) {
  start(tls_config());
  EXPECT_EQ(tls_client("h.test").peer_certificate_pem(), leaf_.certificate_pem);
  EXPECT_EQ(tls_client("H.TEST").peer_certificate_pem(), leaf_.certificate_pem);
  EXPECT_EQ(tls_client("other.test").peer_certificate_pem(), other_.certificate_pem);
  EXPECT_EQ(tls_client("unknown.test", false).peer_certificate_pem(), default_.certificate_pem);
  EXPECT_EQ(tls_client("", false).peer_certificate_pem(), default_.certificate_pem);
  try {
    tls_client("refused.test");
    ADD_FAILURE() << "the handshake succeeded";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("unrecognized name"), std::string::npos) << error.what();
  }
  barrier();
  EXPECT_EQ(metrics_.handshakes_ok.value(), 5U);
  EXPECT_EQ(metrics_.handshakes_failed.value(), 1U);
}

TEST_F(TlsProxyTest, AHostBesidesTheServerNameNeedsACertificateThatCoversIt) {
  start(tls_config());
  Wire wire = tls_client("h.test");
  EXPECT_EQ(status_for(wire, "h.test"), "200");
  EXPECT_EQ(status_for(wire, "H.test.:443"), "200");
  EXPECT_EQ(status_for(wire, "cousin.test"), "200");
  EXPECT_EQ(status_for(wire, "other.test"), "421");
  EXPECT_EQ(status_for(wire, "h.test"), "200");
  Wire nameless = tls_client("", false);
  EXPECT_EQ(status_for(nameless, "other.test"), "200");
}

TEST_F(TlsProxyTest, AHostThatNobodyHasIsNotFoundWhereItsOwnNameWasAskedFor) {
  start(tls_config());
  Wire unknown = tls_client("unknown.test", false);  // with the default certificate
  EXPECT_EQ(status_for(unknown, "unknown.test"), "404");
  EXPECT_EQ(status_for(unknown, "h.test"), "421");
  EXPECT_EQ(status_for(unknown, "unknown.test"), "404");
  Wire nameless = tls_client("", false);
  EXPECT_EQ(status_for(nameless, "unknown.test"), "404");
  Wire known = tls_client("h.test");
  EXPECT_EQ(status_for(known, "unknown.test"), "421");
}

TEST_F(TlsProxyTest, TheUpstreamLearnsTheProtocol) {
  options_.https_redirect_port = 8443;
  start(tls_config());
  for (const std::uint16_t port : {https_port_, federation_port_}) {
    Wire wire = Wire::connect_tls(port, {"h.test", pki_.ca_pem(), "http/1.1"});
    wire.send("GET / HTTP/1.1\r\nHost: h.test:" + std::to_string(port) + "\r\nX-Forwarded-Port: 1\r\n\r\n");
    Wire up = upstream_.accept();
    const WireMessage request = up.read_message();
    EXPECT_EQ(request.value("x-forwarded-proto"), "https");
    EXPECT_EQ(request.value("x-forwarded-port"), port == https_port_ ? "8443" : "8448");
  }
  Wire wire = client();
  wire.send("GET / HTTP/1.1\r\nHost: h.test:81\r\n\r\n");
  Wire up = upstream_.accept();
  EXPECT_EQ(up.read_message().value("x-forwarded-port"), "80");  // where clients reach it, not what they say
}

// A client that asks for new keys without pause costs one session, and nobody else anything.
TEST_F(TlsProxyTest, AFloodOfKeyUpdatesEndsItsSession) {
  start(tls_config());
  Wire flooding = tls_client("h.test");
  flooding.send(get("/pending"));
  Wire pending = upstream_.accept();
  pending.read_message();
  std::thread flood([&] {
    for (int i = 0; i < 1'000'000 && flooding.request_key_update(); ++i) {
    }
  });
  Wire other = tls_client("h.test");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status_for(other, "h.test"), "200");
  pending.wait_for_end();  // its client is gone
  flood.join();
}

// What the server has to answer is not kept without bound for a client that takes nothing.
TEST_F(TlsProxyTest, AClientThatTakesNoAnswersIsNotReadOn) {
  start(tls_config());
  Wire::TlsOptions options{"h.test", pki_.ca_pem(), "http/1.1"};
  options.receive_buffer = 2048;
  options.max_segment = 536;
  Wire wire = Wire::connect_tls(https_port_, options);
  wire.send("PUT / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 1000000000\r\n\r\n");
  Wire up = upstream_.accept();
  std::thread reader([&] { up.wait_for_end(); });
  const std::string piece(1100, 'x');
  std::size_t updates = 0;
  const timeval patience{0, 500'000};
  ::setsockopt(wire.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const auto is_taken = [&] {
    pollfd writable{wire.fd(), POLLOUT, 0};
    return ::poll(&writable, 1, 500) == 1;
  };
  while (updates < 200'000 && is_taken() && wire.try_send(piece) && is_taken() && wire.request_key_update())
    ++updates;
  EXPECT_GT(updates, 100U);
  EXPECT_LT(updates, 200'000U);
  EXPECT_EQ(metrics_.requests[1][0].value(), 0U) << "the connection still is";
  wire.reset();
  reader.join();
}

TEST_F(TlsProxyTest, LargeBodiesBothWaysArriveUnchanged) {
  start(tls_config());
  std::string body(5'000'000, '\0');
  std::mt19937_64 random(5);
  for (char& c : body) c = static_cast<char>(random());
  Wire wire = tls_client("h.test");
  const std::string size = std::to_string(body.size());
  std::thread sender(
      [&] { wire.send("PUT / HTTP/1.1\r\nHost: h.test\r\nContent-Length: " + size + "\r\n\r\n" + body); });
  Wire up = upstream_.accept();
  EXPECT_TRUE(up.read_message().body == body);
  sender.join();
  std::thread answer([&] { up.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n" + body); });
  EXPECT_TRUE(wire.read_message().body == body);
  answer.join();
}

TEST_F(TlsProxyTest, ASlowTlsReaderStopsTheUpstreamAndGetsItAll) {
  start(tls_config());
  Wire wire = tls_client("h.test");
  wire.send(get());
  Wire up = upstream_.accept();
  up.read_message();
  constexpr std::size_t kOffered = 100'000'000;
  up.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kOffered) + "\r\n\r\n");
  const std::string block(1'000'000, 'x');
  const std::size_t sent = up.send_until_blocked(block, kOffered);
  EXPECT_LT(sent, 40'000'000U);
  std::thread rest([&] {
    for (std::size_t left = kOffered - sent; left > 0;) {
      const std::size_t part = std::min(left, block.size());
      up.send(std::string_view(block).substr(0, part));
      left -= part;
    }
  });
  wire.read_until("\r\n\r\n");
  for (std::size_t left = kOffered; left > 0; left -= 1'000'000) wire.read(1'000'000);
  rest.join();
}

TEST_F(TlsProxyTest, ANewCertificateIsForNewHandshakes) {
  start(tls_config());
  Wire before = tls_client("h.test");
  EXPECT_EQ(status_for(before, "h.test"), "200");
  const auto renewed = pki_.issue({"h.test"});
  apply(tls_config().certificate("h.test", renewed));
  EXPECT_EQ(tls_client("h.test").peer_certificate_pem(), renewed.certificate_pem);
  EXPECT_EQ(status_for(before, "h.test"), "200");
  EXPECT_EQ(status_for(before, "cousin.test"), "200");  // what this connection's certificate covers
}

TEST_F(TlsProxyTest, SessionsResume) {
  start(tls_config());
  Wire first = tls_client("h.test");
  EXPECT_EQ(status_for(first, "h.test"), "200");
  SSL_SESSION* session = first.session();
  Wire second = Wire::connect_tls(https_port_, {"h.test", pki_.ca_pem(), "", session});
  EXPECT_TRUE(second.session_reused());
  EXPECT_EQ(status_for(second, "h.test"), "200");
  SSL_SESSION_free(session);
}

TEST_F(TlsProxyTest, WhatIsNotTlsIsEnded) {
  defaults_.handshake = std::chrono::milliseconds(250);
  start(tls_config());
  Wire plain = Wire::connect(https_port_);
  plain.send(get());
  plain.wait_for_end();
  Wire silent = Wire::connect(https_port_);
  EXPECT_EQ(silent.wait_for_end(), Wire::End::finished);
  Wire half = Wire::connect(https_port_);
  half.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  half.wait_for_end();
  barrier();
  EXPECT_EQ(metrics_.connections_open[1].value(), 0U);
}

TEST_F(TlsProxyTest, TheEndIsSaidCleanly) {
  start(tls_config());
  Wire wire = tls_client("h.test");
  wire.send(get("/", "Connection: close\r\n"));
  Wire up = upstream_.accept();
  up.read_message();
  up.send(kOk);
  EXPECT_EQ(wire.read_message().value("connection"), "close");
  EXPECT_EQ(wire.wait_for_end(), Wire::End::finished);  // close_notify
  Wire broken = tls_client("h.test");
  broken.send(get());
  up.read_message();
  up.send("HTTP/1.1 200 OK\r\n\r\nunfinished");
  broken.read_until("unfinished");
  up.reset();
  EXPECT_EQ(broken.wait_for_end(), Wire::End::reset);
}

}  // namespace
}  // namespace palpo::http
