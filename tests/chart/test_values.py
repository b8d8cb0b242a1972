# SPDX-License-Identifier: Apache-2.0
"""The schema, values.yaml, docs/values.md, templates and programs say the same."""
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from palpo_test.processes import REPOSITORY, program, run

import generate_values
from matrix import MATRIX
from rendering import CHART, by_kind, comparable, containers

SCHEMA = generate_values.Schema((CHART / "values.schema.json").read_text())
# Passed on as they are, to somebody who has a schema of its own: pods, HorizontalPodAutoscaler, NetworkPolicy, objects.
FREE_FORM = {
    "global", "affinity.nodeAffinity", "affinity.podAffinity", "affinity.podAntiAffinity", "autoscaling.metrics[]",
    "autoscaling.behavior.scaleUp", "autoscaling.behavior.scaleDown", "keda.behavior.scaleUp", "keda.behavior.scaleDown",
    "extraVolumes[]", "extraContainers[]", "extraInitContainers[]", "extraObjects[]", "controller.extraEnv[].valueFrom",
    "dataPlane.extraEnv[].valueFrom", "networkPolicy.extraIngress[]", "networkPolicy.extraEgress[]",
    "metrics.prometheusRule.extraGroups[]", "metrics.prometheusRule.extraGroups[].rules[]",
}
# Of a parent chart: they have no effect here.
NOT_READ = {"global", "enabled"}


def nodes(node, path=""):
    """Every schema of the tree with its path; items of lists as path[]."""
    node = SCHEMA.resolved(node)
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}" if path else name)
    if "items" in node:
        yield from nodes(node["items"], f"{path}[]")


ALL = dict(nodes(SCHEMA.root))


def test_generated_files_are_current():
    done = run(["python3", "-B", REPOSITORY / "helm/generate_values.py", "--check"])
    assert done.returncode == 0, done.stderr


def test_defaults_of_values_yaml_are_the_schemas():
    assert yaml.safe_load((CHART / "values.yaml").read_text()) == SCHEMA.defaults()


def test_everything_is_described():
    for path, node in ALL.items():
        if path and not path.endswith("[]"):
            assert node.get("description", "").strip().endswith((".", "?")), f"{path} has no sentence that describes it"


def test_unknown_names_are_refused_everywhere():
    free = set()
    for path, node in ALL.items():
        if node.get("type") == "object" and "additionalProperties" not in node:
            free.add(path)
        elif "properties" in node:
            assert node["additionalProperties"] is False, path
    assert free == FREE_FORM


def test_every_default_is_in_the_document():
    text = (REPOSITORY / "docs/values.md").read_text()
    for path in ALL:
        if path and "[]" not in path:
            assert f"| `{path}` |" in text or f"\n## {path}\n" in text, path


def test_templates_use_what_the_schema_has():
    used = set()
    for path in (CHART / "templates").rglob("*"):
        if path.is_file():
            used |= {name for name in re.findall(r"\.Values((?:\.\w+)+)", path.read_text())}
            used |= {name for name in re.findall(r"\$values((?:\.\w+)+)", path.read_text())
                     if path.name in ("_args.tpl", "_validation.tpl")}
    assert len(used) > 50
    for name in used:
        assert name.lstrip(".") in ALL, f"{name} is not in the schema"


