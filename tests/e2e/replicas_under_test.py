# SPDX-License-Identifier: Apache-2.0
"""Controllers that share a Lease, each with a data plane and an account of its own, so that the API server's audit says
who wrote what; and an author who never rests."""
import datetime
import itertools
import json
import re
import threading
from pathlib import Path

from palpo_test import manifests
from palpo_test.ingress import Ingress
from palpo_test.waiting import wait_until

# As short as client-go's rules allow whole seconds to be, and a busy machine needs.
QUICK = ("--lease-duration", "3s", "--renew-deadline", "2s", "--retry-period", "500ms")
WRITES = ("patch", "update", "create", "delete")


def moment(text):
    """Of the audit, in seconds."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Replica(Ingress):
    """One controller of several, and its data plane."""

    def __init__(self, cluster, processes, folder, trust, name, options, server=None):
        folder.mkdir()
        config = cluster.account(name, folder / "kubeconfig", server)
        super().__init__(processes, folder, ["--kubeconfig", config], trust, name=f"{name}-")
        self.cluster, self.user, self.options, self.lives = cluster, name, list(options), 0
        self.environment = {}

    def start_controller(self, *more, env=None):
        """Another identity every time: a new process is another candidate."""
        self.lives += 1
        self.identity = f"{self.user}-{self.lives}"
        return super().start_controller("--identity", self.identity, *self.options, *more,
                                        env={**self.environment, **(env or {})})

    def lease(self):
        return self.controller_admin.config()["lease"]

    def leads(self):
        return self.lease()["leading"]

    def wait_leading(self, timeout=20.0):
        wait_until(f"{self.user} to lead", self.leads, timeout)
        assert self.controller_admin.metrics().total("palpo_ingress_lease_leader") == 1

    def wait_following(self, leader):
        wait_until(f"{self.user} to know that {leader.user} leads",
                   lambda: not self.leads() and self.lease()["leader"] == leader.identity)
        assert self.controller_admin.metrics().total("palpo_ingress_lease_leader") == 0

    def writes(self):
        return self.cluster.writes(self.user)

    def wait_writes(self, count, timeout=20.0):
        goal = len(self.writes()) + count
        wait_until(f"{count} more writes of {self.user}", lambda: len(self.writes()) >= goal, timeout)

    def renewals(self):
        """When the API server took in what this account wrote into a Lease."""
        return [moment(entry["requestReceivedTimestamp"]) for entry in self.cluster.audit(self.user, leases=True)
                if entry["verb"] in ("create", "update") and entry["responseStatus"]["code"] < 300]

    def skew(self, seconds):
        """From its next start on the wall clock is ahead by that much; steady clocks are not touched."""
        library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        self.environment = {"LD_PRELOAD": str(library), "FAKETIME": f"{seconds:+d}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def received(entry):
    """Not a request of which the API server had the head alone when its connection was cut: a process that is stopped there
    cuts it when it goes on. Nothing can come of it, but the audit ends only then."""
    status = entry["responseStatus"]
    return not (status["code"] == 500 and re.search("connection reset by peer|unexpected EOF", status.get("message", "")))


def terms(*replicas):
    """Who wrote, one after the other, by the audit. No write of one begins before the last of another is over."""
    writes = [entry for replica in replicas for entry in replica.writes() if received(entry)]
    writes.sort(key=lambda entry: entry["requestReceivedTimestamp"])
    runs = []
    for user, run in itertools.groupby(writes, key=lambda entry: entry["user"]["username"]):
        run = list(run)
        if runs:
            last = max(runs[-1][1], key=lambda entry: entry["stageTimestamp"])
            assert last["stageTimestamp"] < run[0]["requestReceivedTimestamp"], json.dumps([last, run[0]])
        runs.append((user, run))
    return [user for user, _ in runs]


class Author:
    """Changes homeservers without a pause, so that a leader always has something to write."""

    def __init__(self, site, class_name, count=6):
        self.site, self.class_name, self.count = site, class_name, count
        self.changes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="author")

    def __enter__(self):
        self.write(*range(self.count))
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._stop.set()
        self._thread.join(30)

    def write(self, *numbers):
        self.changes += 1
        self.site.apply(*[manifests.homeserver(
            f"hs{number}", f"{number}.{self.site.server_name}", ingressClassName=self.class_name,
            wellKnown={"client": {"org.example.change": self.changes}}) for number in numbers])

    def _run(self):
        for number in itertools.cycle(range(self.count)):
            if self._stop.is_set():
                return
            try:
                self.write(number)
            except Exception:  # the API server may be away
                self._stop.wait(0.05)
