#!/usr/bin/env bash
# images.sh ingress TAG [REVISION [ARCH]] | homeserver: builds an image without a registry and prints the archive to load.
#   ingress     localhost/palpo-ingress:TAG from deploy/Dockerfile, on a Debian made by debootstrap; ARCH: amd64 or arm64
#   homeserver  localhost/homeserver:1, a Debian with Python and Synapse from PyPI; once
# Everything is kept under build/, so that a second run builds what changed. Needs root and buildah.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
cd "$repository"
synapse_version=1.163.2
storage=(--root "$PWD/build/buildah/storage" --runroot "$PWD/build/buildah/run" --storage-driver vfs)
export BUILDAH_OPTIONS="${storage[*]}"
mkdir -p build/images

archive() { # IMAGE
  local path=build/images/${1#localhost/}
  path=$PWD/${path//:/-}.tar
  rm -f "$path"
  buildah "${storage[@]}" push -q "$1" "docker-archive:$path:$1" >&2
  echo "$path"
}

ingress() { # TAG REVISION ARCH
  local cache=${CCACHE_DIR:-$HOME/.cache/ccache}/image name=localhost/palpo-ingress:$1 arch=$3 base container
  base=$(deploy/image/base.sh "$arch")
  mkdir -p "$cache"
  buildah "${storage[@]}" bud --isolation chroot --timestamp 0 --build-arg SOURCE_DATE_EPOCH=0 --build-arg DEBIAN="$base" \
    --build-arg TARGETARCH="$arch" --build-arg REVISION="$2" --volume "$cache:/root/.cache/ccache" \
    --file deploy/Dockerfile --tag "$name" . >&2
  if [ "$arch" != "$(dpkg --print-architecture)" ]; then # the label only: what is in it is of that architecture already
    container=$(buildah "${storage[@]}" from "$name")
    buildah "${storage[@]}" config --arch "$arch" "$container" >&2
    buildah "${storage[@]}" commit -q --rm --timestamp 0 "$container" "$name" >&2
  fi
  archive "$name"
}

homeserver() {
  local root=$PWD/build/debian/homeserver container
  if [ -e build/images/homeserver-1.tar ]; then echo "$PWD/build/images/homeserver-1.tar"; return; fi
  deploy/image/debian-root.sh trixie "$root" python3 python3-venv ca-certificates >&2
  # PyPI is asked with the certificates that this machine trusts.
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/of-the-machine.pem"
  deploy/image/in-root.sh "$root" sh -euc "
    python3 -m venv /opt/synapse
    PIP_CERT=/etc/ssl/certs/of-the-machine.pem /opt/synapse/bin/pip install -q --no-cache-dir matrix-synapse==$synapse_version
    rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/*" >&2
  container=$(buildah "${storage[@]}" from scratch)
  buildah "${storage[@]}" add -q "$container" "$root" / >&2
  buildah "${storage[@]}" config --user 65532:65532 "$container"
  buildah "${storage[@]}" commit -q --rm "$container" localhost/homeserver:1 >&2
  archive localhost/homeserver:1
}

case ${1:-} in
  ingress) ingress "${2:?tag}" "${3:-unknown}" "${4:-$(dpkg --print-architecture)}" ;;
  homeserver) homeserver ;;
  *) echo 'Usage: images.sh ingress TAG [REVISION [ARCH]] | homeserver' >&2; exit 2 ;;
esac
