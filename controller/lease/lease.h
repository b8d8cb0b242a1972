// SPDX-License-Identifier: Apache-2.0
// A coordination.k8s.io/v1 Lease as an election uses it, and the requests that read and write it. Pure, any
// thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "controller/kube/meta.h"
#include "controller/kube/transport.h"

namespace palpo::lease {

struct Lease {
  std::string holder{};  // empty: nobody's
  std::int64_t duration_seconds = 0;
  std::int64_t transitions = 0;
  // By the holder's wall clock, for people: nobody compares them with a clock of their own.
  std::string acquire_time{};
  std::string renew_time{};
  std::string document{};  // as the API server answered it; what an update changes
};

// What counts as a sign of life: whatever the holder has changed.
bool same_record(const Lease& a, const Lease& b);

Result<Lease> decode_lease(std::string_view json);

kube::TransportRequest read_request(const kube::ObjectKey& name);
kube::TransportRequest create_request(const kube::ObjectKey& name, const Lease& lease);
// Refused (409) when the Lease has changed since its document was read.
kube::TransportRequest update_request(const kube::ObjectKey& name, const Lease& lease);

}  // namespace palpo::lease
