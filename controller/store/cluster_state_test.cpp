// SPDX-License-Identifier: Apache-2.0
#include "controller/store/cluster_state.h"

#include <gtest/gtest.h>

namespace palpo::store {
namespace {

using kube::Kind;
using kube::ObjectKey;

template <class T>
std::shared_ptr<T> make(const std::string& namespace_, const std::string& name) {
  auto object = std::make_shared<T>();
  object->meta.key = {namespace_, name};
  object->meta.resource_version = "1";
  return object;
}

template <class T>
std::shared_ptr<T> copy(const std::shared_ptr<T>& object) {
  return std::make_shared<T>(*object);
}

template <class T>
kube::Object shared(const std::shared_ptr<T>& object) {
  return std::shared_ptr<const T>(object);
}

template <class T>
kube::SourceEvent changed(const std::shared_ptr<T>& object) {
  return kube::Changed{shared(object)};
}

std::shared_ptr<kube::Secret> secret(const std::string& name, const std::string& crt,
                                     const std::string& key) {
  auto object = make<kube::Secret>("ns", name);
  object->tls_crt = crt;
  object->tls_key = std::make_shared<const SecretBytes>(SecretBytes::copy_of(key));
  return object;
}

TEST(ClusterState, AnEqualObjectIsNoChangeButTheNewestIsKept) {
  ClusterState state;
  auto ingress = make<kube::Ingress>("ns", "a");
  EXPECT_TRUE(state.apply(changed(ingress)));
  EXPECT_EQ(state.take_dirty().of(Kind::ingress), std::set<ObjectKey>{ingress->meta.key});

  auto next = copy(ingress);
  next->meta.resource_version = "2";
  next->meta.labels["x"] = "y";
  next->status.addresses.push_back({"192.0.2.1", ""});
  EXPECT_FALSE(state.apply(changed(next)));
  EXPECT_TRUE(state.take_dirty().empty());
  EXPECT_EQ(state.all<kube::Ingress>().at(next->meta.key)->meta.resource_version, "2");
}

TEST(ClusterState, WhatAReaderSeesIsAChange) {
  const auto edit = [](auto base, auto change) {
    ClusterState state;
    state.apply(changed(base));
    state.take_dirty();
    auto next = copy(base);
    change(*next);
    return state.apply(changed(next)) && !state.take_dirty().empty();
  };
  const auto ingress = make<kube::Ingress>("ns", "a");
  EXPECT_TRUE(edit(ingress, [](auto& i) { i.meta.annotations["kubernetes.io/ingress.class"] = "palpo"; }));
  EXPECT_TRUE(edit(ingress, [](auto& i) { i.meta.annotations["other"] = "z"; }));
  EXPECT_TRUE(edit(ingress, [](auto& i) { i.meta.generation = 2; }));
  EXPECT_TRUE(edit(ingress, [](auto& i) { i.class_name = "palpo"; }));
  EXPECT_TRUE(edit(ingress, [](auto& i) { i.rules.push_back({"a.example", {}}); }));
  EXPECT_TRUE(edit(ingress, [](auto& i) { i.tls.push_back({{"a.example"}, "s"}); }));
  EXPECT_TRUE(edit(ingress, [](auto& i) { i.meta.uid = "created anew"; }));
  const auto service = make<kube::Service>("ns", "s");
  EXPECT_TRUE(edit(service, [](auto& s) { s.ports.push_back({"http", 80, "TCP"}); }));
  EXPECT_TRUE(edit(service, [](auto& s) { s.has_selector = true; }));
  EXPECT_TRUE(edit(service, [](auto& s) { s.load_balancer.push_back({"192.0.2.1", ""}); }));
  EXPECT_FALSE(edit(service, [](auto& s) { s.meta.annotations["a"] = "b"; }));
  const auto homeserver = make<kube::Homeserver>("ns", "h");
  EXPECT_TRUE(edit(homeserver, [](auto& h) { h.meta.uid = "created anew"; }));
  EXPECT_TRUE(edit(homeserver, [](auto& h) { h.host = "matrix.example.com"; }));
  EXPECT_TRUE(edit(homeserver, [](auto& h) { h.well_known_client = "{}"; }));
  EXPECT_FALSE(edit(homeserver, [](auto& h) {
    h.status.parents = {{"", 1, {{"Ready", "True", 1, "", "r", "m"}}}};
  }));
  EXPECT_FALSE(edit(homeserver, [](auto& h) { h.status.parents = {{"", 3, {}}}; }));
  EXPECT_TRUE(edit(secret("s", "crt", "key"), [](auto& s) { s.tls_crt = "other"; }));
  EXPECT_TRUE(edit(make<kube::IngressClass>("", "c"), [](auto& c) { c.controller = "palpo.im/x"; }));
}

TEST(ClusterState, ASecretIsComparedByItsBytes) {
  ClusterState state;
  state.apply(changed(secret("s", "crt", "key")));
  state.take_dirty();
  EXPECT_FALSE(state.apply(changed(secret("s", "crt", "key"))));
  EXPECT_TRUE(state.apply(changed(secret("s", "crt", "yek"))));
  auto without = secret("s", "crt", "key");
  without->tls_key = nullptr;
  EXPECT_TRUE(state.apply(changed(without)));
}

TEST(ClusterState, ReplacedRemovesWhatIsNoLongerListed) {
  ClusterState state;
  const auto a = make<kube::Homeserver>("ns", "a");
  const auto b = make<kube::Homeserver>("ns", "b");
  EXPECT_TRUE(state.apply(kube::Replaced{Kind::homeserver, {shared(a), shared(b)}, {}}));
  state.take_dirty();
  EXPECT_FALSE(state.apply(kube::Replaced{Kind::homeserver, {shared(b), shared(a)}, {}}));
  EXPECT_TRUE(state.take_dirty().empty());
  EXPECT_TRUE(state.apply(kube::Replaced{Kind::homeserver, {shared(b)}, {}}));
  const auto dirty = state.take_dirty();
  EXPECT_EQ(dirty.of(Kind::homeserver), std::set<ObjectKey>{a->meta.key});
  EXPECT_FALSE(dirty.all);
  EXPECT_EQ(state.all<kube::Homeserver>().size(), 1u);
}

TEST(ClusterState, DeletedTwiceIsOneChange) {
  ClusterState state;
  state.apply(changed(make<kube::Service>("ns", "s")));
  EXPECT_TRUE(state.apply(kube::Deleted{Kind::service, {"ns", "s"}}));
  EXPECT_FALSE(state.apply(kube::Deleted{Kind::service, {"ns", "s"}}));
  EXPECT_EQ(state.take_dirty().of(Kind::service).size(), 1u);
}

TEST(ClusterState, ABrokenObjectKeepsItsLastGoodForm) {
  ClusterState state;
  const auto good = make<kube::Homeserver>("ns", "h");
  state.apply(changed(good));
  state.take_dirty();
  kube::BrokenObject broken{Kind::homeserver, good->meta, {"spec.serverName", "expected text"}};
  EXPECT_TRUE(state.apply(kube::Broke{broken}));
  EXPECT_FALSE(state.apply(kube::Broke{broken}));
  EXPECT_EQ(state.take_dirty().of(Kind::homeserver).size(), 1u);
  EXPECT_EQ(state.all<kube::Homeserver>().at(good->meta.key), good);
  EXPECT_EQ(state.find_broken(Kind::homeserver, good->meta.key)->fault, broken.fault);

  // Listed as broken: it exists, so it is not taken for deleted.
  EXPECT_FALSE(state.apply(kube::Replaced{Kind::homeserver, {}, {broken}}) && !state.take_dirty().empty());
  EXPECT_EQ(state.all<kube::Homeserver>().size(), 1u);

  EXPECT_TRUE(state.apply(changed(good)));
  EXPECT_EQ(state.find_broken(Kind::homeserver, good->meta.key), nullptr);
  EXPECT_EQ(state.take_dirty().of(Kind::homeserver).size(), 1u);
}

TEST(ClusterState, ASecretThatTurnsBadIsBrokenAndItsPredecessorStays) {
  ClusterState state([](const kube::Secret& s) -> std::optional<std::string> {
    if (s.tls_crt == "bad") return "tls.crt is bad";
    return std::nullopt;
  });
  state.apply(changed(secret("s", "good", "key")));
  state.take_dirty();
  EXPECT_TRUE(state.apply(changed(secret("s", "bad", "key"))));
  EXPECT_EQ(state.all<kube::Secret>().at({"ns", "s"})->tls_crt, "good");
  EXPECT_EQ(state.find_broken(Kind::secret, {"ns", "s"})->fault.text(), "tls.crt is bad");
  EXPECT_EQ(state.take_dirty().of(Kind::secret).size(), 1u);
  EXPECT_TRUE(state.apply(changed(secret("s", "better", "key"))));
  EXPECT_EQ(state.all<kube::Secret>().at({"ns", "s"})->tls_crt, "better");
  EXPECT_EQ(state.find_broken(Kind::secret, {"ns", "s"}), nullptr);
  // One that never was good has no predecessor: it is kept for the translation to judge.
  EXPECT_TRUE(state.apply(changed(secret("t", "bad", "key"))));
  EXPECT_EQ(state.all<kube::Secret>().at({"ns", "t"})->tls_crt, "bad");
}

std::optional<std::string> fault_of(const kube::Secret& found) {
  if (found.tls_crt.starts_with("bad")) return "tls.crt is bad";
  return std::nullopt;
}

TEST(ClusterState, ADeletedSecretIsRememberedWhileItServesSomebody) {
  ClusterState state(fault_of);
  const ObjectKey key{"ns", "s"};
  state.apply(changed(secret("s", "good", "key")));
  state.apply(changed(secret("t", "bad from the start", "key")));
  state.take_dirty();
  EXPECT_TRUE(state.apply(kube::Deleted{Kind::secret, key}));
  EXPECT_TRUE(state.apply(kube::Deleted{Kind::secret, {"ns", "t"}}));
  EXPECT_TRUE(state.all<kube::Secret>().empty());
  ASSERT_EQ(state.lost_secrets().size(), 1u) << "only what was good";
  EXPECT_EQ(state.lost_secrets().at(key)->tls_crt, "good");
  EXPECT_TRUE(state.apply(changed(secret("s", "bad", "key")))) << "a bad one in its place";
  EXPECT_EQ(state.lost_secrets().size(), 1u);
  EXPECT_EQ(state.find_broken(Kind::secret, key)->fault.text(), "tls.crt is bad");
  EXPECT_TRUE(state.all<kube::Secret>().empty());
  EXPECT_TRUE(state.apply(changed(secret("s", "better", "key"))));
  EXPECT_TRUE(state.lost_secrets().empty());
  EXPECT_EQ(state.find_broken(Kind::secret, key), nullptr);
  EXPECT_TRUE(state.apply(kube::Replaced{Kind::secret, {}, {}})) << "a list without it";
  state.take_dirty();
  EXPECT_FALSE(state.forget_lost_secrets([](const ObjectKey&) { return true; }));
  EXPECT_TRUE(state.forget_lost_secrets([](const ObjectKey&) { return false; }));
  EXPECT_TRUE(state.lost_secrets().empty());
  EXPECT_EQ(state.take_dirty().of(Kind::secret), (std::set<ObjectKey>{key}));
}

TEST(ClusterState, WhatADataPlaneRecallsStandsInForASecretThatIsGoneOrBad) {
  ClusterState state(fault_of);
  state.apply(changed(secret("good", "good", "key")));
  state.apply(changed(secret("bad", "bad", "key")));
  state.take_dirty();
  EXPECT_FALSE(state.recall_secret({"ns", "good"}, "chain"));
  EXPECT_TRUE(state.recall_secret({"ns", "bad"}, "chain"));
  EXPECT_TRUE(state.recall_secret({"ns", "gone"}, "chain"));
  EXPECT_FALSE(state.recall_secret({"ns", "gone"}, "of another data plane"));
  EXPECT_EQ(state.lost_secrets().at({"ns", "gone"})->tls_crt, "chain");
  EXPECT_EQ(state.lost_secrets().at({"ns", "gone"})->tls_key, nullptr);
  EXPECT_EQ(state.find_broken(Kind::secret, {"ns", "bad"})->fault.text(), "tls.crt is bad");
  EXPECT_EQ(state.take_dirty().of(Kind::secret), (std::set<ObjectKey>{{"ns", "bad"}, {"ns", "gone"}}));
}

TEST(ClusterState, SlicesAreFoundByTheirService) {
  ClusterState state;
  auto slice = make<kube::EndpointSlice>("ns", "s-b");
  slice->service = "s";
  state.apply(changed(slice));
  auto first = make<kube::EndpointSlice>("ns", "s-a");
  first->service = "s";
  state.apply(changed(first));
  ASSERT_EQ(state.slices_of({"ns", "s"}).size(), 2u);
  EXPECT_EQ(state.slices_of({"ns", "s"})[0]->meta.key.name, "s-a");
  EXPECT_TRUE(state.slices_of({"other", "s"}).empty());
  EXPECT_EQ(state.take_dirty().of(Kind::service), (std::set<ObjectKey>{{"ns", "s"}}));

  auto moved = copy(slice);
  moved->service = "t";
  EXPECT_TRUE(state.apply(changed(moved)));
  EXPECT_EQ(state.take_dirty().of(Kind::service), (std::set<ObjectKey>{{"ns", "s"}, {"ns", "t"}}));
  EXPECT_EQ(state.slices_of({"ns", "s"}).size(), 1u);
  EXPECT_TRUE(state.apply(kube::Deleted{Kind::endpoint_slice, {"ns", "s-b"}}));
  EXPECT_EQ(state.take_dirty().of(Kind::service), (std::set<ObjectKey>{{"ns", "t"}}));
  EXPECT_TRUE(state.slices_of({"ns", "t"}).empty());
}

TEST(ClusterState, SyncedOnceEveryKindIsListedOrKnownToBeAbsent) {
  ClusterState state;
  EXPECT_EQ(state.waiting_for().size(), kube::kAllKinds.size());
  for (const auto kind : kube::kAllKinds) {
    EXPECT_FALSE(state.synced());
    if (kind == Kind::homeserver) {
      EXPECT_FALSE(state.apply(kube::Unreadable{kind, false, "server gone"}));
      EXPECT_EQ(state.waiting_for().front(), kube::Scope{Kind::homeserver});
      EXPECT_TRUE(state.apply(kube::Unreadable{kind, true, "no such resource"}));
      EXPECT_EQ(state.unreadable().at({kind}), "no such resource");
    } else {
      EXPECT_TRUE(state.apply(kube::Replaced{kind, {}, {}}));
    }
  }
  EXPECT_TRUE(state.synced());
  state.apply(kube::Replaced{Kind::homeserver, {}, {}});
  EXPECT_TRUE(state.unreadable().empty());
}

TEST(ClusterState, AnAbsenceCountsOnceTheKindsThatMayNotBeAbsentAreListed) {
  ClusterState state;
  const auto deny = [&] { return state.apply(kube::Unreadable{Kind::ingress_class, true, "forbidden"}); };
  EXPECT_FALSE(deny());
  for (const auto kind :
       {Kind::ingress, Kind::service, Kind::endpoint_slice, Kind::homeserver, Kind::namespace_}) {
    state.apply(kube::Replaced{kind, {}, {}});
    EXPECT_FALSE(deny()) << "an API server that still restores its roles";
  }
  state.apply(kube::Replaced{Kind::secret, {}, {}});
  EXPECT_FALSE(state.synced()) << "it was said before";
  EXPECT_TRUE(deny());
  EXPECT_FALSE(deny());
  EXPECT_TRUE(state.synced());
}

TEST(ClusterState, WhatWasReadIsKeptWhenItIsDenied) {
  ClusterState state;
  auto cls = make<kube::IngressClass>("", "palpo");
  for (const auto kind : kube::kAllKinds) state.apply(kube::Replaced{kind, {}, {}});
  state.apply(changed(cls));
  state.take_dirty();
  for (const auto kind : kube::kAllKinds)
    EXPECT_FALSE(state.apply(kube::Unreadable{kind, true, "forbidden"})) << info(kind).name;
  EXPECT_TRUE(state.synced());
  EXPECT_TRUE(state.absent().empty());
  EXPECT_EQ(state.all<kube::IngressClass>().size(), 1u);
  EXPECT_TRUE(state.take_dirty().empty());
  EXPECT_EQ(state.unreadable().size(), kube::kAllKinds.size());
  for (const auto kind : kube::kAllKinds) EXPECT_FALSE(state.apply(kube::Readable{kind}));
  EXPECT_TRUE(state.unreadable().empty());
}

TEST(ClusterState, AClassConcernsEverything) {
  ClusterState state;
  auto cls = make<kube::IngressClass>("", "palpo");
  EXPECT_TRUE(state.apply(changed(cls)));
  EXPECT_TRUE(state.take_dirty().all);
  EXPECT_FALSE(state.apply(changed(copy(cls))));
  EXPECT_TRUE(state.apply(kube::Deleted{Kind::ingress_class, {"", "palpo"}}));
  EXPECT_TRUE(state.take_dirty().all);
}

TEST(ClusterState, ClassesThatCannotBeReadConcernEverythingAndSoDoesTheirComing) {
  ClusterState state;
  for (const auto kind : kube::kAllKinds)
    if (kind != Kind::ingress_class) state.apply(kube::Replaced{kind, {}, {}});
  EXPECT_TRUE(state.apply(kube::Unreadable{Kind::ingress_class, true, "forbidden"}));
  EXPECT_TRUE(state.take_dirty().all);
  EXPECT_TRUE(state.absent().contains({Kind::ingress_class}));
  EXPECT_TRUE(state.apply(kube::Replaced{Kind::ingress_class, {}, {}}));
  EXPECT_TRUE(state.take_dirty().all);
  EXPECT_TRUE(state.absent().empty());
}

template <class T>
std::shared_ptr<T> leaving(const std::shared_ptr<T>& object) {
  auto made = copy(object);
  made->meta.deleting = true;
  return made;
}

kube::SourceEvent name_space(const std::string& name, bool terminating) {
  auto made = make<kube::Namespace>("", name);
  made->terminating = terminating;
  return changed(made);
}

TEST(ClusterState, AnObjectThatIsBeingDeletedClaimsNothingAnyMore) {
  ClusterState state;
  const auto web = make<kube::Ingress>("ns", "web");
  const auto hs = make<kube::Homeserver>("ns", "hs");
  state.apply(changed(web));
  state.apply(changed(hs));
  state.take_dirty();
  EXPECT_TRUE(state.apply(changed(leaving(web))));
  EXPECT_TRUE(state.apply(changed(leaving(hs))));
  EXPECT_TRUE(state.all<kube::Ingress>().empty());
  EXPECT_TRUE(state.all<kube::Homeserver>().empty());
  auto dirty = state.take_dirty();
  EXPECT_EQ(dirty.of(Kind::ingress), (std::set<ObjectKey>{{"ns", "web"}}));
  EXPECT_EQ(dirty.of(Kind::homeserver), (std::set<ObjectKey>{{"ns", "hs"}}));
  EXPECT_FALSE(state.apply(changed(leaving(web)))) << "a finalizer less";
  EXPECT_FALSE(state.apply(kube::Deleted{Kind::ingress, {"ns", "web"}}));
  // A list finds it as it is.
  EXPECT_FALSE(state.apply(kube::Replaced{Kind::homeserver, {leaving(hs)}, {}}) &&
               !state.take_dirty().empty());
  EXPECT_TRUE(state.all<kube::Homeserver>().empty());
  EXPECT_TRUE(state.apply(changed(web))) << "created anew";
  EXPECT_EQ(state.all<kube::Ingress>().size(), 1u);
}

TEST(ClusterState, ABrokenObjectThatIsBeingDeletedIsNotToldAbout) {
  ClusterState state;
  state.apply(changed(make<kube::Homeserver>("ns", "hs")));
  kube::BrokenObject broken{Kind::homeserver, {}, {"spec.host", "no"}};
  broken.meta.key = {"ns", "hs"};
  broken.meta.deleting = true;
  EXPECT_TRUE(state.apply(kube::Broke{broken}));
  EXPECT_TRUE(state.all<kube::Homeserver>().empty());
  EXPECT_TRUE(state.broken().empty());
}

TEST(ClusterState, WhatIsInANamespaceThatGoesAwayClaimsNothingWhicheverIsKnownFirst) {
  ClusterState state;
  state.apply(changed(make<kube::Ingress>("ns", "web")));
  state.apply(changed(make<kube::Ingress>("ns2", "web")));
  state.apply(changed(make<kube::Homeserver>("ns", "hs")));
  state.apply(changed(make<kube::Service>("ns", "s")));
  EXPECT_FALSE(state.apply(name_space("ns", false)));
  state.take_dirty();
  EXPECT_TRUE(state.apply(name_space("ns", true)));
  EXPECT_FALSE(state.apply(name_space("ns", true)));
  EXPECT_EQ(state.all<kube::Ingress>().size(), 1u);
  EXPECT_TRUE(state.all<kube::Homeserver>().empty());
  EXPECT_EQ(state.all<kube::Service>().size(), 1u);
  EXPECT_EQ(state.take_dirty().of(Kind::ingress), (std::set<ObjectKey>{{"ns", "web"}}));
  EXPECT_FALSE(state.apply(changed(make<kube::Ingress>("ns", "late"))));
  EXPECT_FALSE(state.apply(kube::Deleted{Kind::ingress, {"ns", "web"}}));
  // The watches are not in step: what is created anew in the namespace may be known before the namespace is.
  EXPECT_TRUE(state.apply(kube::Deleted{Kind::namespace_, {"", "ns"}}));
  EXPECT_TRUE(state.all<kube::Ingress>().contains({"ns", "late"}));
  EXPECT_FALSE(state.all<kube::Ingress>().contains({"ns", "web"}));
  EXPECT_TRUE(state.all<kube::Homeserver>().contains({"ns", "hs"}));
  EXPECT_TRUE(state.apply(
      kube::Replaced{Kind::namespace_, {std::get<kube::Changed>(name_space("ns", true)).object}, {}}));
  EXPECT_EQ(state.all<kube::Ingress>().size(), 1u);
  EXPECT_TRUE(state.apply(kube::Replaced{Kind::namespace_, {}, {}})) << "a list without it is its deletion";
  EXPECT_TRUE(state.all<kube::Ingress>().contains({"ns", "late"}));
}

TEST(ClusterState, EachNamespaceIsListedByItself) {
  const auto readings = kube::readings({.namespaces = {"a", "b"}});
  ClusterState state({}, kube::scopes(readings));
  const auto list = [&](Kind kind, const std::string& name_space, std::vector<kube::Object> objects = {}) {
    return state.apply(kube::Replaced{kind, std::move(objects), {}, name_space});
  };
  const auto in_a = make<kube::Service>("a", "s"), in_b = make<kube::Service>("b", "s");
  EXPECT_TRUE(list(Kind::service, "a", {shared(in_a)}));
  EXPECT_TRUE(list(Kind::service, "b", {shared(in_b)}));
  EXPECT_TRUE(list(Kind::service, "a", {})) << "it is gone";
  EXPECT_EQ(state.all<kube::Service>().size(), 1u) << "the other namespace's is not";
  for (const auto kind : {Kind::ingress, Kind::endpoint_slice, Kind::secret, Kind::homeserver}) {
    list(kind, "a");
    if (kind != Kind::secret) list(kind, "b");
  }
  const auto deny = [&](Kind kind, bool absent, const std::string& name_space) {
    return state.apply(kube::Unreadable{kind, absent, "forbidden", true, name_space});
  };
  EXPECT_FALSE(deny(Kind::ingress_class, true, "")) << "not all that are needed have been listed";
  EXPECT_FALSE(deny(Kind::secret, false, "b"));
  EXPECT_EQ(state.unreadable().at({Kind::secret, "b"}), "forbidden");
  EXPECT_FALSE(state.synced());
  list(Kind::secret, "b");
  EXPECT_FALSE(state.unreadable().contains({Kind::secret, "b"}));
  EXPECT_TRUE(deny(Kind::ingress_class, true, ""));
  EXPECT_TRUE(deny(Kind::namespace_, true, "a"));
  EXPECT_EQ(state.waiting_for(), (std::vector<kube::Scope>{{Kind::namespace_, "b"}}));
  EXPECT_TRUE(deny(Kind::namespace_, true, "b"));
  EXPECT_TRUE(state.synced());
}

TEST(ClusterState, WhatIsReadIsKnownBeforeAnythingIsListed) {
  const ClusterState all;
  EXPECT_TRUE(all.reads(kube::Kind::secret, {"a", "x"}));
  const ClusterState few({}, kube::scopes(kube::readings({.secret_namespaces = {"a"}})));
  EXPECT_TRUE(few.reads(kube::Kind::secret, {"a", "x"}));
  EXPECT_FALSE(few.reads(kube::Kind::secret, {"b", "x"}));
  EXPECT_TRUE(few.reads(kube::Kind::service, {"b", "x"}));
}

TEST(ClusterState, ANamespaceThatIsReadByItsNameConcernsNoOther) {
  ClusterState state({}, kube::scopes(kube::readings({.namespaces = {"a", "b"}})));
  const auto object = [](const std::string& name) {
    return std::get<kube::Changed>(name_space(name, true)).object;
  };
  state.apply(changed(make<kube::Ingress>("a", "web")));
  state.apply(changed(make<kube::Ingress>("b", "web")));
  state.apply(kube::Replaced{Kind::namespace_, {object("a")}, {}, "a"});
  state.apply(kube::Replaced{Kind::namespace_, {object("b")}, {}, "b"});
  EXPECT_TRUE(state.all<kube::Ingress>().empty());
  EXPECT_TRUE(state.apply(kube::Replaced{Kind::namespace_, {}, {}, "a"}));
  EXPECT_TRUE(state.all<kube::Ingress>().contains({"a", "web"}));
  EXPECT_EQ(state.all<kube::Ingress>().size(), 1u);
}

TEST(ClusterState, AFaultInAFileIsNoChange) {
  ClusterState state;
  EXPECT_FALSE(state.apply(kube::SourceFault{"a.yaml:1", "mapping key repeated"}));
}

}  // namespace
}  // namespace palpo::store
