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
command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null

root=$PWD/build/debian/$suite
if [ ! -e "$root/.complete" ]; then
  rm -rf "$root"; mkdir -p "$root"
  # The mirror of this machine, whatever it is.
  mirror=$(awk '$1 == "deb" {print $2; exit} $1 == "URIs:" {print $2; exit}' /etc/apt/sources.list \
    /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true)
  debootstrap --variant=minbase --include=ca-certificates,git "$suite" "$root" ${mirror:+"$mirror"}
  cp /etc/apt/apt.conf.d/99* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
  touch "$root/.complete"
fi

mkdir -p "$root/src" "$root/root/.cache/ccache"
git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$root/src"
[ $# -gt 0 ] || set -- --quick
exec unshare --mount --pid --fork --kill-child bash -euc '
  root=$1; shift
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/tmp"
  mount --bind /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || cp /etc/resolv.conf "$root/etc/resolv.conf"
  exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 CI="${CI:-}" \
    $(env | grep -iE "^(https?|no)_proxy=" | tr "\n" " ") /src/tests/run.sh "$@"
' on-debian "$root" "$@"
