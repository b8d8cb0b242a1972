# SPDX-License-Identifier: Apache-2.0
"""What the ingress goes through while short requests, long polls, uploads and WebSockets run: not one wrong answer wherever it
alone is at fault. Writes the table of docs/reliability.md into build/test-results/reliability.md.
"""
import json
import signal
import subprocess
import time
from pathlib import Path

import pytest
from palpo_test import manifests
from palpo_test.waiting import wait_until

import reliability
from cluster import container_status
from release import NAME, NAMESPACE, digest_of, served_certificate

HERE = Path(__file__).parent


class Traffic:
    """traffic.py in the cluster's network, against the release's Service."""

    def __init__(self, cluster, release, site, ca, report):
        self.report = report
        self.process = cluster.start_inside("python3", "-u", HERE / "traffic.py", "--address", release.address, "--host", site.host,
                                            "--ca", ca, "--report", report)
        assert self.process.stdout.readline() == "running\n"

    def end(self):
        """What became of it: {kind: {"sent", "wrong", "worst", "reopened"}}."""
        self.process.send_signal(signal.SIGTERM)
        try:
            output, _ = self.process.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert self.process.returncode == 0, output
        return json.loads(Path(self.report).read_text())


@pytest.fixture
def traffic(cluster, release, site, authority, folder):
    """Runs while the test makes its change; settle() ends it and judges."""
    release.wait_ready(2)
    running = Traffic(cluster, release, site, authority.cert, folder / "report.json")
    time.sleep(3)  # traffic before the change, as well
    yield Judge(running)
    running.process.kill()
    running.process.wait()


class Judge:
    def __init__(self, running):
        self.running = running

    def settle(self, row, tolerated=()):
        """tolerated: kinds that may lose what was under way in a process that was killed."""
        time.sleep(4)  # and traffic after it
        result = self.running.end()
        reliability.record(row, result)
        for kind, found in result.items():
            assert found["sent"] > 0, f"no {kind} was sent"
            if kind not in tolerated:
                assert not found["wrong"], f"{kind}: {len(found['wrong'])} of {found['sent']}: {found['wrong'][:5]}"
        return result


def test_rolling_upgrade(traffic, release):
    release.upgrade("v2")
    release.wait_ready(2)
    traffic.settle("rolling upgrade of the ingress to a new image, 2 replicas")
    assert all(pod["spec"]["containers"][0]["image"].endswith(":v2") for pod in release.pods())


def test_scaled(traffic, cluster, release):
    for count in (4, 1, 2):
        cluster.kubectl("-n", NAMESPACE, "scale", release.workload, f"--replicas={count}")
        release.wait_ready(count)
    traffic.settle("ingress scaled 2 → 4 → 1 → 2")


def test_pod_evicted(traffic, cluster, release):
    pod = release.pods()[0]["metadata"]["name"]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": NAMESPACE}}
    cluster.kubectl("create", "--raw", f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction", "-f", "-", input=json.dumps(eviction))
    wait_until("the pod to be gone", lambda: pod not in [one["metadata"]["name"] for one in release.pods()])
    release.wait_ready(2)
    traffic.settle("ingress pod evicted, as by a node drain")


def test_leader_deleted(traffic, cluster, release):
    leader = release.leader()["metadata"]["name"]
    cluster.kubectl("-n", NAMESPACE, "delete", "pod", leader, "--wait=false")
    wait_until("another leader", lambda: release.leader()["metadata"]["name"] != leader, 60)
    release.wait_ready(2)
    traffic.settle("leading ingress pod deleted")


def restarts(pod, container):
    return container_status(pod, container)["restartCount"]


def kill_and_wait(cluster, release, container):
    pod = release.pods()[0]
    before = restarts(pod, container)
    cluster.kill_container(pod, container)
    name = pod["metadata"]["name"]
    wait_until("the container to be started again", lambda: restarts(
        next(one for one in release.pods() if one["metadata"]["name"] == name), container) > before, 60)
    release.wait_ready(2)


def test_controller_killed(traffic, cluster, release):
    kill_and_wait(cluster, release, "controller")
    traffic.settle("SIGKILL of a controller container")


def test_data_plane_killed(traffic, cluster, release):
    kill_and_wait(cluster, release, "dataplane")
    result = traffic.settle("SIGKILL of a data plane container", tolerated=("fresh", "kept", "poll", "upload", "websocket"))
    for kind, found in result.items():
        # What that process carried, and what arrives until kube-proxy knows: nothing later, and never a wrong body.
        assert len(found["wrong"]) <= max(10, found["sent"] // 10), (kind, found)
        assert not found["wrong"] or found["wrong"][-1][0] - found["wrong"][0][0] < 15, (kind, found)


def test_api_server_away(traffic, cluster):
    cluster.api("stop")
    time.sleep(120)
    cluster.api("start")
    wait_until("the API server", lambda: cluster.kubectl("get", "--raw", "/readyz", check=False).stdout == "ok", 60)
    traffic.settle("API server away for two minutes")


def test_certificate_rotated(traffic, cluster, release, site, authority):
    for _ in range(3):
        certificate = authority.issue(site.server_name, site.host)
        cluster.apply(manifests.tls_secret("homeserver-tls", certificate), namespace=site.namespace)
        wait_until("the new certificate", lambda: served_certificate(
            cluster, release.address, site.host, authority.cert) == digest_of(certificate))
    traffic.settle("certificate rotated, three times")


def test_homeservers_added(traffic, cluster, site):
    names = [f"added-{number}" for number in range(50)]
    cluster.apply(*(site.secret(f"{name}-tls", f"{name}.test") for name in names),
                  *(manifests.homeserver(name, f"{name}.test", secret=f"{name}-tls") for name in names), namespace=site.namespace)
    site.wait_ready(*names, timeout=120)
    cluster.kubectl("-n", site.namespace, "delete", "phs", *names)
    traffic.settle("50 homeservers added and removed")


def test_homeserver_rolled(traffic, cluster, site):
    cluster.kubectl("-n", site.namespace, "scale", "deployment/homeserver", "--replicas=1")
    cluster.wait_gone(site.namespace, "app=homeserver")
    cluster.kubectl("-n", site.namespace, "rollout", "restart", "deployment/homeserver")
    cluster.wait_rolled_out(site.namespace, "deployment/homeserver")
    cluster.wait_gone(site.namespace, "app=homeserver")
    traffic.settle("homeserver of one replica rolled (its successor starts first)")


def test_the_table_is_complete():
    """docs/reliability.md tells of each of these, in this order."""
    reliability.write()
    assert reliability.rows_of_docs() == reliability.recorded_rows()
