// SPDX-License-Identifier: Apache-2.0
// Several controllers in one cluster: each object is exactly one's, or nobody's.
#include "controller/translate/ingress_class.h"

#include <gtest/gtest.h>

#include <map>

#include "controller/translate/test_objects.h"

namespace palpo::translate {
namespace {

Options release(const std::string& controller, const std::string& class_name, bool one_class) {
  Options options;
  options.controller_name = controller;
  options.class_name = class_name;
  options.one_class = one_class;
  options.alone = false;
  return options;
}

// The one that was installed without options, two that differ in their class alone, one of another controller
// name, and one whose class has the same name as the first's.
const std::map<std::string, Options> kReleases{
    {"plain", release("palpo.im/ingress-controller", "palpo", false)},
    {"red", release("palpo.im/colours", "red", true)},
    {"blue", release("palpo.im/colours", "blue", true)},
    {"other", release("palpo.im/other", "other", false)},
    {"namesake", release("example.com/namesake", "palpo", true)},
};

class Classes : public ::testing::Test {
 protected:
  void put_class(const std::string& name, const std::string& controller,
                 const std::string& default_since = "") {
    auto made = std::make_shared<kube::IngressClass>(*testing::ingress_class(name, controller));
    made->meta.creation_timestamp = default_since;
    if (!default_since.empty())
      made->meta.annotations["ingressclass.kubernetes.io/is-default-class"] = "true";
    state.apply(kube::Changed{std::shared_ptr<const kube::IngressClass>(made)});
  }
  void put_classes() {
    put_class("palpo", "palpo.im/ingress-controller");
    put_class("second", "palpo.im/ingress-controller");
    put_class("red", "palpo.im/colours");
    put_class("blue", "palpo.im/colours");
    put_class("green", "palpo.im/colours");
    put_class("other", "palpo.im/other");
    put_class("nginx", "k8s.io/ingress-nginx");
  }
  template <class Object>
  std::string whose(const Object& object) const {
    std::string takers;
    for (const auto& [name, options] : kReleases)
      if (is_ours(object, state, options)) takers += (takers.empty() ? "" : " and ") + name;
    return takers.empty() ? "nobody" : takers;
  }
  std::string of_ingress(std::optional<std::string> class_name, const std::string& annotation = "") const {
    kube::Ingress object;
    object.class_name = std::move(class_name);
    if (!annotation.empty()) object.meta.annotations[std::string(kube::kClassAnnotation)] = annotation;
    return whose(object);
  }
  std::string of_homeserver(const std::string& class_name) const {
    kube::Homeserver object;
    object.class_name = class_name;
    kube::BrokenObject broken{
        .kind = kube::Kind::homeserver, .meta = {}, .fault = {}, .class_name = class_name};
    EXPECT_EQ(whose(object), whose(broken));
    return whose(object);
  }
  void classes_may_not_be_read() {
    for (const auto kind : kube::kAllKinds)
      if (kube::info(kind).absent_by == 0) state.apply(kube::Replaced{kind, {}, {}});
    state.apply(kube::Unreadable{kube::Kind::ingress_class, true, "forbidden"});
  }

  store::ClusterState state;
};

TEST_F(Classes, AClassIsItsControllersWhoeverElseGoesByItsName) {
  put_classes();
  EXPECT_EQ(of_ingress("palpo"), "plain");
  EXPECT_EQ(of_ingress("second"), "plain");
  EXPECT_EQ(of_ingress("red"), "red");
  EXPECT_EQ(of_ingress("blue"), "blue");
  EXPECT_EQ(of_ingress("green"), "nobody") << "both of its controller have one class each";
  EXPECT_EQ(of_ingress("other"), "other");
  EXPECT_EQ(of_ingress("nginx"), "nobody");
  EXPECT_EQ(of_ingress("unknown"), "nobody");
  EXPECT_EQ(of_ingress(std::nullopt), "nobody");
  for (const auto* name : {"palpo", "second", "red", "blue", "green", "other", "nginx"}) {
    EXPECT_EQ(of_ingress(std::nullopt, name), of_ingress(name)) << name;
    EXPECT_EQ(of_homeserver(name), of_ingress(name)) << name;
  }
}

TEST_F(Classes, ANameWithoutAnIngressClassIsWhoeversItIs) {
  put_class("nginx", "k8s.io/ingress-nginx");
  EXPECT_EQ(of_homeserver("red"), "red");
  EXPECT_EQ(of_ingress(std::nullopt, "blue"), "blue");
  EXPECT_EQ(of_ingress("red"), "nobody") << "a field names an IngressClass, and there is none";
}

TEST_F(Classes, AHomeserverWithoutAClassIsOfTheDefaultClassOrOfPalpo) {
  put_classes();
  EXPECT_EQ(of_homeserver(""), "plain");
  put_class("nginx", "k8s.io/ingress-nginx", "2026-01-01T00:00:00Z");
  EXPECT_EQ(of_homeserver(""), "plain") << "that controller serves none";
  put_class("blue", "palpo.im/colours", "2026-01-02T00:00:00Z");
  EXPECT_EQ(of_homeserver(""), "blue");
  put_class("other", "palpo.im/other", "2026-01-03T00:00:00Z");
  EXPECT_EQ(of_homeserver(""), "other") << "the newest";
  put_class("a-second", "palpo.im/ingress-controller", "2026-01-03T00:00:00Z");
  EXPECT_EQ(of_homeserver(""), "plain") << "of one age the first by its name";
  EXPECT_EQ(of_ingress(std::nullopt), "nobody") << "the API server fills it in, or nobody wants it";
}

TEST_F(Classes, WhereClassesMayNotBeReadTheirNamesDecide) {
  classes_may_not_be_read();
  EXPECT_EQ(of_ingress("red"), "red");
  EXPECT_EQ(of_ingress("other"), "other");
  EXPECT_EQ(of_homeserver("blue"), "blue");
  EXPECT_EQ(of_ingress("unknown"), "nobody");
}

TEST_F(Classes, WhoIsAloneTakesWhatNamesNoClass) {
  auto options = release("palpo.im/colours", "red", true);
  options.alone = true;
  EXPECT_TRUE(is_ours(kube::Homeserver{}, state, options));
  EXPECT_FALSE(is_ours(kube::Ingress{}, state, options));
}

TEST_F(Classes, ABrokenIngressIsOfTheClassThatCouldBeRead) {
  put_classes();
  kube::BrokenObject broken{.kind = kube::Kind::ingress, .meta = {}, .fault = {}, .class_name = "red"};
  EXPECT_EQ(whose(broken), "red");
  broken.class_name.reset();
  EXPECT_EQ(whose(broken), "nobody");
  broken.meta.annotations[std::string(kube::kClassAnnotation)] = "blue";
  EXPECT_EQ(whose(broken), "blue");
}

}  // namespace
}  // namespace palpo::translate
