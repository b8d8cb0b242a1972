#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_reasons on a small made-up tree: it is seen to fail when it should."""
import pathlib
import tempfile
import unittest

import check_reasons

CODE = 'warning("SecretNotFound", x); refuse(\n  "InvalidHost", y); return {"RoutesProgrammed", "False", "Pending", z};'
DOCUMENT = "## Reasons\n\n| reason | what to do |\n|---|---|\n| `SecretNotFound`, `InvalidHost` | a |\n| `Pending` | b |\n"


class CheckReasons(unittest.TestCase):
    def faults(self, code=CODE, document=DOCUMENT):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {"controller/translate/a.cpp": code, "controller/translate/a_test.cpp": 'note("Other")',
                               "docs/crd.md": document}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return check_reasons.check(root)

    def test_what_is_said_and_listed_passes(self):
        self.assertEqual(self.faults(), [])

    def test_a_reason_without_a_row(self):
        self.assertEqual(len(self.faults(code=CODE + 'note("NoEndpoints", z)')), 1)

    def test_a_row_without_a_reason(self):
        self.assertEqual(len(self.faults(document=DOCUMENT + "| `Gone` | c |\n")), 1)

    def test_no_section_lists_nothing(self):
        self.assertEqual(len(self.faults(document="")), 3)


if __name__ == "__main__":
    unittest.main()
