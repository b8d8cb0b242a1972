# SPDX-License-Identifier: Apache-2.0
"""The controller against an API server that misbehaves. Nothing it does may cost a request or miss a change."""
import json

import pytest
from api_under_test import HOST, KINDS, NAME, TARGET, greet, missed_change, wait_greeting
from palpo_test import manifests
from palpo_test.api_server import answers_status, half_a_body, status_body, watch_event
from palpo_test.manifests import condition
from palpo_test.waiting import stays, wait_until


def test_what_is_asked_for(live):
    api = live.api
    for kind in KINDS:
        first = api.requests(kind, "list")[0]
        assert first.query["limit"] == "500", kind
        watch = api.requests(kind, "watch")[0]
        assert watch.query["allowWatchBookmarks"] in ("1", "true")
        assert int(watch.query["resourceVersion"]) >= 100
        assert int(watch.query["timeoutSeconds"]) >= 60
    for verb in ("list", "watch"):
        assert all(seen.query["fieldSelector"] == "type=kubernetes.io/tls" for seen in api.requests("Secret", verb))
    assert all(seen.header("Authorization") == "Bearer secret-token" for seen in api.seen)


def test_changes_arrive_by_the_watch(live, make_backend):
    api = live.api
    lists = len(api.requests(verb="list"))
    greet(api, "hello")
    wait_greeting(live, "hello")
    other = make_backend("other")
    api.put(manifests.endpoint_slice("homeserver", [other.address]))
    wait_until("the other backend", lambda: live.get(HOST, TARGET).json() == {"backend": "other"})
    api.delete("PalpoHomeserver", "homeserver")
    wait_until("the hosts to be gone", lambda: live.dataplane_admin.metrics().total("palpo_ingress_config_hosts") == 0)
    assert len(api.requests(verb="list")) == lists, "nothing is listed again"


def test_long_lists_come_in_pages(followed, authority):
    api = followed.api
    api.put(*[manifests.service(f"s{number}") for number in range(1200)])
    followed.start()
    pages = api.requests("Service", "list")
    assert [page.query.get("continue") for page in pages] == [None, "500", "1000"]
    assert {page.query["limit"] for page in pages} == {"500"}
    assert followed.get(HOST, TARGET).status == 200


def test_a_continue_that_has_expired_starts_the_list_anew(followed):
    api = followed.api
    api.put(*[manifests.service(f"s{number}") for number in range(600)])
    expired = answers_status(410, "Expired")

    def on_second_page(stream, seen):
        return expired(stream, seen) if seen.query.get("continue") else api._list(stream, seen)

    api.fault("Service", "list", on_second_page, on_second_page)
    followed.start()
    assert [page.query.get("continue") for page in api.requests("Service", "list")] == [None, "500", None, "500"]
    assert followed.get(HOST, TARGET).status == 200


GONE_EVENT = {"type": "ERROR", "object": status_body(410, "Expired")}


@pytest.mark.parametrize("gone", [answers_status(410, "Expired"), watch_event(GONE_EVENT)],
                         ids=["as status", "as event"])
def test_410_on_a_watch_lists_again(live, gone):
    """What happened meanwhile is in the list: a change, and a deletion that no event told."""
    api = live.api
    api.put(manifests.homeserver("doomed", "doomed.test"))
    wait_until("the doomed host", lambda: "doomed.test" in live.controller_admin.get("/config").body.decode())
    lists = len(api.requests("PalpoHomeserver", "list"))
    api.fault("PalpoHomeserver", "watch", gone)
    with api.lock:
        missed_change(api, "missed")
        del api.objects["PalpoHomeserver"][("default", "doomed")]
        api.tell_raw("PalpoHomeserver", None)
    wait_greeting(live, "missed")
    wait_until("the doomed host to be gone", lambda: "doomed.test" not in live.controller_admin.get("/config").body.decode())
    assert len(api.requests("PalpoHomeserver", "list")) == lists + 1
    assert live.get(HOST, TARGET).status == 200


