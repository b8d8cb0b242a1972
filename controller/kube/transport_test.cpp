// SPDX-License-Identifier: Apache-2.0
// Calls, streams, and how they end. TLS is in transport_tls_test.cpp.
#include <atomic>
#include <future>
#include <thread>

#include "base/asio.h"
#include "controller/kube/transport_fixture.h"

namespace palpo::kube {
namespace {

TEST_P(TransportTest, TokenIsReadForEveryRequestAndNoSniForAnAddress) {
  serve_with(echo);
  auto to = endpoint();
  int count = 0;
  to.bearer_token = [&count](TokenWish) { return "tok-" + std::to_string(++count); };
  const auto transport = connect(to);
  for (const auto* token : {"tok-1", "tok-2", "tok-3"}) {
    const auto response = transport->call({"GET", "/a?b=c%2Fd", "", ""});
    ASSERT_FALSE(response.error) << response.error->message;
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, std::string("GET /a?b=c%2Fd auth=Bearer ") + token +
                                 " type=- accept=application/json sni= client= body=");
  }
}

TEST_P(TransportTest, NoTokenNoAuthorization) {
  serve_with(echo);
  auto to = endpoint();
  to.bearer_token = [](TokenWish) { return std::string(); };
  EXPECT_NE(get(to).body.find("auth=- "), std::string::npos);
}

// What a server that takes `good` alone was asked, and a token file that holds `in_file`.
struct RotatedToken {
  std::string in_use = "old", in_file = "good";
  std::atomic<int> renewals = 0;
  std::string operator()(TokenWish wish) {
    if (wish == TokenWish::renewed) {
      ++renewals;
      in_use = in_file;
    }
    return in_use;
  }
};

void take_only_good_tokens(Exchange& exchange) {
  if (exchange.request().headers.at("authorization") == "Bearer good") {
    exchange.respond(200, exchange.request().method + " " + exchange.request().body + "\n");
  } else {
    exchange.respond(401, "who?");
  }
}

TEST_P(TransportTest, RefusedTokenIsRenewedAndTheRequestRepeatedAtOnce) {
  serve_with(take_only_good_tokens);
  auto to = endpoint();
  const auto token = std::make_shared<RotatedToken>();
  to.bearer_token = [token](TokenWish wish) { return (*token)(wish); };
  const auto transport = connect(to);
  const auto patched = transport->call({"PATCH", "/status", "{}", "application/merge-patch+json"});
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(patched.body, "PATCH {}\n");
  EXPECT_EQ(token->renewals, 1);
  token->in_use = "old";
  std::string lines;
  const auto watched = transport->stream({"GET", "/watch", "", ""}, [&](std::string_view line) {
    lines += line;
    return true;
  });
  EXPECT_EQ(watched.status, 200);
  EXPECT_EQ(lines, "GET ") << "nothing of the refusal";
  EXPECT_EQ(token->renewals, 2);
}

TEST_P(TransportTest, TokenThatIsStillRefusedIsTheCallersToWaitFor) {
  std::atomic<int> asked = 0;
  serve_with([&asked](Exchange& exchange) {
    ++asked;
    take_only_good_tokens(exchange);
  });
  auto to = endpoint();
  const auto token = std::make_shared<RotatedToken>();
  token->in_file = "old";
  to.bearer_token = [token](TokenWish wish) { return (*token)(wish); };
  EXPECT_EQ(connect(to)->call({"GET", "/", "", ""}).status, 401);
  EXPECT_EQ(asked, 1) << "the same token is not shown twice";
  token->in_file = "another";
  EXPECT_EQ(connect(to)->call({"GET", "/", "", ""}).status, 401);
  EXPECT_EQ(asked, 3) << "another one is, once";
}

TEST_P(TransportTest, BodyAndContentTypeArriveAsGiven) {
  serve_with(echo);
  const auto response =
      connect(endpoint())->call({"PATCH", "/x", R"({"a":"é"})", "application/merge-patch+json"});
  ASSERT_FALSE(response.error) << response.error->message;
  EXPECT_EQ(response.body,
            "PATCH /x auth=- type=application/merge-patch+json accept=application/json sni= client= "
            "body={\"a\":\"é\"}");
}

TEST_P(TransportTest, LargeList) {
  std::string body;
  while (body.size() < 4000000) body += R"({"metadata":{"name":"x"}},)";
  serve_with([&body](Exchange& exchange) { exchange.respond(200, body); });
  const auto response = get(endpoint());
  ASSERT_FALSE(response.error) << response.error->message;
  EXPECT_TRUE(response.body == body) << response.body.size();
}

TEST_P(TransportTest, WatchDeliversWholeLinesHoweverTheyAreCut) {
  serve_with([](Exchange& exchange) {
    exchange.begin();
    for (const auto* piece :
         {"{\"n\":1}\n{\"n\"", ":2}", "\n", "{\"n\":3}\n{\"n\":4}\n", "{", "\"n\":5}\n", "{\"half"})
      exchange.send(piece);
    exchange.end();
  });
  std::vector<std::string> lines;
  const auto response = connect(endpoint())->stream({"GET", "/w", "", ""}, [&lines](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  ASSERT_FALSE(response.error) << response.error->message;
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(lines,
            (std::vector<std::string>{R"({"n":1})", R"({"n":2})", R"({"n":3})", R"({"n":4})", R"({"n":5})"}));
}

TEST_P(TransportTest, WatchLineArrivesBeforeTheStreamGoesOn) {
  serve(https());
  std::promise<void> seen;
  auto ended = std::async(std::launch::async, [&] {
    return connect(endpoint())->stream({"GET", "/w", "", ""}, [&seen](std::string_view) {
      seen.set_value();
      return true;
    });
  });
  const auto exchange = server_->next();
  ASSERT_NE(exchange, nullptr);
  exchange->begin();
  exchange->line("{}");
  EXPECT_EQ(seen.get_future().wait_for(10s), std::future_status::ready);
  exchange->end();
  EXPECT_FALSE(ended.get().error);
}

TEST_P(TransportTest, WatchStoppedByItsConsumer) {
  serve(https());
  int count = 0;
  auto ended = std::async(std::launch::async, [&] {
    return connect(endpoint())->stream({"GET", "/w", "", ""}, [&count](std::string_view) {
      return ++count < 3;
    });
  });
  const auto exchange = server_->next();
  ASSERT_NE(exchange, nullptr);
  exchange->begin();
  exchange->send("1\n2\n3\n4\n5\n");
  EXPECT_TRUE(exchange->wait_closed(10s));
  const auto response = ended.get();
  EXPECT_FALSE(response.error) << response.error->message;
  EXPECT_EQ(count, 3);
}

TEST_P(TransportTest, WatchCancelledWhileIdle) {
  serve(https());
  std::stop_source stop;
  std::promise<void> seen;
  auto ended = std::async(std::launch::async, [&] {
    return connect(endpoint())
        ->stream(
            {"GET", "/w", "", ""},
            [&seen](std::string_view) {
              seen.set_value();
              return true;
            },
            stop.get_token());
  });
  const auto exchange = server_->next();
  ASSERT_NE(exchange, nullptr);
  exchange->begin();
  exchange->line("{}");
  ASSERT_EQ(seen.get_future().wait_for(10s), std::future_status::ready);
  stop.request_stop();
  ASSERT_EQ(ended.wait_for(5s), std::future_status::ready);
  const auto response = ended.get();
  ASSERT_TRUE(response.error.has_value());
  EXPECT_EQ(response.error->kind, ErrorKind::cancelled) << response.error->message;
  EXPECT_TRUE(exchange->wait_closed(10s));
}

TEST_P(TransportTest, StoppedBeforeItBegan) {
  serve(https());
  std::stop_source stop;
  stop.request_stop();
  const auto response = connect(endpoint())->call({"GET", "/", "", ""}, stop.get_token());
  ASSERT_TRUE(response.error.has_value());
  EXPECT_EQ(response.error->kind, ErrorKind::cancelled);
}

TEST_P(TransportTest, SilenceEndsAWatch) {
  serve(https());
  int count = 0;
  auto ended = std::async(std::launch::async, [&] {
    return connect(endpoint(), {10s, 1s})->stream({"GET", "/w", "", ""}, [&count](std::string_view) {
      return ++count > 0;
    });
  });
  const auto exchange = server_->next();
  ASSERT_NE(exchange, nullptr);
  exchange->begin();
  exchange->send("{\"whole\":1}\n{\"half\":");
  const auto response = ended.get();
  ASSERT_TRUE(response.error.has_value());
  EXPECT_EQ(response.error->kind, ErrorKind::timeout) << response.error->message;
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(count, 1);
}

TEST_P(TransportTest, ResetInTheMiddleOfAnEvent) {
  serve(https());
  std::promise<void> seen;
  auto ended = std::async(std::launch::async, [&] {
    return connect(endpoint())->stream({"GET", "/w", "", ""}, [&seen](std::string_view) {
      seen.set_value();
      return true;
    });
  });
  const auto exchange = server_->next();
  ASSERT_NE(exchange, nullptr);
  exchange->begin();
  exchange->send("{}\n{\"half");
  ASSERT_EQ(seen.get_future().wait_for(10s), std::future_status::ready);
  exchange->reset();
  const auto response = ended.get();
  ASSERT_TRUE(response.error.has_value());
  EXPECT_EQ(response.error->kind, ErrorKind::unavailable) << response.error->message;
}

TEST_P(TransportTest, WatchThatIsRefusedKeepsTheBody) {
  serve_with([](Exchange& exchange) {
    exchange.respond(403, "{\"kind\":\"Status\"}\n", {{"Retry-After", "7"}});
  });
  int count = 0;
  const auto response =
      connect(endpoint())->stream({"GET", "/w", "", ""}, [&count](std::string_view) { return ++count > 0; });
  ASSERT_FALSE(response.error) << response.error->message;
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.body, "{\"kind\":\"Status\"}\n");
  EXPECT_EQ(response.retry_after, 7s);
  EXPECT_EQ(count, 0);
}

TEST_P(TransportTest, Refused) {
  asio::io_context io;
  tcp::socket bound(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));  // bound, but nobody listens
  serve(https());
  auto to = endpoint();
  to.port = bound.local_endpoint().port();
  const auto response = get(to);
  ASSERT_TRUE(response.error.has_value());
  EXPECT_EQ(response.error->kind, ErrorKind::unavailable) << response.error->message;
  EXPECT_EQ(response.status, 0);
}

TEST_P(TransportTest, RedirectIsNotFollowed) {
  std::atomic<int> followed{0};
  auto elsewhere_options = https();
  elsewhere_options.handler = [&followed](Exchange& exchange) {
    ++followed;
    exchange.respond(200, "");
  };
  ScriptedApiServer elsewhere(std::move(elsewhere_options));
  serve_with([&elsewhere](Exchange& exchange) {
    exchange.respond(307, "", {{"Location", "https://localhost:" + std::to_string(elsewhere.port()) + "/"}});
  });
  auto to = endpoint();
  to.bearer_token = [](TokenWish) { return "SECRET"; };
  EXPECT_EQ(get(to).status, 307);
  EXPECT_EQ(followed, 0);
}

TEST_P(TransportTest, PlainHttp) {
  ScriptedApiServer::Options options;
  options.handler = echo;
  serve(std::move(options));
  auto to = endpoint();
  to.scheme = "http";
  const auto response = get(to, "/plain");
  ASSERT_FALSE(response.error) << response.error->message;
  EXPECT_EQ(response.body.substr(0, 11), "GET /plain ");
}

TEST_P(TransportTest, EndlessLineIsCutOff) {
  ScriptedApiServer::Options options;
  options.handler = [](Exchange& exchange) {
    exchange.begin();
    const std::string piece(1 << 20, 'x');
    for (int i = 0; i < 64 && exchange.send(piece); ++i) {
    }
  };
  serve(std::move(options));
  auto to = endpoint();
  to.scheme = "http";
  const auto response = connect(to)->stream({"GET", "/w", "", ""}, [](std::string_view) { return true; });
  ASSERT_TRUE(response.error.has_value());
  EXPECT_EQ(response.error->kind, ErrorKind::limit) << response.error->message;
}

TEST_P(TransportTest, EndlessBodyIsCutOff) {
  ScriptedApiServer::Options options;
  options.handler = [](Exchange& exchange) {
    exchange.begin();
    const std::string piece(1 << 20, 'x');
    for (int i = 0; i < 256 && exchange.send(piece); ++i) {
    }
  };
  serve(std::move(options));
  auto to = endpoint();
  to.scheme = "http";
  const auto response = get(to);
  ASSERT_TRUE(response.error.has_value());
  EXPECT_EQ(response.error->kind, ErrorKind::limit) << response.error->message;
}

TEST_P(TransportTest, ManyWatchesAtOnceEndOnStop) {
  serve(https());
  const std::shared_ptr<Transport> transport = connect(endpoint());
  std::stop_source stop;
  std::vector<std::future<TransportResponse>> ended;
  std::vector<std::shared_ptr<Exchange>> exchanges;
  for (int i = 0; i < 8; ++i) {
    ended.push_back(std::async(std::launch::async, [&] {
      return transport->stream(
          {"GET", "/w", "", ""}, [](std::string_view) { return true; }, stop.get_token());
    }));
    exchanges.push_back(server_->next());
    ASSERT_NE(exchanges.back(), nullptr);
    if (i % 2 == 0) exchanges.back()->begin();
  }
  stop.request_stop();
  for (auto& end : ended) {
    const auto response = end.get();
    ASSERT_TRUE(response.error.has_value());
    EXPECT_EQ(response.error->kind, ErrorKind::cancelled);
  }
}

INSTANTIATE_TEST_SUITE_P(Libraries, TransportTest, every_transport(), library_name);

}  // namespace
}  // namespace palpo::kube
