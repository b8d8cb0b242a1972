# SPDX-License-Identifier: Apache-2.0
"""Label "cluster": the chart on a real cluster of one node, with images that are built here. Needs root and namespaces; elsewhere
every test is skipped and says why. One cluster a session; a failed test shows what its pods logged."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support/python"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from palpo_test.fixtures import *  # noqa: E402,F401,F403

import cluster as cluster_under_test  # noqa: E402
import images  # noqa: E402
from release import NAMESPACE, Release, Site  # noqa: E402

_running = None


def pytest_collection_modifyitems(items):
    reason = cluster_under_test.why_not()
    if reason:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed and _running is not None:
        for what in (["get", "pods", "-A", "-o", "wide"], ["get", "events", "-A", "--sort-by=.lastTimestamp"],
                     ["logs", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=palpo-ingress", "--all-containers", "--prefix",
                      "--tail=40"]):
            report.sections.append((" ".join(what), _running.kubectl(*what, check=False).stdout[-6000:]))


@pytest.fixture(scope="session")
def ingress_images():
    """Two releases: tag -> archive. What differs is the revision, and so the digest."""
    return {"v1": images.build("ingress", "v1", "v1"), "v2": images.relabelled("v1", "v2")}


@pytest.fixture(scope="session")
def cluster(ingress_images, tmp_path_factory):
    global _running
    homeserver = images.build("homeserver")
    folder = os.environ.get("PALPO_CLUSTER") or images.BUILD / "cluster-under-test"
    _running = cluster_under_test.Cluster(folder).up()
    _running.load(homeserver, *ingress_images.values())
    yield _running
    _running.down()
    _running = None


@pytest.fixture(scope="module")
def release(cluster):
    """Installed once per module; whatever a test did to it goes with it."""
    installed = Release(cluster)
    installed.install("v1")
    yield installed
    installed.helm("uninstall", "palpo-ingress", "--wait", timeout=180)
    cluster.kubectl("delete", "crd", "palpohomeservers.palpo.im", "--ignore-not-found")


@pytest.fixture(scope="module")
def site(cluster, release, authority):
    made = Site(cluster, authority)
    made.create()
    yield made
    made.delete()
