# SPDX-License-Identifier: Apache-2.0
"""What the programs say of their own metrics: the tables that their command `metrics` prints."""
import re
from dataclasses import dataclass

from palpo_test.processes import program, run

PROGRAMS = ("palpo-ingress-controller", "palpo-ingress-dataplane")
_SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}


@dataclass
class Family:
    name: str
    type: str
    labels: frozenset
    help: str
    worry: str
    programs: tuple

    def series(self):
        """The names that its samples have."""
        return [self.name + suffix for suffix in _SUFFIXES.get(self.type, ("",))]


def table_of(name):
    """What a program prints."""
    done = run([program(name), "metrics"])
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def parse(text, owner=""):
    found = []
    for line in text.splitlines():
        if not line.startswith("| `"):
            continue
        name, kind, labels, meaning, worry = [cell.strip().replace("\\|", "|")
                                              for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        found.append(Family(name.strip("`"), kind, frozenset(re.findall(r"`(\w+)`", labels)), meaning, worry, (owner,)))
    return found


def read():
    families = {}
    for owner in PROGRAMS:
        for family in parse(table_of(owner), owner):
            if family.name in families:
                families[family.name].programs += (owner,)
            else:
                families[family.name] = family
    assert len(families) > 40, "the programs describe their metrics"
    return families


def by_series(families):
    """Name of a sample -> its family."""
    return {series: family for family in families.values() for series in family.series()}
