# SPDX-License-Identifier: Apache-2.0
"""The ingress as a release of the chart, and homeservers behind it."""
import ssl
from pathlib import Path

from palpo_test import manifests
from palpo_test.waiting import wait_until

from cluster import CHART, container_statuses
from images import HOMESERVER, INGRESS

NAMESPACE = "palpo-ingress"
NAME = "palpo-ingress"
SELECTOR = f"app.kubernetes.io/instance={NAME}"
# Long polls of eight seconds end within the drain; a ClusterIP, because no load balancer is there to give an address.
VALUES = {"image.repository": INGRESS, "service.type": "ClusterIP", "drain.delaySeconds": 3, "drain.timeoutSeconds": 12}
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


def namespace(name, labels=None):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}}


class Release:
    def __init__(self, cluster):
        self.cluster = cluster

    def install(self, tag, *more):
        self.cluster.apply(namespace(NAMESPACE, RESTRICTED))
        self._helm("install", tag, *more)

    def upgrade(self, tag, *more):
        self._helm("upgrade", tag, *more)

    def _helm(self, verb, tag, *more):
        values = [part for key, value in VALUES.items() for part in ("--set", f"{key}={value}")]
        self.cluster.helm(verb, NAME, CHART, "-n", NAMESPACE, "--set", f"image.tag={tag}", *values, "--wait",
                          "--timeout", "180s", *more, timeout=240)

    def helm(self, *arguments, **more):
        return self.cluster.helm(*arguments, "-n", NAMESPACE, **more)

    @property
    def workload(self):
        return f"deployment/{NAME}"

    @property
    def address(self):
        return self.cluster.service_address(NAMESPACE, NAME)

    def pods(self):
        return self.cluster.pods(NAMESPACE, SELECTOR)

    def ready_pods(self):
        return [pod for pod in self.pods() if len(container_statuses(pod)) == 2
                and all(one["ready"] for one in container_statuses(pod))]

    def wait_ready(self, count):
        """That many pods are ready, and those that were to end have."""
        wait_until(f"{count} ready pods", lambda: len(self.ready_pods()) == count, 120)
        self.cluster.wait_gone(NAMESPACE, SELECTOR)

    def leader(self):
        """The pod that holds the Lease."""
        leases = self.cluster.get("leases.coordination.k8s.io", "-n", NAMESPACE)["items"]
        holder = leases[0]["spec"].get("holderIdentity") or ""
        return next((pod for pod in self.pods() if holder.startswith(pod["metadata"]["name"])), None)


class Site:
    """A namespace with homeservers of the scripted kind behind the release."""

    def __init__(self, cluster, authority, name="matrix"):
        self.cluster, self.authority, self.namespace = cluster, authority, name
        self.server_name, self.host = f"{name}.test", f"chat.{name}.test"

    def create(self, replicas=2):
        self.cluster.apply(namespace(self.namespace))
        script = (Path(__file__).parent / "fixtures/scripted_homeserver.py").read_text()
        self.cluster.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "script"}, "data": {"homeserver.py": script}},
            scripted_deployment("homeserver", replicas),
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "homeserver"},
             "spec": {"selector": {"app": "homeserver"}, "ports": [{"name": "http", "port": 8008}]}},
            self.secret(), manifests.homeserver("homeserver", self.server_name, host=self.host),
            namespace=self.namespace)
        self.cluster.wait_rolled_out(self.namespace, "deployment/homeserver")
        self.wait_ready("homeserver")

    def secret(self, name="homeserver-tls", *names):
        return manifests.tls_secret(name, self.authority.issue(*(names or (self.server_name, self.host))))

    def wait_ready(self, *names, timeout=60):
        self.cluster.kubectl("wait", "--for=condition=Ready", f"--timeout={timeout}s", "-n", self.namespace,
                             *(f"phs/{name}" for name in names), timeout=timeout + 30)

    def delete(self):
        self.cluster.kubectl("delete", "namespace", self.namespace, timeout=120)


def scripted_deployment(name, replicas):
    """A Deployment that is rolled as a homeserver is that can run beside its successor."""
    container = {"name": "homeserver", "image": HOMESERVER, "command": ["/usr/bin/python3", "-u", "/script/homeserver.py"],
                 "ports": [{"name": "http", "containerPort": 8008}],
                 "readinessProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 1},
                 "lifecycle": {"preStop": {"sleep": {"seconds": 3}}},
                 "volumeMounts": [{"name": "script", "mountPath": "/script"}]}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                     "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
                     "template": {"metadata": {"labels": {"app": name}}, "spec": {
                         "terminationGracePeriodSeconds": 40, "containers": [container],
                         "volumes": [{"name": "script", "configMap": {"name": "script"}}]}}}}


def served_certificate(cluster, address, host, ca):
    """The SHA-256 of what a client is shown."""
    script = ("import hashlib, socket, ssl, sys\n"
              "context = ssl.create_default_context(cafile=sys.argv[3])\n"
              "with socket.create_connection((sys.argv[1], 443), 10) as plain:\n"
              "    with context.wrap_socket(plain, server_hostname=sys.argv[2]) as tls:\n"
              "        print(hashlib.sha256(tls.getpeercert(True)).hexdigest())\n")
    return cluster.inside("python3", "-c", script, address, host, ca).stdout.strip()


def digest_of(certificate):
    """The same of a certificate that was issued."""
    import hashlib

    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(Path(certificate.cert).read_text())).hexdigest()
