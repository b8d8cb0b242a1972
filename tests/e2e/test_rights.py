# SPDX-License-Identifier: Apache-2.0
"""Rights that are missing, taken away and given back: what is served stays, and what is missing is named."""
import copy

import pytest
from palpo_test import manifests
from palpo_test.ingress import Ingress
from palpo_test.kube import ApiError, write_kubeconfig
from palpo_test.load import Load
from palpo_test.waiting import wait_until

TARGET = "/_matrix/client/versions"
KINDS = {"secrets": "Secret", "services": "Service", "endpointslices": "EndpointSlice",
         "palpohomeservers": "PalpoHomeserver", "ingresses": "Ingress"}


def rules_without(rules, resource, verbs=("list", "watch")):
    """The rules, but for these verbs on the resource."""
    left = []
    for rule in copy.deepcopy(rules):
        if resource not in rule["resources"]:
            left.append(rule)
            continue
        others = [name for name in rule["resources"] if name != resource]
        if others:
            left.append({**rule, "resources": others})
        kept = [verb for verb in rule["verbs"] if verb not in verbs]
        if kept:
            left.append({**rule, "resources": [resource], "verbs": kept})
    return left


@pytest.fixture
def role(cluster, ingress):
    """Takes rights from the controller's role. All are given back afterwards, and the controller runs and is ready."""
    rules = cluster.role()["rules"]
    seen = cluster.controller_api()

    def may_list(kind):
        try:
            seen.list(kind)
            return True
        except ApiError as error:
            assert error.status == 403
            return False

    class Role:
        @staticmethod
        def take(resource, kind, **more):
            cluster.set_role(rules_without(rules, resource, **more))
            if "verbs" not in more:
                wait_until(f"{kind} to be denied", lambda: not may_list(kind))

        @staticmethod
        def give_back():
            cluster.set_role(rules)

    yield Role
    Role.give_back()
    if not ingress.controller.running():
        ingress.start_controller(*ingress.publish)
    ingress.wait_ready()


def restart(ingress):
    ingress.controller.kill()
    return ingress.start_controller(*ingress.publish)


def readiness(ingress):
    answer = ingress.controller_admin.get("/readyz")
    return answer.status, answer.body.decode()


def updates_sent(ingress):
    return ingress.controller_admin.metrics().total("palpo_ingress_publish_updates_total")


@pytest.mark.parametrize("resource", KINDS)
def test_a_start_without_a_right_changes_nothing(site, ingress, role, resource):
    kind = KINDS[resource]
    site.complete()
    role.take(resource, kind)
    with Load(ingress.https, TARGET, ingress.tls, site.host, threads=1) as load:
        restart(ingress)

        def named():
            status, body = readiness(ingress)
            assert status == 503, body
            return f"{kind} cannot be read: the API server answers 403" in body and "waiting" not in body and \
                f"grant the verbs list and watch on {resource} of the API group" in body

        wait_until(f"{kind} to be named", named)
        load.wait_for_more(50)
        assert readiness(ingress)[0] == 503
        assert updates_sent(ingress) == 0
        role.give_back()
        ingress.controller_admin.wait_ready()
        load.wait_for_more()
    assert updates_sent(ingress) == 0
    told = [line for line in ingress.controller.log_lines() if line.get("event") == "source.unreadable"]
    assert [line["kind"] for line in told] == [kind], "said once"
    site.homeserver(wellKnown={"client": {"org.example.greeting": "again"}})
    assert ingress.get(site.server_name, "/.well-known/matrix/client").json()["org.example.greeting"] == "again"


def test_a_start_without_classes_is_ready_and_goes_by_their_names(site, ingress, role):
    site.complete()
    site.apply(manifests.ingress("web", {site.host: [manifests.ingress_path("/web", "homeserver")]},
                                 tls=[{"hosts": [site.host], "secretName": "homeserver-tls"}]))
    wait_until("the website", lambda: ingress.get(site.host, "/web").status == 200)
    role.take("ingressclasses", "IngressClass")
    with Load(ingress.https, TARGET, ingress.tls, site.host, threads=1) as load:
        restart(ingress)
        ingress.controller_admin.wait_ready()
        load.wait_for_more(20)
    assert ingress.get(site.host, "/web").status == 200
    assert updates_sent(ingress) == 0
    role.give_back()
    wait_until("the classes to be read",
               lambda: "IngressClass" not in ingress.controller_admin.config()["sources"]["unreadable"])
    assert ingress.get(site.host, "/web").status == 200


