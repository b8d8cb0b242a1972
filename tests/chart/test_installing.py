# SPDX-License-Identifier: Apache-2.0
"""helm install, upgrade, rollback and uninstall against a real kube-apiserver. No node: what a Job would do, the test does."""
import json
import os
import re
import time

import pytest
import yaml
from palpo_test import kube
from palpo_test.processes import REPOSITORY, ProcessTable, program, run
from palpo_test.waiting import wait_until

from conftest import RESTRICTED
from rendering import CHART, NAME

CRD = "palpohomeservers.palpo.im"
NAMESPACE = "palpo-ingress"
KINDS = ["deployment", "daemonset", "service", "serviceaccount", "role", "rolebinding", "poddisruptionbudget", "networkpolicy",
         "configmap", "secret", "job", "pod", "horizontalpodautoscaler", "lease"]
CLUSTER_KINDS = ["clusterrole", "clusterrolebinding", "ingressclass"]
OURS = f"app.kubernetes.io/part-of={NAME}"


@pytest.fixture(scope="module")
def plane(workdir, tools):
    """A cluster that has never seen the chart."""
    table = ProcessTable(workdir / "log-install")
    made = kube.ControlPlane(table, workdir / "kube-install", tools).start()
    yield made
    table.stop_all()


@pytest.fixture
def empty(plane):
    """No release, no definition, no namespace of ours."""
    for name in (NAMESPACE, "second", "matrix"):
        plane.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")
        # There is no controller that empties namespaces.
        plane.kubectl("delete", *[",".join(KINDS)], "--all", "--namespace", name, "--ignore-not-found")
        plane.kubectl("replace", "--raw", f"/api/v1/namespaces/{name}/finalize", "-f", "-", check=False, input=json.dumps(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {"finalizers": []}}))
    plane.kubectl("delete", ",".join(CLUSTER_KINDS), "-l", OURS)
    plane.kubectl("delete", "crd", CRD, "--ignore-not-found")
    for name in (NAMESPACE, "second", "matrix"):
        wait_until("the namespace to be gone", lambda: plane.kubectl("get", "namespace", name, check=False).returncode != 0)
    for name in (NAMESPACE, "second"):
        plane.api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": RESTRICTED}})
    return plane


class Releases:
    """Helm, and what it leaves in the cluster."""

    def __init__(self, helm, plane):
        self.helm, self.plane = helm, plane

    def __call__(self, *arguments, values=None, check=True):
        done = self.helm.run(*arguments, values=values, kubeconfig=self.plane.admin_kubeconfig)
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def install(self, *more, name=NAME, namespace=NAMESPACE, **rest):
        return self("install", name, CHART, "--namespace", namespace, *more, **rest)

    def upgrade(self, *more, name=NAME, namespace=NAMESPACE, **rest):
        return self("upgrade", name, CHART, "--namespace", namespace, *more, **rest)

    def left(self, namespace=NAMESPACE):
        """Kind/name of everything of ours, and of Helm's own Secrets."""
        found = self.plane.kubectl("get", ",".join(KINDS), "--namespace", namespace, "-o", "name").stdout.split()
        found += self.plane.kubectl("get", ",".join(CLUSTER_KINDS), "-l", OURS, "-o", "name").stdout.split()
        return sorted(found)

    def crd(self):
        return json.loads(self.plane.kubectl("get", "crd", CRD, "-o", "json").stdout)


@pytest.fixture
def releases(helm, empty):
    return Releases(helm, empty)


