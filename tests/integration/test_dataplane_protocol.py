# SPDX-License-Identifier: Apache-2.0
"""The data plane on its socket: what it takes, what it refuses and how, and controllers that mean it harm."""
import os
import subprocess
import sys
import time

import pytest
from palpo_test import contract, frames
from palpo_test.contract import canonical, cluster, host, route
from palpo_test.frames import ACK, KEY, NACK, PING, PONG, RECALL, RECALLED, UPDATE, WELCOME, frame
from palpo_test.waiting import wait_until

NAME = "matrix.example.test"


@pytest.fixture
def session(plane, authority, backend):
    return plane.begin(authority, backend)


def still_serves(plane):
    response = plane.get(NAME, "/x")
    assert (response.status, response.json()) == (200, {"backend": "backend"})


def test_a_new_data_plane_says_that_it_has_nothing(plane):
    with contract.ScriptedController(plane.socket) as controller:
        plane.start_dataplane()
        hello = controller.accept(welcome=False).hello
    assert hello["protocol"] == 1
    assert hello["version"] is None
    assert hello["key_ids"] == []


def test_versions_are_the_same_on_both_ends(plane, session, backend):
    """The scripted controller computes its own digests: an ACK means that they agree."""
    still_serves(plane)
    config = dict(plane.configuration)
    config["hosts"] = config["hosts"] + [
        host("b\u00fccher.test".encode("idna").decode(), [
            route("/x", answer=contract.answer('{"a":"\u00e9\\n"}', cors=True, cache_control="max-age=1")),
            route("/x", answer=contract.answer("exact"), path_type="exact"), route("/y", refuse=403),
            route("/", "backend", ("http", "https", "federation"))], redirect_to_https=True),
        host("*.wild.test", [], no_certificate="refuse"), host("*", [route("/", "backend")])]
    config["settings_of"] = contract.settings("tls", "backend", "Ingress/ns/x")
    session.must_take(**config)


def test_a_delta_and_a_reconnect(plane, session, backend):
    served = contract.version(**plane.configuration)
    changed = {**plane.configuration, "clusters": [cluster("backend", backend.address, ("127.0.0.1", 1))]}
    wanted = contract.version(**changed)
    session.must_take(clusters=changed["clusters"], base=served, version_of=wanted)
    session.peer.sock.close()
    again = plane.controller_script.accept()
    assert again.hello["version"] == wanted
    assert again.hello["key_ids"] == [contract.key_id(plane.issued)]
    # Back to what was: by difference, and a host goes by name.
    again.must_take(clusters=plane.configuration["clusters"], base=wanted, version_of=served)
    empty = {**plane.configuration, "hosts": []}
    again.must_take(base=served, version_of=contract.version(**empty), drop=[{"kind": "host", "name": NAME}])


def test_what_is_served_is_recalled_by_its_names(plane, session):
    session.send(frame(RECALL, {"names": ["another", "tls"]}))
    assert session.peer.receive_json(RECALLED) == {"certificates": plane.configuration["certificates"]}
    session.send(frame(RECALL, {"names": []}))
    assert session.peer.receive_json(RECALLED) == {"certificates": []}
    session.must_take(**plane.configuration)


def test_keys_that_no_certificate_names_are_forgotten(plane, session, authority):
    other = authority.issue("other.test")
    session.send(contract.key_frame(other))
    session.must_take(**plane.configuration)
    session.peer.sock.close()
    assert plane.controller_script.accept().hello["key_ids"] == [contract.key_id(plane.issued)]


@pytest.mark.parametrize("what, change, told", [
    ("a cluster that does not exist", {"hosts": [host("a.test", [route("/", "nowhere")])]}, "nowhere"),
    ("a certificate that does not exist", {"hosts": [host("a.test", [], "nothing")]}, "nothing"),
    ("an upper-case host", {"hosts": [host("A.test", [])]}, "A.test"),
    ("a wildcard in the middle", {"hosts": [host("a.*.test", [])]}, "a.*.test"),
    ("a path without a slash", {"hosts": [host("a.test", [route("x", "backend")])]}, "x"),
    ("a host with two equal routes", {"hosts": [host("a.test", [route("/", "backend"), route("/", "backend")])]}, "/"),
    ("an endpoint without a port", {"clusters": [cluster("backend", ("127.0.0.1", 0))]}, "port"),
    ("a header smuggled in", {"hosts": [host("a.test", [route("/", answer=contract.answer(
        "", content_type="text/plain\r\nX: y"))])]}, "a.test"),
    ("a refusal with a status of success", {"hosts": [host("a.test", [route("/", refuse=200)])]}, "refusal"),
    ("a default route to nowhere", {"settings_of": contract.settings(None, "nowhere")}, "nowhere"),
], ids=lambda value: value if isinstance(value, str) and " " in value else "")
def test_a_refusal_names_what_is_wrong_and_the_old_configuration_serves(plane, session, what, change, told):
    served = contract.version(**plane.configuration)
    nack = session.must_refuse(**{**plane.configuration, **change})
    assert nack["serving"] == served
    assert nack["faults"], nack
    assert any(told in fault["message"] + fault["resource"]["name"] for fault in nack["faults"]), nack
    still_serves(plane)
    session.must_take(**plane.configuration)


