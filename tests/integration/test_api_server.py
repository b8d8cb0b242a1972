# SPDX-License-Identifier: Apache-2.0
"""The controller against an API server that misbehaves. Nothing it does may cost a request or miss a change."""
import json

import pytest
from palpo_test import manifests
from palpo_test.api_server import ApiServer, answers_status, half_a_body, status_body, watch_event
from palpo_test.manifests import condition
from palpo_test.waiting import stays, wait_until

NAME, HOST, TARGET = "example.test", "matrix.example.test", "/_matrix/client/versions"
KINDS = ("Ingress", "IngressClass", "Service", "EndpointSlice", "Secret", "PalpoHomeserver", "Namespace")


@pytest.fixture
def api(folder):
    with ApiServer(folder / "api") as made:
        yield made


@pytest.fixture
def followed(api, ingress, folder, backend, authority):
    """Not started: the controller follows the scripted API server, where one homeserver stands."""
    issued = authority.issue(NAME, HOST)
    api.put(manifests.ingress_class(), manifests.tls_secret("homeserver-tls", issued), manifests.service("homeserver"),
            manifests.endpoint_slice("homeserver", [backend.address]),
            manifests.homeserver("homeserver", NAME, host=HOST))
    ingress.source = ["--kubeconfig", api.kubeconfig(folder / "kubeconfig")]
    ingress.api = api
    return ingress


@pytest.fixture
def live(followed):
    followed.start()
    followed.api.wait_watched()
    assert followed.get(HOST, TARGET).status == 200
    return followed


def greet(api, text):
    """A change that a request can see."""
    api.put(manifests.homeserver("homeserver", NAME, host=HOST,
                                 wellKnown={"client": {"org.example.greeting": text}}))


def greeting(ingress):
    return ingress.get(NAME, "/.well-known/matrix/client").json().get("org.example.greeting")


def wait_greeting(ingress, text, timeout=20.0):
    wait_until(f"greeting {text}", lambda: greeting(ingress) == text, timeout)


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


def missed_change(api, text):
    api.put_silently(manifests.homeserver("homeserver", NAME, host=HOST,
                                          wellKnown={"client": {"org.example.greeting": text}}))


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
    followed.start("--watch-idle-timeout", "2")
    api.wait_watched()
    watches = len(api.requests("PalpoHomeserver", "watch"))
    api.tell_raw("PalpoHomeserver", b'{"type":"MODIFIED","object":{"kind":"PalpoHomeserver","metadata":{"na')
    missed_change(api, "heard")
    wait_greeting(followed, "heard")
    assert len(api.requests("PalpoHomeserver", "watch")) > watches


def test_slow_bookmarks_keep_a_watch_alive(followed):
    api = followed.api
    followed.start("--watch-idle-timeout", "2")
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


RIGHTS = {"Ingress": "ingresses", "Service": "services", "EndpointSlice": "endpointslices", "Secret": "secrets",
          "PalpoHomeserver": "palpohomeservers"}


@pytest.mark.parametrize("kind", RIGHTS)
def test_without_a_right_nothing_is_published_and_the_right_is_named(followed, kind):
    """A role that lacks one kind must not take TLS or routes from what serves."""
    api = followed.api
    followed.start()
    followed.controller.kill()
    lists = len(api.requests(kind, "list"))
    api.forbidden.add(kind)
    followed.start_controller()
    api.wait_requests(kind, "list", lists + 5)
    answer = followed.controller_admin.get("/readyz")
    assert answer.status == 503
    assert f"{kind} cannot be read: the API server answers 403".encode() in answer.body
    assert f"grant the verbs list and watch on {RIGHTS[kind]} of the API group".encode() in answer.body
    assert followed.get(HOST, TARGET).status == 200
    told = [line for line in followed.controller.log_lines() if line.get("event") == "source.unreadable"]
    assert [line["kind"] for line in told] == [kind], "said once"
    api.forbidden.clear()
    followed.wait_ready()
    assert followed.get(HOST, TARGET).status == 200
    assert followed.controller_admin.metrics().total("palpo_ingress_publish_updates_total") == 0


