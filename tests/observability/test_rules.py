# SPDX-License-Identifier: Apache-2.0
"""The alerts of the chart: each fires when it should and not otherwise, names what exists, and has a runbook."""
import re
from pathlib import Path

import pytest
import yaml
from palpo_test.processes import REPOSITORY, run

import promql
import registry

RULES = sorted((REPOSITORY / "helm/palpo-ingress/files/rules").glob("*.yaml"))
TESTS = Path(__file__).resolve().parent / "rules"
RUNBOOKS = REPOSITORY / "docs/runbooks"
ALERTS = {rule["alert"]: rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"]
          for rule in group["rules"]}
SEVERITIES = {"critical", "warning", "info"}


def test_promtool_reads_the_rules():
    done = run(["promtool", "check", "rules", "--lint-fatal", *RULES])
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(ALERTS) > 15


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_fires_and_does_not_fire(alert):
    path = TESTS / f"{alert}.yaml"
    done = run(["promtool", "test", "rules", path])
    assert done.returncode == 0, done.stdout + done.stderr
    cases = [case for one in yaml.safe_load(path.read_text())["tests"] for case in one["alert_rule_test"]]
    assert {case["alertname"] for case in cases} == {alert}
    assert any(case.get("exp_alerts") for case in cases), "no case in which it fires"
    assert any(not case.get("exp_alerts") for case in cases), "no case in which it does not fire"


def test_every_test_is_of_an_alert():
    assert {path.stem for path in TESTS.glob("*.yaml")} == set(ALERTS)


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_names_what_the_programs_show(alert, families):
    rule = ALERTS[alert]
    series = registry.by_series(families)
    assert promql.metrics_of(rule["expr"])
    assert promql.faults(rule["expr"], series) == []
    known = promql.TARGET_LABELS.union(*(series[name].labels for name, _ in promql.metrics_of(rule["expr"])))
    grouped = re.search(r"\bby\b", rule["expr"]) and promql.grouped_by(rule["expr"])
    for text in rule["annotations"].values():
        for label in re.findall(r"\$labels\.(\w+)", text):
            assert label in (grouped or known), f"{alert} has no label {label}"


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_says_what_a_person_on_call_needs(alert):
    rule = ALERTS[alert]
    assert alert.startswith("PalpoIngress")
    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["for"]
    texts = rule["annotations"]
    assert set(texts) == {"summary", "description", "runbook_url"}
    assert texts["summary"].endswith(".") and texts["description"].endswith(".")
    assert texts["runbook_url"] == f"docs/runbooks/{alert}.md"


def test_a_name_that_does_not_exist_would_be_found(families):
    """Of the checks above: that they can fail."""
    series = registry.by_series(families)
    assert promql.faults("palpo_ingress_requests_total > 0", series) == ["no program shows palpo_ingress_requests_total"]
    assert promql.faults('palpo_ingress_publish_peers{kind="x"} == 0', series) == ["palpo_ingress_publish_peers has no label kind"]
    assert promql.faults("sum by (job, owner) (palpo_ingress_publish_peers)", series) == [
        "no metric of the expression has the label owner"]
    assert promql.faults('histogram_quantile(0.9, sum by (le) (rate(palpo_ingress_publish_ack_seconds_bucket{job=~"$job"}[5m])))',
                         series) == []
