# SPDX-License-Identifier: Apache-2.0
"""Observability: metrics, alerts, dashboards and access log of the real programs. No Kubernetes, no network beyond loopback."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support/python"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from palpo_test import network  # noqa: E402
from palpo_test.backend import Backend  # noqa: E402
from palpo_test.fixtures import *  # noqa: E402,F401,F403
from palpo_test.ingress import Ingress  # noqa: E402

import registry  # noqa: E402
from showcase import Showcase  # noqa: E402


def pytest_collection_finish(session):
    if session.config.option.collectonly or not session.items:
        return
    try:
        network.enter()
    except OSError:
        pass  # ports are then shared with the machine, which works as well


@pytest.fixture(scope="session")
def families():
    """Name -> what the programs say of that family of metrics."""
    return registry.read()


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


@pytest.fixture(scope="session")
def showcase(session_processes, workdir, authority):
    """Under load until the end of the session."""
    folder = workdir / "showcase"
    folder.mkdir()
    made = Showcase(session_processes, folder, authority)
    yield made.start()
    made.close()
