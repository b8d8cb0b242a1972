#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/metrics.md from what the programs say of their own metrics.

    docs/generate_metrics.py [--check] [FOLDER]

FOLDER holds the built programs (default: build/dev/bin). --check writes nothing; exits 1 when the page is not what would
be written.
"""
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs/metrics.md"
PROGRAMS = {"Data plane": "palpo-ingress-dataplane", "Controller": "palpo-ingress-controller"}

HEAD = """\
# Metrics

Written by `docs/generate_metrics.py` from the programs' own descriptions; `palpo-ingress-controller metrics` and
`palpo-ingress-dataplane metrics` print the same. How to scrape them, and the alerts and dashboards that are built on them:
[observability.md](observability.md).

- Names are `palpo_ingress_`, the word of the subsystem that counts, and what it is: base units (seconds, bytes, ratios from 0 to 1),
  `_total` for counters, `_timestamp_seconds` for points in time.
- `owner` is the object that a route comes from: `PalpoHomeserver/namespace/name` or `Ingress/namespace/name`, as in the access log.
- No label grows without a bound. By default a pair of programs shows at most 500 series at 100 homeservers and 2,000 at 5,000:
  the data plane has two series per owner for the first 500 (`--metrics-max-owners`), the controller names only certificates and
  objects in trouble.
- What is shown of a point in time or of a kind appears when there is something to say: no series is not the same as 0.
"""


def sections_of(folder, name):
    """Title with its table, in order."""
    text = subprocess.run([folder / name, "metrics"], check=True, capture_output=True, text=True).stdout
    return ["### " + part.strip() + "\n" for part in ("\n" + text).split("\n### ") if part.strip()]


def page(folder):
    found = {title: sections_of(folder, name) for title, name in PROGRAMS.items()}
    both = [section for section in found["Controller"] if section in found["Data plane"]]
    parts = [(title, [section for section in sections if section not in both]) for title, sections in found.items()]
    text = HEAD
    for title, sections in [*parts, ("Both programs", both)]:
        text += f"\n## {title}\n\n" + "\n".join(sections)
    return text


def main(arguments):
    check = "--check" in arguments
    folders = [argument for argument in arguments if argument != "--check"]
    text = page(Path(folders[0] if folders else REPOSITORY / "build/dev/bin").resolve())
    if check:
        if PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE.relative_to(REPOSITORY)} is stale: run docs/generate_metrics.py", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
