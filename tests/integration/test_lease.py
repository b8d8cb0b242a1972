# SPDX-License-Identifier: Apache-2.0
"""Which controller writes, against a scripted API server: rights, faults, and what a new leader does first."""
import json

import pytest
from api_under_test import HOST, TARGET, greet, ready, wait_greeting
from palpo_test import manifests
from palpo_test.api_server import answers_status
from palpo_test.ingress import Ingress
from palpo_test.waiting import stays, wait_until

PATIENT = ("--retry-period", "200ms")  # for a busy machine, where no Lease has to run out
QUICK = ("--lease-duration", "3s", "--renew-deadline", "2s", "--retry-period", "200ms")
LEASE = ("default", "palpo-ingress-palpo")


def lease_of(ingress):
    return ingress.controller_admin.config()["lease"]


def writes(api):
    return [seen for seen in api.requests() if seen.verb in ("patch", "post") and seen.kind != "Lease"]


@pytest.fixture
def second(followed, processes, folder, trust):
    """Another replica, of the same Lease."""
    (folder / "second").mkdir()
    made = Ingress(processes, folder / "second", followed.source, trust, name="second-")
    yield made
    made.stop()


def test_a_controller_holds_its_lease_while_it_runs(followed):
    api = followed.api
    followed.start("--identity", "one", *PATIENT)
    wait_until("Ready", lambda: ready(api))
    assert lease_of(followed) == {"name": "/".join(LEASE), "identity": "one", "leader": "one", "leading": True,
                                  "trouble": ""}
    spec = api.leases[LEASE]["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == ("one", 15, 0)
    assert spec["acquireTime"].endswith("Z")
    wait_until("a renewal", lambda: api.leases[LEASE]["spec"]["renewTime"] != spec["renewTime"])
    reads = len(api.requests("Lease", "get"))
    renewals = len(api.requests("Lease", "put"))
    api.wait_requests("Lease", "put", renewals + 3)
    assert len(api.requests("Lease", "get")) == reads, "a renewal is one request"
    assert followed.controller.terminate() == 0
    spec = api.leases[LEASE]["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"]) == ("", 1)


@pytest.mark.parametrize("options, lease", [
    (["--lease", "edge/of-my-own"], ("edge", "of-my-own")),
    (["--ingress-class", "internal"], ("default", "palpo-ingress-internal")),
    (["--watch-namespace", "default"], None), (["--controller-name", "example.com/other"], None),
    (["--label-selector", "team=chat"], None)])
def test_each_domain_has_a_lease_of_its_own(followed, options, lease):
    api = followed.api
    followed.start_controller(*options, *PATIENT)
    found = wait_until("a Lease", lambda: list(api.leases))
    assert found == [lease or found[0]] and found[0] != LEASE
    if lease is None:
        assert found[0][1].startswith("palpo-ingress-palpo-")


def test_a_right_that_is_missing_costs_statuses_and_nothing_else(followed):
    api = followed.api
    api.forbidden.add("Lease")
    followed.start(*PATIENT)
    assert followed.get(HOST, TARGET).status == 200
    wait_until("it to be said", lambda: b"grant the verbs get, create and update on leases"
               in followed.controller_admin.get("/readyz").body)
    answer = followed.controller_admin.get("/readyz")
    assert answer.status == 200
    assert b'"coordination.k8s.io" in the namespace default (Role)' in answer.body
    assert followed.controller_admin.metrics().total("palpo_ingress_lease_leader") == 0
    tries = len(api.requests("Lease"))
    api.wait_requests("Lease", "get", tries + 3)
    told = [line for line in followed.controller.log_lines() if line.get("event") == "lease.trouble"]
    assert len(told) == 1 and "grant the verbs" in told[0]["reason"]
    assert writes(api) == []
    api.forbidden.clear()
    wait_until("Ready", lambda: ready(api))
    wait_until("it to be over", lambda: followed.controller_admin.get("/readyz").body == b"ok\n")
    assert followed.controller_admin.metrics().total("palpo_ingress_lease_leader") == 1


def test_who_follows_serves_and_writes_nothing_and_leads_when_the_leader_ends(followed, second):
    api = followed.api
    api.put(manifests.ingress("web", {"web.test": [manifests.ingress_path("/", "missing")]}))
    followed.start("--identity", "one", *PATIENT)
    wait_until("Ready", lambda: ready(api))
    wait_until("an Event", lambda: api.events)
    second.start("--identity", "two", *PATIENT)
    wait_until("the second to follow", lambda: lease_of(second)["leader"] == "one")
    assert second.get(HOST, TARGET).status == 200
    assert not lease_of(second)["leading"]
    before = len(writes(api))
    assert followed.controller.terminate() == 0
    wait_until("the second to lead", lambda: lease_of(second)["leading"])
    wait_until("the Event to be tried", lambda: len(writes(api)) > before)
    greet(api, "hello")
    wait_until("Ready of the new generation", lambda: ready(api))
    new = [(seen.verb, seen.path.rsplit("/", 2)[-2:]) for seen in writes(api)[before:]]
    assert new[0] == ("post", ["default", "events"]), "it may not have been told; it has, and is not counted up"
    assert {found[0] for found in new[1:]} == {"patch"} and all(part[0] == "homeserver" for _, part in new[1:])
    assert [event["count"] for event in api.events] == [1] * len(api.events)
    assert api.leases[LEASE]["spec"]["leaseTransitions"] >= 1


def test_a_leader_that_cannot_renew_stops_writing_before_its_lease_is_over(followed):
    api = followed.api
    followed.start(*QUICK)
    wait_until("Ready", lambda: ready(api))
    api.stand("Lease", "put", answers_status(500, "InternalError"))
    api.stand("Lease", "get", answers_status(500, "InternalError"))
    wait_until("the end of its term", lambda: not lease_of(followed)["leading"])
    before = len(writes(api))
    greet(api, "while nobody leads")
    wait_greeting(followed, "while nobody leads")
    assert followed.controller_admin.metrics().total("palpo_ingress_lease_renew_failures_total") > 0
    stays("silence", lambda: len(writes(api)) == before, 1)
    assert not ready(api)
    api.stand("Lease", "get", None)
    api.stand("Lease", "put", None)
    wait_until("Ready of the new generation", lambda: ready(api))


def test_a_status_is_bound_to_what_its_writer_has_seen(followed):
    """What arrives late, after another leader has written, is refused by the API server."""
    api = followed.api
    followed.start()
    wait_until("Ready", lambda: ready(api))
    for seen in api.requests("PalpoHomeserver", "patch"):
        meta = json.loads(seen.body)["metadata"]
        assert meta["resourceVersion"] and meta["uid"]


def test_without_an_election_it_writes_and_touches_no_lease(followed):
    followed.start("--leader-election", "off")
    wait_until("Ready", lambda: ready(followed.api))
    assert followed.api.requests("Lease") == []
    assert lease_of(followed) is None
    assert followed.controller_admin.metrics().total("palpo_ingress_lease_leader") == 1
