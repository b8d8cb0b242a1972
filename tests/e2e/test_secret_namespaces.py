# SPDX-License-Identifier: Apache-2.0
"""Secrets of some namespaces only, everything else of all: the right to read Secrets is given where they are wanted."""
import pytest
from palpo_test import manifests
from palpo_test.ingress import Ingress
from palpo_test.kube import write_kubeconfig

TARGET = "/_matrix/client/versions"
GROUP = "rbac.authorization.k8s.io"
SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list", "watch"]}


def without_secrets(rules):
    for rule in rules:
        left = [name for name in rule["resources"] if name != "secrets"]
        if left:
            yield {**rule, "resources": left}


@pytest.fixture
def sparing(cluster, new_site, processes, folder, trust):
    """An ingress of a class of its own whose controller may read Secrets in the first site's namespace only."""
    first, second = new_site(), new_site()
    name = f"sparing-{first.namespace}"
    cluster.api.apply(
        {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": name},
         "rules": list(without_secrets(cluster.role()["rules"]))},
        {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
         "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": name},
         "subjects": [{"apiGroup": GROUP, "kind": "User", "name": name}]},
        manifests.ingress_class(name, "palpo.im/sparing"))
    cluster.bind_in(name, first.namespace, [SECRETS])
    config = write_kubeconfig(folder / "kubeconfig", cluster.url, cluster.authority,
                              cluster.authority.issue(subject=f"/CN={name}"))
    made = Ingress(processes, folder, ["--kubeconfig", config, "--ingress-class", name, "--controller-name",
                                       "palpo.im/sparing", "--leader-election", "off",
                                       "--secret-namespace", first.namespace], trust, name="sparing-")
    made.user, made.sites = name, (first, second)
    yield made
    made.stop()
    for kind in ("ClusterRole", "ClusterRoleBinding", "IngressClass"):
        cluster.api.delete(kind, name)


def test_secrets_are_read_where_they_may_be(cluster, sparing):
    first, second = sparing.sites
    for site in sparing.sites:
        site.secret()
        site.route_to(site.backend(site.namespace))
        site.homeserver(ingressClassName=sparing.user, wait=False)
    sparing.start()
    first.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    assert sparing.get(first.host, TARGET).json() == {"backend": first.namespace}
    # The other's author is told what is the matter, and its routes are there but for TLS.
    second.wait_condition("PalpoHomeserver", "homeserver", "CertificateReady", "False")
    found = manifests.condition(second.get("PalpoHomeserver", "homeserver"), "CertificateReady")
    assert found["reason"] == "SecretNotFound"
    assert f"its operator may add {second.namespace} by --secret-namespace" in found["message"]
    # Nothing else was ever asked for.
    asked = {entry["objectRef"].get("namespace") for entry in cluster.audit(sparing.user)
             if entry.get("objectRef", {}).get("resource") == "secrets"}
    assert asked == {first.namespace}