# Another valid value, where one cannot be made from the type; and what else has to be so for a value to count.
OTHER = {
    "nameOverride": "other", "fullnameOverride": "other", "namespaceOverride": "other",
    "image.registry": "registry.example.com", "image.repository": "other", "image.tag": "other",
    "image.digest": "sha256:" + "ab" * 32, "image.pullSecrets": [{"name": "a"}],
    "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["a"]}],
    "tolerations": [{"operator": "Exists"}], "topologySpreadConstraints": [],
    "autoscaling.metrics": [{"type": "Pods"}], "keda.triggers": [{"type": "memory", "metadata": {}}],
    "extraVolumes": [{"name": "a"}], "extraContainers": [{"name": "a"}], "extraInitContainers": [{"name": "a"}],
    "extraObjects": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}],
    "ingressClass.name": "other", "ingressClass.controllerValue": "example.com/other",
    "scope.namespaces": ["other"], "scope.secretNamespaces": ["other"], "scope.labelSelector": "a=b", "defaultTlsSecret": "a/b", "publish.service": "a/b",
    "publish.addresses": ["192.0.2.1"], "leaderElection.leaseName": "other", "serviceAccount.name": "other",
    "dnsConfig.nameservers": ["192.0.2.1"], "dnsConfig.searches": ["a"], "dnsConfig.options": [{"name": "a"}],
    "podDisruptionBudget.minAvailable": 1, "podDisruptionBudget.maxUnavailable": 2,
    "updateStrategy.rollingUpdate.maxSurge": 2, "updateStrategy.rollingUpdate.maxUnavailable": 2,
    "metrics.prometheusRule.without": ["PalpoIngressControllerGone"],
    "metrics.prometheusRule.extraGroups": [{"name": "a", "rules": []}],
    "networkPolicy.apiServer.ports": [1234], "autoscaling.targetMemoryUtilizationPercentage": 50,
    "listeners.http.hostPort": 80, "listeners.https.hostPort": 443, "listeners.federation.hostPort": 8448,
    "updateStrategy.type": "Recreate", "podSecurityContext.runAsUser": 1, "podSecurityContext.runAsGroup": 1,
    "podSecurityContext.fsGroup": 1, "controller.adminPort": 1234,
    "runtimeClassName": "a", "schedulerName": "a", "priorityClassName": "a",
}
BY_NAME = {  # of the last part of the path
    "annotations": {"a": "b"}, "labels": {"a": "b"}, "commonLabels": {"a": "b"}, "commonAnnotations": {"a": "b"},
    "podLabels": {"a": "b"}, "podAnnotations": {"a": "b"}, "ruleLabels": {"a": "b"}, "nodeSelector": {"a": "b"},
    "extraArgs": ["--other=1"], "extraEnv": [{"name": "A", "value": "b"}],
    "extraVolumeMounts": [{"name": "a", "mountPath": "/a"}], "clusterIP": "10.0.0.1", "ipFamilies": ["IPv6"],
    "externalIPs": ["192.0.2.1"], "loadBalancerClass": "example.com/a", "loadBalancerIP": "192.0.2.1",
    "loadBalancerSourceRanges": ["192.0.2.0/24"], "appProtocol": "http", "nodePort": 31234, "healthCheckNodePort": 31235,
    "namespace": "other", "interval": "7s", "scrapeTimeout": "7s", "podTargetLabels": ["a"],
    "relabelings": [{"action": "drop"}], "metricRelabelings": [{"action": "drop"}], "requests": {"cpu": "7"},
    "limits": {"cpu": "7"}, "claims": [{"name": "a"}], "clients": [{"podSelector": {}}], "admin": [{"podSelector": {}}],
    "dns": [{"podSelector": {}}], "backends": [{"podSelector": {}}], "cidrs": ["192.0.2.0/24"], "extraIngress": [{}],
    "extraEgress": [{}], "add": ["A"], "drop": ["A"], "localhostProfile": "a",
    "supplementalGroups": [1], "sysctls": [{"name": "a", "value": "b"}], "scaleUp": {"a": 1}, "scaleDown": {"a": 1},
    "readOnlyRootFilesystem": False, "nodeAffinity": {"a": 1}, "podAffinity": {"a": 1}, "podAntiAffinity": {"a": 1},
}
# The first that fits. "beside it": placed at a name of the same object.
CONTEXTS = [
    (r"(service|internalService|federationService)\.sessionAffinityTimeoutSeconds", "sessionAffinity", "ClientIP"),
    (r"(service|internalService|federationService)\.healthCheckNodePort", "externalTrafficPolicy", "Local"),
    (r".*(seccompProfile|appArmorProfile)\.localhostProfile", "type", "Localhost"),
    (r"metrics\.(serviceMonitor|podMonitor|prometheusRule|dashboards)\.(?!enabled)", "enabled", True),
    (r"keda\.enabled", "triggers", [{"type": "cpu", "metadata": {}}]),
    (r"keda\.", "", {"keda": {"triggers": [{"type": "cpu", "metadata": {}}]}}),
    (r"podDisruptionBudget\.forDaemonSet", "", {"kind": "DaemonSet"}),
    (r"dataPlane\.accessLog\.format", "enabled", True),
    (r"leaderElection\.enabled", "", {"replicaCount": 1}),
    (r"serviceAccount\.create", "name", "somebody"),
    (r"scope\.labelSelector", "", {"test": {"labels": {"a": "b"}}}),
]
SWITCHED = ("autoscaling", "keda", "networkPolicy", "internalService", "federationService")


def placed(path, value):
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def merged(first, second):
    made = dict(first)
    for key, value in second.items():
        made[key] = merged(made[key], value) if isinstance(value, dict) and isinstance(made.get(key), dict) else value
    return made


def context_of(path):
    top = path.partition(".")[0]
    context = placed(f"{top}.enabled", True) if top in SWITCHED and path != f"{top}.enabled" else {}
    for pattern, beside, value in CONTEXTS:
        if re.match(pattern, path):
            return merged(context, placed(f"{path.rpartition('.')[0]}.{beside}", value) if beside else value)
    return context


