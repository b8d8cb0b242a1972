# SPDX-License-Identifier: Apache-2.0
"""The images that the cluster tests need, built without a registry from Debian roots: ours by deploy/Dockerfile, and a
homeserver's with Synapse from PyPI. Everything is kept under build/, so that a second run builds what changed.
"""
import json
import os
import shutil
import subprocess
from pathlib import Path

from palpo_test.processes import REPOSITORY

BUILD = REPOSITORY / "build"
STORAGE = ["--root", str(BUILD / "buildah/storage"), "--runroot", str(BUILD / "buildah/run"), "--storage-driver", "vfs"]
CCACHE = Path(os.environ.get("CCACHE_DIR") or Path.home() / ".cache/ccache") / "image"
SYNAPSE = "1.163.2"
INGRESS = "localhost/palpo-ingress"
HOMESERVER = "localhost/homeserver:1"


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def buildah(*arguments, **more):
    return run("buildah", *STORAGE, *arguments, **more)


def base(arch="amd64"):
    environment = os.environ | {"BUILDAH_OPTIONS": " ".join(STORAGE)}
    return run(REPOSITORY / "deploy/image/base.sh", arch, env=environment).strip()


def build_ingress(tag, revision="test", timestamp=0):
    """Builds deploy/Dockerfile as INGRESS:tag and returns its digest."""
    CCACHE.mkdir(parents=True, exist_ok=True)
    name = f"{INGRESS}:{tag}"
    buildah("bud", "--isolation", "chroot", "--timestamp", timestamp, "--build-arg", f"SOURCE_DATE_EPOCH={timestamp}",
            "--build-arg", f"DEBIAN={base()}", "--build-arg", f"REVISION={revision}",
            "--volume", f"{CCACHE}:/root/.cache/ccache", "--file", REPOSITORY / "deploy/Dockerfile", "--tag", name,
            REPOSITORY)
    return inspect(name)["FromImageDigest"]


def inspect(name):
    return json.loads(buildah("inspect", "--type", "image", name))


def archive(name):
    """The image as a docker archive, for containerd."""
    path = BUILD / "images" / (name.replace("localhost/", "").replace(":", "-") + ".tar")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    buildah("push", "-q", name, f"docker-archive:{path}:{name}")
    return path


def unpack(name, folder):
    """The files of an image, as a container would see them."""
    container = buildah("from", name).strip()
    try:
        mounted = buildah("mount", container).strip()
        shutil.copytree(mounted, folder, symlinks=True)
    finally:
        buildah("rm", container)
    return Path(folder)


def build_homeserver():
    """A Debian with Python and Synapse; what it runs is said by the pod. Built once."""
    path = BUILD / "images/homeserver-1.tar"
    if path.exists():
        return path
    root = BUILD / "debian/homeserver"
    run(REPOSITORY / "deploy/image/debian-root.sh", "trixie", root, "python3", "python3-venv", "ca-certificates")
    # PyPI by the certificates and settings of this machine.
    shutil.copyfile("/etc/ssl/certs/ca-certificates.crt", root / "etc/ssl/certs/of-the-machine.pem")
    run(REPOSITORY / "deploy/image/in-root.sh", root, "sh", "-euc", f"""
        python3 -m venv /opt/synapse
        PIP_CERT=/etc/ssl/certs/of-the-machine.pem /opt/synapse/bin/pip install -q --no-cache-dir matrix-synapse=={SYNAPSE}
        rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/*""")
    container = buildah("from", "scratch").strip()
    buildah("add", "-q", container, root, "/")
    buildah("config", "--user", "65532:65532", container)
    buildah("commit", "-q", "--rm", container, HOMESERVER)
    return archive(HOMESERVER)
