# SPDX-License-Identifier: Apache-2.0
"""What is said of an object and given to it, from its first moment until it goes: statuses are never left behind,
and a host is given up when its object's deletion begins."""
import json
import subprocess

import pytest
from conftest import PUBLISHED_ADDRESSES
from palpo_test import kstatus, manifests
from palpo_test.kube import ApiError, path_of
from palpo_test.waiting import wait_until

TARGET = "/_matrix/client/versions"


@pytest.fixture
def own_class(site):
    """An IngressClass of this test's own, of our controller."""
    name = f"{site.namespace}-class"
    site.api.apply(manifests.ingress_class(name))
    yield name
    try:
        site.api.delete("IngressClass", name)
    except ApiError as gone:
        assert gone.status == 404


@pytest.fixture
def both(site, own_class):
    """A homeserver and an Ingress of the class, with what we write into them."""
    site.complete(ingressClassName=own_class)
    put_ingress(site, own_class)
    site.wait_addresses("web", PUBLISHED_ADDRESSES)
    return site


def put_ingress(site, class_name, name="web"):
    found = manifests.ingress(name, {site.host: [manifests.ingress_path("/web", "homeserver")]},
                              tls=[{"hosts": [site.host], "secretName": "homeserver-tls"}])
    found["spec"]["ingressClassName"] = class_name
    site.apply(found)


def move_class(site, class_name):
    site.api.patch("Ingress", "web", site.namespace, {"spec": {"ingressClassName": class_name}})
    site.api.patch("PalpoHomeserver", "homeserver", site.namespace, {"spec": {"ingressClassName": class_name}})


def nothing_is_left(site):
    status = site.get("PalpoHomeserver", "homeserver")["status"]
    ready = [one for one in status["conditions"] if one["type"] == "Ready"]
    return site.addresses("web") == [] and status["observedGeneration"] == -1 and ready[0]["status"] == "Unknown"


@pytest.mark.parametrize("how", ["moved", "deleted"])
@pytest.mark.parametrize("running", [False, True], ids=["while down", "while running"])
def test_a_class_that_is_ours_no_more_takes_back_what_we_wrote(both, ingress, own_class, how, running):
    if not running:
        ingress.controller.kill()
    if how == "moved":
        move_class(both, "somebody-elses")
    else:
        both.api.delete("IngressClass", own_class)
    if not running:
        ingress.start_controller(*ingress.publish)
        ingress.wait_ready()
    wait_until("nothing to be left", lambda: nothing_is_left(both))
    assert kstatus.read(both.get("PalpoHomeserver", "homeserver")) == "InProgress"
    version = both.get("PalpoHomeserver", "homeserver")["metadata"]["resourceVersion"]
    ingress.controller.kill()
    ingress.start_controller(*ingress.publish)
    ingress.wait_ready()
    assert both.get("PalpoHomeserver", "homeserver")["metadata"]["resourceVersion"] == version, "taken back once"
    if how == "moved":
        move_class(both, own_class)
    else:
        both.api.apply(manifests.ingress_class(own_class))
    both.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    both.wait_addresses("web", PUBLISHED_ADDRESSES)


def write_as_another(site, name, addresses):
    """What another controller does with an Ingress of its class."""
    path = path_of("Ingress", site.namespace, name) + "/status?fieldManager=another-controller"
    site.api.call("PATCH", path, {"status": {"loadBalancer": {"ingress": [{"ip": ip} for ip in addresses]}}},
                  "application/merge-patch+json")


@pytest.mark.parametrize("running", [False, True], ids=["while down", "while running"])
def test_what_another_controller_wrote_is_left_alone(both, ingress, running):
    """It has taken the Ingress over, or always had it: even an address that is one of ours."""
    put_ingress(both, "somebody-elses", "theirs")
    write_as_another(both, "theirs", [PUBLISHED_ADDRESSES[0]])
    if not running:
        ingress.controller.kill()
    move_class(both, "somebody-elses")
    write_as_another(both, "web", ["192.0.2.99"])
    if not running:
        ingress.start_controller(*ingress.publish)
        ingress.wait_ready()
    # The homeserver's status is taken back by the same pass.
    wait_until("the pass", lambda: both.condition("homeserver")["status"] == "Unknown")
    write_as_another(both, "web", ["192.0.2.99"])
    assert both.addresses("web") == ["192.0.2.99"]
    assert both.addresses("theirs") == [PUBLISHED_ADDRESSES[0]]


def finalize(site, kind, name, finalizers=()):
    site.api.patch(kind, name, site.namespace, {"metadata": {"finalizers": list(finalizers) or None}})


