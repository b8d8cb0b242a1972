# SPDX-License-Identifier: Apache-2.0
"""What Helm makes of the chart: the same under Helm 3 and 4, and what each value asks for."""
import base64

import pytest
from palpo_test.processes import run

from matrix import HOST_NETWORK, MATRIX
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


def args_of(objects, container="controller"):
    return containers(objects)[container]["args"]


def test_two_releases_do_not_claim_each_others_objects(helm4):
    first = helm4.objects()
    second = helm4.objects({"ingressClass": {"name": "second"}}, name="second")
    names = [{(found["kind"], found["metadata"].get("namespace"), found["metadata"]["name"])
              for found in objects if found["kind"] != "CustomResourceDefinition"} for objects in (first, second)]
    assert not names[0] & names[1]
    values = [one(objects, "IngressClass")["spec"]["controller"] for objects in (first, second)]
    assert values == ["palpo.im/ingress-controller", "palpo.im/ingress-controller/second"]
    assert "--controller-name=palpo.im/ingress-controller/second" in args_of(second)
    assert "--ingress-class=second" in args_of(second)


def test_the_same_name_in_two_namespaces_meets_nowhere(helm4):
    cluster_wide = [{(found["kind"], found["metadata"]["name"]) for found in helm4.objects(
        {"ingressClass": {"name": namespace}}, namespace=namespace)
        if "namespace" not in found["metadata"] and found["kind"] != "CustomResourceDefinition"} for namespace in ("a", "b")]
    assert cluster_wide[0] and not cluster_wide[0] & cluster_wide[1]


def test_a_scaler_owns_the_replicas(helm4):
    assert one(helm4.objects(), "Deployment")["spec"]["replicas"] == 2
    for name in ("observed", "keda"):
        assert "replicas" not in one(helm4.objects(MATRIX[name]), "Deployment")["spec"]


@pytest.mark.parametrize("values,strategy", [
    ({}, {"maxSurge": 1, "maxUnavailable": 0}),
    ({"listeners": {"http": {"hostPort": 80}}}, {"maxSurge": 0, "maxUnavailable": 1}),
    (HOST_NETWORK | {"updateStrategy": {}}, {"maxSurge": 0, "maxUnavailable": 1}),
])
def test_a_rollout_needs_no_port_twice(helm4, values, strategy):
    objects = helm4.objects(values)
    spec = (by_kind(objects, "Deployment") + by_kind(objects, "DaemonSet"))[0]["spec"]
    assert spec.get("strategy", spec.get("updateStrategy"))["rollingUpdate"] == strategy


@pytest.mark.parametrize("values,budget", [
    ({}, {"maxUnavailable": 1}),
    ({"replicaCount": 1}, None),
    ({"replicaCount": 3, "podDisruptionBudget": {"minAvailable": 2}}, {"minAvailable": 2}),
    ({"replicaCount": 1, "autoscaling": {"enabled": True}}, {"maxUnavailable": 1}),
    ({"kind": "DaemonSet"}, None),
    ({"kind": "DaemonSet", "podDisruptionBudget": {"forDaemonSet": True}}, {"maxUnavailable": 1}),
    ({"podDisruptionBudget": {"enabled": False}}, None),
])
def test_a_disruption_budget_where_there_is_more_than_one_pod(helm4, values, budget):
    found = by_kind(helm4.objects(values), "PodDisruptionBudget")
    assert len(found) == (budget is not None)
    for one_budget in found:
        assert budget.items() <= one_budget["spec"].items()


def test_roles_only_for_namespaces(helm4):
    objects = helm4.objects(MATRIX["namespaces"])
    assert not by_kind(objects, "ClusterRole") and not by_kind(objects, "ClusterRoleBinding")
    roles = {found["metadata"]["namespace"]: found for found in by_kind(objects, "Role")
             if not found["metadata"]["name"].endswith("-lease")}
    assert set(roles) == {"matrix-a", "matrix-b"}
    resources = {resource for rule in roles["matrix-a"]["rules"] for resource in rule["resources"]}
    assert "secrets" in resources and "ingressclasses" not in resources and "namespaces" not in resources
    lease = one(objects, "Role", "palpo-ingress-lease")
    assert lease["metadata"]["namespace"] == "chart-test"
    assert ["--watch-namespace=matrix-a", "--watch-namespace=matrix-b"] == [
        arg for arg in args_of(objects) if arg.startswith("--watch-namespace")]
    # helm test puts its homeserver where it is read.
    assert one(objects, "PalpoHomeserver")["metadata"]["namespace"] == "matrix-a"


def test_the_controller_may_write_statuses_and_nothing_else(helm4):
    """Beside Events and the Lease."""
    for role in by_kind(helm4.objects(), "ClusterRole") + by_kind(helm4.objects(MATRIX["namespaces"]), "Role"):
        for rule in role["rules"]:
            assert "*" not in rule["resources"] + rule["verbs"] + rule["apiGroups"]
            writes = set(rule["verbs"]) - {"get", "list", "watch"}
            if writes:
                for resource in rule["resources"]:
                    assert resource.endswith("/status") or resource in ("events", "leases")


@pytest.mark.parametrize("values,expected", [
    ({}, ["--publish-service=$(POD_NAMESPACE)/palpo-ingress"]),
    ({"publish": {"addresses": ["192.0.2.1", "b.example.com"]}},
     ["--publish-address=192.0.2.1", "--publish-address=b.example.com"]),
    ({"publish": {"service": "edge/lb"}}, ["--publish-service=edge/lb"]),
    ({"service": {"enabled": False}}, []),
])
def test_what_is_published(helm4, values, expected):
    assert [arg for arg in args_of(helm4.objects(values)) if arg.startswith("--publish")] == expected


