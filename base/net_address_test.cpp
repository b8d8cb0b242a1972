// SPDX-License-Identifier: Apache-2.0
#include "base/net_address.h"

#include <gtest/gtest.h>

namespace palpo {
namespace {

TEST(NetAddress, Parses) {
  struct Case {
    const char* text;
    const char* host;
    int port;
  };
  const Case cases[] = {
      {"127.0.0.1:80", "127.0.0.1", 80},
      {"[::1]:80", "::1", 80},
      {"[2001:db8::1]:65535", "2001:db8::1", 65535},
      {"[::ffff:1.2.3.4]:1", "::ffff:1.2.3.4", 1},
      {":80", "", 80},
      {"[::]:0", "::", 0},
      {"name:8448", "name", 8448},
      {"a-b.c_d.example.org.:1", "a-b.c_d.example.org.", 1},
      {"10.example:1", "10.example", 1},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_net_address(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text << ": " << parsed.error().message;
    EXPECT_EQ(parsed->host, c.host);
    EXPECT_EQ(parsed->port, c.port);
    EXPECT_EQ(parsed->text(), c.text);
  }
}

TEST(NetAddress, RefusesAndSaysWhy) {
  struct Case {
    std::string text;
    const char* why;
  };
  const Case cases[] = {
      {"", "it is empty"},
      {"foo", "the port is missing"},
      {"foo:", "the port is missing"},
      {"127.0.0.1", "the port is missing"},
      {":", "the port is missing"},
      {"[::1]", "the port is missing"},
      {"[::1]80", "the port is missing"},
      {"[::1]:", "the port is missing"},
      {"[::1:80", "the closing bracket is missing"},
      {"[1.2.3.4]:80", "only an IPv6 address"},
      {"[name]:80", "only an IPv6 address"},
      {"[]:80", "only an IPv6 address"},
      {"[fe80::1%eth0]:80", "only an IPv6 address"},
      {"[::1]:80:90", "the port is missing"},
      {"::1", "needs brackets"},
      {"2001:db8::1", "needs brackets"},
      {"2001:db8:::80", "needs brackets"},
      {"a:b:80", "needs brackets"},
      {"h:65536", "from 0 to 65535"},
      {"h:-1", "from 0 to 65535"},
      {"h:+1", "from 0 to 65535"},
      {"h: 1", "from 0 to 65535"},
      {"h:1 ", "from 0 to 65535"},
      {"h:0x1", "from 0 to 65535"},
      {"h:000080", "from 0 to 65535"},
      {"1.2.3.400:80", "neither an IP address nor a name"},
      {"1.2.3:80", "neither an IP address nor a name"},
      {"a..b:80", "neither an IP address nor a name"},
      {"-a:80", "neither an IP address nor a name"},
      {"a b:80", "neither an IP address nor a name"},
      {"a/b:80", "neither an IP address nor a name"},
      {".:80", "neither an IP address nor a name"},
      {std::string(64, 'a') + ":80", "neither an IP address nor a name"},
      {std::string("1.2.3.4\0:80", 11), "neither an IP address nor a name"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_net_address(c.text);
    ASSERT_FALSE(parsed.ok()) << c.text;
    EXPECT_NE(parsed.error().message.find(c.why), std::string::npos) << parsed.error().message;
    EXPECT_NE(parsed.error().message.find("is not ADDRESS:PORT"), std::string::npos);
  }
  EXPECT_EQ(parse_net_address("a\nb").error().message, R"("a\nb" is not ADDRESS:PORT: the port is missing)");
}

TEST(NetAddress, IpLiterals) {
  for (const char* text : {"1.2.3.4", "::", "::1", "2001:db8::", "::ffff:1.2.3.4"}) {
    EXPECT_TRUE(is_ip_literal(text)) << text;
  }
  for (const char* text :
       {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "[::1]", "name", "fe80::1%lo", "1.2.3.4 ", ":::"}) {
    EXPECT_FALSE(is_ip_literal(text)) << text;
  }
  EXPECT_FALSE(is_ip_literal(std::string_view("1.2.3.4\0", 8)));
}

}  // namespace
}  // namespace palpo
