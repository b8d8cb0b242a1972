# SPDX-License-Identifier: Apache-2.0
"""The dashboards of the chart: every query returns data from a real Prometheus that scrapes the programs under load."""
import json
import re

import pytest
from palpo_test.processes import REPOSITORY, run
from palpo_test.waiting import wait_until

import promql
import registry
from prometheus import Prometheus, numbers
from showcase import NAMESPACE

DASHBOARDS = {path.stem: json.loads(path.read_text())
              for path in sorted((REPOSITORY / "helm/palpo-ingress/files/dashboards").glob("*.json"))}
PANELS = [pytest.param(name, panel, id=f"{name.removeprefix('palpo-ingress-')}: {panel['title']}")
          for name, dashboard in DASHBOARDS.items() for panel in dashboard["panels"] if panel.get("targets")]
# What a person would have chosen, and what Grafana fills in at a scrape interval of a second.
VARIABLES = {"$job": ".+", "$homeserver": f"{NAMESPACE}/failing", "$namespace": NAMESPACE, "$__rate_interval": "8s", "$__range": "1m"}


def filled(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


@pytest.fixture(scope="module")
def watched(session_processes, workdir, showcase):
    made = Prometheus(session_processes, workdir / "prometheus", showcase.pairs)
    made.wait_scraped()
    return made


def test_generated_files_are_current():
    done = run(["python3", "-B", REPOSITORY / "helm/generate_dashboards.py", "--check"])
    assert done.returncode == 0, done.stderr
    assert set(DASHBOARDS) == {"palpo-ingress-fleet", "palpo-ingress-homeserver"}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_whole(name):
    dashboard = DASHBOARDS[name]
    assert dashboard["uid"] == name
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [(x, y) for panel in panels for place in [panel["gridPos"]]
             for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])]
    assert len(set(cells)) == len(cells), "panels overlap"
    assert max(x for x, _ in cells) < 24
    for panel in panels:
        if panel["type"] in ("row", "text"):
            continue
        assert panel["description"].endswith("."), panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}"
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}"
    known = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert known >= {"datasource", "job"}


@pytest.mark.parametrize("name,panel", PANELS)
def test_names_what_the_programs_show(name, panel, families):
    for target in panel["targets"]:
        assert promql.metrics_of(target["expr"]), target["expr"]
        assert promql.faults(target["expr"], registry.by_series(families)) == []


@pytest.mark.parametrize("name,panel", PANELS)
def test_every_query_returns_data(name, panel, watched, showcase):
    for target in panel["targets"]:
        expression = filled(target["expr"])

        def data(expression=expression, target=target):
            assert showcase.failed is None, showcase.failed
            if target.get("range"):
                return any(numbers(values) for _, values in watched.query_range(expression))
            return numbers(value for _, value in watched.query(expression))

        wait_until(f"data of {expression}", data, 15)


def test_every_panel_was_asked():
    """There is no panel that is rightly empty: whatever operators look at happens to the programs under test."""
    assert len(PANELS) > 50
    assert all(target["expr"] for param in PANELS for target in param.values[1]["targets"])


@pytest.mark.parametrize("name", DASHBOARDS)
def test_variables_have_values(name, watched):
    for variable in DASHBOARDS[name]["templating"]["list"]:
        if variable["type"] == "datasource":
            continue
        query = filled(variable["definition"])
        assert query.startswith("label_values(") and query.endswith(")"), query
        selector, label = query.removeprefix("label_values(").removesuffix(")").rsplit(", ", 1)
        values = {labels[label] for labels, _ in watched.query(selector)}
        pattern = variable.get("regex", "").strip("/").replace("\\/", "/")
        if pattern:
            values = {match[1] for value in values if (match := re.match(pattern, value))}
        expected = {"job": {"edge", "cluster"}, "namespace": {NAMESPACE}}.get(variable["name"])
        if expected:
            assert values == expected, variable["name"]
        else:
            assert f"{NAMESPACE}/failing" in values and "other" not in values, values


# What goes wrong at the programs under test, by the words that distinguish it.
EXPECTED_ALERTS = [
    ("PalpoIngressConfigurationRefused", {"job": "edge"}), ("PalpoIngressConfigurationRefused", {"job": "cluster"}),
    ("PalpoIngressObjectsRefused", {"kind": "PalpoHomeserver"}), ("PalpoIngressManifestsBroken", {"job": "edge"}),
    ("PalpoIngressNoEndpoints", {"owner": f"PalpoHomeserver/{NAMESPACE}/orphan"}),
    ("PalpoIngressServerErrors", {"owner": f"PalpoHomeserver/{NAMESPACE}/failing"}),
    ("PalpoIngressServerErrors", {"owner": f"PalpoHomeserver/{NAMESPACE}/unreachable"}),
    ("PalpoIngressCertificateExpiresIn7Days", {"certificate": f"{NAMESPACE}/expiring-tls"}),
    ("PalpoIngressHandshakeFailures", {"job": "edge"}),
]


def test_the_alerts_see_what_goes_wrong_and_nothing_else(watched):
    """Pending: how long each has to last is tested with the rules."""
    assert {rule["health"] for rule in watched.rules()} == {"ok"}

    def told():
        return all(any(alert["alertname"] == name and labels.items() <= alert.items() for alert in watched.alerts())
                   for name, labels in EXPECTED_ALERTS)

    wait_until("the alerts", told, 30)
    # The weak certificate is for 30 days, as the test's authority makes them.
    allowed = {name for name, _ in EXPECTED_ALERTS} | {"PalpoIngressCertificateExpiresIn30Days"}
    assert {alert["alertname"] for alert in watched.alerts()} <= allowed
    errors = {alert["owner"] for alert in watched.alerts() if alert["alertname"] == "PalpoIngressServerErrors"}
    assert errors == {f"PalpoHomeserver/{NAMESPACE}/{name}" for name in ("failing", "orphan", "unreachable")}
