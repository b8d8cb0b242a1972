// SPDX-License-Identifier: Apache-2.0
#include "controller/translate/annotation_table.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.h"

namespace palpo::translate {
namespace {

// Of tools that are no ingress controllers, and of Kubernetes itself. Their subdomains too.
constexpr std::string_view kToolDomains[] = {
    "kubernetes.io", "k8s.io",     "helm.sh",       "cert-manager.io", "argoproj.io",    "fluxcd.io",
    "cattle.io",     "k14s.io",    "kustomize.io",  "openshift.io",    "stakater.com",   "gethomepage.dev",
    "hajimari.io",   "velero.io",  "prometheus.io", "pulumi.com",      "artifacthub.io", "checksum",
    "terraform.io",  "rancher.io", "keel.sh",       "kyverno.io",      "crossplane.io",  "getporter.dev",
};

// Of ingress controllers; every domain with the label "ingress" is one, too.
constexpr std::string_view kControllerDomains[] = {
    "traefik.io",
    "haproxy.org",
    "haproxy-ingress.github.io",
    "nginx.org",
    "nginx.com",
    "f5.com",
    "projectcontour.io",
    "contour.heptio.com",
    "konghq.com",
    "gke.io",
    "cloud.google.com",
    "apisix.apache.org",
    "zalando.org",
    "getambassador.io",
    "higress.io",
    "appscode.com",
    "ngrok.com",
    "tailscale.com",
    "citrix.com",
    "gloo.solo.io",
    "istio.io",
    "easegress.megaease.com",
};

// How a known key is read.
enum class Reading {
  harmless,
  changes,
  regex,
  restricts,
  // By their values:
  address_list,  // restricts, unless everybody is on it
  redirects,     // "false" wants plain http beside https, which is there without TLS only
  wants_https,   // "true": met where there is TLS
  plain_http,    // "false": wants plain http refused, met where there is TLS
  protocol,      // of the backend; anything but http changes
  entry_points,  // names of listeners; others than the two usual ones may be private
  path_type,     // "regex" is one
  snippet,       // configuration of another program: restricts if it looks like it
  scheme,        // "internal" restricts
};

struct Known {
  std::string_view key;  // behind the slash; a '*' at its end stands for any rest
  Reading reading;
};

// Of ingress-nginx, Traefik, HAProxy (both), F5's NGINX, Contour, Kong, and of the clouds' controllers. Their
// names do not contradict each other. What is not here is judged by its words.
constexpr Known kKnown[] = {
    // bodies, buffers, timeouts, retries, balancing, logs, upstream connections
    {"proxy-body-size", Reading::harmless},
    {"client-max-body-size", Reading::harmless},
    {"client-body-buffer-size", Reading::harmless},
    {"proxy-buffer*", Reading::harmless},
    {"proxy-max-temp-file-size", Reading::harmless},
    {"proxy-request-buffering", Reading::harmless},
    {"proxy-http-version", Reading::harmless},
    {"proxy-connect-timeout", Reading::harmless},
    {"proxy-read-timeout", Reading::harmless},
    {"proxy-send-timeout", Reading::harmless},
    {"proxy-stream-*", Reading::harmless},
    {"proxy-next-upstream*", Reading::harmless},
    {"connection-proxy-header", Reading::harmless},
    {"enable-access-log", Reading::harmless},
    {"enable-rewrite-log", Reading::harmless},
    {"enable-opentelemetry", Reading::harmless},
    {"enable-opentracing", Reading::harmless},
    {"opentelemetry-*", Reading::harmless},
    {"http2-push-preload", Reading::harmless},
    {"load-balance", Reading::harmless},
    {"balance-algorithm", Reading::harmless},
    {"lb-method", Reading::harmless},
    {"keepalive*", Reading::harmless},
    {"upstream-keepalive*", Reading::harmless},
    {"upstream-zone-size", Reading::harmless},
    {"max-fails", Reading::harmless},
    {"fail-timeout", Reading::harmless},
    {"slow-start", Reading::harmless},
    {"websocket-services", Reading::harmless},
    {"timeout-*", Reading::harmless},
    {"response-timeout", Reading::harmless},
    {"connect-timeout", Reading::harmless},
    {"read-timeout", Reading::harmless},
    {"write-timeout", Reading::harmless},
    {"idle-timeout", Reading::harmless},
    {"num-retries", Reading::harmless},
    {"retries", Reading::harmless},
    {"retry-on", Reading::harmless},
    {"per-try-timeout", Reading::harmless},
    {"check", Reading::harmless},
    {"check-*", Reading::harmless},
    {"health-check*", Reading::harmless},
    {"healthcheck-*", Reading::harmless},
    {"scale-server-slots", Reading::harmless},
    {"request-buffering", Reading::harmless},
    {"response-buffering", Reading::harmless},
    {"forwarded-for", Reading::harmless},
    {"use-cluster-ip", Reading::harmless},
    {"service-upstream", Reading::harmless},
    {"ssl-ciphers", Reading::harmless},
    {"ssl-prefer-server-ciphers", Reading::harmless},
    {"regex-priority", Reading::harmless},
    {"router.priority", Reading::harmless},
    {"https-redirect-status-code", Reading::harmless},
    {"http-redirect-code", Reading::harmless},
    {"ingress.class", Reading::harmless},
    {"limit-whitelist", Reading::harmless},  // only exempts from a limit that another key sets
    {"rate-limit-whitelist", Reading::harmless},
    {"satisfy", Reading::harmless},
    // the load balancer in front
    {"target-type", Reading::harmless},
    {"ip-address-type", Reading::harmless},
    {"load-balancer-*", Reading::harmless},
    {"group.*", Reading::harmless},
    {"subnets", Reading::harmless},
    {"tags", Reading::harmless},
    {"success-codes", Reading::harmless},
    {"ingress.global-static-ip-name", Reading::harmless},
    {"ingress.regional-static-ip-name", Reading::harmless},
    // redirects to https
    {"ssl-redirect", Reading::redirects},
    {"force-ssl-redirect", Reading::wants_https},
    {"redirect-to-https", Reading::wants_https},
    {"force-https", Reading::wants_https},
    {"router.tls", Reading::wants_https},
    {"ingress.allow-http", Reading::plain_http},
    {"ssl-redirect-port", Reading::harmless},
    {"ssl-redirect-code", Reading::harmless},
    // regular expressions
    {"use-regex", Reading::regex},
    {"path-regex", Reading::regex},
    {"path-type", Reading::path_type},
    {"router.pathmatcher", Reading::path_type},
    // what is asked for differently
    {"backend-protocol", Reading::protocol},
    {"backend-protocol-version", Reading::harmless},
    {"protocol", Reading::protocol},
    {"router.entrypoints", Reading::entry_points},
    {"frontend-entry-points", Reading::entry_points},
    {"scheme", Reading::scheme},
    {"cors-*", Reading::changes},
    {"enable-cors", Reading::changes},
    {"hsts*", Reading::changes},
    {"proxy-ssl-*", Reading::changes},
    {"session-cookie-*", Reading::changes},
    {"ssl-passthrough*", Reading::changes},
    {"router.tls.certresolver", Reading::changes},
    {"router.tls.domains*", Reading::changes},
    {"listen-ports", Reading::changes},
    {"server-snippet*", Reading::snippet},
    {"configuration-snippet", Reading::snippet},
    {"location-snippet*", Reading::snippet},
    {"stream-snippet*", Reading::snippet},
    {"backend-config-snippet", Reading::snippet},
    {"frontend-config-snippet", Reading::snippet},
    {"config-backend*", Reading::snippet},
    {"config-frontend*", Reading::snippet},
    // address lists
    {"whitelist-source-range", Reading::address_list},
    {"allowlist-source-range", Reading::address_list},
    {"whitelist", Reading::address_list},
    {"allow-list", Reading::address_list},
    {"inbound-cidrs", Reading::address_list},
    // what may be anything, a restriction among others
    {"router.middlewares", Reading::restricts},
    {"router.tls.options", Reading::restricts},
    {"plugins", Reading::restricts},
    {"policies", Reading::restricts},
    {"methods", Reading::restricts},
    {"client-ca", Reading::restricts},
    {"client-crt-optional", Reading::restricts},
};

// Of keys that the table does not have: these words speak of keeping somebody out.
constexpr std::string_view kRestrictingWords[] = {
    "auth",          "authn",    "authz",       "authentication",
    "authorization", "oauth",    "oauth2",      "oidc",
    "jwt",           "basic",    "whitelist",   "allowlist",
    "blacklist",     "denylist", "allow",       "allowed",
    "deny",          "denied",   "block",       "blocked",
    "limit",         "limits",   "ratelimit",   "rate",
    "rps",           "rpm",      "acl",         "waf",
    "wafv2",         "firewall", "cidr",        "cidrs",
    "modsecurity",   "owasp",    "mtls",        "mutual",
    "security",      "restrict", "restriction", "range",
    "geoip",         "captcha",  "internal",    "private",
    "appprotect",    "shield",   "iap",         "quota",
};

constexpr std::string_view kSnippetRestrictions[] = {"deny",   "allow",    "auth",
                                                     "limit_", "return 4", "internal"};

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

template <class On>
bool any_part(std::string_view text, std::string_view separators, On&& on) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (end > 0 && on(text.substr(0, end))) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

template <class List>
bool contains(const List& list, std::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

bool in_domain(std::string_view domain, std::string_view of) {
  return domain == of ||
         (domain.size() > of.size() && domain.ends_with(of) && domain[domain.size() - of.size() - 1] == '.');
}

template <class List>
bool in_any_domain(std::string_view domain, const List& domains) {
  return std::any_of(std::begin(domains), std::end(domains),
                     [&](std::string_view known) { return in_domain(domain, known); });
}

bool is_controllers(std::string_view domain, std::string_view name) {
  if (domain == "kubernetes.io") return name.starts_with("ingress.");
  return any_part(domain, ".", [](std::string_view label) { return label == "ingress"; }) ||
         in_any_domain(domain, kControllerDomains);
}

// "nothing is asked for", in the words of every controller.
bool is_neutral(std::string_view value) {
  static constexpr std::string_view kNeutral[] = {"", "false", "off", "no", "none", "disabled", "0"};
  return contains(kNeutral, value);
}

const Known* find_known(std::string_view name) {
  for (const auto& known : kKnown) {
    const bool open = known.key.ends_with('*');
    const auto stem = known.key.substr(0, known.key.size() - (open ? 1 : 0));
    if (open ? name.starts_with(stem) : name == stem) return &known;
  }
  return nullptr;
}

bool lists_everybody(std::string_view list) {
  return any_part(list, ", \t\n", [](std::string_view range) {
    return range == "0.0.0.0/0" || range == "::/0" || range == "*";
  });
}

bool only_usual_entry_points(std::string_view list) {
  static constexpr std::string_view kUsual[] = {"web", "websecure", "http", "https"};
  return !any_part(list, ", \t", [](std::string_view name) { return !contains(kUsual, name); });
}

bool looks_restricting(std::string_view snippet) {
  return std::any_of(std::begin(kSnippetRestrictions), std::end(kSnippetRestrictions),
                     [&](std::string_view word) { return snippet.find(word) != std::string_view::npos; });
}

AnnotationEffect effect_of(const Known& known, std::string_view value, bool has_tls) {
  using Effect = AnnotationEffect;
  switch (known.reading) {
    case Reading::harmless:
      return Effect::none;
    case Reading::plain_http:
      return value != "false" || has_tls ? Effect::none : Effect::restricts;
    case Reading::redirects:
      return is_neutral(value) == has_tls ? Effect::changes : Effect::none;
    case Reading::wants_https:
      return is_neutral(value) || has_tls ? Effect::none : Effect::changes;
    default:
      break;
  }
  if (is_neutral(value)) return Effect::none;
  switch (known.reading) {
    case Reading::regex:
      return Effect::regex;
    case Reading::path_type:
      return value.find("regex") != std::string_view::npos ? Effect::regex : Effect::changes;
    case Reading::restricts:
      return Effect::restricts;
    case Reading::address_list:
      return lists_everybody(value) ? Effect::none : Effect::restricts;
    case Reading::protocol:
      return value == "http" || value == "auto_http" || value == "h1" ? Effect::none : Effect::changes;
    case Reading::entry_points:
      return only_usual_entry_points(value) ? Effect::none : Effect::restricts;
    case Reading::scheme:
      return value == "internal" ? Effect::restricts : Effect::none;
    case Reading::snippet:
      return looks_restricting(value) ? Effect::restricts : Effect::changes;
    default:
      return Effect::changes;
  }
}

}  // namespace

AnnotationEffect annotation_effect(std::string_view key, std::string_view value, bool has_tls) {
  const auto slash = key.find('/');
  const auto domain = slash == std::string_view::npos ? std::string_view() : key.substr(0, slash);
  const auto name = ascii_lowered(slash == std::string_view::npos ? key : key.substr(slash + 1));
  if (!is_controllers(domain, name)) {
    return in_any_domain(domain, kToolDomains) ? AnnotationEffect::none : AnnotationEffect::unknown;
  }
  const auto plain = ascii_lowered(trimmed(value));
  if (const auto* known = find_known(name)) return effect_of(*known, plain, has_tls);
  if (is_neutral(plain)) return AnnotationEffect::none;
  const bool restricts =
      any_part(name, "-._", [](std::string_view word) { return contains(kRestrictingWords, word); }) ||
      in_domain(domain, "appprotect.f5.com");
  return restricts ? AnnotationEffect::restricts : AnnotationEffect::changes;
}

}  // namespace palpo::translate
