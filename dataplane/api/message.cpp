// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/message.h"

#include "base/json_text.h"
#include "dataplane/api/frame.h"
#include "dataplane/api/json_read.h"
#include "dataplane/api/json_write.h"
#include "dataplane/api/message_fields.h"

namespace palpo::api {
namespace {

constexpr int kMaxNesting = 32;

// How many of the items, from the first on, have JSON that fits into `room` bytes with its commas.
std::size_t fitting(const auto& items, std::size_t room) {
  std::size_t count = 0;
  for (const auto& item : items) {
    std::string json;
    write_json(json, item);
    if (json.size() + 1 > room) break;
    room -= json.size() + 1;
    ++count;
  }
  return count;
}

template <class Message>
std::string encode_described(const Message& message) {
  std::string out;
  write_json(out, message);
  return out;
}

template <class Message, class Read>
Result<Message> decode(std::string_view json, std::string_view name, Read read) {
  if (auto shallow = check_json_nesting(json, kMaxNesting); !shallow) return shallow.error().within(name);
  Message message;
  JsonReader in(json, name);
  read(in, message);
  if (auto done = in.finish(); !done) return done.error();
  return message;
}

template <class Message>
Result<Message> decode_described(std::string_view json, std::string_view name) {
  return decode<Message>(json, name, [](JsonReader& in, Message& message) { read_json(in, message); });
}

void read_put(JsonReader& in, Delta& delta) {
  in.object(field("hosts", [&] { read_json(in, delta.put_hosts); }),
            field("clusters", [&] { read_json(in, delta.put_clusters); }),
            field("certificates", [&] { read_json(in, delta.put_certificates); }),  //
            field("settings", [&] {
              if (!in.null()) read_json(in, delta.put_settings);
            }));
}

}  // namespace

std::string encode(const Hello& message) { return encode_described(message); }
std::string encode(const Welcome& message) { return encode_described(message); }
std::string encode(const Ack& message) { return encode_described(message); }

std::string encode(const Update& message) {
  const auto& delta = message.delta;
  std::string out;
  const auto member = [&](char before, std::string_view name, const auto& value) {
    append_json_name(out, before, name);
    write_json(out, value);
  };
  member('{', "seq", message.seq);
  member(',', "base", message.base);
  member(',', "version", message.version);
  append_json_name(out, ',', "put");
  member('{', "hosts", delta.put_hosts);
  member(',', "clusters", delta.put_clusters);
  member(',', "certificates", delta.put_certificates);
  append_json_name(out, ',', "settings");
  if (delta.put_settings)
    write_json(out, delta.put_settings);
  else
    out += "null";
  out += '}';
  member(',', "drop", delta.drop);
  out += '}';
  return out;
}

std::string encode(const Nack& message) {
  constexpr std::size_t kReasonShown = 4096;
  const std::size_t room = payload_limit(FrameKind::nack) - 8 * kReasonShown;
  const auto listed = fitting(message.faults, room);
  const auto left_out = message.faults.size() - listed;
  Nack shown{message.seq, message.serving, message.reason.substr(0, kReasonShown), {}};
  shown.faults.assign(message.faults.begin(), message.faults.begin() + static_cast<std::ptrdiff_t>(listed));
  if (left_out != 0)
    shown.reason +=
        (shown.reason.empty() ? "" : "; ") + std::to_string(left_out) + " more faults are not listed";
  return encode_described(shown);
}

std::string encode(const Recall& message) {
  constexpr std::size_t kFrame = sizeof(R"({"names":[]})");
  Recall shown = message;
  shown.names.resize(fitting(message.names, payload_limit(FrameKind::recall) - kFrame));
  return encode_described(shown);
}

std::string encode(const Recalled& message) {
  constexpr std::size_t kFrame = sizeof(R"({"certificates":[]})");
  Recalled shown = message;
  shown.certificates.resize(fitting(message.certificates, payload_limit(FrameKind::recalled) - kFrame));
  return encode_described(shown);
}

Result<Hello> decode_hello(std::string_view json) { return decode_described<Hello>(json, "hello"); }
Result<Welcome> decode_welcome(std::string_view json) { return decode_described<Welcome>(json, "welcome"); }
Result<Ack> decode_ack(std::string_view json) { return decode_described<Ack>(json, "ack"); }
Result<Nack> decode_nack(std::string_view json) { return decode_described<Nack>(json, "nack"); }
Result<Recall> decode_recall(std::string_view json) { return decode_described<Recall>(json, "recall"); }
Result<Recalled> decode_recalled(std::string_view json) {
  return decode_described<Recalled>(json, "recalled");
}

Result<Update> decode_update(std::string_view json) {
  return decode<Update>(json, "update", [](JsonReader& in, Update& update) {
    in.object(field("seq", [&] { read_json(in, update.seq); }),
              field("base", [&] { read_json(in, update.base); }),
              field("version", [&] { read_json(in, update.version); }),
              field("put", [&] { read_put(in, update.delta); }),
              field("drop", [&] { read_json(in, update.delta.drop); }));
  });
}

Result<PrivateKey> decode_key(const SecretBytes& payload) {
  constexpr std::size_t kIdSize = 64;
  const auto bytes = payload.reveal();
  if (bytes.size() <= kIdSize || !Digest::from_hex(bytes.substr(0, kIdSize)))  // no word of what stands there
    return invalid("key: a key frame does not begin with a key id and go on with a private key");
  return PrivateKey{std::string(bytes.substr(0, kIdSize)), SecretBytes::copy_of(bytes.substr(kIdSize))};
}

}  // namespace palpo::api
