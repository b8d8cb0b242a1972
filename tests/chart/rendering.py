# SPDX-License-Identifier: Apache-2.0
"""Helm as a function from values to objects. YAML is read strictly: a key given twice is an error."""
import itertools
import json
import re

import yaml
from palpo_test.processes import REPOSITORY, run

CHART = REPOSITORY / "helm/palpo-ingress"
NAME, NAMESPACE = "palpo-ingress", "chart-test"
# What is new in every rendering: the certificate of helm test.
RANDOM = re.compile(r"^( *(?:tls\.crt|tls\.key|ca\.crt): ).*$", re.MULTILINE)


class StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    pass


def _mapping(loader, node, deep=False):
    seen = set()
    for key, _ in node.value:
        name = loader.construct_object(key, deep=True)
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {name!r} is there twice", key.start_mark)
        seen.add(name)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def objects_of(text):
    return [found for found in yaml.load_all(text, StrictLoader) if found]


def by_kind(objects, kind, name=None):
    return [found for found in objects
            if found["kind"] == kind and (name is None or found["metadata"]["name"] == name)]


def one(objects, kind, name=None):
    found = by_kind(objects, kind, name)
    assert len(found) == 1, f"{len(found)} of {kind} {name or ''}"
    return found[0]


def containers(objects):
    """Name -> container, of the Deployment or DaemonSet; those that run before it too."""
    workload = (by_kind(objects, "Deployment") + by_kind(objects, "DaemonSet"))[0]
    pod = workload["spec"]["template"]["spec"]
    return {found["name"]: found for found in pod["initContainers"] + pod["containers"]}


class Helm:
    def __init__(self, program, home):
        self.program, self.home = program, home
        home.mkdir(parents=True, exist_ok=True)
        self.environment = {f"HELM_{name}_HOME": str(home) for name in ("CACHE", "CONFIG", "DATA")}
        self.numbers = itertools.count()

    def run(self, *arguments, values=None, timeout=120, kubeconfig=None):
        extra = []
        if values is not None:
            path = self.home / f"values-{next(self.numbers)}.json"
            path.write_text(json.dumps(values))
            extra = ["--values", path]
        environment = dict(self.environment)
        if kubeconfig:
            environment["KUBECONFIG"] = str(kubeconfig)
        return run([self.program, *arguments, *extra], timeout, env=environment)

    def template(self, values=None, *more, name=NAME, namespace=NAMESPACE):
        """The finished process: for values that must fail."""
        return self.run("template", name, CHART, "--namespace", namespace, "--kube-version", "1.36", *more,
                        values=values or {})

    def text(self, values=None, *more, **where):
        done = self.template(values, *more, **where)
        assert done.returncode == 0, done.stderr
        assert done.stderr == "", done.stderr
        return done.stdout

    def objects(self, values=None, *more, **where):
        return objects_of(self.text(values, *more, **where))


def comparable(text):
    """Without what is new in every rendering, and without empty lines between documents, of which Helm 4 makes more."""
    return re.sub(r"\n+---\n", "\n---\n", RANDOM.sub(r"\1...", text)).rstrip()
