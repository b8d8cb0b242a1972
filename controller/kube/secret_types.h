// SPDX-License-Identifier: Apache-2.0
// Asks the API server which types the Secrets have that objects name and that are not among those of type
// kubernetes.io/tls, so that an author is told "its type is Opaque" and not "it does not exist". Secrets are
// asked for as a table of names and types, a namespace at a time: their content never comes here. A thread of
// its own; a refusal is no news, the authors are then told what is known without it.
#pragma once
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "controller/kube/source.h"
#include "controller/kube/transport.h"

namespace palpo::kube {

// Names and types of a table of Secrets (meta.k8s.io/v1 Table), and where the list goes on.
struct SecretTable {
  std::map<std::string, std::string> types;
  std::string continue_token;
};
Result<SecretTable> decode_secret_table(std::string_view body);

class SecretTypes {
 public:
  // again: between two looks at the same Secrets.
  SecretTypes(std::shared_ptr<Transport> transport, std::chrono::milliseconds again);
  ~SecretTypes() { stop(); }

  void start(SourceSink sink);             // OtherSecret, when a type becomes known, changes or goes
  void want(std::set<ObjectKey> secrets);  // any thread; replaces what was wanted before
  void stop();                             // no event after it returns

 private:
  void run(const std::stop_token& stop);
  void look(const std::set<ObjectKey>& wanted, const std::stop_token& stop);
  Result<std::map<std::string, std::string>> types_in(const std::string& name_space,
                                                      const std::stop_token& stop);
  void tell(const ObjectKey& secret, const std::string& type);

  std::shared_ptr<Transport> transport_;
  const std::chrono::milliseconds again_;
  SourceSink sink_;
  std::map<ObjectKey, std::string> told_;  // the thread's

  std::mutex mutex_;  // the loop hands over what it wants
  std::condition_variable_any changed_;
  std::set<ObjectKey> wanted_;
  bool news_ = false;
  std::jthread thread_;
};

}  // namespace palpo::kube
