// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tls/tls_session.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/openssl_ptr.h"
#include "tests/support/test_pki.h"

namespace palpo::tls {
namespace {

// A client over memory, and the session between whose ends the test carries the bytes.
class TlsSessionTest : public testing::Test, public TlsSession::Output {
 protected:
  TlsSessionTest() {
    table_.set_hello(make_hello_context(tickets_));
    table_.set_default(context(pki_.issue(std::vector<std::string>{"default.test"})));
    tests::TestPki::Leaf leaf;
    leaf.dns_names = {"h.test", "*.wild.test"};
    leaf.ip_addresses = {"192.0.2.7", "2001:db8::7"};
    table_.put("h.test", context(pki_.issue(leaf)));
    table_.put_refusal("refused.test");
    client_context_.reset(SSL_CTX_new(TLS_client_method()));
    session_ = std::make_unique<TlsSession>(table_.hello(), *this);
  }
  ContextPtr context(const tests::TestCertificate& certificate, const std::string& name = "test") {
    const api::PrivateKey key{certificate.key_id, SecretBytes::copy_of(certificate.key_pem)};
    return *make_server_context({name, certificate.chain_pem, certificate.key_id}, key, tickets_);
  }
  void connect(const char* server_name, int max_version = TLS1_3_VERSION) {
    client_.reset(SSL_new(client_context_.get()));
    SSL_set_max_proto_version(client_.get(), max_version);
    SSL_set_bio(client_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(client_.get());
    if (server_name != nullptr) SSL_set_tlsext_host_name(client_.get(), server_name);
  }
  std::string client_output() {
    std::string bytes(1 << 20, '\0');
    const int size = BIO_read(SSL_get_wbio(client_.get()), bytes.data(), static_cast<int>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max(size, 0)));
    return bytes;
  }
  void send_cipher(const char* data, std::size_t size) override {
    ++sends_;
    BIO_write(SSL_get_rbio(client_.get()), data, static_cast<int>(size));
  }
  // In pieces of that size; what the session read comes back.
  std::string give(const std::string& cipher, std::size_t piece = SIZE_MAX) {
    std::string plain;
    for (std::size_t at = 0; at < cipher.size(); at += std::min(piece, cipher.size() - at)) {
      const std::string part = cipher.substr(at, piece);
      session_->give(part.data(), part.size());
      if (step_ != TlsSession::Step::established) {
        step_ = session_->handshake(table_);
        if (step_ != TlsSession::Step::established) continue;
      }
      char buffer[1000];
      for (std::size_t got = 0; (got = session_->read(buffer, sizeof buffer)) > 0;) plain.append(buffer, got);
    }
    return plain;
  }
  void shake_hands(std::size_t piece = SIZE_MAX) {
    for (int round = 0; round < 4 && step_ == TlsSession::Step::more; ++round) {
      SSL_do_handshake(client_.get());
      give(client_output(), piece);
    }
    SSL_do_handshake(client_.get());
    ERR_clear_error();
  }
  std::string client_read() {
    std::string plain;
    char buffer[4096];
    for (int got = 0; (got = SSL_read(client_.get(), buffer, sizeof buffer)) > 0;)
      plain.append(buffer, static_cast<std::size_t>(got));
    ERR_clear_error();
    return plain;
  }

  tests::TestPki pki_;
  std::shared_ptr<TicketKeys> tickets_ = std::make_shared<TicketKeys>();
  TlsTable table_;
  SslContextPtr client_context_;
  SslPtr client_;
  std::unique_ptr<TlsSession> session_;
  TlsSession::Step step_ = TlsSession::Step::more;
  int sends_ = 0;
};

TEST_F(TlsSessionTest, HandshakeAndDataHoweverTheBytesAreCut) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100}, SIZE_MAX}) {
      session_ = std::make_unique<TlsSession>(table_.hello(), *this);
      step_ = TlsSession::Step::more;
      connect("H.test", version);
      shake_hands(piece);
      ASSERT_EQ(step_, TlsSession::Step::established);
      EXPECT_EQ(session_->server_name(), "h.test");
      const std::string request(40'000, 'r');
      SSL_write(client_.get(), request.data(), static_cast<int>(request.size()));
      EXPECT_EQ(give(client_output(), piece), request);
      EXPECT_EQ(session_->ended(), TlsSession::ReadEnd::none);
    }
  }
}

