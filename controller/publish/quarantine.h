// SPDX-License-Identifier: Apache-2.0
// Holds back what is refused, and only that: from the wanted snapshot it makes one that every data plane
// should take. A refused resource stays in its last accepted form or is left out, until its author changes
// it; what refers to it is mended so that the rest stays valid. Faults found here, before anything is sent,
// are treated as refusals. Pure but for its memory. One owner, one thread.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/publish/published.h"
#include "dataplane/api/validate.h"
#include "dataplane/api/version.h"

namespace palpo::publish {

using Refusals = std::map<api::ResourceId, std::string>;  // held back, and why

class Quarantine {
 public:
  struct Outcome {
    PublishedRef published;  // always valid
    Refusals refused;
  };

  Quarantine();

  // keys: at least those of the wanted certificates. change: from the snapshot wanted before to this one, if
  // it is known; then it is what this costs, as long as nothing is held back. Calling again with the same
  // input gives the same outcome.
  Outcome select(std::shared_ptr<const api::Snapshot> wanted, const std::shared_ptr<const api::KeyRing>& keys,
                 const api::Delta* change = nullptr);
  // A data plane refused `target`, which select() made. False: no fault names a resource of it, nothing can
  // be held back.
  bool refuse(const Published& target, const std::vector<api::Fault>& faults);
  // A data plane serves it: the forms to fall back to.
  void accepted(PublishedRef published) { accepted_ = std::move(published); }

 private:
  struct Entry {
    std::optional<Digest> wanted;  // the author's form when the first refusal came
    std::set<Digest> forms;        // that were refused
    std::string words;
    bool without_key = false;  // the certificate's key was not ours to send
  };
  using Entries = std::map<api::ResourceId, Entry>;

  void forget_changed(const api::KeyRing& keys);
  static std::vector<api::Fault> faults_of(const api::Snapshot& candidate, const api::KeyRing& keys,
                                           const api::Delta& delta);
  void move_to(std::shared_ptr<const api::Snapshot> snapshot, std::shared_ptr<const api::KeyRing> keys,
               api::Delta delta);

  Entries refused_;
  std::shared_ptr<const api::Snapshot> wanted_;
  PublishedRef accepted_;
  PublishedRef last_;
  api::RunningVersion version_;  // of last_
};

// The digest of a resource of a snapshot; nullopt: it is not there.
std::optional<Digest> form_of(const api::Snapshot& snapshot, const api::ResourceId& id);

}  // namespace palpo::publish
