// SPDX-License-Identifier: Apache-2.0
// What a source of objects tells the reconcile loop. Two sources exist: the API server (reflectors) and a
// directory. Events are sent from the source's own threads; the sink is thread-safe and returns at once.
#pragma once
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "controller/kube/kinds.h"
#include "controller/kube/scope.h"

namespace palpo::kube {

// All objects of a scope, as of now: replaces what was known of it. The first one marks the scope as synced.
struct Replaced {
  Kind kind;
  std::vector<Object> objects;
  std::vector<BrokenObject> broken;
  std::string namespace_ = {};  // of the scope
};
struct Changed {
  Object object;
};
struct Deleted {
  Kind kind;
  ObjectKey key;
  // The version of its deletion, or of the change by which its labels select it no more.
  std::string resource_version = {};
};
struct Broke {  // the object exists and cannot be read; its last good form is kept
  BrokenObject object;
};
// A scope cannot be read now (missing CRD, forbidden, server gone). Retried by the source; the others work
// on. A denial is told with every try, so that whoever takes it knows that it is so now and not only was.
struct Unreadable {
  Kind kind;
  bool absent = false;  // the cluster is without the kind, see KindInfo::absent_by
  std::string message;
  bool news = true;  // false: told before
  std::string namespace_ = {};
};
// It can be read again, after Unreadable and without a new list.
struct Readable {
  Kind kind;
  std::string namespace_ = {};
};
// A Secret that is not listed, because it is of another type than kubernetes.io/tls. Of it nothing but the
// type is known; empty: there is no such Secret.
struct OtherSecret {
  ObjectKey key;
  std::string type;
};
// A document that names no usable object ("a.yaml:12: mapping key repeated"): for logs and /config.
struct SourceFault {
  std::string where;
  std::string message;
};

using SourceEvent =
    std::variant<Replaced, Changed, Deleted, Broke, Unreadable, Readable, OtherSecret, SourceFault>;
using SourceSink = std::function<void(SourceEvent)>;

class Source {
 public:
  virtual ~Source() = default;
  virtual void start(SourceSink sink) = 0;
  virtual void stop() = 0;  // no event after it returns
};

}  // namespace palpo::kube
