# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 messages as bytes. Reads from a socket and keeps the exact bytes that came."""
import json
from dataclasses import dataclass, field


class Closed(ConnectionError):
    """The peer closed the connection in the middle of a message, or before one."""


class Reader:
    """A socket with a buffer."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Closed(f"closed after {len(self.buffer)} bytes of a message: {self.buffer[:200]!r}")
        self.buffer += data

    def until(self, mark):
        start = 0
        while True:
            end = self.buffer.find(mark, start)
            if end >= 0:
                return self.take(end + len(mark))
            start = max(0, len(self.buffer) - len(mark))
            self._more()

    def exactly(self, count):
        while len(self.buffer) < count:
            self._more()
        return self.take(count)

    def to_end(self):
        while True:
            try:
                self._more()
            except Closed:
                return self.take(len(self.buffer))

    def take(self, count):
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def chunked(self):
        """The decoded body and the raw bytes, trailers included."""
        body, raw = b"", b""
        while True:
            line = self.until(b"\r\n")
            size = int(line.split(b";")[0], 16)
            raw += line
            if size == 0:
                while True:
                    trailer = self.until(b"\r\n")
                    raw += trailer
                    if trailer == b"\r\n":
                        return body, raw
            data = self.exactly(size + 2)
            raw += data
            body += data[:-2]


@dataclass
class Message:
    head: bytes  # exact, up to and including the empty line
    headers: list = field(default_factory=list)  # (name, value) as sent, text in latin-1
    body: bytes = b""
    raw_body: bytes = b""

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        """The one value; None: absent. Two of a kind are an error of the test's subject."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} occurs {len(values)} times: {values}"
        return values[0] if values else None

    def has_token(self, name, token):
        tokens = [part.strip().lower() for value in self.all(name) for part in value.split(",")]
        return token in tokens

    def json(self):
        return json.loads(self.body)

    def first_line(self):
        return self.head.split(b"\r\n", 1)[0]


@dataclass
class Request(Message):
    method: bytes = b""
    target: bytes = b""
    version: bytes = b""


@dataclass
class Response(Message):
    status: int = 0


def parse_headers(head):
    headers = []
    for line in head.split(b"\r\n")[1:]:
        if line:
            name, _, value = line.partition(b":")
            headers.append((name.decode("latin-1"), value.strip(b" \t").decode("latin-1")))
    return headers


def read_request(reader, send=None):
    """send: to answer an expectation with."""
    head = reader.until(b"\r\n\r\n")
    method, target, version = head.split(b"\r\n", 1)[0].split(b" ")
    request = Request(head, parse_headers(head), method=method, target=target, version=version)
    if send and request.has_token("Expect", "100-continue"):
        send(b"HTTP/1.1 100 Continue\r\n\r\n")
    if request.has_token("Transfer-Encoding", "chunked"):
        request.body, request.raw_body = reader.chunked()
    elif length := request.header("Content-Length"):
        request.body = request.raw_body = reader.exactly(int(length))
    return request


def read_response(reader, method=b"GET"):
    """Skips informational answers."""
    while True:
        head = reader.until(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        response = Response(head, parse_headers(head), status=status)
        if status < 200 and status != 101:
            continue
        if method == b"HEAD" or status in (101, 204, 304):
            return response
        if response.has_token("Transfer-Encoding", "chunked"):
            response.body, response.raw_body = reader.chunked()
        elif (length := response.header("Content-Length")) is not None:
            response.body = response.raw_body = reader.exactly(int(length))
        else:
            response.body = response.raw_body = reader.to_end()
        return response


def response_bytes(status=200, body=b"", content_type="application/json", headers=()):
    """An answer with Content-Length."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    if isinstance(body, str):
        body = body.encode()
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}", f"Content-Type: {content_type}",
             f"Content-Length: {len(body)}", *[f"{name}: {value}" for name, value in headers]]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


_REASONS = {200: "OK", 201: "Created", 204: "No Content", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
            410: "Gone", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
