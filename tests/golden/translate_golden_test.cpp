// SPDX-License-Identifier: Apache-2.0
// Every folder under tests/golden/translate is a case: in.yaml (and common.yaml, which all share) becomes
// snapshot.json and reports.yaml, in whatever order the objects come and whether at once or one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "controller/store/cluster_state.h"
#include "controller/translate/translate.h"
#include "dataplane/api/json.h"
#include "dataplane/api/validate.h"
#include "tests/golden/golden_case.h"

namespace palpo::golden {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = "tests/golden/translate";

struct Outcome {
  std::string snapshot;
  std::string reports;
};

Outcome outcome_of(const translate::Translation& translation) {
  return {api::to_pretty_json(translation.snapshot) + "\n", reports_text(translation)};
}

Outcome at_once(const std::vector<kube::Object>& objects, const translate::Options& options) {
  store::ClusterState state;
  for (const auto& object : objects) state.apply(kube::Changed{object});
  translate::Translator translator(options);
  const auto& translation = translator.translate(state, state.take_dirty());
  for (const auto& fault : api::validate(translation.snapshot)) {
    ADD_FAILURE() << fault.resource.text() << ": " << fault.message;
  }
  return outcome_of(translation);
}

Outcome one_by_one(const std::vector<kube::Object>& objects, const translate::Options& options) {
  store::ClusterState state;
  translate::Translator translator(options);
  for (const auto& object : objects) {
    state.apply(kube::Changed{object});
    translator.translate(state, state.take_dirty());
  }
  return outcome_of(translator.translate(state, state.take_dirty()));
}

class TranslateGolden : public ::testing::TestWithParam<fs::path> {};

TEST_P(TranslateGolden, IsWhatIsWrittenDown) {
  const auto& folder = GetParam();
  auto objects = read_objects(folder / "in.yaml");
  const auto common = read_objects(kFolder / "common.yaml");
  objects.insert(objects.end(), common.begin(), common.end());
  const auto options = read_options(folder / "in.yaml");

  const auto outcome = at_once(objects, options);
  expect_text(folder / "snapshot.json", outcome.snapshot);
  expect_text(folder / "reports.yaml", outcome.reports);
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("order " + std::to_string(seed));
    std::shuffle(objects.begin(), objects.end(), std::mt19937(seed));
    for (const auto& shuffled : {at_once(objects, options), one_by_one(objects, options)}) {
      EXPECT_EQ(shuffled.snapshot, outcome.snapshot);
      EXPECT_EQ(shuffled.reports, outcome.reports);
    }
  }
}

std::string case_name(const ::testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.filename().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, TranslateGolden, ::testing::ValuesIn(cases_under(kFolder)), case_name);

}  // namespace
}  // namespace palpo::golden
