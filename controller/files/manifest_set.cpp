// SPDX-License-Identifier: Apache-2.0
#include "controller/files/manifest_set.h"

#include <algorithm>

namespace palpo::files {

void ManifestSet::put(const std::string& path, Manifest manifest) {
  File file;
  for (auto& object : manifest.objects) {
    ObjectId id{kube::kind_of(object.object), kube::meta_of(object.object).key};
    file.objects.emplace(std::move(id), std::move(object));
  }
  if (!manifest.complete())
    if (const auto before = files_.find(path); before != files_.end())
      file.objects.insert(before->second.objects.begin(), before->second.objects.end());
  file.faults = std::move(manifest.faults);
  set_file(path, std::move(file));
}

void ManifestSet::put_unreadable(const std::string& path, const std::string& message) {
  files_[path].faults = {{path, message}};
  faults_changed_ = true;
}

void ManifestSet::remove(const std::string& path) {
  if (!files_.contains(path)) return;
  set_file(path, {});
  files_.erase(path);
}

void ManifestSet::set_file(const std::string& path, File file) {
  faults_changed_ = true;
  auto& known = files_[path];
  for (const auto& [id, object] : known.objects) {
    changed_.insert(id);
    providers_[id].erase(path);
  }
  for (const auto& [id, object] : file.objects) {
    changed_.insert(id);
    providers_[id].insert(path);
  }
  known = std::move(file);
}

const ManifestObject* ManifestSet::provided(const ObjectId& id) const {
  const auto at = providers_.find(id);
  if (at == providers_.end() || at->second.empty()) return nullptr;
  return &files_.at(*at->second.begin()).objects.at(id);
}

std::vector<kube::SourceEvent> ManifestSet::take_events() {
  std::vector<kube::SourceEvent> events;
  std::map<kube::Kind, std::vector<kube::Object>> lists;
  for (const auto& id : changed_) {
    const auto* object = provided(id);
    const auto told = told_.find(id);
    if (object == nullptr) {
      providers_.erase(id);
      if (told == told_.end()) continue;
      told_.erase(told);
      events.emplace_back(kube::Deleted{id.first, id.second});
    } else if (told == told_.end() || told->second != object->content) {
      told_[id] = object->content;
      if (started_)
        events.emplace_back(kube::Changed{object->object});
      else
        lists[id.first].push_back(object->object);
    }
  }
  changed_.clear();
  if (!started_)
    for (const auto kind : kube::kAllKinds)
      events.emplace_back(kube::Replaced{kind, std::move(lists[kind]), {}});
  started_ = true;
  take_faults(events);
  return events;
}

// A fault that is gone is told as one without a message.
void ManifestSet::take_faults(std::vector<kube::SourceEvent>& events) {
  if (!std::exchange(faults_changed_, false)) return;
  std::map<std::string, std::string> faults;
  const auto add = [&faults](const std::string& where, const std::string& message) {
    auto& known = faults[where];
    known += (known.empty() ? "" : "; ") + message;
  };
  for (const auto& [path, file] : files_)
    for (const auto& fault : file.faults) add(fault.where, fault.message);
  for (const auto& [id, paths] : providers_) {
    if (paths.size() < 2) continue;
    const auto& first = *provided(id);
    for (auto path = std::next(paths.begin()); path != paths.end(); ++path)
      add(files_.at(*path).objects.at(id).where + ": " + std::string(kube::info(id.first).name) + " " +
              id.second.text(),
          "stands at " + first.where + " already, which is the one that counts");
  }
  for (const auto& [where, message] : told_faults_)
    if (!faults.contains(where)) events.emplace_back(kube::SourceFault{where, {}});
  for (const auto& [where, message] : faults) {
    const auto told = told_faults_.find(where);
    if (told == told_faults_.end() || told->second != message)
      events.emplace_back(kube::SourceFault{where, message});
  }
  told_faults_ = std::move(faults);
}

}  // namespace palpo::files
