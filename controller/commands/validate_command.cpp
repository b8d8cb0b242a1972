// SPDX-License-Identifier: Apache-2.0
#include "controller/commands/validate_command.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>

#include "controller/files/manifest_files.h"
#include "controller/files/manifest_reader.h"
#include "controller/store/cluster_state.h"
#include "controller/translate/translate.h"
#include "dataplane/api/validate.h"

namespace palpo::commands {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> manifest_paths(const std::string& root) {
  std::error_code failed;
  if (fs::is_regular_file(root, failed)) return std::vector{root};
  if (!fs::exists(root, failed)) return invalid(root + ": does not exist");
  const auto found = files::find_manifests(root);
  if (found.folders.empty()) return invalid(root + ": cannot be read");
  if (!found.skipped.empty()) {
    const auto& [folder, reason] = *found.skipped.begin();
    return invalid(folder + ": " + reason);
  }
  if (found.files.empty()) return invalid(root + ": holds no .yaml, .yml or .json file");
  return std::vector<std::string>(found.files.begin(), found.files.end());
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return invalid(path + ": cannot be read");
  return std::move(text).str();
}

std::string listeners_text(api::ListenerSet listeners) {
  std::string text;
  for (const auto& [listener, name] :
       {std::pair{api::Listener::http, "http"}, std::pair{api::Listener::https, "https"},
        std::pair{api::Listener::federation, "federation"}})
    if (listeners.has(listener)) text += (text.empty() ? "" : "+") + std::string(name);
  return text;
}

void print_action(const api::Action& action, const api::Snapshot& snapshot, std::ostream& out) {
  if (const auto* answer = std::get_if<api::FixedAnswer>(&action)) {
    out << answer->status << " " << answer->body;
    return;
  }
  if (const auto* refusal = std::get_if<api::Refusal>(&action)) {
    out << refusal->status << " (refused)";
    return;
  }
  const auto& name = std::get<api::ProxyTo>(action).cluster;
  out << name << " [";
  if (const auto cluster = snapshot.clusters.find(name); cluster != snapshot.clusters.end())
    for (const char* separator = ""; const auto& endpoint : cluster->second->value.endpoints) {
      out << separator << endpoint.address << ":" << endpoint.port;
      separator = " ";
    }
  out << "]";
}

using Served = std::vector<std::pair<const api::Host*, const api::Route*>>;

// By owner, as routes name it: "PalpoHomeserver/ns/name".
std::map<std::string, Served> served_by_owner(const api::Snapshot& snapshot) {
  std::map<std::string, Served> served;
  for (const auto& [name, host] : snapshot.hosts)
    for (const auto& route : host->value.routes) served[route.owner].emplace_back(&host->value, &route);
  return served;
}

void print_certificate(const api::Host& host, std::ostream& out) {
  out << "  certificate  " << host.name << "  ";
  if (host.certificate) {
    out << *host.certificate << "\n";
  } else {
    const bool refused = host.no_certificate == api::NoCertificate::refuse;
    out << (refused ? "none: TLS is refused" : "the default one") << "\n";
  }
}

void print_default_route(const api::Settings& settings, const std::string& owner,
                         const api::Snapshot& snapshot, std::ostream& out) {
  if (!settings.default_route || settings.default_route->owner != owner) return;
  out << "  http+https  whatever no host or path takes  ->  ";
  print_action(settings.default_route->action, snapshot, out);
  out << "\n";
}

void print_report(const translate::Report& report, const Served& served, const api::Snapshot& snapshot,
                  std::ostream& out) {
  out << kube::info(report.kind).name << "/" << report.key.text()
      << (report.ours ? "" : "  (of another class: not served)") << "\n";
  const api::Host* last = nullptr;
  for (const auto& [host, route] : served) {
    if (std::exchange(last, host) != host) print_certificate(*host, out);
    out << "  " << listeners_text(route->listeners) << "  " << host->name << route->path
        << (route->type == api::PathType::exact ? "  (exact)" : "  (prefix)") << "  ->  ";
    print_action(route->action, snapshot, out);
    out << "\n";
  }
  for (const auto& finding : report.findings)
    out << "  " << (finding.severity == translate::Severity::warning ? "WARNING " : "note ") << finding.reason
        << ": " << finding.message << "\n";
}

// Every kind at once, as a source's first lists would bring them.
void fill(store::ClusterState& state, std::map<kube::Kind, std::vector<kube::Object>> objects) {
  for (const auto kind : kube::kAllKinds) state.apply(kube::Replaced{kind, std::move(objects[kind]), {}});
}

}  // namespace

int validate_manifests(const std::string& path, const translate::Options& options, std::ostream& out,
                       std::ostream& err) {
  const auto paths = manifest_paths(path);
  if (!paths) {
    err << paths.error().message << "\n";
    return 2;
  }
  bool good = true;
  std::map<kube::Kind, std::vector<kube::Object>> objects;
  std::map<std::pair<kube::Kind, kube::ObjectKey>, std::string> seen;
  for (const auto& file : *paths) {
    const auto text = read_file(file);
    if (!text) {
      err << text.error().message << "\n";
      return 2;
    }
    auto manifest = files::read_manifest(file, *text);
    for (const auto& fault : manifest.faults) {
      err << fault.where << ": " << fault.message << "\n";
      good = false;
    }
    for (const auto& ignored : manifest.ignored) out << "ignored " << ignored << "\n";
    for (auto& read : manifest.objects) {
      const auto kind = kube::kind_of(read.object);
      const auto& key = kube::meta_of(read.object).key;
      if (const auto [first, fresh] = seen.try_emplace({kind, key}, read.where); !fresh) {
        err << read.where << ": " << kube::info(kind).name << " " << key.text() << " is already defined at "
            << first->second << "\n";
        good = false;
        continue;
      }
      objects[kind].push_back(std::move(read.object));
    }
  }
  store::ClusterState state;
  fill(state, std::move(objects));
  translate::Translator translator(options);
  const auto& translation = translator.translate(state, state.take_dirty());
  auto served = served_by_owner(translation.snapshot);
  for (const auto& [key, report] : translation.reports) {
    const auto owner = std::string(kube::info(report.kind).name) + "/" + report.key.text();
    print_report(report, served[owner], translation.snapshot, out);
    print_default_route(translation.snapshot.settings->value, owner, translation.snapshot, out);
    for (const auto& finding : report.findings)
      if (finding.severity == translate::Severity::warning) good = false;
  }
  for (const auto& finding : translation.findings) {
    out << "WARNING " << finding.reason << ": " << finding.message << "\n";
    good = false;
  }
  // What a data plane would refuse.
  for (const auto& fault : api::validate(translation.snapshot)) {
    err << fault.resource.text() << ": " << fault.message << "\n";
    good = false;
  }
  return good ? 0 : 1;
}

}  // namespace palpo::commands