TEST_F(TlsSessionTest, AFlightLeavesInOnePieceAndThenARecordAtATime) {
  connect("h.test");
  SSL_do_handshake(client_.get());
  give(client_output());
  EXPECT_EQ(sends_, 1);
  shake_hands();
  sends_ = 0;
  std::string head(300, 'h');
  std::string body(50'000, 'b');
  const iovec parts[] = {{head.data(), head.size()}, {body.data(), body.size()}};
  ASSERT_TRUE(session_->write(parts, 2));
  EXPECT_EQ(sends_, 4);  // 50,300 bytes in records of 16 KiB
  EXPECT_EQ(client_read(), head + body);
}

TEST_F(TlsSessionTest, EndsAreToldApart) {
  connect("h.test");
  shake_hands();
  SSL_write(client_.get(), "last", 4);
  SSL_shutdown(client_.get());
  EXPECT_EQ(give(client_output()), "last");
  EXPECT_EQ(session_->ended(), TlsSession::ReadEnd::closed);
  session_->close();
  client_read();
  EXPECT_NE(SSL_get_shutdown(client_.get()) & SSL_RECEIVED_SHUTDOWN, 0);
}

TEST_F(TlsSessionTest, ATamperedRecordBreaksTheSession) {
  connect("h.test");
  shake_hands();
  SSL_write(client_.get(), "secret", 6);
  std::string cipher = client_output();
  cipher.back() = static_cast<char>(cipher.back() ^ 1);
  EXPECT_EQ(give(cipher), "");
  EXPECT_EQ(session_->ended(), TlsSession::ReadEnd::broken);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_F(TlsSessionTest, RefusedAndMalformedHellosFailWithAnAlert) {
  connect("refused.test");
  shake_hands();
  EXPECT_EQ(step_, TlsSession::Step::failed);
  EXPECT_GT(sends_, 0);
  session_ = std::make_unique<TlsSession>(table_.hello(), *this);
  step_ = TlsSession::Step::more;
  give("GET / HTTP/1.1\r\nHost: h.test\r\n\r\n");
  EXPECT_EQ(step_, TlsSession::Step::failed);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

// A client's flood, record by record, until the session breaks; how many records it took.
class TlsFloodTest : public TlsSessionTest {
 protected:
  void SetUp() override {
    connect("h.test");
    shake_hands();
    sends_ = 0;
  }
  std::string key_update() {
    EXPECT_EQ(SSL_key_update(client_.get(), SSL_KEY_UPDATE_REQUESTED), 1);
    EXPECT_EQ(SSL_do_handshake(client_.get()), 1);
    return client_output();
  }
  std::string data(std::size_t size) {
    const std::string plain(size, 'd');
    SSL_write(client_.get(), plain.data(), static_cast<int>(size));
    return client_output();
  }
};

TEST_F(TlsFloodTest, KeyUpdatesWithoutDataBreakTheSession) {
  std::string flood;
  for (int i = 0; i < 500; ++i) flood += key_update();
  EXPECT_EQ(give(flood), "");
  EXPECT_EQ(session_->ended(), TlsSession::ReadEnd::broken);
  EXPECT_LE(sends_, 34);
  EXPECT_GE(sends_, 30);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_F(TlsFloodTest, OneByOneTheyAreCountedToo) {
  int taken = 0;
  while (session_->ended() == TlsSession::ReadEnd::none && taken < 500) {
    give(key_update());
    ++taken;
  }
  EXPECT_GE(taken, 31);
  EXPECT_LE(taken, 34);
}

TEST_F(TlsFloodTest, ALittleDataDoesNotMakeUpForThem) {
  int taken = 0;
  for (; taken < 500 && session_->ended() == TlsSession::ReadEnd::none; ++taken) {
    std::string both = key_update();
    both += data(1);
    give(both);
  }
  EXPECT_LT(taken, 50);
}

TEST_F(TlsFloodTest, InProportionToTheDataTheyAreOrdinary) {
  for (int i = 0; i < 300; ++i) {
    std::string both = key_update();
    both += data(1100);
    ASSERT_EQ(give(both).size(), 1100U) << i;
    ASSERT_EQ(session_->ended(), TlsSession::ReadEnd::none);
    client_read();
  }
  for (int i = 0; i < 30; ++i) give(key_update());
  EXPECT_EQ(give(data(5)), "ddddd");
}

TEST_F(TlsSessionTest, EmptyRecordsBreakTheSession) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    session_ = std::make_unique<TlsSession>(table_.hello(), *this);
    step_ = TlsSession::Step::more;
    connect("h.test", version);
    shake_hands();
    std::string flood;
    for (int i = 0; i < 200; ++i) {
      SSL_write(client_.get(), "", 0);
      flood += client_output();
    }
    if (flood.empty()) continue;  // an OpenSSL that sends none
    EXPECT_EQ(give(flood), "");
    EXPECT_EQ(session_->ended(), TlsSession::ReadEnd::broken);
  }
}

TEST_F(TlsSessionTest, RenegotiationIsRefused) {
  connect("h.test", TLS1_2_VERSION);
  shake_hands();
  sends_ = 0;
  EXPECT_EQ(SSL_renegotiate(client_.get()), 1);
  SSL_do_handshake(client_.get());
  give(client_output());
  EXPECT_EQ(sends_, 1);  // an alert
  SSL_do_handshake(client_.get());
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
  ERR_clear_error();
}

TEST_F(TlsSessionTest, KeyExchangeIsByFastGroupsOnly) {
  const std::pair<const char*, bool> cases[] = {
      {"X25519", true}, {"P-256", true},      {"P-384", true},      {"P-521", false},
      {"X448", false},  {"ffdhe2048", false}, {"ffdhe8192", false}, {"ffdhe8192:P-256", true}};
  for (const auto& [groups, taken] : cases) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      session_ = std::make_unique<TlsSession>(table_.hello(), *this);
      step_ = TlsSession::Step::more;
      connect("h.test", version);
      ASSERT_EQ(SSL_set1_groups_list(client_.get(), groups), 1);
      shake_hands();
      // Of TLS 1.2 the certificate's own curve has to be among them.
      const bool named = version == TLS1_3_VERSION || std::string(groups).find("P-256") != std::string::npos;
      EXPECT_EQ(step_ == TlsSession::Step::established, taken && named) << groups << " " << version;
    }
  }
  ERR_clear_error();
}

