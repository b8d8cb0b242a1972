// SPDX-License-Identifier: Apache-2.0
// Every Secret that a host looks at, read once, and which of them the snapshot carries. Part of the
// translator's memory, its thread. It decides nothing about hosts.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "controller/store/cluster_state.h"
#include "controller/translate/certificates.h"
#include "controller/translate/change_log.h"
#include "controller/translate/translation.h"

namespace palpo::translate {

class CertificateTable {
 public:
  // The settings look at Secrets too, under this name.
  static constexpr std::string_view kSettings = "";

  CertificateTable(Translation& out, ChangeLog& snapshot) : out_(out), snapshot_(snapshot) {}

  // host looks at the Secret from now on: it is told when the Secret changes or its certificate comes into or
  // goes out of its time.
  const Inspection& look_at(const kube::ObjectKey& secret, const std::string& host,
                            const store::ClusterState& state, WallClock::time_point now);
  void look_away(const kube::ObjectKey& secret, const std::string& host);

  // One more, one less that serves the certificate; the snapshot holds it while anybody does.
  void acquire(const kube::ObjectKey& secret);
  void release(const kube::ObjectKey& secret);

  // Reads a Secret anew; adds to `hosts` those that look at it if anything about it changed.
  void refresh(const kube::ObjectKey& secret, const store::ClusterState& state, WallClock::time_point now,
               std::set<std::string>& hosts);
  // Adds the hosts of certificates whose time began or ended since the last call.
  void pass_time(const store::ClusterState& state, WallClock::time_point now, std::set<std::string>& hosts);

  std::optional<WallClock::time_point> next_turn() const;

  // Shows the keys in the translation, if they have changed.
  void publish_keys();

  void reset();  // nobody looks, nothing is served; what was read is kept until sweep()
  void sweep();

 private:
  struct Entry {
    std::shared_ptr<const kube::Secret> source;
    std::string other_type;                    // of a Secret that is there and is not listed
    std::string broken;                        // message of the newest form, if it cannot be read
    std::shared_ptr<const kube::Secret> lost;  // without a source: the last good form
    Inspection inspection;
    std::set<std::string> hosts;
    int uses = 0;
    std::string published_key;  // key id in the snapshot's ring on this entry's behalf
  };
  void read(const kube::ObjectKey& secret, Entry& entry, const store::ClusterState& state,
            WallClock::time_point now);
  bool is_current(const kube::ObjectKey& secret, Entry& entry, const store::ClusterState& state) const;
  void publish(const kube::ObjectKey& secret, Entry& entry);
  void note_missing(const kube::ObjectKey& secret, const Entry& entry);
  void drop_key(const std::string& key_id);
  void keep_key(const Entry& entry);

  Translation& out_;
  ChangeLog& snapshot_;
  std::map<kube::ObjectKey, Entry> entries_;
  api::KeyRing keys_;
  bool keys_changed_ = false;
  std::map<std::string, int> key_uses_;  // by key id: certificates in the snapshot
  std::set<std::pair<WallClock::time_point, kube::ObjectKey>>
      turns_;  // when a certificate's time begins or ends
};

}  // namespace palpo::translate
