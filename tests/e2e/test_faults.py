# SPDX-License-Identifier: Apache-2.0
"""Objects that are wrong: their author is told why, and nobody else notices."""
import json

import pytest
from palpo_test import manifests
from palpo_test.kube import ApiError
from palpo_test.load import Load
from palpo_test.waiting import wait_until

TARGET = "/_matrix/client/versions"


@pytest.fixture
def neighbour(new_site, ingress):
    """Serves while the test does its worst."""
    made = new_site()
    made.complete()
    with Load(ingress.https, TARGET, ingress.tls, made.host, threads=1) as load:
        yield made
        load.wait_for_more()
    assert made.condition("homeserver")["status"] == "True"


def broken_secret(site, certificate, **data):
    found = manifests.tls_secret("homeserver-tls", certificate)
    found["data"].update(data)
    site.apply(found)


def test_a_secret_that_does_not_exist(site, neighbour, ingress):
    site.route_to(site.backend())
    site.homeserver(wait=False)
    told = site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "False")
    assert "homeserver-tls" in told["message"]
    assert site.condition("homeserver", "CertificateReady")["status"] == "False"
    site.secret()
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    assert ingress.get(site.host, TARGET).status == 200


@pytest.mark.parametrize("what", ["not PEM", "key of another certificate", "empty certificate"])
def test_a_secret_that_is_broken(site, neighbour, authority, what):
    certificate, other = (authority.issue(site.server_name, site.host) for _ in range(2))
    broken_secret(site, certificate, **{
        "not PEM": {"tls.crt": "Z2FyYmFnZQ=="},
        "key of another certificate": {"tls.key": other.key_base64()},
        "empty certificate": {"tls.crt": ""},
    }[what])
    site.route_to(site.backend())
    site.homeserver(wait=False)
    told = site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "False")
    assert "homeserver-tls" in told["message"]
    assert site.condition("homeserver", "CertificateReady")["status"] == "False"


def test_a_secret_of_another_type_is_known_by_its_type(site, neighbour, authority, ingress):
    found = manifests.tls_secret("homeserver-tls", authority.issue(site.server_name, site.host))
    site.apply({**found, "type": "Opaque"})
    site.route_to(site.backend())
    site.homeserver(wait=False)
    told = site.wait_condition("PalpoHomeserver", "homeserver", "CertificateReady", "False", reason="SecretInvalid")
    assert "its type is Opaque, not kubernetes.io/tls" in told["message"]
    site.delete("Secret", "homeserver-tls")  # a type cannot be changed
    site.wait_condition("PalpoHomeserver", "homeserver", "CertificateReady", "False", reason="SecretNotFound",
                        timeout=60)
    site.secret()
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")


def test_a_secret_that_breaks_later_keeps_its_last_good_certificate(site, neighbour, ingress):
    site.route_to(site.backend())
    good = site.secret()
    site.homeserver()
    broken_secret(site, good, **{"tls.crt": "Z2FyYmFnZQ=="})
    site.wait_condition("PalpoHomeserver", "homeserver", "CertificateReady", "False")
    with ingress.client(site.host) as client:
        assert client.certificate() == good.der()
        assert client.get(TARGET).status == 200


def test_a_certificate_for_other_names(site, neighbour, authority):
    site.apply(manifests.tls_secret("homeserver-tls", authority.issue("other.test")))
    site.route_to(site.backend())
    site.homeserver(wait=False)
    told = site.wait_condition("PalpoHomeserver", "homeserver", "CertificateReady", "False")
    assert site.host in told["message"] or site.server_name in told["message"]


def test_a_service_that_does_not_exist(site, neighbour, ingress):
    site.secret()
    site.homeserver(wait=False)
    told = site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "False")
    assert "homeserver" in told["message"]
    assert site.condition("homeserver", "BackendsReady")["status"] == "False"
    answer = wait_until("an answer", lambda: ingress.get(site.host, TARGET))
    assert answer.status == 503
    assert ingress.get(site.server_name, "/.well-known/matrix/server").status == 200
    site.route_to(site.backend())
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    assert ingress.get(site.host, TARGET).status == 200


def test_a_port_that_the_service_has_not(site, neighbour):
    site.secret()
    site.route_to(site.backend())
    site.homeserver(wait=False, backend={"service": {"name": "homeserver", "port": 4711}})
    told = site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "False")
    assert "4711" in told["message"]


