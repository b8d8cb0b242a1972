// SPDX-License-Identifier: Apache-2.0
#include "controller/files/manifest_set.h"

#include <algorithm>

namespace palpo::files {

void ManifestSet::put(const std::string& path, Manifest manifest) {
  Objects objects;
  for (auto& object : manifest.objects) {
    ObjectId id{kube::kind_of(object.object), kube::meta_of(object.object).key};
    objects.emplace(std::move(id), std::move(object));
  }
  if (!manifest.complete())
    if (const auto before = files_.find(path); before != files_.end())
      objects.insert(before->second.objects.begin(), before->second.objects.end());
  set_faults(path, std::move(manifest.faults));
  set_objects(path, std::move(objects));
}

void ManifestSet::put_unreadable(const std::string& path, const std::string& message) {
  set_faults(path, {{path, message}});
}

void ManifestSet::remove(const std::string& path) {
  if (!files_.contains(path)) return;
  set_faults(path, {});
  set_objects(path, {});
  files_.erase(path);
}

void ManifestSet::set_objects(const std::string& path, Objects objects) {
  auto& known = files_[path].objects;
  for (const auto& [id, object] : known) set_provider(id, path, false);
  for (const auto& [id, object] : objects) set_provider(id, path, true);
  known = std::move(objects);
}

void ManifestSet::set_faults(const std::string& path, std::vector<kube::SourceFault> faults) {
  auto& known = files_[path];
  faults_changed_ = faults_changed_ || !faults.empty() || !known.faults.empty();
  if (faults.empty())
    faulty_.erase(path);
  else
    faulty_.insert(path);
  known.faults = std::move(faults);
}

void ManifestSet::set_provider(const ObjectId& id, const std::string& path, bool provides) {
  changed_.insert(id);
  auto& paths = providers_[id];
  const bool was_contested = paths.size() > 1;
  if (provides)
    paths.insert(path);
  else
    paths.erase(path);
  const bool is_contested = paths.size() > 1;
  faults_changed_ = faults_changed_ || was_contested || is_contested;
  if (is_contested)
    contested_.insert(id);
  else
    contested_.erase(id);
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
  for (const auto& path : faulty_)
    for (const auto& fault : files_.at(path).faults) add(fault.where, fault.message);
  for (const auto& id : contested_) {
    const auto& paths = providers_.at(id);
    const auto& first = *provided(id);
    for (auto path = std::next(paths.begin()); path != paths.end(); ++path)
      add(files_.at(*path).objects.at(id).where + ": " + std::string(kube::info(id.first).name) + " " +
              id.second.text(),
          "is already defined at " + first.where + "; that one is used");
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
