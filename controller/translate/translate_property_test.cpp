// SPDX-License-Identifier: Apache-2.0
// Whatever the edits and their order: a translator with memory says what one without it says, and what it
// says is a valid snapshot.
#include <gtest/gtest.h>

#include <random>

#include "controller/translate/test_objects.h"
#include "dataplane/api/json.h"
#include "dataplane/api/validate.h"
#include "dataplane/api/version.h"

namespace palpo::translate {
namespace {

using namespace testing;

bool equal(const Report& a, const Report& b) {
  return a.kind == b.kind && a.key == b.key && a.generation == b.generation && a.ours == b.ours &&
         a.findings == b.findings && a.resources == b.resources &&
         a.certificates_ready == b.certificates_ready && a.backends_ready == b.backends_ready &&
         a.accepted == b.accepted;
}

void expect_equal(const Translation& a, const Translation& b) {
  ASSERT_EQ(api::to_pretty_json(a.snapshot), api::to_pretty_json(b.snapshot));
  ASSERT_EQ(api::version_of(a.snapshot), api::version_of(b.snapshot));
  ASSERT_EQ(a.findings, b.findings);
  ASSERT_EQ(a.reports.size(), b.reports.size());
  for (const auto& [id, report] : a.reports) {
    ASSERT_TRUE(b.reports.contains(id)) << id.second.text();
    ASSERT_TRUE(equal(report, b.reports.at(id))) << id.second.text();
  }
  ASSERT_EQ(a.keys->size(), b.keys->size());
  for (const auto& entry : *a.keys) ASSERT_TRUE(b.keys->contains(entry.first));
}

void expect_sound(const Translation& translation) {
  const auto& snapshot = translation.snapshot;
  for (const auto& fault : api::validate(snapshot))
    ADD_FAILURE() << fault.resource.text() << ": " << fault.message;
  std::set<std::string> clusters, certificates, keys;
  for (const auto& host : snapshot.hosts) {
    if (host.second->value.certificate) certificates.insert(*host.second->value.certificate);
    for (const auto& route : host.second->value.routes) {
      if (const auto* proxy = std::get_if<api::ProxyTo>(&route.action)) clusters.insert(proxy->cluster);
    }
  }
  const auto& settings = snapshot.settings->value;
  if (settings.default_certificate) certificates.insert(*settings.default_certificate);
  if (settings.default_route) clusters.insert(std::get<api::ProxyTo>(settings.default_route->action).cluster);
  // Nothing that nobody refers to.
  for (const auto& cluster : snapshot.clusters)
    EXPECT_TRUE(clusters.contains(cluster.first)) << cluster.first;
  for (const auto& [name, certificate] : snapshot.certificates) {
    EXPECT_TRUE(certificates.contains(name)) << name;
    keys.insert(certificate->value.key_id);
  }
  EXPECT_EQ(keys.size(), translation.keys->size());
  for (const auto& key : keys) EXPECT_TRUE(translation.keys->contains(key));
  for (const auto& [id, report] : translation.reports) {
    for (const auto& resource : report.resources) {
      const bool there =
          resource.kind == api::ResourceKind::host          ? snapshot.hosts.contains(resource.name)
          : resource.kind == api::ResourceKind::cluster     ? snapshot.clusters.contains(resource.name)
          : resource.kind == api::ResourceKind::certificate ? snapshot.certificates.contains(resource.name)
                                                            : true;
      EXPECT_TRUE(there) << id.second.text() << " " << resource.text();
    }
  }
}

// Objects of a small world, so that rivals meet.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    for (const auto* name : {"site", "matrix", "both", "wildcard", "other", "expired"}) {
      fixtures_.push_back(
          {fixture(std::string(name) + ".crt"),
           std::make_shared<const SecretBytes>(SecretBytes::copy_of(fixture(std::string(name) + ".key")))});
    }
  }

  kube::SourceEvent edit() {
    switch (pick(7)) {
      case 0:
      case 1:
        return edit_of(kube::Kind::ingress, random_ingress());
      case 2:
      case 3:
        return edit_of(kube::Kind::homeserver, random_homeserver());
      case 4:
        return edit_of(kube::Kind::secret, random_secret());
      case 5:
        return pick(2) ? edit_of(kube::Kind::service, random_service())
                       : edit_of(kube::Kind::endpoint_slice, random_slice());
      default:
        return pick(6) ? edit_of(kube::Kind::service, random_service())
                       : edit_of(kube::Kind::ingress_class, random_class());
    }
  }

 private:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return *(choices.begin() + pick(static_cast<unsigned>(choices.size())));
  }
  std::string space() { return one_of<const char*>({"a", "b"}); }
  std::string name() { return one_of<const char*>({"x", "y", "z"}); }
  std::string host() {
    return one_of<const char*>(
        {"example.com", "matrix.example.com", "www.example.com", "*.example.com", "Bad_Host"});
  }
  std::string secret_name() { return one_of<const char*>({"", "s1", "s2", "s3", "gone"}); }
  std::string age() { return one_of<const char*>({"", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"}); }

  template <class T>
  kube::SourceEvent edit_of(kube::Kind kind, std::shared_ptr<T> object) {
    const auto dice = pick(10);
    if (dice < 2) return kube::Deleted{kind, object->meta.key};
    if (dice == 2 && pick(3) == 0) return kube::Broke{{kind, object->meta, {"spec", "it is broken"}}};
    return kube::Changed{shared(object)};
  }

  kube::IngressBackend backend() {
    if (pick(12) == 0) return {"", 0, "Bucket/b"};
    return {one_of<const char*>({"hs", "web", "gone"}), pick(3) ? kube::PortRef(80) : kube::PortRef("http"),
            ""};
  }

  std::shared_ptr<kube::Ingress> random_ingress() {
    auto object = ingress(space(), name(), {}, {}, age());
    object->class_name =
        one_of<std::optional<std::string>>({"palpo", "palpo", "palpo", "nginx", std::nullopt});
    if (pick(4) == 0) object->meta.annotations[std::string(kube::kClassAnnotation)] = "palpo";
    for (auto rules = pick(3); rules > 0; --rules) {
      kube::IngressRule rule{pick(6) ? host() : "", {}};
      for (auto paths = pick(4); paths > 0; --paths) {
        rule.paths.push_back({one_of<const char*>({"/", "/a", "/a/", "/_matrix", "/.well-known/matrix/server",
                                                   "/.well-known/acme-challenge/t", "bad"}),
                              one_of({kube::IngressPathType::exact, kube::IngressPathType::prefix,
                                      kube::IngressPathType::implementation_specific}),
                              backend()});
      }
      object->rules.push_back(rule);
    }
    if (pick(4) == 0) {  // nothing but an answer to a challenge
      for (auto& rule : object->rules)
        rule.paths = {
            {"/.well-known/acme-challenge/" + std::string(name()), kube::IngressPathType::exact, backend()}};
    } else if (pick(3) == 0) {
      object->default_backend = backend();
      if (pick(2)) object->rules.clear();
    }
    if (pick(8) == 0) object->meta.annotations["palpo.im/listeners"] = "https,federation";
    if (pick(8) == 0) object->meta.annotations["nginx.ingress.kubernetes.io/auth-url"] = "https://auth.test";
    for (auto entries = pick(3); entries > 0; --entries) {
      kube::IngressTls tls{{}, secret_name()};
      for (auto hosts = pick(3); hosts > 0; --hosts) tls.hosts.push_back(host());
      object->tls.push_back(tls);
    }
    return object;
  }

  std::shared_ptr<kube::Homeserver> random_homeserver() {
    auto object =
        homeserver(space(), name(),
                   one_of<const char*>({"example.com", "example.com", "matrix.example.com",
                                        "www.example.com:8448", "example.com:443", "192.0.2.1"}),
                   one_of<const char*>({"", "matrix.example.com", "matrix.example.com", "www.example.com"}),
                   secret_name(), age());
    object->class_name = one_of<const char*>({"", "", "palpo", "nginx"});
    object->service = one_of<const char*>({"hs", "gone"});
    if (pick(3) == 0) object->tls_hosts.push_back({host(), secret_name()});
    if (pick(5) == 0) {
      object->well_known_only = true;
      object->service.clear();
    }
    if (pick(4) == 0) object->well_known_client = R"({"m.homeserver":{"base_url":"https://x.test"}})";
    return object;
  }

  std::shared_ptr<kube::Secret> random_secret() {
    auto object = make<kube::Secret>(space(), one_of<const char*>({"s1", "s2", "s3", "default"}));
    object->type = "kubernetes.io/tls";
    const auto certificate = pick(static_cast<unsigned>(fixtures_.size()));
    object->tls_crt = fixtures_[certificate].first;
    object->tls_key = fixtures_[pick(8) ? certificate : 0].second;
    return object;
  }

  std::shared_ptr<kube::Service> random_service() {
    auto object = service(space(), one_of<const char*>({"hs", "web"}));
    if (pick(4) == 0) object->ports[0].port = 81;
    if (pick(6) == 0) {
      object->type = "ExternalName";
      object->external_name = "backend.test";
    }
    return object;
  }

  std::shared_ptr<kube::EndpointSlice> random_slice() {
    auto object = slice(space(), one_of<const char*>({"hs", "web"}), name(), {"10.0.0.1", "10.0.0.2"});
    for (auto& endpoint : object->endpoints) endpoint.ready = pick(3) != 0;
    return object;
  }

  std::shared_ptr<kube::IngressClass> random_class() {
    return ingress_class(one_of<const char*>({"palpo", "palpo", "nginx"}),
                         pick(5) ? "palpo.im/ingress-controller" : "k8s.io/ingress-nginx");
  }

  std::mt19937 random_;
  std::vector<std::pair<std::string, std::shared_ptr<const SecretBytes>>> fixtures_;
};

// Knows only what each translation says has changed.
struct Follower {
  api::Snapshot snapshot;
  std::map<kube::ObjectId, Report> reports;

  void follow(const Translation& translation) {
    auto next = api::apply(std::move(snapshot), translation.change);
    ASSERT_TRUE(next.ok()) << next.error().message;
    snapshot = std::move(*next);
    ASSERT_EQ(api::version_of(snapshot), api::version_of(translation.snapshot));
    for (const auto& id : translation.changed_reports) {
      const auto report = translation.reports.find(id);
      if (report == translation.reports.end())
        reports.erase(id);
      else
        reports.insert_or_assign(id, report->second);
    }
    for (const auto& [id, report] : translation.reports) {
      ASSERT_TRUE(reports.contains(id)) << id.second.text();
      ASSERT_EQ(reports.at(id), report) << id.second.text();
    }
  }
};

TEST(TranslateProperty, MemoryChangesNothing) {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    auto options = options_at();
    options.default_tls_secret = kube::ObjectKey{"a", "default"};
    Translator translator(options);
    store::ClusterState state(seed % 2 ? store::SecretCheck{} : secret_fault);
    put(state, ingress_class("palpo", options.controller_name));
    Follower follower;
    for (int step = 0; step < 120; ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      for (unsigned burst = step % 10 == 0 ? 8 : 1; burst > 0; --burst) state.apply(world.edit());
      const auto& remembered = translator.translate(state, state.take_dirty());
      expect_equal(remembered, fresh(state, options));
      expect_sound(remembered);
      follower.follow(remembered);
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
  }
}

TEST(TranslateProperty, ARunOnAnUnchangedStateKeepsEveryResource) {
  World world(99);
  Translator translator(options_at());
  store::ClusterState state;
  put(state, ingress_class("palpo", "palpo.im/ingress-controller"));
  for (int i = 0; i < 200; ++i) state.apply(world.edit());
  const auto before = translator.translate(state, state.take_dirty()).snapshot;
  ASSERT_FALSE(before.hosts.empty());
  const auto& after = translator.translate(state, state.take_dirty()).snapshot;
  EXPECT_EQ(before.hosts, after.hosts);  // the same pointers
  EXPECT_EQ(before.clusters, after.clusters);
  EXPECT_EQ(before.certificates, after.certificates);
  EXPECT_EQ(before.settings, after.settings);
}

}  // namespace
}  // namespace palpo::translate
