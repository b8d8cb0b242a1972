# SPDX-License-Identifier: Apache-2.0
"""What documents show in YAML can be read: as YAML, and objects of kinds that the controller reads by the controller."""
import re

import pytest
import yaml
from palpo_test import manifests
from palpo_test.processes import REPOSITORY, program, run

READ = {"PalpoHomeserver", "Ingress", "Service", "Secret", "IngressClass"}
# A missing Secret, Service or endpoint is the reader's matter.
MISSING = {"SecretNotFound", "ServiceNotFound", "NoEndpoints"}


def blocks():
    for page in [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md")), *sorted((REPOSITORY / "helm").rglob("*.md"))]:
        text = page.read_text()
        name = str(page.relative_to(REPOSITORY))
        fenced = re.findall(r"^( *)```yaml\n(.*?)^ *```$", text, re.M | re.S)
        for number, (indent, block) in enumerate(fenced):
            yield f"{name} {number}", re.sub(f"^{indent}", "", block, flags=re.M)
        for number, block in enumerate(re.findall(r"<<'YAML'\n(.*?)^ *YAML$", text, re.M | re.S)):
            yield f"{name} here-document {number}", re.sub("^    ", "", block, flags=re.M)


@pytest.mark.parametrize(("name", "block"), list(blocks()), ids=[name for name, _ in blocks()])
def test_yaml_of_documents(folder, name, block):
    objects = [found for found in yaml.safe_load_all(block) if isinstance(found, dict)]
    assert objects
    ours = [found for found in objects if found.get("kind") in READ]
    if not ours:
        return
    manifests.write(folder / "all.yaml", manifests.ingress_class(), *ours)
    done = run([program("palpo-ingress-controller"), "validate", folder / "all.yaml"])
    reasons = {line.split()[1].rstrip(":") for line in done.stdout.splitlines() if line.strip().startswith("WARNING")}
    assert reasons <= MISSING and not done.stderr, done.stdout + done.stderr
    for found in ours:
        if found["kind"] in ("PalpoHomeserver", "Ingress"):
            assert f"{found['kind']}/" in done.stdout and f"/{found['metadata']['name']}" in done.stdout, done.stdout


def test_there_are_some():
    assert sum("kind: PalpoHomeserver" in block for _, block in blocks()) >= 6
