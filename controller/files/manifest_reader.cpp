// SPDX-License-Identifier: Apache-2.0
#include "controller/files/manifest_reader.h"

#include <map>
#include <set>
#include <utility>

#include "base/secret_bytes.h"
#include "controller/files/yaml_reader.h"
#include "controller/kube/json_reader.h"

namespace palpo::files {
namespace {

using kube::find_place;
using kube::Value;

std::string_view group_of(std::string_view api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

// What is meant for us and is not read in this form: not to be passed over in silence. Empty: it is
// another's.
std::string unread_form(std::string_view api_version, std::string_view kind) {
  if (kind == "Endpoints" && api_version == "v1") {
    return "Endpoints are not read; write a discovery.k8s.io/v1 EndpointSlice with the label "
           "kubernetes.io/service-name";
  }
  for (const auto known : kube::kAllKinds) {
    const auto& info = kube::info(known);
    if (info.name != kind) continue;
    // "Service" and "Secret" are names of other groups' kinds, too.
    const bool any_group = !group_of(info.api_version).empty();
    if (any_group || group_of(api_version).empty())
      return "apiVersion: " + std::string(api_version) + " is not read; write " +
             std::string(info.api_version);
  }
  return {};
}

std::string_view text_of(const Value& value, std::string_view name) {
  return value.member(name).text().value_or(std::string_view());
}

class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  void take(const kube::Document& document) {
    if (document.fault.found()) {
      const auto subject = document.root ? subject_of(*document.root, {}) : std::string();
      return fault(document.line, subject, document.fault.message);
    }
    if (document.root->type != Value::Type::object)
      return fault(document.root->line, "", "it is not an object");
    take_object(*document.root, {}, {});
  }
  void fault(int line, const std::string& subject, std::string message) {
    manifest_.faults.push_back({place(line) + (subject.empty() ? "" : ": " + subject), std::move(message)});
  }
  Manifest take() { return std::move(manifest_); }

 private:
  std::string place(int line) const { return name_ + ":" + std::to_string(line); }

  // "PalpoHomeserver default/hs", or as much of it as there is.
  static std::string subject_of(const Value& node, std::string_view kind) {
    std::string subject(kind.empty() ? text_of(node, "kind") : kind);
    const auto& metadata = node.member("metadata");
    if (text_of(metadata, "name").empty()) return subject;
    const auto name_space = text_of(metadata, "namespace");
    if (!subject.empty()) subject += ' ';
    if (!name_space.empty()) subject.append(name_space).append("/");
    return subject.append(text_of(metadata, "name"));
  }

  // kind and api_version: what the list says of items that do not say it themselves.
  void take_object(const Value& node, std::string_view list_version, std::string_view list_kind) {
    const auto own_kind = text_of(node, "kind");
    const std::string kind(own_kind.empty() ? list_kind : own_kind);
    const auto own_version = text_of(node, "apiVersion");
    const std::string api_version(own_version.empty() ? list_version : own_version);
    if (kind.empty() || api_version.empty())
      return fault(node.line, subject_of(node, kind),
                   std::string(kind.empty() ? "kind" : "apiVersion") + ": required");
    if (const auto known = kube::find_kind(api_version, kind)) return decode(node, *known);
    if (kind.ends_with("List") && node.find_member("items") != nullptr)
      return take_list(node, api_version, kind);
    if (auto message = unread_form(api_version, kind); !message.empty())
      return fault(find_place(node, "apiVersion").line, subject_of(node, kind), std::move(message));
    ignore(node.line, subject_of(node, kind));
  }

  void take_list(const Value& node, const std::string& api_version, const std::string& kind) {
    const auto& items = node.member("items");
    if (items.is_null()) return;
    if (items.type != Value::Type::array) return fault(items.line, kind, "items: expected a list");
    const bool any = kind == "List";
    const auto item_kind = any ? std::string_view() : std::string_view(kind).substr(0, kind.size() - 4);
    for (const auto& item : items.items) {
      if (item->type != Value::Type::object) {
        fault(item->line, kind, "items: expected objects");
        continue;
      }
      take_object(*item, any ? std::string_view() : std::string_view(api_version), item_kind);
    }
  }

  void decode(const Value& original, kube::Kind kind) {
    Value node = original;  // its metadata may be shared by an alias
    settle_namespace(node, kind);
    const auto subject = subject_of(node, kube::info(kind).name);
    auto json = canonical_json(node);
    if (!json) return fault(node.line, subject, json.error().message);
    const Digest content = sha256(*json);
    wipe(json->data(), json->size());
    auto decoded = kube::decode_object(kind, node, true);
    if (const auto* broken = std::get_if<kube::BrokenObject>(&decoded))
      return fault_at(node, kind, subject, broken->fault);
    if (const auto* unusable = std::get_if<kube::Fault>(&decoded))
      return fault_at(node, kind, subject, *unusable);
    add(std::get<kube::Object>(std::move(decoded)), node.line, subject, content);
  }

  void add(kube::Object object, int line, const std::string& subject, const Digest& content) {
    if (const auto* secret = std::get_if<std::shared_ptr<const kube::Secret>>(&object);
        secret != nullptr && (*secret)->type != "kubernetes.io/tls") {
      ignore(line, subject + " of type " + (*secret)->type);
      object = without_content(**secret);
    }
    const auto [first, fresh] = seen_.try_emplace({kube::kind_of(object), kube::meta_of(object).key}, line);
    if (!fresh) return fault(line, subject, "is already defined at " + place(first->second));
    manifest_.objects.push_back({std::move(object), place(line), content});
  }

  // Who names it is told its type; what it holds is nobody's business here.
  static kube::Object without_content(const kube::Secret& secret) {
    return std::make_shared<const kube::Secret>(kube::Secret{secret.meta, secret.type, {}, nullptr});
  }

  static void settle_namespace(Value& node, kube::Kind kind) {
    const auto& found = node.member("metadata");
    if (!kube::info(kind).namespaced || found.type != Value::Type::object) return;
    const auto* name_space = found.find_member("namespace");
    if (name_space != nullptr && name_space->value->text() != "") return;
    auto metadata = std::make_shared<Value>(found);
    auto value = std::make_shared<Value>(Value::Type::text, metadata->line);
    value->scalar = "default";
    metadata->set("namespace", std::move(value));
    node.set("metadata", std::move(metadata));
  }

  // At the line of what it names.
  void fault_at(const Value& node, kube::Kind kind, const std::string& subject, const kube::Fault& wrong) {
    const auto place = find_place(node, wrong.path);
    const bool unquoted = place.value != nullptr && (place.value->type == Value::Type::boolean ||
                                                     place.value->type == Value::Type::integer ||
                                                     place.value->type == Value::Type::number);
    auto message = wrong.text();
    if (unquoted && wrong.message == "expected a string")
      message += kind == kube::Kind::secret ? ", write it in quotes"
                                            : ", and without quotes this is " + place.value->scalar;
    fault(place.line, subject, std::move(message));
  }
  void ignore(int line, const std::string& subject) {
    manifest_.ignored.push_back(place(line) + ": " + subject);
  }

  std::string name_;
  Manifest manifest_;
  std::map<std::pair<kube::Kind, kube::ObjectKey>, int> seen_;
};

}  // namespace

Manifest read_manifest(std::string_view name, std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Reader reader(name);
  if (name.ends_with(".json")) {
    reader.take(kube::read_json(text, kube::kMaxDepth, kube::RepeatedKeys::refused));
  } else {
    for (const auto& document : read_yaml(text)) reader.take(document);
  }
  return reader.take();
}

}  // namespace palpo::files
