// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/validate.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "dataplane/api/names.h"
#include "dataplane/api/pem.h"

namespace palpo::api {
namespace {

constexpr std::size_t kMaxRoutes = 10'000;
constexpr std::size_t kMaxEndpoints = 10'000;
constexpr std::size_t kMaxBody = std::size_t{64} << 10;
constexpr std::size_t kMaxChain = std::size_t{256} << 10;
constexpr std::size_t kFaultsShown =
    20;  // of one resource; a message is for a person, and a NACK has a limit

// The faults of one resource.
class Findings {
 public:
  Findings(ResourceId resource, std::vector<Fault>& faults)
      : resource_(std::move(resource)), faults_(faults) {}
  ~Findings() {
    if (count_ > kFaultsShown)
      faults_.push_back({resource_, "and " + std::to_string(count_ - kFaultsShown) + " more faults"});
  }
  Findings(const Findings&) = delete;
  Findings& operator=(const Findings&) = delete;

  template <class... Part>
  void add(const Part&... parts) {
    if (++count_ > kFaultsShown) return;
    std::string message;
    if (!route_.empty()) message.append("route ").append(shown(route_)).append(": ");
    ((message += parts), ...);
    faults_.push_back({resource_, std::move(message)});
  }
  // What is added from here on is about this route; empty: about the resource itself.
  void at_route(std::string_view path) { route_ = path; }
  // what: "its name \"x\""; nothing is added when the text is fine.
  void add_if(const TextFault& fault, std::string_view what, std::string_view text) {
    if (fault) add(what, " ", shown(text), " ", *fault);
  }

