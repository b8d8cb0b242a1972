#!/usr/bin/env bash
# build.sh ARCH ROOT, in the build stage of deploy/Dockerfile: compiles the programs and makes ROOT, the image's files.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
arch=${1:?amd64 or arm64} root=${2:?folder to make}

toolchain=()
case $arch in
  amd64) triplet=x86_64-linux-gnu ;;
  arm64) triplet=aarch64-linux-gnu toolchain=(-DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/arm64.cmake") ;;
  *) echo "build.sh: unknown architecture '$arch' (amd64, arm64)" >&2; exit 2 ;;
esac
[ "$(dpkg --print-architecture)" = "$arch" ] || [ "$arch" = arm64 ] || { echo "build.sh: $arch is built on $arch" >&2; exit 2; }
[ "$(dpkg --print-architecture)" != arm64 ] || toolchain=()

cmake --preset release -DBUILD_TESTING=OFF "${toolchain[@]}" >/dev/null
cmake --build build/release --target palpo-ingress-controller palpo-ingress-dataplane
rm -rf "$root"
cmake --install build/release --strip --prefix "$root/usr" >/dev/null
deploy/image/collect.py --root "$root" --triplet "$triplet"
deploy/image/sbom.py --root "$root" --arch "$arch" --version "$(sed -nE 's/^project\(.* VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)"
