# SPDX-License-Identifier: Apache-2.0
"""What a controller looks after, and what is another's: namespaces, labels, classes, side by side in one cluster."""
import pytest
from palpo_test import manifests
from palpo_test.ingress import Ingress
from palpo_test.kube import write_kubeconfig
from palpo_test.waiting import wait_until

from replicas_under_test import QUICK, Replica

TARGET = "/_matrix/client/versions"


def written(cluster, user):
    """namespace/name of whatever the account wrote a status of."""
    return {f"{entry['objectRef']['namespace']}/{entry['objectRef']['name']}" for entry in cluster.writes(user)
            if entry["objectRef"].get("subresource") == "status" and entry["responseStatus"]["code"] < 300}


@pytest.fixture
def confined(cluster, processes, folder, trust):
    """Makes ingresses whose controllers have Roles in some namespaces and nothing else."""
    made = []

    def make(user, namespaces, class_name):
        (folder / user).mkdir()
        for namespace in namespaces:
            cluster.bind_in(user, namespace, cluster.namespaced_rules() + cluster.lease_rules())
        config = write_kubeconfig(folder / user / "kubeconfig", cluster.url, cluster.authority,
                                  cluster.authority.issue(subject=f"/CN={user}"), namespaces[0])
        one = Ingress(processes, folder / user, ["--kubeconfig", config, "--ingress-class", class_name], trust,
                      name=f"{user}-")
        one.user = user
        one.source += [part for namespace in namespaces for part in ("--watch-namespace", namespace)]
        made.append(one)
        return one

    yield make
    for one in made:
        one.stop()


def web(site, class_name):
    return manifests.ingress("web", {site.host: [manifests.ingress_path("/web", "homeserver")]}, class_name=class_name,
                             tls=[{"hosts": [site.host], "secretName": "homeserver-tls"}])


def test_roles_in_some_namespaces_are_enough(cluster, new_site, confined):
    """No class and no namespace may be read. The Service whose address is published is elsewhere."""
    first, second, third, edge = (new_site() for _ in range(4))
    name = f"confined-{first.namespace}"
    edge.apply(manifests.service("lb", 443, externalIPs=["10.77.201.1"]))
    one = confined(f"{name}-one", [first.namespace, second.namespace], name)
    cluster.bind_in(one.user, edge.namespace, [{"apiGroups": [""], "resources": ["services"],
                                                "verbs": ["list", "watch"], "resourceNames": ["lb"]}])
    other = confined(f"{name}-other", [third.namespace], name)
    for site in (first, second, third):
        site.secret()
        site.route_to(site.backend(site.namespace))
        site.apply(web(site, name))
        site.homeserver(ingressClassName=name, wait=False)
    one.start("--publish-service", f"{edge.namespace}/lb")
    # Counted, because a busy machine is slow at everything: a pause grows to two seconds after the fifth try.
    tries = [entry for entry in cluster.audit(one.user) if entry["objectRef"]["resource"] == "ingressclasses"]
    assert len(tries) < 10, "a right that is missing costs no patience"
    other.start("--publish-address", "192.0.2.3")
    for site, serves in ((first, one), (second, one), (third, other)):
        site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
        assert serves.get(site.host, TARGET).json() == {"backend": site.namespace}
        assert serves.get(site.host, "/web").json() == {"backend": site.namespace}
        site.wait_addresses("web", ["10.77.201.1" if serves is one else "192.0.2.3"])
    assert len(one.controller_admin.config()["objects"]) == 4
    assert written(cluster, one.user) == {f"{site.namespace}/{kind}" for site in (first, second)
                                          for kind in ("homeserver", "web")}
    assert written(cluster, other.user) == {f"{third.namespace}/homeserver", f"{third.namespace}/web"}
    assert one.controller_admin.config()["lease"]["name"] != other.controller_admin.config()["lease"]["name"]
    told = {(line["kind"], line["namespace"]) for line in one.controller.log_lines()
            if line.get("event") == "source.unreadable"}
    assert told == {("IngressClass", "*"), ("Namespace", first.namespace), ("Namespace", second.namespace)}


def test_a_namespace_without_its_role_is_named(cluster, new_site, confined):
    first, second = new_site(), new_site()
    name = f"confined-{first.namespace}"
    one = confined(name, [first.namespace, second.namespace], name)
    cluster.api.delete("RoleBinding", name, second.namespace)
    one.start_controller()

    def named():
        answer = one.controller_admin.get("/readyz")
        text = answer.body.decode()
        return answer.status == 503 and all(
            f"{kind} in the namespace {second.namespace} cannot be read: the API server answers 403" in text and
            f"grant the verbs list and watch on {resource} of the API group" in text
            for kind, resource in (("Secret", "secrets"), ("PalpoHomeserver", "palpohomeservers"))) and \
            f"in the namespace {second.namespace} (Role)" in text and f"in the namespace {first.namespace}" not in text

    wait_until("the right to be named", named)
    cluster.bind_in(name, second.namespace, cluster.namespaced_rules())
    one.start_dataplane()
    one.wait_ready()


