#!/usr/bin/env bash
# Builds and runs the quick tests on another Debian release, in a chroot under build/debian: tests/on-debian.sh trixie
# Needs root and debootstrap. The chroot is kept, so that a second run only builds what changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

suite=${1:-}
case $suite in
  bookworm | trixie) shift ;;
  *) echo 'Usage: tests/on-debian.sh bookworm|trixie [options of tests/run.sh, default --quick]' >&2; exit 2 ;;
esac
[ "$(id -u)" = 0 ] || { echo 'tests/on-debian.sh: a chroot needs root' >&2; exit 2; }
root=$PWD/build/debian/$suite
deploy/image/debian-root.sh "$suite" "$root" ca-certificates git

mkdir -p "$root/src" "$root/root/.cache/ccache"
git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$root/src"
[ $# -gt 0 ] || set -- --quick
exec deploy/image/in-root.sh "$root" /src/tests/run.sh "$@"
