#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every link of every Markdown file leads somewhere: to a file or folder of the project, and to a heading that is there.

External links are checked for their form only. Usage: check_links.py SOURCE_ROOT. Prints what leads nowhere; exits 1 if
anything does.
"""
import pathlib
import sys
import urllib.parse

import markdown


def check_external(target):
    parts = urllib.parse.urlsplit(target)
    if parts.scheme == "mailto":
        return None if "@" in parts.path else "no address"
    if parts.scheme not in ("https", "http"):
        return f"unknown scheme '{parts.scheme}'"
    if not parts.hostname or "." not in parts.hostname:
        return "no host"
    return None


def check_target(root, path, target):
    """What is wrong with a link in that file, or None."""
    if target is None:
        return "reference that is defined nowhere"
    if urllib.parse.urlsplit(target).scheme:
        return check_external(target)
    name, _, anchor = target.partition("#")
    if name.startswith("/"):
        return "absolute: link relative to the file"
    to = (path.parent / urllib.parse.unquote(name)).resolve() if name else path.resolve()
    if root.resolve() not in (to, *to.parents):
        return "leads out of the project"
    if not to.exists():
        return "does not exist"
    if not anchor:
        return None if target else "empty"
    if to.suffix != ".md":
        return "only Markdown files have anchors here"
    if urllib.parse.unquote(anchor) not in markdown.anchors(to.read_text(encoding="utf-8")):
        return "no such heading"
    return None


def check(root):
    faults = []
    for path in markdown.files(root):
        for line, target in markdown.links(path.read_text(encoding="utf-8")):
            fault = check_target(root, path, target)
            if fault:
                faults.append(f"{path.relative_to(root)}:{line}: {target or ''}: {fault}")
    return faults


def main():
    faults = check(pathlib.Path(sys.argv[1]))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
