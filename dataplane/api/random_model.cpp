// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/random_model.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <tuple>
#include <utility>

#include "dataplane/api/fields.h"

namespace palpo::api {
namespace {

const std::vector<tests::TestCertificate>& certificates() {
  static const auto made = [] {
    tests::TestPki pki;
    return std::vector{pki.issue({"a.example"}), pki.issue({"b.example"}), pki.issue({"c.example"})};
  }();
  return made;
}

Certificate valid_certificate(const std::string& name, std::size_t which) {
  return {name, certificates()[which].chain_pem, certificates()[which].key_id};
}

// An existing key, or none of them.
template <class T>
std::string any_key(const std::map<std::string, T>& map, std::size_t index) {
  return std::next(map.begin(), static_cast<std::ptrdiff_t>(index))->first;
}

}  // namespace

std::uint64_t test_seed(std::uint64_t usual) {
  const char* given = std::getenv("PALPO_TEST_SEED");
  return given == nullptr ? usual : std::strtoull(given, nullptr, 10);
}

RandomModel::RandomModel(std::uint64_t seed) : random_(seed) {}

std::size_t RandomModel::below(std::size_t bound) { return random_() % bound; }

std::string RandomModel::text(std::size_t max_size) {
  static const std::vector<std::string> kPieces = {"a",
                                                   "b",
                                                   "/",
                                                   "\"",
                                                   "\\",
                                                   "\n",
                                                   "\t",
                                                   std::string(1, '\0'),
                                                   "\x1f",
                                                   "\x7f",
                                                   "{",
                                                   "]",
                                                   ",",
                                                   "\\u0041",
                                                   "\xc3\xa9",
                                                   "\xe2\x82\xac",
                                                   "\xf0\x9f\x98\x80",
                                                   "\xf4\x8f\xbf\xbf",
                                                   "\xef\xbf\xbd"};
  std::string out;
  for (std::size_t left = below(max_size + 1); left > 0; --left) out += kPieces[below(kPieces.size())];
  return out;
}

Digest RandomModel::digest() { return sha256(std::to_string(random_())); }

template <class T>
T RandomModel::any() {
  if constexpr (Described<T>) {
    T value;
    const auto fill = [&]<class Member>(Member& member) { member = any<Member>(); };
    std::apply([&](const auto&... field) { (fill(value.*field.member), ...); }, Description<T>::fields);
    return value;
  } else if constexpr (std::same_as<T, std::string>) {
    return text(20);
  } else if constexpr (is_duration<T>) {
    return T(below(1'000'000));
  } else if constexpr (std::same_as<T, ListenerSet>) {
    return {static_cast<std::uint8_t>(below(8))};
  } else if constexpr (std::is_enum_v<T>) {
    return Words<T>::all[below(Words<T>::all.size())].value;
  } else if constexpr (is_optional<T>) {
    return chance(50) ? T(any<typename T::value_type>()) : T();
  } else if constexpr (is_list<T>) {
    T list;
    for (auto left = below(5); left > 0; --left) list.push_back(any<typename T::value_type>());
    return list;
  } else if constexpr (is_variant<T>) {
    return any_alternative<T>(std::make_index_sequence<std::variant_size_v<T>>());
  } else {
    return static_cast<T>(random_());  // a number, true or false
  }
}

template <class Variant, std::size_t... Index>
Variant RandomModel::any_alternative(std::index_sequence<Index...>) {
  Variant value;
  const auto which = below(sizeof...(Index));
  ((which == Index ? void(value = any<std::variant_alternative_t<Index, Variant>>()) : void()), ...);
  return value;
}

Host RandomModel::host() { return any<Host>(); }
Cluster RandomModel::cluster() { return any<Cluster>(); }
Certificate RandomModel::certificate() { return any<Certificate>(); }
Settings RandomModel::settings() { return any<Settings>(); }
ResourceId RandomModel::resource_id() { return any<ResourceId>(); }

Delta RandomModel::delta() {
  Delta delta;
  for (auto left = below(4); left > 0; --left) delta.put_hosts.push_back(seal(host()));
  for (auto left = below(4); left > 0; --left) delta.put_clusters.push_back(seal(cluster()));
  for (auto left = below(4); left > 0; --left) delta.put_certificates.push_back(seal(certificate()));
  if (chance(50)) delta.put_settings = seal(settings());
  for (auto left = below(4); left > 0; --left) delta.drop.push_back(resource_id());
  return delta;
}

Cluster RandomModel::valid_cluster(const std::string& name) {
  std::set<Endpoint> endpoints;
  for (auto left = below(4); left > 0; --left)
    endpoints.insert({"10.0.0." + std::to_string(below(256)), static_cast<std::uint16_t>(1 + below(9))});
  return {name, {endpoints.begin(), endpoints.end()}};
}

Host RandomModel::valid_host(const std::string& name, const Snapshot& around) {
  Host host{.name = name};
  if (chance(50)) host.certificate = any_key(around.certificates, below(around.certificates.size()));
  for (std::size_t i = below(4); i > 0; --i) {
    Route route{.listeners = ListenerSet{}.with(chance(50) ? Listener::https : Listener::federation),
                .path = "/" + std::to_string(i),
                .owner = "Ingress/ns/" + name};
    if (const auto which = below(10); which < 7)
      route.action = ProxyTo{any_key(around.clusters, below(around.clusters.size()))};
    else if (which == 7)
      route.action = Refusal{static_cast<std::uint16_t>(400 + below(200))};
    else
      route.action = FixedAnswer{.body = "{}"};
    host.routes.push_back(std::move(route));
  }
  return host;
}

Snapshot RandomModel::valid_snapshot(std::size_t hosts) {
  Snapshot snapshot;
  const auto few = 1 + hosts / 2;
  for (std::size_t i = 0; i < few; ++i) {
    const auto cluster = "ns/service" + std::to_string(i) + ":80";
    snapshot.clusters[cluster] = seal(valid_cluster(cluster));
    const auto certificate = "ns/tls" + std::to_string(i);
    snapshot.certificates[certificate] = seal(valid_certificate(certificate, below(3)));
  }
  for (std::size_t i = 0; i < hosts; ++i) {
    const auto name = "h" + std::to_string(i) + ".example";
    snapshot.hosts[name] = seal(valid_host(name, snapshot));
  }
  if (chance(50))
    snapshot.settings = seal(Settings{.default_certificate = snapshot.certificates.begin()->first});
  if (chance(50))
    snapshot.settings = seal(Settings{.default_route = default_route_to(snapshot.clusters.begin()->first)});
  return snapshot;
}

Snapshot RandomModel::changed(const Snapshot& from) {
  Snapshot to = from;
  const auto some = [&](auto& map) { return any_key(map, below(map.size())); };
  for (auto left = below(6); left > 0; --left) {
    switch (below(8)) {
      case 0:
        to.clusters.erase(some(from.clusters));
        break;
      case 1:
        to.certificates.erase(some(from.certificates));
        break;
      case 2:
        to.hosts.erase(some(from.hosts));
        break;
      case 3: {
        const auto name = some(from.clusters);
        to.clusters[name] = seal(valid_cluster(name));
        break;
      }
      case 4: {
        const auto name = "new" + std::to_string(below(3)) + ".example";
        to.hosts[name] = seal(valid_host(name, from));
        break;
      }
      case 5: {
        const auto name = some(from.certificates);
        auto wrong = valid_certificate(name, 0);
        wrong.key_id = certificates()[below(2)].key_id;
        to.certificates[name] = seal(wrong);
        break;
      }
      case 6:
        to.settings = seal(Settings{.default_route = default_route_to(some(from.clusters))});
        break;
      default: {
        const auto name = some(from.hosts);
        auto broken = valid_host(name, from);
        broken.routes.push_back(any<Route>());
        to.hosts[name] = seal(broken);
      }
    }
  }
  return to;
}

}  // namespace palpo::api
