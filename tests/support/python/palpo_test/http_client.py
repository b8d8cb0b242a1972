# SPDX-License-Identifier: Apache-2.0
"""A client that sends exactly the bytes it is given."""
import socket

from .http_wire import Reader, read_response
from .waiting import SCALE


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


class Client:
    """One connection. tls: an SSLContext, or None for plain text; server_name: SNI and the name to verify."""

    def __init__(self, address, tls=None, server_name=None, timeout=15.0, source=None):
        self.host = server_name
        self.sock = socket.create_connection(address, timeout=timeout * SCALE, source_address=source)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            try:
                self.sock = tls.wrap_socket(self.sock, server_hostname=server_name)
            except BaseException:
                self.sock.close()
                raise
        self.reader = Reader(self.sock)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        self.sock.close()

    def settimeout(self, seconds):
        self.sock.settimeout(seconds * SCALE)

    def certificate(self):
        """What the server showed, DER."""
        return self.sock.getpeercert(binary_form=True)

    def send(self, data):
        self.sock.sendall(as_bytes(data))

    def start(self, method, target, headers=(), body=None, host=None):
        """Sends a request; read() takes the answer."""
        lines = [as_bytes(method) + b" " + as_bytes(target) + b" HTTP/1.1"]
        names = {as_bytes(name).lower() for name, _ in headers}
        if b"host" not in names:
            lines.append(b"Host: " + as_bytes(host or self.host or "localhost"))
        lines += [as_bytes(name) + b": " + as_bytes(value) for name, value in headers]
        if body is not None and not names & {b"content-length", b"transfer-encoding"}:
            lines.append(b"Content-Length: %d" % len(body))
        self.method = as_bytes(method)
        self.send(b"\r\n".join(lines) + b"\r\n\r\n" + (body or b""))

    def read(self, method=None):
        return read_response(self.reader, method or getattr(self, "method", b"GET"))

    def request(self, method, target, headers=(), body=None, host=None):
        self.start(method, target, headers, body, host)
        return self.read()

    def get(self, target, headers=(), host=None):
        return self.request("GET", target, headers, host=host)

    def closed_by_peer(self):
        """Reads until the peer closes; what came before that. A reset counts as closed."""
        try:
            return self.reader.to_end()
        except ConnectionError:
            return self.reader.take(len(self.reader.buffer))


def fetch(address, target, method="GET", tls=None, server_name=None, host=None, headers=(), body=None, timeout=15.0):
    """One request on a connection of its own."""
    with Client(address, tls, server_name, timeout) as client:
        return client.request(method, target, headers, body, host)
