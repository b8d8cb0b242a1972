// SPDX-License-Identifier: Apache-2.0
#include "dataplane/routing/path_reading.h"

#include <vector>

namespace palpo::routing {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The byte at the front of `text`, and how long it is written: "a", "%61". An escape that was escaped again,
// however often ("%252e"), is read as often.
struct Byte {
  char value = 0;
  std::size_t size = 1;
  bool escaped = false;
};

Byte byte_at(std::string_view text) {
  if (text.front() != '%') return {text.front()};
  std::size_t digits = 1;
  while (text.substr(digits, 2) == "25" && text.size() >= digits + 4) digits += 2;
  if (text.size() < digits + 2) return {'%'};
  const int high = hex_value(text[digits]);
  const int low = hex_value(text[digits + 1]);
  if (high < 0 || low < 0) return {'%'};
  return {static_cast<char>(high * 16 + low), digits + 2, true};
}

enum class Segment { ordinary, empty, dot, dot_dot };

// A segment under way, and what it is.
class SegmentReader {
 public:
  void begin() { *this = {}; }
  void take(char c) {
    if (parameters_) return;
    if (c == ';') {  // of a path parameter, which some take off first
      parameters_ = true;
    } else {
      ++size_;
      only_dots_ = only_dots_ && c == '.';
    }
  }
  Segment kind() const {
    if (size_ == 0) return parameters_ ? Segment::ordinary : Segment::empty;
    if (!only_dots_ || size_ > 2) return Segment::ordinary;
    return size_ == 1 ? Segment::dot : Segment::dot_dot;
  }

 private:
  std::size_t size_ = 0;
  bool only_dots_ = true;
  bool parameters_ = false;
};

// What nearly every request has nothing of: "//", "/.", backslashes, escapes of those or of '%'. find() takes
// many bytes at a time.
bool may_have_detours(std::string_view path) {
  if (path.find('\\') != std::string_view::npos) return true;
  for (auto at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
    if (at + 1 < path.size() && (path[at + 1] == '/' || path[at + 1] == '.')) return true;
  }
  for (auto at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    if (at + 2 >= path.size()) break;
    const char high = path[at + 1];
    const char low = static_cast<char>(path[at + 2] | 0x20);
    if (high == '2' && (low == 'e' || low == 'f' || low == '5')) return true;
    if (high == '5' && low == 'c') return true;
  }
  return false;
}

bool separates(const Byte& byte, const Reading& reading) {
  const bool decoded = !byte.escaped || reading.escapes == Reading::Escapes::decoded;
  if (byte.value == '/') return decoded;
  return byte.value == '\\' && reading.backslash_separates &&
         (!byte.escaped || reading.escapes != Reading::Escapes::kept);
}

// Calls on_byte(byte, as it is written) for the bytes of segments and on_end(last) behind each one.
template <class OnByte, class OnEnd>
void for_each_byte(std::string_view path, const Reading& reading, const OnByte& on_byte,
                   const OnEnd& on_end) {
  std::size_t at = 1;  // behind the first slash
  while (at < path.size()) {
    const Byte byte = byte_at(path.substr(at));
    if (separates(byte, reading)) {
      on_end(false);
    } else {
      on_byte(byte, path.substr(at, byte.size));
    }
    at += byte.size;
  }
  on_end(true);
}

}  // namespace

bool has_detours(std::string_view path) {
  if (!may_have_detours(path)) return false;
  // With every separator there is: fewer of them make no further dot or empty segments.
  bool found = false;
  SegmentReader segment;
  const auto on_byte = [&](const Byte& byte, std::string_view) { segment.take(byte.value); };
  const auto on_end = [&](bool last) {
    const Segment kind = segment.kind();
    if (kind != Segment::ordinary && !(last && kind == Segment::empty)) found = true;
    segment.begin();
  };
  for_each_byte(path, {Reading::Escapes::decoded, true, false}, on_byte, on_end);
  return found;
}

std::string read_path(std::string_view path, const Reading& reading) {
  std::string out;
  std::vector<std::size_t> begins;  // of the segments in `out`, each with its slash
  SegmentReader segment;
  std::string text = "/";
  const auto on_byte = [&](const Byte& byte, std::string_view written) {
    segment.take(byte.value);
    const bool kept = reading.escapes == Reading::Escapes::kept || (byte.escaped && byte.value == '/');
    if (kept) {
      text += written;
    } else {
      text += byte.value;
    }
  };
  const auto on_end = [&](bool last) {
    const Segment kind = segment.kind();
    if (kind == Segment::dot_dot && !begins.empty()) {
      out.resize(begins.back());
      begins.pop_back();
    }
    const bool dots = kind == Segment::dot || kind == Segment::dot_dot;
    const bool dropped = dots || (kind == Segment::empty && reading.empty_segments_dropped);
    if (!dropped) {
      begins.push_back(out.size());
      out += text;
    } else if (last) {
      out += '/';
    }
    segment.begin();
    text = "/";
  };
  for_each_byte(path, reading, on_byte, on_end);
  return out;
}

}  // namespace palpo::routing
