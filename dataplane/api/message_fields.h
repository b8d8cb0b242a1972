// SPDX-License-Identifier: Apache-2.0
// The fields of each message, but for update, whose resources are grouped by kind (message.cpp). Compile-time
// data.
#pragma once
#include <tuple>

#include "dataplane/api/fields.h"
#include "dataplane/api/json_read.h"
#include "dataplane/api/message.h"

namespace palpo::api {

// Refused before anything else is read: a peer of another release may send other fields.
struct ProtocolNumber {
  static void read(JsonReader& in, int& protocol) {
    protocol = static_cast<int>(in.number(INT32_MAX));
    if (protocol != kProtocol)
      in.fail("the peer speaks protocol " + std::to_string(protocol) + ", this program " +
              std::to_string(kProtocol) + "; both must come from one release");
  }
};
struct KeyIds {
  static void read(JsonReader& in, std::vector<std::string>& ids) {
    in.array([&] { ids.push_back(read_digest(in).hex()); });
  }
};

template <>
struct Description<Hello> {
  static constexpr std::tuple fields{
      Field{"protocol", &Hello::protocol, "`1`", ProtocolNumber{}},
      Field{"release", &Hello::release, "the program's version, for logs"},
      Field{"version", &Hello::version, "digest of the configuration that is served; `null`: never had one"},
      Field{"key_ids", &Hello::key_ids, "ids of the private keys that are held, sorted", KeyIds{}},
  };
};

template <>
struct Description<Welcome> {
  static constexpr std::tuple fields{
      Field{"protocol", &Welcome::protocol, "`1`", ProtocolNumber{}},
      Field{"release", &Welcome::release, "the program's version, for logs"},
  };
};

template <>
struct Description<Ack> {
  static constexpr std::tuple fields{
      Field{"seq", &Ack::seq, "of the update"},
      Field{"version", &Ack::version, "of the update"},
  };
};

template <>
struct Description<Fault> {
  static constexpr std::tuple fields{
      Field{"resource", &Fault::resource, "the resource at fault"},
      Field{"message", &Fault::message, "what is wrong, in words that follow its name"},
  };
};

template <>
struct Description<Nack> {
  static constexpr std::tuple fields{
      Field{"seq", &Nack::seq, "of the update"},
      Field{"serving", &Nack::serving, "digest of what is served; `null`: nothing yet"},
      Field{"reason", &Nack::reason,
            "a sentence; the fault of the update as a whole (wrong base, wrong digest), or a summary"},
      Field{"faults", &Nack::faults, "every fault of a resource"},
  };
};

template <>
struct Description<Recall> {
  static constexpr std::tuple fields{
      Field{"names", &Recall::names, "names of certificates, sorted"},
  };
};

template <>
struct Description<Recalled> {
  static constexpr std::tuple fields{
      Field{"certificates", &Recalled::certificates, "as many as the frame takes"},
  };
};

}  // namespace palpo::api
