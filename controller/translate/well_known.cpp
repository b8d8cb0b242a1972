// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/well_known.h"

#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "controller/translate/claims.h"

namespace palpo::translate {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 32;

// The author's keys; an empty object and a finding when they cannot be used.
Json read_extra(const std::string& field, const std::string& text, std::vector<Finding>& findings) {
  if (text.empty()) return Json::object();
  if (check_json_nesting(text, kMaxDepth)) {
    auto extra = Json::parse(text, nullptr, false);
    if (extra.is_object()) return extra;
  }
  findings.push_back(warning("WellKnownInvalid", field + " is not a JSON object nested at most " +
                                                     std::to_string(kMaxDepth) + " deep: it is left out"));
  return Json::object();
}

// Sets the computed value and says so when the author wanted another one.
void compute(Json& object, const std::string& key, const std::string& value, const std::string& field,
             std::vector<Finding>& findings) {
  const auto own = object.find(key);
  if (own != object.end() && *own != value) {
    findings.push_back(
        warning("WellKnownConflict", field + " is computed: \"" + value + "\" is served instead"));
  }
  object[key] = value;
}

api::FixedAnswer answer(const std::string& field, const Json& document, const Json& computed,
                        std::vector<Finding>& findings) {
  const auto dump = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  auto body = dump(document);
  if (body.size() >= kWellKnownLimit) {
    findings.push_back(
        warning("WellKnownTooLarge", field + " makes a document of " + std::to_string(body.size()) +
                                         " bytes, servers read at most " + std::to_string(kWellKnownLimit) +
                                         ": it is left out"));
    body = dump(computed);
  }
  return {200, "application/json", "public, max-age=3600", true, std::move(body)};
}

}  // namespace

api::FixedAnswer well_known_server(const std::string& address, const std::string& extra,
                                   std::vector<Finding>& findings) {
  const std::string field = "spec.wellKnown.server";
  auto document = read_extra(field, extra, findings);
  compute(document, "m.server", address, field + ": m.server", findings);
  return answer(field, document, Json{{"m.server", address}}, findings);
}

api::FixedAnswer well_known_client(const std::string& base_url, const std::string& extra,
                                   std::vector<Finding>& findings) {
  const std::string field = "spec.wellKnown.client";
  auto document = read_extra(field, extra, findings);
  auto& homeserver = document["m.homeserver"];
  if (!homeserver.is_object()) {
    if (!homeserver.is_null()) {
      findings.push_back(warning(
          "WellKnownConflict",
          field + ": m.homeserver is not an object: {\"base_url\":\"" + base_url + "\"} is served instead"));
    }
    homeserver = Json::object();
  }
  compute(homeserver, "base_url", base_url, field + ": m.homeserver.base_url", findings);
  return answer(field, document, Json{{"m.homeserver", {{"base_url", base_url}}}}, findings);
}

std::optional<api::FixedAnswer> well_known_document(const std::string& field, const std::string& text,
                                                    std::vector<Finding>& findings) {
  const auto document = read_extra(field, text, findings);
  if (document.empty()) return std::nullopt;
  const auto nothing = Json::object();
  auto own = answer(field, document, nothing, findings);
  if (own.body == nothing.dump()) return std::nullopt;
  return own;
}

}  // namespace palpo::translate
