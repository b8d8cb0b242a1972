// SPDX-License-Identifier: Apache-2.0
// A request with the bearer token of its moment, as every transport makes it. Any thread.
#pragma once
#include <string>
#include <utility>

#include "controller/kube/transport.h"

namespace palpo::kube {

// make(token) carries out the request. A token may be rotated between its reading and the request: only one
// that is still refused after it was read anew is the caller's to wait for. A refused stream has told no line
// yet.
template <class Make>
TransportResponse authorized(const ApiEndpoint& endpoint, Make make) {
  constexpr int kUnauthorized = 401;
  if (!endpoint.bearer_token) return make(std::string());
  const auto token = endpoint.bearer_token(TokenWish::current);
  auto response = make(token);
  if (response.status != kUnauthorized) return response;
  auto renewed = endpoint.bearer_token(TokenWish::renewed);
  if (renewed == token) return response;
  return make(std::move(renewed));
}

}  // namespace palpo::kube
