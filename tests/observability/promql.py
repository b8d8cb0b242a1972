# SPDX-License-Identifier: Apache-2.0
"""What an expression of PromQL names: metrics, and labels. Enough of its grammar for the chart's rules and dashboards."""
import re

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_METRIC = re.compile(r"\b((?:palpo_ingress|process)_\w+)\s*(\{[^}]*\})?")
_MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
# What scrapes add to every series: the chart's monitors and the example for a plain Prometheus.
TARGET_LABELS = {"namespace", "job", "pod", "instance"}


def metrics_of(expression):
    """Names of samples, with the labels that each selector asks for."""
    bare = _STRING.sub('""', expression)
    return [(name, set(_MATCHER.findall(selector or ""))) for name, selector in _METRIC.findall(bare)]


def grouped_by(expression):
    return {label.strip() for group in _GROUPING.findall(expression) for label in group.split(",") if label.strip()}


def faults(expression, series):
    """What it names that no program shows. series: name of a sample -> its family."""
    found, known = [], set(TARGET_LABELS)
    for name, labels in metrics_of(expression):
        family = series.get(name)
        if family is None:
            found.append(f"no program shows {name}")
            continue
        own = family.labels | TARGET_LABELS | ({"le"} if name.endswith("_bucket") else set())
        known |= own
        found += [f"{name} has no label {label}" for label in sorted(labels - own)]
    return found + [f"no metric of the expression has the label {label}" for label in sorted(grouped_by(expression) - known)]
