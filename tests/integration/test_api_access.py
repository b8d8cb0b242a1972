# SPDX-License-Identifier: Apache-2.0
"""Rights that are missing, tokens that are rotated, servers and credentials that are not believed."""
import json

import pytest
from api_under_test import HOST, KINDS, TARGET, greet, wait_greeting
from palpo_test import manifests
from palpo_test.api_server import answers_status
from palpo_test.waiting import wait_until

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


def test_unauthorized_is_said_and_tried_again(followed, folder):
    api = followed.api
    api.tokens = {"another"}
    followed.start_controller()
    wait_until("it to be said", lambda: "401" in followed.controller.log() or "nauthorized" in followed.controller.log())
    assert followed.controller.running()
    api.tokens = None
    followed.start_dataplane()
    followed.wait_ready()


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
