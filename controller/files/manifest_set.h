// SPDX-License-Identifier: Apache-2.0
// The manifests of a directory as a set of objects: takes files in and out, keeps the last good objects of
// broken ones, settles who provides an object that two files name (the first path), and says what has changed
// as source events. No I/O. One owner, one thread.
#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/files/manifest_reader.h"

namespace palpo::files {

class ManifestSet {
 public:
  // The file is as read now. What a faulty one no longer says stays as it was last said.
  void put(const std::string& path, Manifest manifest);
  // The file is there but cannot be read: its objects stay.
  void put_unreadable(const std::string& path, const std::string& message);
  void remove(const std::string& path);

  // The first answer: every kind, whole. Later: only differences since the last call.
  std::vector<kube::SourceEvent> take_events();

 private:
  using ObjectId = kube::ObjectId;
  using Objects = std::map<ObjectId, ManifestObject>;
  struct File {
    Objects objects;
    std::vector<kube::SourceFault> faults;
  };

  void set_objects(const std::string& path, Objects objects);
  void set_faults(const std::string& path, std::vector<kube::SourceFault> faults);
  void set_provider(const ObjectId& id, const std::string& path, bool provides);
  const ManifestObject* provided(const ObjectId& id) const;
  void take_faults(std::vector<kube::SourceEvent>& events);

  std::map<std::string, File> files_;                    // by path: the order that settles rivals
  std::map<ObjectId, std::set<std::string>> providers_;  // paths
  std::set<std::string> faulty_;                         // paths of files with faults
  std::set<ObjectId> contested_;                         // provided by several files
  std::map<ObjectId, Digest> told_;
  std::set<ObjectId> changed_;
  std::map<std::string, std::string> told_faults_;  // where -> message
  bool started_ = false;
  bool faults_changed_ = false;
};

}  // namespace palpo::files
