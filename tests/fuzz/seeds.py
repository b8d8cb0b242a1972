#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed files under corpus/. Found inputs are added there by hand, under other names."""
import json
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent / "corpus"
DIGEST = "0123456789abcdef" * 4
KINDS = dict(hello=1, welcome=2, key=3, update=4, ack=5, nack=6, ping=7, pong=8)


def write(harness, seeds):
    folder = HERE / harness
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*"):
        old.unlink()
    for name, data in seeds.items():
        (folder / f"seed-{name}").write_bytes(data if isinstance(data, bytes) else data.encode("latin-1"))


def dump(value):
    return json.dumps(value, separators=(",", ":"))


def frame(kind, payload=b"", size=None):
    payload = payload.encode() if isinstance(payload, str) else payload
    return struct.pack(">IB", len(payload) if size is None else size, KINDS.get(kind, kind)) + payload


HOST = {"name": "matrix.example.com", "certificate": "ns/tls", "no_certificate": "refuse", "redirect_to_https": True,
        "routes": [{"listeners": ["https"], "type": "prefix", "path": "/_matrix",
                    "action": {"proxy": {"cluster": "ns/hs:8008"}}, "owner": "PalpoHomeserver/ns/hs"},
                   {"listeners": ["http", "https", "federation"], "type": "exact",
                    "path": "/.well-known/matrix/server",
                    "action": {"answer": {"status": 200, "content_type": "application/json",
                                          "cache_control": "public, max-age=3600", "cors": True,
                                          "body": "{\"m.server\":\"matrix.example.com:443\"}"}},
                    "owner": "PalpoHomeserver/ns/hs"},
                   {"listeners": ["http", "https"], "type": "prefix", "path": "/_synapse/admin",
                    "action": {"refuse": {"status": 403}}, "owner": "Ingress/ns/admin"}]}
CLUSTER = {"name": "ns/hs:8008", "endpoints": [{"address": "10.0.0.1", "port": 8008},
                                               {"address": "2001:db8::1", "port": 1}]}
CERTIFICATE = {"name": "ns/tls", "chain_pem": "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
               "key_id": DIGEST}
DEFAULTS = {"handshake_ms": 10000, "request_head_ms": 10000, "keep_alive_ms": 75000, "client_idle_ms": 60000,
            "upstream_idle_ms": 60000, "response_head_ms": 660000, "tunnel_idle_ms": 900000, "linger_ms": 5000,
            "request_body": 0, "kept_request": 65536, "pipelined": 16384, "interim_responses": 16}
SETTINGS = {"default_certificate": "ns/tls", "default_route": {
    "listeners": ["http", "https"], "type": "prefix", "path": "/", "action": {"proxy": {"cluster": "ns/hs:8008"}},
    "owner": "Ingress/ns/web"}, "defaults": DEFAULTS}
NO_SETTINGS = {"default_certificate": None, "default_route": None, "defaults": DEFAULTS}


def update(seq=1, base=None, hosts=(), clusters=(), certificates=(), settings=None, drop=()):
    return {"seq": seq, "base": base, "version": DIGEST,
            "put": {"hosts": list(hosts), "clusters": list(clusters), "certificates": list(certificates),
                    "settings": settings}, "drop": list(drop)}