def heir_of(site, heir):
    """Another namespace, whose homeserver waits for the name and the host of the site's."""
    site.wait_for_later("PalpoHomeserver", "homeserver")
    heir.apply(manifests.tls_secret("homeserver-tls", heir.authority.issue(site.server_name, site.host)))
    heir.route_to(heir.backend("heir"))
    heir.homeserver("homeserver", site.server_name, wait=False, host=site.host)
    heir.wait_condition("PalpoHomeserver", "homeserver", "Accepted", "False")
    return heir


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
def test_an_object_gives_up_its_host_when_its_deletion_begins(site, new_site, ingress, restarted):
    """Though a finalizer keeps the object for as long as it likes."""
    site.complete()
    heir = heir_of(site, new_site())
    put_ingress(site, "palpo")
    site.wait_addresses("web", PUBLISHED_ADDRESSES)
    for kind, name in (("PalpoHomeserver", "homeserver"), ("Ingress", "web")):
        finalize(site, kind, name, ["palpo.im/test"])
        site.delete(kind, name)
    try:
        heir.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
        assert ingress.get(site.host, TARGET).json() == {"backend": "heir"}
        if restarted:
            ingress.controller.kill()
            ingress.start_controller(*ingress.publish)
            ingress.wait_ready()
            assert ingress.get(site.host, TARGET).json() == {"backend": "heir"}
            assert heir.condition("homeserver")["status"] == "True"
    finally:
        for kind, name in (("PalpoHomeserver", "homeserver"), ("Ingress", "web")):
            finalize(site, kind, name)


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
def test_a_namespace_gives_up_its_hosts_when_it_begins_to_go(site, new_site, ingress, restarted):
    """No namespace controller runs here: what is in the namespace stays there for ever."""
    site.complete()
    heir = heir_of(site, new_site())
    if restarted:
        ingress.controller.kill()
    site.api.delete("Namespace", site.namespace)
    if restarted:
        ingress.start_controller(*ingress.publish)
        ingress.wait_ready()
    heir.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    assert ingress.get(site.host, TARGET).json() == {"backend": "heir"}
    assert site.get("PalpoHomeserver", "homeserver")["metadata"]["name"] == "homeserver", "it is still there"


class Versions:
    """Every version of the site's homeserver that a watcher sees, from before it is there."""

    def __init__(self, cluster, site):
        site.homeserver("marker", f"marker.{site.server_name}", wait=False, ingressClassName="nobodys")
        self.process = subprocess.Popen(
            [cluster.tools / "kubectl", "--kubeconfig", cluster.admin_kubeconfig, "--namespace", site.namespace,
             "--cache-dir", cluster.folder / "kubectl-cache", "get", "--raw",
             path_of("PalpoHomeserver", site.namespace) + "?watch=true"], stdout=subprocess.PIPE, text=True)
        assert json.loads(self.process.stdout.readline())["object"]["metadata"]["name"] == "marker"
        self.events = []

    def until(self, condition):
        """The versions up to the first that fulfils the condition."""
        for line in self.process.stdout:
            self.events.append(json.loads(line)["object"])
            if condition(self.events[-1]):
                return self.events
        raise AssertionError(f"the watch ended: {self.events}")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def test_no_version_of_an_object_is_current_before_it_is_served(site, cluster, ingress):
    site.secret()
    site.route_to(site.backend())
    versions = Versions(cluster, site)
    try:
        site.homeserver(wait=False)

        def current(found):
            if kstatus.read(found) != "Current":
                return False
            assert ingress.get(site.host, TARGET).status == 200, found
            return True

        seen = versions.until(current)
        assert seen[0]["status"]["observedGeneration"] == -1
        assert [kstatus.read(found) for found in seen[:-1]] == ["InProgress"] * (len(seen) - 1)
        site.homeserver(wait=False, wellKnown={"client": {"org.example.greeting": "hello"}})

        def current_again(found):
            if found["metadata"]["generation"] == 1 or kstatus.read(found) != "Current":
                return False
            document = ingress.get(site.server_name, "/.well-known/matrix/client").json()
            assert document["org.example.greeting"] == "hello"
            return True

        versions.until(current_again)
        site.homeserver(wait=False, backend={"service": {"name": "nobody", "port": 1}})
        versions.until(lambda found: "Reconciling" in [one["type"] for one in found["status"]["conditions"]])
    finally:
        versions.close()


def test_an_object_of_nobodys_class_says_that_nobody_has_looked_at_it(site):
    site.homeserver(wait=False, ingressClassName="somebody-elses")
    site.homeserver("ours", f"ours.{site.server_name}", wait=False)
    site.wait_condition("PalpoHomeserver", "ours", "Ready", "False")
    found = site.get("PalpoHomeserver", "homeserver")
    assert kstatus.read(found) == "InProgress"
    assert found["status"]["conditions"][0]["message"] == "no controller has processed it yet"