def test_a_role_without_the_clusters_own_kinds_is_enough_and_soon(followed):
    api = followed.api
    api.forbidden.update(["IngressClass", "Namespace"])
    followed.start()
    assert followed.get(HOST, TARGET).status == 200
    assert len(api.requests("IngressClass", "list")) < 10, "no long patience"
    assert b"IngressClass" not in followed.controller_admin.get("/readyz").body, "nothing is missed"
    api.put(manifests.ingress("web", {HOST: [manifests.ingress_path("/web", "homeserver")]},
                              tls=[{"hosts": [HOST], "secretName": "homeserver-tls"}]))
    wait_until("the class by its name", lambda: followed.get(HOST, "/web").status == 200)
    before = len(api.requests("IngressClass", "watch"))
    api.forbidden.clear()
    api.wait_requests("IngressClass", "watch", before + 1)


def test_a_missing_definition_is_one_of_a_homeserver_only(followed):
    api = followed.api
    followed.start()
    followed.controller.kill()
    lists = len(api.requests("EndpointSlice", "list"))
    api.missing.add("EndpointSlice")
    followed.start_controller()
    api.wait_requests("EndpointSlice", "list", lists + 5)
    assert b"EndpointSlice cannot be read: the API server answers 404" in followed.controller_admin.get("/readyz").body
    assert followed.get(HOST, TARGET).status == 200
    api.missing.clear()
    followed.wait_ready()


def test_lists_stand_in_for_a_watch_that_is_denied(followed):
    api = followed.api
    api.stand("PalpoHomeserver", "watch", answers_status(403, "Forbidden"))
    followed.start()
    wait_until("it to be said", lambda: b"PalpoHomeserver" in followed.controller_admin.get("/readyz").body)
    greet(api, "by a list")
    wait_greeting(followed, "by a list", 60)
    api.stand("PalpoHomeserver", "watch", None)
    api.wait_watched("PalpoHomeserver")
    greet(api, "by a watch")
    wait_greeting(followed, "by a watch")
    wait_until("it to be over", lambda: followed.controller_admin.get("/readyz").body == b"ok\n")
    told = [line for line in followed.controller.log_lines() if line.get("event") == "source.unreadable"]
    assert len(told) == 1, told


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_that_becomes_forbidden_keeps_its_objects(live, kind):
    api = live.api
    api.forbidden.add(kind)
    api.tell_raw(kind, None)
    wait_until("the refusal", lambda: kind in live.controller_admin.config()["sources"]["unreadable"])
    answer = live.controller_admin.get("/readyz")
    assert answer.status == 200
    assert f"serving what was last known of {kind}: the API server answers 403".encode() in answer.body
    assert live.get(HOST, TARGET).status == 200
    if kind != "PalpoHomeserver":
        greet(api, "others work")
        wait_greeting(live, "others work")
    api.forbidden.clear()
    wait_until("it to be read again", lambda: live.controller_admin.get("/readyz").body == b"ok\n")
    greet(api, "read again")
    wait_greeting(live, "read again")


@pytest.fixture
def by_token(followed, folder):
    """Started with a token from a file. rotate() has the API server take another one only."""
    api, token = followed.api, folder / "token"
    token.write_text("first")
    api.tokens = {"first"}
    followed.source = ["--kubeconfig", api.kubeconfig(folder / "kubeconfig", {"tokenFile": str(token)})]
    followed.start()
    api.wait_watched()

    def rotate(value, written=True):
        api.tokens = {value}
        if written:
            token.write_text(f"{value}\n")
        api.drop_connections()

    followed.rotate, followed.token = rotate, token
    return followed


