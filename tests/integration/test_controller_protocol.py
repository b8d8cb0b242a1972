# SPDX-License-Identifier: Apache-2.0
"""The controller on its socket: well-behaved data planes are fed, others are closed with a logged reason."""
import json
import os
import stat
import subprocess
import sys
import threading

import pytest
from conftest import write_homeserver
from palpo_test import contract, frames, manifests
from palpo_test.frames import (ACK, HELLO, KEY, NACK, PING, PONG, RECALL, RECALLED, UPDATE, WELCOME, Peer, frame)
from palpo_test.waiting import wait_until


@pytest.fixture
def controller(ingress, backend, authority):
    """Alone, following one homeserver."""
    write_homeserver(ingress, backend, authority)
    ingress.start_controller()
    ingress.controller.wait_for_log("the controller is running")  # the socket file is there a moment before it listens
    return ingress


def reasons(controller):
    return [line.get("reason", "") for line in controller.controller.log_lines()
            if line.get("event", "").startswith(("publish.", "socket."))]


def greeted(controller, **hello):
    """A peer that has said hello and has the controller's welcome."""
    peer = Peer.dial(controller.socket)
    peer.send(frames.hello(**hello))
    assert peer.receive_json(WELCOME)["protocol"] == 1
    return peer


def first_update(peer):
    """Keys and the update behind them."""
    keys = []
    while True:
        kind, payload = peer.receive()
        if kind == KEY:
            keys.append(payload)
            continue
        assert kind == UPDATE
        return keys, json.loads(payload)


def acknowledge(peer, update):
    peer.send(frame(ACK, {"seq": update["seq"], "version": update["version"]}))


def test_what_a_data_plane_is_told(controller):
    with greeted(controller) as peer:
        keys, update = first_update(peer)
        assert update["base"] is None
        hosts = {host["name"] for host in update["put"]["hosts"]}
        assert hosts >= {"example.test", "matrix.example.test"}
        assert [key[:64].decode() for key in keys] == [one["key_id"] for one in update["put"]["certificates"]]
        assert all(b"PRIVATE KEY" in key for key in keys)
        put = update["put"]
        assert update["version"] == contract.version(put["hosts"], put["clusters"], put["certificates"],
                                                     put["settings"])
        acknowledge(peer, update)
        wait_until("the acknowledgement to count", lambda: controller.controller_admin.metrics().total(
            "palpo_ingress_publish_acks_total") == 1)
        assert controller.controller_admin.ready()


def test_equal_versions_send_nothing_and_equal_keys_are_not_sent_again(controller, make_backend):
    with greeted(controller) as peer:
        keys, update = first_update(peer)
        acknowledge(peer, update)
    ids = [key[:64].decode() for key in keys]
    with greeted(controller, version=update["version"], key_ids=ids) as again:
        other = make_backend("other")
        manifests.write(controller.manifests / "service.yaml", manifests.service("homeserver"),
                        manifests.endpoint_slice("homeserver", [other.address]))
        # What comes first is the change: neither an update for what is served nor a key that is held.
        kind, payload = again.receive()
        assert kind == UPDATE
        change = json.loads(payload)
        assert change["base"] == update["version"]
        assert [one["endpoints"] for one in change["put"]["clusters"]] == [
            [{"address": other.address[0], "port": other.address[1]}]]
        assert change["put"]["hosts"] == change["put"]["certificates"] == change["drop"] == []


def test_an_unknown_version_gets_everything(controller):
    with greeted(controller, version="0" * 64) as peer:
        _, update = first_update(peer)
        assert update["base"] is None


def test_one_update_in_flight_and_the_newest_next(controller):
    with greeted(controller) as peer:
        _, first = first_update(peer)
        for number in range(5):
            manifests.write(controller.manifests / "homeserver.yaml",
                            manifests.homeserver("homeserver", "example.test", host="matrix.example.test",
                                                 wellKnown={"client": {"org.example.number": number}}))
            wait_until("the controller to have read it", lambda number=number: (
                f'org.example.number\\":{number}' in controller.controller_admin.get("/config").body.decode()))
        acknowledge(peer, first)
        kind, payload = peer.receive()
        assert kind == UPDATE
        second = json.loads(payload)
        assert second["base"] == first["version"]
        bodies = [route["action"]["answer"]["body"] for host in second["put"]["hosts"] for route in host["routes"]
                  if "answer" in route["action"]]
        assert any('"org.example.number":4' in body for body in bodies)


