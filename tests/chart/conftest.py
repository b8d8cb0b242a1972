# SPDX-License-Identifier: Apache-2.0
"""The chart and what is made from it: rendered by Helm 3 and 4, held against schemas and a real kube-apiserver."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support/python"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "helm"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
# The scripts in helm/ are imported: nothing is to be left behind there.
sys.dont_write_bytecode = True

from palpo_test import kube, network  # noqa: E402
from palpo_test.fixtures import *  # noqa: E402,F401,F403
from palpo_test.processes import REPOSITORY  # noqa: E402

from rendering import Helm  # noqa: E402

RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}


def pytest_collection_finish(session):
    """What has to be built is, before the network is left behind."""
    if session.config.option.collectonly or not session.items:
        return
    session.config.palpo_tools = kube.tools_folder("chart")
    network.enter()


@pytest.fixture(scope="session")
def tools(pytestconfig):
    return pytestconfig.palpo_tools


@pytest.fixture(scope="session")
def helm4(tools, workdir):
    return Helm(tools / "helm", workdir / "helm4")


@pytest.fixture(scope="session")
def helm3(tools, workdir):
    return Helm(tools / "helm3", workdir / "helm3")


@pytest.fixture(scope="session", params=["helm4", "helm3"])
def helm(request):
    """Each of both."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def bare_cluster(session_processes, workdir, tools):
    """Nothing is installed in it but what Kubernetes brings."""
    return kube.ControlPlane(session_processes, workdir / "kube", tools).start()


@pytest.fixture(scope="session")
def cluster(bare_cluster):
    """With every definition that the chart's objects may need, and namespaces that enforce the restricted standard."""
    schemas = REPOSITORY / "tests/chart/schemas"
    bare_cluster.kubectl("apply", "--server-side", "-f", schemas, "-f", REPOSITORY / "crds")
    names = [f"crd/{path.stem}" for path in schemas.glob("*.yaml")] + ["crd/palpohomeservers.palpo.im"]
    bare_cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s", *names)
    for name in ("chart-test", "elsewhere", "monitoring", "matrix-a", "matrix-b"):
        bare_cluster.api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": RESTRICTED}})
    return bare_cluster
