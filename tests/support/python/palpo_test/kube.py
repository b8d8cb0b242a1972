# SPDX-License-Identifier: Apache-2.0
"""A real etcd and kube-apiserver, and two ways to talk to them: kubectl, and a small client for quick steps."""
import json
import os
import socket
import ssl
import threading
from pathlib import Path

from . import network, pki
from .http_client import Client
from .processes import REPOSITORY, run
from .waiting import wait_until

CONTROLLER_USER = "palpo-ingress-controller"
SHIPPED_ROLES = REPOSITORY / "deploy/kustomize/base/rbac.yaml"
# Of every account but the tests' own.
AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
                "rules": [{"level": "None", "userGroups": ["system:masters"]}, {"level": "Metadata"}]}


def tools_folder(*sets):
    """Builds etcd, kube-apiserver, kubectl and what further sets name once; see tests/e2e/tools/build.sh."""
    done = run([REPOSITORY / "tests/e2e/tools/build.sh", *sets], timeout=3000,
               env={key: value for key, value in os.environ.items() if key == "PALPO_E2E_BIN"})
    if done.returncode != 0:
        raise RuntimeError(f"tests/e2e/tools/build.sh failed:\n{done.stderr[-4000:]}")
    return Path(done.stdout.strip())


class ApiError(RuntimeError):
    def __init__(self, method, path, response):
        self.status = response.status
        super().__init__(f"{method} {path}: {response.status} {response.body.decode(errors='replace')[:2000]}")


class Api:
    """The Kubernetes API by path. Objects are dicts."""

    def __init__(self, address, authority, certificate):
        self.address = address
        self.context = authority.client_context()
        self.context.load_cert_chain(certificate.cert, certificate.key)
        self.local = threading.local()

    def call(self, method, path, body=None, content_type="application/json"):
        """One request on a kept connection; one more try when the server had closed it."""
        payload = None if body is None else json.dumps(body).encode()
        headers = [("Accept", "application/json")] + ([("Content-Type", content_type)] if body is not None else [])
        for attempt in (1, 2):
            fresh = getattr(self.local, "client", None) is None
            if fresh:
                self.local.client = Client(self.address, self.context, "127.0.0.1", timeout=30)
            try:
                response = self.local.client.request(method, path, headers, payload)
                break
            except OSError:
                self.local.client.close()
                self.local.client = None
                if fresh or attempt == 2:
                    raise
        if response.has_token("Connection", "close"):
            self.local.client.close()
            self.local.client = None
        if response.status >= 300:
            raise ApiError(method, path, response)
        return response.json() if response.body.startswith(b"{") else response.body.decode()

    def get(self, kind, name, namespace=None):
        return self.call("GET", path_of(kind, namespace, name))

    def list(self, kind, namespace=None):
        return self.call("GET", path_of(kind, namespace))["items"]

    def apply(self, *objects):
        """Server-side apply, as `kubectl apply --server-side --force-conflicts`."""
        results = []
        for found in objects:
            meta = found["metadata"]
            path = path_of(found["kind"], meta.get("namespace"), meta["name"])
            results.append(self.call("PATCH", f"{path}?fieldManager=test&force=true", found,
                                     "application/apply-patch+yaml"))
        return results[-1]

    def patch(self, kind, name, namespace, change, subresource=""):
        path = path_of(kind, namespace, name) + (f"/{subresource}" if subresource else "")
        return self.call("PATCH", path, change, "application/merge-patch+json")

    def delete(self, kind, name, namespace=None):
        return self.call("DELETE", path_of(kind, namespace, name))

    def delete_all(self, kind, namespace):
        return self.call("DELETE", path_of(kind, namespace))

    def events(self, namespace, name):
        return [event for event in self.list("Event", namespace) if event["involvedObject"]["name"] == name]