HELLO = {"protocol": 1, "release": "0.1.0", "version": None, "key_ids": []}
FULL = update(hosts=[HOST], clusters=[CLUSTER], certificates=[CERTIFICATE], settings=SETTINGS)
MESSAGES = {
    "hello-new": "h" + dump(HELLO),
    "hello-serving": "h" + dump({**HELLO, "version": DIGEST, "key_ids": [DIGEST, "f" * 64]}),
    "hello-protocol": "h" + dump({**HELLO, "protocol": 2}),
    "hello-unknown-field": "h" + dump({**HELLO, "more": 1}),
    "hello-twice": 'h{"protocol":1,"protocol":1,"release":"","version":null,"key_ids":[]}',
    "welcome": "w" + dump({"protocol": 1, "release": "0.1.0"}),
    "welcome-unicode": 'w{"protocol":1,"release":"\\u00e9\\ud83d\\ude00\\n"}',
    "welcome-half-surrogate": 'w{"protocol":1,"release":"\\ud83d"}',
    "welcome-bytes": 'w{"protocol":1,"release":"\xff\xc3"}',
    "ack": "a" + dump({"seq": 7, "version": DIGEST}),
    "ack-largest": "a" + dump({"seq": 2 ** 64 - 1, "version": DIGEST}),
    "ack-too-large": "a" + dump({"seq": 2 ** 64, "version": DIGEST}),
    "ack-negative": "a" + dump({"seq": -1, "version": DIGEST}),
    "ack-fraction": 'a{"seq":1.5,"version":"' + DIGEST + '"}',
    "ack-upper-case": "a" + dump({"seq": 1, "version": DIGEST.upper()}),
    "nack": "n" + dump({"seq": 7, "serving": DIGEST, "reason": "wrong base", "faults": [
        {"resource": {"kind": "host", "name": "a.example"}, "message": "no such cluster"},
        {"resource": {"kind": "settings", "name": ""}, "message": ""}]}),
    "nack-none": "n" + dump({"seq": 0, "serving": None, "reason": "", "faults": []}),
    "update-empty": "u" + dump(update()),
    "update-full": "u" + dump(FULL),
    "update-delta": "u" + dump(update(2, DIGEST, clusters=[CLUSTER])),
    "update-drop": "u" + dump(update(3, DIGEST, drop=[{"kind": kind, "name": "x"} for kind in
                                                      ("host", "cluster", "certificate")])),
    "update-settings": "u" + dump(update(settings=NO_SETTINGS)),
    "update-wildcards": "u" + dump(update(hosts=[{**HOST, "name": name, "routes": []} for name in
                                                 ("*", "*.example.com", "xn--bcher-kva.example")])),
    "update-bad-names": "u" + dump(update(hosts=[{**HOST, "name": name} for name in
                                                 ("", "A.example", "a..b", "*.*.x", "a b", "\u00e9")])),
    "update-twice": "u" + dump(update(hosts=[HOST, HOST])),
    "update-no-routes": "u" + dump(update(hosts=[{**HOST, "routes": None}])),
    "update-listener-twice": "u" + dump(update(hosts=[{**HOST, "routes": [
        {**HOST["routes"][0], "listeners": ["https", "https"]}]}])),
    "update-bad-status": "u" + dump(update(hosts=[{**HOST, "routes": [{**HOST["routes"][1], "action": {"answer": {
        **HOST["routes"][1]["action"]["answer"], "status": 99, "content_type": "a\r\nb"}}}]}])),
    "update-bad-refusal": "u" + dump(update(hosts=[{**HOST, "routes": [
        {**HOST["routes"][2], "action": {"refuse": {"status": status}}} for status in (0, 399, 600, 65536)]}])),
    "update-port-0": "u" + dump(update(clusters=[{"name": "c", "endpoints": [{"address": "x", "port": 0}]}])),
    "deep": "u" + "[" * 200,
    "deep-objects": "u" + '{"a":' * 200,
    "truncated": "u" + dump(FULL)[:400],
    "comment": 'w{"protocol":1,/**/"release":""}',
    "trailing": 'w{"protocol":1,"release":""} {}',
    "nan": 'a{"seq":NaN,"version":""}',
    "bom": 'w\xef\xbb\xbf{"protocol":1,"release":""}',
}
FRAMES = {
    "ping": frame("ping"), "pong": frame("pong"), "ping-with-payload": frame("ping", b"x"),
    "hello": frame("hello", MESSAGES["hello-new"][1:]),
    "conversation": frame("hello", MESSAGES["hello-new"][1:]) + frame("welcome", MESSAGES["welcome"][1:])
    + frame("key", DIGEST + "-----BEGIN PRIVATE KEY-----\n") + frame("update", MESSAGES["update-full"][1:])
    + frame("ping") + frame("pong") + frame("ack", MESSAGES["ack"][1:]) + frame("nack", MESSAGES["nack"][1:]),
    "empty-key": frame("key"), "short-key": frame("key", "abc"),
    "two-keys": frame("key", DIGEST + "a") + frame("key", DIGEST + "b"),
    "unknown-kind": frame(9, b"x"), "kind-0": frame(0), "kind-255": frame(255, b"abc"),
    "largest": frame("hello", size=0xFFFFFFFF), "over-limit": frame("ack", size=4097),
    "at-limit": frame("ack", b" " * 4096), "update-over": frame("update", size=(256 << 20) + 1),
    "update-large-claim": frame("update", b"{", size=200 << 20),
    "half-header": frame("ack")[:3], "header-only": frame("ack", size=10),
    "half-payload": frame("ack", b"12345", size=10), "http": "GET / HTTP/1.1\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "zeros": bytes(64), "ones": b"\xff" * 64,
    "pings": frame("ping") * 50,
}
META = {"name": "web", "namespace": "ns", "uid": "u", "resourceVersion": "5", "generation": 2,
        "creationTimestamp": "2026-01-01T00:00:00Z", "labels": {"kubernetes.io/service-name": "hs"},
        "annotations": {"kubernetes.io/ingress.class": "palpo"}}