def test_a_release_comes_changes_goes_back_and_goes(releases):
    releases.install("--create-namespace")
    there = releases.left()
    for name in (f"deployment.apps/{NAME}", f"service/{NAME}", f"poddisruptionbudget.policy/{NAME}",
                 "ingressclass.networking.k8s.io/palpo", f"clusterrole.rbac.authorization.k8s.io/{NAME}-{NAMESPACE}"):
        assert name in there
    releases.upgrade(values={"replicaCount": 1, "networkPolicy": {"enabled": True}, "service": {"type": "NodePort"},
                             "dataPlane": {"accessLog": {"enabled": True}}})
    changed = releases.left()
    assert f"networkpolicy.networking.k8s.io/{NAME}" in changed and f"poddisruptionbudget.policy/{NAME}" not in changed
    releases("rollback", NAME, "1", "--namespace", NAMESPACE)
    assert [name for name in releases.left() if not name.startswith("secret/sh.helm")] == [
        name for name in there if not name.startswith("secret/sh.helm")]
    releases("uninstall", NAME, "--namespace", NAMESPACE)
    assert releases.left() == []
    assert releases.crd()["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    releases.install()  # over the definition that it left
    assert releases.left() == there


def test_a_lease_that_a_controller_has_made_is_left_to_it(releases):
    """It is left over where a controller was killed while its release went."""
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": NAME, "namespace": NAMESPACE},
             "spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 15, "leaseTransitions": 0}}
    releases.plane.kubectl("create", "-f", "-", input=json.dumps(lease))
    releases.install()
    releases.upgrade()
    assert f"lease.coordination.k8s.io/{NAME}" in releases.left()
    releases.plane.kubectl("delete", "lease", NAME, "--namespace", NAMESPACE)
    releases.upgrade()  # from now on it is the release's, and what a controller writes into it stays
    releases.plane.kubectl("patch", "lease", NAME, "--namespace", NAMESPACE, "--type=merge", "-p",
                           json.dumps({"spec": lease["spec"]}))
    releases.upgrade(values={"replicaCount": 3})
    found = json.loads(releases.plane.kubectl("get", "lease", NAME, "--namespace", NAMESPACE, "-o", "json").stdout)
    assert found["spec"]["holderIdentity"] == "somebody"
    releases("uninstall", NAME, "--namespace", NAMESPACE)
    assert releases.left() == []


def test_a_definition_that_is_not_to_stay_goes(releases):
    releases.install(values={"crds": {"keep": False}})
    releases("uninstall", NAME, "--namespace", NAMESPACE)
    wait_until("the definition to be gone", lambda: releases.plane.kubectl("get", "crd", CRD, check=False).returncode != 0)


def test_a_second_release_leaves_the_definition_to_the_first(releases):
    releases.install()
    second = {"ingressClass": {"name": "second"}}
    done = releases.install(name="second", namespace="second", values=second)
    assert f"belongs to the release {NAME} of namespace {NAMESPACE}" in done.stdout
    releases("uninstall", "second", "--namespace", "second")
    assert releases.crd()["metadata"]["annotations"]["meta.helm.sh/release-name"] == NAME
    assert f"deployment.apps/{NAME}" in releases.left()
    # The note's command hands it over, once the first is gone.
    releases("uninstall", NAME, "--namespace", NAMESPACE)
    releases.install(name="second", namespace="second", values=second)
    annotate = next(line for line in done.stdout.splitlines() if "annotate" in line).split()
    releases.plane.kubectl(*annotate[1:])
    releases.upgrade(name="second", namespace="second", values=second)
    assert CRD in releases("get", "manifest", "second", "--namespace", "second").stdout


def old_definition(folder):
    """What somebody put there with kubectl: one field and one column less than it has by now."""
    found = yaml.safe_load((REPOSITORY / f"crds/{CRD}.yaml").read_text())
    version = found["spec"]["versions"][0]
    del version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["wellKnown"]["properties"]["policyServer"]
    version["additionalPrinterColumns"].pop()
    path = folder / "old-crd.yaml"
    path.write_text(yaml.safe_dump(found))
    return path


def play_the_job(plane, folder):
    """What the kubelet and the Job's controller would do: the command on the mounted files, with the account's token."""
    name = f"{NAME}-crds"
    job = wait_until("the Job", lambda: json.loads(
        plane.kubectl("get", "job", name, "--namespace", NAMESPACE, "-o", "json", check=False).stdout or "null"), 60)
    pod = job["spec"]["template"]["spec"]
    container = pod["containers"][0]
    mounted = folder / "crds"
    mounted.mkdir()
    data = json.loads(plane.kubectl("get", "configmap", pod["volumes"][0]["configMap"]["name"], "--namespace", NAMESPACE,
                                    "-o", "json").stdout)["data"]
    for file, text in data.items():
        (mounted / file).write_text(text)
    token = plane.kubectl("create", "token", pod["serviceAccountName"], "--namespace", NAMESPACE).stdout.strip()
    config = folder / "job.kubeconfig"
    config.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": plane.url, "certificate-authority": str(plane.authority.cert)}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "users": [{"name": "test", "user": {"token": token}}]}))
    mount = container["volumeMounts"][0]["mountPath"]
    arguments = [str(mounted) if argument == mount else argument for argument in container["args"]]
    done = run([program(os.path.basename(container["command"][0])), *arguments], env={"KUBECONFIG": str(config)})
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    conditions = [{"type": kind, "status": "True", "lastTransitionTime": now} for kind in ("SuccessCriteriaMet", "Complete")]
    plane.kubectl("patch", "job", name, "--namespace", NAMESPACE, "--subresource=status", "--type=merge", "-p", json.dumps(
        {"status": {"startTime": now, "completionTime": now, "succeeded": 1, "ready": 0, "terminating": 0,
                    "uncountedTerminatedPods": {}, "conditions": conditions}}))
    return done


def test_a_definition_of_an_older_release_is_adopted(releases, processes, folder):
    plane = releases.plane
    plane.kubectl("apply", "-f", old_definition(folder))
    plane.kubectl("wait", "--for=condition=Established", f"crd/{CRD}")
    plane.api.apply({"apiVersion": "palpo.im/v1alpha1", "kind": "PalpoHomeserver",
                     "metadata": {"name": "there", "namespace": "default"},
                     "spec": {"serverName": "example.com", "host": "matrix.example.com"}})
    installing = processes.start("helm", [releases.helm.program, "install", NAME, CHART, "--namespace", NAMESPACE],
                                 env={**releases.helm.environment, "KUBECONFIG": str(plane.admin_kubeconfig)})
    done = play_the_job(plane, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{CRD} is up to date\n"
    assert installing.wait(60) == 0, installing.log()

    # It is the chart's, and the homeservers are still there.
    crd = releases.crd()
    wanted = yaml.safe_load((REPOSITORY / f"crds/{CRD}.yaml").read_text())["spec"]["versions"][0]
    assert len(crd["spec"]["versions"][0]["additionalPrinterColumns"]) == len(wanted["additionalPrinterColumns"])
    fields = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    assert "policyServer" in fields["wellKnown"]["properties"]
    assert crd["metadata"]["annotations"]["meta.helm.sh/release-name"] == NAME
    plane.kubectl("get", "palpohomeserver", "there", "--namespace", "default")
    # Nothing is left of the way there.
    assert not [name for name in releases.left() if name.endswith("-crds") or f"{NAME}-{NAMESPACE}-crds" in name]
    # From now on it is an object of the release like any other.
    releases.upgrade()
    assert CRD in releases("get", "manifest", NAME, "--namespace", NAMESPACE).stdout
    releases("uninstall", NAME, "--namespace", NAMESPACE)
    plane.kubectl("get", "palpohomeserver", "there", "--namespace", "default")


def test_the_job_may_change_that_definition_only(releases, folder):
    """And says what the API server thinks of anything else."""
    plane = releases.plane
    plane.kubectl("apply", "-f", old_definition(folder))
    (folder / "other.json").write_text(json.dumps({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "others.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Other", "plural": "others"}, "versions": []}}))
    done = run([program("palpo-ingress-controller"), "apply-crds", folder,
                "--kubeconfig", plane.controller_kubeconfig(folder / "kubeconfig")])
    assert done.returncode == 1
    assert done.stderr.startswith("apply-crds: others.example.com: the API server answered 403: ")
    (folder / "other.json").write_text("{}")
    done = run([program("palpo-ingress-controller"), "apply-crds", folder])
    assert done.returncode == 2 and "other.json: not a CustomResourceDefinition" in done.stderr


