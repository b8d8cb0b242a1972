# SPDX-License-Identifier: Apache-2.0
"""Two real homeservers that reach each other, and are reached by their users, through the ingress alone."""
import json
import os
import secrets
from urllib.parse import quote

import pytest
from palpo_test import manifests
from palpo_test.http_client import Client
from palpo_test.waiting import wait_until
from site_under_test import Site
from synapse_under_test import Synapse

pytestmark = pytest.mark.homeserver
API = "/_matrix/client/v3"


@pytest.fixture(scope="module")
def homeserver_installed():
    """Asked for at collection: see conftest.py."""


@pytest.fixture(scope="module")
def pair(homeserver_installed, cluster, ingress, authority, session_processes, workdir):
    """one.test, whose API is at matrix.one.test, and two.test, which has one name for everything."""
    address = ingress.https[0]
    hosts = f"127.0.0.1 localhost\n{address} one.test matrix.one.test two.test\n"
    servers, sites = [], []
    for number, (name, host) in enumerate({"one.test": "matrix.one.test", "two.test": "two.test"}.items(), 1):
        servers.append(Synapse(session_processes, workdir / f"synapse-{name}", name, f"https://{host}/",
                               f"10.77.240.{number}", authority.cert, hosts))
        site = Site(cluster, ingress, authority, f"synapse-{number}")
        site.server_name, site.host = name, host
        site.secret()
        site.apply(manifests.service("homeserver"),
                   manifests.endpoint_slice("homeserver", [servers[-1].address]))
        sites.append(site)
    for server, site in zip(servers, sites):
        server.wait_ready()
        site.homeserver()
    yield servers
    for server in servers:
        server.process.stop()
    for site in sites:
        site.close()


class User:
    """Registers, logs in, and keeps its connection to its homeserver's public name."""

    def __init__(self, ingress, host, name):
        self.client = Client(ingress.https, ingress.tls, host, timeout=60)
        self.token = None
        password = secrets.token_hex(8)
        name += secrets.token_hex(4)
        self.id = self.call("POST", f"{API}/register", {"username": name, "password": password,
                                                        "auth": {"type": "m.login.dummy"}})["user_id"]
        login = self.call("POST", f"{API}/login", {"type": "m.login.password", "password": password,
                                                   "identifier": {"type": "m.id.user", "user": name}})
        assert login["user_id"] == self.id
        self.token = login["access_token"]
        self.since = None

    def send(self, method, target, body=None, kind="application/json"):
        headers = [("Authorization", f"Bearer {self.token}")] if self.token else []
        if body is not None:
            headers.append(("Content-Type", kind))
        return self.client.request(method, target, headers, body)

    def call(self, method, target, body=None):
        response = self.send(method, target, None if body is None else json.dumps(body).encode())
        assert response.status == 200, (method, target, response.status, response.body[:500])
        return response.json()

    def sync(self, timeout):
        since = f"&since={quote(self.since, safe='')}" if self.since else ""
        answer = self.call("GET", f"{API}/sync?timeout={timeout}{since}")
        self.since = answer["next_batch"]
        return answer

    def wait_message(self, room, text):
        """By long polls, as a client does."""

        def seen():
            timeline = self.sync(5000).get("rooms", {}).get("join", {}).get(room, {}).get("timeline", {})
            return any(event["content"].get("body") == text for event in timeline.get("events", []))

        wait_until(f"the message {text!r} at {self.id}", seen, 40)

    def say(self, room, text, transaction):
        self.call("PUT", f"{API}/rooms/{quote(room, safe='')}/send/m.room.message/{quote(transaction, safe='')}",
                  {"msgtype": "m.text", "body": text})


@pytest.fixture
def alice(pair, ingress):
    return User(ingress, "matrix.one.test", "alice")


@pytest.fixture
def bob(pair, ingress):
    return User(ingress, "two.test", "bob")


def test_discovery(pair, ingress):
    assert ingress.get("one.test", "/.well-known/matrix/server").json()["m.server"].startswith("matrix.one.test:")
    base = ingress.get("one.test", "/.well-known/matrix/client").json()["m.homeserver"]["base_url"]
    assert base.rstrip("/") == "https://matrix.one.test"
    for name in ("one.test", "two.test"):
        keys = ingress.get_federation(name, "/_matrix/key/v2/server")
        assert keys.json()["server_name"] == name


def test_login_and_long_poll(alice, ingress):
    room = alice.call("POST", f"{API}/createRoom", {"preset": "private_chat"})["room_id"]
    alice.sync(0)
    other = Client(ingress.https, ingress.tls, "matrix.one.test", timeout=60)
    since = quote(alice.since, safe="")
    other.start("GET", f"{API}/sync?timeout=30000&since={since}", [("Authorization", f"Bearer {alice.token}")])
    alice.say(room, "while it polls", "t1")
    answer = other.read()
    assert answer.status == 200
    assert b"while it polls" in answer.body
    other.close()


def test_a_room_across_both(alice, bob):
    """The alias needs escaping, and so do the paths that are signed."""
    tag = secrets.token_hex(4)
    room = alice.call("POST", f"{API}/createRoom", {
        "preset": "public_chat", "room_alias_name": f"a/b+\u00fc{tag}", "invite": [bob.id]})["room_id"]
    alias = f"#a/b+\u00fc{tag}:one.test"
    assert bob.call("POST", f"{API}/join/{quote(alias, safe='')}", {})["room_id"] == room
    bob.say(room, "from bob", "login")  # a transaction id that looks like an endpoint
    alice.wait_message(room, "from bob")
    alice.say(room, "from alice", "t/1+?")
    bob.wait_message(room, "from alice")
    members = bob.call("GET", f"{API}/rooms/{quote(room, safe='')}/joined_members")["joined"]
    assert set(members) == {alice.id, bob.id}


def test_media_across_both(alice, bob):
    blob = os.urandom(5_000_000)
    response = alice.send("POST", "/_matrix/media/v3/upload?filename=a%20b%2Fc.bin", blob, "application/octet-stream")
    assert response.status == 200, response.body
    media = response.json()["content_uri"].removeprefix("mxc://")
    got = bob.send("GET", f"/_matrix/client/v1/media/download/{media}")
    assert got.status == 200
    assert got.body == blob


def test_errors_of_the_homeserver_reach_the_client(alice):
    response = alice.send("GET", f"{API}/rooms/{quote('!nothing:one.test', safe='')}/state")
    assert response.status == 403
    assert response.json()["errcode"] == "M_FORBIDDEN"
    alice.token = "wrong"
    response = alice.send("GET", f"{API}/account/whoami")
    assert (response.status, response.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")


def test_the_homeserver_knows_its_clients_address(alice, ingress):
    address = alice.client.sock.getsockname()[0]
    devices = alice.call("GET", f"{API}/devices")["devices"]
    assert [device["last_seen_ip"] for device in devices if device.get("last_seen_ip")] in ([address], [address] * 2)
