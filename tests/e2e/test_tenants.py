# SPDX-License-Identifier: Apache-2.0
"""Namespaces that do not trust each other: nobody's object reaches what is another's."""
import pytest
from conftest import PUBLISHED_ADDRESSES
from palpo_test import manifests
from palpo_test.http_client import fetch
from palpo_test.pki import insecure_context
from palpo_test.waiting import wait_until

CHALLENGE = "/.well-known/acme-challenge/token-1"
ALLOW_LIST = "nginx.ingress.kubernetes.io/whitelist-source-range"


def default_backend(name, service):
    found = manifests.ingress(name, {})
    del found["spec"]["rules"]
    found["spec"]["defaultBackend"] = {"service": {"name": service, "port": {"number": 8008}}}
    return found


def solver_for(site, *hosts):
    """As an ACME issuer writes it: a second Ingress on each name, and the backend that answers."""
    backend = site.backend("solver")
    site.route_to(backend, "solver")
    site.apply(manifests.ingress(
        "cm-acme-http-solver-x",
        {host: [manifests.ingress_path(CHALLENGE, "solver", path_type="Exact")] for host in hosts},
        class_name=None, annotations={"kubernetes.io/ingress.class": "palpo", ALLOW_LIST: "0.0.0.0/0,::/0"}))
    site.wait_addresses("cm-acme-http-solver-x", PUBLISHED_ADDRESSES)
    return backend


def test_a_challenge_takes_no_host(site, new_site, ingress):
    """The solver is there first, in a namespace of its own: homeserver and website stay whole beside it."""
    stranger, web = new_site(), new_site()
    solver_for(stranger, site.server_name, site.host)
    web.secret("web-tls", site.server_name)
    web.route_to(web.backend("website"), "website")
    web.apply(manifests.ingress("www", {site.server_name: [manifests.ingress_path("/", "website")]},
                                tls=[{"hosts": [site.server_name], "secretName": "web-tls"}]))
    web.wait_addresses("www", PUBLISHED_ADDRESSES)
    site.complete()
    assert ingress.get(site.host, "/_matrix/client/versions").json() == {"backend": "backend"}
    assert ingress.get(site.server_name, "/").json() == {"backend": "website"}
    assert ingress.get(site.server_name, "/.well-known/matrix/server").status == 200
    for host in (site.server_name, site.host):
        assert ingress.get_plain(host, CHALLENGE).json() == {"backend": "solver"}
        assert ingress.get_plain(host, "/.well-known/acme-challenge/other").status == 404
        assert ingress.get_plain(host, "/").status == 308


def test_a_challenge_shows_what_is_beneath_it(site, new_site, ingress):
    """Before anybody holds the host itself: the wildcard's website goes on being served there."""
    stranger = new_site()
    name = f"shop.{site.server_name}"
    site.secret("web-tls", f"*.{site.server_name}")
    site.route_to(site.backend("website"), "website")
    site.apply(manifests.ingress("www", {f"*.{site.server_name}": [manifests.ingress_path("/", "website")]},
                                 tls=[{"secretName": "web-tls"}]))
    site.wait_addresses("www", PUBLISHED_ADDRESSES)
    assert ingress.get(name, "/x").json() == {"backend": "website"}
    solver_for(stranger, name)
    assert ingress.get_plain(name, CHALLENGE).json() == {"backend": "solver"}
    assert ingress.get(name, "/x").json() == {"backend": "website"}
    site.delete("Ingress", "www")
    wait_until("the website to be gone", lambda: ingress.get_plain(name, "/x").status == 404)
    assert ingress.get_plain(name, CHALLENGE).json() == {"backend": "solver"}


def test_a_default_backend_keeps_to_its_own(site, new_site, ingress):
    tenant = new_site()
    tenant.route_to(tenant.backend("default"), "default")
    tenant.apply(default_backend("everything", "default"))
    tenant.wait_addresses("everything", PUBLISHED_ADDRESSES)
    own = f"own.{tenant.server_name}"
    tenant.route_to(tenant.backend("own"), "own")
    tenant.apply(manifests.ingress("own", {own: [manifests.ingress_path("/own", "own")]}))
    tenant.wait_addresses("own", PUBLISHED_ADDRESSES)
    app = f"app.{site.server_name}"
    site.complete()
    site.apply(manifests.ingress("app", {app: [manifests.ingress_path("/app", "homeserver")]}))
    site.wait_addresses("app", PUBLISHED_ADDRESSES)

    assert ingress.get_plain("nobody.example", "/x").json() == {"backend": "default"}
    assert fetch(ingress.https, "/x", tls=insecure_context(), server_name="nobody.example").json() \
        == {"backend": "default"}
    assert ingress.get_plain(own, "/x").json() == {"backend": "default"}
    assert ingress.get_plain(own, "/own").json() == {"backend": "own"}
    for path in ("/_synapse/admin/v1/users", "/", CHALLENGE):
        assert ingress.get(site.host, path).status == 404
        assert ingress.get_plain(app, path).status == 404
    assert ingress.get_plain(site.host, CHALLENGE).status == 404
    assert ingress.get(site.server_name, "/x").status == 404


