#!/usr/bin/env bash
# From nothing to a Matrix homeserver behind the ingress, on this machine, with unprivileged ports.
# Everything it makes is under build/quickstart; Ctrl-C ends everything it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Usage: deploy/quickstart.sh [options]

  --homeserver URL        front a homeserver that already runs (http://127.0.0.1:8008) instead of starting Synapse
  --server-name NAME      Matrix server name (default: example.localhost; with --homeserver: what it says it is)
  --host NAME             name that clients and servers connect to (default: matrix.localhost)
  --http-port N           (default 8080)
  --https-port N          (default 8443)
  --federation-port N     (default 8448)
  --check                 start, try every printed command once, stop; exit 1 if one fails
  --cluster               instead of all this: a Kubernetes cluster of one node on this machine, with the image and a Synapse
                          in it, to try "helm install" on. Needs root. The first time takes about ten minutes.
TEXT
}

homeserver='' server_name='' host=matrix.localhost http_port=8080 https_port=8443 federation_port=8448 check=no cluster=no
while [ $# -gt 0 ]; do
  case $1 in
    --homeserver | --server-name | --host | --http-port | --https-port | --federation-port)
      [ $# -ge 2 ] || { echo "quickstart.sh: $1 needs a value" >&2; exit 2; }
      variable=${1#--}; printf -v "${variable//-/_}" %s "$2"; shift 2 ;;
    --check) check=yes; shift ;;
    --cluster) cluster=yes; shift ;;
    -h | --help) usage; exit 0 ;;
    *) echo "quickstart.sh: unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
done

if [ "$cluster" = yes ]; then
  arguments=()
  [ "$check" = no ] || arguments=(--check)
  exec deploy/quickstart/cluster/try.sh "${arguments[@]}"
fi

state=$PWD/build/quickstart bin=$PWD/build/release/bin
manifests=$state/manifests logs=$state/log pki=$state/pki
mkdir -p "$manifests" "$logs" "$pki"
started=$(date +%s)
step() { printf '\n[%3ds] %s\n' $(($(date +%s) - started)) "$*"; }
fail() { printf 'quickstart.sh: %s\n' "$*" >&2; exit 1; }