TEST_F(TlsSessionTest, WhatTheCertificateCovers) {
  connect("h.test");
  shake_hands();
  for (const char* host : {"h.test", "a.wild.test", "192.0.2.7", "[2001:db8::7]"}) {
    EXPECT_TRUE(session_->certificate_covers(host)) << host;
  }
  for (const char* host :
       {"other.test", "a.b.wild.test", "wild.test", "192.0.2.8", "[2001:db8::8]", "", "["}) {
    EXPECT_FALSE(session_->certificate_covers(host)) << host;
  }
}

TEST_F(TlsSessionTest, ATicketIsGoodForItsOwnCertificateOnly) {
  table_.put("other.test", context(pki_.issue(std::vector<std::string>{"other.test"}), "other"));
  connect("h.test");
  shake_hands();
  const std::string byte = "x";
  const iovec part{const_cast<char*>(byte.data()), 1};
  session_->write(&part, 1);
  client_read();  // the ticket came before it
  const SslSessionPtr ticket(SSL_get1_session(client_.get()));
  SSL_set_shutdown(client_.get(), SSL_SENT_SHUTDOWN);  // or the client would forget it
  for (const bool same : {true, false}) {
    session_ = std::make_unique<TlsSession>(table_.hello(), *this);
    step_ = TlsSession::Step::more;
    connect(same ? "h.test" : "other.test");
    SSL_set_session(client_.get(), ticket.get());
    shake_hands();
    EXPECT_EQ(step_, TlsSession::Step::established);
    EXPECT_EQ(SSL_session_reused(client_.get()), same ? 1 : 0);
  }
}

}  // namespace
}  // namespace palpo::tls
