// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/field_kind.h"

#include <array>

#include "base/ascii.h"

namespace palpo::http {

namespace {

struct Known {
  std::string_view name;
  FieldKind kind;
};

// Every family that says who the client is, how it came or what it asked for: homeservers believe them (see
// docs/adr/0006-ambiguous-and-special-requests.md). Names are compared as CGI and its heirs see them: '_' is
// '-'.
constexpr std::array kKnown{
    Known{"host", FieldKind::host},
    Known{"content-length", FieldKind::content_length},
    Known{"transfer-encoding", FieldKind::transfer_encoding},
    Known{"connection", FieldKind::connection},
    Known{"server", FieldKind::server},
    Known{"upgrade", FieldKind::upgrade},
    Known{"expect", FieldKind::expect},
    Known{"te", FieldKind::hop_by_hop},
    Known{"trailer", FieldKind::hop_by_hop},
    Known{"keep-alive", FieldKind::hop_by_hop},
    Known{"proxy-connection", FieldKind::hop_by_hop},
    Known{"http2-settings", FieldKind::hop_by_hop},
    Known{"forwarded", FieldKind::spoofable},
    Known{"forwarded-for", FieldKind::spoofable},
    Known{"x-forwarded", FieldKind::spoofable},
    Known{"client-ip", FieldKind::spoofable},
    Known{"x-client-ip", FieldKind::spoofable},
    Known{"x-cluster-client-ip", FieldKind::spoofable},
    Known{"x-originating-ip", FieldKind::spoofable},
    Known{"fastly-client-ip", FieldKind::spoofable},
    Known{"x-original-url", FieldKind::spoofable},
    Known{"x-rewrite-url", FieldKind::spoofable},
    Known{"proxy", FieldKind::spoofable},  // becomes HTTP_PROXY to a CGI program
    Known{"x-real-ip", FieldKind::spoofable},
    Known{"x-request-id", FieldKind::spoofable},
    Known{"x-access-token", FieldKind::spoofable},
    Known{"true-client-ip", FieldKind::spoofable},
    Known{"cf-connecting-ip", FieldKind::spoofable},
    Known{"cf-connecting-ipv6", FieldKind::spoofable},
    Known{"fly-client-ip", FieldKind::spoofable},
    Known{"cloudfront-viewer-address", FieldKind::spoofable},
    Known{"x-envoy-external-address", FieldKind::spoofable},
};

constexpr std::string_view kForwardedFamily = "x-forwarded-";

constexpr char folded(char c) { return c == '_' ? '-' : ascii_lower(c); }

bool equals_folded(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (folded(text[i]) != lower_case[i]) return false;
  }
  return true;
}

bool is_forwarded_family(std::string_view name) {
  return name.size() > kForwardedFamily.size() &&
         equals_folded(name.substr(0, kForwardedFamily.size()), kForwardedFamily);
}

// Sizes and first letters of the known names: most fields of a request are ruled out by these two bits.
struct Filter {
  std::array<std::uint32_t, 32> letters_by_size{};
  constexpr Filter() {
    for (const Known& known : kKnown) letters_by_size[known.name.size()] |= 1U << (known.name[0] & 31);
  }
};
constexpr Filter kFilter;

}  // namespace

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (ascii_lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

bool is_token_char(char c) {
  if (is_ascii_digit(c) || is_ascii_letter(c)) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

FieldKind field_kind(std::string_view name) {
  if (name.size() < 2 || name.size() > 31)
    return is_forwarded_family(name) ? FieldKind::spoofable : FieldKind::other;
  const std::uint32_t letter = 1U << (name[0] & 31);
  if ((kFilter.letters_by_size[name.size()] & letter) != 0) {
    for (const Known& known : kKnown) {
      if (!equals_folded(name, known.name)) continue;
      const bool frames =
          known.kind == FieldKind::content_length || known.kind == FieldKind::transfer_encoding;
      return frames && name.find('_') != std::string_view::npos ? FieldKind::lookalike : known.kind;
    }
  }
  return ascii_lower(name[0]) == 'x' && is_forwarded_family(name) ? FieldKind::spoofable : FieldKind::other;
}

}  // namespace palpo::http
