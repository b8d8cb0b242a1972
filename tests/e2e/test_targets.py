# SPDX-License-Identifier: Apache-2.0
"""Requests reach the backend byte for byte, with the headers a proxy adds and none it must not pass on."""
import socket

import pytest
from palpo_test.http_client import Client
from palpo_test.http_wire import response_bytes

PREFIX = "/_matrix/client/v3/x"
HARD = {
    "encoded slash upper": "/a%2Fb",
    "encoded slash lower": "/a%2fb",
    "encoded hash": "/%23room:example.org",
    "encoded tilde": "/%7Euser",
    "tilde": "/~user",
    "double slash": "//a",
    "double slash inside": "/a//b",
    "dot segment": "/./a",
    "dot dot segment": "/a/../b",
    "encoded dots": "/a/%2e%2e/b",
    "encoded dots upper": "/a/%2E%2E/b",
    "trailing dots": "/a/..",
    "semicolon": "/a;b=c",
    "sub-delimiters": "/!$'()*,",
    "ampersand, equals, plus": "/&=+",
    "room and event": "/rooms/!r:h/event/$ab%2Fcd%2Be",
    "unreserved escaped": "/%61%2D%5f",
    "bad escape": "/%zz%",
    "encoded nul": "/%00",
    "encoded percent": "/%25%32%46",
    "empty query": "/a?",
    "two question marks": "/a?b?c",
    "empty parameters": "/a?&&x&&=",
    "trailing slash": "/a/",
    "delimiters raw": "/a\"<>^`{|}b",
    "bytes above ascii": "/\xe9\xff",
    "utf-8": "/\xc3\xbc",
    "at and colon": "/@alice:example.org",
    "backslash": "/a\\b",
    "all in a query": "/a?x=%2F%2f%23%7E//./../%2e%2e;?&=+~!$'()*,@:[]{}|\\^`<>\"%zz",
    "long": "/" + "%2F" * 1000,
}


@pytest.fixture(scope="module")
def backend(shared_site):
    return shared_site.complete()


@pytest.mark.parametrize("rest", HARD.values(), ids=HARD.keys())
def test_the_target_arrives_byte_for_byte(shared_site, ingress, backend, rest):
    target = (PREFIX + rest).encode("latin-1")
    with ingress.client(shared_site.host) as client:
        response = client.get(target)
    assert response.status == 200, response.body
    assert backend.last().first_line() == b"GET " + target + b" HTTP/1.1"


@pytest.mark.parametrize("rest", ["/a%2Fb//../%2e%2e;?&=+~!$'()*,", "/send/%24txn%3A1?ver=1&ver=2&"])
def test_so_it_does_on_the_federation_listener(shared_site, ingress, backend, rest):
    target = b"/_matrix/federation/v1" + rest.encode()
    with ingress.federation_client(shared_site.server_name) as client:
        assert client.get(target).status == 200
    assert backend.last().first_line() == b"GET " + target + b" HTTP/1.1"


