// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/golden_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "controller/files/manifest_reader.h"

namespace palpo::golden {
namespace {

std::optional<std::string> read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void set_option(translate::Options& options, const std::string& name, const std::string& value) {
  if (name == "default_tls_secret") {
    const auto slash = value.find('/');
    options.default_tls_secret = kube::ObjectKey{value.substr(0, slash), value.substr(slash + 1)};
  } else if (name == "https_port") {
    options.https_port = static_cast<std::uint16_t>(std::stoi(value));
  } else if (name == "federation_port") {
    options.federation_port = static_cast<std::uint16_t>(std::stoi(value));
  } else {
    ADD_FAILURE() << "unknown option " << name;
  }
}

const char* text(bool value) { return value ? "true" : "false"; }

// A YAML double-quoted scalar.
std::string quoted(const std::string& plain) {
  std::string text = "\"";
  for (const char c : plain) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

void print(const translate::Report& report, std::ostream& out) {
  out << "- object: " << kube::info(report.kind).name << " " << report.key.text() << "\n";
  if (!report.ours) {
    out << "  ours: false\n";
    return;
  }
  out << "  accepted: " << text(report.accepted) << "\n"
      << "  certificatesReady: " << text(report.certificates_ready) << "\n"
      << "  backendsReady: " << text(report.backends_ready) << "\n";
  if (!report.resources.empty()) out << "  resources:\n";
  for (const auto& resource : report.resources) out << "  - " << quoted(resource.text()) << "\n";
  if (!report.findings.empty()) out << "  findings:\n";
  for (const auto& finding : report.findings) {
    out << "  - severity: " << (finding.severity == translate::Severity::warning ? "warning" : "info") << "\n"
        << "    reason: " << finding.reason << "\n"
        << "    message: " << quoted(finding.message) << "\n";
  }
}

}  // namespace

std::vector<std::filesystem::path> cases_under(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> cases;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

std::vector<kube::Object> read_objects(const std::filesystem::path& file) {
  const auto source = read_text(file);
  EXPECT_TRUE(source) << file << " cannot be read";
  auto manifest = files::read_manifest(file.filename().string(), source.value_or(""));
  for (const auto& fault : manifest.faults)
    ADD_FAILURE() << file << ": " << fault.where << ": " << fault.message;
  for (const auto& ignored : manifest.ignored) ADD_FAILURE() << file << ": ignored " << ignored;
  std::vector<kube::Object> objects;
  for (auto& entry : manifest.objects) objects.push_back(std::move(entry.object));
  EXPECT_FALSE(objects.empty()) << file << " holds no object";
  return objects;
}

translate::Options read_options(const std::filesystem::path& file) {
  translate::Options options;
  std::istringstream source(read_text(file).value_or(""));
  constexpr std::string_view kMark = "# options: ";
  for (std::string line; std::getline(source, line);) {
    if (!line.starts_with(kMark)) continue;
    std::istringstream words(line.substr(kMark.size()));
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      if (equals == std::string::npos) {
        ADD_FAILURE() << "not name=value: " << word;
      } else {
        set_option(options, word.substr(0, equals), word.substr(equals + 1));
      }
    }
  }
  return options;
}

std::string reports_text(const translate::Translation& translation) {
  std::ostringstream out;
  for (const auto& entry : translation.reports) print(entry.second, out);
  for (const auto& finding : translation.findings) {
    out << "- object: none\n  reason: " << finding.reason << "\n  message: " << quoted(finding.message)
        << "\n";
  }
  return out.str();
}

void expect_text(const std::filesystem::path& file, const std::string& text) {
  const auto wanted = read_text(file);
  if (wanted == text) return;
  if (const char* update = std::getenv("PALPO_UPDATE_GOLDEN"); update && std::string_view(update) == "1") {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  if (!wanted) {
    ADD_FAILURE() << file << " is missing; PALPO_UPDATE_GOLDEN=1 writes it";
  } else {
    EXPECT_EQ(*wanted, text) << file << " differs; PALPO_UPDATE_GOLDEN=1 rewrites it";
  }
}

}  // namespace palpo::golden
