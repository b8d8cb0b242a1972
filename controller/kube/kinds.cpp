// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/kinds.h"

#include "controller/kube/decode.h"
#include "controller/kube/shape.h"

namespace palpo::kube {
namespace {

// What the table says of a kind, and how it is read.
struct Row {
  const KindInfo* info;
  Object (*decode)(Meta, Fields&);
  Shape (*shape)();
};

template <class T>
Object decode_as(Meta meta, Fields& object) {
  return std::make_shared<const T>(T::decode(std::move(meta), object));
}

template <class... T>
constexpr std::array<Row, sizeof...(T)> rows(KindList<T...>) {
  return {Row{&T::kInfo, &decode_as<T>, &T::shape}...};
}
constexpr auto kRows = rows(Kinds());

const Row& row(Kind kind) { return kRows.at(static_cast<std::size_t>(kind)); }

// Names of all kinds here are RFC 1123 subdomains or stricter; other names would blur keys and messages.
bool is_object_name(std::string_view name) {
  if (name.empty() || name.size() > 253 || name.front() == '.' || name.front() == '-') return false;
  if (name.back() == '.' || name.back() == '-') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

std::optional<std::string> class_of(const Object& object) {
  return std::visit(
      []<class T>(const std::shared_ptr<const T>& held) -> std::optional<std::string> {
        if constexpr (Authored<T>) return held->class_name;
        return std::nullopt;
      },
      object);
}

// Items of a list carry neither kind nor apiVersion.
void check_type(Kind kind, Fields& object, Fault& fault) {
  const std::string name(info(kind).name);
  const std::string api_version(info(kind).api_version);
  const auto found = object.text("kind", name);
  const auto found_version = object.text("apiVersion", api_version);
  if (found != name || found_version != api_version)
    fault.set("", "expected " + api_version + " " + name + ", found " + found_version + " " + found);
}

// The key is needed to report anything else.
void check_key(const ObjectKey& key, bool strict, Fault& fault) {
  if (key.name.empty()) fault.set("metadata.name", "required");
  if (strict && !is_object_name(key.name)) fault.set("metadata.name", "not a valid object name");
  if (strict && !key.namespace_.empty() && !is_object_name(key.namespace_))
    fault.set("metadata.namespace", "not a valid namespace name");
}

}  // namespace

const KindInfo& info(Kind kind) { return *row(kind).info; }

std::optional<Kind> find_kind(std::string_view api_version, std::string_view kind) {
  for (const auto known : kAllKinds)
    if (info(known).api_version == api_version && info(known).name == kind) return known;
  return std::nullopt;
}

Kind kind_of(const Object& object) { return kAllKinds[object.index()]; }

const Meta& meta_of(const Object& object) {
  return std::visit([](const auto& held) -> const Meta& { return held->meta; }, object);
}

Decoded decode_object(Kind kind, const Value& value, bool strict) {
  if (value.type != Value::Type::object) return Fault{"", "expected an object"};
  Fault unusable, fault;
  Fields object(value, "", fault);
  check_type(kind, object, unusable);
  Meta meta = decode_meta(object.object("metadata"));
  check_key(meta.key, strict, unusable);
  if (unusable.found()) return unusable;
  BrokenObject broken{.kind = kind, .meta = meta, .fault = {}};
  if (strict) check_shape(row(kind).shape(), value, fault);
  Object decoded = row(kind).decode(std::move(meta), object);
  if (!fault.found()) return decoded;
  broken.fault = std::move(fault);
  broken.class_name = class_of(decoded);
  return broken;
}

}  // namespace palpo::kube
