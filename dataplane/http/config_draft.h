// SPDX-License-Identifier: Apache-2.0
// For tests: a configuration by hand. One owner, one thread.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dataplane/config/runtime_config.h"
#include "tests/support/test_pki.h"

namespace palpo::http {

// Endpoints are ports on loopback; equal ports are the same endpoint.
class ConfigDraft {
 public:
  static constexpr std::uint8_t kEverywhere = 7;

  ConfigDraft& cluster(const std::string& name, const std::vector<std::uint16_t>& ports);
  ConfigDraft& proxy(const std::string& host, const std::string& path, const std::string& cluster);
  ConfigDraft& answer(const std::string& host, const std::string& path, api::FixedAnswer answer);
  ConfigDraft& refuse(const std::string& host, const std::string& path, std::uint16_t status);
  ConfigDraft& redirect(const std::string& host);
  ConfigDraft& certificate(const std::string& host, const tests::TestCertificate& certificate);
  ConfigDraft& default_certificate(const tests::TestCertificate& certificate);
  ConfigDraft& refuse_tls(const std::string& host);
  ConfigDraft& defaults(const api::Defaults& defaults);
  config::ConfigPtr build() const;

 private:
  std::map<std::string, api::Host> hosts_;
  std::map<std::string, std::vector<std::uint16_t>> clusters_;
  std::map<std::string, tests::TestCertificate> certificates_;  // "": the default one
  std::vector<std::string> refused_;
  api::Settings settings_;
};

}  // namespace palpo::http
