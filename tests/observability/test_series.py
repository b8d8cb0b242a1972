# SPDX-License-Identifier: Apache-2.0
"""How many series a pair of programs shows: bounded whatever the number of homeservers is, and nothing is lost by it."""
import pytest
from palpo_test import manifests
from palpo_test.api_server import ApiServer
from palpo_test.ingress import Ingress
from palpo_test.metrics import Metrics
from palpo_test.waiting import wait_until

import fleet

MOST_AT_100, MOST_AT_5000 = 500, 2000
ORPHANS = range(60)  # of the hundred
REQUESTS, FAILURES = "palpo_ingress_downstream_owner_requests_total", "palpo_ingress_downstream_owner_failures_total"


@pytest.fixture
def backend(make_backend):
    return make_backend(script=fleet.answer_as_asked)


def pages(ingress):
    return [admin.metrics() for admin in (ingress.controller_admin, ingress.dataplane_admin)]


def count_series(ingress):
    return sum(len(page.samples) for page in pages(ingress))


def wait_until_served(ingress, count):
    wait_until(f"{count} homeservers to be served",
               lambda: ingress.dataplane_admin.metrics().total("palpo_ingress_config_hosts") == 2 * count, 60)


def ask_everyone(ingress, count, orphans=()):
    done = fleet.ask_everyone(ingress.https, ingress.tls, f"hs-0000.{fleet.DOMAIN}", count, orphans)
    wait_until("every request to be counted", lambda: ingress.dataplane_admin.metrics().total(
        "palpo_ingress_downstream_requests_total") >= done, 30)
    return done


def check_nothing_is_lost(ingress, done, count, orphans=()):
    page = ingress.dataplane_admin.metrics()
    assert page.total(REQUESTS) == done
    assert page.total(FAILURES) == done // len(fleet.CODES) + len(orphans) * (len(fleet.CODES) - 1)
    everyone = Metrics(ingress.dataplane_admin.get("/metrics/owners").body.decode())
    requests = {labels["owner"]: value for name, labels, value in everyone.samples if name == REQUESTS}
    assert requests == {fleet.owner(number): len(fleet.CODES) for number in range(count)}


def test_5000_homeservers(ingress, backend, authority):
    shared = authority.issue(f"*.{fleet.DOMAIN}")
    manifests.write(ingress.manifests / "tls.yaml", manifests.tls_secret("fleet-tls", shared))
    made = fleet.objects(5000, backend)
    for start in range(0, len(made), 1000):
        manifests.write(ingress.manifests / f"fleet-{start}.yaml", *made[start:start + 1000])
    ingress.start()
    wait_until_served(ingress, 5000)
    done = ask_everyone(ingress, 5000)
    series = count_series(ingress)
    print(f"series at 5,000 homeservers: {series}")
    assert series <= MOST_AT_5000
    page = ingress.dataplane_admin.metrics()
    assert page.total("palpo_ingress_downstream_owners_without_series") == 4500
    assert page.total(REQUESTS, owner=fleet.owner(499)) == len(fleet.CODES)
    assert page.total(REQUESTS, owner="other") == 4500 * len(fleet.CODES)
    check_nothing_is_lost(ingress, done, 5000)


def test_the_bound_is_an_option(ingress, backend, authority):
    manifests.write(ingress.manifests / "fleet.yaml", manifests.tls_secret("fleet-tls", authority.issue(f"*.{fleet.DOMAIN}")),
                    *fleet.objects(10, backend))
    ingress.start_controller()
    ingress.start_dataplane("--metrics-max-owners", "3")
    ingress.wait_ready()
    wait_until_served(ingress, 10)
    done = ask_everyone(ingress, 10)
    page = ingress.dataplane_admin.metrics()
    assert {labels["owner"] for name, labels, _ in page.samples if name == REQUESTS} == {
        "other", *[fleet.owner(number) for number in range(3)]}
    check_nothing_is_lost(ingress, done, 10)
    # Whoever is deleted makes room for the next.
    made = fleet.objects(10, backend)
    manifests.write(ingress.manifests / "fleet.yaml", *[one for one in made if one["metadata"]["name"] != "hs-0001"],
                    manifests.tls_secret("fleet-tls", authority.issue(f"*.{fleet.DOMAIN}")))
    wait_until("the deletion", lambda: {labels["owner"] for name, labels, _ in ingress.dataplane_admin.metrics().samples
                                        if name == REQUESTS} == {"other", *map(fleet.owner, (0, 2, 3))})


@pytest.fixture(params=["a directory", "the API server"])
def hundred(request, processes, folder, backend, authority):
    """100 homeservers. The worst for the number of series: certificates of their own, all about to expire; many orphans."""
    shared = authority.issue(f"*.{fleet.DOMAIN}")
    names = [f"fleet-tls-{number}" for number in range(100)]
    made = [manifests.tls_secret(name, shared) for name in names]
    made += fleet.objects(100, backend, secret=lambda number: names[number], orphans=ORPHANS)
    ingress = Ingress(processes, folder, tls=authority.client_context())
    if request.param == "a directory":
        (folder / "manifests").mkdir()
        manifests.write(folder / "manifests/fleet.yaml", *made)
        ingress.source = ["--source", f"dir:{folder / 'manifests'}"]
        yield ingress
        return
    with ApiServer(folder / "api") as api:
        api.put(manifests.ingress_class(), *made)
        ingress.source = ["--kubeconfig", api.kubeconfig(folder / "kubeconfig")]
        yield ingress


def test_100_homeservers(hundred):
    hundred.start_controller()
    hundred.start_dataplane("--access-log", "json")
    hundred.wait_ready()
    wait_until_served(hundred, 100)
    done = ask_everyone(hundred, 100, ORPHANS)
    series = count_series(hundred)
    print(f"series at 100 homeservers: {series}")
    assert series <= MOST_AT_100
    assert hundred.dataplane_admin.metrics().total("palpo_ingress_downstream_owners_without_series") == 0
    controller = hundred.controller_admin.metrics()
    assert controller.total("palpo_ingress_certificate_served", time_left="under_30d") == 100
    assert sum(name == "palpo_ingress_certificate_expires_timestamp_seconds" for name, _, _ in controller.samples) == 40
    assert controller.total("palpo_ingress_translate_objects", kind="PalpoHomeserver", state="orphan") == len(ORPHANS)
    assert sum(name == "palpo_ingress_translate_orphan_backends" for name, _, _ in controller.samples) == 31
    assert controller.total("palpo_ingress_translate_orphan_backends") == len(ORPHANS)
    check_nothing_is_lost(hundred, done, 100, ORPHANS)
