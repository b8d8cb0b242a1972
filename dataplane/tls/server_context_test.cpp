// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tls/server_context.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/openssl_ptr.h"
#include "dataplane/tls/sni_selector.h"
#include "dataplane/tls/tls_table.h"
#include "tests/support/test_pki.h"

namespace palpo::tls {
namespace {

using tests::KeyType;
using tests::TestCertificate;
using tests::TestPki;

TestPki& pki() {
  static TestPki made;
  return made;
}

std::shared_ptr<TicketKeys> tickets() { return std::make_shared<TicketKeys>(); }

api::PrivateKey key_of(const std::string& pem) { return {"", SecretBytes::copy_of(pem)}; }

ContextPtr context_of(const std::string& name, const TestCertificate& issued,
                      std::shared_ptr<TicketKeys> keys) {
  auto context =
      make_server_context({name, issued.chain_pem, issued.key_id}, key_of(issued.key_pem), std::move(keys));
  EXPECT_TRUE(context.ok()) << (context.ok() ? "" : context.error().message);
  return context.ok() ? *std::move(context) : nullptr;
}

// What a client offers, and what it remembers between connections.
struct Client {
  ContextPtr context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  std::string server_name = "a.test";
  SslSessionPtr session;  // the last ticket

  Client() {
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(context.get(), this);
    SSL_CTX_sess_set_new_cb(context.get(), [](SSL* ssl, SSL_SESSION* given) {
      auto* client = static_cast<Client*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
      client->session.reset(given);
      ++client->tickets;
      return 1;
    });
  }
  int tickets = 0;
};

// Both ends in memory.
struct Pair {
  SslPtr client;
  SslPtr server;
  bool established = false;
  std::string error;
};

std::string openssl_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "" : reason;
}

void carry(SSL* from, SSL* to) {
  char buffer[4096];
  for (int size = 0; (size = BIO_read(SSL_get_wbio(from), buffer, sizeof buffer)) > 0;) {
    BIO_write(SSL_get_rbio(to), buffer, size);
  }
}

// begin: the context the server starts with; selection: the certificates it then may choose from.
Pair connect(Client& client, SSL_CTX* begin, Selection* selection = nullptr) {
  Pair pair{SslPtr(SSL_new(client.context.get())), SslPtr(SSL_new(begin)), false, ""};
  for (SSL* ssl : {pair.client.get(), pair.server.get()}) {
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  }
  SSL_set_tlsext_host_name(pair.client.get(), client.server_name.c_str());
  if (client.session) SSL_set_session(pair.client.get(), client.session.get());
  if (selection != nullptr) attach_selection(pair.server.get(), selection);
  for (int round = 0; round < 10 && !pair.established; ++round) {
    const int connected = SSL_connect(pair.client.get());
    if (connected != 1 && SSL_get_error(pair.client.get(), connected) != SSL_ERROR_WANT_READ) break;
    carry(pair.client.get(), pair.server.get());
    const int accepted = SSL_accept(pair.server.get());
    if (accepted != 1 && SSL_get_error(pair.server.get(), accepted) != SSL_ERROR_WANT_READ) break;
    carry(pair.server.get(), pair.client.get());
    pair.established = connected == 1 && accepted == 1;
  }
  if (!pair.established) pair.error = openssl_error();
  char byte = 0;
  SSL_read(pair.client.get(), &byte, 1);  // takes the ticket that follows a TLS 1.3 handshake
  ERR_clear_error();
  if (pair.established && SSL_version(pair.client.get()) == TLS1_2_VERSION) {
    client.session.reset(SSL_get1_session(pair.client.get()));  // a renewed ticket is not told
  }
  SSL_set_shutdown(pair.client.get(), SSL_SENT_SHUTDOWN);  // OpenSSL does not resume what was not closed
  return pair;
}

bool resumed(const Pair& pair) { return pair.established && SSL_session_reused(pair.server.get()) == 1; }

std::string protocol_of(const Pair& pair) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(pair.client.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

TEST(ServerContext, ServesTheChainToBothVersions) {
  const auto issued = pki().issue({"a.test"});
  const ContextPtr context = context_of("ns/a", issued, tickets());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client client;
    SSL_CTX_set_max_proto_version(client.context.get(), version);
    const Pair pair = connect(client, context.get());
    ASSERT_TRUE(pair.established) << pair.error;
    EXPECT_EQ(SSL_version(pair.client.get()), version);
    EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(pair.client.get())), 2);  // the leaf and the authority
    EXPECT_STREQ(SSL_get_cipher(pair.client.get()),
                 version == TLS1_3_VERSION ? "TLS_AES_128_GCM_SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256");
    EXPECT_EQ(client.tickets, 1);
  }
}

