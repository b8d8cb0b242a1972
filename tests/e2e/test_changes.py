# SPDX-License-Identifier: Apache-2.0
"""Changes take effect live, and no request fails while they do."""
import ssl

import pytest
from palpo_test import manifests
from palpo_test.load import Load
from palpo_test.pki import insecure_context
from palpo_test.waiting import wait_until

TARGET = "/_matrix/client/versions"


def load_on(site, ingress, **more):
    return Load(ingress.https, TARGET, ingress.tls, site.host, **more)


def test_an_endpoint_is_replaced(site, ingress):
    old = site.complete()
    new = site.backend("new")
    with load_on(site, ingress) as load:
        site.route_to(new)
        wait_until("the new backend to get requests", lambda: new.requests)
        # What was in flight to the old one may still end there; what begins from now on does not.
        load.wait_for_more()
        count = len(old.requests)
        load.wait_for_more(40)
        assert len(old.requests) == count
        old.close()
        load.wait_for_more(40)
    assert len(load.seen) == 2


def test_endpoints_come_and_go_on_one_service(site, ingress):
    """Three pods of a rolling update: each serves, then says it ends while it still serves, then is gone."""
    first = site.complete()
    second = site.backend("second", port=first.port)
    third = site.backend("third", port=first.port)
    with load_on(site, ingress) as load:
        site.route_to([first, second])
        wait_until("the second backend to get requests", lambda: second.requests)
        slice_of = manifests.endpoint_slice("homeserver", [b.address for b in (first, second, third)])
        slice_of["endpoints"][0]["conditions"] = {"ready": False, "serving": True, "terminating": True}
        site.apply(slice_of)
        wait_until("the third backend to get requests", lambda: third.requests)
        load.wait_for_more()
        count = len(first.requests)
        load.wait_for_more(40)
        assert len(first.requests) == count, "an endpoint that is terminating gets new requests while others are ready"
        site.route_to([second, third])
        first.close()
        load.wait_for_more(40)


def test_a_terminating_endpoint_serves_when_it_is_the_only_one(site, ingress):
    backend = site.complete()
    with load_on(site, ingress, threads=1) as load:
        site.apply(manifests.endpoint_slice("homeserver", [backend.address],
                                            conditions={"ready": False, "serving": True, "terminating": True}))
        load.wait_for_more(40)


def test_no_endpoints_is_service_unavailable_and_well_known_still_answers(site, ingress):
    site.complete()
    site.apply(manifests.endpoint_slice("homeserver", []))
    wait_until("503", lambda: ingress.get(site.host, TARGET).status == 503)
    answer = ingress.get(site.host, TARGET)
    assert answer.json()["errcode"].startswith("M_")
    assert answer.header("Access-Control-Allow-Origin") == "*"
    for document in ("server", "client"):
        assert ingress.get(site.server_name, f"/.well-known/matrix/{document}").status == 200


@pytest.mark.parametrize("same_key", [False, True], ids=["new key", "same key"])
def test_a_certificate_is_replaced(site, ingress, authority, same_key):
    backend = site.backend()
    old = site.secret()
    site.route_to(backend)
    site.homeserver()
    with ingress.client(site.host) as kept:
        assert kept.certificate() == old.der()
        assert kept.get(TARGET).status == 200
        with load_on(site, ingress, per_connection=3) as load:
            new = authority.issue(site.server_name, site.host, key=old.key if same_key else None)
            site.apply(manifests.tls_secret("homeserver-tls", new))

            def shown():
                with ingress.client(site.host) as fresh:
                    return fresh.certificate() == new.der()

            wait_until("the new certificate", shown)
            with ingress.federation_client(site.server_name) as fresh:
                assert fresh.certificate() == new.der()
            load.wait_for_more()
        assert kept.get(TARGET).status == 200, "a connection with the old certificate goes on"


def test_a_host_is_added_and_removed(site, ingress):
    site.complete()
    with load_on(site, ingress) as load:
        for number in range(3):
            name = f"extra{number}.{site.server_name}"
            site.secret(f"extra{number}", name)
            site.homeserver(f"extra{number}", name, secret=f"extra{number}")
            assert ingress.get(name, TARGET).status == 200
            site.delete("PalpoHomeserver", f"extra{number}")
            wait_until("the host to be gone", lambda name=name: gone(ingress, name))
            load.wait_for_more()


