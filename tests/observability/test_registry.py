# SPDX-License-Identifier: Apache-2.0
"""What the programs show is what they describe, and docs/metrics.md says it."""
import re
import subprocess

import pytest
from palpo_test.processes import REPOSITORY, program, run
from palpo_test.waiting import wait_until

import registry

NAME = re.compile(r"\bpalpo_ingress_\w+")
# Where names of metrics are written by hand. Beside them only sources of the programs and tests of the registry itself.
WRITTEN = ("docs", "helm", "deploy", "tests/bench", "tests/chart", "tests/cluster", "tests/e2e", "tests/integration",
           "tests/observability", "README.md")


def shown(showcase):
    """(name of a sample, names of its labels) of both pairs of programs."""
    return {(name, frozenset(set(labels) - {"le"}))
            for pair in showcase.pairs.values() for admin in (pair.controller_admin, pair.dataplane_admin)
            for name, labels, _ in admin.metrics().samples}


def test_the_page_is_current():
    folder = program(registry.PROGRAMS[0]).parent
    done = run(["python3", "-B", REPOSITORY / "docs/generate_metrics.py", "--check", folder])
    assert done.returncode == 0, done.stderr


def test_a_stale_page_would_be_found(tmp_path, families):
    text = (REPOSITORY / "docs/metrics.md").read_text()
    listed = {family.name: family for family in registry.parse(text)}
    assert set(listed) == set(families)
    for name, family in families.items():
        assert (listed[name].labels, listed[name].help, listed[name].worry) == (family.labels, family.help, family.worry)


def test_everything_that_is_shown_is_described(showcase, families):
    series = registry.by_series(families)
    for name, labels in shown(showcase):
        assert name in series, f"{name} is not described"
        assert labels == series[name].labels, name


def test_everything_that_is_described_is_shown(showcase, families):
    """By some program: no description of something that is gone."""
    def missing():
        names = {name for name, _ in shown(showcase)}
        return sorted(set(registry.by_series(families)) - names)

    wait_until("every series", lambda: not missing(), 20)


@pytest.mark.parametrize("pair", ["edge", "cluster"])
@pytest.mark.parametrize("page", ["controller /metrics", "dataplane /metrics", "dataplane /metrics/owners"])
def test_promtool_accepts_what_is_shown(showcase, pair, page):
    name, path = page.split()
    answer = getattr(showcase.pairs[pair], f"{name}_admin").get(path)
    assert answer.header("Content-Type").startswith("text/plain; version=0.0.4")
    done = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()


def test_every_name_that_is_written_exists(families):
    known = set(registry.by_series(families)) | set(families)
    prefixes = {match for name in known for match in [name.rsplit("_", count)[0] for count in range(1, 6)]}
    found = 0
    for top in WRITTEN:
        path = REPOSITORY / top
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if not file.is_file() or file.suffix not in (".md", ".yaml", ".yml", ".json", ".py", ".sh", ".tpl", ".txt"):
                continue
            for name in NAME.findall(file.read_text(encoding="utf-8")):
                if file.name in ("test_rules.py", "test_registry.py"):
                    continue  # they show that a wrong name is found
                found += 1
                assert name in known or name.rstrip("_") in prefixes, f"{file.relative_to(REPOSITORY)} names {name}"
    assert found > 200