 private:
  ResourceId resource_;
  std::vector<Fault>& faults_;
  std::string_view route_;
  std::size_t count_ = 0;
};

std::string name_of(ListenerSet listeners) {
  constexpr std::pair<Listener, std::string_view> kNames[] = {
      {Listener::http, "http"}, {Listener::https, "https"}, {Listener::federation, "federation"}};
  std::string text;
  for (const auto& [listener, name] : kNames)
    if (listeners.has(listener)) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

// "/a" and "/a/" are the same prefix.
std::pair<PathType, std::string_view> place_of(const Route& route) {
  std::string_view path = route.path;
  if (route.type == PathType::prefix && path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return {route.type, path};
}

void check_answer(const FixedAnswer& answer, Findings& findings) {
  const auto status = std::to_string(answer.status);
  if (answer.status < 200 || answer.status > 599)
    findings.add("its answer's status ", status, " is not within 200 and 599");
  if ((answer.status == 204 || answer.status == 304) && !answer.body.empty())
    findings.add("an answer with status ", status, " cannot have a body");
  findings.add_if(header_value_fault(answer.content_type), "its answer's content type", answer.content_type);
  findings.add_if(header_value_fault(answer.cache_control), "its answer's cache control",
                  answer.cache_control);
  if (answer.body.size() > kMaxBody)
    findings.add("its answer's body is ", std::to_string(answer.body.size()), " bytes long; at most ",
                 std::to_string(kMaxBody), " are allowed");
  if (!is_utf8(answer.body)) findings.add("its answer's body is not valid UTF-8");
}

void check_refusal(const Refusal& refusal, Findings& findings) {
  if (refusal.status < 400 || refusal.status > 599)
    findings.add("its refusal's status ", std::to_string(refusal.status), " is not within 400 and 599");
}

// What a delta drops of what hosts and settings refer to.
struct Dropped {
  std::set<std::string_view> clusters;
  std::set<std::string_view> certificates;
  bool empty() const { return clusters.empty() && certificates.empty(); }
};

Dropped dropped_by(const Delta& delta) {
  Dropped dropped;
  for (const auto& id : delta.drop) {
    if (id.kind == ResourceKind::cluster) dropped.clusters.insert(id.name);
    if (id.kind == ResourceKind::certificate) dropped.certificates.insert(id.name);
  }
  return dropped;
}

class Validation {
 public:
  explicit Validation(const Snapshot& snapshot) : snapshot_(snapshot) {}
  std::vector<Fault> take() { return std::move(faults_); }

  void check(const Host& host) {
    Findings findings({ResourceKind::host, host.name}, faults_);
    findings.add_if(host_name_fault(host.name), "its name", host.name);
    if (host.certificate) check_certificate_reference("its certificate", *host.certificate, findings);
    if (host.routes.size() > kMaxRoutes)
      return findings.add("it has ", std::to_string(host.routes.size()), " routes; at most ",
                          std::to_string(kMaxRoutes), " are allowed");
    std::map<std::pair<PathType, std::string_view>, ListenerSet> places;
    for (const auto& route : host.routes) {
      findings.at_route(route.path);
      check(route, findings);
      auto& taken = places[place_of(route)];
      const ListenerSet twice{static_cast<std::uint8_t>(taken.bits & route.listeners.bits)};
      if (twice.bits != 0)
        findings.add("another route of this host has the same ",
                     route.type == PathType::exact ? "exact" : "prefix", " path on ", name_of(twice));
      taken.bits |= route.listeners.bits;
    }
  }

  void check(const Cluster& cluster) {
    Findings findings({ResourceKind::cluster, cluster.name}, faults_);
    findings.add_if(resource_name_fault(cluster.name), "its name", cluster.name);
    if (cluster.endpoints.size() > kMaxEndpoints)
      return findings.add("it has ", std::to_string(cluster.endpoints.size()), " endpoints; at most ",
                          std::to_string(kMaxEndpoints), " are allowed");
    for (const auto& endpoint : cluster.endpoints) {
      findings.add_if(address_fault(endpoint.address), "the address", endpoint.address);
      if (endpoint.port == 0) findings.add("the endpoint ", shown(endpoint.address), " has port 0");
    }
    const auto& all = cluster.endpoints;
    const auto disorder = [](const Endpoint& a, const Endpoint& b) { return !(a < b); };
    if (const auto at = std::adjacent_find(all.begin(), all.end(), disorder); at != all.end())
      findings.add("its endpoints are not sorted and distinct at ", shown(std::next(at)->address));
  }

  void check(const Certificate& certificate) {
    Findings findings({ResourceKind::certificate, certificate.name}, faults_);
    findings.add_if(resource_name_fault(certificate.name), "its name", certificate.name);
    findings.add_if(key_id_fault(certificate.key_id), "its key id", certificate.key_id);
    if (certificate.chain_pem.size() > kMaxChain)
      return findings.add("its chain is ", std::to_string(certificate.chain_pem.size()),
                          " bytes long; at most ", std::to_string(kMaxChain), " are allowed");
    if (!is_utf8(certificate.chain_pem)) findings.add("its chain has bytes that are not UTF-8 text");
    const auto info = read_certificate(certificate.chain_pem);
    if (!info) return findings.add(info.error().message);
    if (info->key_id != certificate.key_id)
      findings.add("its key id ", shown(certificate.key_id), " is not that of its first certificate, ",
                   info->key_id);
  }

  void check(const Settings& settings) {
    Findings findings({ResourceKind::settings, ""}, faults_);
    if (settings.default_certificate)
      check_certificate_reference("the default certificate", *settings.default_certificate, findings);
    if (settings.default_route)
      check_cluster_reference("the default route's cluster", *settings.default_route, findings);
    check_owner("the default route's owner", settings.default_route_owner, findings);
  }

  template <class T>
  void check_all(ResourceKind kind, const std::map<std::string, Ref<T>>& resources) {
    for (const auto& [key, resource] : resources) {
      check(resource->value);
      if (key != resource->value.name)
        Findings({kind, key}, faults_)
            .add("it is filed under this name, but its own is ", shown(resource->value.name));
    }
  }

  // A host that was not put may still point at what was dropped.
  void check_references(const Host& host, const Dropped& dropped) {
    Findings findings({ResourceKind::host, host.name}, faults_);
    if (host.certificate && dropped.certificates.contains(*host.certificate))
      check_certificate_reference("its certificate", *host.certificate, findings);
    if (dropped.clusters.empty()) return;
    for (const auto& route : host.routes) {
      const auto* proxy = std::get_if<ProxyTo>(&route.action);
      if (proxy == nullptr || !dropped.clusters.contains(proxy->cluster)) continue;
      findings.at_route(route.path);
      check_cluster_reference("its cluster", *proxy, findings);
    }
  }

 private:
  void check(const Route& route, Findings& findings) {
    if (auto fault = path_fault(route.path)) findings.add("its path ", *fault);
    if (route.listeners.bits == 0) findings.add("it names no listener");
    check_owner("its owner", route.owner, findings);
    if (const auto* proxy = std::get_if<ProxyTo>(&route.action))
      check_cluster_reference("its cluster", *proxy, findings);
    else if (const auto* answer = std::get_if<FixedAnswer>(&route.action))
      check_answer(*answer, findings);
    else
      check_refusal(std::get<Refusal>(route.action), findings);
  }

  void check_cluster_reference(std::string_view what, const ProxyTo& proxy, Findings& findings) {
    if (!snapshot_.clusters.contains(proxy.cluster))
      findings.add(what, " ", shown(proxy.cluster), " does not exist");
  }

  void check_certificate_reference(std::string_view what, const std::string& name, Findings& findings) {
    if (!snapshot_.certificates.contains(name)) findings.add(what, " ", shown(name), " does not exist");
  }

  static void check_owner(std::string_view what, const std::string& owner, Findings& findings) {
    if (!owner.empty()) findings.add_if(resource_name_fault(owner), what, owner);
  }

  const Snapshot& snapshot_;
  std::vector<Fault> faults_;
};

}  // namespace

std::vector<Fault> validate(const Snapshot& snapshot) {
  Validation validation(snapshot);
  validation.check_all(ResourceKind::host, snapshot.hosts);
  validation.check_all(ResourceKind::cluster, snapshot.clusters);
  validation.check_all(ResourceKind::certificate, snapshot.certificates);
  validation.check(snapshot.settings->value);
  return validation.take();
}

std::vector<Fault> validate_change(const Snapshot& snapshot, const Delta& delta) {
  Validation validation(snapshot);
  for (const auto& host : delta.put_hosts) validation.check(host->value);
  for (const auto& cluster : delta.put_clusters) validation.check(cluster->value);
  for (const auto& certificate : delta.put_certificates) validation.check(certificate->value);

  const Dropped dropped = dropped_by(delta);
  if (!dropped.empty()) {
    std::set<std::string_view> checked;
    for (const auto& host : delta.put_hosts) checked.insert(host->value.name);
    for (const auto& [name, host] : snapshot.hosts)
      if (!checked.contains(name)) validation.check_references(host->value, dropped);
  }
  if (delta.put_settings || !dropped.empty()) validation.check(snapshot.settings->value);
  return validation.take();
}

}  // namespace palpo::api
