// SPDX-License-Identifier: Apache-2.0
#include "controller/files/manifest_reader.h"

#include <map>
#include <set>
#include <utility>

#include "base/secret_bytes.h"
#include "controller/files/json_reader.h"
#include "controller/files/yaml_reader.h"

namespace palpo::files {
namespace {

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

class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  void take(const Document& document) {
    const int line = document.root ? document.root->line : 1;
    if (document.fault) {
      const auto subject = document.root ? subject_of(*document.root, {}) : std::string();
      return fault(document.fault->line, subject, document.fault->message);
    }
    if (document.root->type != Node::Type::object) return fault(line, "", "it is not an object");
    take_object(*document.root, {}, {});
  }
  void fault(int line, const std::string& subject, std::string message) {
    manifest_.faults.push_back({place(line) + (subject.empty() ? "" : ": " + subject), std::move(message)});
  }
  Manifest take() { return std::move(manifest_); }

 private:
  std::string place(int line) const { return name_ + ":" + std::to_string(line); }

  // "PalpoHomeserver default/hs", or as much of it as there is.
  static std::string subject_of(const Node& node, std::string_view kind) {
    std::string subject(kind.empty() ? node.member_text("kind") : kind);
    const auto* metadata = node.type == Node::Type::object ? node.member("metadata") : nullptr;
    if (metadata == nullptr || (*metadata)->member_text("name").empty()) return subject;
    const auto name_space = (*metadata)->member_text("namespace");
    if (!subject.empty()) subject += ' ';
    if (!name_space.empty()) subject.append(name_space).append("/");
    return subject.append((*metadata)->member_text("name"));
  }

  // kind and api_version: what the list says of items that do not say it themselves.
  void take_object(const Node& node, std::string_view list_version, std::string_view list_kind) {
    const auto own_kind = node.member_text("kind");
    const std::string kind(own_kind.empty() ? list_kind : own_kind);
    const auto own_version = node.member_text("apiVersion");
    const std::string api_version(own_version.empty() ? list_version : own_version);
    if (kind.empty() || api_version.empty())
      return fault(node.line, subject_of(node, kind),
                   std::string(kind.empty() ? "kind" : "apiVersion") + ": required");
    if (const auto known = kube::find_kind(api_version, kind)) return decode(node, *known);
    if (kind.ends_with("List") && node.member("items") != nullptr) return take_list(node, api_version, kind);
    if (auto message = unread_form(api_version, kind); !message.empty())
      return fault(find_place(node, "apiVersion").line, subject_of(node, kind), std::move(message));
    ignore(node.line, subject_of(node, kind));
  }

  void take_list(const Node& node, const std::string& api_version, const std::string& kind) {
    const auto& items = **node.member("items");
    if (items.type == Node::Type::null) return;
    if (items.type != Node::Type::array) return fault(items.line, kind, "items: expected a list");
    const bool any = kind == "List";
    const auto item_kind = any ? std::string_view() : std::string_view(kind).substr(0, kind.size() - 4);
    for (const auto& item : items.items) {
      if (item->type != Node::Type::object) {
        fault(item->line, kind, "items: expected objects");
        continue;
      }
      take_object(*item, any ? std::string_view() : std::string_view(api_version), item_kind);
    }
  }

  void decode(const Node& original, kube::Kind kind) {
    Node node = original;  // its metadata may be shared by an alias
    settle_namespace(node, kind);
    const auto name = std::string(kube::info(kind).name);
    const auto subject = subject_of(node, name);
    auto json = to_json(node);
    if (!json) return fault(node.line, subject, json.error().message);
    const Digest content = sha256(*json);
    auto decoded = kube::decode_object(kind, *json, true);
    wipe(json->data(), json->size());
    if (!decoded) return fault_at(node, kind, subject, decoded.error().message);
    if (const auto* broken = std::get_if<kube::BrokenObject>(&*decoded))
      return fault_at(node, kind, subject, broken->message);
    add(std::get<kube::Object>(std::move(*decoded)), node.line, subject, content);
  }

  void add(kube::Object object, int line, const std::string& subject, const Digest& content) {
    if (const auto* secret = std::get_if<std::shared_ptr<const kube::Secret>>(&object);
        secret != nullptr && (*secret)->type != "kubernetes.io/tls") {
      ignore(line, subject + " of type " + (*secret)->type);
      object = without_content(**secret);
    }
    const auto [first, fresh] = seen_.try_emplace({kube::kind_of(object), kube::meta_of(object).key}, line);
    if (!fresh) return fault(line, subject, "stands at " + place(first->second) + " already");
    manifest_.objects.push_back({std::move(object), place(line), content});
  }

  // Who names it is told its type; what it holds is nobody's business here.
  static kube::Object without_content(const kube::Secret& secret) {
    return std::make_shared<const kube::Secret>(kube::Secret{secret.meta, secret.type, {}, nullptr});
  }

  static void settle_namespace(Node& node, kube::Kind kind) {
    const auto* found = node.member("metadata");
    if (!kube::info(kind).namespaced || found == nullptr || (*found)->type != Node::Type::object) return;
    const auto* name_space = (*found)->member("namespace");
    if (name_space != nullptr && ((*name_space)->type != Node::Type::text || !(*name_space)->text.empty()))
      return;
    auto metadata = std::make_shared<Node>(**found);
    auto value = std::make_shared<Node>(Node::Type::text, metadata->line);
    value->text = "default";
    metadata->set("namespace", std::move(value));
    node.set("metadata", std::move(metadata));
  }

  // "spec.hots: unknown field": at the line of what it names.
  void fault_at(const Node& node, kube::Kind kind, const std::string& subject, std::string message) {
    const auto place = find_place(node, std::string_view(message).substr(0, message.find(": ")));
    const bool wants_text = message.ends_with(": expected a string");
    if (wants_text && place.value != nullptr && place.value->type == Node::Type::plain)
      message += kind == kube::Kind::secret ? ", write it in quotes"
                                            : ", and without quotes this is " + place.value->text;
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
  const auto documents = name.ends_with(".json") ? read_json(text) : read_yaml(text);
  Reader reader(name);
  for (const auto& document : documents.documents) reader.take(document);
  if (documents.fault) reader.fault(documents.fault->line, "", documents.fault->message);
  return reader.take();
}

}  // namespace palpo::files
