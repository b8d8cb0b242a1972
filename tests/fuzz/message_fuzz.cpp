// SPDX-License-Identifier: Apache-2.0
// The bodies of the frames: the first byte says which, the rest is its JSON. What can be decoded, encodes to
// a form that decodes to the same; an update is then applied and validated as a data plane would.
#include <string>
#include <string_view>

#include "base/check.h"
#include "dataplane/api/json.h"
#include "dataplane/api/message.h"
#include "dataplane/api/version.h"

namespace {

using namespace palpo::api;

template <class Decode>
auto round_trip(std::string_view json, Decode decode) {
  auto message = decode(json);
  if (!message) {
    PALPO_CHECK(!message.error().message.empty());
    return message;
  }
  const auto text = encode(*message);
  const auto again = decode(text);
  PALPO_CHECK(again.ok());
  PALPO_CHECK(encode(*again) == text);
  return message;
}

void use(const Update& update) {
  const auto applied = apply({}, update.delta);
  if (!applied) return;
  const auto version = version_of(*applied);
  PALPO_CHECK(version_of(*apply({}, diff({}, *applied))) == version);
  const auto faults = validate(*applied);
  for (const auto& fault : faults) PALPO_CHECK(!fault.message.empty());
  PALPO_CHECK(!to_pretty_json(*applied).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view json(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'h':
      static_cast<void>(round_trip(json, decode_hello));
      break;
    case 'w':
      static_cast<void>(round_trip(json, decode_welcome));
      break;
    case 'a':
      static_cast<void>(round_trip(json, decode_ack));
      break;
    case 'n':
      static_cast<void>(round_trip(json, decode_nack));
      break;
    default:
      if (const auto update = round_trip(json, decode_update)) use(*update);
  }
  return 0;
}
