# SPDX-License-Identifier: Apache-2.0
"""What goes on while the controller, the data plane or the API server is gone, and how each comes back."""
import time

import pytest
from palpo_test import manifests
from palpo_test.http_client import Client
from palpo_test.load import Load
from palpo_test.waiting import wait_until

TARGET = "/_matrix/client/versions"


@pytest.fixture
def whole(cluster, ingress):
    """Whatever a test breaks, all three run again afterwards."""
    yield ingress
    if not cluster.server.running():
        cluster.start_server()
    if not ingress.controller.running():
        ingress.start_controller(*ingress.publish)
    if not ingress.dataplane.running():
        ingress.start_dataplane()
    ingress.wait_ready()


def updates_sent(ingress):
    metrics = ingress.controller_admin.metrics()
    assert metrics.has("palpo_ingress_publish_updates_total"), metrics.text
    return metrics.total("palpo_ingress_publish_updates_total")


def test_controller_killed_traffic_goes_on_and_a_restart_sends_nothing(site, whole, cluster):
    ingress = whole
    site.complete()
    with Load(ingress.https, TARGET, ingress.tls, site.host) as load:
        ingress.controller.kill()
        load.wait_for_more(100)
        assert ingress.dataplane_admin.ready(), "a data plane that serves is ready without its controller"
        before = len(cluster.writes())
        ingress.start_controller(*ingress.publish)
        ingress.controller_admin.wait_ready()
        load.wait_for_more(50)
    wait_until("the data plane to have dialled", lambda: ingress.controller_admin.metrics().total(
        "palpo_ingress_publish_peers") >= 1)
    assert updates_sent(ingress) == 0
    assert cluster.writes()[before:] == [], "nothing has changed, and so nothing is to be written"


def test_what_changed_while_the_controller_was_gone_arrives(site, whole):
    ingress = whole
    site.complete()
    new = site.backend("new")
    ingress.controller.kill()
    site.route_to(new)
    with Load(ingress.https, TARGET, ingress.tls, site.host):
        ingress.start_controller(*ingress.publish)
        wait_until("the new backend", lambda: ingress.get(site.host, TARGET).json() == {"backend": "new"})
    assert updates_sent(ingress) >= 1


def test_controller_ends_and_starts_orderly(site, whole):
    ingress = whole
    site.complete()
    with Load(ingress.https, TARGET, ingress.tls, site.host) as load:
        assert ingress.controller.terminate() == 0
        load.wait_for_more()
        ingress.start_controller(*ingress.publish)
        ingress.wait_ready()
    assert site.condition("homeserver")["status"] == "True"


def test_data_plane_killed_serves_again_without_kubernetes(site, whole, cluster):
    """The API server is gone meanwhile: what the data plane needs comes from its controller alone."""
    ingress = whole
    site.complete()
    assert ingress.get(site.host, TARGET).status == 200
    cluster.stop_server()
    audit_before = len(cluster.audit())
    ingress.dataplane.kill()
    ingress.start_dataplane()
    ingress.dataplane_admin.wait_ready()
    assert ingress.get(site.host, TARGET).status == 200
    assert ingress.get_federation(site.server_name, "/_matrix/federation/v1/version").status == 200
    assert ingress.get(site.server_name, "/.well-known/matrix/server").status == 200
    assert len(cluster.audit()) == audit_before
    cluster.start_server()


def test_data_plane_killed_no_object_is_read_again(site, whole, cluster):
    ingress = whole
    site.complete()
    audit_before = len(cluster.audit())
    ingress.dataplane.kill()
    ingress.start_dataplane()
    ingress.dataplane_admin.wait_ready()
    assert ingress.get(site.host, TARGET).status == 200
    reads = [entry["requestURI"] for entry in cluster.audit()[audit_before:] if entry["verb"] in ("list", "get")]
    assert reads == []


def test_a_data_plane_that_was_never_configured_binds_no_port(whole):
    ingress = whole
    ingress.controller.kill()
    ingress.dataplane.kill()
    ingress.start_dataplane()
    wait_until("the admin page", lambda: ingress.dataplane_admin.get("/livez").status == 200)
    answer = ingress.dataplane_admin.get("/readyz")
    assert answer.status == 503
    assert answer.body.strip(), "it says why"
    for address in (ingress.http, ingress.https, ingress.federation):
        with pytest.raises(ConnectionRefusedError):
            Client(address)
    ingress.start_controller(*ingress.publish)
    ingress.dataplane_admin.wait_ready()
    Client(ingress.https).close()


def test_api_server_gone_traffic_goes_on_and_later_changes_arrive(site, whole, cluster, authority):
    ingress = whole
    site.complete()
    new = site.backend("new")
    with Load(ingress.https, TARGET, ingress.tls, site.host, threads=1) as load:
        cluster.stop_server()
        until = time.monotonic() + 8
        while time.monotonic() < until:
            load.wait_for_more(20)
        assert ingress.controller.running()
        cluster.start_server()
        site.route_to(new)
        name = f"late.{site.server_name}"
        site.secret("late", name)
        site.homeserver("late", name, wait=False, secret="late")
        wait_until("the new backend", lambda: ingress.get(site.host, TARGET).json() == {"backend": "new"}, 60)
        site.wait_condition("PalpoHomeserver", "late", "Ready", "True", timeout=60)
        assert ingress.get(name, TARGET).status == 200
        load.wait_for_more()


def test_status_waits_for_the_data_plane(site, whole):
    """No data plane, no Ready: the object says what is missing, and becomes ready when one has it."""
    ingress = whole
    ingress.dataplane.kill()
    backend = site.backend()
    site.secret()
    site.route_to(backend)
    site.homeserver(wait=False)
    told = wait_until("a condition", lambda: site.condition("homeserver"))
    assert told["status"] != "True"
    assert told["message"]
    ingress.start_dataplane()
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    assert ingress.get(site.host, TARGET).status == 200


def test_ingress_status_waits_for_the_data_plane(site, whole):
    from conftest import PUBLISHED_ADDRESSES

    ingress = whole
    backend = site.backend()
    site.secret()
    site.route_to(backend)
    site.homeserver(wait=False)
    ingress.dataplane.kill()
    site.apply(manifests.ingress("web", {f"web.{site.server_name}": [manifests.ingress_path("/", "homeserver")]}))
    # The controller has read the Ingress once it publishes the host.
    wait_until("the controller to know the Ingress",
               lambda: f"web.{site.server_name}" in ingress.controller_admin.get("/config").body.decode())
    assert site.addresses("web") == []
    ingress.start_dataplane()
    site.wait_addresses("web", PUBLISHED_ADDRESSES)