_KINDS = {
    "Namespace": ("/api/v1", "namespaces"), "Secret": ("/api/v1", "secrets"), "Service": ("/api/v1", "services"),
    "Event": ("/api/v1", "events"), "Lease": ("/apis/coordination.k8s.io/v1", "leases"),
    "EndpointSlice": ("/apis/discovery.k8s.io/v1", "endpointslices"),
    "Ingress": ("/apis/networking.k8s.io/v1", "ingresses"),
    "IngressClass": ("/apis/networking.k8s.io/v1", "ingressclasses"),
    "PalpoHomeserver": ("/apis/palpo.im/v1alpha1", "palpohomeservers"),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "ClusterRole": ("/apis/rbac.authorization.k8s.io/v1", "clusterroles"),
    "ClusterRoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"),
}


def path_of(kind, namespace=None, name=None):
    group, plural = _KINDS[kind]
    return group + (f"/namespaces/{namespace}" if namespace else "") + f"/{plural}" + (f"/{name}" if name else "")


def _each(text):
    """The objects that kubectl prints, one behind the other."""
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        found, end = decoder.raw_decode(rest)
        yield found
        rest = rest[end:].lstrip()


def write_kubeconfig(path, server, authority, certificate, namespace="default"):
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority": str(authority.cert)}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": namespace}}],
        "users": [{"name": "test", "user": {"client-certificate": str(certificate.cert),
                                            "client-key": str(certificate.key)}}]}))
    return path


