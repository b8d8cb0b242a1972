// SPDX-License-Identifier: Apache-2.0
#include "controller/lease/lease_name.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>

#include "base/digest.h"

namespace palpo::lease {
namespace {

constexpr std::size_t kLongestClass = 180;  // a Lease's name has at most 253 characters

bool is_name_part(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.empty() || text.size() > kLongestClass || !plain(text.front()) || !plain(text.back()))
    return false;
  return std::ranges::all_of(text, [&](char c) { return plain(c) || c == '-'; });
}

}  // namespace

std::string lease_name(const Domain& domain, std::string_view default_controller_name) {
  const std::string prefix = "palpo-ingress-";
  const bool plain = is_name_part(domain.class_name);
  const bool whole = domain.namespaces.empty() && domain.label_selector.empty();
  if (plain && whole && domain.controller_name == default_controller_name)
    return prefix + std::string(domain.class_name);
  auto namespaces = domain.namespaces;
  std::ranges::sort(namespaces);
  std::string all(domain.controller_name);
  for (const auto part : {domain.class_name, domain.label_selector}) all.append("\n").append(part);
  for (const auto& name : namespaces) all.append("\n").append(name);
  return prefix + (plain ? std::string(domain.class_name) + "-" : std::string()) +
         sha256(all).hex().substr(0, 10);
}

std::string identity_of_host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) name = {'?'};
  std::random_device random;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string identity = std::string(name.data()) + "_";
  for (int i = 0; i < 16; ++i) identity += kHex[random() % kHex.size()];
  return identity;
}

}  // namespace palpo::lease
