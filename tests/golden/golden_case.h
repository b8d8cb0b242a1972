// SPDX-License-Identifier: Apache-2.0
// The files of one golden case: its input, its options, and the texts that the outcome is held against.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "controller/kube/kinds.h"
#include "controller/translate/translate.h"

namespace palpo::golden {

// The folders of all cases, sorted.
std::vector<std::filesystem::path> cases_under(const std::filesystem::path& folder);

// The objects of a manifest; a fault in it fails the test.
std::vector<kube::Object> read_objects(const std::filesystem::path& file);

// From the line "# options: default_tls_secret=ns/name https_port=8443" of the input, if it has one.
translate::Options read_options(const std::filesystem::path& file);

// For people: what every author is told, as YAML.
std::string reports_text(const translate::Translation& translation);

// Fails the test when the file differs from the text or is missing; with PALPO_UPDATE_GOLDEN=1 writes it
// instead.
void expect_text(const std::filesystem::path& file, const std::string& text);

}  // namespace palpo::golden