class ControlPlane:
    """etcd and kube-apiserver with RBAC, and an account for the controller that may do what the shipped role says."""

    def __init__(self, processes, folder, tools):
        self.processes, self.tools = processes, tools
        self.folder = folder
        self.etcd_data = folder / "etcd"
        folder.mkdir(parents=True, exist_ok=True)
        self.authority = pki.Authority(folder / "pki", "Kubernetes test CA")
        self.serving = self.authority.issue("localhost", "kubernetes", ips=["127.0.0.1"])
        self.admin_certificate = self.authority.issue(subject="/O=system:masters/CN=admin")
        self.controller_certificate = self.authority.issue(subject=f"/CN={CONTROLLER_USER}")
        self.accounts = self.authority.issue("service-accounts")
        self.etcd_ports = (network.free_port(), network.free_port())
        self.address = ("127.0.0.1", network.free_port())
        self.url = f"https://127.0.0.1:{self.address[1]}"
        self.audit_log = folder / "audit.log"
        self._audit, self._audit_end = [], 0  # what was read of it
        (folder / "audit.json").write_text(json.dumps(AUDIT_POLICY))
        self.admin_kubeconfig = write_kubeconfig(folder / "admin.kubeconfig", self.url, self.authority,
                                                 self.admin_certificate)
        self.api = Api(self.address, self.authority, self.admin_certificate)
        self.etcd = self.server = None

    def start(self):
        client, peer = self.etcd_ports
        self.etcd = self.processes.start("etcd", [
            self.tools / "etcd", "--data-dir", self.etcd_data, "--unsafe-no-fsync", "--log-level=error",
            f"--listen-client-urls=http://127.0.0.1:{client}", f"--advertise-client-urls=http://127.0.0.1:{client}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}", f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}"])
        self.start_server()
        self.allow_controller()
        return self

    def start_server(self):
        self.server = self.processes.start("kube-apiserver", [
            self.tools / "kube-apiserver", f"--etcd-servers=http://127.0.0.1:{self.etcd_ports[0]}",
            "--bind-address=127.0.0.1", f"--secure-port={self.address[1]}", "--advertise-address=10.77.255.254",
            "--service-cluster-ip-range=10.78.0.0/16", "--authorization-mode=RBAC",
            "--disable-admission-plugins=ServiceAccount", "--endpoint-reconciler-type=none",
            f"--client-ca-file={self.authority.cert}", f"--tls-cert-file={self.serving.cert}",
            f"--tls-private-key-file={self.serving.key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.accounts.cert}",
            f"--service-account-signing-key-file={self.accounts.key}",
            f"--audit-policy-file={self.folder / 'audit.json'}", f"--audit-log-path={self.audit_log}",
            "--audit-log-mode=blocking", "--shutdown-delay-duration=0s", "-v=0"])
        wait_until("the API server to be ready", self._ready, 90)

    def _ready(self):
        self.server.require_running()
        self.etcd.require_running()
        try:
            return self.api.call("GET", "/readyz") == "ok"
        except (ApiError, ssl.SSLError, socket.error):
            return False

    def allow_controller(self):
        """The roles that are shipped, bound to the controller's certificate. Their Lease has a name; each test's has its own."""
        shipped = self.kubectl("create", "--dry-run=client", "-o", "json", "-f", SHIPPED_ROLES).stdout
        for role in _each(shipped):
            if "rules" in role:
                place = {"namespace": "default"} if role["kind"] == "Role" else {}
                self.api.apply({
                    "apiVersion": role["apiVersion"], "kind": role["kind"], "metadata": {"name": CONTROLLER_USER, **place},
                    "rules": [{key: rule[key] for key in rule if key != "resourceNames"} for rule in role["rules"]]})
        self.bind(CONTROLLER_USER)

    def bind(self, user):
        """The account may do what the controller may."""
        for kind, role, namespace in (("ClusterRoleBinding", "ClusterRole", None), ("RoleBinding", "Role", "default")):
            self.api.apply({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
                "metadata": {"name": user, **({"namespace": namespace} if namespace else {})},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": CONTROLLER_USER},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]})

    def bind_in(self, user, namespace, rules):
        """The account may do that in the namespace, and nothing elsewhere by this."""
        group = "rbac.authorization.k8s.io"
        self.api.apply(
            {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": {"name": user, "namespace": namespace},
             "rules": rules},
            {"apiVersion": f"{group}/v1", "kind": "RoleBinding", "metadata": {"name": user, "namespace": namespace},
             "roleRef": {"apiGroup": group, "kind": "Role", "name": user},
             "subjects": [{"apiGroup": group, "kind": "User", "name": user}]})

    def namespaced_rules(self):
        """What the controller has to be allowed in a namespace that it looks after."""
        return [rule for rule in self.role()["rules"] if "namespaces" not in rule["resources"]]

    def lease_rules(self):
        return self.api.get("Role", CONTROLLER_USER, "default")["rules"]

    def account(self, user, path, server=None, namespace="default"):
        """A kubeconfig of an account of that name, which may do what the controller may."""
        self.bind(user)
        return write_kubeconfig(path, server or self.url, self.authority,
                                self.authority.issue(subject=f"/CN={user}"), namespace)

    def controller_api(self):
        """The API as the controller's account sees it."""
        return Api(self.address, self.authority, self.controller_certificate)

    def role(self):
        return self.api.get("ClusterRole", CONTROLLER_USER)

    def set_role(self, rules):
        """The role with other rules; a server needs a moment until it goes by them."""
        self.api.call("PUT", path_of("ClusterRole", name=CONTROLLER_USER), {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": CONTROLLER_USER}, "rules": rules})

    def controller_kubeconfig(self, path, server=None):
        return write_kubeconfig(path, server or self.url, self.authority, self.controller_certificate)

    def kubectl(self, *arguments, check=True, input=None, timeout=60):
        done = run([self.tools / "kubectl", "--kubeconfig", self.admin_kubeconfig, "--cache-dir",
                    self.folder / "kubectl-cache", *arguments], timeout, input=input)
        if check and done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return done

    def audit(self, user=CONTROLLER_USER, leases=False):
        """What an account asked for, in order: dicts with verb, requestURI, objectRef, responseStatus. Leases are
        another matter than what is served."""
        if self.audit_log.exists():
            with open(self.audit_log, encoding="utf-8") as log:
                log.seek(self._audit_end)
                for line in log:
                    if not line.endswith("}\n"):
                        break  # it is being written
                    self._audit_end += len(line.encode())
                    self._audit.append(json.loads(line))
        return [entry for entry in self._audit if entry["user"]["username"] == user
                and leases == (entry.get("objectRef", {}).get("resource") == "leases")]

    def writes(self, user=CONTROLLER_USER):
        """Of statuses and Events."""
        return [entry for entry in self.audit(user) if entry["verb"] in ("patch", "update", "create", "delete")]

    def stop_server(self):
        self.server.kill()
