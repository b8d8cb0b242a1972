# SPDX-License-Identifier: Apache-2.0
"""The thirty scenarios that the Ingress conformance suite of kubernetes-sigs (release 1.19) asks of every controller,
in our own words: paths, hosts, default backends, classes and load balancing, on ports 80 and 443."""
import json
from urllib.parse import urlsplit

import pytest
from conftest import PUBLISHED_ADDRESSES
from palpo_test import manifests
from palpo_test.http_client import fetch
from palpo_test.http_wire import response_bytes
from palpo_test.waiting import stays

PORT = 8080


def echo(name):
    """A backend's script: what it was asked, and who it is."""

    def answer(exchange):
        request = exchange.request
        return response_bytes(200, {
            "service": name, "pod": exchange.backend.address[0], "method": request.method.decode(),
            "path": request.target.decode(), "host": request.header("Host"),
            "user_agent": request.header("User-Agent")},
            headers=[("Date", "Thu, 01 Jan 1970 00:00:00 GMT")])

    return answer


class Asked:
    """An answer, and what the backend saw if one was reached."""

    def __init__(self, response):
        self.response, self.status = response, response.status
        self.seen = json.loads(response.body) if response.status == 200 else {}


def ask(ingress, url, method="GET", tls=None):
    """As a browser does it: a redirect to https is followed."""
    parts = urlsplit(url)
    path = parts.path or "/"
    if parts.scheme == "https":
        return Asked(fetch(ingress.https, path, method=method, tls=tls or ingress.tls, server_name=parts.hostname))
    response = fetch(ingress.http, path, method=method, host=parts.netloc, headers=[("User-Agent", "conformance")])
    if response.status == 308:
        return ask(ingress, response.header("Location"), method, tls)
    return Asked(response)


def serve(site, *names):
    for name in names:
        site.route_to(site.backend(name, script=echo(name)), name, PORT)


def path(path, service, path_type="Prefix"):
    return manifests.ingress_path(path, service, PORT, path_type)


# ---- paths ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def by_path(shared_site):
    site = shared_site
    serve(site, "exact", "prefix", "short", "long", "slash-prefix", "slash-exact")
    site.apply(manifests.ingress("path-rules", {
        f"exact.{site.server_name}": [path("/foo", "exact", "Exact")],
        f"prefix.{site.server_name}": [path("/foo", "prefix"), path("/aaa/bbb", "long"), path("/aaa", "short")],
        f"mixed.{site.server_name}": [path("/foo", "prefix"), path("/foo", "exact", "Exact")],
        f"slash.{site.server_name}": [path("/aaa/bbb/", "slash-prefix"), path("/foo/", "slash-exact", "Exact")]}))
    site.wait_addresses("path-rules", PUBLISHED_ADDRESSES)
    return site


@pytest.mark.parametrize("rules, target, wanted", [
    ("exact", "/foo", "exact"),
    ("exact", "/foo/", None),
    ("exact", "/FOO", None),
    ("exact", "/bar", None),
    ("prefix", "/foo", "prefix"),
    ("prefix", "/foo/", "prefix"),
    ("prefix", "/FOO", None),
    ("prefix", "/aaa/bbb", "long"),
    ("prefix", "/aaa/bbb/ccc", "long"),
    ("prefix", "/aaa/ccc", "short"),
    ("prefix", "/aaaccc", None),
    ("mixed", "/foo", "exact"),
    ("mixed", "/foo/", "prefix"),
    ("slash", "/aaa/bbb", "slash-prefix"),
    ("slash", "/aaa/bbb/", "slash-prefix"),
    ("slash", "/foo", None),
])
def test_paths(by_path, ingress, rules, target, wanted):
    asked = ask(ingress, f"http://{rules}.{by_path.server_name}{target}")
    if wanted is None:
        assert asked.status == 404
    else:
        assert (asked.status, asked.seen["service"], asked.seen["path"]) == (200, wanted, target)


