# SPDX-License-Identifier: Apache-2.0
"""Integration: the real programs against scripted peers. No Kubernetes, no network beyond loopback."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support/python"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from palpo_test import contract, manifests, network  # noqa: E402
from palpo_test.backend import Backend  # noqa: E402
from palpo_test.fixtures import *  # noqa: E402,F401,F403
from palpo_test.ingress import Ingress  # noqa: E402

from api_under_test import api, by_token, followed, live  # noqa: E402,F401


def pytest_collection_finish(session):
    if session.config.option.collectonly or not session.items:
        return
    try:
        network.enter()
    except OSError:
        pass  # ports are then shared with the machine, which works as well


@pytest.fixture
def backend():
    with Backend() as made:
        yield made


@pytest.fixture
def make_backend():
    made = []

    def make(name="backend", **more):
        made.append(Backend(name, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def ingress(processes, folder, trust):
    """Not started; its controller follows the directory `ingress.manifests`."""
    made = Ingress(processes, folder, tls=trust)
    made.manifests = folder / "manifests"
    made.manifests.mkdir()
    made.source = ["--source", f"dir:{made.manifests}"]
    return made


@pytest.fixture
def served(ingress, backend, authority):
    """Started, with one homeserver of the name example.test on matrix.example.test."""
    write_homeserver(ingress, backend, authority)
    ingress.backend = backend
    return ingress.start()


def write_homeserver(ingress, backend, authority):
    issued = authority.issue("example.test", "matrix.example.test")
    manifests.write(ingress.manifests / "tls.yaml", manifests.tls_secret("homeserver-tls", issued))
    manifests.write(ingress.manifests / "service.yaml", manifests.service("homeserver"),
                    manifests.endpoint_slice("homeserver", [backend.address]))
    manifests.write(ingress.manifests / "homeserver.yaml",
                    manifests.homeserver("homeserver", "example.test", host="matrix.example.test"))


class DataPlane(Ingress):
    """A data plane whose controller the test plays itself."""

    def begin(self, authority, backend, names=("matrix.example.test",)):
        """Started, and serving the names from the backend. Returns the session."""
        self.issued = authority.issue(*names)
        self.controller_script = contract.ScriptedController(self.socket)
        self.start_dataplane("--drain-timeout", "10s")
        session = self.controller_script.accept()
        self.configuration = {
            "hosts": [contract.host(name, [contract.route("/", "backend", ("http", "https", "federation"))], "tls")
                      for name in names],
            "clusters": [contract.cluster("backend", backend.address)],
            "certificates": [contract.certificate("tls", self.issued)]}
        session.must_take(self.issued, **self.configuration)
        self.dataplane_admin.wait_ready()
        return session


@pytest.fixture
def plane(processes, folder, trust):
    made = DataPlane(processes, folder, tls=trust)
    made.controller_script = None
    yield made
    if made.controller_script:
        made.controller_script.close()
