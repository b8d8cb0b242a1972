// SPDX-License-Identifier: Apache-2.0
#include "controller/files/manifest_set.h"

#include <gtest/gtest.h>

namespace palpo::files {
namespace {

std::string service(const std::string& name, int port) {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name +
         "}\nspec: {ports: [{port: " + std::to_string(port) + "}]}\n";
}

struct ManifestSetTest : testing::Test {
  ManifestSet set;
  void put(const std::string& path, const std::string& text) { set.put(path, read_manifest(path, text)); }

  // "changed a:1", "deleted a", "fault WHERE: MESSAGE", "replaced Service a:1 b:2"
  std::vector<std::string> events() {
    std::vector<std::string> texts;
    const auto name = [](const kube::Object& object) {
      const auto& found = *std::get<std::shared_ptr<const kube::Service>>(object);
      return found.meta.key.name + ":" + std::to_string(found.ports.at(0).port);
    };
    for (const auto& event : set.take_events()) {
      if (const auto* changed = std::get_if<kube::Changed>(&event))
        texts.push_back("changed " + name(changed->object));
      if (const auto* gone = std::get_if<kube::Deleted>(&event)) texts.push_back("deleted " + gone->key.name);
      if (const auto* fault = std::get_if<kube::SourceFault>(&event))
        texts.push_back("fault " + fault->where + ": " + fault->message);
      if (const auto* list = std::get_if<kube::Replaced>(&event)) {
        ++replaced;
        if (list->objects.empty()) continue;
        texts.push_back("replaced");
        for (const auto& object : list->objects) texts.back() += " " + name(object);
      }
    }
    return texts;
  }
  std::size_t replaced = 0;
};
using Texts = std::vector<std::string>;

TEST_F(ManifestSetTest, TheFirstAnswerIsEveryKindThenDifferences) {
  put("a.yaml", service("a", 1) + service("b", 1));
  EXPECT_EQ(events(), Texts{"replaced a:1 b:1"});
  EXPECT_EQ(replaced, kube::kAllKinds.size());
  EXPECT_EQ(events(), Texts{});
  put("a.yaml", service("a", 1) + service("b", 2));
  EXPECT_EQ(events(), Texts{"changed b:2"});
  put("a.yaml", "# moved\n" + service("b", 2));
  EXPECT_EQ(events(), Texts{"deleted a"});
  set.remove("a.yaml");
  EXPECT_EQ(events(), Texts{"deleted b"});
  EXPECT_EQ(replaced, kube::kAllKinds.size());
}

TEST_F(ManifestSetTest, AnObjectThatMovesToAnotherFileIsNoEvent) {
  put("a.yaml", service("a", 1));
  events();
  set.remove("a.yaml");
  put("b.yaml", service("a", 1));
  EXPECT_EQ(events(), Texts{});
}

TEST_F(ManifestSetTest, ABrokenFileKeepsWhatItLastSaid) {
  put("a.yaml", service("a", 1) + service("b", 1));
  events();
  put("a.yaml", service("a", 2) + "---\n[");
  auto texts = events();
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_EQ(texts[0], "changed a:2");
  EXPECT_TRUE(texts[1].starts_with("fault a.yaml:")) << texts[1];
  put("a.yaml", service("a", 2));
  texts = events();
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_EQ(texts[0], "deleted b");
  EXPECT_TRUE(texts[1].ends_with(": ")) << "a fault without message: it is over";
}

TEST_F(ManifestSetTest, AFileThatCannotBeReadKeepsItsObjects) {
  put("a.yaml", service("a", 1));
  events();
  set.put_unreadable("a.yaml", "no");
  EXPECT_EQ(events(), Texts{"fault a.yaml: no"});
  set.put_unreadable("a.yaml", "no");
  EXPECT_EQ(events(), Texts{});
}

TEST_F(ManifestSetTest, OfTwoFilesTheFirstPathCountsAndTheOtherIsAFault) {
  put("b.yaml", service("a", 2));
  EXPECT_EQ(events(), Texts{"replaced a:2"});
  put("a.yaml", service("a", 1));
  EXPECT_EQ(events(), (Texts{"changed a:1",
                             "fault b.yaml:2: Service default/a: is already defined at a.yaml:2; that one is "
                             "used"}));
  set.remove("a.yaml");
  EXPECT_EQ(events(), (Texts{"changed a:2", "fault b.yaml:2: Service default/a: "}));
}

}  // namespace
}  // namespace palpo::files
