# SPDX-License-Identifier: Apache-2.0
"""deploy/kustomize is what the chart renders by default, and can be built on."""
import json

from palpo_test.processes import REPOSITORY, run

from rendering import by_kind, containers, objects_of, one
from test_api_server import dry_run

BASE = REPOSITORY / "deploy/kustomize/base"
OVERLAY = REPOSITORY / "deploy/kustomize/overlays/example"
HELMS_OWN = ("helm.sh/chart", "helm.sh/resource-policy", "app.kubernetes.io/managed-by")


def built(tools, folder):
    done = run([tools / "kubectl", "kustomize", folder])
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return objects_of(done.stdout)


def without_helms_own(node):
    if isinstance(node, dict):
        made = {key: without_helms_own(inner) for key, inner in node.items() if key not in HELMS_OWN}
        return {key: inner for key, inner in made.items() if key != "annotations" or inner}
    return [without_helms_own(inner) for inner in node] if isinstance(node, list) else node


def keyed(objects):
    return {(found["kind"], found["metadata"].get("namespace"), found["metadata"]["name"]): found for found in objects}


def test_the_base_is_current(tools):
    done = run(["python3", "-B", REPOSITORY / "helm/generate_kustomize.py", tools / "helm", "--check"])
    assert done.returncode == 0, done.stderr


def test_the_base_is_what_the_chart_renders(helm4, tools):
    chart = keyed(without_helms_own(helm4.objects({}, "--skip-tests", namespace="palpo-ingress")))
    base = keyed(built(tools, BASE))
    namespace = base.pop(("Namespace", None, "palpo-ingress"))
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert set(base) == set(chart)
    for key, found in base.items():
        assert found == chart[key], key


def test_the_overlay_changes_what_it_names(tools):
    objects = built(tools, OVERLAY)
    assert {found["metadata"].get("namespace") for found in objects} == {None, "matrix-ingress"}
    workload = one(objects, "Deployment")
    assert workload["spec"]["replicas"] == 3
    for container in containers(objects).values():
        assert container["image"].startswith("registry.example.com/palpo-ingress:")
    assert {"name": "PALPO_ACCESS_LOG", "value": "json"} in containers(objects)["dataplane"]["env"]
    assert one(objects, "Service", "palpo-ingress")["spec"]["externalTrafficPolicy"] == "Local"
    for binding in by_kind(objects, "ClusterRoleBinding") + by_kind(objects, "RoleBinding"):
        assert [subject["namespace"] for subject in binding["subjects"]] == ["matrix-ingress"]
    # Nothing in it still means the base's namespace.
    assert "palpo-ingress/" not in json.dumps(containers(objects)["controller"]["args"]).replace("/run/palpo-ingress/", "")


def test_the_api_server_takes_both(tools, cluster):
    for folder in (BASE, OVERLAY):
        objects = built(tools, folder)
        name = one(objects, "Namespace")["metadata"]["name"]
        cluster.api.apply(one(objects, "Namespace"))
        dry_run(cluster, objects)
        cluster.api.delete("Namespace", name)