# ---- hosts ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def by_host(shared_site):
    site = shared_site
    serve(site, "named", "wildcard")
    bar, foo = f"bar.{site.server_name}", f"foo.{site.server_name}"
    site.secret("conformance-tls", f"foo.{bar}")
    found = manifests.ingress("host-rules", {f"*.{foo}": [path("/", "wildcard")], f"foo.{bar}": [path("/", "named")]},
                              tls=[{"hosts": [f"foo.{bar}"], "secretName": "conformance-tls"}])
    found["spec"]["rules"][1]["http"]["paths"][0]["backend"]["service"]["port"] = {"name": "http"}
    site.apply(found)
    site.wait_addresses("host-rules", PUBLISHED_ADDRESSES)
    return site


@pytest.mark.parametrize("scheme, host, wanted", [
    ("https", "foo.bar", "named"),
    ("http", "foo.bar", "named"),
    ("http", "subdomain.bar", None),
    ("http", "bar.foo", "wildcard"),
    ("http", "baz.bar.foo", None),
    ("http", "foo", None),
])
def test_hosts(by_host, ingress, scheme, host, wanted):
    """Over TLS the client verifies that the certificate is the host's."""
    host = f"{host}.{by_host.server_name}"
    asked = ask(ingress, f"{scheme}://{host}/")
    if wanted is None:
        assert asked.status == 404
    else:
        assert (asked.status, asked.seen["service"], asked.seen["host"]) == (200, wanted, host)


# ---- default backends -------------------------------------------------------------------------------------------
def default_backend(site, name, service):
    found = manifests.ingress(name, {})
    found["spec"] = {"ingressClassName": "palpo",
                     "defaultBackend": {"service": {"name": service, "port": {"number": PORT}}}}
    site.apply(found)
    site.wait_addresses(name, PUBLISHED_ADDRESSES)


@pytest.mark.parametrize("method, host, target", [
    ("GET", "my-host", "/"),
    ("GET", "my-host", "/sub-path"),
    ("POST", "some-host", "/"),
    ("PUT", None, "/resource"),
    ("DELETE", "some-host", "/resource"),
    ("PATCH", "my-host", "/resource"),
])
def test_an_ingress_without_rules_takes_what_nobody_else_has(site, ingress, method, host, target):
    serve(site, "echo")
    default_backend(site, "default-backend", "echo")
    host = host or ingress.http[0]
    asked = ask(ingress, f"http://{host}{target}", method)
    assert asked.status == 200
    assert asked.seen == {"service": "echo", "pod": asked.seen["pod"], "method": method, "path": target, "host": host,
                          "user_agent": "conformance"}
    for field in ("Content-Length", "Content-Type", "Date", "Server"):
        assert asked.response.header(field), field


def test_every_endpoint_of_a_service_is_used(site, ingress):
    pods = [site.backend("echo", script=echo("echo"))]
    pods += [site.backend("echo", script=echo("echo"), port=pods[0].port) for _ in range(9)]
    site.route_to(pods, "echo", PORT)
    default_backend(site, "load-balancing", "echo")
    answers = [ask(ingress, "http://load-balancing/") for _ in range(100)]
    assert {asked.status for asked in answers} == {200}
    assert {asked.seen["pod"] for asked in answers} == {pod.address[0] for pod in pods}


# ---- classes ----------------------------------------------------------------------------------------------------
def test_an_ingress_whose_class_does_not_exist_gets_no_address(site, ingress):
    serve(site, "echo")
    site.apply(manifests.ingress("nobodys", {f"nobodys.{site.server_name}": [path("/", "echo")]},
                                 class_name="some-invalid-class-name"))
    # What comes after it is served: the other has been looked at.
    site.apply(manifests.ingress("ours", {f"ours.{site.server_name}": [path("/", "echo")]}))
    site.wait_addresses("ours", PUBLISHED_ADDRESSES)
    stays("no address", lambda: site.addresses("nobodys") == [], 1)
    assert ask(ingress, f"http://nobodys.{site.server_name}/").status == 404
