// SPDX-License-Identifier: Apache-2.0
#include "dataplane/upstream/name_resolver.h"

#include <memory>
#include <utility>

namespace palpo::upstream {

void SystemNameResolver::resolve(const std::string& name, Done done) {
  auto query = [this, name, done = std::move(done)]() mutable {
    auto resolver = std::make_shared<tcp::resolver>(io_);
    auto finish = [resolver, name, done = std::move(done)](const error_code& failed,
                                                           const tcp::resolver::results_type& results) {
      if (failed) {
        done(Error{ErrorKind::unavailable, name + ": " + failed.message()});
        return;
      }
      Addresses addresses;
      for (const auto& entry : results) addresses.push_back(entry.endpoint().address());
      done(std::move(addresses));
    };
    resolver->async_resolve(name, "", tcp::resolver::address_configured, std::move(finish));
  };
  asio::post(io_, std::move(query));
}

}  // namespace palpo::upstream