def test_the_commands_of_the_notes_work(releases, folder, authority):
    """All but those that wait for pods."""
    plane = releases.plane
    notes = releases.install().stdout.partition("NOTES:")[2]
    issued = authority.issue("example.com", "matrix.example.com")
    (folder / "fullchain.pem").write_bytes(issued.cert.read_bytes())
    (folder / "privkey.pem").write_bytes(issued.key.read_bytes())
    block = "\n".join(line[5:] for line in notes.splitlines() if line.startswith("     "))
    waits = re.compile(r"^(kubectl .*(rollout status|wait) |helm .* test ).*\n?", re.MULTILINE)
    assert len(waits.findall(block)) == 3
    script = folder / "notes.sh"
    script.write_text("set -eux\n" + waits.sub("", block) + "\n")
    done = run(["sh", "-c", f"cd {folder} && sh notes.sh"],
               env={"KUBECONFIG": str(plane.admin_kubeconfig), "HOME": str(folder),
                    "PATH": f"{plane.tools}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.count("+ kubectl") == 5, done.stderr
    assert re.search(r"matrix +example +example.com +matrix.example.com", done.stdout)
    explain = re.search(r"kubectl (explain .*)", notes)[1]
    assert "wellKnown" in plane.kubectl(*explain.split()).stdout