def test_a_refusal_names_every_fault(plane, session):
    bad = [host(f"h{number}.test", [route("/", "nowhere")]) for number in range(20)]
    nack = session.must_refuse(**{**plane.configuration, "hosts": plane.configuration["hosts"] + bad})
    assert {fault["resource"]["name"] for fault in nack["faults"]} == {one["name"] for one in bad}


def test_a_certificate_whose_key_was_not_sent(plane, session, authority):
    other = contract.certificate("other", authority.issue("other.test"))
    nack = session.must_refuse(**{**plane.configuration, "certificates": plane.configuration["certificates"] + [other]})
    assert nack["faults"][0]["resource"] == {"kind": "certificate", "name": "other"}
    still_serves(plane)


def test_a_key_that_is_not_what_its_name_says(plane, session, authority):
    one, other = authority.issue("one.test"), authority.issue("other.test")
    session.send(frame(KEY, contract.key_id(one).encode() + other.key.read_bytes()))
    resource = contract.certificate("one", one)
    nack = session.must_refuse(**{**plane.configuration,
                                  "certificates": plane.configuration["certificates"] + [resource]})
    assert nack["faults"][0]["resource"]["name"] == "one"
    still_serves(plane)


@pytest.mark.parametrize("wrong", [{"version_of": "0" * 64}, {"base": "0" * 64, "version_of": "1" * 64}],
                         ids=["version", "base"])
def test_a_wrong_version_is_refused_as_a_whole(plane, session, wrong):
    nack = session.must_refuse(**{**plane.configuration, **wrong})
    assert nack["reason"]
    assert nack["serving"] == contract.version(**plane.configuration)
    still_serves(plane)


DEEP = b'{"seq":1,"base":null,"version":"%s","put":' % (b"0" * 64) + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}"
WELL_FORMED = canonical(contract.update(1)).encode()
HOSTILE = {
    "a frame of unknown kind": (frame(99, b"abc"), "unknown kind 99"),
    "a frame over its limit": (frame(WELCOME, b" " * 5000), "welcome"),
    "a length of four gigabytes": (b"\xff\xff\xff\xff\x04", "update"),
    "noise": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, "kind"),
    "an HTTP request": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "kind"),
    "truncated JSON": (frame(UPDATE, WELL_FORMED[:-20]), "update"),
    "nesting of 10,000": (frame(UPDATE, DEEP), "nest"),
    "not JSON": (frame(UPDATE, b"\xff\xfe\x00"), "update"),
    "an unknown field": (frame(UPDATE, WELL_FORMED[:-1] + b',"more":1}'), "more"),
    "a field twice": (frame(UPDATE, b'{"seq":1,"seq":2}'), "seq"),
    "a field missing": (frame(UPDATE, b'{"seq":1}'), "base"),
    "a second welcome": (frames.welcome(), "welcome"),
    "a data plane's frame": (frame(ACK, {"seq": 1, "version": "0" * 64}), "ack"),
    "a key without a name": (frame(KEY, b"short"), "key"),
    "a ping with a payload": (frame(PING, b"x"), "ping"),
}


