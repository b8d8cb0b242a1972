# SPDX-License-Identifier: Apache-2.0
"""The socket between the two programs, spoken by hand: well-formed and not."""
import json
import socket
import struct

from .waiting import SCALE

HELLO, WELCOME, KEY, UPDATE, ACK, NACK, PING, PONG, RECALL, RECALLED = range(1, 11)
NAMES = dict(zip(range(1, 11), ("hello", "welcome", "key", "update", "ack", "nack", "ping", "pong", "recall",
                               "recalled")))


def frame(kind, payload=b""):
    if isinstance(payload, dict):
        payload = json.dumps(payload, separators=(",", ":")).encode()
    return struct.pack(">IB", len(payload), kind) + payload


def hello(version=None, key_ids=(), protocol=1, release="test"):
    return frame(HELLO, {"protocol": protocol, "release": release, "version": version, "key_ids": list(key_ids)})


def welcome(protocol=1, release="test"):
    return frame(WELCOME, {"protocol": protocol, "release": release})


class Peer:
    """One end of the socket."""

    def __init__(self, sock, timeout=15.0):
        self.sock = sock
        self.sock.settimeout(timeout * SCALE)

    @classmethod
    def dial(cls, path, timeout=15.0):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout * SCALE)
        sock.connect(str(path))
        return cls(sock, timeout)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def receive(self):
        """(kind, payload) of the next frame that is no ping; pings are answered. None: closed."""
        while True:
            header = self._exactly(5)
            if header is None:
                return None
            size, kind = struct.unpack(">IB", header)
            payload = self._exactly(size)
            if kind == PING:
                self.send(frame(PONG))
            elif kind != PONG:
                return kind, payload

    def receive_json(self, kind):
        got = self.receive()
        assert got is not None, f"closed instead of a {NAMES[kind]}"
        assert got[0] == kind, f"{NAMES.get(got[0], got[0])} instead of {NAMES[kind]}: {got[1][:200]!r}"
        return json.loads(got[1])

    def wait_closed(self):
        """Reads on until the other side closes."""
        try:
            while self.sock.recv(65536):
                pass
        except ConnectionError:
            pass

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                more = self.sock.recv(count - len(data))
            except ConnectionError:
                return None
            if not more:
                return None
            data += more
        return data


class FakeController:
    """Listens where a data plane dials."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        path.chmod(0o600)
        self.listener.listen(8)

    def accept(self, timeout=15.0):
        self.listener.settimeout(timeout * SCALE)
        sock, _ = self.listener.accept()
        return Peer(sock, timeout)

    def close(self):
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
