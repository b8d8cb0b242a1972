# SPDX-License-Identifier: Apache-2.0
"""A controller that follows a scripted API server, where one homeserver stands; and what its tests ask of it."""
import pytest
from palpo_test import manifests
from palpo_test.api_server import ApiServer
from palpo_test.manifests import condition
from palpo_test.waiting import wait_until

NAME, HOST, TARGET = "example.test", "matrix.example.test", "/_matrix/client/versions"
KINDS = ("Ingress", "IngressClass", "Service", "EndpointSlice", "Secret", "PalpoHomeserver", "Namespace")


@pytest.fixture
def api(folder):
    with ApiServer(folder / "api") as made:
        yield made


@pytest.fixture
def followed(api, ingress, folder, backend, authority):
    """Not started: the controller follows the scripted API server, where one homeserver stands."""
    issued = authority.issue(NAME, HOST)
    api.put(manifests.ingress_class(), manifests.tls_secret("homeserver-tls", issued), manifests.service("homeserver"),
            manifests.endpoint_slice("homeserver", [backend.address]),
            manifests.homeserver("homeserver", NAME, host=HOST))
    ingress.source = ["--kubeconfig", api.kubeconfig(folder / "kubeconfig")]
    ingress.api = api
    return ingress


@pytest.fixture
def live(followed):
    followed.start()
    followed.api.wait_watched()
    assert followed.get(HOST, TARGET).status == 200
    return followed


def greet(api, text):
    """A change that a request can see."""
    api.put(manifests.homeserver("homeserver", NAME, host=HOST,
                                 wellKnown={"client": {"org.example.greeting": text}}))


def greeting(ingress):
    return ingress.get(NAME, "/.well-known/matrix/client").json().get("org.example.greeting")


def wait_greeting(ingress, text, timeout=20.0):
    wait_until(f"greeting {text}", lambda: greeting(ingress) == text, timeout)


def missed_change(api, text):
    api.put_silently(manifests.homeserver("homeserver", NAME, host=HOST,
                                          wellKnown={"client": {"org.example.greeting": text}}))


def ready(api):
    found = api.get("PalpoHomeserver", "homeserver")
    one = condition(found, "Ready")
    return one and (one["status"], one["observedGeneration"]) == ("True", found["metadata"]["generation"])


@pytest.fixture
def by_token(followed, folder):
    """Started with a token from a file. rotate() has the API server take another one only."""
    api, token = followed.api, folder / "token"
    token.write_text("first")
    api.tokens = {"first"}
    followed.source = ["--kubeconfig", api.kubeconfig(folder / "kubeconfig", {"tokenFile": str(token)})]
    followed.start()
    api.wait_watched()

    def rotate(value, written=True):
        api.tokens = {value}
        if written:
            token.write_text(f"{value}\n")
        api.drop_connections()

    followed.rotate, followed.token = rotate, token
    return followed
