#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_links and check_options on small made-up documents: they are seen to fail when they should, and only then."""
import pathlib
import tempfile
import unittest

import check_links
import check_options

PAGE = "# A page\n\n## Why it is `so`\n\n## Twice\n\n## Twice\n\n<a id=\"here\"></a>\n"
PROGRAMS = {"palpo-ingress-controller": {"--socket", "--source"}, "palpo-ingress-dataplane": {"--socket", "--workers"}}


class CheckLinks(unittest.TestCase):
    def faults(self, text):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, content in {"docs/from.md": text, "docs/page.md": PAGE, "code/main.cpp": ""}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(content, encoding="utf-8")
            return check_links.check(root)

    def test_what_is_there(self):
        for target in ("page.md", "../code", "../code/main.cpp", "page.md#a-page", "page.md#why-it-is-so", "page.md#twice",
                       "page.md#twice-1", "page.md#here", "#own-heading", "https://example.org/x#y", "mailto:a@example.org"):
            self.assertEqual(self.faults(f"## Own heading\n\n[a]({target})\n"), [], target)

    def test_what_is_not_there(self):
        for target in ("gone.md", "page.md#gone", "page.md#twice-2", "#gone", "../../outside.md", "/docs/page.md", "htp://x.org",
                       "https://", "../code/main.cpp#L3", "mailto:nobody", ""):
            self.assertEqual(len(self.faults(f"Text.\n\n[a]({target})\n")), 1, target)

    def test_forms_of_links(self):
        self.assertEqual(len(self.faults("[a\nb](gone.md) ![p](gone.png) [[x]](gone.md) [t](<gone.md>) [u](gone.md \"T\")")), 5)
        self.assertEqual(len(self.faults("[a][ref]\n\n[ref]: gone.md\n")), 2)
        self.assertEqual(len(self.faults("[a][nowhere]\n")), 1)
        self.assertEqual(self.faults("[a][ref] [Ref][]\n\n[ref]: page.md\n"), [])

    def test_code_has_no_links(self):
        self.assertEqual(self.faults("`[a](gone.md)`\n\n```\n[a](gone.md)\n```\n\n    [a](gone.md)\n\n`a[0][1]`\n"), [])
        self.assertEqual(len(self.faults("```\nx\n```\n[a](gone.md)\n")), 1, "a block ends")
        self.assertEqual(len(self.faults("- a\n    [a](gone.md)\n")), 1, "indented text of a list is no code")

    def test_headings_in_code_are_none(self):
        self.assertEqual(len(self.faults("```\n# Own\n```\n\n[a](#own)\n")), 1)

    def test_the_line_is_told(self):
        self.assertEqual(self.faults("One.\n\nTwo: [a](gone.md)\n"), ["docs/from.md:3: gone.md: does not exist"])


class CheckOptions(unittest.TestCase):
    def faults(self, text):
        return check_options.check_text(text, PROGRAMS, {"--quick"})

    def test_known_ones(self):
        for text in ("`--socket`", "`--workers N`", "`--quick`", "    palpo-ingress-controller run --source=dir:x --socket y\n",
                     "`palpo-ingress-dataplane --workers 3`", "`palpo-ingress-controller --help`",
                     "    kubectl get pods --unheard-of\n", "`kubectl get --unheard-of`",
                     "    palpo-ingress-controller validate x && helm test --logs\n"):
            self.assertEqual(self.faults(text), [], text)

    def test_unknown_ones(self):
        for text in ("`--gone`", "`--gone=3`", "    palpo-ingress-controller run --workers 3\n",
                     "```\npalpo-ingress-dataplane \\\n  --source x\n```\n", "`/usr/bin/palpo-ingress-controller --gone`"):
            self.assertEqual(len(self.faults(text)), 1, text)


if __name__ == "__main__":
    unittest.main()