children=()
run() { # NAME COMMAND...: in the background, its output in log/NAME.log
  local name=$1; shift
  "$@" >"$logs/$name.log" 2>&1 </dev/null &
  children+=($!)
}
stop_all() {
  trap - EXIT INT TERM
  [ ${#children[@]} -eq 0 ] || { kill "${children[@]}" 2>/dev/null || true; wait "${children[@]}" 2>/dev/null || true; }
}
trap stop_all EXIT
trap 'printf "\nstopping\n"; exit 0' INT TERM

wait_until() { # SECONDS WHAT LOGNAME COMMAND...
  local end=$(($(date +%s) + $1)) what=$2 log=$3; shift 3
  until "$@" >/dev/null 2>&1; do
    for child in "${children[@]}"; do
      kill -0 "$child" 2>/dev/null || { tail -n 20 "$logs/$log.log" >&2; fail "$what did not start: see $logs/$log.log"; }
    done
    [ "$(date +%s)" -lt "$end" ] || { tail -n 20 "$logs/$log.log" >&2; fail "$what is not ready: see $logs/$log.log"; }
    sleep 0.2
  done
}

step 'packages'
deploy/install-packages.sh build quickstart

step 'build (release; the first time takes a few minutes)'
cmake --preset release >"$logs/configure.log" 2>&1 || { cat "$logs/configure.log" >&2; exit 1; }
cmake --build build/release --target palpo-ingress-controller palpo-ingress-dataplane

if [ -z "$homeserver" ]; then
  server_name=${server_name:-example.localhost}
  step 'homeserver: Synapse with SQLite'
  . deploy/quickstart/synapse.sh
  synapse_install
  synapse_configure
  homeserver_host=127.0.0.1
  synapse_start
  homeserver_port=$synapse_port
else
  step "homeserver: $homeserver"
  [[ $homeserver =~ ^http://([^/:]+|\[[^]]+\])(:([0-9]+))?/?$ ]] || fail "--homeserver: '$homeserver' is not http://HOST[:PORT]"
  homeserver_host=${BASH_REMATCH[1]} homeserver_port=${BASH_REMATCH[3]:-80}
  homeserver_host=${homeserver_host#[} homeserver_host=${homeserver_host%]}
  homeserver_host=$(getent ahosts "$homeserver_host" | awk 'NR == 1 {print $1}') # an EndpointSlice holds addresses
  [ -n "$homeserver_host" ] || fail "--homeserver: the name in '$homeserver' does not resolve"
  curl -fsS -m 5 "$homeserver/_matrix/client/versions" >/dev/null || fail "--homeserver: $homeserver does not answer"
  [ -n "$server_name" ] || server_name=$(curl -fsS -m 5 "$homeserver/_matrix/key/v2/server" |
    python3 -c 'import json,sys; print(json.load(sys.stdin)["server_name"])') || fail 'give --server-name: the homeserver does not say it'
fi

step 'throw-away certificate authority'
deploy/quickstart/pki.sh "$pki" "$server_name" "$host"

step 'manifests'
# Written once: what you change in them stays changed.
if [ ! -e "$manifests/homeserver.yaml" ] || ! grep -q "serverName: $server_name\$" "$manifests/homeserver.yaml"; then
  sed -e "s/@SERVER_NAME@/$server_name/; s/@HOST@/$host/" deploy/quickstart/homeserver.yaml >"$manifests/homeserver.yaml"
fi
address_type=IPv4
[[ $homeserver_host != *:* ]] || address_type=IPv6
sed -e "s/@ADDRESS@/$homeserver_host/; s/@PORT@/$homeserver_port/; s/@TYPE@/$address_type/" deploy/quickstart/service.yaml >"$manifests/service.yaml"
deploy/quickstart/secret.sh homeserver-tls "$pki/tls.pem" "$pki/tls.key" >"$manifests/tls.yaml"

step 'controller and data plane'
socket=$state/run/dataplane.sock admin_port=$((federation_port + 1000)) # two admin listeners on loopback
mkdir -p "$state/run"; chmod 700 "$state/run"
run controller "$bin/palpo-ingress-controller" run --source "dir:$manifests" --socket "$socket" \
  --https-port "$https_port" --federation-port "$federation_port" --admin "127.0.0.1:$admin_port"
run dataplane "$bin/palpo-ingress-dataplane" --socket "$socket" --listen-http "127.0.0.1:$http_port" \
  --listen-https "127.0.0.1:$https_port" --listen-federation "127.0.0.1:$federation_port" \
  --https-redirect-port "$https_port" --workers 1 --admin "127.0.0.1:$((admin_port + 1))"
wait_until 20 'the data plane' dataplane curl -fsS "http://127.0.0.1:$((admin_port + 1))/readyz"

ca=${pki#"$PWD"/}/ca.pem
try=(
  "curl --cacert $ca https://$host:$https_port/_matrix/client/versions"
  "curl --cacert $ca https://$server_name:$https_port/.well-known/matrix/server"
  "curl --cacert $ca https://$server_name:$https_port/.well-known/matrix/client"
  "curl --cacert $ca https://$server_name:$federation_port/_matrix/key/v2/server"
)
if [ -n "${synapse_port:-}" ]; then
  try+=("curl --cacert $ca https://$host:$https_port/_matrix/client/v3/login -d '{\"type\":\"m.login.password\",\"identifier\":{\"type\":\"m.id.user\",\"user\":\"demo\"},\"password\":\"demo\"}'")
fi

if [ "$check" = yes ]; then
  for command in "${try[@]}"; do
    printf '\n$ %s\n' "$command"
    bash -c "$command -fsS -m 20" || fail "failed: $command"
    echo
  done
  step 'every command worked'
  exit 0
fi

step 'up. Try (from this folder):'
printf '\n  %s\n' "${try[@]}"
cat <<TEXT

Change something and see it live, without a restart and without a dropped request:

  \$EDITOR ${manifests#"$PWD"/}/homeserver.yaml     # for example add under wellKnown.client:  org.example: hello
  ${try[2]}

Logs: ${logs#"$PWD"/}/   What is served: curl http://127.0.0.1:$admin_port/config   Metrics: .../metrics on $admin_port and $((admin_port + 1))
Ctrl-C stops everything.
TEXT
wait -n "${children[@]}" || true
for name in synapse controller dataplane; do [ ! -e "$logs/$name.log" ] || { echo "== $name"; tail -n 5 "$logs/$name.log"; }; done >&2
fail 'something stopped; its last lines are above'
