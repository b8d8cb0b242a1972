// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/message.h"

#include "base/json_text.h"
#include "dataplane/api/frame.h"
#include "dataplane/api/json.h"
#include "dataplane/api/json_writer.h"
#include "dataplane/api/resource_reader.h"

namespace palpo::api {
namespace {

constexpr int kMaxNesting = 32;

void append(std::string& out, std::string_view name, std::string_view text) {
  out += name;
  append_json_string(out, text);
}

void append(std::string& out, std::string_view name, const std::optional<Digest>& digest) {
  if (digest) return append(out, name, digest->hex());
  out += name;
  out += "null";
}

template <class T>
void append(std::string& out, std::string_view name, const std::vector<Ref<T>>& resources) {
  out += name;
  append_json_array(out, resources, [&](const Ref<T>& resource) { out += to_json(resource->value); });
}

std::string to_json(const Fault& fault) {
  std::string out = R"({"resource":)";
  out += to_json(fault.resource);
  append(out, R"(,"message":)", fault.message);
  out += '}';
  return out;
}

// As many of the items as fit.
std::string list_of(const auto& items, std::size_t room, auto write) {
  std::string list;
  for (const auto& item : items) {
    std::string json;
    write(json, item);
    if (list.size() + json.size() + 1 > room) break;
    if (!list.empty()) list += ',';
    list += json;
  }
  return list;
}

// As many as a frame holds.
struct FaultList {
  std::string json;
  std::size_t left_out = 0;
};

FaultList list_faults(const std::vector<Fault>& faults, std::size_t room) {
  FaultList list;
  for (const auto& fault : faults) {
    const auto json = to_json(fault);
    if (list.left_out != 0 || list.json.size() + json.size() + 1 > room) {
      ++list.left_out;
      continue;
    }
    if (!list.json.empty()) list.json += ',';
    list.json += json;
  }
  return list;
}

std::optional<Digest> read_optional_digest(JsonReader& in) {
  if (in.null()) return std::nullopt;
  const auto digest = Digest::from_hex(in.string());
  if (!digest) in.fail("expected 64 lower-case hexadecimal digits");
  return digest;
}

Digest read_digest(JsonReader& in) {
  const auto digest = read_optional_digest(in);
  if (!digest) in.fail("expected 64 lower-case hexadecimal digits");
  return digest.value_or(Digest{});
}

int read_protocol(JsonReader& in) {
  const auto protocol = in.number(INT32_MAX);
  if (protocol != kProtocol)
    in.fail("the peer speaks protocol " + std::to_string(protocol) + ", this program " +
            std::to_string(kProtocol) + "; both must come from one release");
  return static_cast<int>(protocol);
}

Fault read_fault(JsonReader& in) {
  Fault fault;
  in.object(field("resource", [&] { fault.resource = read_resource_id(in); }),
            field("message", [&] { fault.message = in.string(); }));
  return fault;
}

// What was decoded is sealed here: digests are the receiver's own.
template <class T, class Read>
std::vector<Ref<T>> read_resources(JsonReader& in, Read read) {
  std::vector<Ref<T>> resources;
  in.array([&] {
    T value = read(in);
    if (!in.failed()) resources.push_back(seal(std::move(value)));
  });
  return resources;
}

void read_put(JsonReader& in, Delta& delta) {
  in.object(field("hosts", [&] { delta.put_hosts = read_resources<Host>(in, read_host); }),
            field("clusters", [&] { delta.put_clusters = read_resources<Cluster>(in, read_cluster); }),
            field("certificates",
                  [&] {
                    delta.put_certificates = read_resources<Certificate>(
                        in, [](JsonReader& certificate) { return read_certificate(certificate); });
                  }),
            field("settings", [&] {
              if (!in.null()) delta.put_settings = seal(read_settings(in));
            }));
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

}  // namespace

std::string encode(const Hello& message) {
  std::string out = R"({"protocol":)" + std::to_string(message.protocol);
  append(out, R"(,"release":)", message.release);
  append(out, R"(,"version":)", message.version);
  out += R"(,"key_ids":)";
  append_json_array(out, message.key_ids, [&](const std::string& id) { append_json_string(out, id); });
  out += '}';
  return out;
}

std::string encode(const Welcome& message) {
  std::string out = R"({"protocol":)" + std::to_string(message.protocol);
  append(out, R"(,"release":)", message.release);
  out += '}';
  return out;
}

std::string encode(const Update& message) {
  std::string out = R"({"seq":)" + std::to_string(message.seq);
  append(out, R"(,"base":)", message.base);
  append(out, R"(,"version":)", message.version.hex());
  append(out, R"(,"put":{"hosts":)", message.delta.put_hosts);
  append(out, R"(,"clusters":)", message.delta.put_clusters);
  append(out, R"(,"certificates":)", message.delta.put_certificates);
  out += R"(,"settings":)";
  out += message.delta.put_settings ? to_json(message.delta.put_settings->value) : "null";
  out += R"(},"drop":)";
  append_json_array(out, message.delta.drop, [&](const ResourceId& id) { out += to_json(id); });
  out += '}';
  return out;
}

std::string encode(const Ack& message) {
  std::string out = R"({"seq":)" + std::to_string(message.seq);
  append(out, R"(,"version":)", message.version.hex());
  out += '}';
  return out;
}

std::string encode(const Nack& message) {
  constexpr std::size_t kReasonShown = 4096;
  const std::size_t room = payload_limit(FrameKind::nack) - 8 * kReasonShown;
  const auto list = list_faults(message.faults, room);
  std::string reason = message.reason.substr(0, kReasonShown);
  if (list.left_out != 0)
    reason += (reason.empty() ? "" : "; ") + std::to_string(list.left_out) + " more faults are not listed";
  std::string out = R"({"seq":)" + std::to_string(message.seq);
  append(out, R"(,"serving":)", message.serving);
  append(out, R"(,"reason":)", reason);
  out.append(R"(,"faults":[)").append(list.json).append("]}");
  return out;
}

std::string encode(const Recall& message) {
  constexpr std::size_t kFrame = sizeof(R"({"names":[]})");
  return R"({"names":[)" +
         list_of(message.names, payload_limit(FrameKind::recall) - kFrame, append_json_string) + "]}";
}

std::string encode(const Recalled& message) {
  constexpr std::size_t kFrame = sizeof(R"({"certificates":[]})");
  const auto write = [](std::string& out, const Ref<Certificate>& certificate) {
    out += to_json(certificate->value);
  };
  return R"({"certificates":[)" +
         list_of(message.certificates, payload_limit(FrameKind::recalled) - kFrame, write) + "]}";
}

Result<Hello> decode_hello(std::string_view json) {
  return decode<Hello>(json, "hello", [](JsonReader& in, Hello& hello) {
    in.object(field("protocol", [&] { hello.protocol = read_protocol(in); }),
              field("release", [&] { hello.release = in.string(); }),
              field("version", [&] { hello.version = read_optional_digest(in); }),
              field("key_ids", [&] { in.array([&] { hello.key_ids.push_back(read_digest(in).hex()); }); }));
  });
}

Result<Welcome> decode_welcome(std::string_view json) {
  return decode<Welcome>(json, "welcome", [](JsonReader& in, Welcome& welcome) {
    in.object(field("protocol", [&] { welcome.protocol = read_protocol(in); }),
              field("release", [&] { welcome.release = in.string(); }));
  });
}

Result<Update> decode_update(std::string_view json) {
  return decode<Update>(json, "update", [](JsonReader& in, Update& update) {
    in.object(field("seq", [&] { update.seq = in.number(UINT64_MAX); }),
              field("base", [&] { update.base = read_optional_digest(in); }),
              field("version", [&] { update.version = read_digest(in); }),
              field("put", [&] { read_put(in, update.delta); }),
              field("drop", [&] { in.array([&] { update.delta.drop.push_back(read_resource_id(in)); }); }));
  });
}

Result<Ack> decode_ack(std::string_view json) {
  return decode<Ack>(json, "ack", [](JsonReader& in, Ack& ack) {
    in.object(field("seq", [&] { ack.seq = in.number(UINT64_MAX); }),
              field("version", [&] { ack.version = read_digest(in); }));
  });
}

Result<Nack> decode_nack(std::string_view json) {
  return decode<Nack>(json, "nack", [](JsonReader& in, Nack& nack) {
    in.object(field("seq", [&] { nack.seq = in.number(UINT64_MAX); }),
              field("serving", [&] { nack.serving = read_optional_digest(in); }),
              field("reason", [&] { nack.reason = in.string(); }),
              field("faults", [&] { in.array([&] { nack.faults.push_back(read_fault(in)); }); }));
  });
}

Result<Recall> decode_recall(std::string_view json) {
  return decode<Recall>(json, "recall", [](JsonReader& in, Recall& recall) {
    in.object(field("names", [&] { in.array([&] { recall.names.push_back(in.string()); }); }));
  });
}

Result<Recalled> decode_recalled(std::string_view json) {
  return decode<Recalled>(json, "recalled", [](JsonReader& in, Recalled& recalled) {
    in.object(field("certificates", [&] {
      recalled.certificates = read_resources<Certificate>(
          in, [](JsonReader& certificate) { return read_certificate(certificate); });
    }));
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
