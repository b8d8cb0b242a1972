// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/scope.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace palpo::kube {
namespace {

std::vector<std::string> texts(const Selection& selection, Kind kind) {
  std::vector<std::string> all;
  for (const auto& reading : readings(selection)) {
    if (reading.scope.kind != kind) continue;
    auto text = reading.scope.text();
    if (!reading.name.empty()) text += " named " + reading.name;
    if (!reading.label_selector.empty()) text += " where " + reading.label_selector;
    all.push_back(text);
  }
  return all;
}
using Texts = std::vector<std::string>;

TEST(Scope, WithoutANamespaceEveryKindIsReadOnce) {
  EXPECT_EQ(readings({}).size(), kAllKinds.size());
  EXPECT_EQ(texts({}, Kind::secret), (Texts{"Secret"}));
  EXPECT_EQ(texts({}, Kind::namespace_), (Texts{"Namespace"}));
}

TEST(Scope, EachNamespaceIsReadByItselfAndClassesOnce) {
  const Selection selection{.namespaces = {"a", "b"}};
  EXPECT_EQ(texts(selection, Kind::secret),
            (Texts{"Secret in the namespace a", "Secret in the namespace b"}));
  EXPECT_EQ(texts(selection, Kind::ingress_class), (Texts{"IngressClass"}));
  EXPECT_EQ(texts(selection, Kind::namespace_), (Texts{"Namespace a", "Namespace b"}));
}

TEST(Scope, SecretsMayBeReadInFewerNamespaces) {
  EXPECT_EQ(texts({.secret_namespaces = {"a"}}, Kind::secret), (Texts{"Secret in the namespace a"}));
  EXPECT_EQ(texts({.secret_namespaces = {"a"}}, Kind::service), (Texts{"Service"}));
  const Selection both{.namespaces = {"a", "b"}, .secret_namespaces = {"b"}};
  EXPECT_EQ(texts(both, Kind::secret), (Texts{"Secret in the namespace b"}));
  EXPECT_EQ(texts(both, Kind::ingress), (Texts{"Ingress in the namespace a", "Ingress in the namespace b"}));
  const std::vector<Extra> extras{{Kind::secret, {"edge", "tls"}}};
  EXPECT_EQ(texts({.secret_namespaces = {"a"}, .extras = extras}, Kind::secret),
            (Texts{"Secret in the namespace a", "Secret in the namespace edge named tls"}));
}

TEST(Scope, LabelsSelectWhatAuthorsWrite) {
  const Selection selection{.label_selector = "team=x"};
  EXPECT_EQ(texts(selection, Kind::ingress), (Texts{"Ingress where team=x"}));
  EXPECT_EQ(texts(selection, Kind::homeserver), (Texts{"PalpoHomeserver where team=x"}));
  for (const auto kind :
       {Kind::service, Kind::secret, Kind::endpoint_slice, Kind::ingress_class, Kind::namespace_})
    EXPECT_EQ(texts(selection, kind), (Texts{std::string(info(kind).name)}));
}

TEST(Scope, WhatIsBesideTheNamespacesIsReadAlone) {
  const std::vector<Extra> extras{{Kind::service, {"edge", "lb"}}, {Kind::secret, {"a", "tls"}}};
  EXPECT_EQ(texts({.namespaces = {"a"}, .extras = extras}, Kind::service),
            (Texts{"Service in the namespace a", "Service in the namespace edge named lb"}));
  EXPECT_EQ(texts({.namespaces = {"a"}, .extras = extras}, Kind::secret),
            (Texts{"Secret in the namespace a"}));
  EXPECT_EQ(texts({.extras = extras}, Kind::service), (Texts{"Service"}));
}

TEST(Scope, HoldsWhatIsInIt) {
  EXPECT_TRUE((Scope{Kind::secret}.holds({"a", "x"})));
  EXPECT_TRUE((Scope{Kind::secret, "a"}.holds({"a", "x"})));
  EXPECT_FALSE((Scope{Kind::secret, "a"}.holds({"b", "a"})));
  EXPECT_TRUE((Scope{Kind::namespace_, "a"}.holds({"", "a"})));
  EXPECT_FALSE((Scope{Kind::namespace_, "a"}.holds({"", "b"})));
}

}  // namespace
}  // namespace palpo::kube
