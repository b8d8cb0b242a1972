#!/usr/bin/env bash
# debian-root.sh SUITE FOLDER [PACKAGE...]: a minimal Debian in FOLDER by debootstrap, from this machine's mirror, with the
# suite's updates. Kept: a second call does nothing. Needs root.
set -euo pipefail
suite=${1:?bookworm or trixie} root=${2:?folder} ; shift 2
[ ! -e "$root/.complete" ] || exit 0
[ "$(id -u)" = 0 ] || { echo 'debian-root.sh: debootstrap needs root' >&2; exit 2; }
command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null

mirror=$(awk '$1 == "deb" {print $2; exit} $1 == "URIs:" {print $2; exit}' /etc/apt/sources.list \
  /etc/apt/sources.list.d/debian*.sources /etc/apt/sources.list.d/*.list 2>/dev/null || true)
include=$(IFS=,; echo "$*")
rm -rf "$root"; mkdir -p "$root"
debootstrap --variant=minbase ${include:+--include="$include"} "$suite" "$root" ${mirror:+"$mirror"}
if [ -n "$mirror" ]; then
  printf 'deb %s %s main\n' "$mirror" "$suite" "$mirror" "$suite-updates" "${mirror%/debian}/debian-security" "$suite-security" \
    >"$root/etc/apt/sources.list"
fi
cp /etc/apt/apt.conf.d/99* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
touch "$root/.complete"
