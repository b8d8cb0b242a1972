# SPDX-License-Identifier: Apache-2.0
"""A running one-node cluster, and what tests do to it: kubectl, helm, commands in its network and on its node."""
import json
import os
import subprocess
import tempfile
from pathlib import Path

from palpo_test.processes import REPOSITORY
from palpo_test.waiting import SCALE, wait_until

SCRIPT = REPOSITORY / "deploy/quickstart/cluster/cluster.sh"
CHART = REPOSITORY / "helm/palpo-ingress"


def why_not():
    """Why no cluster can run here; empty: it can."""
    if os.geteuid() != 0:
        return "a cluster needs root: namespaces, mounts and control groups of its own"
    groups = Path("/sys/fs/cgroup")
    try:
        for parent in [groups] if (groups / "cgroup.controllers").exists() else groups.glob("*/"):
            (parent / "palpo-try").mkdir()
            (parent / "palpo-try").rmdir()
    except OSError as error:
        return f"a cluster needs control groups of its own: {error}"
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--mount-proc", "sh", "-c",
                                f"mount -t tmpfs tmpfs {folder}"], capture_output=True, text=True, check=False)
    return f"a cluster needs namespaces: {tried.stderr.strip()}" if tried.returncode else ""


def container_statuses(pod):
    """Of all of them: the controller is a sidecar, which Kubernetes counts among the init containers."""
    return pod["status"].get("initContainerStatuses", []) + pod["status"].get("containerStatuses", [])


def container_status(pod, container):
    return next(one for one in container_statuses(pod) if one["name"] == container)


class Cluster:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.environment = os.environ | {"PALPO_CLUSTER": str(self.folder)}

    def _run(self, *arguments, check=True, input=None, timeout=120.0):
        done = subprocess.run([str(SCRIPT), *map(str, arguments)], capture_output=True, text=True, input=input,
                              env=self.environment, timeout=timeout * SCALE, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, arguments))}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def up(self):
        self._run("down")
        self._run("up", timeout=300)
        return self

    def down(self):
        self._run("down")

    def load(self, *archives):
        for archive in archives:
            self._run("load", archive, timeout=300)

    def inside(self, *command, **more):
        """In the cluster's network: a client outside the pod network."""
        return self._run("in", *command, **more)

    def start_inside(self, *command):
        """The same, in the background, its output to be read."""
        return subprocess.Popen([str(SCRIPT), "in", *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, env=self.environment)

    def node(self, *command, **more):
        return self._run("node", *command, **more)

    def api(self, command):
        self._run("api", command)

    def kubectl(self, *arguments, **more):
        return self.inside("kubectl", *arguments, **more)

    def helm(self, *arguments, **more):
        return self.inside("helm", *arguments, **more)

    def apply(self, *objects, namespace=None):
        flags = ["-n", namespace] if namespace else []
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        return self.kubectl("apply", *flags, "-f", "-", input=json.dumps(listed))

    def get(self, *arguments):
        return json.loads(self.kubectl("get", *arguments, "-o", "json").stdout)

    def pods(self, namespace, selector):
        """Those that are not on their way out."""
        found = self.get("pods", "-n", namespace, "-l", selector)["items"]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def wait_rolled_out(self, namespace, workload, timeout=120):
        self.kubectl("-n", namespace, "rollout", "status", workload, f"--timeout={int(timeout * SCALE)}s", timeout=timeout + 30)

    def wait_gone(self, namespace, selector, timeout=120):
        """Until no pod of the selector is terminating."""
        wait_until(f"pods {selector} that end to be gone", lambda: all(
            "deletionTimestamp" not in pod["metadata"] for pod in self.get("pods", "-n", namespace, "-l", selector)["items"]),
            timeout)

    def kill_container(self, pod, container):
        """SIGKILL to its first process, as on the node."""
        name = container_status(pod, container)["containerID"].removeprefix("containerd://")
        self.node("ctr", "-n", "k8s.io", "task", "kill", "-s", "SIGKILL", name)

    def service_address(self, namespace, name):
        return self.get("service", name, "-n", namespace)["spec"]["clusterIP"]
