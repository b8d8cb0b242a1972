#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Adds to an image's root what its programs need: loaded libraries, the CA bundle, accounts, name service order.

Libraries are found by the DT_NEEDED entries of the ELF files, so that another architecture's can be read, too. For
every Debian package a file comes from, its copyright and its dpkg entry (var/lib/dpkg/status.d, where scanners look)
come with it.
"""
import argparse
import pathlib
import re
import shutil
import subprocess

FILES = {
    "etc/passwd": "root:x:0:0:root:/:/nonexistent\npalpo-ingress:x:65532:65532:palpo-ingress:/:/nonexistent\n",
    "etc/group": "root:x:0:\npalpo-ingress:x:65532:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def needed(elf):
    """Names of the libraries and of the interpreter that an ELF file asks for."""
    text = run("readelf", "--dynamic", "--program-headers", "--wide", elf)
    return re.findall(r"\(NEEDED\).*\[(.+)\]", text), re.findall(r"program interpreter: (.+)\]", text)


def closure(programs, folder):
    """name -> path below folder of every library that the programs load, directly or not; and their interpreters."""
    found, waiting, interpreters = {}, list(programs), set()
    while waiting:
        names, interpreter = needed(waiting.pop())
        interpreters.update(interpreter)
        for name in names:
            if name in found:
                continue
            path = folder / name
            if not path.exists():
                raise SystemExit(f"collect.py: {name} is not in {folder}: install the package that holds it")
            found[name] = path
            waiting.append(path)
    return found, interpreters


def copy_library(root, path):
    """The file under the name that is asked for; what else the package calls it is not needed."""
    target = root / path.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path.resolve(), target)
    target.chmod(0o755)


def owner(path):
    """The Debian package that a file belongs to, as dpkg names it, or none."""
    for candidate in dict.fromkeys([str(path), str(path.resolve()), re.sub(r"^/usr", "", str(path.resolve()))]):
        answer = subprocess.run(["dpkg-query", "--search", candidate], capture_output=True, text=True)
        if answer.returncode == 0:
            return answer.stdout.split(": ")[0].split(",")[0]
    raise SystemExit(f"collect.py: no package owns {path}")


def record_package(root, package):
    name = package.split(":")[0]
    status = root / "var/lib/dpkg/status.d" / name
    status.parent.mkdir(parents=True, exist_ok=True)
    status.write_text(run("dpkg-query", "--status", package))
    copyright_file = pathlib.Path("/usr/share/doc") / name / "copyright"
    target = root / copyright_file.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(copyright_file.resolve(), target)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, required=True, help="the image's root; usr/bin holds the programs")
    parser.add_argument("--triplet", required=True, help="folder of the libraries below /usr/lib")
    arguments = parser.parse_args()
    root = arguments.root

    libraries, interpreters = closure(sorted((root / "usr/bin").iterdir()),
                                      pathlib.Path("/usr/lib") / arguments.triplet)
    packages = {"ca-certificates"}
    for path in libraries.values():
        copy_library(root, path)
        packages.add(owner(path))
    for interpreter in interpreters:
        # Under the name that the ELF header has: a link on a system whose /lib is /usr/lib.
        loader = libraries.get(pathlib.Path(interpreter).name)
        target = root / interpreter.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(loader if loader else pathlib.Path(interpreter).resolve())
    for name, text in FILES.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    bundle = root / CA_BUNDLE.lstrip("/")
    bundle.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(CA_BUNDLE, bundle)
    for package in sorted(packages):
        record_package(root, package)


if __name__ == "__main__":
    main()
