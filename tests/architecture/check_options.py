#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every option of our two programs that a document names is one that --help has, and that program's.

Looked at are command lines in code that name a program, and options that stand alone in code (`--socket`): these may also be
one of the project's own scripts, or of OTHERS. Usage: check_options.py SOURCE_ROOT CONTROLLER DATAPLANE.
"""
import pathlib
import re
import subprocess
import sys

import markdown

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
SCRIPTS = ("tests/run.sh", "tests/bench/bench.py", "deploy/quickstart.sh", "helm/generate_kustomize.py")
# Of builders of images, of Helm and of kubectl, and of ingress-nginx.
OTHERS = {"--build-arg", "--timestamp", "--wait", "--reset-then-reuse-values", "--server-side",
          "--watch-ingress-without-class", "--default-ssl-certificate", "--publish-service", "--publish-status-address"}


def options_of(text):
    """Those that a usage text or a script's source names."""
    return set(OPTION.findall(text))


def commands(text):
    """Each line of a block of code, continued ones joined."""
    _, blocks = markdown.split(text)
    for block in blocks:
        yield from re.sub(r"\\\n\s*", " ", "\n".join(block)).splitlines()


def check_text(text, programs, others):
    """programs: name -> its options. What documents name and nobody has."""
    known = others.union(*programs.values())
    prose, _ = markdown.split(text)
    spans = markdown.spans(prose)
    faults = []
    for line in [*commands(text), *spans]:
        for name, options in programs.items():
            # Up to where another command begins.
            for said in re.findall(re.escape(name) + r"(?![\w-]*:)([^|;&`#]*)", line):
                faults += [f"{name} has no option {option}" for option in OPTION.findall(said)
                           if option not in options | {"--help", "--version"}]
    for span in spans:
        if re.fullmatch(r"--[a-z][a-z0-9-]*([= ].*)?", span):
            faults += [f"nobody has an option {option}" for option in OPTION.findall(span)[:1] if option not in known]
    return faults


def check(root, programs):
    others = set(OTHERS)
    for script in SCRIPTS:
        if (root / script).exists():
            others |= options_of((root / script).read_text(encoding="utf-8"))
    return [f"{path.relative_to(root)}: {fault}" for path in markdown.files(root)
            for fault in check_text(path.read_text(encoding="utf-8"), programs, others)]


def main():
    programs = {}
    for path in sys.argv[2:]:
        text = subprocess.run([path, "--help"], capture_output=True, text=True, check=True).stdout
        programs[pathlib.Path(path).name] = options_of(text)
    faults = check(pathlib.Path(sys.argv[1]), programs)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
