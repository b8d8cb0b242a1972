# SPDX-License-Identifier: Apache-2.0
"""A controller written from dataplane/api/README.md alone: snapshots, versions, keys, updates. It can lie."""
import hashlib
import json
import subprocess

from . import frames
from .frames import ACK, HELLO, KEY, NACK, UPDATE, FakeController, frame

LISTENERS = {"http": 1, "https": 2, "federation": 4}


def canonical(value):
    """No white space; only what JSON needs is escaped. Fields stand in the order of the functions below."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def route(path, cluster=None, listeners=("https",), path_type="prefix", answer=None, owner="test", refuse=None):
    action = ({"proxy": {"cluster": cluster}} if cluster else
              {"refuse": {"status": refuse}} if refuse else {"answer": answer})
    return {"listeners": list(listeners), "type": path_type, "path": path, "action": action, "owner": owner}


def answer(body, status=200, content_type="application/json", cache_control="", cors=False):
    return {"status": status, "content_type": content_type, "cache_control": cache_control, "cors": cors,
            "body": body}


def host(name, routes, certificate=None, no_certificate="use_default", redirect_to_https=False):
    return {"name": name, "certificate": certificate, "no_certificate": no_certificate,
            "redirect_to_https": redirect_to_https, "routes": sorted(routes, key=_route_order)}


def _route_order(one):
    bits = sum(LISTENERS[name] for name in one["listeners"])
    return (bits, one["type"] != "exact", one["path"].encode())


def cluster(name, *endpoints):
    return {"name": name, "endpoints": [{"address": address, "port": port} for address, port in sorted(endpoints)]}


def certificate(name, issued):
    return {"name": name, "chain_pem": issued.cert.read_text(), "key_id": key_id(issued)}


def key_id(issued):
    """SHA-256 of the public key (SubjectPublicKeyInfo, DER)."""
    done = subprocess.run(["openssl", "pkey", "-in", issued.key, "-pubout", "-outform", "DER"], check=True,
                          capture_output=True)
    return hashlib.sha256(done.stdout).hexdigest()


def key_frame(issued):
    return frame(KEY, key_id(issued).encode() + issued.key.read_bytes())


DEFAULTS = {"handshake_ms": 10000, "request_head_ms": 10000, "keep_alive_ms": 75000, "client_idle_ms": 60000,
            "upstream_idle_ms": 60000, "response_head_ms": 660000, "tunnel_idle_ms": 900000, "linger_ms": 5000,
            "request_body": 0, "kept_request": 65536, "pipelined": 16384, "interim_responses": 16}


def settings(default_certificate=None, default_route=None, owner="", **defaults):
    """defaults: those that differ from the usual ones."""
    taker = route("/", default_route, listeners=("http", "https"), owner=owner) if default_route else None
    return {"default_certificate": default_certificate, "default_route": taker, "defaults": {**DEFAULTS, **defaults}}


def version(hosts=(), clusters=(), certificates=(), settings_of=None):
    """The digest of a set of digests: their sum modulo 2^256 per 256-bit little-endian number, hashed."""
    total = 0
    kinds = [("host", hosts), ("cluster", clusters), ("certificate", certificates),
             ("settings", [settings_of or settings()])]
    for kind, resources in kinds:
        for resource in resources:
            digest = hashlib.sha256(f"{kind}\n{canonical(resource)}".encode()).digest()
            total += int.from_bytes(digest, "little")
    return hashlib.sha256((total % 2 ** 256).to_bytes(32, "little")).hexdigest()


def update(seq, hosts=(), clusters=(), certificates=(), settings_of=None, base=None, version_of=None, drop=()):
    """From nothing, unless base is given; then version_of must be, too."""
    return {"seq": seq, "base": base, "version": version_of or version(hosts, clusters, certificates, settings_of),
            "put": {"hosts": list(hosts), "clusters": list(clusters), "certificates": list(certificates),
                    "settings": settings_of}, "drop": list(drop)}


class Session:
    """One data plane that has been greeted."""

    def __init__(self, peer, welcome=True):
        self.peer = peer
        self.hello = peer.receive_json(HELLO)
        self.seq = 0
        if welcome:
            peer.send(frames.welcome())

    def send(self, data):
        self.peer.send(data)

    def publish(self, *issued, **what):
        """Keys, then an update; the answer as (kind, message)."""
        self.seq += 1
        for one in issued:
            self.send(key_frame(one))
        sent = update(self.seq, **what)
        self.send(frame(UPDATE, canonical(sent).encode()))
        got = self.peer.receive()
        assert got is not None, "closed instead of an answer to an update"
        assert got[0] in (ACK, NACK)
        message = json.loads(got[1])
        assert message["seq"] == self.seq
        if got[0] == ACK:
            assert message["version"] == sent["version"]
        return got[0], message

    def must_take(self, *issued, **what):
        kind, message = self.publish(*issued, **what)
        assert kind == ACK, message
        return message["version"]

    def must_refuse(self, *issued, **what):
        kind, message = self.publish(*issued, **what)
        assert kind == NACK, message
        return message


class ScriptedController:
    """Listens where data planes dial."""

    def __init__(self, path):
        self.listener = FakeController(path)

    def accept(self, timeout=15.0, welcome=True):
        return Session(self.listener.accept(timeout), welcome)

    def close(self):
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
