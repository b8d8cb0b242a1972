#!/usr/bin/env bash
# in-root.sh FOLDER COMMAND...: runs a command in a Debian root, with this machine's network and nothing else of it.
set -euo pipefail
root=${1:?folder}; shift
exec unshare --mount --pid --fork --kill-child bash -euc '
  root=$1; shift
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/tmp"
  mount --bind /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || cp /etc/resolv.conf "$root/etc/resolv.conf"
  exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 CI="${CI:-}" \
    $(env | grep -iE "^(https?|no)_proxy=" | tr "\n" " ") "$@"
' in-root "$root" "$@"
