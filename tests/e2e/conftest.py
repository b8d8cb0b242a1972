# SPDX-License-Identifier: Apache-2.0
"""End to end: a real etcd and kube-apiserver, both programs, real TLS. One control plane and one ingress a session."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support/python"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from palpo_test import kube, manifests, network  # noqa: E402
from palpo_test.fixtures import *  # noqa: E402,F401,F403
from palpo_test.ingress import Ingress  # noqa: E402
from palpo_test.processes import REPOSITORY, program  # noqa: E402

from site_under_test import Site  # noqa: E402

PUBLISHED_ADDRESSES = ["10.77.200.1", "ingress.example.test"]


def pytest_configure(config):
    config.addinivalue_line("markers", "homeserver: needs Synapse from PyPI (-m 'not homeserver' leaves it out)")


def pytest_collection_finish(session):
    """What has to be fetched or built is, before the network is left behind."""
    if session.config.option.collectonly or not session.items:
        return
    for name in ("palpo-ingress-controller", "palpo-ingress-dataplane"):
        program(name)
    session.config.palpo_tools = kube.tools_folder()
    if any("homeserver_installed" in item.fixturenames for item in session.items):
        import synapse_under_test

        synapse_under_test.install()
    network.enter()


@pytest.fixture(scope="session")
def cluster(session_processes, workdir, pytestconfig):
    plane = kube.ControlPlane(session_processes, workdir / "kube", pytestconfig.palpo_tools).start()
    plane.kubectl("apply", "-f", REPOSITORY / "crds")
    plane.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd/palpohomeservers.palpo.im")
    plane.api.apply(manifests.ingress_class())
    return plane


@pytest.fixture(scope="session")
def ingress(cluster, session_processes, workdir, trust):
    """Follows the cluster for the whole session. A test that stops a part of it starts it again."""
    config = cluster.controller_kubeconfig(workdir / "controller.kubeconfig")
    addresses = [part for address in PUBLISHED_ADDRESSES for part in ("--publish-address", address)]
    under_test = Ingress(session_processes, workdir / "ingress", ["--kubeconfig", config], trust,
                         address="10.77.250.1", ports=(80, 443, 8448))
    under_test.publish = addresses
    return under_test.start(*addresses)


_namespaces = 0


def _site(cluster, ingress, authority, name):
    global _namespaces
    _namespaces += 1
    return Site(cluster, ingress, authority, f"{name}-{_namespaces}")


@pytest.fixture
def site(cluster, ingress, authority):
    """A namespace of the test's own, and what it takes to put a homeserver there."""
    made = _site(cluster, ingress, authority, "site")
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared_site(cluster, ingress, authority):
    """For the tests of a module that only send requests."""
    made = _site(cluster, ingress, authority, "shared")
    yield made
    made.close()


@pytest.fixture
def new_site(cluster, ingress, authority):
    """Makes further sites."""
    sites = []

    def make():
        sites.append(_site(cluster, ingress, authority, "more"))
        return sites[-1]

    yield make
    for one in sites:
        one.close()