def test_a_refused_resource_alone_is_held_back(controller, authority, backend):
    """One bad host cannot freeze the others."""
    with greeted(controller) as peer:
        _, update = first_update(peer)
        acknowledge(peer, update)
        issued = authority.issue("two.test")
        manifests.write(controller.manifests / "two.yaml", manifests.tls_secret("two-tls", issued),
                        manifests.homeserver("two", "two.test", secret="two-tls"))
        _, bad = first_update(peer)
        assert [host["name"] for host in bad["put"]["hosts"]] == ["two.test"]
        peer.send(frame(NACK, {"seq": bad["seq"], "serving": update["version"], "reason": "1 resource was refused",
                               "faults": [{"resource": {"kind": "host", "name": "two.test"}, "message": "I will not"}]}))
        # What goes with it may still be published; the host is not.
        issued = authority.issue("three.test")
        manifests.write(controller.manifests / "three.yaml", manifests.tls_secret("three-tls", issued),
                        manifests.homeserver("three", "three.test", secret="three-tls"))
        names = set()
        while "three.test" not in names:
            _, good = first_update(peer)
            names |= {host["name"] for host in good["put"]["hosts"]}
            acknowledge(peer, good)
        assert "two.test" not in names
        assert "I will not" in controller.controller.log()


WELL_FORMED_HELLO = b'{"protocol":1,"release":"x","version":null,"key_ids":[]}'
DEEP = b'{"protocol":1,"release":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
HOSTILE = {
    "a frame of unknown kind": (frame(77, b"abc"), "unknown kind 77"),
    "a frame over its limit": (b"\x00\x00\x20\x00" + bytes([ACK]), "ack"),
    "a length of four gigabytes": (b"\xff\xff\xff\xff" + bytes([HELLO]), "hello"),
    "an HTTP request": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "kind"),
    "truncated JSON": (frame(HELLO, WELL_FORMED_HELLO[:-5]), "hello"),
    "nesting of 10,000": (frame(HELLO, DEEP), "nest"),
    "not UTF-8": (frame(HELLO, b'{"protocol":1,"release":"\xff"}'), "hello"),
    "an unknown field": (frame(HELLO, WELL_FORMED_HELLO[:-1] + b',"more":1}'), "more"),
    "a field twice": (frame(HELLO, b'{"protocol":1,"protocol":1}'), "protocol"),
    "another protocol": (frames.hello(protocol=2), "protocol 2"),
    "a version that is no digest": (frames.hello(version="abc"), "version"),
    "an acknowledgement first": (frame(ACK, {"seq": 1, "version": "0" * 64}), "ack"),
    "a controller's frame": (frames.welcome(), "welcome"),
    "an update": (frame(UPDATE, b"{}"), "update"),
    "a key": (frame(KEY, b"0" * 64 + b"x"), "key"),
    "a recall": (frame(RECALL, {"names": []}), "recall"),
    "certificates first": (frame(RECALLED, {"certificates": []}), "recalled"),
    "certificates that nobody asked for": (frames.hello() + frame(RECALLED, {"certificates": []}), "nothing was asked"),
    "two hellos": (frames.hello(version="0" * 64) * 2, "hello"),
    "a ping with a payload": (frame(PING, b"x"), "ping"),
}


