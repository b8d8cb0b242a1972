// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/names.h"

#include <gtest/gtest.h>

#include <tuple>

namespace palpo::translate {
namespace {

TEST(Names, DnsNames) {
  for (const auto* name :
       {"localhost", "example.com", "a-b.c1.example", "xn--bcher-kva.example", "1a.test"}) {
    EXPECT_TRUE(is_dns_name(name)) << name;
  }
  const std::string label(64, 'a');
  for (const std::string& name :
       {std::string(), std::string("Example.com"), std::string("a..b"), std::string(".a"), std::string("a."),
        std::string("-a.b"), std::string("a-.b"), std::string("a_b.c"), std::string("192.0.2.1"),
        std::string("a:80"), std::string("*.a"), std::string("a b"), label + ".com", std::string(254, 'a')}) {
    EXPECT_FALSE(is_dns_name(name)) << name;
  }
  EXPECT_TRUE(is_wildcard_name("*.example.com"));
  EXPECT_FALSE(is_wildcard_name("*"));
  EXPECT_FALSE(is_wildcard_name("*."));
  EXPECT_FALSE(is_wildcard_name("a.*.com"));
  EXPECT_FALSE(is_wildcard_name("*.*.com"));
}

TEST(Names, AWildcardCoversOneLabel) {
  EXPECT_TRUE(wildcard_covers("*.example.com", "a.example.com"));
  EXPECT_FALSE(wildcard_covers("*.example.com", "a.b.example.com"));
  EXPECT_FALSE(wildcard_covers("*.example.com", "example.com"));
  EXPECT_FALSE(wildcard_covers("*.example.com", "*.example.com"));
  EXPECT_FALSE(wildcard_covers("*.example.com", ".example.com"));
  EXPECT_FALSE(wildcard_covers("a.example.com", "a.example.com"));
}

TEST(Names, PrefixesAndAcmePaths) {
  EXPECT_EQ(normal_prefix("/"), "/");
  EXPECT_EQ(normal_prefix("/a/"), "/a");
  EXPECT_EQ(normal_prefix("/a"), "/a");
  EXPECT_EQ(normal_prefix("/a//"), "/a");
  EXPECT_EQ(normal_prefix("//"), "/");
  EXPECT_TRUE(is_acme_path("/.well-known/acme-challenge"));
  EXPECT_TRUE(is_acme_path("/.well-known/acme-challenge/token"));
  EXPECT_FALSE(is_acme_path("/.well-known/acme-challenges"));
  EXPECT_FALSE(is_acme_path("/.well-known/"));
}

TEST(Names, ServerNames) {
  const auto plain = parse_server_name("example.com");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "example.com");
  EXPECT_FALSE(plain->port);
  const auto with_port = parse_server_name("example.com:8449");
  ASSERT_TRUE(with_port);
  EXPECT_EQ(with_port->host, "example.com");
  EXPECT_EQ(with_port->port, 8449);
  for (const auto* name : {"", "Example.com", "192.0.2.1", "192.0.2.1:8448", "[2001:db8::1]", "[::1]:8448",
                           "2001:db8::1", "example.com:", "example.com:0", "example.com:65536",
                           "example.com:x", ":8448", "https://example.com", "exa mple.com"}) {
    EXPECT_FALSE(parse_server_name(name)) << name;
  }
  EXPECT_NE(parse_server_name("192.0.2.1:8448").error().message.find("IP address"), std::string::npos);
}

TEST(Names, WhatIsNoHostNameIsCalledWhatItIs) {
  struct Case {
    const char* text;
    const char* says;
    const char* writes;  // the name to write instead
  };
  for (const auto& [text, says, writes] :
       {Case{"", "is empty", ""}, Case{"https://Matrix.example.com:443/x", "is a URL", "matrix.example.com"},
        Case{"https://user@a.test", "is a URL", "a.test"}, Case{"a.test/path", "has a path", "a.test"},
        Case{"a.test:443", "carries a port", "a.test"}, Case{"192.0.2.1", "IP address", ""},
        Case{"192.0.2.1:8448", "IP address", ""}, Case{"[2001:db8::1]:8448", "IP address", ""},
        Case{"2001:db8::1", "IP address", ""}, Case{"a.test.", "ends with a dot", "a.test"},
        Case{"A.test", "capital letters", "a.test"}, Case{"*.a.test", "is a wildcard", ""},
        Case{"a_b.test", "is not a host name", ""}, Case{"a..test", "is not a host name", ""}}) {
    const auto fault = host_fault(text, false);
    ASSERT_TRUE(fault) << text;
    EXPECT_NE(fault->find(says), std::string::npos) << text << " " << *fault;
    const auto advice = *writes == '\0' ? std::string() : std::string(", ") + writes;
    EXPECT_TRUE(fault->ends_with(advice)) << text << " " << *fault;
  }
  EXPECT_FALSE(host_fault("a.test", false));
  EXPECT_FALSE(host_fault("*.a.test", true));
  EXPECT_TRUE(host_fault("a.*.test", true));
}

TEST(Names, WhatIsNoNameOfAnObjectIsCalledWhatItIs) {
  for (const auto& [text, kind, says] :
       {std::tuple{"default/tls", "Secret", "has a slash"},
        std::tuple{"http://hs:8008", "Service", "is a URL"},
        std::tuple{"hs:8008", "Service", "carries a port"}, std::tuple{"HS", "Service", "capital letters"},
        std::tuple{"hs.ns.svc.cluster.local", "Service", "is a DNS name"},
        std::tuple{"", "Secret", "is empty"}, std::tuple{"a b", "Secret", "is not the name of a Secret"}}) {
    const auto fault = object_name_fault(text, kind);
    ASSERT_TRUE(fault) << text;
    EXPECT_NE(fault->find(says), std::string::npos) << text << " " << *fault;
  }
  EXPECT_FALSE(object_name_fault("tls.example.com", "Secret"));
  EXPECT_FALSE(object_name_fault("palpo", "Service"));
}

}  // namespace
}  // namespace palpo::translate
