# SPDX-License-Identifier: Apache-2.0
"""Requests that go on while a test changes something. Every one that is not answered as expected is a failure."""
import threading
import time

from .http_client import Client
from .waiting import wait_until


class Load:
    """threads: each sends one request after the other; a new connection (and handshake) every `per_connection`.

    expect(response) says whether an answer is right; the default takes 200.
    """

    def __init__(self, address, target, tls=None, server_name=None, threads=2, per_connection=10, expect=None,
                 host=None, timeout=10.0):
        self.address, self.target, self.tls, self.server_name = address, target, tls, server_name
        self.per_connection, self.host, self.timeout = per_connection, host, timeout
        self.expect = expect or (lambda response: response.status == 200)
        self.done = 0
        self.failures = []
        self.seen = {}  # body -> how often
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True, name="load") for _ in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self.wait_for_more(len(self._threads) * 5)
        return self

    def __exit__(self, kind, *unused):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
        if kind is None:
            self.assert_clean()

    def wait_for_more(self, count=20, timeout=30.0):
        """Until that many more requests, begun after now, have been answered."""
        # One request per thread may have begun before now.
        goal = self.done + count + len(self._threads)
        wait_until(f"{count} more requests of the load", lambda: self.done >= goal or self.failures, timeout)
        self.assert_clean()

    def assert_clean(self):
        with self._lock:
            assert not self.failures, f"{len(self.failures)} of {self.done} requests failed: {self.failures[:5]}"
        assert self.done > 0, "the load sent nothing"

    def _run(self):
        while not self._stop.is_set():
            try:
                with Client(self.address, self.tls, self.server_name, self.timeout) as client:
                    for _ in range(self.per_connection):
                        if self._stop.is_set():
                            return
                        response = client.get(self.target, host=self.host)
                        self._count(response)
                        if response.has_token("Connection", "close"):
                            break
            except Exception as error:  # pylint: disable=broad-except; whatever went wrong is the finding
                self._fail(f"{type(error).__name__}: {error}")

    def _count(self, response):
        right = self.expect(response)
        with self._lock:
            self.done += 1
            self.seen[response.body] = self.seen.get(response.body, 0) + 1
        if not right:
            self._fail(f"{response.status} {response.body[:200]!r}")

    def _fail(self, what):
        with self._lock:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")
