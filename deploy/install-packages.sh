#!/usr/bin/env bash
# Installs Debian packages that are missing: install-packages.sh build|test|quickstart|cluster|lint|bench|image-amd64|image-arm64 ...
# Does nothing, and needs no root, when all are there.
set -euo pipefail

build=(g++ cmake ninja-build ccache pkg-config libboost-dev libssl-dev libcpprest-dev nlohmann-json3-dev
  libyaml-cpp-dev prometheus-cpp-dev libgtest-dev)
quickstart=(curl openssl python3 python3-venv python3-dev)
test=("${quickstart[@]}" python3-pytest python3-yaml jq lua5.4 prometheus iproute2 util-linux faketime certbot pebble)
lint=(clang-format clang-tidy)
cluster=(containerd runc buildah containernetworking-plugins iptables iproute2 conntrack debootstrap gcc libc6-dev openssl
  util-linux)
image_tools=(g++ cmake ninja-build ccache pkg-config binutils python3 ca-certificates nlohmann-json3-dev)
image_libraries=(libboost-dev libssl-dev libcpprest-dev libyaml-cpp-dev prometheus-cpp-dev)
bench=(nginx-light haproxy wrk python3 openssl util-linux)

wanted=()
for set_name in "$@"; do
  case $set_name in
    build) wanted+=("${build[@]}") ;;
    quickstart) wanted+=("${quickstart[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    lint) wanted+=("${lint[@]}") ;;
    cluster) wanted+=("${cluster[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    image-amd64) wanted+=("${image_tools[@]}" "${image_libraries[@]}") ;;
    image-arm64) # on another architecture by a cross compiler
      wanted+=("${image_tools[@]}")
      if [ "$(dpkg --print-architecture)" = arm64 ]; then wanted+=("${image_libraries[@]}")
      else foreign=arm64 wanted+=(crossbuild-essential-arm64 "${image_libraries[@]/%/:arm64}"); fi ;;
    *) echo "install-packages.sh: unknown set '$set_name' (build, test, quickstart, cluster, lint, bench, image-amd64, image-arm64)" >&2; exit 2 ;;
  esac
done

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing: ${missing[*]}" >&2
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
[ -z "${foreign:-}" ] || "${as_root[@]}" dpkg --add-architecture "$foreign"
"${as_root[@]}" apt-get update -qq
# Daemons that come with the packages (nginx, haproxy, prometheus) are not to be started by their installation.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