@pytest.fixture
def confined(site, cluster, session_processes, workdir, trust):
    """A second ingress, whose controller has a Role in the site's namespace and nothing else."""
    name = f"confined-{site.namespace}"
    cluster.bind_in(name, site.namespace, cluster.namespaced_rules() + cluster.lease_rules())
    config = write_kubeconfig(workdir / f"{name}.kubeconfig", cluster.url, cluster.authority,
                              cluster.authority.issue(subject=f"/CN={name}"), site.namespace)
    made = Ingress(session_processes, workdir / name, ["--kubeconfig", config], trust, address="10.77.250.2",
                   name=f"{name}-")
    yield made
    made.stop()


def test_a_role_in_one_namespace_is_enough_and_ready_soon(site, confined, new_site):
    """No class and no namespace may be read; a class is ours by its name."""
    site.complete()
    site.apply(manifests.ingress("web", {site.host: [manifests.ingress_path("/web", "homeserver")]},
                                 tls=[{"hosts": [site.host], "secretName": "homeserver-tls"}]))
    new_site().complete()
    confined.start("--watch-namespace", site.namespace)
    assert confined.get(site.host, TARGET).status == 200
    assert confined.get(site.host, "/web").status == 200
    assert len(confined.controller_admin.config()["objects"]) == 2
    told = {line["kind"]: line["reason"] for line in confined.controller.log_lines()
            if line.get("event") == "source.unreadable"}
    assert set(told) == {"IngressClass", "Namespace"}
    assert all("cluster-wide (ClusterRole)" in reason for reason in told.values())


def test_without_the_role_each_right_is_named_for_the_namespace(site, confined):
    site.api.delete("RoleBinding", f"confined-{site.namespace}", site.namespace)
    confined.start_controller("--watch-namespace", site.namespace)

    def named():
        status, body = readiness(confined)
        return status == 503 and all(f"list and watch on {resource} of" in body for resource in KINDS) and \
            f"in the namespace {site.namespace} (Role)" in body

    wait_until("every right to be named", named)


@pytest.mark.parametrize("resource", KINDS)
def test_a_right_that_is_taken_away_takes_nothing_with_it(site, ingress, role, cluster, resource):
    """A watch that is open goes on until its server ends it: the server is started anew, as an upgrade does."""
    kind = KINDS[resource]
    site.complete()
    role.take(resource, kind)
    with Load(ingress.https, TARGET, ingress.tls, site.host, threads=1) as load:
        cluster.stop_server()
        cluster.start_server()

        def said():
            status, body = readiness(ingress)
            assert status == 200, body
            return f"serving what was last known of {kind}: the API server answers 403" in body

        wait_until("it to be said", said, 30)
        load.wait_for_more(50)
        role.give_back()
        wait_until("it to be over", lambda: readiness(ingress) == (200, "ok\n"), 30)
        load.wait_for_more()
    site.homeserver(wellKnown={"client": {"org.example.greeting": "again"}})
    assert ingress.get(site.server_name, "/.well-known/matrix/client").json()["org.example.greeting"] == "again"


def test_a_status_that_may_not_be_written_is_written_once_it_may(site, ingress, role):
    site.complete()
    told = len(ingress.controller.log_lines())
    role.take("palpohomeservers/status", "", verbs=("patch",))
    greetings = iter(range(1000))

    def changed():
        return site.apply(manifests.homeserver("homeserver", site.server_name, host=site.host, wellKnown={
            "client": {"org.example.greeting": next(greetings)}}))["metadata"]["generation"]

    def refused():
        changed()  # until the server goes by the new role
        return any(line.get("event") == "status.failed" and "403" in line.get("reason", "")
                   for line in ingress.controller.log_lines()[told:])

    wait_until("the refusal", refused)
    generation = changed()
    role.give_back()
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True", generation=generation)
