// SPDX-License-Identifier: Apache-2.0
// The one table of the kinds this controller reads: extend here, and sources, store, translation and statuses
// follow. What an authored kind asks for is said in translate/authored.h. Objects are immutable and shared.
// Pure, any thread.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "controller/kube/homeserver.h"
#include "controller/kube/ingress.h"
#include "controller/kube/meta.h"
#include "controller/kube/namespace.h"
#include "controller/kube/secret.h"
#include "controller/kube/service.h"
#include "controller/kube/value.h"

namespace palpo::kube {

template <class... T>
struct KindList {
  static constexpr std::size_t kSize = sizeof...(T);
  using Object = std::variant<std::shared_ptr<const T>...>;
  template <template <class> class Of>
  using Each = std::tuple<Of<T>...>;
  template <std::size_t I>
  using At = std::tuple_element_t<I, std::tuple<T...>>;
};

// The table: a struct of each kind, which carries its row (kind_info.h), and in the same order its name here.
using Kinds = KindList<Ingress, IngressClass, Service, EndpointSlice, Secret, Homeserver, Namespace>;
enum class Kind { ingress, ingress_class, service, endpoint_slice, secret, homeserver, namespace_ };

inline constexpr auto kAllKinds = [] {
  std::array<Kind, Kinds::kSize> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Kind>(i);
  return all;
}();

template <class T>
concept Authored = T::kInfo.role == Role::authored;

const KindInfo& info(Kind kind);
inline bool is_authored(Kind kind) { return info(kind).role == Role::authored; }
// nullopt: a kind this controller does not read.
std::optional<Kind> find_kind(std::string_view api_version, std::string_view kind);

// Calls visit(std::type_identity<T>()) for the struct of the kind.
template <std::size_t I = 0, class Visit>
decltype(auto) with_type(Kind kind, Visit&& visit) {
  if constexpr (I + 1 < Kinds::kSize)
    if (static_cast<std::size_t>(kind) != I) return with_type<I + 1>(kind, std::forward<Visit>(visit));
  return std::forward<Visit>(visit)(std::type_identity<Kinds::At<I>>());
}
// And for that of each kind.
template <class Visit>
void for_each_type(Visit&& visit) {
  for (const Kind kind : kAllKinds) with_type(kind, visit);
}

template <class T>
constexpr Kind kind_of_type() {
  return []<class... U>(KindList<U...>) {
    std::size_t place = 0;
    static_cast<void>(((std::is_same_v<T, U> || (++place, false)) || ...));
    return static_cast<Kind>(place);
  }(Kinds());
}

using Object = Kinds::Object;
Kind kind_of(const Object& object);
const Meta& meta_of(const Object& object);

using ObjectId = std::pair<Kind, ObjectKey>;

// An object that does not have the shape of its kind. Its meta is what could be read; the author is told.
struct BrokenObject {
  Kind kind = Kind::ingress;
  Meta meta;
  Fault fault;
  std::optional<std::string> class_name = {};  // of an authored object, as far as it could be read
};

// One object from a document. strict: unknown fields are faults too (files); the API server has already
// pruned and checked what it hands out. What is not an object of the kind, or has no name, is but a fault.
using Decoded = std::variant<Object, BrokenObject, Fault>;
Decoded decode_object(Kind kind, const Value& value, bool strict);

}  // namespace palpo::kube