def test_a_reset_in_the_middle_of_an_event_resumes_where_it_was(live):
    api = live.api
    lists = len(api.requests(verb="list"))
    greet(api, "before")
    wait_greeting(live, "before")
    version = api.get("PalpoHomeserver", "homeserver")["metadata"]["resourceVersion"]
    watches = len(api.requests("PalpoHomeserver", "watch"))
    api.tell_raw("PalpoHomeserver", b'{"type":"MODIFIED","object":{"kind":"PalpoHomeserver","metadata":{"na')
    with api.lock:
        missed_change(api, "after")
        api.tell_raw("PalpoHomeserver", None)
    wait_greeting(live, "after")
    resumed = api.requests("PalpoHomeserver", "watch")[watches]
    assert int(resumed.query["resourceVersion"]) >= int(version)
    assert len(api.requests(verb="list")) == lists, "nothing is listed again"


def test_an_event_in_single_bytes(live):
    api = live.api
    found = manifests.homeserver("homeserver", NAME, host=HOST, wellKnown={"client": {"org.example.greeting": "slow"}})
    with api.lock:
        missed_change(api, "slow")
        found = api.get("PalpoHomeserver", "homeserver")
        for byte in json.dumps({"type": "MODIFIED", "object": found}).encode() + b"\n":
            api.tell_raw("PalpoHomeserver", bytes([byte]))
    wait_greeting(live, "slow")


def test_the_end_of_a_watch_is_no_reason_to_list(live):
    api = live.api
    api.fault("PalpoHomeserver", "watch", *[watch_event()] * 3)
    lists = len(api.requests(verb="list"))
    api.tell_raw("PalpoHomeserver", None)
    wait_until("the watch to be back", lambda: not api.faults and api.watching("PalpoHomeserver"))
    greet(api, "on")
    wait_greeting(live, "on")
    assert len(api.requests(verb="list")) == lists


def test_a_bookmark_moves_the_place_to_resume_at(live):
    api = live.api
    api.bookmark("Secret")
    marked = api.version
    watches = len(api.requests("Secret", "watch"))
    api.tell_raw("Secret", None)
    again = api.wait_requests("Secret", "watch", watches + 1)[watches]
    assert again.query["resourceVersion"] == str(marked)


def test_half_an_event_and_then_silence(followed):
    """The connection is there and says nothing more: the watch is begun again after the idle time."""
    api = followed.api
    followed.start("--watch-idle-timeout", "2s")
    api.wait_watched()
    watches = len(api.requests("PalpoHomeserver", "watch"))
    api.tell_raw("PalpoHomeserver", b'{"type":"MODIFIED","object":{"kind":"PalpoHomeserver","metadata":{"na')
    missed_change(api, "heard")
    wait_greeting(followed, "heard")
    assert len(api.requests("PalpoHomeserver", "watch")) > watches


def test_slow_bookmarks_keep_a_watch_alive(followed):
    api = followed.api
    followed.start("--watch-idle-timeout", "2s")
    api.wait_watched()
    watches = len(api.requests("PalpoHomeserver", "watch"))

    def bookmarked():
        api.bookmark("PalpoHomeserver")
        return len(api.requests("PalpoHomeserver", "watch")) == watches

    stays("the watch", bookmarked, 5)


def test_429_is_obeyed(followed):
    api = followed.api
    api.fault("Service", "list", answers_status(429, "TooManyRequests", [("Retry-After", "2")]))
    followed.start()
    first, second = api.requests("Service", "list")[:2]
    assert second.at - first.at >= 1.9


@pytest.mark.parametrize("fault", [
    answers_status(500, "InternalError"), answers_status(503, "ServiceUnavailable"), answers_status(504, "Timeout"),
    half_a_body, lambda stream, seen: stream.reset(),
    lambda stream, seen: stream.json(200, b"<html>not JSON</html>"),
    lambda stream, seen: stream.json(200, b'{"items": "no list", "metadata": {"resourceVersion": "1"}}'),
    lambda stream, seen: stream.json(200, b"[" * 100_000),
], ids=["500", "503", "504", "half", "reset", "html", "no list", "deep"])
def test_a_list_that_fails_is_tried_again(followed, fault):
    api = followed.api
    api.fault("Secret", "list", fault, fault)
    followed.start()
    assert len(api.requests("Secret", "list")) >= 3
    assert followed.get(HOST, TARGET).status == 200


