// SPDX-License-Identifier: Apache-2.0
// What the frames say. JSON bodies with fixed field order; unknown, missing and duplicate fields are errors
// that name the field. Nesting is bounded. Pure, any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dataplane/api/delta.h"
#include "dataplane/api/validate.h"

namespace palpo::api {

constexpr int kProtocol = 1;  // both programs come from one release; another number is refused

// The first frame of a data plane.
struct Hello {
  int protocol = kProtocol;
  std::string release;               // PALPO_VERSION of the peer, for logs
  std::optional<Digest> version;     // the configuration it serves; none: never had one
  std::vector<std::string> key_ids;  // the private keys it holds, sorted
  auto operator<=>(const Hello&) const = default;
};

// The answer. After it come keys and updates.
struct Welcome {
  int protocol = kProtocol;
  std::string release;
  auto operator<=>(const Welcome&) const = default;
};

// From `base` (none: from nothing) to `version`. One in flight a peer.
struct Update {
  std::uint64_t seq = 0;
  std::optional<Digest> base;
  Digest version;
  Delta delta;
};

struct Ack {
  std::uint64_t seq = 0;
  Digest version;
  auto operator<=>(const Ack&) const = default;
};

// Refused: the old configuration serves on. Every fault is named; a fault of the update as a whole (wrong
// base, wrong digest) stands in `reason`.
struct Nack {
  std::uint64_t seq = 0;
  std::optional<Digest> serving;  // what the data plane still serves
  std::string reason;
  std::vector<Fault> faults;
  auto operator<=>(const Nack&) const = default;
};

// Of which certificates the controller does not know a good form: what does the data plane serve under these
// names?
struct Recall {
  std::vector<std::string> names;  // sorted
  auto operator<=>(const Recall&) const = default;
};

// Those of them that it serves, without their keys. As many as a frame takes.
struct Recalled {
  std::vector<Ref<Certificate>> certificates;
};

std::string encode(const Hello& message);
std::string encode(const Welcome& message);
std::string encode(const Update& message);
std::string encode(const Ack& message);
std::string encode(const Nack& message);
std::string encode(const Recall& message);
std::string encode(const Recalled& message);

Result<Hello> decode_hello(std::string_view json);
Result<Welcome> decode_welcome(std::string_view json);
Result<Update> decode_update(std::string_view json);
Result<Ack> decode_ack(std::string_view json);
Result<Nack> decode_nack(std::string_view json);
Result<Recall> decode_recall(std::string_view json);
Result<Recalled> decode_recalled(std::string_view json);
// The payload of a key frame: 64 digits of the key id, then the PEM. That they belong together is not checked
// here.
Result<PrivateKey> decode_key(const SecretBytes& payload);

}  // namespace palpo::api
