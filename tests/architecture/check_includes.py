#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the includes of the sources against what CMake declares, and third parties against their owners.

    check_includes.py SOURCE_ROOT DECLARED

DECLARED has lines "folder=dep,dep"; a dep "folder:header.h" opens that one header. A folder declares every folder it
includes: what its dependencies depend on does not count, except in its tests. A folder's tests are its *_test.cpp
files and the headers that nothing else includes, with the sources of these headers; they may also use tests/support.
What lies in tests/ itself is not checked.
"""
import pathlib
import re
import sys
from fnmatch import fnmatchcase
from typing import NamedTuple

PRODUCT = ("base", "controller", "dataplane")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Who may include a third party. A file's test may include what the file may.
OWNERS = {
    "cpprest/": ("controller/kube/rest_exchange.*",),
    "pplx/": ("controller/kube/rest_exchange.*",),
    "yaml-cpp/": ("controller/kube/kubeconfig.cpp", "controller/files/*"),
    "prometheus/": ("base/metrics.cpp",),
    "openssl/": (
        "base/certificate_names.cpp",
        "base/digest.cpp",
        "base/openssl_ptr.h",
        "base/secret_bytes.cpp",
        "dataplane/api/pem.cpp",
        "dataplane/tls/*",
        "controller/kube/rest_transport.cpp",
        "controller/kube/tls_client.*",
    ),
    "nlohmann/": ("*.cpp",),
}


class Include(NamedTuple):
    file: str  # relative to the root, with forward slashes
    line: int
    quoted: bool
    name: str

    @property
    def folder(self):
        return self.file.rpartition("/")[0]

    @property
    def target_folder(self):
        return self.name.rpartition("/")[0]


def read_declared(text):
    declared = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        folder, _, deps = line.partition("=")
        declared[folder.strip()] = [dep.strip() for dep in deps.split(",") if dep.strip()]
    return declared


def read_includes(root):
    """Every include of the product's sources."""
    files = (path for top in PRODUCT for path in (root / top).rglob("*") if path.suffix in (".h", ".cpp"))
    for path in sorted(files):
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                yield Include(name, number, match[1] == '"', match[2])


def find_tests(includes):
    """*_test.cpp, headers that only tests include, and the sources of these headers."""
    includers = {}
    for include in includes:
        includers.setdefault(include.name, set()).add(include.file)
    tests = {include.file for include in includes if include.file.endswith("_test.cpp")}
    while True:
        more = set()
        for header, files in includers.items():
            source = header.removesuffix(".h") + ".cpp"
            others = files - {source}
            if others and others <= tests:
                more |= {header, source}
        if more <= tests:
            return tests
        tests |= more


def opens(deps, include):
    """Does one of the dependencies open the included header?"""
    for dep in deps:
        folder, _, header = dep.partition(":")
        if folder == include.target_folder and header in ("", include.name.rpartition("/")[2]):
            return True
    return False


def is_project(include, declared):
    top = include.name.partition("/")[0]
    return include.quoted or top in PRODUCT or include.target_folder in declared


def check_folder(include, declared, root, in_test):
    """The fault of one include of a project header, or None."""
    if not (root / include.name).is_file():
        return f'there is no "{include.name}" (headers are included by their path from the top)'
    if include.folder not in declared:
        return f"the folder {include.folder} is not declared by any palpo_library"
    if include.target_folder == include.folder:
        return None
    deps = declared[include.folder]
    if opens(deps, include):
        return None
    if in_test:
        if include.name.startswith("tests/support/"):
            return None
        if any(opens(declared.get(dep.partition(":")[0], ()), include) for dep in deps):
            return None
    partly = [dep for dep in deps if dep.startswith(include.target_folder + ":")]
    reason = f"declares only {', '.join(partly)}" if partly else f"does not declare {include.target_folder}"
    return f'"{include.name}": {include.folder} {reason}'


def check_owner(include):
    for prefix, owners in OWNERS.items():
        if not include.name.startswith(prefix):
            continue
        names = [include.file]
        if include.file.endswith("_test.cpp"):
            names.append(include.file.removesuffix("_test.cpp") + ".cpp")
        if not any(fnmatchcase(name, owner) for name in names for owner in owners):
            return f"<{include.name}>: {prefix} belongs to {', '.join(owners)}"
    return None


def find_stale_owners(includes):
    """Owners that no longer include what they own."""
    return [f"{owner} owns {prefix} and includes none of it"
            for prefix, owners in OWNERS.items() for owner in owners
            if not any(include.name.startswith(prefix) and fnmatchcase(include.file, owner) for include in includes)]


def find_cycles(edges):
    """Each strongly connected set of folders with more than one member, as a walk through it."""
    def reach(start, goal):
        queue, parent = [start], {start: None}
        for node in queue:
            for successor in sorted(edges.get(node, ())):
                if successor == goal:
                    walk = [goal]
                    while node is not None:
                        walk.append(node)
                        node = parent[node]
                    return walk[::-1]
                if successor not in parent:
                    parent[successor] = node
                    queue.append(successor)
        return None

    seen, cycles = set(), []
    for folder in sorted(edges):
        walk = None if folder in seen else reach(folder, folder)
        if walk:
            seen.update(walk)
            cycles.append(walk)
    return cycles


def check(root, declared):
    """All faults as lines of text."""
    faults, edges, where = [], {}, {}
    includes = list(read_includes(root))
    tests = find_tests(includes)
    for include in includes:
        place = f"{include.file}:{include.line}"
        owner_fault = check_owner(include)
        if owner_fault:
            faults.append(f"{place}: {owner_fault}")
        if not is_project(include, declared):
            continue
        fault = check_folder(include, declared, root, include.file in tests)
        if fault:
            faults.append(f"{place}: {fault}")
        if include.file not in tests and include.target_folder != include.folder:
            edges.setdefault(include.folder, set()).add(include.target_folder)
            where.setdefault((include.folder, include.target_folder), place)
    for walk in find_cycles(edges):
        place = where[walk[0], walk[1]]
        faults.append(f"{place}: folders include each other in a circle: {' -> '.join(walk)}")
    return faults


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[0])
    declared = read_declared(pathlib.Path(arguments[1]).read_text(encoding="utf-8"))
    missing = [top for top in PRODUCT if not any(name.partition("/")[0] == top for name in declared)]
    faults = [f"{arguments[1]}: declares nothing of {top}/" for top in missing] + check(root, declared)
    faults += find_stale_owners(list(read_includes(root)))
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults" if faults else f"includes of {len(declared)} folders agree with what is declared")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
