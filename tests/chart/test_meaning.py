# SPDX-License-Identifier: Apache-2.0
"""What the chart's values ask for is what is rendered."""
import base64

import pytest
from palpo_test.processes import REPOSITORY

from matrix import HOST_NETWORK, MATRIX
from rendering import CHART, by_kind, containers, objects_of, one


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


def rights(objects, kind="Role"):
    """(namespace, resource, names) -> verbs, of all roles that are bound to the controller's account."""
    bound = {(found["roleRef"]["name"], found["metadata"].get("namespace")) for found in by_kind(objects, f"{kind}Binding")
             if found["subjects"] == [{"kind": "ServiceAccount", "name": "palpo-ingress", "namespace": "chart-test"}]}
    found = {}
    for role in by_kind(objects, kind):
        place = role["metadata"].get("namespace")
        assert (role["metadata"]["name"], place) in bound
        for rule in role["rules"]:
            for resource in rule["resources"]:
                key = (place, resource, tuple(rule.get("resourceNames", ())))
                found[key] = found.get(key, []) + rule["verbs"]
    return found


def test_roles_only_for_namespaces(helm4):
    objects = helm4.objects({"scope": {"namespaces": ["matrix-a", "matrix-b"]}})
    assert not by_kind(objects, "ClusterRole") and not by_kind(objects, "ClusterRoleBinding")
    roles = rights(objects)
    for namespace in ("matrix-a", "matrix-b"):
        for resource in ("secrets", "services", "endpointslices", "ingresses", "palpohomeservers"):
            assert roles[namespace, resource, ()] == ["list", "watch"]
    assert {resource for _, resource, _ in roles}.isdisjoint({"ingressclasses", "namespaces"})
    # Its own namespace is none of them: one Service of it is read, by its name, and the Lease.
    own = {key: verbs for key, verbs in roles.items() if key[0] == "chart-test"}
    assert own == {("chart-test", "services", ("palpo-ingress",)): ["list", "watch"],
                   ("chart-test", "leases", ()): ["create"], ("chart-test", "leases", ("palpo-ingress",)): ["get", "update"]}
    args = [arg for arg in args_of(objects) if arg.startswith("--watch-namespace")]
    assert args == ["--watch-namespace=matrix-a", "--watch-namespace=matrix-b"]


def test_secrets_of_some_namespaces_only(helm4):
    objects = helm4.objects(MATRIX["secrets"])
    everywhere, somewhere = rights(objects, "ClusterRole"), rights(objects)
    assert "secrets" not in {resource for _, resource, _ in everywhere}
    assert everywhere[None, "palpohomeservers", ()] == ["list", "watch"]
    secrets = {key: verbs for key, verbs in somewhere.items() if key[1] == "secrets"}
    assert secrets == {("matrix-a", "secrets", ()): ["list", "watch"],
                       ("elsewhere", "secrets", ("default-tls",)): ["list", "watch"]}
    assert "--secret-namespace=matrix-a" in args_of(objects)
    assert not [arg for arg in args_of(objects) if arg.startswith("--watch-namespace")]


def test_secrets_of_one_of_the_namespaces(helm4):
    roles = rights(helm4.objects(MATRIX["namespaces"]))
    assert {key for key in roles if key[1] == "secrets"} == {("matrix-b", "secrets", ()),
                                                             ("matrix-a", "secrets", ("default-tls",))}
    assert roles["matrix-a", "palpohomeservers", ()] and roles["elsewhere", "services", ("edge",)]


@pytest.mark.parametrize("scope,namespace", [
    ({}, "chart-test"), ({"namespaces": ["matrix-a", "matrix-b"]}, "matrix-a"),
    ({"namespaces": ["matrix-a", "matrix-b"], "secretNamespaces": ["matrix-b"]}, "matrix-b"),
    ({"secretNamespaces": ["matrix-b"]}, "matrix-b"),
])
def test_helm_test_puts_its_homeserver_where_it_is_read(helm4, scope, namespace):
    objects = helm4.objects({"scope": scope})
    assert one(objects, "PalpoHomeserver")["metadata"]["namespace"] == namespace
    assert one(objects, "Secret")["metadata"]["namespace"] == namespace
    assert one(objects, "Pod")["metadata"]["namespace"] == "chart-test"


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
            page = source["annotations"]["runbook_url"]
            assert (REPOSITORY / page).is_file(), page
            annotations = {**source["annotations"], "runbook_url": f"https://github.com/palpo-im/palpo-ingress/blob/main/{page}"}
            assert rule == {**source, "annotations": annotations, **({"labels": labels} if labels else {})}
    dashboards = sorted((CHART / "files/dashboards").glob("*.json"))
    assert dashboards, "there are dashboards"
    for path in dashboards:
        found = one(objects, "ConfigMap", f"palpo-ingress-{path.stem}")
        assert {name: text.strip() for name, text in found["data"].items()} == {path.name: path.read_text().strip()}
        assert found["metadata"]["labels"]["grafana_dashboard"] == "1"


@pytest.mark.parametrize("base,prefix", [("https://wiki.example.com/palpo/", "https://wiki.example.com/palpo/docs"), ("", "docs")])
def test_runbooks_may_be_elsewhere(helm4, base, prefix):
    values = {"metrics": {"prometheusRule": {"enabled": True, "runbookBaseUrl": base}}}
    alerts = [rule for group in one(helm4.objects(values), "PrometheusRule")["spec"]["groups"] for rule in group["rules"]]
    assert alerts
    for rule in alerts:
        assert rule["annotations"]["runbook_url"] == f"{prefix}/runbooks/{rule['alert']}.md"
        texts = rule["annotations"]["summary"] + rule["annotations"]["description"]
        assert "{{ $labels." in texts or rule["alert"] == "PalpoIngressAbsent", "Prometheus fills these in, not Helm"


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
