# SPDX-License-Identifier: Apache-2.0
"""docs/observability.md says what is so: configurations that work, values and fields that exist."""
import json
import re
import subprocess
import sys

import pytest
import yaml
from palpo_test.processes import REPOSITORY
from palpo_test.waiting import wait_until

from test_runbooks import is_value, names_in

sys.path.insert(0, str(REPOSITORY / "helm"))
import generate_chart  # noqa: E402

TEXT = (REPOSITORY / "docs/observability.md").read_text(encoding="utf-8")
SCHEMA = generate_chart.Schema((REPOSITORY / "helm/palpo-ingress/values.schema.json").read_text())
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.M | re.S)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_prometheus_takes_the_examples(number, tmp_path):
    path = tmp_path / "prometheus.yml"
    config = yaml.safe_load(EXAMPLES[number].replace("/etc/prometheus/palpo-ingress/", f"{REPOSITORY}/helm/palpo-ingress/files/rules/"))
    for job in config["scrape_configs"]:
        # Debian's Prometheus is built without Kubernetes.
        if found := job.pop("kubernetes_sd_configs", None):
            assert found == [{"role": "pod", "namespaces": {"names": ["palpo-ingress"]}}]
            job["static_configs"] = [{"targets": ["127.0.0.1:9901"]}]
    path.write_text(yaml.safe_dump(config))
    done = subprocess.run(["promtool", "check", "config", path], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_values_exist():
    blocks = re.findall(r"(?:^    .*\n)+", re.sub(r"^```.*?^```", "", TEXT, flags=re.M | re.S), re.M)
    checked = [yaml.safe_load(block) for block in blocks]
    leaves = [path for value in checked for path in paths_of(value)]
    assert "metrics.serviceMonitor.enabled" in leaves and "networkPolicy.admin" in leaves
    named = [word for quoted in names_in(TEXT) for word in re.findall(r"^(?:metrics|dataPlane|controller|networkPolicy)(?:\.\w+)+", quoted)]
    assert len(named) > 6
    for path in leaves + named:
        assert is_value(SCHEMA, path), path


def paths_of(value, path=""):
    if not isinstance(value, dict) or path.endswith("labels"):
        return [path]
    return [found for key, inner in value.items() for found in paths_of(inner, f"{path}.{key}" if path else key)]


def test_the_access_log_has_these_fields(showcase):
    table = re.search(r"^\| field \| \|\n(.*?)\n\n", TEXT, re.M | re.S)[1]
    described = {name for line in table.splitlines()[1:] for name in re.findall(r"`(\w+)`", line.split("|")[1])}

    def written():
        return [line for line in showcase.edge.dataplane.log_lines() if "request_id" in line]

    lines = wait_until("the access log", written)
    for line in lines[-50:]:
        assert set(line) == described
    assert {line["traceparent"] for line in lines} == {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}


def test_the_pages_are_there(showcase):
    pages = re.findall(r"^\| `(/[\w/]+)` \|([^|]*)\|([^|]*)\|", TEXT, re.M)
    assert len(pages) == 5
    for path, controller, dataplane in pages:
        for admin, says in ((showcase.edge.controller_admin, controller), (showcase.edge.dataplane_admin, dataplane)):
            assert admin.get(path).status == (200 if says.strip() else 404), path
    assert json.loads(showcase.edge.controller_admin.get("/config").body)["ready"] is True
