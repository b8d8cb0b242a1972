// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/secret_types.h"

#include <gtest/gtest.h>

#include <vector>

namespace palpo::kube {
namespace {

using namespace std::chrono_literals;

std::string table(const std::string& rows, const std::string& token = "") {
  return R"({"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"continue":")" + token +
         R"("},"columnDefinitions":[{"name":"Name"},{"name":"Type"},{"name":"Data"}],"rows":[)" + rows + "]}";
}

// Answers each namespace's list, and keeps what was asked.
class Server final : public Transport {
 public:
  TransportResponse call(const TransportRequest& request, std::stop_token) override {
    const std::lock_guard lock(mutex);
    asked.push_back(request.target);
    accepted.insert(request.accept);
    TransportResponse answer{.status = status, .body = table(""), .error = {}, .retry_after = {}};
    if (request.target.find("/namespaces/a/") != std::string::npos) {
      const bool second = request.target.find("continue=more") != std::string::npos;
      answer.body = second ? table(R"({"cells":["late","helm.sh/release.v1",1]})")
                           : table(R"({"cells":["tls",")" + type + R"(",2]})", "more");
    }
    return answer;
  }
  TransportResponse stream(const TransportRequest&, const LineSink&, std::stop_token) override {
    return {.status = 500, .body = {}, .error = {}, .retry_after = {}};
  }
  std::mutex mutex;
  int status = 200;
  std::string type = "Opaque";
  std::vector<std::string> asked;
  std::set<std::string> accepted;
};

class SecretTypesTest : public testing::Test {
 protected:
  void SetUp() override {
    types.start([this](SourceEvent event) {
      const auto& seen = std::get<OtherSecret>(event);
      {
        const std::lock_guard lock(mutex);
        told.push_back(seen.key.text() + "=" + seen.type);
      }
      changed.notify_all();
    });
  }
  void expect_told(const std::vector<std::string>& wanted) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, 20s, [&] { return told.size() >= wanted.size(); }));
    EXPECT_EQ(told, wanted);
  }

  std::shared_ptr<Server> server = std::make_shared<Server>();
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<std::string> told;
  SecretTypes types{server, 5ms};
};

TEST(SecretTable, IsReadByTheNamesOfItsColumns) {
  const auto read =
      decode_secret_table(table(R"({"cells":["x","Opaque",1]},{"cells":["y"]},{"cells":[7]},{})", "t"));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->types, (std::map<std::string, std::string>{{"x", "Opaque"}, {"y", ""}}));
  EXPECT_EQ(read->continue_token, "t");
  for (const char* bad : {"", "[]", "{}", R"({"columnDefinitions":[{"name":"Name"}],"rows":[]})"})
    EXPECT_FALSE(decode_secret_table(bad)) << bad;
}

TEST_F(SecretTypesTest, TellsTheTypesOfWhatIsWantedAndNamesTheOnesThatChange) {
  types.want({{"a", "tls"}, {"a", "late"}, {"a", "none"}, {"b", "tls"}});
  expect_told({"a/late=helm.sh/release.v1", "a/tls=Opaque"});
  {
    const std::lock_guard lock(server->mutex);
    server->type = "kubernetes.io/basic-auth";
  }
  expect_told({"a/late=helm.sh/release.v1", "a/tls=Opaque", "a/tls=kubernetes.io/basic-auth"});
  types.want({{"a", "tls"}});
  expect_told({"a/late=helm.sh/release.v1", "a/tls=Opaque", "a/tls=kubernetes.io/basic-auth", "a/late="});
  const std::lock_guard lock(server->mutex);
  // By name and type only: a table, without the objects.
  EXPECT_EQ(server->accepted, std::set<std::string>{"application/json;as=Table;v=v1;g=meta.k8s.io"});
  for (const auto& target : server->asked)
    EXPECT_NE(target.find("includeObject=None"), std::string::npos) << target;
}

TEST_F(SecretTypesTest, ARefusalKeepsWhatIsKnown) {
  types.want({{"a", "tls"}});
  expect_told({"a/tls=Opaque"});
  std::size_t asked = 0;
  {
    const std::lock_guard lock(server->mutex);
    server->status = 403;
    asked = server->asked.size();
  }
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::lock_guard lock(server->mutex);
    if (server->asked.size() > asked + 3) break;
  }
  expect_told({"a/tls=Opaque"});
}

}  // namespace
}  // namespace palpo::kube