@pytest.mark.parametrize("values,https,federation", [
    ({}, 443, 8448),
    ({"service": {"ports": {"https": {"port": 8443}}}}, 8443, 8448),
    ({"federationService": {"enabled": True, "ports": {"federation": {"port": 443}}}}, 443, 443),
    ({"service": {"ports": {"https": {"port": 8443}}}, "publicPorts": {"https": 443}}, 443, 8448),
    ({"service": {"enabled": False, "ports": {"https": {"port": 8443}}}}, 443, 8448),
])
def test_public_ports_follow_the_services(helm4, values, https, federation):
    objects = helm4.objects(values)
    assert f"--https-port={https}" in args_of(objects)
    assert f"--federation-port={federation}" in args_of(objects)
    assert f"--https-redirect-port={https}" in args_of(objects, "dataplane")


def test_federation_has_one_service(helm4):
    objects = helm4.objects({"federationService": {"enabled": True}})
    assert [port["name"] for port in one(objects, "Service", "palpo-ingress")["spec"]["ports"]] == ["http", "https"]
    assert [port["name"] for port in one(objects, "Service", "palpo-ingress-federation")["spec"]["ports"]] == ["federation"]


@pytest.mark.parametrize("values,ports", [
    ({}, "http=80,https=443,federation=8448"),
    ({"service": {"ports": {"https": {"port": 8443}}}, "listeners": {"http": {"enabled": False}}}, "https=8443,federation=8448"),
    ({"federationService": {"enabled": True}},
     "http=80,https=443,federation=palpo-ingress-federation.chart-test.svc:8448"),
])
def test_helm_test_asks_every_port(helm4, values, ports):
    args = one(helm4.objects(values), "Pod")["spec"]["containers"][0]["args"]
    assert f"--probe-ports={ports}" in args
    assert "--probe-connect=palpo-ingress.chart-test.svc" in args


def test_helm_test_asks_for_its_own_homeserver(helm4):
    """Its name, its mark and its certificate are in the object, the Secret and the pod."""
    objects = helm4.objects()
    homeserver, pod = one(objects, "PalpoHomeserver"), one(objects, "Pod")
    args = pod["spec"]["containers"][0]["args"]
    assert args[:2] == ["probe", homeserver["spec"]["serverName"]]
    assert f"--probe-text={homeserver['spec']['wellKnown']['client']['im.palpo.ingress.probe']}" in args
    assert homeserver["spec"]["tls"]["secretName"] == one(objects, "Secret")["metadata"]["name"]
    trusted = one(objects, "ConfigMap", "palpo-ingress-test")["data"]["ca.crt"]
    assert base64.b64decode(one(objects, "Secret")["data"]["tls.crt"]).decode() == trusted
    for found in (homeserver, pod, one(objects, "Secret"), one(objects, "ConfigMap", "palpo-ingress-test")):
        assert found["metadata"]["annotations"]["helm.sh/hook"] == "test"
        assert "hook-succeeded" in found["metadata"]["annotations"]["helm.sh/hook-delete-policy"]
    assert not by_kind(helm4.objects({"service": {"enabled": False}}), "Pod")


def test_workers_follow_the_cpu_limit(helm4):
    limited = containers(helm4.objects({"dataPlane": {"resources": {"limits": {"cpu": "2"}}}}))["dataplane"]
    assert [found["name"] for found in limited["env"]] == ["PALPO_WORKERS"]
    assert limited["env"][0]["valueFrom"]["resourceFieldRef"]["resource"] == "limits.cpu"
    told = containers(helm4.objects({"dataPlane": {"workers": 3, "resources": {"limits": {"cpu": "2"}}}}))["dataplane"]
    assert "--workers=3" in told["args"] and "env" not in told
    assert "env" not in containers(helm4.objects())["dataplane"]


def test_every_rule_and_dashboard_of_the_chart_is_shipped(helm4):
    objects = helm4.objects(MATRIX["observed"])
    shipped = [group for path in sorted((CHART / "files/rules").glob("*.yaml"))
               for document in objects_of(path.read_text()) for group in document["groups"]]
    assert shipped, "there are rules"
    groups = one(objects, "PrometheusRule")["spec"]["groups"]
    assert [group["name"] for group in groups] == [group["name"] for group in shipped] + ["extra"]
    for group, original in zip(groups, shipped):
        for rule, source in zip(group["rules"], original["rules"], strict=True):
            labels = {**source.get("labels", {}), "team": "matrix"} if "alert" in source else source.get("labels")
            assert rule == {**source, **({"labels": labels} if labels else {})}
    dashboards = sorted((CHART / "files/dashboards").glob("*.json"))
    assert dashboards, "there are dashboards"
    for path in dashboards:
        found = one(objects, "ConfigMap", f"palpo-ingress-{path.stem}")
        assert found["data"] == {path.name: path.read_text().strip() + "\n"} or found["data"] == {path.name: path.read_text().strip()}
        assert found["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_an_alert_can_be_left_out(helm4):
    names = [rule["alert"] for group in one(helm4.objects(MATRIX["observed"]), "PrometheusRule")["spec"]["groups"]
             for rule in group["rules"] if "alert" in rule]
    values = {"metrics": {"prometheusRule": {"enabled": True, "without": [names[0]]}}}
    left = [rule.get("alert") for group in one(helm4.objects(values), "PrometheusRule")["spec"]["groups"] or []
            for rule in group["rules"]]
    assert names[0] not in left


def test_definitions_stay_when_the_release_goes(helm4):
    kept = one(helm4.objects(), "CustomResourceDefinition")
    assert kept["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    gone = one(helm4.objects({"crds": {"keep": False}}), "CustomResourceDefinition")
    assert "annotations" not in gone["metadata"]


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