TEST(ServerContext, TakesEveryKindOfKey) {
  for (const KeyType type : {KeyType::ec_p256, KeyType::ec_p384, KeyType::rsa_2048, KeyType::ed25519}) {
    TestPki::Leaf leaf;
    leaf.dns_names = {"a.test"};
    leaf.key = type;
    const ContextPtr context = context_of("ns/a", pki().issue(leaf), tickets());
    Client client;
    EXPECT_TRUE(connect(client, context.get()).established) << static_cast<int>(type);
  }
}

TEST(ServerContext, NeverSpeaksWhatIsOldOrWeak) {
  const ContextPtr context = context_of("ns/a", pki().issue({"a.test"}), tickets());
  struct Case {
    int version;
    const char* ciphers;
  };
  const Case cases[] = {{TLS1_1_VERSION, "ALL:@SECLEVEL=0"},
                        {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256"},
                        {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"},
                        {TLS1_2_VERSION, "AES128-GCM-SHA256:@SECLEVEL=0"}};
  for (const Case& c : cases) {
    Client client;
    SSL_CTX_set_min_proto_version(client.context.get(), 0);
    SSL_CTX_set_max_proto_version(client.context.get(), c.version);
    ASSERT_EQ(SSL_CTX_set_cipher_list(client.context.get(), c.ciphers), 1) << c.ciphers;
    EXPECT_FALSE(connect(client, context.get()).established) << c.ciphers;
  }
}

TEST(ServerContext, LetsChaChaFirstClientsHaveIt) {
  const ContextPtr context = context_of("ns/a", pki().issue({"a.test"}), tickets());
  struct Case {
    const char* offered;
    const char* chosen;
  };
  const Case cases[] = {
      {"TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
      {"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
       "TLS_AES_128_GCM_SHA256"},
  };
  for (const Case& c : cases) {
    Client client;
    SSL_CTX_set_ciphersuites(client.context.get(), c.offered);
    const Pair pair = connect(client, context.get());
    ASSERT_TRUE(pair.established) << pair.error;
    EXPECT_STREQ(SSL_get_cipher(pair.client.get()), c.chosen);
  }
}

TEST(ServerContext, ChoosesHttp11AndToleratesOtherOffers) {
  const ContextPtr context = context_of("ns/a", pki().issue({"a.test"}), tickets());
  struct Case {
    std::string offered;
    std::string chosen;
  };
  const Case cases[] = {{"\x02h2\x08http/1.1", "http/1.1"},
                        {"\x08http/1.1", "http/1.1"},
                        {"\x03"
                         "foo",
                         ""},
                        {"", ""}};
  for (const Case& c : cases) {
    Client client;
    SSL_CTX_set_alpn_protos(client.context.get(), reinterpret_cast<const unsigned char*>(c.offered.data()),
                            static_cast<unsigned int>(c.offered.size()));
    const Pair pair = connect(client, context.get());
    ASSERT_TRUE(pair.established) << pair.error;
    EXPECT_EQ(protocol_of(pair), c.chosen) << c.offered;
  }
}

TEST(ServerContext, NamesTheCertificateAndTheReason) {
  const auto a = pki().issue({"a.test"});
  const auto b = pki().issue({"b.test"});
  TestPki::Leaf rsa;
  rsa.dns_names = {"c.test"};
  rsa.key = KeyType::rsa_2048;
  const std::string garbage = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
  struct Case {
    const char* what;
    std::string chain;
    std::string key;
    const char* reason;
  };
  const Case cases[] = {
      {"no certificate", "", a.key_pem, "tls.crt holds no readable certificate"},
      {"a key for a certificate", a.key_pem, a.key_pem, "tls.crt holds no readable certificate"},
      {"a broken issuer", a.certificate_pem + garbage, a.key_pem,
       "a certificate after the first is not readable"},
      {"no key", a.chain_pem, "", "tls.key is not a readable"},
      {"a certificate for a key", a.chain_pem, a.chain_pem, "tls.key is not a readable"},
      {"an encrypted key", a.chain_pem, tests::encrypted_key_pem(a.key_pem, "secret"),
       "unencrypted private key"},
      {"another's key", a.chain_pem, b.key_pem, "tls.key does not match tls.crt"},
      {"another kind of key", a.chain_pem, pki().issue(rsa).key_pem, "tls.key does not match tls.crt"},
  };
  for (const Case& c : cases) {
    const auto context = make_server_context({"ns/broken", c.chain, ""}, key_of(c.key), tickets());
    ASSERT_FALSE(context.ok()) << c.what;
    EXPECT_TRUE(context.error().message.starts_with("certificate ns/broken: ")) << context.error().message;
    EXPECT_NE(context.error().message.find(c.reason), std::string::npos)
        << c.what << ": " << context.error().message;
    EXPECT_EQ(ERR_peek_error(), 0u) << c.what;  // nothing left behind for the next caller to trip over
  }
}

TEST(ServerContext, TakesTheTraditionalFormOfAKey) {
  const auto a = pki().issue({"a.test"});
  EXPECT_TRUE(
      make_server_context({"ns/a", a.chain_pem, ""}, key_of(tests::traditional_key_pem(a.key_pem)), tickets())
          .ok());
}

TEST(ServerContext, SelfSignedHasADnsNameAndWorks) {
  const auto context = make_self_signed_context(tickets());
  ASSERT_TRUE(context.ok());
  Client client;
  EXPECT_TRUE(connect(client, context->get()).established);
  X509* certificate = SSL_CTX_get0_certificate(context->get());
  EXPECT_EQ(
      X509_check_host(certificate, "palpo-ingress.invalid", 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr),
      1);
  EXPECT_EQ(X509_cmp_time(X509_get0_notBefore(certificate), nullptr), -1);
  EXPECT_EQ(X509_cmp_time(X509_get0_notAfter(certificate), nullptr), 1);
}

TEST(Tickets, ResumeAcrossContextsOfOneCertificateName) {
  const auto keys = tickets();
  const ContextPtr before = context_of("ns/a", pki().issue({"a.test"}), keys);
  const ContextPtr renewed = context_of("ns/a", pki().issue({"a.test"}), keys);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client client;
    SSL_CTX_set_max_proto_version(client.context.get(), version);
    EXPECT_FALSE(resumed(connect(client, before.get())));
    EXPECT_TRUE(resumed(connect(client, before.get()))) << version;
    EXPECT_TRUE(resumed(connect(client, renewed.get()))) << version;
  }
}

TEST(Tickets, DoNotResumeUnderAnotherCertificate) {
  const auto keys = tickets();
  const ContextPtr begin = make_hello_context(keys);
  install_sni_selector(begin.get());
  TlsTable table;
  table.put("a.test", context_of("ns/a", pki().issue({"a.test"}), keys));
  table.put("b.test", context_of("ns/b", pki().issue({"b.test"}), keys));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Selection selection{&table, ""};
    Client client;
    SSL_CTX_set_max_proto_version(client.context.get(), version);
    EXPECT_FALSE(resumed(connect(client, begin.get(), &selection)));
    EXPECT_TRUE(resumed(connect(client, begin.get(), &selection))) << version;
    client.server_name = "b.test";
    const Pair other = connect(client, begin.get(), &selection);
    ASSERT_TRUE(other.established) << other.error;  // a full handshake instead, not a failure
    EXPECT_FALSE(resumed(other)) << version;
    X509* shown = SSL_get0_peer_certificate(other.client.get());
    EXPECT_EQ(X509_check_host(shown, "b.test", 0, 0, nullptr), 1) << version;
  }
}

TEST(Tickets, LiveOneTurnOfTheKeysAndNoLonger) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto keys = tickets();
    const ContextPtr context = context_of("ns/a", pki().issue({"a.test"}), keys);
    Client client;
    SSL_CTX_set_max_proto_version(client.context.get(), version);
    connect(client, context.get());
    keys->rotate();
    EXPECT_TRUE(resumed(connect(client, context.get()))) << version;
    keys->rotate();  // the session was sealed anew with the current key
    EXPECT_TRUE(resumed(connect(client, context.get()))) << version;
    keys->rotate();
    keys->rotate();
    const Pair late = connect(client, context.get());
    EXPECT_TRUE(late.established) << late.error;
    EXPECT_FALSE(resumed(late)) << version;
  }
}

