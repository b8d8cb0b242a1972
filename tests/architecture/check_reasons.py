#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every reason that an author can be told stands in docs/crd.md with what to do, and no other does.

Usage: check_reasons.py SOURCE_ROOT. Prints what differs; exits 1 if anything does.
"""
import pathlib
import re
import sys

FOLDERS = ("controller/translate", "controller/status", "controller/reconcile", "controller/store")
SAID = (
    re.compile(r'\b(?:warning|note|refuse)\(\s*(?:Concern::\w+,\s*)?"([A-Z]\w+)"'),
    re.compile(r'Severity::(?:warning|info),\s*"([A-Z]\w+)"'),
    re.compile(r'"False",\s*"([A-Z]\w+)"'),
)


def said(root):
    """Reason -> a file that says it."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).glob("*.cpp")):
            if path.name.endswith("_test.cpp"):
                continue
            text = path.read_text(encoding="utf-8")
            for pattern in SAID:
                for reason in pattern.findall(text):
                    found.setdefault(reason, str(path.relative_to(root)))
    return found


def documented(text):
    """The reasons in the first column of the table under "## Reasons"."""
    section = re.search(r"^## Reasons$(.*?)(?=^## |\Z)", text, re.M | re.S)
    rows = re.findall(r"^\|([^|]*)\|", section.group(1) if section else "", re.M)
    return {reason for row in rows for reason in re.findall(r"`(\w+)`", row)}


def check(root):
    reasons = said(root)
    listed = documented((root / "docs/crd.md").read_text(encoding="utf-8"))
    faults = [f"docs/crd.md: no row for {reason}, which {path} says"
              for reason, path in sorted(reasons.items()) if reason not in listed]
    return faults + [f"docs/crd.md: nothing says {reason}" for reason in sorted(listed - set(reasons))]


def main():
    faults = check(pathlib.Path(sys.argv[1]))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
