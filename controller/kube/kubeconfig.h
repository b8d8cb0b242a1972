// SPDX-License-Identifier: Apache-2.0
// The current context of a kubeconfig file (client-go's clientcmd/api/v1 Config). Owner of yaml-cpp in this
// folder. Main thread, at start.
#pragma once
#include <optional>
#include <string>

#include "base/result.h"

namespace palpo::kube {

// What the current context says, as text. Paths are absolute; inline data is decoded PEM.
struct Kubeconfig {
  std::string server;       // https://host:port
  std::string server_name;  // tls-server-name
  std::string namespace_;
  std::string ca_file, ca_data;
  std::string certificate_file, certificate_data;
  std::string key_file, key_data;
  std::string token, token_file;
};

// Errors name the file and the entry at fault: exec plugins and auth providers, insecure-skip-tls-verify and
// proxy-url are refused in so many words.
Result<Kubeconfig> read_kubeconfig(const std::string& path);

}  // namespace palpo::kube
