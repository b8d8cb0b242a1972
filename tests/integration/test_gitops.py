# SPDX-License-Identifier: Apache-2.0
"""deploy/argocd, deploy/flux and deploy/fleet: read as the tools read them, without the tools.

The recorded objects are held against a real API server by tests/e2e/test_gitops.py.
"""
import copy

import pytest
import yaml
from palpo_test import argocd, kstatus, manifests
from palpo_test.processes import REPOSITORY, program, run

DEPLOY = REPOSITORY / "deploy"
RECORDED = REPOSITORY / "tests/argocd"
TESTS = yaml.safe_load((RECORDED / "health_test.yaml").read_text())["tests"]
HEALTH_KEY = "resource.customizations.health.palpo.im_PalpoHomeserver"
KSTATUS = {"Healthy": "Current", "Progressing": "InProgress", "Degraded": "Failed"}

# Kind -> the fields of its spec, so far as the examples may use them; a tool refuses others, or passes over them silently.
FIELDS = {
    "argoproj.io/v1alpha1/Application": {"project", "source", "destination", "syncPolicy"},
    "argoproj.io/v1alpha1/ApplicationSet": {"goTemplate", "goTemplateOptions", "generators", "syncPolicy", "template"},
    "source.toolkit.fluxcd.io/v1/GitRepository": {"interval", "url", "ref", "ignore"},
    "source.toolkit.fluxcd.io/v1/OCIRepository": {"interval", "url", "ref", "layerSelector"},
    "helm.toolkit.fluxcd.io/v2/HelmRelease": {"interval", "timeout", "chart", "install", "upgrade", "driftDetection", "test",
                                              "values"},
    "kustomize.toolkit.fluxcd.io/v1/Kustomization": {"interval", "retryInterval", "timeout", "prune", "dependsOn", "sourceRef",
                                                     "path", "healthChecks", "healthCheckExprs", "wait"},
}


class Strict(yaml.SafeLoader):
    """A key that is given twice is a mistake; YAML's own loader takes the last."""


def _mapping(loader, node):
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    assert len(keys) == len(set(keys)), f"{node.start_mark}: a key is given twice: {keys}"
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def documents(path):
    return [found for found in yaml.load_all(path.read_text(), Loader=Strict) if found]


def examples(*folders):
    return {path: documents(path) for folder in folders for path in sorted((DEPLOY / folder).rglob("*.yaml"))}


def recorded(test):
    return yaml.safe_load((RECORDED / test["inputPath"]).read_text())


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test["inputPath"])
def test_health_at_each_stage(test):
    found = recorded(test)
    assert argocd.health(found) == test["healthStatus"]
    if "deletionTimestamp" not in found["metadata"]:
        assert kstatus.read(found) == KSTATUS[test["healthStatus"]["status"]]


def test_every_recorded_object_has_an_expectation():
    assert sorted(path.name for path in (RECORDED / "objects").iterdir()) == \
        sorted(test["inputPath"].split("/")[1] for test in TESTS)


@pytest.fixture
def ready():
    return recorded({"inputPath": "objects/ready.yaml"})


def of(ready, change):
    found = copy.deepcopy(ready)
    change(found["status"])
    return argocd.health(found)


def test_an_object_without_a_status_is_not_healthy(ready):
    """As it is where the definition is older than its default."""
    waits = {"status": "Progressing", "message": "no controller has processed it yet"}
    for status in (None, {}, {"conditions": []}, {"conditions": [], "observedGeneration": 2}, {"observedGeneration": 2}):
        found = copy.deepcopy(ready)
        del found["status"]
        if status is not None:
            found["status"] = status
        assert argocd.health(found) == waits, status


def test_conditions_of_another_generation_are_not_believed(ready):
    def older(status):
        for one in status["conditions"]:
            one["observedGeneration"] = 1

    assert of(ready, older) == {"status": "Progressing", "message": "no controller has processed it yet"}

    def stalled_before(status):
        status["conditions"].append({"type": "Stalled", "status": "True", "observedGeneration": 1, "reason": "InvalidSpec",
                                     "message": "once"})

    assert of(ready, stalled_before)["status"] == "Healthy"


def test_a_refusal_by_a_data_plane_is_degraded(ready):
    def refused(status):
        status["conditions"][0].update(status="False", reason="DataPlaneRefused", message="host a: why")
        status["conditions"].append({"type": "Stalled", "status": "True", "observedGeneration": 2,
                                     "reason": "DataPlaneRefused", "message": "host a: why"})

    assert of(ready, refused) == {"status": "Degraded", "message": "DataPlaneRefused: host a: why"}


def test_the_config_map_holds_the_script_itself():
    [found] = documents(DEPLOY / "argocd/argocd-cm.yaml")
    assert (found["kind"], found["metadata"]["name"]) == ("ConfigMap", "argocd-cm")
    assert found["data"] == {HEALTH_KEY: argocd.SCRIPT.read_text()}


