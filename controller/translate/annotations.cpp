// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/annotations.h"

#include <utility>

#include "controller/kube/ingress.h"
#include "controller/translate/annotation_table.h"
#include "controller/translate/claims.h"
#include "dataplane/api/names.h"

namespace palpo::translate {
namespace {

constexpr std::string_view kOwnDomain = "palpo.im/";
constexpr std::string_view kRegexCharacters = "()[]{}|*+?^$\\";

constexpr std::pair<std::string_view, api::Listener> kListeners[] = {
    {"http", api::Listener::http},
    {"https", api::Listener::https},
    {"federation", api::Listener::federation}};

std::optional<api::ListenerSet> parse_listeners(std::string_view list) {
  api::ListenerSet set;
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto word = list.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    bool known = false;
    for (const auto& [name, listener] : kListeners) {
      if (word != name) continue;
      set = set.with(listener);
      known = true;
    }
    if (!known) return std::nullopt;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  if (set.bits == 0) return std::nullopt;
  return set;
}

class AnnotationReader {
 public:
  explicit AnnotationReader(bool has_tls) : has_tls_(has_tls) {}

  Asked read(const std::map<std::string, std::string>& annotations) {
    for (const auto& [key, value] : annotations) {
      if (key == kube::kClassAnnotation) continue;
      if (std::string_view(key).starts_with(kOwnDomain)) {
        read_own(key, value);
      } else {
        read_foreign(key, value);
      }
    }
    if (!unknown_.empty()) {
      asked_.findings.push_back(
          note("AnnotationUnknown", "unknown to this controller and without effect: " + unknown_));
    }
    return std::move(asked_);
  }

 private:
  void read_own(const std::string& key, const std::string& value) {
    if (key != kListenersAnnotation) {
      asked_.findings.push_back(
          warning("InvalidAnnotation",
                  "annotation " + key + " does not exist; known is " + std::string(kListenersAnnotation)));
      return;
    }
    asked_.listeners = parse_listeners(value);
    if (asked_.listeners) return;
    asked_.findings.push_back(warning(
        "InvalidAnnotation", "annotation " + key + ": " + api::shown(value) +
                                 " is not a list of http, https and federation, separated by commas: it "
                                 "is not used"));
  }

  void read_foreign(const std::string& key, const std::string& value) {
    switch (annotation_effect(key, value, has_tls_)) {
      case AnnotationEffect::none:
        return;
      case AnnotationEffect::unknown:
        if (!unknown_.empty()) unknown_ += ", ";
        unknown_ += key;
        return;
      case AnnotationEffect::changes:
        asked_.findings.push_back(warning(
            "AnnotationUnsupported", "annotation " + key +
                                         " of another ingress controller has no effect: what it asks for "
                                         "is not done here; remove it"));
        return;
      case AnnotationEffect::regex:
        asked_.regex = true;
        return;
      case AnnotationEffect::restricts:
        asked_.restricted = true;
        asked_.findings.push_back(warning("RestrictionUnsupported",
                                          "annotation " + key +
                                              " restricts who may come, which cannot be kept here: the "
                                              "object's paths are answered with 403 until it is removed"));
        return;
    }
  }

  bool has_tls_;
  std::string unknown_;
  Asked asked_;
};

}  // namespace

Asked read_annotations(const std::map<std::string, std::string>& annotations, bool has_tls) {
  return AnnotationReader(has_tls).read(annotations);
}

bool looks_like_regex(std::string_view path) {
  return path.find_first_of(kRegexCharacters) != std::string_view::npos;
}

std::string_view literal_part(std::string_view regex) {
  const auto end = regex.find_first_of(kRegexCharacters);
  if (end == std::string_view::npos) return regex;
  // What an alternative or a quantifier may change is not literal, nor is the element it ends.
  const bool whole_element =
      regex.substr(end).starts_with("(/") && regex.find("||") == std::string_view::npos;
  const auto slash = regex.rfind('/', end);
  if (slash == std::string_view::npos) return "/";
  const auto part = regex.substr(0, whole_element ? end : slash);
  return part.empty() ? "/" : part;
}

}  // namespace palpo::translate