TEST(Tickets, KeysMayTurnWhileHandshakesRun) {
  const auto keys = tickets();
  const ContextPtr context = context_of("ns/a", pki().issue({"a.test"}), keys);
  std::atomic<bool> done = false;
  std::jthread turning([&] {
    while (!done) keys->rotate();
  });
  Client client;
  for (int i = 0; i < 50; ++i) {
    const Pair pair = connect(client, context.get());
    EXPECT_TRUE(pair.established) << pair.error;
  }
  done = true;
}

TEST(Tickets, OfAnotherProcessAreWorthNothing) {
  const auto issued = pki().issue({"a.test"});
  const ContextPtr here = context_of("ns/a", issued, tickets());
  const ContextPtr there = context_of("ns/a", issued, tickets());
  Client client;
  connect(client, here.get());
  const Pair pair = connect(client, there.get());
  EXPECT_TRUE(pair.established) << pair.error;
  EXPECT_FALSE(resumed(pair));
}

TEST(Tickets, KeysOutliveTheirMakerWithTheContext) {
  std::weak_ptr<TicketKeys> seen;
  ContextPtr context;
  {
    const auto keys = tickets();
    seen = keys;
    context = context_of("ns/a", pki().issue({"a.test"}), keys);
  }
  EXPECT_FALSE(seen.expired());
  Client client;
  EXPECT_TRUE(connect(client, context.get()).established);
  context.reset();
  EXPECT_TRUE(seen.expired());
}

}  // namespace
}  // namespace palpo::tls
