// SPDX-License-Identifier: Apache-2.0
#include "controller/kube/shape.h"

#include <vector>

namespace palpo::kube {
namespace {

constexpr ShapeField kOwner[] = {{"apiVersion", Is::text},    {"kind", Is::text},
                                 {"name", Is::text},          {"uid", Is::text},
                                 {"controller", Is::boolean}, {"blockOwnerDeletion", Is::boolean}};
constexpr ShapeField kManaged[] = {
    {"manager", Is::text},    {"operation", Is::text},      {"apiVersion", Is::text}, {"time", Is::text},
    {"fieldsType", Is::text}, {"fieldsV1", Is::any_object}, {"subresource", Is::text}};
constexpr ShapeField kMeta[] = {{"name", Is::text},
                                {"generateName", Is::text},
                                {"namespace", Is::text},
                                {"selfLink", Is::text},
                                {"uid", Is::text},
                                {"resourceVersion", Is::text},
                                {"generation", Is::integer},
                                {"creationTimestamp", Is::text},
                                {"deletionTimestamp", Is::text},
                                {"deletionGracePeriodSeconds", Is::integer},
                                {"labels", Is::text_map},
                                {"annotations", Is::text_map},
                                {"ownerReferences", Is::objects, kOwner},
                                {"finalizers", Is::texts},
                                {"managedFields", Is::objects, kManaged}};

const ShapeField* find(Shape fields, std::string_view name) {
  for (const auto& field : fields)
    if (field.name == name) return &field;
  return nullptr;
}

void check_value(const ShapeField& field, const Value& value, const std::string& path, Fault& fault);

void check_object(Shape known, const Value& object, const std::string& path, Fault& fault) {
  if (object.type != Value::Type::object) return fault.set(path, "expected an object");
  object.each_member([&](std::string_view name, const Value& value) {
    const auto* const field = find(known, name);
    if (field == nullptr)
      fault.set(join_path(path, name), "unknown field");
    else if (!value.is_null())
      check_value(*field, value, join_path(path, name), fault);
  });
}

void check_list(const ShapeField& field, const Value& list, const std::string& path, Fault& fault) {
  if (list.type != Value::Type::array) return fault.set(path, "expected a list");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto place = path + "[" + std::to_string(i) + "]";
    if (field.is == Is::objects)
      check_object(field.inside, list.at(i), place, fault);
    else if (!list.at(i).text())
      fault.set(place, "expected a string");
  }
}

void check_text_map(const Value& map, const std::string& path, Fault& fault) {
  if (map.type != Value::Type::object) return fault.set(path, "expected an object");
  map.each_member([&](std::string_view name, const Value& value) {
    if (!value.text()) fault.set(join_path(path, name), "expected a string");
  });
}

void check_value(const ShapeField& field, const Value& value, const std::string& path, Fault& fault) {
  switch (field.is) {
    case Is::text:
      if (!value.text()) fault.set(path, "expected a string");
      return;
    case Is::integer:
      if (!value.integer()) fault.set(path, "expected a whole number");
      return;
    case Is::boolean:
      if (!value.boolean()) fault.set(path, "expected true or false");
      return;
    case Is::text_or_integer:
      if (!value.text() && !value.integer()) fault.set(path, "expected a number or a name");
      return;
    case Is::texts:
    case Is::objects:
      return check_list(field, value, path, fault);
    case Is::text_map:
      return check_text_map(value, path, fault);
    case Is::any_object:
      if (value.type != Value::Type::object) fault.set(path, "expected an object");
      return;
    case Is::object:
      return check_object(field.inside, value, path, fault);
  }
}

}  // namespace

void check_shape(Shape own, const Value& object, Fault& fault) {
  std::vector<ShapeField> top{{"apiVersion", Is::text}, {"kind", Is::text}, {"metadata", Is::object, kMeta}};
  top.insert(top.end(), own.begin(), own.end());
  check_object(top, object, {}, fault);
}

}  // namespace palpo::kube
