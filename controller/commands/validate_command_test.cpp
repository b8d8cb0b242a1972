// SPDX-License-Identifier: Apache-2.0
#include "controller/commands/validate_command.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace palpo::commands {
namespace {

struct ValidateTest : testing::Test {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("palpo-validate-" + std::to_string(getpid()));
  std::ostringstream out, err;

  void SetUp() override { std::filesystem::create_directories(folder / "nested"); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder / name) << text; }
  int validate() { return validate_manifests(folder.string(), {}, out, err); }
};

constexpr const char* kService = R"(apiVersion: v1
kind: Service
metadata: {name: hs}
spec: {type: ExternalName, externalName: 127.0.0.1, ports: [{port: 8008}]}
)";

constexpr const char* kIngress = R"(apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, annotations: {kubernetes.io/ingress.class: palpo}}
spec:
  rules:
    - host: web.test
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: hs, port: {number: 8008}}}}]}
)";

TEST_F(ValidateTest, PrintsWhatWouldBeServed) {
  write("service.yaml", kService);
  write("nested/web.yaml", kIngress);
  EXPECT_EQ(validate(), 0) << out.str() << err.str();
  EXPECT_NE(out.str().find("web.test/"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("127.0.0.1:8008"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("certificate  web.test  the default one"), std::string::npos) << out.str();
}

TEST_F(ValidateTest, AMissingServiceAnUnknownFieldAndARepeatedObjectAreFaults) {
  write("nested/web.yaml", kIngress);
  EXPECT_EQ(validate(), 1);
  EXPECT_NE(out.str().find("ServiceNotFound"), std::string::npos) << out.str();

  write("service.yaml", kService);
  write("again.yaml", kService);
  EXPECT_EQ(validate(), 1);
  EXPECT_NE(err.str().find("again.yaml"), std::string::npos) << err.str();

  std::filesystem::remove(folder / "again.yaml");
  write("service.yaml", std::string(kService) + "sepc: {}\n");
  EXPECT_EQ(validate(), 1);
  EXPECT_NE(err.str().find("sepc"), std::string::npos) << err.str();
}

TEST_F(ValidateTest, APathThatCannotBeReadIsAnotherCode) {
  EXPECT_EQ(validate_manifests((folder / "absent").string(), {}, out, err), 2);
  EXPECT_NE(err.str().find("absent"), std::string::npos);
}

TEST_F(ValidateTest, AFolderThatIsSkippedIsNotPassedOverInSilence) {
  write("service.yaml", kService);
  std::string deep = "nested";
  for (int i = 0; i < 40; ++i) deep += "/d";
  std::filesystem::create_directories(folder / deep);
  EXPECT_EQ(validate(), 2);
  EXPECT_NE(err.str().find("folders deep"), std::string::npos) << err.str();
}

}  // namespace
}  // namespace palpo::commands
