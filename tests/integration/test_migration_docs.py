# SPDX-License-Identifier: Apache-2.0
"""docs/migrate/ingress-nginx.md promises an effect for each annotation: the controller is asked for it."""
import re

import pytest
from palpo_test import manifests
from palpo_test.processes import REPOSITORY, program, run

PREFIX = "nginx.ingress.kubernetes.io/"
PAGE = REPOSITORY / "docs/migrate/ingress-nginx.md"


def rows():
    """(annotation, value, what is promised): the key and, behind a colon, the value, as the first column has them."""
    section = PAGE.read_text().split("## Annotations, one by one")[1].split("\n## ")[0]
    for keys, promise in re.findall(r"^\| (`.*?) \| (.*) \|$", section, re.M):
        for said in re.findall(r"`([^`]+)`", keys):
            key, _, value = said.partition(": ")
            yield key.replace("…", "anything"), value.strip('"'), promise


def promised(promise, key, value):
    """The reason that validate has to name; None: none."""
    if "**closes the paths**" in promise and "looks like" not in promise:
        return None if value == "false" else "RestrictionUnsupported"
    if "**not supported**" in promise or "is a warning" in promise:
        return "AnnotationUnsupported"
    return None


def told(folder, key, value, path="/app"):
    found = manifests.ingress("web", {"www.example.com": [manifests.ingress_path(path, "web", 80)]}, "web",
                              tls=[{"hosts": ["www.example.com"], "secretName": "web-tls"}], annotations={PREFIX + key: value})
    manifests.write(folder / "all.yaml", manifests.ingress_class(), found, manifests.service("web", 80, namespace="web"))
    printed = run([program("palpo-ingress-controller"), "validate", folder / "all.yaml"]).stdout
    assert "Ingress/web/web" in printed, printed
    return set(re.findall(r"WARNING ((?:Annotation|Restriction|Regex)\w+)", printed))


@pytest.mark.parametrize(("key", "value", "promise"), list(rows()), ids=lambda one: one[:30])
def test_each_annotation_does_what_the_page_says(folder, key, value, promise):
    reason = promised(promise, key, value)
    assert told(folder, key, value or "1.2.3.4") == ({reason} if reason else set())


def test_what_else_the_page_says(folder):
    assert len(list(rows())) > 60
    assert told(folder, "use-regex", "true", "/app/.*") == {"RegexUnsupported"}
    assert told(folder, "whitelist-source-range", "0.0.0.0/0") == set()
    assert told(folder, "configuration-snippet", "deny all;") == {"RestrictionUnsupported"}
