# SPDX-License-Identifier: Apache-2.0
"""The images that the cluster tests need, built without a registry (deploy/quickstart/cluster/images.sh) and looked into."""
import json
import shutil
import subprocess
from pathlib import Path

from palpo_test.processes import REPOSITORY

BUILD = REPOSITORY / "build"
STORAGE = ["--root", str(BUILD / "buildah/storage"), "--runroot", str(BUILD / "buildah/run"), "--storage-driver", "vfs"]
INGRESS = "localhost/palpo-ingress"
HOMESERVER = "localhost/homeserver:1"


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout.strip()


def build(*arguments):
    """The archive of an image, for containerd."""
    return Path(run(REPOSITORY / "deploy/quickstart/cluster/images.sh", *arguments))


def inspect(name):
    return json.loads(run("buildah", *STORAGE, "inspect", "--type", "image", name))


def digest(name):
    return inspect(name)["FromImageDigest"]


def relabelled(tag, revision):
    """The image of another revision that has the same files: its archive."""
    name = f"{INGRESS}:{revision}"
    container = run("buildah", *STORAGE, "from", f"{INGRESS}:{tag}")
    run("buildah", *STORAGE, "config", "--label", f"org.opencontainers.image.revision={revision}", container)
    run("buildah", *STORAGE, "commit", "-q", "--rm", container, name)
    path = BUILD / f"images/palpo-ingress-{revision}.tar"
    path.unlink(missing_ok=True)
    run("buildah", *STORAGE, "push", "-q", name, f"docker-archive:{path}:{name}")
    return path


def unpack(name, folder):
    """The files of an image, as a container would see them."""
    container = run("buildah", *STORAGE, "from", name)
    try:
        shutil.copytree(run("buildah", *STORAGE, "mount", container), folder, symlinks=True)
    finally:
        run("buildah", *STORAGE, "rm", container)
    return Path(folder)
