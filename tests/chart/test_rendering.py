# SPDX-License-Identifier: Apache-2.0
"""What Helm makes of the chart, whatever the values: the same under Helm 3 and 4, and whole."""
import pytest
from palpo_test.processes import run

from matrix import MATRIX
from rendering import CHART, by_kind, containers, objects_of, one, comparable


@pytest.mark.parametrize("name", MATRIX)
def test_lint(helm, name):
    done = helm.run("lint", "--strict", CHART, values=MATRIX[name])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", MATRIX)
def test_helm_3_and_4_render_the_same(helm3, helm4, name):
    assert comparable(helm3.text(MATRIX[name])) == comparable(helm4.text(MATRIX[name]))


@pytest.mark.parametrize("name", MATRIX)
def test_no_object_is_there_twice(helm4, name):
    keys = [(found["kind"], found["metadata"].get("namespace"), found["metadata"]["name"])
            for found in helm4.objects(MATRIX[name])]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", MATRIX)
def test_every_object_has_the_recommended_labels(helm4, name):
    for found in helm4.objects(MATRIX[name]):
        if found["metadata"]["name"] == "extra":  # of extraObjects
            continue
        labels = found["metadata"]["labels"]
        for key in ("name", "instance", "component", "version", "part-of", "managed-by"):
            assert labels.get(f"app.kubernetes.io/{key}"), f"{found['kind']} lacks {key}"
        assert labels["helm.sh/chart"].startswith("palpo-ingress-")


@pytest.mark.parametrize("name", MATRIX)
def test_selectors_find_the_pods(helm4, name):
    """Of Services, the budget, monitors and the policy; and the pod of helm test is none of them."""
    objects = helm4.objects(MATRIX[name])
    workload = (by_kind(objects, "Deployment") + by_kind(objects, "DaemonSet"))[0]
    labels = workload["spec"]["template"]["metadata"]["labels"]
    metrics = [found["metadata"]["labels"] for found in by_kind(objects, "Service") if found["spec"].get("clusterIP") == "None"
               and found["metadata"]["name"].endswith("-metrics")]
    test = [found["metadata"]["labels"] for found in by_kind(objects, "Pod")]
    for found in objects:
        spec = found.get("spec", {})
        selector = spec.get("podSelector") or spec.get("selector") or {}
        wanted = selector.get("matchLabels", selector if found["kind"] == "Service" else {})
        if not wanted:
            continue
        meant = metrics if found["kind"] == "ServiceMonitor" else [labels]
        assert any(wanted.items() <= one_set.items() for one_set in meant), f"{found['kind']}: {wanted}"
        assert not any(wanted.items() <= one_set.items() for one_set in test), f"{found['kind']} selects the test's pod"


@pytest.mark.parametrize("name", MATRIX)
def test_named_ports_exist(helm4, name):
    objects = helm4.objects(MATRIX[name])
    ports = {port["name"] for container in containers(objects).values() for port in container.get("ports", [])}
    for service in by_kind(objects, "Service"):
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in ports
    for container in containers(objects).values():
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            if probe in container:
                assert container[probe]["httpGet"]["port"] in {port["name"] for port in container["ports"]}


@pytest.mark.parametrize("name", MATRIX)
def test_only_the_controller_holds_a_token(helm4, name):
    objects = helm4.objects(MATRIX[name])
    workload = (by_kind(objects, "Deployment") + by_kind(objects, "DaemonSet"))[0]
    pod = workload["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    holders = [container["name"] for container in pod["containers"] + pod["initContainers"]
               if any(mount["name"] == "service-account" for mount in container.get("volumeMounts", []))]
    assert holders == ["controller"]
    for account in by_kind(objects, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False
    for test in by_kind(objects, "Pod"):
        assert test["spec"]["automountServiceAccountToken"] is False


@pytest.mark.parametrize("name", MATRIX)
def test_a_pod_has_the_time_that_it_needs_to_end(helm4, name):
    objects = helm4.objects(MATRIX[name])
    workload = (by_kind(objects, "Deployment") + by_kind(objects, "DaemonSet"))[0]
    args = dict(arg.split("=", 1) for arg in containers(objects)["dataplane"]["args"])
    needed = sum(int(args[option].removesuffix("s")) for option in ("--shutdown-delay", "--drain-timeout"))
    assert workload["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > needed
    assert "lifecycle" not in containers(objects)["dataplane"]
    # The controller is there for as long: of containers, Kubernetes ends these last.
    assert "controller" in [found["name"] for found in workload["spec"]["template"]["spec"]["initContainers"]
                            if found.get("restartPolicy") == "Always"]


@pytest.mark.parametrize("name", MATRIX)
def test_notes_are_whole(helm4, name):
    done = helm4.run("install", "x", CHART, "--namespace", "y", "--dry-run=client", values=MATRIX[name])
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("NOTES:")[2]
    assert "<no value>" not in notes and "rollout status" in notes and "\n\n\n" not in notes
    for line in notes.splitlines():
        assert line == line.rstrip() and (not line.startswith(" ") or line.startswith("   ")), repr(line)


def test_names_fit(helm4):
    """The longest release, name and namespace that Helm and Kubernetes take; and a release with a dot."""
    for name in ("r" * 53, "a.b"):
        for found in helm4.objects(MATRIX["observed"], name=name, namespace="n" * 63):
            limit = 63 if found["kind"] in ("Service", "Deployment", "Pod") else 253
            assert len(found["metadata"]["name"]) <= limit
            assert "." not in found["metadata"]["name"] or found["kind"] in ("CustomResourceDefinition",)


def test_a_parent_chart_may_carry_it(helm, folder):
    """With a condition, global values, and values for it: the strict schema lets them through."""
    parent = folder / "parent"
    (parent / "charts").mkdir(parents=True)
    (parent / "charts/palpo-ingress").symlink_to(CHART)
    (parent / "Chart.yaml").write_text(
        "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n"
        "  - {name: palpo-ingress, version: '*', condition: palpo-ingress.enabled}\n")
    (parent / "values.yaml").write_text("global: {a: b}\npalpo-ingress: {enabled: true, replicaCount: 3}\n")
    done = run([helm.program, "template", "parent", parent, "--kube-version", "1.36"], env=helm.environment)
    assert done.returncode == 0, done.stderr
    assert one(objects_of(done.stdout), "Deployment")["spec"]["replicas"] == 3


def test_an_old_cluster_is_refused(helm):
    done = helm.run("template", "x", CHART, "--kube-version", "1.29.0")
    assert done.returncode != 0 and "kubeVersion" in done.stderr
