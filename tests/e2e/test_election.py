# SPDX-License-Identifier: Apache-2.0
"""Which of several controllers writes, under faults. What was written by whom is read from the API server's audit."""
import pytest
from palpo_test import manifests
from palpo_test.relay import Relay
from palpo_test.waiting import wait_until

from replicas_under_test import QUICK, Author, Replica, moment, terms

TARGET = "/_matrix/client/versions"
_count = 0


@pytest.fixture
def release(site, cluster, processes, folder, trust):
    """Makes controllers of one class of their own, which share a Lease."""
    global _count
    _count += 1
    name, made = f"election-{_count}", []

    class Release:
        class_name = name

        @staticmethod
        def replica(letter, *options, server=None):
            made.append(Replica(cluster, processes, folder / letter, trust, f"{name}-{letter}",
                                ["--ingress-class", name, "--controller-name", f"palpo.im/{name}",
                                 *(options or QUICK)], server))
            return made[-1]

        @classmethod
        def pair(cls, *options):
            a, b = cls.replica("a", *options), cls.replica("b", *options)
            a.start().wait_leading()
            b.start().wait_following(a)
            return a, b

    site.api.apply(manifests.ingress_class(name, f"palpo.im/{name}"))
    yield Release
    for one in made:
        one.controller.resume()
        one.stop()
    site.api.delete("IngressClass", name)


def test_a_leader_that_is_paused_writes_nothing_more(site, release):
    """Stopped in the midst of its writing, for longer than its Lease lasts, and let go on: again and again."""
    leader, other = release.pair()
    order = [leader.user]
    with Author(site, release.class_name):
        for _ in range(2):
            leader.wait_writes(20)
            leader.controller.pause()
            other.wait_leading()
            other.wait_writes(20)
            leader.controller.resume()
            other.wait_writes(20)
            leader.wait_following(other)
            leader, other = other, leader
            order.append(leader.user)
    assert terms(leader, other) == order


def test_while_the_api_server_is_away_nobody_leads_and_then_one_does(site, release, cluster):
    a, b = release.pair()
    try:
        with Author(site, release.class_name):
            a.wait_writes(20)
            cluster.stop_server()
            wait_until("nobody to lead", lambda: not a.leads() and not b.leads())
            assert "palpo_ingress_lease_leader 0" in a.controller_admin.metrics().text
            wait_until("the failure to be counted", lambda: a.controller_admin.metrics().total(
                "palpo_ingress_lease_renew_failures_total") > 0)
            assert a.controller_admin.ready() and b.controller_admin.ready(), "they serve"
            cluster.start_server()
            wait_until("one to lead", lambda: a.leads() != b.leads(), 30)
            (a if a.leads() else b).wait_writes(20, 40)
        assert terms(a, b) in ([a.user], [a.user, b.user])
    finally:
        if not cluster.server.running():
            cluster.start_server()


def test_a_leader_that_loses_its_way_to_the_api_server(site, release, cluster):
    """Nothing tells it so: its requests are not answered, and neither are its renewals."""
    path = Relay(cluster.address)
    try:
        a, b = release.replica("a", server=path.url), release.replica("b")
        a.start().wait_leading()
        b.start().wait_following(a)
        with Author(site, release.class_name):
            a.wait_writes(20)
            path.cut()
            b.wait_leading()
            assert not a.leads(), "before another does"
            b.wait_writes(20)
            path.mend()
            a.wait_following(b)
            b.wait_writes(20)
        assert terms(a, b) == [a.user, b.user]
    finally:
        path.close()


def test_clocks_that_differ_by_minutes_change_nothing(site, release):
    """The leader's wall clock is ahead, then its successor's is behind it: a Lease counts by who sees it renewed."""
    a, b = release.replica("a"), release.replica("b")
    a.skew(420)
    a.start().wait_leading()
    b.start().wait_following(a)
    ahead = moment(b.cluster.api.get("Lease", b.lease()["name"].split("/")[1], "default")["spec"]["renewTime"])
    assert ahead - a.renewals()[-1] > 400, "its clock is ahead"
    with Author(site, release.class_name):
        a.wait_writes(20)
        a.controller.kill()
        b.wait_leading()
        since = a.renewals()[-1]
        assert 3 <= b.renewals()[0] - since < 3 + 2.2 * 0.5 + 2, "by the duration that it had, whatever the clock said"
        a.start_controller()
        a.wait_following(b)
        taken = len(b.renewals())
        wait_until("renewals for longer than the Lease lasts", lambda: len(b.renewals()) >= taken + 7)
        a.wait_following(b)
        b.wait_writes(20)
    assert terms(a, b) == [a.user, b.user]


def test_a_leader_that_ends_in_good_order_hands_over_at_once(site, release):
    """And not after the fifteen seconds of its Lease. The next one writes what differs, and nothing else."""
    a, b = release.pair("--lease-duration", "15s", "--renew-deadline", "10s", "--retry-period", "500ms")
    site.complete(ingressClassName=release.class_name)
    wait_until("both to serve", lambda: b.get(site.host, TARGET).status == 200)
    assert a.controller.terminate() == 0
    given_up = a.renewals()[-1]
    b.wait_leading(5)
    assert b.renewals()[0] - given_up < 2.2 * 0.5 + 1
    site.homeserver("second", f"second.{site.server_name}", ingressClassName=release.class_name, wait=False)
    site.wait_condition("PalpoHomeserver", "second", "RoutesProgrammed", "True")
    changed = {entry["objectRef"]["name"] for entry in b.writes() if entry["objectRef"]["resource"] != "events"}
    assert changed == {"second"}
    assert terms(a, b) == [a.user, b.user]
    assert b.get(site.host, TARGET).status == 200


def test_a_leader_that_is_killed_is_followed_when_its_lease_is_over(site, release):
    a, b = release.pair()
    site.complete(ingressClassName=release.class_name)
    a.controller.kill()
    site.homeserver(ingressClassName=release.class_name, wait=False,
                    wellKnown={"client": {"org.example.greeting": "hello"}})
    wait_until("the other to serve it", lambda: b.get(site.server_name, "/.well-known/matrix/client").json().get(
        "org.example.greeting") == "hello")
    assert b.writes() == [], "serving does not wait"
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True", generation=2)
    assert 3 <= b.renewals()[0] - a.renewals()[-1] < 3 + 2.2 * 0.5 + 2
    assert terms(a, b) == [a.user, b.user]