def test_the_script_uses_nothing_that_argo_cd_does_not_open(ready):
    """This runner would hide a call of string.format, were it to open more than Argo CD."""
    with pytest.raises(AssertionError, match="string"):
        argocd.health(ready, 'return {status = string.format("%s", "Healthy"), message = ""}')


@pytest.mark.parametrize("path", examples("argocd", "flux"), ids=lambda path: str(path.relative_to(DEPLOY)))
def test_examples_have_known_kinds_and_fields(path):
    found = documents(path)
    assert found
    for one in found:
        kind = f"{one['apiVersion']}/{one['kind']}"
        assert one["metadata"]["name"]
        if kind in FIELDS:
            assert set(one["spec"]) <= FIELDS[kind], kind
        else:
            assert kind in ("v1/ConfigMap", "v1/Namespace"), kind
    for forbidden in ("docker.io", "ghcr.io", "quay.io", "github.com"):
        assert forbidden not in path.read_text()


def test_values_in_examples_exist_in_the_chart():
    """The chart's own schema refuses others, at the first sync."""
    application = documents(DEPLOY / "argocd/application.yaml")[0]
    release = [one for one in documents(DEPLOY / "flux/palpo-ingress.yaml") if one["kind"] == "HelmRelease"][0]
    assert release["spec"]["chart"]["spec"]["chart"] == f"./{application['spec']['source']['path']}"
    chart = REPOSITORY / application["spec"]["source"]["path"]
    defaults = yaml.safe_load((chart / "values.yaml").read_text())

    def unknown(values, known, name=""):
        for key, value in values.items():
            if not isinstance(known, dict) or (known and key not in known):
                yield name + key
            elif isinstance(value, dict) and known:
                yield from unknown(value, known[key], f"{name}{key}.")

    for values in (application["spec"]["source"]["helm"]["valuesObject"], release["spec"]["values"]):
        assert not list(unknown(values, defaults))


def test_what_flux_waits_for_exists():
    kustomizations = {one["metadata"]["name"]: one["spec"] for one in documents(DEPLOY / "flux/homeservers.yaml")
                      if one["kind"] == "Kustomization"}
    releases = {one["metadata"]["name"]: one for one in documents(DEPLOY / "flux/palpo-ingress.yaml")}
    assert releases[kustomizations["palpo-ingress"]["healthChecks"][0]["name"]]
    fleet = {folder.name for folder in (DEPLOY / "fleet/homeservers").iterdir()}
    for name, spec in kustomizations.items():
        if name == "palpo-ingress":
            continue
        assert spec["dependsOn"] == [{"name": "palpo-ingress"}]
        folder = spec["path"].rsplit("/", 1)[1]
        assert spec["path"] == f"./fleet/homeservers/{folder}" and folder in fleet
        for check in spec.get("healthChecks", []):
            [overlay] = documents(DEPLOY / f"fleet/homeservers/{folder}/kustomization.yaml")
            base = documents(DEPLOY / "fleet/base/homeserver.yaml")[0]
            assert (check["kind"], check["name"], check["namespace"]) == (
                "PalpoHomeserver", base["metadata"]["name"], overlay["namespace"])


def test_the_fleet_is_what_the_controller_takes(folder):
    """What Kustomize does with it in words of Python: the patches are JSON patches of fields of the spec."""
    for overlay in sorted((DEPLOY / "fleet/homeservers").iterdir()):
        [kustomization] = documents(overlay / "kustomization.yaml")
        assert kustomization["namespace"] == documents(overlay / "namespace.yaml")[0]["metadata"]["name"]
        found = documents(DEPLOY / "fleet/base/homeserver.yaml")[0]
        found["metadata"]["namespace"] = kustomization["namespace"]
        for patch in kustomization["patches"]:
            for step in yaml.safe_load(patch["patch"]):
                _, spec, field = step["path"].split("/")
                assert spec == "spec" and (step["op"] == "add") != (field in found["spec"]), step
                found["spec"][field] = step["value"]
        assert "invalid" not in found["spec"]["serverName"] + found["spec"]["host"]
        manifests.write(folder / f"{overlay.name}.yaml", found, manifests.ingress_class(),
                        manifests.service("palpo", namespace=kustomization["namespace"]))
        printed = run([program("palpo-ingress-controller"), "validate", folder / f"{overlay.name}.yaml"]).stdout
        assert f'{{"m.server":"{found["spec"]["host"]}:443"}}' in printed, printed
        complaints = {line.split()[1].rstrip(":") for line in printed.splitlines() if line.strip().startswith("WARNING")}
        assert complaints <= {"SecretNotFound", "NoEndpoints"}, printed
