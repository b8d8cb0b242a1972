# SPDX-License-Identifier: Apache-2.0
"""The data plane's public side: clients that are slow, many, malformed or malicious, and homeservers that misbehave."""
import concurrent.futures
import contextlib
import signal
import socket
import ssl
import threading
import time

import pytest
from palpo_test import contract
from palpo_test.backend import held
from palpo_test.http_client import Client, fetch
from palpo_test.http_wire import response_bytes
from palpo_test.load import Load
from palpo_test.pki import insecure_context
from palpo_test.waiting import stays, wait_until

NAME = "matrix.example.test"
HOST = b"Host: matrix.example.test\r\n"


@pytest.fixture
def session(plane, authority, backend):
    return plane.begin(authority, backend)


def still_serves(plane):
    assert plane.get(NAME, "/x").status == 200


# ---- framing ----------------------------------------------------------------------------------------------------
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
TWO_READINGS = {
    "length and chunked": (b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\nX"),
    "chunked and length": (b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", b"0\r\n\r\nX"),
    "two lengths": (b"Content-Length: 0\r\nContent-Length: 44\r\n", SMUGGLED),
    "two equal lengths": (b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"),
    "a list of lengths": (b"Content-Length: 5, 5\r\n", b"hello"),
    "a length with a sign": (b"Content-Length: +5\r\n", b"hello"),
    "a hexadecimal length": (b"Content-Length: 0x5\r\n", b"hello"),
    "a length beyond 64 bits": (b"Content-Length: 18446744073709551621\r\n", b"hello"),
    "gzip": (b"Transfer-Encoding: gzip\r\n", SMUGGLED),
    "chunked, gzip": (b"Transfer-Encoding: chunked, gzip\r\n", SMUGGLED),
    "gzip, chunked": (b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "xchunked with a length": (b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", b"hello"),
    "identity": (b"Transfer-Encoding: identity\r\n", SMUGGLED),
    "a parameter": (b"Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n"),
    "twice chunked": (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "chunked with a vertical tab": (b"Transfer-Encoding: \x0bchunked\r\n", SMUGGLED),
    "a folded line": (b"X-A: b\r\n Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "a folded encoding": (b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
    "a space before the colon": (b"Content-Length : 5\r\n", b"hello"),
    "a bare line feed": (b"X-A: b\nContent-Length: 44\r\n", SMUGGLED),
    "a bare carriage return": (b"X-A: b\rContent-Length: 44\r\n", SMUGGLED),
    "a NUL": (b"X-A: b\0\r\n", b""),
    "a second Host": (b"Host: other.test\r\n", b""),
}


@pytest.mark.parametrize("fields, body", TWO_READINGS.values(), ids=TWO_READINGS.keys())
def test_what_two_servers_may_read_differently_is_refused(plane, session, backend, fields, body):
    with plane.client(NAME) as client:
        client.send(b"POST /x HTTP/1.1\r\n" + HOST + fields + b"\r\n" + body)
        response = client.read(b"POST")
        assert response.status == 400, response.head
        assert response.header("Content-Type").startswith("text/plain")
        assert response.has_token("Connection", "close")
        rest = client.closed_by_peer()
        assert rest == b"", "nothing behind it is read as a request"
    assert backend.requests == []
    still_serves(plane)


CHUNKS = {
    "a size with a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a size with 0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a space before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "a bare line feed": b"5\nhello\n0\n\n",
    "a line feed in an extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "a size of 17 digits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "data longer than its size": b"5\r\nhello!\r\n0\r\n\r\n",
    "an empty size": b"\r\nhello\r\n",
    "a long extension": b"5;" + b"x" * 2000 + b"\r\nhello\r\n0\r\n\r\n",
    "long trailers": b"0\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
}


@pytest.mark.parametrize("body", CHUNKS.values(), ids=CHUNKS.keys())
def test_malformed_chunks_never_become_a_whole_request(plane, session, backend, body):
    with plane.client(NAME) as client:
        client.send(b"POST /x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            client.send(body)
            client.send(SMUGGLED)
            assert client.read(b"POST").status == 400
        except OSError:
            pass  # or closed at once
        client.closed_by_peer()
    assert backend.requests == []
    still_serves(plane)


def test_trailers_do_not_become_headers(plane, session, backend):
    with plane.client(NAME) as client:
        client.send(b"POST /x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nTrailer: X-Auth\r\n\r\n"
                    b"5;ext=1\r\nhello\r\n0\r\nX-Auth: admin\r\nContent-Length: 3\r\n\r\n")
        assert client.read(b"POST").status == 200
        assert client.get("/next").status == 200
    first, second = backend.requests
    assert first.body == b"hello"
    assert first.all("X-Auth") == []
    assert b"X-Auth" not in first.raw_body
    assert second.target == b"/next"


@pytest.mark.parametrize("fields, status", [
    (b"X: " + b"y" * 33_000 + b"\r\n", 431),
    (b"".join(b"X%d: y\r\n" % number for number in range(150)), 431),
], ids=["32 KiB", "100 fields"])
def test_heads_too_large(plane, session, backend, fields, status):
    with plane.client(NAME) as client:
        client.send(b"GET /x HTTP/1.1\r\n" + HOST + fields + b"\r\n")
        response = client.read()
        assert response.status == status
        assert response.header("Content-Type").startswith("text/plain")
        client.closed_by_peer()
    assert backend.requests == []


def test_an_endless_head_is_cut_off(plane, session, backend):
    with plane.client(NAME) as client:
        client.send(b"GET /x HTTP/1.1\r\n" + HOST)
        with pytest.raises(OSError):
            for _ in range(10_000):
                client.send(b"X: " + b"y" * 1000 + b"\r\n")
            client.closed_by_peer()
            raise ConnectionError("closed only after ten megabytes")
    still_serves(plane)


def test_a_long_target_passes(plane, session, backend):
    target = "/x?" + "a" * 20_000
    assert plane.get(NAME, target).status == 200
    assert backend.last().target == target.encode()


@pytest.mark.parametrize("line, status", [
    (b"GET / HTTP/2.0", 400), (b"GET / HTTP/1.2", 400), (b"GET /", 400), (b"get", 400), (b"CONNECT a:443 HTTP/1.1", 405),
    (b"TRACE / HTTP/1.1", 405), (b"GET /a b HTTP/1.1", 400), (b"GET /a#b HTTP/1.1", 400), (b"GET a HTTP/1.1", 400),
    (b"\x16\x03\x01\x02\x00", 400),
])
def test_malformed_request_lines(plane, session, backend, line, status):
    with plane.client(NAME) as client:
        client.send(line + b"\r\n" + HOST + b"\r\n")
        assert client.read().status == status
    assert backend.requests == []


def test_http_10(plane, session, backend):
    with plane.client(NAME) as client:
        client.send(b"GET /x HTTP/1.0\r\n" + HOST + b"\r\n")
        response = client.read()
        assert response.status == 200
        assert client.closed_by_peer() == b""
    assert backend.last().version == b"HTTP/1.1"


def test_plain_http_on_the_tls_port(plane, session):
    with Client(plane.https) as client:
        client.send(b"GET /x HTTP/1.1\r\n" + HOST + b"\r\n")
        client.closed_by_peer()
    still_serves(plane)


def test_expect_continue(plane, session, backend):
    with plane.client(NAME) as client:
        client.send(b"PUT /x HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert client.reader.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        client.send(b"hello")
        assert client.read(b"PUT").status == 200
    assert backend.last().body == b"hello"


# ---- patience ---------------------------------------------------------------------------------------------------
def test_slow_clients_are_cut_off_and_cost_nobody_else(plane, session):
    """Nothing sent, half a handshake, half a head, a head in drops: each ends within the head's deadline."""
    slow = {name: Client(plane.https, *how) for name, how in {
        "silent": (None,), "half a handshake": (None,), "no request": (plane.tls, NAME),
        "half a head": (plane.tls, NAME), "drops": (plane.tls, NAME)}.items()}
    slow["half a handshake"].send(b"\x16\x03\x01\x02\x00\x01\x00")
    slow["half a head"].send(b"GET /x HTTP/1.1\r\nHo")
    ended = {}

    def drip(client):
        try:
            for byte in b"GET /x HTTP/1.1\r\n" + b"X: y\r\n" * 100:
                client.send(bytes([byte]))
                time.sleep(0.3)  # the slowness itself
        except OSError:
            pass

    def watch(name, client):
        client.settimeout(40)
        client.closed_by_peer()
        ended[name] = time.monotonic() - started

    started = time.monotonic()
    threads = [threading.Thread(target=watch, args=item, daemon=True) for item in slow.items()]
    threads.append(threading.Thread(target=drip, args=(slow["drops"],), daemon=True))
    for thread in threads:
        thread.start()
    with Load(plane.https, "/x", plane.tls, NAME, threads=1) as load:
        # "no request" may take as long as an idle connection is kept; the others have the head's deadline.
        wait_until("the slow ones to be closed", lambda: len(ended) >= 4, 30)
        load.wait_for_more()
    for client in slow.values():
        client.close()
    assert {"silent", "half a handshake", "half a head", "drops"} <= set(ended), ended
    assert all(2 < seconds < 25 for seconds in ended.values()), ended


def test_a_client_that_does_not_read_stops_the_homeserver(plane, session, backend):
    """Back-pressure: of an endless answer only what fits the buffers is taken."""
    taken = []

    def endless(exchange):
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        exchange.connection.settimeout(1.0)
        try:
            while True:
                taken.append(exchange.connection.send(b"x" * 65536))
        except TimeoutError:
            taken.append("stopped")
        return None

    backend.script = endless
    memory_before = resident(plane.dataplane.pid)
    with plane.client(NAME) as client:
        client.start("GET", "/x")
        wait_until("the homeserver to be stopped", lambda: taken and taken[-1] == "stopped", 30)
        assert sum(taken[:-1]) < 64 << 20
        assert resident(plane.dataplane.pid) - memory_before < 64 << 20
    backend.script = backend.answer_ok
    still_serves(plane)


def test_a_homeserver_that_does_not_read_stops_the_client(plane, session, backend):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = {**plane.configuration, "clusters": [contract.cluster("backend", listener.getsockname()[:2])]}
        session.must_take(**config)
        with plane.client(NAME) as client:
            client.start("POST", "/x", [("Content-Length", "10000000000")])
            client.sock.settimeout(1.0)
            sent = 0
            with pytest.raises(TimeoutError):
                while sent < 256 << 20:
                    sent += client.sock.send(b"x" * 65536)
            assert sent < 64 << 20


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def test_many_connections(plane, session, backend):
    """1,000 idle ones beside the traffic, each of which is served afterwards."""
    clients = []
    context = plane.tls
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        clients = list(pool.map(lambda _: Client(plane.https, context, NAME, 60), range(1000)))
        assert plane.dataplane_admin.metrics().total("palpo_ingress_downstream_connections") >= 1000
        with Load(plane.https, "/load", plane.tls, NAME, threads=1) as load:
            load.wait_for_more()
        answers = list(pool.map(lambda client: client.get("/x").status, clients))
    assert answers == [200] * 1000
    for client in clients:
        client.close()
    wait_until("the connections to be gone",
               lambda: plane.dataplane_admin.metrics().total("palpo_ingress_downstream_connections") <= 1)


def test_long_polls_hold_no_worker(plane, session, backend):
    """More of them than there are workers, and other requests pass."""
    answer_now = threading.Event()
    poll = held(answer_now)
    backend.script = lambda exchange: poll(exchange) if b"/sync" in exchange.request.target \
        else response_bytes(200, {"backend": "backend"})
    polls = [plane.client(NAME) for _ in range(50)]
    for client in polls:
        client.start("GET", "/_matrix/client/v3/sync?timeout=30000")
    backend.wait_for(50)
    for _ in range(20):
        still_serves(plane)
    answer_now.set()
    assert [client.read().status for client in polls] == [200] * 50


def test_a_client_that_leaves_ends_its_upstream_request(plane, session, backend):
    left = threading.Event()

    def script(exchange):
        exchange.connection.settimeout(20)
        if exchange.connection.recv(1) == b"":
            left.set()

    backend.script = script
    with plane.client(NAME) as client:
        client.start("GET", "/_matrix/client/v3/sync?timeout=30000")
        backend.wait_for(1)
    assert left.wait(15)


def test_operators_are_answered_when_descriptors_run_out(plane, authority, backend):
    """More clients than there are descriptors for, all waiting for their first request; then one that asks."""
    plane.begin(authority, backend)
    plane.dataplane.kill()
    plane.start_dataplane("--max-connections", "10000", open_files=128)
    plane.controller_script.accept().must_take(plane.issued, **plane.configuration)
    with contextlib.ExitStack() as clients:
        for _ in range(200):
            clients.enter_context(Client(plane.http))
        wait_until("no descriptor to be left for clients", lambda: open_connections(plane) >= 60)
        for _ in range(20):
            for page in ("/livez", "/readyz", "/metrics"):
                assert plane.dataplane_admin.get(page).status == 200
    still_serves(plane)


def open_connections(plane):
    samples = plane.dataplane_admin.get("/metrics").body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in samples
               if line.startswith("palpo_ingress_downstream_connections{"))


def test_idle_clients_do_not_keep_others_out(plane, authority, backend):
    plane.begin(authority, backend)
    plane.dataplane.kill()
    plane.workers = 1
    plane.start_dataplane("--max-connections", "40")
    plane.controller_script.accept().must_take(plane.issued, **plane.configuration)
    with contextlib.ExitStack() as clients:
        for _ in range(40):
            assert clients.enter_context(Client(plane.http)).get("/x", host=NAME).status == 200
        before = plane.dataplane_admin.metrics()
        assert before.total("palpo_ingress_downstream_connections_limit") == 40
        assert before.total("palpo_ingress_downstream_connections_used_ratio") == 1
        assert before.total("palpo_ingress_downstream_connections_evicted_total") == 0
        for _ in range(5):
            started = time.monotonic()
            assert clients.enter_context(Client(plane.http)).get("/x", host=NAME).status == 200
            assert time.monotonic() - started < 10
        assert plane.dataplane_admin.metrics().total("palpo_ingress_downstream_connections_evicted_total") == 5


# ---- homeservers ------------------------------------------------------------------------------------------------
BAD_ANSWERS = {
    "garbage": b"garbage\r\n\r\n",
    "two framings": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a bare line feed": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "an unknown coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
    "a huge head": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\nContent-Length: 5\r\n\r\nhello",
}


@pytest.mark.parametrize("bad", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_malformed_answers_become_a_bad_gateway(plane, session, backend, bad):
    backend.script = lambda exchange: exchange.send(bad)
    response = plane.get(NAME, "/_matrix/x")
    assert response.status == 502
    assert response.json()["errcode"].startswith("M_")
    assert response.header("Access-Control-Allow-Origin") == "*"
    backend.script = backend.answer_ok
    still_serves(plane)


def test_a_homeserver_that_closes_without_an_answer(plane, session, backend):
    backend.script = lambda exchange: None
    response = plane.get(NAME, "/x", method="POST", body=b"{}")
    assert response.status == 502
    assert len(backend.requests) == 1, "a POST is not sent twice"


def test_a_homeserver_that_is_not_there(plane, session, backend):
    backend.close()
    response = plane.get(NAME, "/x")
    assert response.status in (502, 503)
    assert response.header("Retry-After")


def test_an_answer_that_breaks_off_is_never_made_whole(plane, session, backend):
    backend.script = lambda exchange: exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    with plane.client(NAME) as client:
        client.start("GET", "/x")
        assert client.reader.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200")
        assert client.closed_by_peer() == b"half"
    backend.script = lambda exchange: exchange.send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
    with plane.client(NAME) as client:
        client.start("GET", "/x")
        client.reader.until(b"\r\n\r\n")
        assert not client.closed_by_peer().endswith(b"0\r\n\r\n")


def test_an_idle_upstream_connection_that_died_is_not_noticed(plane, session, backend):
    """The homeserver closes what it keeps alive; requests that may be repeated are, on a new connection."""
    for _ in range(5):
        still_serves(plane)
        backend.drop_connections()
    assert len(backend.requests) == 5


def test_upstream_connections_are_reused(plane, session, backend):
    with plane.client(NAME) as client:
        for _ in range(30):
            assert client.get("/x").status == 200
    assert backend.connections <= 3


STRAY = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
@pytest.mark.parametrize("stray_first", [False, True], ids=["request first", "stray first"])
@pytest.mark.parametrize("stray", [STRAY, response_bytes(200, {"backend": "another client's"})], ids=["408", "200"])
def test_a_stray_answer_is_nobodys(plane, session, backend, tls, stray_first, stray):
    """The data plane is stopped while a request and a stray answer reach it, and finds both when it goes on."""
    connections = []

    def script(exchange):
        connections.append(exchange.connection)
        return response_bytes(200, {"target": exchange.request.target.decode()})

    backend.script = script
    place = (plane.https, plane.tls, NAME) if tls else (plane.http,)
    with Client(*place) as one, Client(*place) as other:
        for number in range(40):
            for client, target in ((one, f"/warm{number}"), (one, f"/own{number}"), (other, f"/next{number}")):
                if client is one and target.startswith("/own"):
                    plane.dataplane.pause()
                    steps = [lambda: connections[-1].sendall(stray), lambda: client.start("GET", target, host=NAME)]
                    for step in steps if stray_first else steps[::-1]:
                        step()
                    plane.dataplane.resume()
                else:
                    client.start("GET", target, host=NAME)
                response = client.read()
                assert (response.status, response.json()) == (200, {"target": target})


# ---- names ------------------------------------------------------------------------------------------------------
def test_unknown_names_get_the_default_certificate_and_are_not_found(plane, session):
    with pytest.raises(ssl.SSLCertVerificationError):
        plane.get("unknown.test", "/x")
    for path, matrix in (("/x", False), ("/_matrix/client/versions", True)):
        for response in (fetch(plane.https, path, tls=insecure_context(), server_name="unknown.test"),
                         fetch(plane.http, path, host="unknown.test")):
            assert response.status == 404
            assert response.header("Content-Type") == ("application/json" if matrix else "text/plain; charset=utf-8")
            assert response.header("Access-Control-Allow-Origin") == ("*" if matrix else None)
    response = fetch(plane.https, "/x", tls=insecure_context(), server_name="unknown.test", host=NAME)
    assert response.status == 421
    response = fetch(plane.https, "/x", tls=insecure_context(), host=NAME)
    assert response.status in (200, 421), "without SNI the Host decides, or it is told to ask again"


def test_a_default_route_takes_hosts_that_nobody_has(plane, session):
    session.must_take(**{**plane.configuration, "hosts": [contract.host(NAME, [contract.route("/only", "backend", (
        "http", "https"))], "tls")], "settings_of": contract.settings(None, "backend", "Ingress/ns/default")})
    assert fetch(plane.http, "/x", host="unknown.test").status == 200
    assert fetch(plane.https, "/x", tls=insecure_context(), server_name="unknown.test").status == 200
    assert plane.get(NAME, "/only/x").status == 200
    for target in ("/x", "/_synapse/admin/v1/users", "/.well-known/acme-challenge/t"):
        assert plane.get(NAME, target).status == 404
        assert fetch(plane.http, target, host=NAME).status == 404


def test_no_path_leads_out_of_its_route(plane, session, backend):
    session.must_take(**{**plane.configuration, "hosts": [
        contract.host(NAME, [contract.route("/_matrix", "backend")], "tls")]})
    with plane.client(NAME) as client:
        for target in ("/_matrix/../_synapse/admin/v1/users", "/_matrix/%2e%2e/_synapse/admin/v1/users",
                       "/_matrix/.%2E/x", "/_matrix/x/..%2f..%2f_synapse", "/_matrix/..%5c_synapse", "/_matrix/..;/x"):
            assert client.get(target).status == 400, target
        assert backend.requests == []
        for target in ("/_matrix/a/../b", "/_matrix/rooms/!r:h/event/$a%2F..%2Fb", "/_matrix//x/%zz"):
            assert client.get(target).status == 200, target
            assert backend.last().target == target.encode()


def test_a_refused_path(plane, session, backend):
    session.must_take(**{**plane.configuration, "hosts": [contract.host(NAME, [
        contract.route("/", "backend"), contract.route("/admin", refuse=403),
        contract.route("/_matrix/x", refuse=403)], "tls")]})
    for method in ("GET", "POST", "OPTIONS"):
        assert plane.get(NAME, "/admin/y", method=method).status == 403
    assert plane.get(NAME, "/_matrix/x/y").json()["errcode"] == "M_FORBIDDEN"
    assert plane.get(NAME, "/_matrix/x/y", method="OPTIONS").status == 204
    assert backend.requests == []
    still_serves(plane)


def test_a_host_that_refuses_without_a_certificate(plane, session, backend):
    config = {**plane.configuration, "hosts": plane.configuration["hosts"] + [
        contract.host("federation.test", [contract.route("/", "backend", ("federation",))], no_certificate="refuse")]}
    session.must_take(**config)
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME|unrecognized name"):
        fetch(plane.federation, "/x", tls=insecure_context(), server_name="federation.test")


@pytest.mark.parametrize("name", ["MATRIX.Example.Test", "matrix.example.test.", "matrix.example.test:8448",
                                  "Matrix.Example.test.:443"])
def test_how_a_host_may_be_written(plane, session, backend, name):
    response = fetch(plane.https, "/x", tls=plane.tls, server_name=NAME, host=name)
    assert response.status == 200
    assert backend.last().header("Host") == name


# ---- the end ----------------------------------------------------------------------------------------------------
def test_a_graceful_end(plane, session, backend):
    """Not ready, no new connections; a long poll in flight is answered, an idle connection is closed."""
    answer_now = threading.Event()
    backend.script = held(answer_now)
    with plane.client(NAME) as polling, plane.client(NAME) as idle:
        polling.start("GET", "/_matrix/client/v3/sync?timeout=30000")
        backend.wait_for(1)
        plane.dataplane.signal(signal.SIGTERM)
        wait_until("it to be not ready", lambda: plane.dataplane_admin.get("/readyz").status == 503)
        assert idle.closed_by_peer() == b""
        wait_until("new connections to be refused", lambda: refused(plane.https))
        assert plane.dataplane.running()
        answer_now.set()
        response = polling.read()
        assert response.status == 200
        assert response.has_token("Connection", "close")
    assert plane.dataplane.wait(10) == 0


def refused(address):
    try:
        Client(address).close()
        return False
    except ConnectionRefusedError:
        return True


def test_the_drain_time_is_the_longest_it_takes(plane, authority, backend):
    plane.begin(authority, backend)
    plane.dataplane.kill()
    plane.start_dataplane("--drain-timeout", "1s")
    again = plane.controller_script.accept()
    again.must_take(plane.issued, **plane.configuration)
    never = threading.Event()
    backend.script = held(never)
    with plane.client(NAME) as polling:
        polling.start("GET", "/_matrix/client/v3/sync?timeout=30000")
        backend.wait_for(1)
        started = time.monotonic()
        assert plane.dataplane.terminate() == 0
        assert 0.9 < time.monotonic() - started < 8
    never.set()


def test_during_the_shutdown_delay_everything_is_served(plane, authority, backend):
    """Load balancers need time to notice: not ready at once, but no request is lost."""
    plane.begin(authority, backend)
    plane.dataplane.kill()
    plane.start_dataplane("--shutdown-delay", "2s", "--drain-timeout", "5s")
    plane.controller_script.accept().must_take(plane.issued, **plane.configuration)
    plane.dataplane.signal(signal.SIGTERM)
    wait_until("it to be not ready", lambda: plane.dataplane_admin.get("/readyz").status == 503)
    stays("service", lambda: plane.get(NAME, "/x").status == 200, 1.0)
    assert plane.dataplane.wait(10) == 0


def test_a_second_signal_ends_at_once(plane, session, backend):
    never = threading.Event()
    backend.script = held(never)
    with plane.client(NAME) as polling:
        polling.start("GET", "/x")
        backend.wait_for(1)
        plane.dataplane.signal(signal.SIGTERM)
        wait_until("it to be not ready", lambda: plane.dataplane_admin.get("/readyz").status == 503)
        plane.dataplane.signal(signal.SIGINT)
        assert plane.dataplane.wait(5) != 0
    never.set()


def test_a_port_that_is_taken_is_said(plane, authority, backend):
    with socket.create_server(plane.https):
        plane.controller_script = contract.ScriptedController(plane.socket)
        plane.start_dataplane()
        session = plane.controller_script.accept()
        issued = authority.issue(NAME)
        session.send(contract.key_frame(issued))
        config = {"hosts": [contract.host(NAME, [contract.route("/", "backend")], "tls")],
                  "clusters": [contract.cluster("backend", backend.address)],
                  "certificates": [contract.certificate("tls", issued)]}
        session.send(contract.frame(contract.UPDATE, contract.canonical(contract.update(1, **config)).encode()))
        assert plane.dataplane.wait(10) == 1
    assert "--listen-https" in plane.dataplane.log()
    assert str(plane.https[1]) in plane.dataplane.log()
