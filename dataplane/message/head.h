// SPDX-License-Identifier: Apache-2.0
// A message head as the bytes it came in, and where in them its parts are. Nothing is copied or
// re-serialised: what is forwarded are the original bytes, less the lines marked here. A codec of another
// protocol version writes its heads down in HTTP/1.1 form first. Views are valid as long as `text`. Plain
// data.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace palpo::http {

constexpr std::size_t kMaxHeadSize = 32 * 1024;
constexpr std::size_t kMaxFields = 100;

enum class FieldKind : std::uint8_t {
  other,
  host,
  content_length,
  transfer_encoding,
  connection,
  server,
  upgrade,
  expect,
  hop_by_hop,  // means something between two neighbours only
  spoofable,   // says who the client is or what it asked for; only we may
  lookalike,   // "Content_Length": framing to servers that do not tell '_' from '-'
};

struct Field {
  std::uint16_t line = 0;  // where the name begins
  std::uint16_t name_size = 0;
  std::uint16_t value = 0;
  std::uint16_t value_size = 0;
  std::uint16_t end = 0;  // behind the line's CRLF
  FieldKind kind = FieldKind::other;
  bool cut = false;  // not to be forwarded
};

struct Head {
  Head() {}               // NOLINT: fields stays uninitialised on purpose
  std::string_view text;  // with the empty line
  std::uint16_t fields_begin = 0;
  std::uint16_t count = 0;
  bool http_11 = false;
  bool keep_alive = false;
  std::uint8_t hosts = 0;  // how often a field came; one that comes twice is a fault
  std::uint8_t content_lengths = 0;
  std::uint8_t transfer_encodings = 0;
  bool any_cut = false;
  bool has_server = false;  // a Server field
  std::array<Field, kMaxFields> fields;

  std::string_view name(const Field& field) const { return text.substr(field.line, field.name_size); }
  std::string_view value(const Field& field) const { return text.substr(field.value, field.value_size); }
  std::string_view value_of(FieldKind kind) const {  // the first one's; empty: none
    for (std::size_t i = 0; i < count; ++i) {
      if (fields[i].kind == kind) return value(fields[i]);
    }
    return {};
  }
};

enum class BodyKind : std::uint8_t {
  none,
  sized,  // Content-Length
  chunked,
  until_end,  // responses: as long as the connection lasts
};

struct Framing {
  BodyKind kind = BodyKind::none;
  std::uint64_t size = 0;
};

enum class Method : std::uint8_t { get, head, post, put, del, options, connect, trace, other };

// RFC 9110 9.2.2
constexpr bool is_idempotent(Method method) {
  return method == Method::get || method == Method::head || method == Method::put || method == Method::del ||
         method == Method::options;
}

struct RequestHead : Head {
  std::string_view method_text;
  std::string_view target;     // as forwarded: origin-form, raw bytes
  std::string_view authority;  // Host as forwarded
  bool absolute_form = false;  // the line and the Host field cannot be forwarded as they are
  Method method = Method::other;
  Framing body;
  bool wants_websocket = false;
};

struct ResponseHead : Head {
  int status = 0;
  std::string_view status_text;  // code and reason, as they came
  Framing body;                  // for a request that was not HEAD
  bool websocket = false;
};

}  // namespace palpo::http