def test_a_restriction_that_cannot_be_kept_closes(site, ingress):
    site.complete()
    web = manifests.ingress(
        "admin", {site.host: [manifests.ingress_path("/_synapse/admin", "homeserver"),
                              manifests.ingress_path("/app", "homeserver"),
                              manifests.ingress_path("/_matrix/client/v3/login", "homeserver")]},
        annotations={ALLOW_LIST: "192.0.2.0/24"}, tls=[{"hosts": [site.host], "secretName": "homeserver-tls"}])
    site.apply(web)
    site.wait_event("admin", "RestrictionUnsupported", ALLOW_LIST)
    wait_until("403", lambda: ingress.get(site.host, "/_synapse/admin/v1/users").status == 403)
    for method in ("GET", "POST", "DELETE"):
        refused = ingress.get(site.host, "/app/x", method=method)
        assert (refused.status, refused.header("Content-Type").split(";")[0]) == (403, "text/plain")
        refused = ingress.get(site.host, "/_matrix/client/v3/login", method=method)
        assert (refused.status, refused.json()["errcode"]) == (403, "M_FORBIDDEN")
        assert refused.header("Access-Control-Allow-Origin") == "*"
    preflight = ingress.get(site.host, "/_matrix/client/v3/login", method="OPTIONS",
                            headers=[("Origin", "https://app.test"), ("Access-Control-Request-Method", "POST")])
    assert preflight.status == 204
    assert ingress.get(site.host, "/_matrix/client/versions").status == 200

    # The annotation alone changes; the object's generation does not.
    del web["metadata"]["annotations"]
    site.apply(web)
    wait_until("200", lambda: ingress.get(site.host, "/_synapse/admin/v1/users").status == 200)


@pytest.mark.parametrize("annotation, value", [
    ("traefik.ingress.kubernetes.io/router.middlewares", "ns-auth@kubernetescrd"),
    ("haproxy.org/auth-type", "basic-auth"), ("nginx.org/basic-auth-secret", "users")])
def test_restrictions_of_every_controller(site, ingress, annotation, value):
    site.route_to(site.backend())
    site.apply(manifests.ingress("web", {site.host: [manifests.ingress_path("/", "homeserver")]},
                                 annotations={annotation: value}))
    site.wait_event("web", "RestrictionUnsupported", annotation)
    wait_until("403", lambda: ingress.get_plain(site.host, "/").status == 403)


def test_what_has_no_effect_is_named(site, ingress):
    site.route_to(site.backend())
    site.apply(manifests.ingress("web", {site.host: [manifests.ingress_path("/", "homeserver")]}, annotations={
        "nginx.ingress.kubernetes.io/rewrite-target": "/$2", "nginx.ingress.kubernetes.io/proxy-body-size": "64m"}))
    site.wait_event("web", "AnnotationUnsupported", "rewrite-target")
    site.wait_addresses("web", PUBLISHED_ADDRESSES)
    assert ingress.get_plain(site.host, "/").status == 200
    assert not [event for event in site.events("web") if "proxy-body-size" in event["message"]]


def test_paths_on_the_federation_listener(site, new_site, ingress):
    """A media repository of the homeserver's namespace stands beside it; another namespace's website does not."""
    site.complete()
    for target in ("/_matrix/media/r0/download/example.test/abc", "/_matrix/policy/v1/sign"):
        for name in (site.host, site.server_name):
            assert ingress.get_federation(name, target).json() == {"backend": "backend"}
    site.route_to(site.backend("media"), "media")
    site.apply(manifests.ingress("media", {site.host: [manifests.ingress_path("/_matrix/media", "media")]},
                                 annotations={"palpo.im/listeners": "https,federation"},
                                 tls=[{"hosts": [site.host], "secretName": "homeserver-tls"}]))
    site.wait_addresses("media", PUBLISHED_ADDRESSES)
    for get in (ingress.get, ingress.get_federation):
        assert get(site.host, "/_matrix/media/v3/config").json() == {"backend": "media"}
    assert ingress.get_federation(site.host, "/_matrix/federation/v1/version").json() == {"backend": "backend"}

    web = new_site()
    web.route_to(web.backend("website"), "website")
    web.apply(manifests.ingress(
        "www", {site.server_name: [manifests.ingress_path("/", "website"),
                                   manifests.ingress_path("/_matrix/federation/v1/send", "website")]},
        annotations={"palpo.im/listeners": "https,federation"},
        tls=[{"hosts": [site.server_name], "secretName": "none"}]))
    web.wait_event("www", "HostConflict", "/_matrix/federation/v1/send")
    assert ingress.get_federation(site.server_name, "/_matrix/federation/v1/send/1").json() == {"backend": "backend"}
