#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes deploy/kustomize/base: what the chart renders by default, without Helm's own labels.

    helm/generate_kustomize.py HELM           writes it; HELM is the program
    helm/generate_kustomize.py HELM --check   writes nothing; exits 1 when a file is not what would be written
"""
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
BASE = REPOSITORY / "deploy/kustomize/base"
NAME = "palpo-ingress"
HEAD = "# Written by helm/generate_kustomize.py from the chart: change that, and run it again.\n"
HELMS_OWN = re.compile(r"^ *(helm\.sh/chart|app\.kubernetes\.io/managed-by|helm\.sh/resource-policy): .*\n", re.MULTILINE)
EMPTY_ANNOTATIONS = re.compile(r"^( *)annotations:\n(?!\1 )", re.MULTILINE)
NAMESPACE = f"""apiVersion: v1
kind: Namespace
metadata:
  name: {NAME}
  labels:
    pod-security.kubernetes.io/enforce: restricted
"""


def rendered(helm):
    """Template -> its documents."""
    done = subprocess.run([helm, "template", NAME, REPOSITORY / "helm/palpo-ingress", "--namespace", NAME, "--skip-tests",
                           "--kube-version", "1.36"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    found = {}
    for document in re.split(r"^---\n", done.stdout, flags=re.MULTILINE):
        match = re.match(r"# Source: \S+/templates/(\S+)\n", document)
        if match:
            text = EMPTY_ANNOTATIONS.sub("", HELMS_OWN.sub("", document[match.end():]))
            found.setdefault(match[1], []).append(text.strip() + "\n")
    return found


def wanted(helm):
    """File -> text."""
    files = {"namespace.yaml": HEAD + NAMESPACE}
    for template, documents in rendered(helm).items():
        files[template] = HEAD + "---\n".join(documents)
    listed = "".join(f"  - {name}\n" for name in sorted(files))
    files["kustomization.yaml"] = (f"{HEAD}apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
                                   f"{listed}")
    return files


def main(arguments):
    if len(arguments) not in (1, 2) or arguments[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    files = wanted(arguments[0])
    there = {path.name: path.read_text() for path in BASE.glob("*.yaml")} if BASE.exists() else {}
    if arguments[1:] == ["--check"]:
        for name in sorted(set(files) | set(there)):
            if files.get(name) != there.get(name):
                print(f"deploy/kustomize/base/{name} is stale: run helm/generate_kustomize.py", file=sys.stderr)
        return 0 if files == there else 1
    BASE.mkdir(parents=True, exist_ok=True)
    for name in set(there) - set(files):
        (BASE / name).unlink()
    for name, text in files.items():
        (BASE / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