def test_until_everything_is_listed_nothing_is_published(followed):
    """A data plane that serves must not lose routes because a list is late."""
    api = followed.api
    followed.start()
    followed.controller.kill()
    api.stand("Secret", "list", answers_status(500, "InternalError"))
    followed.start_controller()
    api.wait_requests("Secret", "list", 3)
    answer = followed.controller_admin.get("/readyz")
    assert answer.status == 503
    assert b"Secret" in answer.body
    assert followed.get(HOST, TARGET).status == 200
    api.stand("Secret", "list", None)
    followed.wait_ready()
    assert followed.controller_admin.metrics().total("palpo_ingress_publish_updates_total") == 0


@pytest.mark.parametrize("kinds", [KINDS, ["PalpoHomeserver"]], ids=["every kind", "one kind"])
def test_refused_at_its_start_the_controller_takes_nothing_away(followed, kinds):
    """Roles that come a moment later than the controller, or an API server that still starts."""
    api = followed.api
    followed.start()
    followed.controller.kill()
    lists = {kind: len(api.requests(kind, "list")) for kind in kinds}
    api.forbidden.update(kinds)
    followed.start_controller()
    for kind in kinds:
        api.wait_requests(kind, "list", lists[kind] + 4)
    answer = followed.controller_admin.get("/readyz")
    assert answer.status == 503
    assert b"PalpoHomeserver" in answer.body
    assert followed.get(HOST, TARGET).status == 200
    api.forbidden.clear()
    followed.wait_ready()
    assert followed.get(HOST, TARGET).status == 200
    assert followed.controller_admin.metrics().total("palpo_ingress_publish_updates_total") == 0


@pytest.mark.parametrize("line", [
    b"not JSON\n", b'{"type":"MODIFIED"}\n', b'{"type":"NEW","object":{"metadata":{"name":"x"}}}\n', b"[]\n", b"\n",
    b'{"type":"MODIFIED","object":{"metadata":{"name":"x"},"a":' + b"[" * 50_000 + b"\n",
    b'{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError"}}\n',
], ids=["noise", "no object", "a new type", "a list", "an empty line", "deep", "500 as event"])
def test_a_watch_that_talks_nonsense_is_survived(live, line):
    api = live.api
    api.tell_raw("PalpoHomeserver", line)
    greet(api, "still here")
    wait_greeting(live, "still here")


def test_an_object_without_its_shape_is_told_and_the_last_good_form_serves(live):
    api = live.api
    broken = api.get("PalpoHomeserver", "homeserver")
    broken["spec"]["backend"] = {"service": {"name": "homeserver", "port": {"a": 1}}}
    api.put(broken)

    def told():
        ready = condition(api.get("PalpoHomeserver", "homeserver"), "Ready")
        return ready["status"] == "False" and "spec.backend.service.port" in ready["message"]

    wait_until("the author to be told", told)
    assert live.get(HOST, TARGET).status == 200


def test_a_missing_crd_is_no_obstacle_and_its_coming_is_noticed(followed, backend):
    api = followed.api
    api.missing.add("PalpoHomeserver")
    api.put(manifests.ingress("web", {HOST: [manifests.ingress_path("/", "homeserver")]},
                              tls=[{"hosts": [HOST], "secretName": "homeserver-tls"}]))
    followed.start()
    assert followed.get(HOST, "/x").status == 200
    assert "PalpoHomeserver" in followed.controller.log()
    api.missing.clear()
    wait_until("federation", lambda: followed.get_federation(NAME, "/_matrix/federation/v1/version").status == 200, 45)


def test_an_api_server_that_goes_and_comes_back(live):
    api = live.api
    api.stop()
    live.controller.wait_for_log("kube.trouble")
    assert live.get(HOST, TARGET).status == 200
    missed_change(api, "meanwhile")
    api.start()
    wait_greeting(live, "meanwhile", 45)


def test_one_namespace_alone(followed):
    api = followed.api
    followed.start_controller("--watch-namespace", "default")

    def asked():
        return [seen.path for seen in api.seen if seen.kind in ("Secret", "Service") and seen.method == "GET"]

    wait_until("two requests", lambda: len(asked()) >= 2)
    assert all("/namespaces/default/" in path for path in asked()), asked()
