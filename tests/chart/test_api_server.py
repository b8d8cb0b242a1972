# SPDX-License-Identifier: Apache-2.0
"""What is rendered, held against a real kube-apiserver: its schemas, its server-side apply, its Pod Security."""
import json

import pytest
from palpo_test.processes import run
from palpo_test.waiting import wait_until

from matrix import MATRIX, PRIVILEGED, WARNINGS
from openapi import write_schemas
from rendering import containers, one


OTHERS = {"PalpoHomeserver", "ServiceMonitor", "PodMonitor", "PrometheusRule", "ScaledObject"}


@pytest.fixture(scope="session")
def schemas(cluster, workdir):
    """Where kubeconform finds them. The API server takes a moment until it describes new definitions."""
    def described():
        document = cluster.api.call("GET", "/openapi/v2")
        kinds = {kind["kind"] for node in document["definitions"].values()
                 for kind in node.get("x-kubernetes-group-version-kind", [])}
        return document if kinds >= OTHERS else None

    return write_schemas(wait_until("every kind to be described", described, 60), workdir / "schemas")


def conform(tools, schemas, objects):
    text = "\n---\n".join(json.dumps(found) for found in objects)
    return run([tools / "kubeconform", "-strict", "-summary", "-schema-location", schemas, "-"], input=text)


@pytest.mark.parametrize("name", MATRIX)
def test_kubeconform(helm4, tools, schemas, name):
    done = conform(tools, schemas, helm4.objects(MATRIX[name]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Skipped: 0" in done.stdout and "Errors: 0" in done.stdout


def test_kubeconform_sees_mistakes(helm4, tools, schemas):
    """In a field's name, in a type, in a definition of somebody else's."""
    objects = helm4.objects(MATRIX["observed"])
    workload, monitor = one(objects, "Deployment"), one(objects, "ServiceMonitor")
    workload["spec"]["template"]["spec"]["initContainers"][0]["imagePolicy"] = "Always"
    monitor["spec"]["endpoints"][0]["interval"] = 30
    done = conform(tools, schemas, [workload, monitor])
    assert done.returncode != 0
    assert "imagePolicy" in done.stdout and "interval" in done.stdout


def dry_run(cluster, objects, expected=()):
    """Server-side apply of all, without an effect. A warning is a failure, unless it is expected; then it must be there."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    done = cluster.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", input=text, check=False)
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if line]
    for warning in expected:
        assert [line for line in said if warning in line], f"not said: {warning}"
    assert [line for line in said if not any(warning in line for warning in expected)] == []


@pytest.mark.parametrize("name", MATRIX)
def test_server_side_apply(helm4, cluster, name):
    dry_run(cluster, helm4.objects(MATRIX[name]), WARNINGS.get(name, ()))


def pods_of(objects):
    """A Pod for each pod template, and the Pods: only of Pods the API server says what it thinks of their security."""
    for found in objects:
        if found["kind"] == "Pod":
            yield found
        template = found.get("spec", {}).get("template") if found["kind"] in ("Deployment", "DaemonSet", "Job") else None
        if template:
            yield {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
                   "metadata": {**template["metadata"], "name": "of-template", "namespace": found["metadata"]["namespace"]}}


@pytest.mark.parametrize("name", [name for name in MATRIX if name not in PRIVILEGED])
def test_restricted_pod_security(helm4, cluster, name):
    pods = list(pods_of(helm4.objects(MATRIX[name])))
    assert pods
    for pod in pods:
        dry_run(cluster, [pod])


def test_pod_security_is_enforced(helm4, cluster):
    """Or the test above would prove nothing."""
    pod = next(pods_of(helm4.objects({"dataPlane": {"securityContext": {"allowPrivilegeEscalation": True}}})))
    text = json.dumps(pod)
    done = cluster.kubectl("apply", "--server-side", "--dry-run=server", "-f", "-", input=text, check=False)
    assert done.returncode != 0 and "violates PodSecurity" in done.stderr


def test_server_side_apply_refuses_a_name_given_twice(helm4, cluster):
    """What the templates' own checks are for: an environment variable twice is an error there."""
    workload = one(helm4.objects(), "Deployment")
    env = containers([workload])["controller"]["env"]
    env.append({"name": env[0]["name"], "value": "x"})
    done = cluster.kubectl("apply", "--server-side", "--dry-run=server", "-f", "-", input=json.dumps(workload), check=False)
    assert done.returncode != 0 and "duplicate entries" in done.stderr


def test_the_account_may_what_the_role_says(helm4, cluster):
    """And no more: what `kubectl auth can-i` answers for it."""
    objects = [found for found in helm4.objects() if "rbac" in found["apiVersion"]]
    for found in objects:
        cluster.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(found))
    account = "system:serviceaccount:chart-test:palpo-ingress"

    def may(verb, resource, namespace="matrix-a", subresource=""):
        done = cluster.kubectl("auth", "can-i", verb, resource, "--as", account, "--namespace", namespace,
                               "--subresource", subresource, check=False)
        return done.stdout.strip() == "yes"

    wait_until("the role to be in effect", lambda: may("list", "secrets"))
    for resource in ("palpohomeservers.palpo.im", "ingresses.networking.k8s.io"):
        assert may("watch", resource) and may("patch", resource, subresource="status"), resource
        assert not may("patch", resource) and not may("update", resource, subresource="status"), resource
    assert may("create", "events")
    for verb, resource in [("get", "secrets"), ("create", "secrets"), ("list", "pods"), ("list", "configmaps"),
                           ("create", "leases.coordination.k8s.io")]:
        assert not may(verb, resource), f"{verb} {resource}"
    assert may("update", "leases.coordination.k8s.io/palpo-ingress", "chart-test")
    assert not may("update", "leases.coordination.k8s.io/other", "chart-test")
    for found in objects:
        cluster.kubectl("delete", found["kind"], found["metadata"]["name"], "--namespace",
                        found["metadata"].get("namespace", "chart-test"))