BACKEND = {"service": {"name": "hs", "port": {"number": 80}}}
OBJECTS = {  # the first byte: place in kAllKinds
    0: {"ingress": {"spec": {"ingressClassName": "palpo", "defaultBackend": BACKEND,
                             "tls": [{"hosts": ["a.example"], "secretName": "tls"}, {}],
                             "rules": [{"host": "*.example", "http": {"paths": [
                                 {"path": "/", "pathType": "Prefix", "backend": BACKEND},
                                 {"pathType": "ImplementationSpecific", "backend": {"resource": {
                                     "apiGroup": "x", "kind": "Bucket", "name": "b"}}},
                                 {"path": "/x", "pathType": "Exact", "backend": {"service": {
                                     "name": "hs", "port": {"name": "http"}}}}]}}, {"host": "b.example"}, {}]},
                    "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}, {"hostname": "x", "ports": []}]}}},
        "ingress-null": {"spec": None}, "ingress-bad-type": {"spec": {"rules": [{"http": {"paths": [
            {"path": "x", "pathType": "Nope", "backend": BACKEND}]}}]}},
        "ingress-rules-object": {"spec": {"rules": {}}}},
    1: {"class": {"spec": {"controller": "palpo.im/ingress-controller", "parameters": {"kind": "x", "name": "y"}}}},
    2: {"service": {"spec": {"type": "LoadBalancer", "clusterIP": "None", "externalIPs": ["1.2.3.4"],
                             "selector": {"a": "b"}, "ports": [{"name": "http", "port": 80, "targetPort": "x",
                                                                "protocol": "TCP", "nodePort": 30000}]},
                    "status": {"loadBalancer": {"ingress": [{"ip": "::1"}]}}},
        "service-external": {"spec": {"type": "ExternalName", "externalName": "hs.example"}},
        "service-port-text": {"spec": {"ports": [{"port": "80"}]}},
        "service-port-big": {"spec": {"ports": [{"port": 1e99}]}}},
    3: {"slice": {"addressType": "IPv4", "endpoints": [
        {"addresses": ["10.0.0.1"], "conditions": {"ready": True, "serving": True, "terminating": False},
         "targetRef": {"kind": "Pod", "name": "p"}, "zone": "z"}, {"addresses": ["10.0.0.2"], "conditions": {}},
        {"addresses": ["10.0.0.3"]}], "ports": [{"name": "http", "port": 8008, "protocol": "TCP"}, {}]},
        "slice-null": {"addressType": "IPv6", "endpoints": None, "ports": None}},
    4: {"secret": {"type": "kubernetes.io/tls", "data": {"tls.crt": "LS0tLS1CRUdJTg==", "tls.key": "AAECAw=="}},
        "secret-bad-base64": {"type": "kubernetes.io/tls", "data": {"tls.crt": "*", "tls.key": "A==="}},
        "secret-string": {"type": "kubernetes.io/tls", "stringData": {"tls.crt": "x"}},
        "secret-opaque": {"type": "Opaque", "data": {"a": "YQ=="}}},
    5: {"homeserver": {"spec": {"serverName": "example.com", "host": "matrix.example.com", "ingressClassName": "palpo",
                                "backend": {"service": {"name": "hs", "port": 8008}},
                                "tls": {"secretName": "tls", "hosts": [{"host": "example.com", "secretName": "o"}]},
                                "wellKnown": {"client": {"org.example": {"a": [1, 2.5, None, "x"]}},
                                              "server": {"x": True}}},
                       "status": {"observedGeneration": 2, "conditions": [
                           {"type": "Ready", "status": "True", "observedGeneration": 2, "reason": "Served",
                            "lastTransitionTime": "2026-01-01T00:00:00Z", "message": "all"}]}},
        "homeserver-port-name": {"spec": {"serverName": "a", "backend": {"service": {"name": "x", "port": "http"}}}},
        "homeserver-port-object": {"spec": {"serverName": "a", "backend": {"service": {"name": "x", "port": {}}}}},
        "homeserver-empty": {"spec": {}}, "homeserver-unknown": {"spec": {"serverNam": "a"}}},
}
API = ["networking.k8s.io/v1 Ingress", "networking.k8s.io/v1 IngressClass", "v1 Service",
       "discovery.k8s.io/v1 EndpointSlice", "v1 Secret", "palpo.im/v1alpha1 PalpoHomeserver"]


def objects():
    for number, seeds in OBJECTS.items():
        version, kind = API[number].split()
        for name, body in seeds.items():
            yield name, bytes([number]) + dump({"apiVersion": version, "kind": kind, "metadata": META, **body}).encode()
    yield "no-meta", b"\x02{}"
    yield "no-name", b'\x02{"metadata":{"namespace":"x"}}'
    yield "meta-list", b'\x02{"metadata":[]}'
    yield "array", b"\x02[]"
    yield "number-name", b'\x02{"metadata":{"name":5}}'
    yield "twice", b'\x02{"metadata":{"name":"a"},"metadata":{"name":"b"}}'
    yield "deep", b'\x05{"metadata":{"name":"a"},"spec":{"wellKnown":{"client":' + b'{"a":' * 300
    yield "deep-lists", b"\x05" + b"[" * 3000
    yield "huge-number", b'\x02{"metadata":{"name":"a","generation":99999999999999999999}}'
    yield "bad-utf8", b'\x02{"metadata":{"name":"\xff\xfe"}}'


def event(number, kind, found):
    return bytes([number]) + dump({"type": kind, "object": found}).encode()


def full(number, name):
    version, kind = API[number].split()
    return {"apiVersion": version, "kind": kind, "metadata": META, **OBJECTS[number][name]}


def events():
    for number, seeds in OBJECTS.items():
        name = next(iter(seeds))
        yield f"added-{name}", event(number, "ADDED", full(number, name))
        items = [{key: value for key, value in full(number, each).items() if key not in ("kind", "apiVersion")}
                 for each in seeds]
        yield f"list-{name}", bytes([number]) + dump({
            "kind": "List", "apiVersion": "v1", "items": items,
            "metadata": {"resourceVersion": "7", "continue": "token", "remainingItemCount": 3}}).encode()
    service = full(2, "service")
    yield "modified", event(2, "MODIFIED", service)
    yield "modified-broken", event(2, "MODIFIED", full(2, "service-port-text"))
    yield "deleted", event(2, "DELETED", service)
    yield "deleted-bare", event(2, "DELETED", {"metadata": {"name": "a", "namespace": "b", "resourceVersion": "1"}})
    yield "deleted-nameless", event(2, "DELETED", {"metadata": {}})
    yield "bookmark", event(2, "BOOKMARK", {"kind": "Service", "metadata": {"resourceVersion": "12"}})
    yield "bookmark-empty", event(2, "BOOKMARK", {})
    status = {"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410, "message": "too old"}
    yield "error-410", event(2, "ERROR", status)
    yield "error-odd", event(2, "ERROR", {"code": "x"})
    yield "status", b"\x02" + dump(status).encode()
    yield "unknown-type", event(2, "NEW", service)
    yield "no-type", b"\x02" + dump({"object": service}).encode()
    yield "no-object", b'\x02{"type":"ADDED"}'
    yield "other-kind", event(3, "ADDED", service)
    yield "no-version", event(2, "ADDED", {**service, "metadata": {"name": "a", "namespace": "b"}})
    yield "empty-list", b'\x02{"metadata":{"resourceVersion":"1"},"items":[]}'
    yield "null-items", b'\x02{"metadata":{"resourceVersion":"1"},"items":null}'
    yield "items-object", b'\x02{"metadata":{"resourceVersion":"1"},"items":{}}'
    yield "items-of-null", b'\x02{"metadata":{"resourceVersion":"1"},"items":[null,1,"x",[]]}'
    yield "list-no-meta", b'\x02{"items":[]}'
    yield "html", b"\x02<html>"
    yield "half", event(2, "ADDED", service)[:80]
    yield "two-lines", event(2, "ADDED", service) + b"\n" + event(2, "ADDED", service)[1:]
    yield "deep", b'\x02{"type":"ADDED","object":' + b"[" * 2000


def manifests():
    for number, seeds in OBJECTS.items():
        for name in seeds:
            yield f"{name}.json", json.dumps(full(number, name), indent=1)
    homeserver = """apiVersion: palpo.im/v1alpha1
kind: PalpoHomeserver
metadata: {name: hs}
spec:
  serverName: example.com
  backend: {service: {name: hs, port: 8008}}
"""
    service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: hs\nspec:\n  ports: [{port: 8008}]\n"
    yield "two", homeserver + "---\n" + service
    yield "list", "apiVersion: v1\nkind: List\nitems:\n- " + service.replace("\n", "\n  ")
    yield "comments", "# a\n---\n# b\n---\n" + service + "...\n"
    yield "twice", service + "---\n" + service
    yield "key-twice", service + "kind: Secret\n"
    yield "unknown-field", homeserver.replace("serverName", "serverNam")
    yield "unknown-kind", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n"
    yield "no-kind", "metadata: {name: x}\n"
    yield "scalar", "hello"
    yield "sequence", "- a\n- b\n"
    yield "anchor", "a: &a [1, 2]\nb: *a\n"
    yield "bomb", "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n"
    yield "self-anchor", "&a [*a]\n"
    yield "merge", "a: &a {b: 1}\nc: {<<: *a}\n"
    yield "tag", "!!binary YQ==\n"
    yield "tag-object", homeserver.replace("example.com", "!!str 12")
    yield "octal", homeserver.replace("8008", "017")
    yield "norway", homeserver.replace("example.com", "no")
    yield "block", homeserver.replace("example.com", "|\n    example.com")
    yield "tabs", "a:\n\tb: c\n"
    yield "unclosed", "a: [b, {c: d\n"
    yield "bom", "\xef\xbb\xbf" + service
    yield "utf-16", service.encode("utf-16")
    yield "crlf", service.replace("\n", "\r\n")
    yield "nul", service + "\0"
    yield "bad-utf8", service.replace("hs", "\xff")
    yield "deep-flow", "[" * 3000
    yield "deep-blocks", "".join(" " * depth + "a:\n" for depth in range(300))
    yield "deep-dashes", "- " * 2000
    yield "complex-key", "? [a, b]\n: c\n"
    yield "empty", ""
    yield "long-line", "a: " + "x" * 5000


def head(*lines):
    return "\r\n".join(lines) + "\r\n\r\n"


GET = "GET /_matrix/client/versions HTTP/1.1"
HEADS = {
    "get": head(GET, "Host: a.example"),
    "many": head(GET, "Host: a.example:443", "User-Agent: x", "Accept: */*", "X-Forwarded-For: 1.2.3.4",
                 "Connection: keep-alive, X-Hop", "X-Hop: 1", "Cookie: a=b", "Authorization: Bearer x"),
    "post": head("POST /x HTTP/1.1", "Host: a", "Content-Length: 5") + "hello",
    "chunked": head("POST /x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked") + "0\r\n\r\n",
    "lookalike-length": head("POST /x HTTP/1.1", "Host: a", "Content_Length: 5"),
    "lookalike-coding": head("POST /x HTTP/1.1", "Host: a", "Transfer_Encoding: chunked"),
    "lookalike-address": head(GET, "Host: a", "X_Forwarded_For: 1", "X-Rewrite-URL: /", "Proxy: x"),
    "many-options": head(GET, "Host: a", "Connection: " + "a," * 40),
    "old-without-host": head("GET / HTTP/1.0", "Accept: */*"),
    "status-only": head("HTTP/1.1 200", "Content-Length: 2"),
    "interim-framed": head("HTTP/1.1 103 Early Hints", "Content-Length: 5", "Connection: a"),
    "both": head("POST /x HTTP/1.1", "Host: a", "Content-Length: 5", "Transfer-Encoding: chunked"),
    "two-lengths": head("POST /x HTTP/1.1", "Host: a", "Content-Length: 5", "Content-Length: 5"),
    "length-list": head("POST /x HTTP/1.1", "Host: a", "Content-Length: 5, 5"),
    "length-plus": head("POST /x HTTP/1.1", "Host: a", "Content-Length: +5"),
    "length-huge": head("POST /x HTTP/1.1", "Host: a", "Content-Length: 99999999999999999999"),
    "gzip": head("POST /x HTTP/1.1", "Host: a", "Transfer-Encoding: gzip"),
    "gzip-chunked": head("POST /x HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked"),
    "chunked-gzip": head("POST /x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked, gzip"),
    "xchunked": head("POST /x HTTP/1.1", "Host: a", "Transfer-Encoding: xchunked"),
    "chunked-10": head("POST /x HTTP/1.0", "Host: a", "Transfer-Encoding: chunked"),
    "no-host": head("GET / HTTP/1.1"), "two-hosts": head("GET / HTTP/1.1", "Host: a", "Host: b"),
    "host-list": head("GET / HTTP/1.1", "Host: a, b"), "host-empty": head("GET / HTTP/1.1", "Host:"),
    "host-user": head("GET / HTTP/1.1", "Host: a@b"), "host-ipv6": head("GET / HTTP/1.1", "Host: [::1]:8448"),
    "fold": head("GET / HTTP/1.1", "Host: a", "X: b", " c"),
    "space-before-colon": head("GET / HTTP/1.1", "Host : a"),
    "bare-lf": "GET / HTTP/1.1\nHost: a\n\n", "bare-lf-inside": "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
    "bare-cr": "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", "nul": "GET / HTTP/1.1\r\nHost: a\0\r\n\r\n",
    "empty-line-first": "\r\n" + head(GET, "Host: a"),
    "absolute": head("GET http://a.example/x%2F HTTP/1.1", "Host: b.example"),
    "absolute-no-path": head("GET https://a.example HTTP/1.1", "Host: a.example"),
    "connect": head("CONNECT a:443 HTTP/1.1", "Host: a:443"), "star": head("OPTIONS * HTTP/1.1", "Host: a"),
    "trace": head("TRACE / HTTP/1.1", "Host: a"), "method-odd": head("M-SEARCH /x HTTP/1.1", "Host: a"),
    "http-2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http-12": head("GET / HTTP/1.2", "Host: a"),
    "http-10": head("GET / HTTP/1.0"), "http-09": "GET /\r\n\r\n",
    "hard-target": head("GET /%2F%2f%23%7E//./../%2e%2e;?&=+~!$'()*,@:[]{}|\\^`<>\"%zz HTTP/1.1", "Host: a"),
    "high-target": head("GET /\xff\xc3\xbc HTTP/1.1", "Host: a"), "hash": head("GET /a#b HTTP/1.1", "Host: a"),
    "space-target": head("GET /a b HTTP/1.1", "Host: a"), "tab": head("GET\t/ HTTP/1.1", "Host: a"),
    "websocket": head("GET /ws HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: websocket",
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"),
    "upgrade-list": head("GET / HTTP/1.1", "Host: a", "Connection: upgrade, close", "Upgrade: h2c, websocket"),
    "expect": head("PUT /x HTTP/1.1", "Host: a", "Expect: 100-continue", "Content-Length: 1"),
    "expect-odd": head("PUT /x HTTP/1.1", "Host: a", "Expect: other"),
    "fields-101": head(GET, "Host: a", *[f"X{i}: y" for i in range(100)]),
    "long-value": head(GET, "Host: a", "X: " + "y" * 9000),
    "empty-name": head(GET, "Host: a", ": x"), "underscore": head(GET, "Host: a", "X_Y: z"),
    "quoted": head(GET, "Host: a", 'X: "a\\"b'), "high-value": head(GET, "Host: a", "X: \xff"),
    "response": head("HTTP/1.1 200 OK", "Content-Length: 0", "Connection: keep-alive"),
    "response-chunked": head("HTTP/1.1 200 ", "Transfer-Encoding: chunked"),
    "response-close": head("HTTP/1.0 404 Not Found", "Content-Type: text/html"),
    "response-204": head("HTTP/1.1 204 No Content"), "response-304": head("HTTP/1.1 304 Not Modified", "ETag: x"),
    "response-100": head("HTTP/1.1 100 Continue"),
    "response-101": head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"),
    "response-both": head("HTTP/1.1 200 OK", "Content-Length: 5", "Transfer-Encoding: chunked"),
    "response-no-reason": head("HTTP/1.1 200", "Content-Length: 0"), "response-1000": head("HTTP/1.1 1000 X"),
}
CHUNKS = {
    "empty": "0\r\n\r\n", "one": "5\r\nhello\r\n0\r\n\r\n", "two": "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
    "hex": "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "zeros": "00005\r\nhello\r\n000\r\n\r\n",
    "extension": "5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n", "trailer": "0\r\nX-A: b\r\nY: c\r\n\r\n",
    "more-behind": "0\r\n\r\nGET / HTTP/1.1\r\n", "plus": "+5\r\nhello\r\n0\r\n\r\n", "0x": "0x5\r\nhello\r\n",
    "space": "5 \r\nhello\r\n0\r\n\r\n", "space-first": " 5\r\nhello\r\n", "negative": "-1\r\n",
    "lf": "5\nhello\n0\n\n", "lf-in-extension": "5;a\nb\r\nhello\r\n", "no-crlf-after-data": "5\r\nhelloX\r\n",
    "long-data": "5\r\nhello world\r\n", "overflow": "ffffffffffffffff\r\n", "digits-16": "1000000000000000\r\n",
    "digits-15": "100000000000000\r\nabc", "empty-size": "\r\nhello\r\n", "letters": "zz\r\n", "only-cr": "5\rhello",
    "long-extension": "1;" + "x" * 300 + "\r\na\r\n0\r\n\r\n", "long-trailer": "0\r\nX: " + "y" * 9000 + "\r\n\r\n",
    "nul-trailer": "0\r\nX: \0\r\n\r\n", "large": "400\r\n" + "x" * 1024 + "\r\n0\r\n\r\n", "unfinished": "5\r\nhel",
}
ROUTES = {
    "empty": "?/\n?\n", "root": "/\n?/\n?/a\n?a\n?\n?/?x\n", "exact": "=/a\n?/a\n?/a/\n?/ab\n?/A\n",
    "prefix": "/a\n?/a\n?/a/\n?/a/b\n?/ab\n?/a%2Fb\n", "slash": "/a/\n?/a\n?/a/\n?/a/b\n",
    "both": "/a\n/a/\n?/a\n?/a/\n?/a/b\n", "exact-and-prefix": "/a\n=/a\n=/a/\n?/a\n?/a/\n?/a/b\n",
    "longest": "/\n/a\n/a/b\n/a/b/c\n?/a/b/c/d\n?/a/b/cd\n?/a/b\n?/ab\n?/x\n",
    "matrix": "/_matrix\n/_synapse/client\n=/.well-known/matrix/server\n?/_matrix/client/versions\n?/_matrix\n"
              "?/_matrixx\n?/_synapse/admin\n?/.well-known/matrix/server\n?/.well-known/matrix/server/\n",
    "double-slashes": "//\n//a\n/a//\n/a//b\n?//\n?//a\n?/a//\n?/a//b\n?/a///b\n?/a/\n",
    "detours": "/_matrix\n/\n?/_matrix/../x\n?/_matrix/%2e%2E/x\n?/_matrix/x/..%2f..\n?/_matrix/..\\x\n?/a/..;b/c\n"
               "?//_matrix//x\n?/%252e%252e/%25%25\n?/a%5c..%255cb\n",
    "dots": "/a/../b\n/.\n?/a/../b\n?/b\n?/./\n?/.\n", "escapes": "/%2f\n/%2F\n?/%2f\n?/%2F\n?//\n",
    "many": "".join(f"/p{i}\n=/p{i}/x\n" for i in range(60)) + "?/p1\n?/p59/x\n?/p59/y\n?/p60\n",
    "nested": "".join(f"{'/a' * i}\n" for i in range(1, 40)) + "?" + "/a" * 50 + "\n?" + "/a" * 20 + "b\n",
    "high": "/\xff\n?/\xff\n?/\xff/\xc3\n", "no-rules": "?/a\n?b\n@x\n", "star": "/\n?*\n?http://a/\n",
    "hosts": "".join(f"@{host}\n" for host in (
        "Example.COM.:443", "a", "a.", "a..", ".", "", "a:", "a:b", "a:1:2", "[::1]", "[::1]:8448", "[::1", "::1",
        "1.2.3.4:80", "a b", "a,b", "*.a", "xn--a", "\xe9.example", "a_b", "a" * 300, "A" * 64 + ".x", ":443", "[]")),
}


def main():
    write("message", MESSAGES)
    write("frame", FRAMES)
    write("object", dict(objects()))
    write("event", dict(events()))
    write("manifest", dict(manifests()))
    write("request_head", HEADS)
    write("chunked", CHUNKS)
    write("routing", ROUTES)


main()
