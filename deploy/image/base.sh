#!/usr/bin/env bash
# base.sh [ARCH]: makes the image localhost/palpo-ingress-build-ARCH:13, a Debian 13 that has the packages of
# "install-packages.sh image-ARCH", by debootstrap, and prints its name: what deploy/Dockerfile can be built on without a
# registry and without a network. Needs root and buildah; keeps its root under build/debian.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
arch=${1:-amd64} name=localhost/palpo-ingress-build-$arch:13
root=$PWD/build/debian/image-$arch
mkdir -p build/debian
exec 9>"$root.lock"; flock 9

deploy/image/debian-root.sh trixie "$root" ca-certificates >&2
install -D deploy/install-packages.sh "$root/usr/local/lib/install-packages.sh"
if [ ! -e "$root/.packages" ] || [ deploy/install-packages.sh -nt "$root/.packages" ]; then
  deploy/image/in-root.sh "$root" /usr/local/lib/install-packages.sh "image-$arch" >&2
  touch "$root/.packages"
fi
# shellcheck disable=SC2086  # options
if [ ! -e "$root.image" ] || [ "$root/.packages" -nt "$root.image" ] || ! buildah ${BUILDAH_OPTIONS:-} inspect --type image "$name" >/dev/null 2>&1; then
  container=$(buildah ${BUILDAH_OPTIONS:-} from scratch)
  buildah ${BUILDAH_OPTIONS:-} add -q "$container" "$root" / >/dev/null
  buildah ${BUILDAH_OPTIONS:-} commit -q --rm "$container" "$name" >/dev/null
  touch "$root.image"
fi
echo "$name"
