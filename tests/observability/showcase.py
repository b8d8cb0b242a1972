# SPDX-License-Identifier: Apache-2.0
"""Two pairs of programs where everything that operators look at happens: one on a directory, one on a scripted API server."""
import re
import ssl
import subprocess
import threading

from palpo_test import manifests, pki
from palpo_test.api_server import ApiServer
from palpo_test.backend import Backend
from palpo_test.http_client import Client
from palpo_test.http_wire import response_bytes
from palpo_test.ingress import Ingress
from palpo_test.waiting import wait_until

NAMESPACE = "fleet"
TARGET = "/_matrix/client/versions"
SYNC = "/_matrix/client/v3/sync?since=s1&timeout=100"
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def answer(exchange):
    if match := re.search(rb"code=(\d+)", exchange.request.target):
        return response_bytes(int(match[1]), {})
    return response_bytes(200, {"backend": exchange.backend.name})


def weak_certificate(authority, folder, name):
    """One that no data plane takes."""
    key = folder / "weak.key"
    subprocess.run(["openssl", "genrsa", "-out", key, "512"], check=True, capture_output=True)
    return authority.issue(name, key=key)


def homeserver(name, service, **more):
    return manifests.homeserver(name, f"{name}.test", service_name=service, secret=f"{name}-tls", namespace=NAMESPACE, **more)


def changing(number):
    return homeserver("changing", "up", wellKnown={"client": {"org.example.round": number}})


def fleet(backend, certificates):
    """A homeserver a state, all in one namespace; certificates: name -> certificate."""
    nowhere = ("127.0.0.1", 1)  # nobody listens there
    return [
        *[manifests.tls_secret(f"{name}-tls", issued, NAMESPACE) for name, issued in certificates.items()],
        *[manifests.service(name, namespace=NAMESPACE) for name in ("up", "two", "refused", "empty")],
        manifests.endpoint_slice("up", [backend.address], NAMESPACE),
        manifests.endpoint_slice("two", [backend.address, ("127.0.0.2", backend.port)], NAMESPACE),
        manifests.endpoint_slice("refused", [nowhere], NAMESPACE),
        homeserver("good", "up"), homeserver("failing", "up"), homeserver("orphan", "empty"), homeserver("expiring", "up"),
        homeserver("unreachable", "refused"), homeserver("weak", "up"), homeserver("bare", "up"),
        manifests.homeserver("rival", "good.test", service_name="up", secret="good-tls", namespace="other"),
        manifests.ingress("website", {"website.test": [manifests.ingress_path("/", "two")]}, NAMESPACE,
                          class_name=None, annotations={"kubernetes.io/ingress.class": "palpo"}),
    ]


class Showcase:
    def __init__(self, processes, folder, authority):
        self.tls = authority.client_context()
        self.backend = Backend("homeserver", address="0.0.0.0", script=answer)
        self.backend.address = ("127.0.0.1", self.backend.port)
        names = ("good", "failing", "orphan", "unreachable", "changing")
        certificates = self.certificates = {name: authority.issue(f"{name}.test", days=90) for name in names}
        certificates["expiring"] = authority.issue("expiring.test", days=3)
        certificates["weak"] = weak_certificate(authority, folder, "weak.test")
        made = fleet(self.backend, certificates)

        self.edge = Ingress(processes, folder / "edge", tls=self.tls, name="edge-")
        (folder / "edge/manifests").mkdir()
        self.edge.source = ["--source", f"dir:{folder / 'edge/manifests'}"]
        self.manifests = folder / "edge/manifests"
        manifests.write(self.manifests / "fleet.yaml", *made)
        (folder / "edge/manifests/broken.yaml").write_text("kind: [")

        self.api = ApiServer(folder / "api")
        self.api.put(manifests.ingress_class(), *made)
        self.cluster = Ingress(processes, folder / "cluster", tls=self.tls, name="cluster-")
        self.cluster.source = ["--kubeconfig", self.api.kubeconfig(folder / "kubeconfig")]
        self.pairs = {"edge": self.edge, "cluster": self.cluster}
        self._stop = threading.Event()
        self._threads = []
        self.rounds = 0
        self.failed = None  # what ended the load

    def start(self):
        for pair in self.pairs.values():
            pair.start_controller()
            pair.start_dataplane("--access-log", "json")
        for pair in self.pairs.values():
            pair.wait_ready()
        wait_until("the first in the election", lambda: self.cluster.controller_admin.metrics().total(
            "palpo_ingress_lease_leader") == 1)
        for pair in self.pairs.values():
            self.load(pair)  # once, so that whatever fails does so here
            thread = threading.Thread(target=self._keep_loading, args=(pair,), daemon=True, name="load")
            self._threads.append(thread)
            thread.start()
        return self

    def close(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
        self.api.stop()
        self.backend.close()

    def _keep_loading(self, pair):
        try:
            while not self._stop.is_set():
                self.load(pair)
                self.rounds += 1
        except Exception as error:  # pylint: disable=broad-except; the test that asks for it tells
            self.failed = error

    def change(self, pair):
        """Something that every data plane has to take."""
        if pair is self.edge:
            manifests.write(self.manifests / "changing.yaml", changing(self.rounds))
        else:
            self.api.put(changing(self.rounds))

    def load(self, pair):
        """A round of everything; every answer is as it should be."""
        self.change(pair)
        expected = {
            "good": [(TARGET, 200), (TARGET + "?code=404", 404), (SYNC, 200), ("/.well-known/matrix/client", 200)],
            "failing": [(TARGET + "?code=500", 500), (TARGET, 200)],
            "expiring": [(TARGET, 200)], "orphan": [(TARGET, 503)], "unreachable": [(TARGET, 503)],
        }
        for name, requests in expected.items():
            with Client(pair.https, self.tls, f"{name}.test") as client:
                for target, status in requests:
                    got = client.get(target, [("traceparent", TRACEPARENT)])
                    assert got.status == status, (name, target, got.status, got.body)
        with Client(pair.federation, self.tls, "good.test") as client:
            assert client.get("/_matrix/federation/v1/version").status == 200
        assert pair.get_plain("website.test", "/").status == 200
        with Client(pair.http) as client:
            assert client.get("/", host="nobody.test").status == 404
        for _ in range(4):
            self.fail_a_handshake(pair)

    @staticmethod
    def fail_a_handshake(pair):
        """By a host whose certificate is missing."""
        try:
            Client(pair.https, pki.insecure_context(), "bare.test").close()
        except (ssl.SSLError, OSError):
            return
        raise AssertionError("a host without a certificate was served by TLS")