@pytest.fixture
def replica(cluster, processes, folder, trust):
    """Makes controllers that may read everything."""
    made = []

    def make(user, *options):
        made.append(Replica(cluster, processes, folder / user, trust, user, [*QUICK, *options]))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def relabel(site, kind, name, team):
    site.api.patch(kind, name, site.namespace, {"metadata": {"labels": {"team": team}}})


def test_what_its_labels_do_not_select_is_not_there(site, replica):
    class_name = f"labels-{site.namespace}"
    one = replica(class_name, "--ingress-class", class_name, "--label-selector", "team in (chat)",
                  "--publish-address", "192.0.2.7")
    site.api.apply(manifests.ingress_class(class_name, "palpo.im/labels"))
    one.options += ["--controller-name", "palpo.im/labels"]
    site.secret()
    site.route_to(site.backend())
    site.homeserver(ingressClassName=class_name, wait=False)
    site.apply(web(site, class_name))
    one.start()
    one.wait_leading()
    assert one.controller_admin.config()["objects"] == []
    for kind, name in (("PalpoHomeserver", "homeserver"), ("Ingress", "web")):
        relabel(site, kind, name, "chat")
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    site.wait_addresses("web", ["192.0.2.7"])
    assert one.get(site.host, TARGET).status == 200
    # Another team's from now on: its routes and what was written into it go.
    for kind, name in (("PalpoHomeserver", "homeserver"), ("Ingress", "web")):
        relabel(site, kind, name, "web")
    wait_until("nothing to be left", lambda: site.addresses("web") == []
               and site.condition("homeserver")["status"] == "Unknown")
    assert one.controller_admin.config()["objects"] == []
    relabel(site, "PalpoHomeserver", "homeserver", "chat")
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    site.delete("PalpoHomeserver", "homeserver")
    wait_until("it to be forgotten", lambda: one.controller_admin.config()["objects"] == [])
    site.api.delete("IngressClass", class_name)


def mark_default(api, name, default):
    api.patch("IngressClass", name, None, {"metadata": {"annotations": {
        "ingressclass.kubernetes.io/is-default-class": "true" if default else None}}})


def test_releases_that_differ_in_their_class_alone_share_no_object(site, replica, cluster, ingress):
    """One controller name for both. What names no class is the default class's, or that of the class palpo."""
    side = f"side-{site.namespace}"
    options = ("--controller-name", "palpo.im/side", "--publish-address")
    red = replica(f"{side}-red", "--ingress-class", f"{side}-red", *options, "192.0.2.1")
    blue = replica(f"{side}-blue", "--ingress-class", f"{side}-blue", *options, "192.0.2.2")
    for one in (red, blue):
        site.api.apply(manifests.ingress_class(one.user, "palpo.im/side"))
    site.secret()
    site.route_to(site.backend())

    def homeserver(name, class_name=None):
        more = {"ingressClassName": class_name} if class_name else {}
        site.homeserver(name, f"{name}.{site.server_name}", wait=False, **more)

    def annotated(name, class_name):
        site.apply(manifests.ingress(name, {f"{name}.{site.server_name}": [manifests.ingress_path("/", "homeserver")]},
                                     class_name=None, annotations={"kubernetes.io/ingress.class": class_name}))

    try:
        for one, colour in ((red, "red"), (blue, "blue")):
            homeserver(f"{colour}-hs", one.user)
            annotated(f"{colour}-web", one.user)
            one.start()
            one.wait_leading()
        homeserver("plain-hs")
        homeserver("nobodys-hs", "nobodys")
        for one, colour, address in ((red, "red", "192.0.2.1"), (blue, "blue", "192.0.2.2")):
            site.wait_condition("PalpoHomeserver", f"{colour}-hs", "RoutesProgrammed", "True")
            site.wait_addresses(f"{colour}-web", [address])
        site.wait_condition("PalpoHomeserver", "plain-hs", "RoutesProgrammed", "True")
        assert f"{site.namespace}/plain-hs" in written(cluster, "palpo-ingress-controller")

        mark_default(site.api, blue.user, True)
        wait_until("it to be the default class's",
                   lambda: f"{site.namespace}/plain-hs" in written(cluster, blue.user))
        site.wait_condition("PalpoHomeserver", "plain-hs", "RoutesProgrammed", "True")
        for one, colour in ((red, "red"), (blue, "blue")):
            others = {"plain-hs"} if one is blue else set()
            assert written(cluster, one.user) == {f"{site.namespace}/{name}"
                                                  for name in {f"{colour}-hs", f"{colour}-web"} | others}
        ours = {name for name in written(cluster, "palpo-ingress-controller") if name.startswith(f"{site.namespace}/")}
        assert ours == {f"{site.namespace}/plain-hs"}
        assert red.lease()["name"] != blue.lease()["name"]
        managers = {name: {entry["manager"] for entry in site.get("PalpoHomeserver", name)["metadata"]["managedFields"]
                           if entry.get("subresource") == "status"} for name in ("red-hs", "blue-hs", "plain-hs")}
        assert managers == {"red-hs": {f"palpo.im/side:{red.user}"}, "blue-hs": {f"palpo.im/side:{blue.user}"},
                            "plain-hs": {f"palpo.im/side:{blue.user}"}}
        assert site.condition("nobodys-hs")["status"] == "Unknown"
    finally:
        for one in (red, blue):
            site.api.delete("IngressClass", one.user)
