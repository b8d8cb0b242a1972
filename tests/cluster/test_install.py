# SPDX-License-Identifier: Apache-2.0
"""From `helm install` to a real homeserver that answers through the Service, and back to nothing."""
import json

import pytest
from palpo_test import manifests
from palpo_test.processes import REPOSITORY
from palpo_test.waiting import wait_until

from images import HOMESERVER
from release import NAME, NAMESPACE, SELECTOR, Release, namespace

HOST, SERVER_NAME = "matrix.synapse.test", "synapse.test"


@pytest.fixture(scope="module")
def synapse(cluster, release, authority):
    """A real Synapse in a pod, and the one object that puts it on the network."""
    cluster.apply(namespace("synapse"))
    cluster.kubectl("apply", "-n", "synapse", "-f", REPOSITORY / "deploy/quickstart/cluster/synapse.yaml")
    cluster.apply(manifests.tls_secret("synapse-tls", authority.issue(HOST, SERVER_NAME)),
                  manifests.homeserver("synapse", SERVER_NAME, "synapse", secret="synapse-tls", host=HOST), namespace="synapse")
    cluster.wait_rolled_out("synapse", "deployment/synapse")
    cluster.kubectl("wait", "-n", "synapse", "--for=condition=Ready", "--timeout=60s", "phs/synapse")
    yield
    cluster.kubectl("delete", "namespace", "synapse", timeout=120)


def curl(cluster, release, authority, url, *more):
    """From the node, which is outside the pod network, through the Service."""
    host, _, port = url.split("/")[2].partition(":")
    answer = cluster.inside("curl", "-sS", "-m", "20", "--cacert", authority.cert, "--resolve",
                            f"{host}:{port or 443}:{release.address}", *more, url)
    return json.loads(answer.stdout)


def test_it_serves_a_real_homeserver(cluster, release, synapse, authority):
    def ask(url, *more):
        return curl(cluster, release, authority, url, *more)

    assert "v1.11" in ask(f"https://{HOST}/_matrix/client/versions")["versions"]
    assert ask(f"https://{SERVER_NAME}/.well-known/matrix/server") == {"m.server": f"{HOST}:443"}
    assert ask(f"https://{SERVER_NAME}:8448/_matrix/key/v2/server")["server_name"] == SERVER_NAME
    registered = ask(f"https://{HOST}/_matrix/client/v3/register", "-d", json.dumps(
        {"username": "demo", "password": "demo", "auth": {"type": "m.login.dummy"}}))
    assert registered["user_id"] == f"@demo:{SERVER_NAME}"
    with_token = ("-H", f"Authorization: Bearer {registered['access_token']}")
    room = ask(f"https://{HOST}/_matrix/client/v3/createRoom", *with_token, "-d", "{}")["room_id"]
    joined = ask(f"https://{HOST}/_matrix/client/v3/joined_rooms", *with_token)
    assert joined == {"joined_rooms": [room]}


