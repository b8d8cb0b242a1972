// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/validate.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "dataplane/api/fields.h"
#include "dataplane/api/json_write.h"
#include "dataplane/api/names.h"
#include "dataplane/api/pem.h"

namespace palpo::api {
namespace {

constexpr std::size_t kFaultsShown =
    20;  // of one resource; a message is for a person, and a NACK has a limit

// What a fault speaks of, innermost first: "its refusal's status". Lives on the stack, written out for a
// fault only.
struct Where {
  const Where* outer = nullptr;
  std::string_view noun;

  std::string text() const {
    if (outer == nullptr) return "its " + words();
    return outer->text() + (outer->noun.ends_with('s') ? "' " : "'s ") + words();
  }

 private:
  std::string words() const {
    std::string text(noun.substr(0, noun.find("_pem")));  // the encoding is not what a fault speaks of
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
  }
};

// The faults of one resource.
class Findings {
 public:
  Findings(ResourceId resource, std::vector<Fault>& faults)
      : resource_(std::move(resource)), faults_(faults) {}
  ~Findings() {
    if (count_ > kFaultsShown)
      faults_.push_back({resource_, "and " + std::to_string(count_ - kFaultsShown) + " more faults"});
  }
  Findings(const Findings&) = delete;
  Findings& operator=(const Findings&) = delete;

  template <class... Part>
  void add(const Part&... parts) {
    if (++count_ > kFaultsShown) return;
    std::string message;
    if (!noun_.empty()) message.append(noun_).append(" ").append(shown(item_)).append(": ");
    ((message += parts), ...);
    faults_.push_back({resource_, std::move(message)});
  }
  // What is added from here on is about this item of a list: noun "route", item its path. Both empty: about
  // the resource itself.
  void at(std::string_view noun, std::string_view item) {
    noun_ = noun;
    item_ = item;
  }
  std::string_view item() const { return item_; }

