// SPDX-License-Identifier: Apache-2.0
#include "base/flags.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "base/net_address.h"

namespace palpo {
namespace {

class Flags : public ::testing::Test {
 protected:
  Flags() {
    line_.program = "palpo-test";
    line_.summary = "A program of the test.";
    line_.flags = {
        {"listen-http", "ADDRESS:PORT", "Where to listen.", ":80", false,
         [this](std::string_view value) -> Result<void> {
           const auto parsed = parse_net_address(value);
           if (!parsed) return parsed.error();
           listen_ = parsed->text();
           return {};
         }},
        {"workers", "N", "How many.", "", false,
         [this](std::string_view value) -> Result<void> {
           if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos) {
             return invalid("not a number");
           }
           workers_ = value;
           return {};
         }},
        {"proxy", "", "On or off.", "false", false,
         [this](std::string_view value) -> Result<void> {
           proxy_ = value;
           return {};
         }},
        {"name", "NAME", "Names.", "", true,
         [this](std::string_view value) -> Result<void> {
           if (value == "bad") return invalid("reserved");
           names_.emplace_back(value);
           return {};
         }},
    };
  }

  Result<ParsedArguments> parse(const std::vector<std::string>& arguments) {
    return parse_flags(line_, arguments, [this](const std::string& name) -> const char* {
      const auto found = environment_.find(name);
      return found == environment_.end() ? nullptr : found->second.c_str();
    });
  }
  std::string error(const std::vector<std::string>& arguments) {
    const auto parsed = parse(arguments);
    EXPECT_FALSE(parsed.ok());
    if (parsed.ok()) return {};
    EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
    return parsed.error().message;
  }