def test_the_headers_a_backend_gets(shared_site, ingress, backend):
    sent = [("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "7.7.7.7"), ("X-Forwarded-Proto", "http"),
            ("Forwarded", "for=8.8.8.8"), ("X-Real-IP", "9.9.9.9"), ("Connection", "keep-alive, X-Secret-Hop"),
            ("X-Secret-Hop", "1"), ("Keep-Alive", "timeout=5"), ("Proxy-Connection", "keep-alive"), ("TE", "trailers"),
            ("Authorization", "Bearer tok en"), ("X-Kept", "a, b"),
            ("Upgrade", "nonsense/1")]
    with ingress.client(shared_site.host) as client:
        address = client.sock.getsockname()[0]
        client.request("GET", PREFIX, sent, host=f"{shared_site.host}:443")
    got = backend.last()
    assert got.all("X-Forwarded-For") == [address]
    assert got.all("X-Forwarded-Proto") == ["https"]
    assert got.all("Host") == [f"{shared_site.host}:443"]
    assert got.header("Authorization") == "Bearer tok en"
    assert got.header("X-Kept") == "a, b"
    assert len(got.header("X-Request-Id")) >= 8
    for hop in ("X-Secret-Hop", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade", "Forwarded",
                "X-Real-IP"):
        assert got.all(hop) == [], hop
    assert "x-secret-hop" not in " ".join(got.all("Connection")).lower()


def test_request_ids_differ(shared_site, ingress, backend):
    ids = set()
    with ingress.client(shared_site.host) as client:
        for _ in range(5):
            client.get(PREFIX)
            ids.add(backend.last().header("X-Request-Id"))
    assert len(ids) == 5


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("size", [0, 1, 100_000, 5_000_000])
def test_request_bodies_arrive_whole(shared_site, ingress, backend, framing, size):
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    with ingress.client(shared_site.host, timeout=60) as client:
        if framing == "length":
            response = client.request("POST", PREFIX, [], body)
        else:
            pieces = [body[at:at + 30_000] for at in range(0, len(body), 30_000)]
            data = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
            response = client.request("POST", PREFIX, [("Transfer-Encoding", "chunked")], data)
    assert response.status == 200
    assert backend.last().body == body


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_response_bodies_arrive_whole(shared_site, ingress, backend, framing):
    body = bytes(range(256)) * 12_000
    previous = backend.script

    def answer(exchange):
        if framing == "length":
            return response_bytes(200, body, "application/octet-stream")
        if framing == "chunked":
            pieces = [body[at:at + 50_000] for at in range(0, len(body), 50_000)]
            return (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n")
        exchange.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body)
        exchange.connection.shutdown(socket.SHUT_WR)
        return None

    backend.script = answer
    try:
        response = ingress.get(shared_site.host, PREFIX, timeout=60)
    finally:
        backend.script = previous
    assert response.status == 200
    assert response.body == body


@pytest.mark.parametrize("status, headers, body", [
    (502, [("X-App", "1")], b'{"errcode":"M_TOO_LARGE","error":"from the application"}'),
    (504, [], b'{"errcode":"M_NOT_YET_UPLOADED","error":"wait"}'),
    (404, [("Access-Control-Allow-Origin", "https://only.example")], b"{}"),
    (200, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], b"{}"),
    (302, [("Location", "https://elsewhere.example/a%2Fb?x=%20")], b""),
])
def test_answers_of_the_backend_are_not_touched(shared_site, ingress, backend, status, headers, body):
    previous = backend.script
    backend.script = lambda exchange: response_bytes(status, body, headers=headers)
    try:
        response = ingress.get(shared_site.host, PREFIX)
    finally:
        backend.script = previous
    assert (response.status, response.body) == (status, body)
    for name in {name for name, _ in headers}:
        assert response.all(name) == [value for key, value in headers if key == name]
    assert len(response.all("Access-Control-Allow-Origin")) <= 1


@pytest.mark.parametrize("document", ["server", "client"])
def test_well_known_methods(shared_site, ingress, backend, document):
    path = f"/.well-known/matrix/{document}"
    name = shared_site.server_name
    got = ingress.get(name, path)
    head = ingress.get(name, path, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.header("Content-Length") == str(len(got.body))
    options = ingress.get(name, path, method="OPTIONS")
    assert options.status in (200, 204)
    assert options.header("Access-Control-Allow-Origin") == "*"
    assert "GET" in options.header("Access-Control-Allow-Methods")
    assert "Authorization" in options.header("Access-Control-Allow-Headers")
    post = ingress.get(name, path, method="POST", body=b"{}")
    assert post.status == 405
    longer = ingress.get(name, path + "/")
    assert longer.status == 404


def test_plain_requests_are_sent_to_https(shared_site, ingress, backend):
    before = len(backend.requests)
    response = ingress.get_plain(shared_site.host, "/_matrix/client/a%2Fb?x=%20&y=;")
    assert response.status == 308
    assert response.header("Location") == f"https://{shared_site.host}/_matrix/client/a%2Fb?x=%20&y=;"
    assert len(backend.requests) == before


def test_a_connection_serves_many_requests(shared_site, ingress, backend):
    with ingress.client(shared_site.host) as client:
        for number in range(50):
            assert client.get(f"{PREFIX}/{number}").status == 200
    targets = [request.target for request in backend.requests[-50:]]
    assert targets == [f"{PREFIX}/{number}".encode() for number in range(50)]


def test_pipelined_requests_are_answered_in_order(shared_site, ingress, backend):
    backend_script, backend.script = backend.script, lambda exchange: response_bytes(
        200, {"target": exchange.request.target.decode()})
    try:
        with ingress.client(shared_site.host) as client:
            client.send(b"".join(b"GET %s/%d HTTP/1.1\r\nHost: %s\r\n\r\n"
                                 % (PREFIX.encode(), number, shared_site.host.encode()) for number in range(8)))
            for number in range(8):
                assert client.read("GET").json() == {"target": f"{PREFIX}/{number}"}
    finally:
        backend.script = backend_script


def test_absolute_form_becomes_origin_form(shared_site, ingress, backend):
    with ingress.client(shared_site.host) as client:
        client.send(f"GET https://{shared_site.host}{PREFIX}/%21a HTTP/1.1\r\nHost: {shared_site.host}\r\n\r\n")
        assert client.read().status == 200
    assert backend.last().target == f"{PREFIX}/%21a".encode()


def test_a_host_nobody_serves_is_misdirected(shared_site, ingress, backend):
    with Client(ingress.https, ingress.tls, shared_site.host) as client:
        response = client.get("/_matrix/client/versions", host="nobody.test")
    assert response.status == 421
    assert response.json()["errcode"] == "M_UNRECOGNIZED"
