# SPDX-License-Identifier: Apache-2.0
"""The certificates of deploy/compose: a real certbot obtains one from a real ACME server (Pebble) through the ingress' port 80, and
renews it, while both programs run on."""
import json
import signal
import ssl

import pytest
from palpo_test import network
from palpo_test.http_client import Client, fetch
from palpo_test.load import Load
from palpo_test.processes import REPOSITORY
from palpo_test.waiting import wait_until

COMPOSE = REPOSITORY / "deploy/compose"
NAMES = ("example.com", "matrix.example.com")


class Authority:
    """Pebble, and a name server for which every name is this machine."""

    def __init__(self, processes, folder, authority, http_port):
        self.trust = authority
        certificate = authority.issue("localhost", ips=["127.0.0.1"])
        self.port, self.management, dns, names = (network.free_port() for _ in range(4))
        config = folder / "pebble.json"
        config.write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(certificate.cert), "privateKey": str(certificate.key), "httpPort": http_port, "tlsPort": 1,
            "certificateValidityPeriod": 86400}}))  # less than a month: due at once
        self.names = processes.start("names", ["pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01",
                                               f"127.0.0.1:{dns}", "-http01", "", "-https01", "", "-tlsalpn01", "",
                                               "-management", f"127.0.0.1:{names}"])
        self.process = processes.start("pebble", ["pebble", "-config", config, "-dnsserver", f"127.0.0.1:{dns}"],
                                       env={"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"})
        wait_until("Pebble to answer", lambda: self.get(self.port, "/dir").status == 200)

    def get(self, port, path):
        self.process.require_running()
        self.names.require_running()
        return fetch(("127.0.0.1", port), path, tls=self.trust.client_context(), server_name="localhost")

    def client_context(self):
        """Trusts what it issues."""
        return ssl.create_default_context(cadata=self.get(self.management, "/roots/0").body.decode())


@pytest.fixture
def pebble(processes, folder, authority, ingress):
    return Authority(processes, folder, authority, ingress.http[1])


@pytest.fixture
def challenges(ingress, backend):
    """The manifests of deploy/compose, with the backend in place of its container; the port of challenges."""
    for path in (COMPOSE / "manifests").iterdir():
        text = path.read_text().replace("externalName: palpo", "externalName: localhost").replace("8008", str(backend.port))
        (ingress.manifests / path.name).write_text(text)
    return network.free_port()


def obtain(processes, folder, ingress, pebble, port, **more):
    output = ingress.manifests / "certificates"
    output.mkdir(exist_ok=True)
    environment = {"NAMES": " ".join(NAMES), "EMAIL": "operator@example.com", "SECRET": "palpo-tls", "OUTPUT": str(output),
                   "STATE": str(folder / "acme"), "ACME_SERVER": f"https://localhost:{pebble.port}/dir", "PORT": str(port), "ADDRESS": "localhost",
                   "REQUESTS_CA_BUNDLE": str(pebble.trust.cert), **more}
    return processes.start("certificates", [COMPOSE / "certificates/obtain.sh"], env=environment)


def serial(ingress, context):
    """Of the certificate that a client is shown, once it verifies for both names."""
    serials = set()
    for name in NAMES:
        with Client(ingress.https, context, name) as client:
            serials.add(client.sock.getpeercert()["serialNumber"])
    assert len(serials) == 1
    return serials.pop()


def test_a_certificate_is_obtained_and_renewed(processes, folder, ingress, pebble, challenges):
    ingress.start()
    keeper = obtain(processes, folder, ingress, pebble, challenges)
    trust = pebble.client_context()
    first = wait_until("the first certificate", lambda: serial(ingress, trust), 60)
    assert fetch(ingress.https, "/_matrix/client/versions", tls=trust, server_name=NAMES[1]).json() == {"backend": "backend"}
    with Load(ingress.https, "/_matrix/client/versions", trust, NAMES[1], threads=1) as load:
        keeper.signal(signal.SIGHUP)
        wait_until("the next certificate", lambda: serial(ingress, trust) != first, 60)
        load.wait_for_more()
    secret = ingress.manifests / "certificates/palpo-tls.yaml"
    assert secret.stat().st_mode & 0o007 == 0, "the key is readable by everybody"
    assert keeper.terminate() == 0


def test_a_failure_is_told_and_tried_again(processes, folder, ingress, pebble, challenges):
    """The challenge is not reachable, because nobody serves port 80; then somebody does."""
    keeper = obtain(processes, folder, ingress, pebble, challenges, RETRY_SECONDS="600")
    keeper.wait_for_log("no certificate for example.com matrix.example.com; trying again in 600 seconds", 60)
    assert not (ingress.manifests / "certificates/palpo-tls.yaml").exists()
    ingress.start()
    keeper.signal(signal.SIGHUP)
    trust = pebble.client_context()
    wait_until("the certificate", lambda: serial(ingress, trust), 60)
    assert keeper.terminate() == 0