 private:
  ResourceId resource_;
  std::vector<Fault>& faults_;
  std::string_view noun_;
  std::string_view item_;
  std::size_t count_ = 0;
};

std::string name_of(ListenerSet listeners) {
  std::string text;
  for (const auto& each : Words<Listener>::all)
    if (listeners.has(each.value)) text.append(text.empty() ? "" : ", ").append(each.word);
  return text;
}

// "/a" and "/a/" are the same prefix.
std::pair<PathType, std::string_view> place_of(const Route& route) {
  std::string_view path = route.path;
  if (route.type == PathType::prefix && path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return {route.type, path};
}

// What a delta drops of what hosts and settings refer to.
struct Dropped {
  std::set<std::string_view> clusters;
  std::set<std::string_view> certificates;
  bool empty() const { return clusters.empty() && certificates.empty(); }
};

Dropped dropped_by(const Delta& delta) {
  Dropped dropped;
  for (const auto& id : delta.drop) {
    if (id.kind == ResourceKind::cluster) dropped.clusters.insert(id.name);
    if (id.kind == ResourceKind::certificate) dropped.certificates.insert(id.name);
  }
  return dropped;
}

// Rules between the fields of one struct; what has none is left to its description.
template <class T>
void check_together(const T&, Findings&) {}

void check_together(const FixedAnswer& answer, Findings& findings) {
  if ((answer.status == 204 || answer.status == 304) && !answer.body.empty())
    findings.add("an answer with status ", std::to_string(answer.status), " cannot have a body");
}

void check_together(const Route& route, Findings& findings) {
  if (route.listeners.bits == 0) findings.add("it names no listener");
}

void check_together(const Host& host, Findings& findings) {
  std::map<std::pair<PathType, std::string_view>, ListenerSet> places;
  for (const auto& route : host.routes) {
    auto& taken = places[place_of(route)];
    const ListenerSet twice{static_cast<std::uint8_t>(taken.bits & route.listeners.bits)};
    taken.bits |= route.listeners.bits;
    if (twice.bits == 0) continue;
    findings.at("route", route.path);
    findings.add("another route of this host has the same ", word_of(route.type), " path on ",
                 name_of(twice));
  }
  findings.at({}, {});
}

void check_together(const Cluster& cluster, Findings& findings) {
  const auto& all = cluster.endpoints;
  const auto disorder = [](const Endpoint& a, const Endpoint& b) { return !(a < b); };
  if (const auto at = std::adjacent_find(all.begin(), all.end(), disorder); at != all.end())
    findings.add("its endpoints are not sorted and distinct at ", shown(std::next(at)->address));
}

void check_together(const Certificate& certificate, Findings& findings) {
  if (chain_fault(certificate.chain_pem)) return;
  const auto info = read_certificate(certificate.chain_pem);
  if (!info) return findings.add(info.error().message);
  if (info->key_id != certificate.key_id)
    findings.add("its key id ", shown(certificate.key_id), " is not that of its first certificate, ",
                 info->key_id);
}

// Walks one resource along its description. With `dropped`, only references to what a delta dropped are
// checked.
class Walk {
 public:
  Walk(const Snapshot& snapshot, Findings& findings, const Dropped* dropped = nullptr)
      : snapshot_(snapshot), findings_(findings), dropped_(dropped) {}

  template <Described T>
  void check(const T& value, const Where* outer = nullptr) {
    const auto one = [&](const auto& field) {
      const Where where{outer, field.name};
      check_rule(field.rule, value.*field.member, where);
      check_inside(value.*field.member, where);
    };
    std::apply([&](const auto&... field) { (one(field), ...); }, Description<T>::fields);
    if (dropped_ == nullptr) check_together(value, findings_);
  }

 private:
  template <class T>
  void check_rule(AnyValue, const T&, const Where&) {}
  template <class T>
  void check_rule(AnyValue, const std::optional<T>&, const Where&) {}

  void check_rule(const TextRule& rule, std::string_view text, const Where& where) {
    if (dropped_ != nullptr) return;
    const auto fault = rule.fault(text);
    if (!fault) return;
    const bool said = !rule.value_shown || text == findings_.item();
    findings_.add(where.text(), " ", said ? "" : shown(text) + " ", *fault);
  }

  void check_rule(const Range& range, std::uint64_t number, const Where& where) {
    if (dropped_ != nullptr || (number >= range.low && number <= range.high)) return;
    findings_.add(where.text(), " ", std::to_string(number), " is not within ", std::to_string(range.low),
                  " and ", std::to_string(range.high));
  }

  void check_rule(const Range& range, std::chrono::milliseconds time, const Where& where) {
    check_rule(range, static_cast<std::uint64_t>(time.count()), where);
  }

  template <class Item>
  void check_rule(AtMost most, const std::vector<Item>& items, const Where& where) {
    if (dropped_ != nullptr || items.size() <= most.items) return;
    findings_.add("it has ", std::to_string(items.size()), " ", where.noun, "; at most ",
                  std::to_string(most.items), " are allowed");
  }

  void check_rule(NameOf target, const std::string& name, const Where& where) {
    const bool cluster = target.kind == ResourceKind::cluster;
    if (dropped_ != nullptr && !(cluster ? dropped_->clusters : dropped_->certificates).contains(name))
      return;
    if (!(cluster ? snapshot_.clusters.contains(name) : snapshot_.certificates.contains(name)))
      findings_.add(where.text(), " ", shown(name), " does not exist");
  }

  template <class Rule, class T>
  void check_rule(const Rule& rule, const std::optional<T>& value, const Where& where) {
    if (value) check_rule(rule, *value, where);
  }

  template <class T>
  void check_inside(const T& value, const Where& where) {
    if constexpr (Described<T>) {
      check(value, &where);
    } else if constexpr (is_optional<T>) {
      if (value) check_inside(*value, where);
    } else if constexpr (is_variant<T>) {
      check_choice(value, where.outer);
    } else if constexpr (is_list<T>) {
      if constexpr (Described<typename T::value_type>) check_items(value);
    }
  }

  template <class Variant>
  void check_choice(const Variant& value, const Where* outer) {
    const auto one = [&]<class Alternative>(const Choice<Alternative>& choice) {
      const Where where{outer, choice.noun};
      if (const auto* held = std::get_if<Alternative>(&value))
        check(*held, choice.noun.empty() ? outer : &where);
    };
    std::apply([&](const auto&... choice) { (one(choice), ...); }, Choices<Variant>::all);
  }

  template <class Item>
  void check_items(const std::vector<Item>& items) {
    for (const auto& item : items) {
      findings_.at(Description<Item>::noun, item.*Description<Item>::key);
      check(item);
    }
    findings_.at({}, {});
  }

  const Snapshot& snapshot_;
  Findings& findings_;
  const Dropped* dropped_;
};

class Validation {
 public:
  explicit Validation(const Snapshot& snapshot) : snapshot_(snapshot) {}
  std::vector<Fault> take() { return std::move(faults_); }

  template <class T>
  void check(ResourceKind kind, const Ref<T>& resource, const Dropped* dropped = nullptr) {
    Findings findings({kind, name_of(resource->value)}, faults_);
    Walk(snapshot_, findings, dropped).check(resource->value);
  }

  template <class T>
  void check_all(ResourceKind kind, const std::map<std::string, Ref<T>>& resources) {
    for (const auto& [key, resource] : resources) {
      check(kind, resource);
      if (key != resource->value.name)
        Findings({kind, key}, faults_)
            .add("it is filed under this name, but its own is ", shown(resource->value.name));
    }
  }

 private:
  static std::string name_of(const auto& value) { return value.name; }
  static std::string name_of(const Settings&) { return {}; }

  const Snapshot& snapshot_;
  std::vector<Fault> faults_;
};

}  // namespace

std::vector<Fault> validate(const Snapshot& snapshot) {
  Validation validation(snapshot);
  validation.check_all(ResourceKind::host, snapshot.hosts);
  validation.check_all(ResourceKind::cluster, snapshot.clusters);
  validation.check_all(ResourceKind::certificate, snapshot.certificates);
  validation.check(ResourceKind::settings, snapshot.settings);
  return validation.take();
}

std::vector<Fault> validate_change(const Snapshot& snapshot, const Delta& delta) {
  Validation validation(snapshot);
  for (const auto& host : delta.put_hosts) validation.check(ResourceKind::host, host);
  for (const auto& cluster : delta.put_clusters) validation.check(ResourceKind::cluster, cluster);
  for (const auto& certificate : delta.put_certificates)
    validation.check(ResourceKind::certificate, certificate);

  const Dropped dropped = dropped_by(delta);
  if (!dropped.empty()) {
    // A host that was not put may still point at what was dropped.
    std::set<std::string_view> checked;
    for (const auto& host : delta.put_hosts) checked.insert(host->value.name);
    for (const auto& [name, host] : snapshot.hosts)
      if (!checked.contains(name)) validation.check(ResourceKind::host, host, &dropped);
  }
  if (delta.put_settings || !dropped.empty()) validation.check(ResourceKind::settings, snapshot.settings);
  return validation.take();
}

}  // namespace palpo::api
