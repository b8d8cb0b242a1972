# SPDX-License-Identifier: Apache-2.0
"""The image holds what its programs need and nothing else, and says so in its bill of materials."""
import hashlib
import json
import os
import stat
import subprocess
import tempfile
from pathlib import Path

import images
import pytest
from palpo_test.processes import REPOSITORY

PROGRAMS = {"palpo-ingress-controller", "palpo-ingress-dataplane"}


@pytest.fixture(scope="module")
def root(ingress_images):
    with tempfile.TemporaryDirectory() as folder:
        yield images.unpack(f"{images.INGRESS}:v1", Path(folder) / "root")


@pytest.fixture(scope="module")
def sbom(root):
    return json.loads((root / "usr/share/doc/palpo-ingress/sbom.spdx.json").read_text())


def files_of(root):
    return [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]


def test_it_is_small(root):
    assert sum(path.stat().st_size for path in files_of(root)) < 40_000_000


def test_nothing_runs_in_it_but_the_programs(root):
    assert {path.name for path in (root / "usr/bin").iterdir()} == PROGRAMS
    executable = {str(path.relative_to(root)) for path in files_of(root) if path.stat().st_mode & stat.S_IXUSR}
    assert {name for name in executable if ".so" not in name} == {f"usr/bin/{name}" for name in PROGRAMS}
    assert not [path for path in files_of(root) if path.stat().st_mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWOTH)]


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_a_program_runs_as_nobody_in_it(root, name):
    done = subprocess.run(["chroot", "--userspec=65532:65532", root, f"/usr/bin/{name}", "--version"], capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"]}, check=False)
    assert done.returncode == 0, done.stderr
    version = (REPOSITORY / "CMakeLists.txt").read_text().split(" VERSION ")[1].split()[0]
    assert version in done.stdout


def test_its_configuration(ingress_images):
    told = images.inspect(f"{images.INGRESS}:v1")["OCIv1"]["config"]
    assert told["User"] == "65532:65532"
    labels = told["Labels"]
    assert labels["org.opencontainers.image.title"] == "palpo-ingress"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.revision"] == "v1"
    assert {"version", "description"} <= {name.rpartition(".")[2] for name in labels}


def test_the_bill_of_materials_lists_every_file(root, sbom):
    told = {file["fileName"].removeprefix("./"): file["checksums"][0]["checksumValue"] for file in sbom["files"]}
    found = {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files_of(root)}
    found.pop("usr/share/doc/palpo-ingress/sbom.spdx.json")
    assert told == found


def test_the_bill_of_materials_is_what_dpkg_says(root, sbom):
    base = REPOSITORY / "build/debian/image-amd64"
    listed = subprocess.run(["dpkg-query", f"--root={base}", "-W", "-f=${Package} ${Version}\n"], capture_output=True, text=True, check=True)
    installed = dict(line.split(" ", 1) for line in listed.stdout.splitlines())
    packages = {one["name"]: one for one in sbom["packages"]}
    packages.pop("palpo-ingress")
    assert {"libc6", "libssl3t64", "libstdc++6", "libcpprest2.10", "ca-certificates"} <= set(packages)
    for name, package in packages.items():
        assert package["versionInfo"] == installed[name]
        assert package["externalRefs"][0]["referenceLocator"].startswith(f"pkg:deb/debian/{name}@")
        assert (root / "usr/share/doc" / name / "copyright").stat().st_size > 0
    assert packages["libssl3t64"]["versionInfo"].startswith("3.5.")
    identifiers = [one["SPDXID"] for one in sbom["packages"] + sbom["files"]]
    assert len(identifiers) == len(set(identifiers))
    assert {one["relatedSpdxElement"] for one in sbom["relationships"]} == set(identifiers)


def test_a_second_build_is_the_same(ingress_images):
    images.build("ingress", "again", "v1")
    assert images.digest(f"{images.INGRESS}:again") == images.digest(f"{images.INGRESS}:v1")
