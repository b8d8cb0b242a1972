# SPDX-License-Identifier: Apache-2.0
"""kubectl apply, kubectl wait, and the first request is answered."""
import json

import pytest
from palpo_test import manifests
from palpo_test.http_client import Client
from palpo_test.manifests import condition


def everything(site, backend, **spec):
    """The manifests of a complete homeserver, as text for kubectl."""
    objects = [manifests.namespace(site.namespace),
               manifests.tls_secret("homeserver-tls", site.authority.issue(site.server_name, site.host)),
               manifests.service("homeserver"),
               manifests.endpoint_slice("homeserver", [backend.address]),
               manifests.homeserver("homeserver", site.server_name, host=site.host, **spec)]
    for found in objects[1:]:
        found["metadata"]["namespace"] = site.namespace
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def kubectl_apply_and_wait(site, text):
    site.cluster.kubectl("apply", "-f", "-", input=text)
    site.cluster.kubectl("-n", site.namespace, "wait", "--for=condition=Ready", "--timeout=30s",
                         "palpohomeserver/homeserver")


def test_applied_objects_serve_clients_servers_and_discovery(site, ingress):
    backend = site.backend("synapse")
    kubectl_apply_and_wait(site, everything(site, backend))

    client = ingress.get(site.host, "/_matrix/client/versions")
    assert (client.status, client.json()) == (200, {"backend": "synapse"})
    assert backend.last().target == b"/_matrix/client/versions"

    for name in (site.server_name, site.host):
        federation = ingress.get_federation(name, "/_matrix/federation/v1/version")
        assert (federation.status, federation.json()) == (200, {"backend": "synapse"}), name
        assert backend.last().header("Host") == name
        key = ingress.get_federation(name, "/_matrix/key/v2/server")
        assert key.status == 200, name

    server = ingress.get(site.server_name, "/.well-known/matrix/server")
    assert server.status == 200
    assert server.json() == {"m.server": f"{site.host}:8448"} or server.json() == {"m.server": f"{site.host}:443"}
    client = ingress.get(site.server_name, "/.well-known/matrix/client")
    assert client.status == 200
    assert client.json()["m.homeserver"]["base_url"].rstrip("/") == f"https://{site.host}"
    for document in (server, client):
        assert document.header("Content-Type") == "application/json"
        assert document.header("Access-Control-Allow-Origin") == "*"
        assert "max-age=" in document.header("Cache-Control")


def test_federation_paths_are_not_served_where_clients_come_and_vice_versa(site, ingress):
    site.complete()
    other = ingress.get_federation(site.host, "/_matrix/client/versions")
    assert other.status == 404
    assert other.json()["errcode"] == "M_UNRECOGNIZED"
    nothing = ingress.get(site.host, "/_synapse/admin/v1/server_version")
    assert nothing.status == 404
    assert nothing.json()["errcode"] == "M_UNRECOGNIZED"
    assert nothing.header("Access-Control-Allow-Origin") == "*"


@pytest.mark.parametrize("round_number", range(4))
def test_kubectl_wait_returns_when_the_first_request_succeeds(site, ingress, round_number):
    backend = site.backend(f"round {round_number}")
    kubectl_apply_and_wait(site, everything(site, backend))
    assert ingress.get(site.host, "/_matrix/client/versions").status == 200
    assert ingress.get_federation(site.server_name, "/_matrix/federation/v1/version").status == 200
    assert ingress.get(site.server_name, "/.well-known/matrix/server").status == 200


def test_ready_is_never_seen_before_the_first_request_succeeds(site, ingress, cluster):
    """As the test above without kubectl's own time between the two: the request follows the watch event at once."""
    backend = site.backend()
    site.route_to(backend)
    with Client(cluster.address, cluster.api.context, "127.0.0.1", timeout=60) as watcher:
        start = cluster.api.call("GET", f"/apis/palpo.im/v1alpha1/namespaces/{site.namespace}/palpohomeservers")
        watcher.start("GET", f"/apis/palpo.im/v1alpha1/namespaces/{site.namespace}/palpohomeservers?watch=1"
                             f"&resourceVersion={start['metadata']['resourceVersion']}&timeoutSeconds=55")
        assert watcher.reader.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200")
        for number in range(15):
            name = f"n{number}.{site.server_name}"
            site.secret(f"tls{number}", name)
            site.homeserver(f"hs{number}", name, wait=False, secret=f"tls{number}")
            for event in watch_lines(watcher.reader):
                ready = condition(event["object"], "Ready")
                if event["object"]["metadata"]["name"] == f"hs{number}" and ready and ready["status"] == "True":
                    break
            first = ingress.get(name, "/_matrix/client/versions")
            assert first.status == 200, f"homeserver {number}: {first.head!r}"


def watch_lines(reader):
    """Events of a chunked watch."""
    text = b""
    while True:
        size = int(reader.until(b"\r\n"), 16)
        text += reader.exactly(size + 2)[:-2]
        while b"\n" in text:
            line, text = text.split(b"\n", 1)
            yield json.loads(line)


def test_get_shows_what_matters(site, cluster):
    site.complete()
    header, row = cluster.kubectl("-n", site.namespace, "get", "phs").stdout.splitlines()
    assert header.split()[0] == "NAME"
    assert "READY" in header
    assert site.server_name in row.split()
    assert "True" in row.split()


@pytest.mark.parametrize("field", ["serverName", "host", "backend", "tls", "wellKnown"])
def test_explain_describes_the_fields(cluster, field):
    text = cluster.kubectl("explain", f"palpohomeserver.spec.{field}").stdout
    description = text.partition("DESCRIPTION:")[2].strip()
    assert len(description) > 20, text


@pytest.mark.parametrize("what, change, complaint", [
    ("no server name", {"serverName": None}, "serverName"),
    ("an empty server name", {"serverName": ""}, "serverName"),
    ("a server name with a scheme", {"serverName": "https://example.com"}, "serverName"),
    ("a host with a port", {"host": "matrix.example.com:443"}, "host"),
    ("no backend", {"backend": None}, "backend"),
    ("a port out of range", {"backend": {"service": {"name": "x", "port": 70000}}}, "port"),
], ids=lambda value: value if isinstance(value, str) and " " in value else "")
def test_the_api_server_refuses_what_could_never_work(site, cluster, what, change, complaint):
    found = manifests.homeserver("bad", "example.com", namespace=site.namespace)
    for key, value in change.items():
        if value is None:
            del found["spec"][key]
        else:
            found["spec"][key] = value
    done = cluster.kubectl("apply", "-f", "-", input=json.dumps(found), check=False)
    assert done.returncode != 0, f"{what} was accepted"
    assert complaint in done.stderr
