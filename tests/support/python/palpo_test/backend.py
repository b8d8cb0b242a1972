# SPDX-License-Identifier: Apache-2.0
"""A scripted homeserver: answers as it is told and keeps the exact bytes of every request."""
import socket
import threading

from .http_wire import Closed, Reader, read_request, response_bytes
from .waiting import wait_until


class Exchange:
    """One request with its connection, as a script sees it."""

    def __init__(self, backend, connection, number, request):
        self.backend = backend
        self.connection = connection  # the socket
        self.number = number          # of the connection, from 0
        self.request = request

    def send(self, data):
        self.connection.sendall(data)


class Backend:
    """Threads: one that accepts, one per connection. `script` may be replaced at any time.

    script(exchange) returns the bytes to answer with, or None when it has answered by itself and the connection is to
    be closed.
    """

    def __init__(self, name="backend", address="127.0.0.1", port=0, script=None):
        self.name = name
        self.script = script or self.answer_ok
        self.exchanges = []
        self.connections = 0
        self._open = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server((address, port), backlog=512)
        self.address = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True, name=f"backend {name}").start()

    @property
    def port(self):
        return self.address[1]

    @property
    def requests(self):
        with self._lock:
            return [exchange.request for exchange in self.exchanges]

    def answer_ok(self, exchange):
        return response_bytes(200, {"backend": self.name})

    def clear(self):
        with self._lock:
            self.exchanges.clear()

    def wait_for(self, count, timeout=15.0):
        wait_until(f"{count} requests at {self.name}", lambda: len(self.exchanges) >= count, timeout)
        return self.requests

    def last(self):
        assert self.exchanges, f"{self.name} got no request"
        return self.requests[-1]

    def close(self):
        """Stops listening and drops every connection."""
        close_listener(self._listener)
        self.drop_connections()

    def drop_connections(self):
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                number = self.connections
                self.connections += 1
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection, number):
        reader = Reader(connection)
        try:
            while True:
                request = read_request(reader, connection.sendall)
                exchange = Exchange(self, connection, number, request)
                with self._lock:
                    self.exchanges.append(exchange)
                answer = self.script(exchange)
                if answer is None:
                    return
                connection.sendall(answer)
        except (Closed, OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


def close_listener(listener):
    """Also while a thread waits in accept(), which alone would keep it listening."""
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    listener.close()


def held(event, answer=None):
    """A script for long polls: answers when the event is set."""

    def script(exchange):
        event.wait()
        return answer or response_bytes(200, {"backend": exchange.backend.name})

    return script