@pytest.mark.parametrize("data, told", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_controller_that_breaks_the_protocol_is_left(plane, session, data, told):
    session.send(data)
    session.peer.wait_closed()
    again = plane.controller_script.accept()
    wait_until(f"a reason with {told!r}", lambda: any(
        told in line.get("reason", "") for line in plane.dataplane.log_lines()
        if line.get("event") in ("config.closed", "config.disconnected")))
    assert again.hello["version"] == contract.version(**plane.configuration)
    still_serves(plane)
    again.must_take(**plane.configuration)


@pytest.mark.parametrize("first", [
    frame(UPDATE, WELL_FORMED), frame(KEY, b"0" * 64 + b"x"), frames.welcome(protocol=2), frame(NACK, b"{}")],
    ids=["update", "key", "another protocol", "nack"])
def test_what_must_come_first_is_the_welcome(plane, first):
    with contract.ScriptedController(plane.socket) as controller:
        plane.start_dataplane()
        session = controller.accept(welcome=False)
        session.send(first)
        session.peer.wait_closed()
        controller.accept()
    assert plane.dataplane.running()


def test_pings_are_answered(plane, session):
    session.send(frame(PING) * 3)
    got = [session.peer._exactly(5) for _ in range(3)]  # the harness's own reading swallows them
    assert got == [frame(PONG)] * 3
    still_serves(plane)


def test_a_frame_in_single_bytes(plane, session):
    session.seq += 1
    for byte in frame(UPDATE, canonical(contract.update(session.seq, **plane.configuration)).encode())[:2000]:
        session.send(bytes([byte]))
    rest = frame(UPDATE, canonical(contract.update(session.seq, **plane.configuration)).encode())[2000:]
    session.send(rest)
    assert session.peer.receive()[0] == ACK


def test_many_updates_without_waiting_is_a_breach(plane, session):
    """One is in flight at a time. Either it was answered before the next was read, or the data plane leaves."""
    data = frame(UPDATE, canonical(contract.update(session.seq + 1, **plane.configuration)).encode())
    session.send(data * 50)
    seen = 0
    while session.peer.receive() is not None:
        seen += 1
        if seen == 50:
            break
    still_serves(plane)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_controller_of_another_user_is_not_believed(plane, folder):
    """Socket and folder as open as can be: the peer's identity alone decides."""
    place = folder / "foreign"
    place.mkdir()
    place.chmod(0o777)
    folder.chmod(0o755)
    folder.parent.chmod(0o755)
    script = ("import socket,sys,time; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()\n"
              "print('up', flush=True)\n"
              "while True:\n c,_=s.accept()\n print('bytes', len(c.recv(100)), flush=True)\n")
    path = place / "palpo.sock"
    foreign = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--reuid=65534", "--regid=65534", "--clear-groups",
                                "--", sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert foreign.stdout.readline() == "up\n"
        path.chmod(0o777)
        plane.socket = path
        plane.start_dataplane()
        wait_until("a refusal", lambda: "uid 65534" in plane.dataplane.log())
        assert foreign.stdout.readline() == "bytes 0\n", "nothing is said to a stranger"
    finally:
        foreign.kill()
        foreign.wait()


def test_the_data_plane_dials_until_somebody_listens(plane, authority, backend):
    plane.start_dataplane()
    wait_until("a failed attempt", lambda: "config.unreachable" in plane.dataplane.log())
    assert b"no controller" in plane.dataplane_admin.get("/readyz").body
    with contract.ScriptedController(plane.socket) as controller:
        kept = controller.accept(timeout=20)
        wait_until("another reason", lambda: b"no controller" not in plane.dataplane_admin.get("/readyz").body)
        kept.peer.sock.close()
    assert plane.dataplane.log().count("config.unreachable") == 1, "said once, not at every attempt"


def test_private_keys_appear_nowhere(plane, session, authority):
    secret = "".join(plane.issued.key.read_text().splitlines()[1:-1])
    session.must_refuse(**{**plane.configuration, "hosts": [host("A", [])]})
    for text in (plane.dataplane.log(), plane.dataplane_admin.get("/metrics").body.decode()):
        assert secret[:40] not in text
        assert "PRIVATE KEY" not in text
    with open(f"/proc/{plane.dataplane.pid}/limits", encoding="ascii") as limits:
        core = next(line for line in limits if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_a_large_configuration(plane, session, backend):
    """2,000 hosts at once, then one of them changes."""
    clusters = [cluster(f"c{number}", backend.address) for number in range(2000)]
    hosts = [host(f"h{number}.test", [route("/", f"c{number}")]) for number in range(2000)]
    config = {**plane.configuration, "hosts": plane.configuration["hosts"] + hosts,
              "clusters": plane.configuration["clusters"] + clusters}
    session.peer.sock.settimeout(120)
    served = session.must_take(**config)
    config["clusters"] = config["clusters"][:-1] + [cluster("c1999", ("127.0.0.1", 9))]
    started = time.monotonic()
    session.must_take(clusters=[config["clusters"][-1]], base=served, version_of=contract.version(**config))
    assert time.monotonic() - started < 30
    still_serves(plane)