def test_a_host_that_another_homeserver_has(site, new_site, neighbour, ingress):
    """The older object keeps the host; its name counts only among those of one age, and would let the other win."""
    site.complete()
    site.wait_for_later("PalpoHomeserver", "homeserver")
    thief = new_site()
    assert thief.namespace < site.namespace
    thief.route_to(thief.backend("thief"))
    thief.apply(manifests.tls_secret("homeserver-tls", thief.authority.issue(site.server_name, site.host)))
    thief.homeserver("homeserver", site.server_name, wait=False, host=site.host)
    told = thief.wait_condition("PalpoHomeserver", "homeserver", "Ready", "False")
    assert f"{site.namespace}/homeserver" in told["message"]
    assert thief.condition("homeserver", "Accepted")["status"] == "False"
    assert ingress.get(site.host, TARGET).json() == {"backend": "backend"}
    assert site.condition("homeserver")["status"] == "True"
    site.delete("PalpoHomeserver", "homeserver")
    thief.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    assert ingress.get(site.host, TARGET).json() == {"backend": "thief"}


def test_a_path_that_another_ingress_has(site, neighbour, ingress):
    site.route_to(site.backend("first"), "first")
    site.route_to(site.backend("second"), "second")
    site.secret()
    tls = [{"hosts": [site.host], "secretName": "homeserver-tls"}]
    site.apply(manifests.ingress("a-first", {site.host: [manifests.ingress_path("/x", "first")]}, tls=tls))
    wait_until("the route", lambda: ingress.get(site.host, "/x").json() == {"backend": "first"})
    site.apply(manifests.ingress("b-second", {site.host: [manifests.ingress_path("/x", "second"),
                                                          manifests.ingress_path("/y", "second")]}, tls=tls))
    told = site.wait_event("b-second", "a-first")
    assert told["type"] == "Warning"
    assert ingress.get(site.host, "/x").json() == {"backend": "first"}
    wait_until("its other path", lambda: ingress.get(site.host, "/y").json() == {"backend": "second"})


def test_an_ingress_with_a_missing_service_and_secret(site, neighbour, ingress):
    site.apply(manifests.ingress("web", {site.host: [manifests.ingress_path("/", "missing")]},
                                 tls=[{"hosts": [site.host], "secretName": "missing-tls"}]))
    assert site.wait_event("web", "missing-tls")["type"] == "Warning"
    assert site.wait_event("web", "Service", "missing")["type"] == "Warning"


def test_well_known_extras_cannot_replace_what_is_computed(site, neighbour, ingress):
    site.complete()
    site.homeserver(wait=False, wellKnown={"client": {"m.homeserver": {"base_url": "https://evil.example"}}})
    # Refused by the API server's rules or overruled by ours: never served.
    base = ingress.get(site.server_name, "/.well-known/matrix/client").json()["m.homeserver"]["base_url"]
    assert base.rstrip("/") == f"https://{site.host}"


def test_an_invalid_object_that_slipped_in_before_the_rules(site, neighbour, cluster, ingress):
    """Stored under a CRD without rules, as an old release may have left it: told in status, others unaffected."""
    crd = json.loads(cluster.kubectl("get", "crd", "palpohomeservers.palpo.im", "-o", "json").stdout)
    schema = crd["spec"]["versions"][0]["schema"]
    loose = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/palpohomeservers.palpo.im"

    def use(wanted):
        cluster.api.call("PATCH", path, [{"op": "replace", "path": "/spec/versions/0/schema", "value": wanted}],
                         "application/json-patch+json")

    def accepted(manifest):
        try:
            return site.apply(manifest)
        except ApiError:
            return None  # a changed schema takes the API server a moment

    use(loose)
    try:
        bad = manifests.homeserver("homeserver", f"bad host.{site.server_name}", namespace=site.namespace)
        wait_until("the loose rules", lambda: accepted(bad))
        told = site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "False")
        assert "serverName" in told["message"]
        shapeless = manifests.homeserver("shapeless", "shapeless.test", namespace=site.namespace)
        shapeless["spec"]["backend"] = {"service": {"name": "homeserver", "port": {"a": "b"}}}
        site.apply(shapeless)
        told = site.wait_condition("PalpoHomeserver", "shapeless", "Ready", "False")
        assert "spec.backend.service.port" in told["message"]
        for name in ("homeserver", "shapeless"):
            site.delete("PalpoHomeserver", name)
    finally:
        use(schema)