def refused(api):
    """Tokens that were shown and are not taken any more, in order."""
    with api.lock:
        return [seen for seen in api.seen if seen.header("Authorization") not in [f"Bearer {one}" for one in api.tokens]]


def test_a_token_is_read_again(by_token):
    """The file has the new token when the old one is refused: no kind waits for anything."""
    api = by_token.api
    by_token.token.write_text("second")
    seen = len(api.seen)
    by_token.rotate("second", written=False)
    api.wait_watched()
    later = api.seen[seen:]
    shown = {kind: [one.header("Authorization") for one in later if (one.kind, one.verb) == (kind, "watch")]
             for kind in KINDS}
    assert all(tokens.count("Bearer first") <= 1 for tokens in shown.values()), shown
    greet(api, "by the second token")
    wait_greeting(by_token, "by the second token")
    assert "kube.trouble" not in by_token.controller.log()


def test_a_token_that_comes_after_its_refusal_is_noticed_soon(by_token):
    api = by_token.api
    by_token.rotate("second", written=False)
    for kind in KINDS:
        wait_until(f"refusals of {kind}", lambda kind=kind: sum(one.kind == kind for one in refused(api)) >= 6)
    by_token.token.write_text("")  # a file that is just being written
    by_token.token.write_text("second")
    api.wait_watched(timeout=10)
    greet(api, "by the second token")
    wait_greeting(by_token, "by the second token")


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


def test_unauthorized_is_said_and_tried_again(followed, folder):
    api = followed.api
    api.tokens = {"another"}
    followed.start_controller()
    wait_until("it to be said", lambda: "401" in followed.controller.log() or "nauthorized" in followed.controller.log())
    assert followed.controller.running()
    api.tokens = None
    followed.start_dataplane()
    followed.wait_ready()


def test_an_api_server_that_goes_and_comes_back(live):
    api = live.api
    api.stop()
    live.controller.wait_for_log("kube.trouble")
    assert live.get(HOST, TARGET).status == 200
    missed_change(api, "meanwhile")
    api.start()
    wait_greeting(live, "meanwhile", 45)


def test_an_api_server_that_another_authority_signed_is_not_believed(followed, folder, authority):
    api = followed.api
    config = json.loads((folder / "kubeconfig").read_text())
    config["clusters"][0]["cluster"]["certificate-authority"] = str(authority.cert)
    (folder / "kubeconfig").write_text(json.dumps(config))
    followed.start_controller()
    wait_until("it to be said", lambda: "certificate" in followed.controller.log())
    assert api.seen == [], "nothing is said to a stranger, least of all a token"


def test_inline_credentials(followed, folder):
    import base64

    api = followed.api
    config = json.loads((folder / "kubeconfig").read_text())
    cluster = config["clusters"][0]["cluster"]
    with open(cluster.pop("certificate-authority"), "rb") as ca:
        cluster["certificate-authority-data"] = base64.b64encode(ca.read()).decode()
    (folder / "kubeconfig").write_text(json.dumps(config))
    followed.start()
    api.wait_watched("Secret")


def test_credentials_that_are_not_supported_are_named(followed, folder):
    followed.api.kubeconfig(folder / "kubeconfig", {"exec": {"command": "aws", "apiVersion": "x"}})
    followed.start_controller()
    assert followed.controller.wait(10) == 1
    assert "exec" in followed.controller.log()


def test_one_namespace_alone(followed):
    api = followed.api
    followed.start_controller("--watch-namespace", "default")

    def asked():
        return [seen.path for seen in api.seen if seen.kind in ("Secret", "Service") and seen.method == "GET"]

    wait_until("two requests", lambda: len(asked()) >= 2)
    assert all("/namespaces/default/" in path for path in asked()), asked()


# ---- statuses ---------------------------------------------------------------------------------------------------
def ready(api):
    found = api.get("PalpoHomeserver", "homeserver")
    one = condition(found, "Ready")
    return one and (one["status"], one["observedGeneration"]) == ("True", found["metadata"]["generation"])


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