def test_it_is_reached_from_within_the_pod_network(cluster, release, synapse, authority):
    """A pod resolves the Service's name and verifies the homeserver's certificate."""
    script = ("import socket, ssl, sys\n"
              "context = ssl.create_default_context(cafile='/trust/ca.pem')\n"
              f"plain = socket.create_connection(('{NAME}.{NAMESPACE}.svc.cluster.local', int(sys.argv[1])), 20)\n"
              "tls = context.wrap_socket(plain, server_hostname=sys.argv[2])\n"
              "tls.sendall(f'GET {sys.argv[3]} HTTP/1.1\\r\\nHost: {sys.argv[2]}\\r\\nConnection: close\\r\\n\\r\\n'.encode())\n"
              "print(b''.join(iter(lambda: tls.recv(65536), b'')).decode())\n")
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "client"},
                   "data": {"client.py": script, "ca.pem": authority.cert.read_text()}}, namespace="synapse")
    for port, host, target in ((443, HOST, "/_matrix/client/versions"), (8448, SERVER_NAME, "/_matrix/key/v2/server")):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"client-{port}"}, "spec": {
            "restartPolicy": "Never", "volumes": [{"name": "client", "configMap": {"name": "client"}}],
            "containers": [{"name": "client", "image": HOMESERVER, "command": ["python3", "/trust/client.py", str(port), host, target],
                            "volumeMounts": [{"name": "client", "mountPath": "/trust"}]}]}}
        cluster.apply(pod, namespace="synapse")
        cluster.kubectl("wait", "-n", "synapse", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s", f"pod/client-{port}")
        assert " 200 OK" in cluster.kubectl("logs", "-n", "synapse", f"client-{port}").stdout.splitlines()[0]


def test_helm_test(release):
    done = release.helm("test", NAME, "--logs", timeout=180)
    assert "Succeeded" in done.stdout


def test_upgrade_with_other_values_and_rollback(cluster, release, synapse, authority):
    release.upgrade("v2", "--set", "dataPlane.accessLog.enabled=true,replicaCount=3")
    assert len(release.ready_pods()) == 3
    curl(cluster, release, authority, f"https://{HOST}/_matrix/client/versions?seen")

    def logged():
        logs = cluster.kubectl("logs", "-n", NAMESPACE, "-l", SELECTOR, "-c", "dataplane", "--tail=200").stdout
        return [line for line in logs.splitlines() if "/_matrix/client/versions" in line]

    wait_until("the request in the access log", logged, 30)
    release.helm("rollback", NAME, "1", "--wait", "--timeout", "180s", timeout=240)
    release.wait_ready(2)
    assert all(pod["spec"]["containers"][0]["image"].endswith(":v1") for pod in release.pods())
    curl(cluster, release, authority, f"https://{HOST}/_matrix/client/versions")
    release.helm("test", NAME, timeout=180)


def test_notes_say_what_to_do_next(cluster, release, authority, folder):
    """What the notes tell to type works as it stands, given the homeserver and the certificate that they speak of."""
    certificate = authority.issue("example.com", "matrix.example.com")
    (folder / "fullchain.pem").write_text(certificate.cert.read_text())
    (folder / "privkey.pem").write_text(certificate.key.read_text())
    notes = release.helm("get", "notes", NAME).stdout
    told = "\n".join(line[5:] for line in notes.splitlines() if line.startswith("     "))
    create, _, rest = told.partition("kubectl --namespace matrix create secret")
    assert rest, notes
    cluster.inside("sh", "-euc", create, timeout=240)
    cluster.apply(manifests.service("palpo"), manifests.endpoint_slice("palpo", [("10.244.0.250", 8008)]), namespace="matrix")
    done = cluster.inside("sh", "-euc", f"cd {folder}\nkubectl --namespace matrix create secret{rest}", timeout=120)
    assert "palpohomeserver.palpo.im/example condition met" in done.stdout
    cluster.kubectl("delete", "namespace", "matrix", timeout=120)


def leftovers(cluster):
    """Everything that carries the release's labels, and what it made at run time."""
    kinds = cluster.kubectl("api-resources", "--verbs=list", "-o", "name").stdout.split()
    asked = ",".join(kind for kind in kinds if not kind.startswith("events"))
    return cluster.kubectl("get", asked, "-A", "-l", SELECTOR, "-o", "name", "--ignore-not-found").stdout.split()


def test_uninstall_leaves_the_definition_and_the_objects_and_nothing_else(cluster, release, synapse):
    release.helm("uninstall", NAME, "--wait", timeout=180)
    cluster.wait_gone(NAMESPACE, SELECTOR)
    assert {name.partition("/")[0] for name in leftovers(cluster)} <= {"customresourcedefinition.apiextensions.k8s.io"}
    assert cluster.get("crd", "palpohomeservers.palpo.im")
    assert cluster.get("phs", "synapse", "-n", "synapse")
    assert not cluster.get("leases.coordination.k8s.io", "-n", NAMESPACE)["items"]
    assert not cluster.get("ingressclass")["items"]
    # The namespace was there before the release; the definition of an older one, too.
    older = cluster.get("crd", "palpohomeservers.palpo.im")
    release.install("v1")
    cluster.kubectl("wait", "-n", "synapse", "--for=condition=Ready", "--timeout=60s", "phs/synapse")
    assert cluster.get("crd", "palpohomeservers.palpo.im")["metadata"]["uid"] == older["metadata"]["uid"]


def test_install_over_the_definitions_of_an_older_release(cluster, release):
    """The definition was applied with kubectl, by hand and without a field that is new: it is brought up to date."""
    release.helm("uninstall", NAME, "--wait", timeout=180)
    cluster.kubectl("delete", "crd", "palpohomeservers.palpo.im", timeout=120)
    older = json.loads(cluster.kubectl("create", "--dry-run=client", "-f", REPOSITORY / "crds", "-o", "json").stdout)
    schema = older["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    removed = schema["properties"].pop("wellKnown")
    schema["x-kubernetes-validations"] = [one for one in schema.get("x-kubernetes-validations", []) if "wellKnown" not in one["rule"]]
    older["metadata"].pop("creationTimestamp", None)
    cluster.apply(older)
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd/palpohomeservers.palpo.im")
    release.install("v1")
    assert removed
    now = cluster.get("crd", "palpohomeservers.palpo.im")["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert "wellKnown" in now["properties"]
