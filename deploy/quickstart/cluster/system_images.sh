#!/usr/bin/env bash
# The two images that the node itself needs, of one static program each, into the cluster's folder of images.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
images=$PALPO_CLUSTER/images
mkdir -p "$images"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

image() { # NAME PROGRAM
  local storage=(--root "$work/storage" --runroot "$work/run" --storage-driver vfs)
  mkdir -p "$work/$1"
  cp "$2" "$work/$1/$1"
  printf 'FROM scratch\nCOPY %s /%s\nENTRYPOINT ["/%s"]\n' "$1" "$1" "$1" >"$work/$1/Dockerfile"
  buildah "${storage[@]}" bud -q --isolation chroot -t "localhost/$1:1" "$work/$1" >/dev/null
  buildah "${storage[@]}" push -q "localhost/$1:1" "docker-archive:$images/$1.tar:localhost/$1:1"
}
gcc -static -Os -s -o "$work/pause.bin" "$here/pause.c"
image pause "$work/pause.bin"
image coredns "$PALPO_E2E_BIN/coredns"
