// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/annotations.h"

#include <gtest/gtest.h>

#include "controller/translate/annotation_table.h"

namespace palpo::translate {
namespace {

using Effect = AnnotationEffect;

struct Row {
  const char* key;
  const char* value;
  Effect effect;
  bool has_tls = true;
};

void expect(const std::vector<Row>& rows) {
  for (const auto& row : rows)
    EXPECT_EQ(annotation_effect(row.key, row.value, row.has_tls), row.effect) << row.key << ": " << row.value;
}

TEST(AnnotationTable, WhatKeepsSomebodyOutRestricts) {
  expect({{"nginx.ingress.kubernetes.io/whitelist-source-range", "192.0.2.0/24", Effect::restricts},
          {"nginx.ingress.kubernetes.io/denylist-source-range", "192.0.2.0/24", Effect::restricts},
          {"nginx.ingress.kubernetes.io/auth-type", "basic", Effect::restricts},
          {"nginx.ingress.kubernetes.io/auth-tls-secret", "ns/ca", Effect::restricts},
          {"nginx.ingress.kubernetes.io/limit-rps", "5", Effect::restricts},
          {"nginx.ingress.kubernetes.io/limit-connections", "5", Effect::restricts},
          {"nginx.ingress.kubernetes.io/enable-modsecurity", "true", Effect::restricts},
          {"nginx.ingress.kubernetes.io/configuration-snippet", "deny all;", Effect::restricts},
          {"traefik.ingress.kubernetes.io/router.middlewares", "ns-auth@kubernetescrd", Effect::restricts},
          {"traefik.ingress.kubernetes.io/router.tls.options", "ns-mtls@kubernetescrd", Effect::restricts},
          {"traefik.ingress.kubernetes.io/router.entrypoints", "internal", Effect::restricts},
          {"haproxy.org/allow-list", "192.0.2.0/24", Effect::restricts},
          {"haproxy.org/deny-list", "192.0.2.0/24", Effect::restricts},
          {"haproxy.org/auth-type", "basic-auth", Effect::restricts},
          {"haproxy.org/rate-limit-requests", "10", Effect::restricts},
          {"haproxy.org/client-ca", "ns/ca", Effect::restricts},
          {"haproxy-ingress.github.io/oauth", "oauth2_proxy", Effect::restricts},
          {"nginx.org/basic-auth-secret", "users", Effect::restricts},
          {"nginx.org/limit-req-rate", "10r/s", Effect::restricts},
          {"nginx.org/policies", "ns/allow", Effect::restricts},
          {"nginx.com/jwt-key", "jwk", Effect::restricts},
          {"appprotect.f5.com/app-protect-enable", "True", Effect::restricts},
          {"konghq.com/plugins", "key-auth", Effect::restricts},
          {"alb.ingress.kubernetes.io/scheme", "internal", Effect::restricts},
          {"alb.ingress.kubernetes.io/inbound-cidrs", "192.0.2.0/24", Effect::restricts},
          {"some.ingress.example.org/brand-new-auth-thing", "x", Effect::restricts},
          {"kubernetes.io/ingress.allow-http", "false", Effect::restricts, false}});
}

TEST(AnnotationTable, WhatRestrictsNobodyIsHarmless) {
  expect({{"nginx.ingress.kubernetes.io/whitelist-source-range", "0.0.0.0/0,::/0", Effect::none},
          {"nginx.ingress.kubernetes.io/auth-type", "", Effect::none},
          {"nginx.ingress.kubernetes.io/auth-tls-verify-client", "off", Effect::none},
          {"nginx.ingress.kubernetes.io/enable-modsecurity", "false", Effect::none},
          {"nginx.ingress.kubernetes.io/limit-rps", "0", Effect::none},
          {"nginx.ingress.kubernetes.io/limit-whitelist", "192.0.2.0/24", Effect::none},
          {"traefik.ingress.kubernetes.io/router.entrypoints", "web, websecure", Effect::none},
          {"alb.ingress.kubernetes.io/scheme", "internet-facing", Effect::none},
          {"kubernetes.io/ingress.allow-http", "false", Effect::none}});
}

TEST(AnnotationTable, WhatIsSoAnywayIsHarmless) {
  expect({{"nginx.ingress.kubernetes.io/proxy-body-size", "64m", Effect::none},
          {"nginx.ingress.kubernetes.io/proxy-read-timeout", "600", Effect::none},
          {"nginx.ingress.kubernetes.io/ssl-redirect", "true", Effect::none},
          {"nginx.ingress.kubernetes.io/ssl-redirect", "false", Effect::none, false},
          {"nginx.ingress.kubernetes.io/force-ssl-redirect", "false", Effect::none},
          {"nginx.ingress.kubernetes.io/backend-protocol", "HTTP", Effect::none},
          {"nginx.org/websocket-services", "hs", Effect::none},
          {"nginx.org/client-max-body-size", "0", Effect::none},
          {"haproxy.org/timeout-server", "1h", Effect::none},
          {"traefik.ingress.kubernetes.io/router.tls", "true", Effect::none},
          {"cert-manager.io/cluster-issuer", "letsencrypt", Effect::none},
          {"acme.cert-manager.io/http01-edit-in-place", "true", Effect::none},
          {"kubectl.kubernetes.io/last-applied-configuration", "{}", Effect::none},
          {"kubernetes.io/tls-acme", "true", Effect::none},
          {"external-dns.alpha.kubernetes.io/target", "192.0.2.1", Effect::none},
          {"meta.helm.sh/release-name", "hs", Effect::none}});
}

TEST(AnnotationTable, WhatIsDoneElsewhereAndNotHereChanges) {
  expect({{"nginx.ingress.kubernetes.io/rewrite-target", "/$2", Effect::changes},
          {"nginx.ingress.kubernetes.io/app-root", "/app", Effect::changes},
          {"nginx.ingress.kubernetes.io/affinity", "cookie", Effect::changes},
          {"nginx.ingress.kubernetes.io/upstream-hash-by", "$http_authorization", Effect::changes},
          {"nginx.ingress.kubernetes.io/upstream-vhost", "outside.example.net", Effect::changes},
          {"nginx.ingress.kubernetes.io/backend-protocol", "HTTPS", Effect::changes},
          {"nginx.ingress.kubernetes.io/cors-allow-origin", "*", Effect::changes},
          {"nginx.ingress.kubernetes.io/configuration-snippet", "more_set_headers X;", Effect::changes},
          {"nginx.ingress.kubernetes.io/ssl-redirect", "false", Effect::changes},
          {"nginx.ingress.kubernetes.io/ssl-redirect", "true", Effect::changes, false},
          {"traefik.ingress.kubernetes.io/router.tls.certresolver", "le", Effect::changes},
          {"haproxy.org/path-rewrite", "/", Effect::changes},
          {"konghq.com/strip-path", "true", Effect::changes},
          {"some.ingress.example.org/brand-new", "x", Effect::changes}});
}

TEST(AnnotationTable, RegularExpressionsAndStrangers) {
  expect({{"nginx.ingress.kubernetes.io/use-regex", "true", Effect::regex},
          {"nginx.org/path-regex", "case_sensitive", Effect::regex},
          {"haproxy-ingress.github.io/path-type", "regex", Effect::regex},
          {"traefik.ingress.kubernetes.io/router.pathmatcher", "PathRegexp", Effect::regex},
          {"nginx.ingress.kubernetes.io/use-regex", "false", Effect::none},
          {"example.com/team", "chat", Effect::unknown},
          {"team", "chat", Effect::unknown}});
}

TEST(Annotations, ARewriteIsOneByRegularExpressions) {
  EXPECT_TRUE(read_annotations({{"nginx.ingress.kubernetes.io/use-regex", "true"}}, true).regex);
  EXPECT_TRUE(looks_like_regex("/livekit/jwt(/|$)(.*)"));
  EXPECT_FALSE(looks_like_regex("/_matrix/client/v3/sync"));
}

TEST(Annotations, TheLiteralPartOfAnExpressionIsWholeElements) {
  const std::pair<const char*, const char*> cases[] = {{"/admin", "/admin"},
                                                       {"/admin(/|$)(.*)", "/admin"},
                                                       {"/_synapse/admin/(.*)", "/_synapse/admin"},
                                                       {"/_synapse/admin/?(.*)", "/_synapse/admin"},
                                                       {"/_synapse/adm[i]n", "/_synapse"},
                                                       {"/admin.*", "/"},
                                                       {"/(.*)", "/"},
                                                       {"/a/b(c|d)/e", "/a"},
                                                       {"/a(/b||)", "/"},
                                                       {"^/a", "/"},
                                                       {"", ""}};
  for (const auto& [regex, part] : cases) EXPECT_EQ(literal_part(regex), part) << regex;
}

TEST(Annotations, ListenersOfOurs) {
  const auto read = [](const std::string& value) {
    return read_annotations({{std::string(kListenersAnnotation), value}}, true);
  };
  EXPECT_EQ(read("https, federation").listeners.value().bits, 6);
  EXPECT_EQ(read("federation").listeners.value().bits, 4);
  for (const auto* bad : {"", "https;federation", ",", "HTTPS", "8448"}) {
    const auto asked = read(bad);
    EXPECT_FALSE(asked.listeners) << bad;
    ASSERT_EQ(asked.findings.size(), 1U) << bad;
    EXPECT_EQ(asked.findings[0].reason, "InvalidAnnotation");
  }
}

TEST(Annotations, TheClassIsNoStranger) {
  const auto asked = read_annotations({{"kubernetes.io/ingress.class", "palpo"}}, false);
  EXPECT_TRUE(asked.findings.empty());
  EXPECT_FALSE(asked.restricted);
}

}  // namespace
}  // namespace palpo::translate