def default_at(path):
    value = SCHEMA.defaults()
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def other_value(path, node):
    name = path.rpartition(".")[2]
    if path in OTHER:
        return OTHER[path]
    if name in BY_NAME:
        return BY_NAME[name]
    default = default_at(path)
    if "enum" in node:
        return next(value for value in reversed(node["enum"]) if value != default)
    kind = node.get("type")
    if kind == "boolean":
        return not default
    if kind == "integer":
        least = node.get("minimum", 0)
        return default + 1 if isinstance(default, int) else least + 1
    if kind == "string" and "pattern" not in node:
        return "other"
    raise AssertionError(f"no other value for {path}: add one to OTHER")


LEAVES = sorted(path for path, node in ALL.items()
                if path and "[]" not in path and "properties" not in node and path not in NOT_READ)


def test_every_value_has_an_effect(helm4):
    """Another value renders something else."""
    contexts = {}

    def fault(path):
        context = context_of(path)
        key = json.dumps(context, sort_keys=True)
        if key not in contexts:
            contexts[key] = comparable(helm4.text(context))
        done = helm4.template(merged(context, placed(path, other_value(path, ALL[path]))))
        if done.returncode != 0:
            return f"{path}: {done.stderr}"
        return None if comparable(done.stdout) != contexts[key] else f"{path}: no effect"

    with ThreadPoolExecutor(2) as pool:
        faults = [found for found in pool.map(fault, LEAVES) if found]
    assert not faults, "\n".join(faults)


def options_of(name):
    done = run([program(name), "--help"])
    assert done.returncode == 0
    return set(re.findall(r"--[a-z][a-z-]+", done.stdout)), set(re.findall(r"PALPO_[A-Z_]+", done.stdout))


def passed_options(helm, which):
    """Of every rendering of the matrix, and of the pod of helm test."""
    found = set()
    for values in MATRIX.values():
        objects = helm.objects(values)
        lists = [containers(objects)[which]["args"]]
        if which == "controller":
            lists += [pod["spec"]["containers"][0]["args"] for pod in by_kind(objects, "Pod")]
        found |= {argument.split("=")[0] for arguments in lists for argument in arguments if argument.startswith("--")}
    return found


@pytest.mark.parametrize("which,name", [("controller", "palpo-ingress-controller"), ("dataplane", "palpo-ingress-dataplane")])
def test_the_programs_know_every_option(helm4, which, name):
    known, _ = options_of(name)
    passed = passed_options(helm4, which)
    assert len(passed) > 8
    assert passed <= known, f"unknown: {sorted(passed - known)}"


def test_the_data_plane_knows_its_variable(helm4):
    known, _ = options_of("palpo-ingress-dataplane")
    names = {variable["name"] for values in MATRIX.values()
             for variable in containers(helm4.objects(values))["dataplane"].get("env", [])
             if variable["name"].startswith("PALPO_")}
    assert names == {"PALPO_WORKERS"}
    assert {"--" + name.removeprefix("PALPO_").lower().replace("_", "-") for name in names} <= known


def test_the_chart_is_of_the_programs_version():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    for name in ("palpo-ingress-controller", "palpo-ingress-dataplane"):
        assert run([program(name), "--version"]).stdout.strip() == f"{name} {chart['appVersion']}"


def test_the_definitions_are_the_repositorys():
    ours = {path.name: path.read_bytes() for path in (CHART / "files/crds").iterdir()}
    assert ours == {path.name: path.read_bytes() for path in (REPOSITORY / "crds").iterdir()}


def test_annotations_for_artifact_hub():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    annotations = chart["annotations"]
    crds = yaml.safe_load(annotations["artifacthub.io/crds"])
    examples = yaml.safe_load(annotations["artifacthub.io/crdsExamples"])
    for path in (CHART / "files/crds").iterdir():
        definition = yaml.safe_load(path.read_text())
        names = definition["spec"]["names"]
        found = next(crd for crd in crds if crd["name"] == definition["metadata"]["name"])
        assert found["kind"] == names["kind"]
        assert found["version"] in [version["name"] for version in definition["spec"]["versions"]]
        assert [example for example in examples if example["kind"] == names["kind"]]
    for change in yaml.safe_load(annotations["artifacthub.io/changes"]):
        assert change["kind"] in ("added", "changed", "deprecated", "removed", "fixed", "security") and change["description"]
    for link in yaml.safe_load(annotations["artifacthub.io/links"]):
        assert link["name"] and link["url"].startswith("https://")
        inside = link["url"].partition("/blob/main/")[2]
        assert not inside or (REPOSITORY / inside).exists(), link["url"]
