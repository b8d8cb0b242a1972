# SPDX-License-Identifier: Apache-2.0
"""The admission policy of docs/security.md, as it stands there: a tenant's namespace may ask for names of its domain only."""
import json
import re

import pytest
import yaml
from palpo_test import manifests
from palpo_test.kube import ApiError
from palpo_test.processes import REPOSITORY
from palpo_test.waiting import wait_until

TENANT = "tenant-with-a-domain"


@pytest.fixture(scope="module")
def policy(cluster):
    page = (REPOSITORY / "docs/security.md").read_text()
    text = next(block for block in re.findall(r"```yaml\n(.*?)```", page, re.S) if "ValidatingAdmissionPolicy" in block)
    cluster.kubectl("apply", "-f", "-", input=text)
    for name, labels in ((TENANT, {"tenant": "true", "matrix-domain": "tenant.test"}), ("tenant-without", {"tenant": "true"})):
        cluster.api.apply({**manifests.namespace(name), "metadata": {"name": name, "labels": labels}})
    wait_until("the policy to be in force", lambda: refused(cluster, homeserver("else.test")))
    yield
    cluster.kubectl("delete", "-f", "-", input=text)
    for name in (TENANT, "tenant-without"):
        cluster.api.delete_all("PalpoHomeserver", name)
        cluster.api.delete_all("Ingress", name)


def homeserver(server_name, host=None, namespace=TENANT, **spec):
    return manifests.homeserver("wanted", server_name, namespace=namespace, host=host or server_name.split(":")[0], **spec)


def ingress(*hosts, namespace=TENANT):
    return manifests.ingress("wanted", {host: [manifests.ingress_path("/", "web", 80)] for host in hosts}, namespace)


def refused(cluster, found):
    """The API server's words, or an empty text; nothing is left behind."""
    done = cluster.kubectl("create", "--dry-run=server", "-f", "-", input=json.dumps(found), check=False)
    if done.returncode == 0:
        return ""
    assert "names of this namespace end in" in done.stderr, done.stderr
    return done.stderr


@pytest.mark.parametrize("found", [
    homeserver("tenant.test"), homeserver("tenant.test", "matrix.tenant.test"), homeserver("a.tenant.test:8448"),
    ingress("www.tenant.test"), ingress("tenant.test", "*.tenant.test")], ids=lambda found: str(found["spec"])[:60])
def test_names_of_the_own_domain(policy, cluster, found):
    assert refused(cluster, found) == ""


@pytest.mark.parametrize("found", [
    homeserver("else.test"), homeserver("tenant.test", "matrix.else.test"), homeserver("else.test", "matrix.tenant.test"),
    homeserver("nottenant.test"), homeserver("else.test:8448"), ingress("www.else.test"), ingress("tenant.test", "else.test"),
    ingress(""), ingress("*.test"), homeserver("tenant.test", namespace="tenant-without")], ids=lambda found: str(found["spec"])[:60])
def test_other_names(policy, cluster, found):
    assert refused(cluster, found)


def test_an_ingress_without_rules_asks_for_everything(policy, cluster):
    found = {**ingress(), "spec": {"ingressClassName": "palpo",
                                   "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}}
    assert refused(cluster, found)


def test_a_host_that_is_left_out_is_the_server_names(policy, cluster):
    for name, refusal in (("tenant.test", False), ("else.test", True)):
        found = homeserver(name)
        del found["spec"]["host"]
        assert bool(refused(cluster, found)) is refusal, name


def test_a_change_is_checked_too_and_others_are_not_concerned(policy, cluster, site):
    cluster.api.apply(ingress("www.tenant.test"))
    with pytest.raises(ApiError, match="names of this namespace end in tenant.test"):
        cluster.api.apply(ingress("www.else.test"))
    site.apply(ingress("www.else.test", namespace=site.namespace))