def gone(ingress, name):
    """Either the handshake is refused, or it is told that nobody of that name is here."""
    try:
        with ingress.client(name) as client:
            return client.get(TARGET).status == 404
    except ssl.SSLError:
        pass
    with_any = insecure_context()
    from palpo_test.http_client import fetch

    try:
        return fetch(ingress.https, TARGET, tls=with_any, server_name=name).status == 404
    except ssl.SSLError:
        return True


def test_the_host_of_a_homeserver_is_changed(site, ingress):
    site.complete()
    other = f"chat.{site.namespace}.test"
    site.secret("homeserver-tls", site.server_name, site.host, other)
    with Load(ingress.https, "/.well-known/matrix/client", ingress.tls, site.server_name) as load:
        site.homeserver(host=other)
        assert ingress.get(other, TARGET).status == 200
        base = ingress.get(site.server_name, "/.well-known/matrix/client").json()["m.homeserver"]["base_url"]
        assert base.rstrip("/") == f"https://{other}"
        wait_until("the old host to be gone", lambda: gone(ingress, site.host))
        load.wait_for_more()


def test_well_known_extras_follow_the_object(site, ingress):
    site.complete()
    site.homeserver(wellKnown={"client": {"org.example.greeting": {"text": "hello"}}})
    got = ingress.get(site.server_name, "/.well-known/matrix/client").json()
    assert got["org.example.greeting"] == {"text": "hello"}
    assert got["m.homeserver"]["base_url"].rstrip("/") == f"https://{site.host}"


def test_the_class_of_a_homeserver_is_taken_away(site, new_site, ingress):
    """Our conditions are taken back with the route; a neighbour notices nothing."""
    site.complete(ingressClassName="palpo")
    neighbour = new_site()
    neighbour.complete()
    with load_on(neighbour, ingress) as load:
        site.homeserver(wait=False, ingressClassName="somebody-else")
        wait_until("the route to be gone", lambda: gone(ingress, site.host))
        wait_until("the conditions to be taken back", lambda: site.condition("homeserver")["status"] == "Unknown")
        load.wait_for_more()
        site.homeserver(ingressClassName="palpo")
        assert ingress.get(site.host, TARGET).status == 200


def test_the_class_of_an_ingress_is_taken_away(site, new_site, ingress):
    from conftest import PUBLISHED_ADDRESSES

    backend = site.backend()
    site.secret()
    site.route_to(backend)
    rules = {site.host: [manifests.ingress_path("/", "homeserver")]}
    tls = [{"hosts": [site.host], "secretName": "homeserver-tls"}]
    site.apply(manifests.ingress("web", rules, tls=tls))
    site.wait_addresses("web", PUBLISHED_ADDRESSES)
    assert ingress.get(site.host, "/anything").status == 200
    neighbour = new_site()
    neighbour.complete()
    with load_on(neighbour, ingress) as load:
        site.apply(manifests.ingress("web", rules, tls=tls, class_name="somebody-else"))
        wait_until("the route to be gone", lambda: gone(ingress, site.host))
        site.wait_addresses("web", [])
        load.wait_for_more()


def test_the_ingress_class_object_goes_and_comes_back(site, cluster, ingress):
    backend = site.backend()
    site.secret()
    site.route_to(backend)
    site.apply(manifests.ingress_class("temporary"))
    rules = {site.host: [manifests.ingress_path("/", "homeserver")]}
    tls = [{"hosts": [site.host], "secretName": "homeserver-tls"}]
    site.apply(manifests.ingress("web", rules, tls=tls, class_name="temporary"))
    wait_until("the route", lambda: ingress.get(site.host, "/x").status == 200)
    cluster.api.delete("IngressClass", "temporary")
    wait_until("the route to be gone", lambda: gone(ingress, site.host))
    site.apply(manifests.ingress_class("temporary"))
    wait_until("the route", lambda: ingress.get(site.host, "/x").status == 200)
    cluster.api.delete("IngressClass", "temporary")


def test_many_changes_in_a_row_end_in_the_last_state(site, ingress):
    backend = site.complete()
    others = [site.backend(f"b{number}") for number in range(4)]
    with load_on(site, ingress) as load:
        for number in range(40):
            site.route_to(others[number % 4] if number % 2 else backend)
        site.route_to(others[0])
        wait_until("the last backend", lambda: ingress.get(site.host, TARGET).json() == {"backend": "b0"})
        load.wait_for_more()
    assert ingress.get(site.host, TARGET).json() == {"backend": "b0"}
