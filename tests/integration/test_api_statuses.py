# SPDX-License-Identifier: Apache-2.0
"""What the controller writes to the API server: statuses and Events, once, and as soon as it may."""
import pytest
from api_under_test import HOST, greet, ready, wait_greeting
from palpo_test import manifests
from palpo_test.api_server import answers_status
from palpo_test.manifests import condition
from palpo_test.waiting import wait_until


def test_a_status_is_written_once_and_not_again(live):
    api = live.api
    wait_until("Ready", lambda: ready(api))
    patches = len(api.requests(verb="patch"))
    api.bookmark("PalpoHomeserver")
    for number in range(3):  # what changes nothing for this object
        api.put(manifests.service(f"unrelated{number}"))
    api.put(manifests.homeserver("second", "second.test", service_name="nothing"))
    wait_until("the second object's status", lambda: condition(api.get("PalpoHomeserver", "second"), "Ready"))
    ours = [seen for seen in api.requests(verb="patch")[patches:] if "/homeserver/" in seen.path]
    assert ours == []


def conflict(stream, seen):
    """Somebody else was quicker: the object has changed, and the watch says so."""
    api = stream.server
    found = api.get("PalpoHomeserver", "homeserver")
    found["metadata"]["labels"] = {"changed": str(api.version)}
    api.put(found)
    return stream.status(409, "Conflict")


@pytest.mark.parametrize("fault", [conflict, answers_status(500, "InternalError"),
                                   answers_status(401, "Unauthorized"), answers_status(403, "Forbidden"),
                                   answers_status(429, "TooManyRequests", [("Retry-After", "1")]),
                                   lambda stream, seen: stream.reset()], ids=["409", "500", "401", "403", "429", "reset"])
def test_a_status_that_cannot_be_written_is_written_later(followed, fault):
    api = followed.api
    api.fault("PalpoHomeserver", "patch", fault, fault)
    followed.start()
    wait_until("Ready", lambda: ready(api), 40)
    assert len(api.requests("PalpoHomeserver", "patch")) >= 3


def test_a_right_to_write_that_is_missing_holds_up_no_other_and_is_noticed(followed):
    api = followed.api
    api.stand("Ingress", "patch", answers_status(403, "Forbidden"))
    api.put(*[manifests.ingress(f"web{number}", {HOST: [manifests.ingress_path(f"/web{number}", "homeserver")]},
                                tls=[{"hosts": [HOST], "secretName": "homeserver-tls"}]) for number in range(30)])
    followed.start("--publish-address", "192.0.2.7")
    wait_until("Ready", lambda: ready(api))
    api.wait_requests("Ingress", "patch", 33)
    greet(api, "while one right is missing")
    wait_until("Ready of the new generation", lambda: ready(api))
    api.stand("Ingress", "patch", None)

    def addressed(number):
        return api.get("Ingress", f"web{number}").get("status", {}).get("loadBalancer", {}).get("ingress")

    wait_until("every address", lambda: all(addressed(number) == [{"ip": "192.0.2.7"}] for number in range(30)))
    told = [line for line in followed.controller.log_lines() if line.get("event") == "status.failed"]
    assert len(told) == 1, "a right that is missing for thirty objects is said once"


def test_a_status_that_somebody_removed_comes_back(live):
    api = live.api
    wait_until("Ready", lambda: ready(api))
    found = api.get("PalpoHomeserver", "homeserver")
    found["status"] = {}
    api.put(found)
    wait_until("Ready", lambda: ready(api))


@pytest.mark.parametrize("options", [[], ["--publish-address", "192.0.2.7"], ["--publish-service", "default/edge"]])
def test_a_start_without_an_address_to_publish_says_so(followed, options):
    followed.start(*options)
    told = [line for line in followed.controller.log_lines() if line.get("event") == "status.no_address"]
    assert len(told) == (0 if options else 1)
    assert all("--publish-service" in line["message"] for line in told)


def test_events_tell_an_ingress_author(live):
    api = live.api
    api.put(manifests.ingress("web", {"web.test": [manifests.ingress_path("/", "missing")]}))
    wait_until("an Event", lambda: any(event["involvedObject"]["name"] == "web" and "missing" in event["message"]
                                       for event in api.events))
    events = [event for event in api.events if event["involvedObject"]["name"] == "web"]
    assert all(event["type"] == "Warning" for event in events)
    count = len(events)
    api.put(manifests.service("unrelated"))
    greet(api, "something else")
    wait_greeting(live, "something else")
    assert len([event for event in api.events if event["involvedObject"]["name"] == "web"]) == count


def test_a_status_is_written_by_the_next_token(by_token):
    api = by_token.api
    wait_until("Ready", lambda: ready(api))
    with api.lock:  # the watches go on: only the patch meets the refusal
        api.tokens = {"second"}
        by_token.token.write_text("second")
    patches = len(api.requests("PalpoHomeserver", "patch"))
    greet(api, "anew")
    wait_until("Ready of the new generation", lambda: ready(api))
    shown = [one.header("Authorization") for one in api.requests("PalpoHomeserver", "patch")[patches:]]
    assert shown == ["Bearer first", "Bearer second"]
