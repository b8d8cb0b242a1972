# SPDX-License-Identifier: Apache-2.0
"""networking.k8s.io/v1 Ingress: rules, precedence, TLS, and the addresses in its status."""
import pytest
from conftest import PUBLISHED_ADDRESSES
from palpo_test import manifests
from palpo_test.http_client import fetch
from palpo_test.pki import insecure_context
from palpo_test.waiting import wait_until


@pytest.fixture(scope="module")
def rules(shared_site, ingress):
    """One Ingress with the rules of the table below; its backends answer with their names."""
    site = shared_site
    paths = {"exact": ("/foo", "Exact"), "prefix": ("/foo", "Prefix"), "deep": ("/foo/bar", "Prefix"),
             "slash": ("/slash/", "Prefix"), "implementation": ("/impl", "ImplementationSpecific"),
             "case": ("/Case", "Prefix")}
    for name in (*paths, "wild", "any", "fallback"):
        site.route_to(site.backend(name), name, 80)
    site.secret("web-tls", site.host, f"*.wild.{site.server_name}")
    wild = f"*.wild.{site.server_name}"
    found = manifests.ingress(
        "web", {site.host: [manifests.ingress_path(path, name, 80, kind) for name, (path, kind) in paths.items()],
                wild: [manifests.ingress_path("/", "wild", 80)]},
        tls=[{"hosts": [site.host, wild], "secretName": "web-tls"}])
    found["spec"]["rules"][0]["http"]["paths"][2]["backend"]["service"]["port"] = {"name": "http"}
    found["spec"]["defaultBackend"] = {"service": {"name": "fallback", "port": {"number": 80}}}
    site.apply(found)
    site.wait_addresses("web", PUBLISHED_ADDRESSES)
    return site


@pytest.mark.parametrize("path, wanted", [
    ("/foo", "exact"), ("/foo/", "prefix"), ("/foo/x", "prefix"), ("/foobar", "fallback"), ("/foo?x=/bar", "exact"),
    ("/foo/bar", "deep"), ("/foo/bar/", "deep"), ("/foo/barbaz", "prefix"), ("/foo%2Fbar", "fallback"),
    ("/slash", "slash"), ("/slash/", "slash"), ("/slash/x", "slash"), ("/slashx", "fallback"),
    ("/impl/x", "implementation"), ("/case", "fallback"), ("/Case", "case"), ("/", "fallback"),
])
def test_paths(rules, ingress, path, wanted):
    response = ingress.get(rules.host, path)
    assert (response.status, response.json()) == (200, {"backend": wanted})


@pytest.mark.parametrize("host, wanted", [("a.wild", "wild"), ("A.WILD", "wild"), ("a.b.wild", None), ("wild", None)])
def test_wildcard_hosts(rules, ingress, host, wanted):
    name = f"{host}.{rules.server_name}"
    response = fetch(ingress.https, "/x", tls=insecure_context(), server_name=name)
    if wanted:
        assert response.json() == {"backend": wanted}
    else:  # nobody's: the default backend of an Ingress with rules is for the hosts of its rules
        assert response.status == 404


def test_status_names_every_published_address(rules):
    entries = rules.get("Ingress", "web")["status"]["loadBalancer"]["ingress"]
    assert sorted(entries, key=str) == [{"hostname": "ingress.example.test"}, {"ip": "10.77.200.1"}]


def test_class_by_annotation(site, ingress):
    site.route_to(site.backend())
    site.secret()
    site.apply(manifests.ingress("web", {site.host: [manifests.ingress_path("/", "homeserver")]}, class_name=None,
                                 annotations={"kubernetes.io/ingress.class": "palpo"},
                                 tls=[{"hosts": [site.host], "secretName": "homeserver-tls"}]))
    site.wait_addresses("web", PUBLISHED_ADDRESSES)
    assert ingress.get(site.host, "/x").status == 200


@pytest.mark.parametrize("class_name", [None, "nginx"])
def test_an_ingress_of_another_class_is_left_alone(site, ingress, class_name):
    site.route_to(site.backend())
    site.secret()
    tls = [{"hosts": [site.host], "secretName": "homeserver-tls"}]
    site.apply(manifests.ingress("other", {f"x.{site.host}": [manifests.ingress_path("/", "homeserver")]},
                                 class_name=class_name, tls=tls))
    # Ours comes after it: when it is served, the other has been looked at.
    site.apply(manifests.ingress("ours", {site.host: [manifests.ingress_path("/", "homeserver")]}, tls=tls))
    site.wait_addresses("ours", PUBLISHED_ADDRESSES)
    assert site.addresses("other") == []
    assert f"x.{site.host}" not in ingress.controller_admin.get("/config").body.decode()


def test_ingress_and_homeserver_share_a_host(site, ingress):
    """A web client beside the homeserver: /_matrix stays the homeserver's."""
    site.complete()
    site.route_to(site.backend("web"), "web", 80)
    site.apply(manifests.ingress("web", {site.host: [manifests.ingress_path("/", "web", 80)]},
                                 tls=[{"hosts": [site.host], "secretName": "homeserver-tls"}]))
    site.wait_addresses("web", PUBLISHED_ADDRESSES)
    assert ingress.get(site.host, "/").json() == {"backend": "web"}
    assert ingress.get(site.host, "/_matrix/client/versions").json() == {"backend": "backend"}


def test_acme_challenges_pass_in_plain_text(site, ingress):
    """cert-manager's solver makes an Ingress for one exact path and no TLS."""
    site.complete()
    site.route_to(site.backend("solver"), "solver", 8089)
    path = "/.well-known/acme-challenge/token"
    site.apply(manifests.ingress("solver", {site.host: [manifests.ingress_path(path, "solver", 8089, "Exact")]}))
    wait_until("the challenge", lambda: ingress.get_plain(site.host, path).json() == {"backend": "solver"})
    assert ingress.get_plain(site.host, "/_matrix/client/versions").status == 308


def test_publish_service_is_followed(site, cluster, ingress):
    """The addresses of a Service of type LoadBalancer, as they come and change."""
    site.route_to(site.backend())
    site.apply(manifests.service("public", 443, "https", type="LoadBalancer"))
    site.apply(manifests.ingress("web", {site.host: [manifests.ingress_path("/", "homeserver")]}))
    site.wait_addresses("web", PUBLISHED_ADDRESSES)
    ingress.controller.terminate()
    try:
        ingress.start_controller("--publish-service", f"{site.namespace}/public")
        ingress.controller_admin.wait_ready()
        for entries, wanted in [([{"ip": "10.77.201.1"}], ["10.77.201.1"]),
                                ([{"ip": "10.77.201.2"}, {"hostname": "lb.example"}], ["10.77.201.2", "lb.example"])]:
            site.api.patch("Service", "public", site.namespace, {"status": {"loadBalancer": {"ingress": entries}}},
                           "status")
            site.wait_addresses("web", wanted)
    finally:
        ingress.controller.terminate()
        ingress.start_controller(*ingress.publish)
        ingress.wait_ready()
    site.wait_addresses("web", PUBLISHED_ADDRESSES)
