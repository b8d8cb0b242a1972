# SPDX-License-Identifier: Apache-2.0
"""The table of docs/reliability.md: recorded by the traffic tests, written to build/test-results/reliability.md, and into the page
itself when PALPO_UPDATE_DOCS is set."""
import os
import re

from palpo_test.processes import REPOSITORY

PAGE = REPOSITORY / "docs/reliability.md"
RESULT = REPOSITORY / "build/test-results/reliability.md"
HEAD = ("| change | requests | long polls | uploads | WebSocket messages | wrong answers | worst delay | WebSockets opened again |\n"
        "|---|---|---|---|---|---|---|---|\n")
_rows = {}


def record(row, result):
    wrong = {kind: len(found["wrong"]) for kind, found in result.items() if found["wrong"]}
    told = "0" if not wrong else f"{sum(wrong.values())} ({', '.join(f'{kind}: {n}' for kind, n in wrong.items())})"
    worst = max(found["worst"] for found in result.values())
    requests = result["fresh"]["sent"] + result["kept"]["sent"]
    _rows[row] = (f"| {row} | {requests} | {result['poll']['sent']} | {result['upload']['sent']} | {result['websocket']['sent']} "
                  f"| {told} | {worst:.2f} s | {result['websocket']['reopened']} |\n")


def recorded_rows():
    return list(_rows)


def rows_of_docs():
    return [line.split("|")[1].strip() for line in _table(PAGE.read_text()).splitlines()[2:]]


def _table(text):
    return re.search(r"\| change \|.*?\n(?=\n|\Z)", text, re.S).group(0)


def write():
    table = HEAD + "".join(_rows.values())
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(table)
    if os.environ.get("PALPO_UPDATE_DOCS"):
        text = PAGE.read_text()
        PAGE.write_text(text.replace(_table(text), table))
