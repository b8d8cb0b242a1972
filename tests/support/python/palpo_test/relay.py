# SPDX-License-Identifier: Apache-2.0
"""A TCP path that can break: what is on it then never arrives."""
import selectors
import socket
import threading

from .backend import close_listener


class Relay:
    """Passes bytes on, both ways, until cut(). Until mend() connections are neither answered nor refused."""

    def __init__(self, target):
        self.target = target
        self._lock = threading.Lock()
        self._whole = threading.Event()
        self._whole.set()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True, name="relay").start()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.address[1]}"

    def cut(self):
        """Silence: nobody is told that the path is gone."""
        self._whole.clear()

    def mend(self):
        """For new connections; those from before are reset, and what they had on the way is gone."""
        with self._lock:
            for connection in self._open:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                connection.close()
            self._open.clear()
        self._whole.set()

    def close(self):
        close_listener(self._listener)
        self.mend()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        self._whole.wait()
        try:
            far = socket.create_connection(self.target)
        except OSError:
            near.close()
            return
        with self._lock:
            self._open |= {near, far}
        try:
            self._pass_on(near, far)
        except (OSError, ValueError):  # closed by mend()
            pass
        finally:
            with self._lock:
                self._open -= {near, far}
            near.close()
            far.close()

    def _pass_on(self, near, far):
        with selectors.DefaultSelector() as ready:
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            while True:
                for key, _ in ready.select(0.1):
                    data = key.fileobj.recv(65536)
                    if not self._whole.is_set():
                        self._stand_still(near)
                        return
                    if not data:
                        return
                    key.data.sendall(data)

    def _stand_still(self, near):
        """Until mend() closes the sockets."""
        self._whole.wait()
        near.fileno()
