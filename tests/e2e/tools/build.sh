#!/usr/bin/env bash
# Builds the programs that tests need from the pinned Go modules beside this file, and prints the folder they are in:
#   build.sh [e2e|chart|cluster]...   default: e2e
# Built once: about five minutes for e2e, three more for each of the others. PALPO_E2E_BIN names another folder. A
# missing or old Go is fetched as a module.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/palpo-ingress
pins=$(cat */go.sum | sha256sum | cut -c1-12)
bin=${PALPO_E2E_BIN:-$cache/e2e-bin-$pins}
programs=(etcd kube-apiserver kubectl)
for set_name in "${@:-e2e}"; do
  case $set_name in
    e2e) ;;
    chart) programs+=(helm helm3 kubeconform) ;;
    cluster) programs+=(kubelet kube-controller-manager kube-scheduler kube-proxy coredns helm) ;;
    *) echo "build.sh: unknown set '$set_name' (e2e, chart, cluster)" >&2; exit 2 ;;
  esac
done

complete() { for program in "${programs[@]}"; do [ -x "$bin/$program" ] || return 1; done; }
say() { printf 'build.sh: %s\n' "$*" >&2; }
if complete; then echo "$bin"; exit 0; fi

mkdir -p "$bin" "$cache"
exec 9>"$bin/.lock"
flock 9 # a second run waits for the first instead of building beside it
if complete; then echo "$bin"; exit 0; fi

toolchain=1.26.8 # at least what the go.mod files ask for
declare -A toolchain_sum=(
  [amd64]=h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=
  [arm64]=h1:sYL/O6MqS68ML0kjsQ36WoYIpJqkw60TxizWUYUKQMc=
)

new_enough() { # GO
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  [ "$(printf '%s\n' "${version#go}" "$toolchain" | sort -V | head -n1)" = "$toolchain" ]
}

find_go() {
  local candidate
  for candidate in go /usr/local/go/bin/go "$cache/go-$toolchain/bin/go"; do
    candidate=$(command -v "$candidate") && new_enough "$candidate" && { echo "$candidate"; return; }
  done
  return 1
}

# Any Go can fetch a module, and Go itself is one.
bootstrap_go() {
  local old arch answer folder
  for old in go /usr/lib/go-*/bin/go; do old=$(command -v "$old") && break; done || true
  if [ -z "$old" ]; then
    say 'installing golang-go to fetch a newer Go with it'
    local as_root=(); [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends golang-go >&2
    old=$(command -v go)
  fi
  case $(uname -m) in
    x86_64) arch=amd64 ;;
    aarch64) arch=arm64 ;;
    *) say "no pinned Go for $(uname -m): install Go $toolchain and start again"; exit 1 ;;
  esac
  say "fetching Go $toolchain"
  # Old releases cannot ask the checksum database about a toolchain: the sum is pinned here instead.
  answer=$(cd / && GOSUMDB=off GOTOOLCHAIN=local GOFLAGS='' "$old" mod download -json "golang.org/toolchain@v0.0.1-go$toolchain.linux-$arch")
  grep -qF "\"${toolchain_sum[$arch]}\"" <<<"$answer" || { say "the Go that was fetched is not the pinned one: $answer"; exit 1; }
  folder=$(sed -n 's/.*"Dir": "\(.*\)".*/\1/p' <<<"$answer")
  rm -rf "$cache/go-$toolchain.new"
  cp -r --no-preserve=mode "$folder" "$cache/go-$toolchain.new"
  chmod +x "$cache/go-$toolchain.new"/bin/* "$cache/go-$toolchain.new"/pkg/tool/*/*
  rm -rf "$cache/go-$toolchain"
  mv "$cache/go-$toolchain.new" "$cache/go-$toolchain"
  echo "$cache/go-$toolchain/bin/go"
}

go=$(find_go) || go=$(bootstrap_go)
new_enough "$go" || { say "$go is older than $toolchain"; exit 1; }

export GOTOOLCHAIN=local CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false'
GOPROXY=$("$go" env GOPROXY | sed 's/[,|]direct//') # a module the proxy lacks must fail, not be looked for elsewhere
export GOPROXY

kubernetes=$(sed -nE 's/^(require)?[[:space:]]*k8s.io\/kubernetes (v[0-9.]+).*/\2/p' kubernetes/go.mod)
IFS=. read -r major minor _ <<<"${kubernetes#v}"
stamp=k8s.io/component-base/version # an unstamped API server calls itself v0.0.0 and refuses its own clients

for program in "${programs[@]}"; do
  [ ! -x "$bin/$program" ] || continue
  flags='-s -w'
  case $program in
    etcd) module=etcd package=go.etcd.io/etcd/server/v3 ;;
    coredns) module=coredns package=. ;;
    helm) module=helm package=helm.sh/helm/v4/cmd/helm ;;
    helm3) module=helm3 package=helm.sh/helm/v3/cmd/helm ;;
    kubeconform) module=kubeconform package=github.com/yannh/kubeconform/cmd/kubeconform ;;
    *) module=kubernetes package=k8s.io/kubernetes/cmd/$program
      flags+=" -X $stamp.gitVersion=$kubernetes -X $stamp.gitMajor=$major -X $stamp.gitMinor=$minor" ;;
  esac
  say "$program"
  (cd "$module" && "$go" build -ldflags "$flags" -o "$bin/.$program.new" "$package") >&2
  mv "$bin/.$program.new" "$bin/$program" # under its final name only when it is complete
done
echo "$bin"