@pytest.mark.parametrize("data, told", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_peer_that_breaks_the_protocol_is_closed(controller, data, told):
    with greeted(controller) as good:
        _, update = first_update(good)
        acknowledge(good, update)
        with Peer.dial(controller.socket) as bad:
            bad.send(data)
            bad.wait_closed()
        wait_until(f"a reason with {told!r} in {reasons(controller)}",
                   lambda: any(told in reason for reason in reasons(controller)))
        good.send(frame(PING))
        assert good._exactly(5) == frame(PONG), "the other peer is not touched"
    assert controller.controller.running()


def start_without_the_secret(controller):
    controller.controller.kill()
    (controller.manifests / "tls.yaml").unlink()
    controller.start_controller()
    controller.controller.wait_for_log("the controller is running")


def test_what_is_recalled_is_served_without_its_key(controller, authority):
    """The data plane serves what another process published; the Secret is gone since."""
    with greeted(controller) as peer:
        _, update = first_update(peer)
        [certificate] = update["put"]["certificates"]
    start_without_the_secret(controller)
    with Peer.dial(controller.socket) as peer:
        peer.send(frames.hello(version="0" * 64, key_ids=[certificate["key_id"]]))
        peer.receive_json(WELCOME)
        assert peer.receive_json(RECALL) == {"names": [certificate["name"]]}
        peer.send(frame(RECALLED, {"certificates": [certificate]}))
        keys, again = first_update(peer)
    assert keys == []
    assert again["put"]["certificates"] == [certificate]
    assert again["version"] == update["version"]


def test_a_data_plane_that_does_not_answer_a_recall_is_given_up(controller):
    start_without_the_secret(controller)
    with Peer.dial(controller.socket, timeout=30) as peer:
        peer.send(frames.hello(version="0" * 64))
        peer.receive_json(WELCOME)
        peer.receive_json(RECALL)
        peer.wait_closed()
    wait_until("a reason", lambda: any("no answer to a recall" in reason for reason in reasons(controller)))


def test_answers_that_nobody_asked_for(controller):
    with greeted(controller) as peer:
        _, update = first_update(peer)
        peer.send(frame(ACK, {"seq": update["seq"] + 5, "version": update["version"]}))
        peer.wait_closed()
    with greeted(controller) as peer:
        _, update = first_update(peer)
        peer.send(frame(ACK, {"seq": update["seq"], "version": "0" * 64}))
        peer.wait_closed()
    assert controller.controller.running()


def test_a_slow_hello_is_not_waited_for(controller):
    """Bytes come, but too slowly; the peer is closed, and says meanwhile nothing that matters."""
    with Peer.dial(controller.socket, timeout=30) as slow:
        stop = threading.Event()

        def drip():
            for byte in frames.hello():
                try:
                    slow.sock.send(bytes([byte]))
                except OSError:
                    return
                stop.wait(0.5)

        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        slow.wait_closed()
        stop.set()
        dripping.join()
    wait_until("the reason", lambda: any("no hello" in reason for reason in reasons(controller)))


def test_many_peers_that_say_nothing(controller):
    """Beyond the bound they are refused, and a data plane that was there keeps its place."""
    with greeted(controller) as good:
        _, update = first_update(good)
        acknowledge(good, update)
        idle = [Peer.dial(controller.socket) for _ in range(100)]
        wait_until("a refusal", lambda: "too many" in controller.controller.log())
        good.send(frame(PING))
        assert good._exactly(5) == frame(PONG)
        for peer in idle:
            peer.sock.close()
    wait_until("a place for a new one", lambda: greeted(controller).sock.close() is None)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_peer_of_another_user_is_closed(controller, folder):
    """Socket and folder as open as can be: the peer's identity alone decides."""
    for place in (folder.parent, folder, controller.socket.parent):
        place.chmod(0o755)
    controller.socket.chmod(0o777)
    script = ("import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
              "s.settimeout(10)\n"
              "try:\n s.sendall(bytes.fromhex(sys.argv[2])); print(len(s.recv(100)))\n"
              "except (BrokenPipeError, ConnectionResetError): print(0)\n")
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", sys.executable, "-c",
                           script, str(controller.socket), frames.hello().hex()], capture_output=True, text=True,
                          check=False)
    assert done.stdout == "0\n", done.stderr
    wait_until("the reason", lambda: any("uid 65534" in reason for reason in reasons(controller)))


def test_socket_and_folder_belong_to_one_user(controller):
    assert stat.S_IMODE(controller.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(controller.socket.parent.stat().st_mode) == 0o700


def test_a_folder_that_others_may_enter_is_refused(ingress):
    ingress.socket.parent.chmod(0o755)
    ingress.start_controller()
    assert ingress.controller.wait(10) == 1
    assert str(ingress.socket.parent) in ingress.controller.log()


def test_a_stale_socket_is_replaced_and_a_live_one_is_not(controller, processes):
    controller.controller.kill()
    assert controller.socket.exists()
    controller.start_controller()
    wait_until("a new socket", lambda: greeted(controller).sock.close() is None)
    second = processes.start("second", [*controller.controller.argv, "--admin", "127.0.0.1:0"])
    assert second.wait(10) == 1
    assert str(controller.socket) in second.log()
    greeted(controller).sock.close()


def test_an_orderly_end_removes_the_socket(controller):
    assert controller.controller.terminate() == 0
    assert not controller.socket.exists()


def test_nothing_shows_a_private_key(controller, authority):
    with greeted(controller) as peer:
        keys, update = first_update(peer)
        acknowledge(peer, update)
    secret = keys[0].split(b"\n")[1][:40].decode()
    for text in (controller.controller.log(), controller.controller_admin.get("/config").body.decode(),
                 controller.controller_admin.get("/metrics").body.decode()):
        assert secret not in text
        assert "PRIVATE KEY" not in text
