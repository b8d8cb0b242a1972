// SPDX-License-Identifier: Apache-2.0
// DNS for endpoints that are names. One for the process: the system's resolver blocks, so it has its own
// thread inside Asio. Results come back on that io_context's thread; whoever asks hands them on to its own.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/asio.h"
#include "base/result.h"

namespace palpo::upstream {

class NameResolver {
 public:
  using Addresses = std::vector<asio::ip::address>;
  using Done = std::function<void(Result<Addresses>)>;

  virtual ~NameResolver() = default;
  virtual void resolve(const std::string& name, Done done) = 0;  // any thread
};

class SystemNameResolver final : public NameResolver {
 public:
  explicit SystemNameResolver(asio::io_context& io) : io_(io) {}
  void resolve(const std::string& name, Done done) override;

 private:
  asio::io_context& io_;
};

}  // namespace palpo::upstream
