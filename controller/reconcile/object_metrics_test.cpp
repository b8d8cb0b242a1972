// SPDX-License-Identifier: Apache-2.0
#include "controller/reconcile/object_metrics.h"

#include <gtest/gtest.h>

#include <map>

#include "controller/reconcile/families.h"

namespace palpo::reconcile {
namespace {

using translate::Report;
using translate::Severity;
using Values = std::map<std::string, double>;

constexpr std::chrono::hours kDay{24};

struct ObjectMetrics : testing::Test {
  store::ClusterState state;
  translate::Translation translation;
  const WallClock::time_point now = WallClock::from_time_t(1'800'000'000);

  Report& report(kube::Kind kind, const std::string& name) {
    Report made;
    made.kind = kind;
    made.key = {"ns", name};
    return translation.reports[{kind, made.key}] = made;
  }
  void cluster(const std::string& name, std::size_t endpoints) {
    api::Cluster made{name, {}};
    for (std::size_t i = 0; i < endpoints; ++i)
      made.endpoints.push_back({"10.0.0.1", static_cast<std::uint16_t>(i + 1)});
    translation.snapshot.clusters[name] = api::seal(std::move(made));
  }
  // By the values of their labels, without zeros.
  static Values values(const std::vector<Sample>& samples) {
    Values found;
    for (const auto& sample : samples) {
      std::string name;
      for (const auto& [label, value] : sample.labels) name += (name.empty() ? "" : " ") + value;
      if (sample.value != 0) found[name] = sample.value;
    }
    return found;
  }
};

api::ResourceId cluster_id(const std::string& name) { return {api::ResourceKind::cluster, name}; }

TEST_F(ObjectMetrics, EveryObjectIsInOneState) {
  cluster("ns/up:80", 2);
  cluster("ns/down:80", 0);
  report(kube::Kind::homeserver, "good").resources = {cluster_id("ns/up:80")};
  report(kube::Kind::homeserver, "noted").findings = {{Severity::info, "TlsHostUnused", ""}};
  report(kube::Kind::homeserver, "warned").findings = {{Severity::warning, "CertificateExpired", ""}};
  report(kube::Kind::homeserver, "bare").certificates_ready = false;
  report(kube::Kind::homeserver, "down").resources = {cluster_id("ns/down:80")};
  report(kube::Kind::homeserver, "rival").accepted = false;
  report(kube::Kind::homeserver, "weak").resources = {cluster_id("ns/up:80"),
                                                      {api::ResourceKind::certificate, "ns/weak"}};
  const Refused refused{{{api::ResourceKind::certificate, "ns/weak"}, "ee key too small"}};
  report(kube::Kind::ingress, "theirs").ours = false;
  report(kube::Kind::ingress, "was-good");
  for (const auto* const name : {"was-good", "never-good"}) {
    kube::BrokenObject broken{
        .kind = kube::Kind::ingress, .meta = {}, .fault = {"spec.rules", "expected a list"}};
    broken.meta.key = {"ns", name};
    state.apply(kube::Broke{broken});
  }
  EXPECT_EQ(values(object_samples(state, translation, refused)), (Values{{"PalpoHomeserver accepted", 2},
                                                                         {"PalpoHomeserver impaired", 2},
                                                                         {"PalpoHomeserver orphan", 1},
                                                                         {"PalpoHomeserver refused", 2},
                                                                         {"Ingress other_class", 1},
                                                                         {"Ingress unreadable", 2}}));
  EXPECT_EQ(object_samples(state, {}, {}).size(), 12u) << "those that are 0 are shown, too";
}

TEST_F(ObjectMetrics, OrphansAreNamedUpToABoundAndNeverLost) {
  cluster("ns/up:80", 1);
  cluster("ns/down:80", 0);
  const auto bound = kMostOrphanSeries;
  for (std::size_t i = 0; i < bound + 3; ++i) {
    auto& made = report(kube::Kind::homeserver, "hs-" + std::to_string(100 + i));
    made.resources = {cluster_id("ns/up:80"), cluster_id("ns/down:80"), cluster_id("ns/gone:80")};
  }
  report(kube::Kind::homeserver, "good").resources = {cluster_id("ns/up:80")};
  auto& foreign = report(kube::Kind::ingress, "theirs");
  foreign.ours = false;
  foreign.resources = {cluster_id("ns/down:80")};
  const auto samples = orphan_samples(translation);
  EXPECT_EQ(samples.size(), bound + 1);
  const auto found = values(samples);
  EXPECT_EQ(found.at("PalpoHomeserver/ns/hs-100"), 2);
  EXPECT_EQ(found.at("other"), 2 * 3);
}

TEST_F(ObjectMetrics, BackendsByTheirEndpoints) {
  cluster("a", 0);
  cluster("b", 1);
  cluster("c", 2);
  cluster("d", 7);
  EXPECT_EQ(values(backend_samples(translation)), (Values{{"none", 1}, {"one", 1}, {"several", 2}}));
}

TEST_F(ObjectMetrics, CertificatesByTheTimeLeft) {
  const std::pair<const char*, WallClock::duration> cases[] = {{"ns/expired", -kDay},
                                                               {"ns/now", {}},
                                                               {"ns/day", kDay},
                                                               {"ns/week", 7 * kDay},
                                                               {"ns/fortnight", 14 * kDay},
                                                               {"ns/month", 30 * kDay},
                                                               {"ns/quarter", 90 * kDay},
                                                               {"ns/year", 365 * kDay}};
  for (const auto& [name, left] : cases) translation.certificate_ends[name] = now + left;
  EXPECT_EQ(values(certificate_samples(translation, now)),
            (Values{{"none", 2}, {"under_7d", 2}, {"under_30d", 2}, {"longer", 2}}));
  const auto ends = values(certificate_end_samples(translation, now));
  EXPECT_EQ(ends.size(), 6u);
  EXPECT_EQ(ends.at("ns/week"), 1'800'000'000 + 7 * 86400);
}

TEST_F(ObjectMetrics, OfManyCertificatesTheFirstToExpireAreNamed) {
  for (int i = 0; i < 200; ++i)
    translation.certificate_ends["ns/" + std::to_string(i)] = now + std::chrono::minutes(1000 - i);
  const auto ends = values(certificate_end_samples(translation, now));
  EXPECT_EQ(ends.size(), kMostCertificateSeries);
  EXPECT_TRUE(ends.contains("ns/199"));
  EXPECT_FALSE(ends.contains("ns/0"));
}

TEST_F(ObjectMetrics, NothingIsShownBeforeTheFirstTranslation) {
  Metrics metrics;
  const Refused refused;
  ObjectView view{&state, nullptr, &refused};
  expose_object_metrics(metrics, [&] { return view; });
  EXPECT_EQ(metrics.expose(), "");
  view.translation = &translation;
  EXPECT_NE(metrics.expose().find("palpo_ingress_translate_objects{kind=\"Ingress\",state=\"accepted\"} 0\n"),
            std::string::npos);
}

}  // namespace
}  // namespace palpo::reconcile