  CommandLine line_;
  std::map<std::string, std::string> environment_;
  std::string listen_;
  std::string workers_;
  std::string proxy_;
  std::vector<std::string> names_;
};

using Strings = std::vector<std::string>;

TEST_F(Flags, TakesBothForms) {
  ASSERT_TRUE(
      parse({"--listen-http=:81", "--workers", "3", "--proxy", "--name", "a", "--name=b", "--name="}).ok());
  EXPECT_EQ(listen_, ":81");
  EXPECT_EQ(workers_, "3");
  EXPECT_EQ(proxy_, "true");
  EXPECT_EQ(names_, (Strings{"a", "b", ""}));
}

TEST_F(Flags, TheLastOfAPlainOptionHolds) {
  ASSERT_TRUE(parse({"--workers=1", "--workers=2"}).ok());
  EXPECT_EQ(workers_, "2");
}

TEST_F(Flags, SwitchesTakeNoSecondArgument) {
  line_.commands = {{"", "PATH", ""}};
  const auto parsed = parse({"--proxy", "false", "--proxy=false"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->positional, Strings{"false"});
  EXPECT_EQ(proxy_, "false");
}

TEST_F(Flags, TheCommandLineWinsOverTheEnvironment) {
  environment_ = {{"PALPO_WORKERS", "8"}, {"PALPO_LISTEN_HTTP", ":1"}, {"PALPO_NAME", "x, y,,z"}};
  ASSERT_TRUE(parse({"--workers=2"}).ok());
  EXPECT_EQ(workers_, "2");
  EXPECT_EQ(listen_, ":1");
  EXPECT_EQ(names_, (Strings{"x", "y", "z"}));
  names_.clear();
  ASSERT_TRUE(parse({"--name=a,b"}).ok());
  EXPECT_EQ(names_, Strings{"a,b"});
}

TEST_F(Flags, WhatTheKubeletSetsForAServiceIsNoOption) {
  environment_ = {{"PALPO_WORKERS", "tcp://10.0.0.1:80"}};
  ASSERT_TRUE(parse({}).ok());
  EXPECT_EQ(workers_, "");
}

TEST_F(Flags, AnEmptyVariableCountsAsUnset) {
  environment_ = {{"PALPO_WORKERS", ""}, {"PALPO_PROXY", ""}};
  ASSERT_TRUE(parse({}).ok());
  EXPECT_EQ(workers_, "");
  EXPECT_EQ(proxy_, "");
}

TEST_F(Flags, HelpAndVersionComeBeforeComplaints) {
  environment_ = {{"PALPO_WORKERS", "many"}};
  EXPECT_TRUE(parse({"--help"})->help);
  EXPECT_TRUE(parse({"--workers=x", "-h"})->help);
  EXPECT_TRUE(parse({"--version"})->version);
}

TEST_F(Flags, Commands) {
  line_.commands = {{"run", "", "Runs."}, {"explain", "URL", "Explains."}};
  EXPECT_EQ(parse({})->positional, Strings{});
  EXPECT_EQ(parse({"explain", "--workers=1", "http://x/"})->positional, (Strings{"explain", "http://x/"}));
  EXPECT_EQ(parse({"explain", "--", "--workers"})->positional, (Strings{"explain", "--workers"}));
  EXPECT_EQ(error({"exlain"}), R"(unknown command "exlain" (did you mean explain?))");
  EXPECT_EQ(error({"fly"}), R"(unknown command "fly")");
}

TEST_F(Flags, Errors) {
  const std::pair<Strings, const char*> cases[] = {
      {{"--listen-http=foo"}, R"(--listen-http: "foo" is not ADDRESS:PORT: the port is missing)"},
      {{"--workers=two"}, R"(--workers: "two" is not a number)"},
      {{"--workers="}, R"(--workers: "" is not a number)"},
      {{"--name=bad"}, R"(--name: "bad": reserved)"},
      {{"--workers"}, "--workers: needs a value: --workers=N"},
      {{"--workers", "--proxy"}, "--workers: needs a value: --workers=N"},
      {{"--proxy=yes"}, R"(--proxy: "yes" is not true or false)"},
      {{"--lisen-http=:80"}, "unknown option --lisen-http (did you mean --listen-http?)"},
      {{"--hlep"}, "unknown option --hlep (did you mean --help?)"},
      {{"--quite-different"}, "unknown option --quite-different"},
      {{"-x"}, "unknown option -x"},
      {{"-workers=1"}, "unknown option -workers (did you mean --workers?)"},
      {{"--=1"}, "unknown option --"},
      {{"--help=1"}, "--help: takes no value"},
      {{"stray"}, R"(unexpected argument "stray")"},
      {{"--workers=a\nb"}, R"(--workers: "a\nb" is not a number)"},
      {{"--bad\nname"}, R"(unknown option --bad\nname)"},
  };
  for (const auto& [arguments, message] : cases) EXPECT_EQ(error(arguments), message);
}

TEST_F(Flags, ErrorsNameTheVariable) {
  environment_ = {{"PALPO_WORKERS", "two"}};
  EXPECT_EQ(error({}), R"(PALPO_WORKERS: "two" is not a number)");
  environment_ = {{"PALPO_NAME", "good,bad"}};
  EXPECT_EQ(error({}), R"(PALPO_NAME: "bad": reserved)");
  environment_ = {{"PALPO_PROXY", "1"}};
  EXPECT_EQ(error({}), R"(PALPO_PROXY: "1" is not true or false)");
}

TEST_F(Flags, EnvironmentNames) {
  EXPECT_EQ(environment_name("listen-http"), "PALPO_LISTEN_HTTP");
  EXPECT_EQ(environment_name("http2"), "PALPO_HTTP2");
}

TEST_F(Flags, HelpText) {
  line_.commands = {{"run", "", "Watches and serves."}, {"explain", "URL", "Says who serves a URL."}};
  EXPECT_EQ(help_text(line_), R"(Usage: palpo-test [run] [OPTION...]
       palpo-test explain [OPTION...] URL

A program of the test.

Commands:
  run          Watches and serves. The default.
  explain URL  Says who serves a URL.

Options (--name=value or --name value; the command line wins over the environment):
  --listen-http ADDRESS:PORT  Where to listen.
                              Default: :80. Environment: PALPO_LISTEN_HTTP.
  --workers N                 How many.
                              Environment: PALPO_WORKERS.
  --proxy                     On or off.
                              Default: false. Environment: PALPO_PROXY.
  --name NAME                 Names.
                              Environment: PALPO_NAME (separated by commas; the option may be given
                              several times).
  -h, --help                  Show this text and exit.
  --version                   Show the version and exit.
)");
}

TEST_F(Flags, HelpIsWrapped) {
  for (auto& flag : line_.flags) {
    for (int i = 0; i < 60; ++i) flag.help += " word" + std::string(static_cast<std::size_t>(i % 7), 'x');
  }
  line_.flags.push_back({"an-option-with-a-very-long-name-indeed", "VALUE", "Short.", "", false, {}});
  std::istringstream lines(help_text(line_));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

}  // namespace
}  // namespace palpo
