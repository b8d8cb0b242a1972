#!/usr/bin/env bash
# A real cluster of one node on this machine, in namespaces of its own: no container registry, no route out, nothing left
# behind. For trying "helm install" and for the tests with label "cluster".
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

usage() {
  cat <<'TEXT'
Usage: cluster.sh COMMAND

  up               bring the cluster up and wait until its node and its DNS are ready (about 12 s)
  down             end it and remove everything of it
  in COMMAND...    run a command in the cluster's network, with kubectl and helm set up
  node COMMAND...  run a command as on the node: its mounts, processes and network
  load FILE.tar    make an image (docker archive) known to the node; the same name may be loaded again
  api stop|start   take the API server away; bring it back

Needs root and the Debian packages of "deploy/install-packages.sh cluster". PALPO_CLUSTER: the folder it lives in.
TEXT
}
say() { printf '%s\n' "$*" >&2; }
fail() { say "cluster.sh: $*"; exit 1; }
process() { cat "$PALPO_CLUSTER/process" 2>/dev/null || fail "no cluster runs in $PALPO_CLUSTER: start one with cluster.sh up"; }
in_network() { nsenter -t "$(process)" -n -- "$@"; }
# kubectl and helm keep what they cache in the cluster's folder, so that "down" removes that, too.
set_up_clients() {
  export KUBECONFIG=$certificates/admin.kubeconfig KUBECACHEDIR=$PALPO_CLUSTER/cache/kube
  export HELM_CACHE_HOME=$PALPO_CLUSTER/cache/helm HELM_CONFIG_HOME=$PALPO_CLUSTER/cache/helm-config HELM_DATA_HOME=$PALPO_CLUSTER/cache/helm-data
}

wait_for() { # WHAT COMMAND...
  local what=$1 end=$((SECONDS + 180)); shift
  until "$@" >/dev/null 2>&1; do
    [ -d "/proc/$(process)" ] || fail "the node ended: see $PALPO_CLUSTER/log"
    [ $SECONDS -lt $end ] || fail "$what: not within three minutes; see $PALPO_CLUSTER/log"
    sleep 0.2
  done
  say "$(printf '%4ds %s' $SECONDS "$what")"
}

write_configuration() {
  mkdir -p "$PALPO_CLUSTER/conf/cni" "$PALPO_CLUSTER/log"
  local file major=1
  case $(containerd --version) in *' v2.'* | *' 2.'*) major=2 ;; esac
  for file in "$here"/conf/*.in; do
    sed -e "s|@CLUSTER@|$PALPO_CLUSTER|g; s|@CNI_PROGRAMS@|$cni_programs|g; s|@NAME@|$PALPO_CLUSTER_NAME|g" \
      -e "s|@DNS_ADDRESS@|$dns_address|g; s|@NODE_ADDRESS@|$node_address|g; s|@POD_NETWORK@|$pod_network|g" \
      "$file" >"$PALPO_CLUSTER/conf/$(basename "${file%.in}")"
  done
  mv "$PALPO_CLUSTER/conf/containerd-$major.toml" "$PALPO_CLUSTER/conf/containerd.toml"
  mv "$PALPO_CLUSTER/conf/cni.conflist" "$PALPO_CLUSTER/conf/cni/10-bridge.conflist"
  : >"$PALPO_CLUSTER/conf/resolv.conf"
}

# Version 1 has a hierarchy a controller, and a new cpuset there is empty and unusable; version 2 has one of all.
make_control_groups() {
  local group file
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then mkdir -p "/sys/fs/cgroup/$PALPO_CLUSTER_NAME"; return; fi
  for group in /sys/fs/cgroup/*/; do mkdir -p "$group$PALPO_CLUSTER_NAME"; done
  for file in cpuset.cpus cpuset.mems; do
    cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset/$PALPO_CLUSTER_NAME/$file"
  done
}

up() {
  [ "$(id -u)" = 0 ] || fail 'a cluster needs root (namespaces, mounts, control groups)'
  [ ! -e "$PALPO_CLUSTER" ] || fail "$PALPO_CLUSTER exists: end that cluster first, with cluster.sh down"
  PALPO_E2E_BIN=$("$repository/tests/e2e/tools/build.sh" cluster)
  export PALPO_E2E_BIN PATH=$PALPO_E2E_BIN:$PATH
  mkdir -p "$PALPO_CLUSTER"
  ln -s "$PALPO_E2E_BIN" "$PALPO_CLUSTER/programs"
  write_configuration
  "$here/certificates.sh"
  "$here/system_images.sh"
  make_control_groups
  setsid unshare --net --mount --uts --ipc --pid --fork --kill-child --mount-proc \
    "$here/node.sh" >"$PALPO_CLUSTER/log/node.log" 2>&1 </dev/null &
  local outer=$! inner=''
  until inner=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null) && [ -n "$inner" ]; do
    kill -0 $outer 2>/dev/null || fail "the node did not start: $(cat "$PALPO_CLUSTER/log/node.log")"
    sleep 0.05
  done
  echo "${inner% }" >"$PALPO_CLUSTER/process"
  set_up_clients
  wait_for 'the API server answers' in_network kubectl get --raw /readyz
  wait_for 'the node is ready' in_network kubectl wait --for=condition=Ready "node/$PALPO_CLUSTER_NAME" --timeout=1s
  wait_for 'service accounts are made' in_network kubectl get serviceaccount default
  in_network kubectl apply -f "$PALPO_CLUSTER/conf/dns.yaml" >/dev/null
  wait_for 'names resolve' in_network kubectl -n kube-system rollout status deployment/coredns --timeout=1s
}

down() {
  [ -e "$PALPO_CLUSTER" ] || return 0
  local node group
  if node=$(cat "$PALPO_CLUSTER/process" 2>/dev/null) && tr '\0' ' ' <"/proc/$node/cmdline" 2>/dev/null | grep -q node.sh; then
    kill -9 "$node" # the kernel ends every process in there with it; mounts and networks go with the last of them
    while [ -d "/proc/$node" ]; do sleep 0.1; done
  fi
  for group in "/sys/fs/cgroup/$PALPO_CLUSTER_NAME" /sys/fs/cgroup/*/"$PALPO_CLUSTER_NAME"; do
    for _ in $(seq 50); do
      [ -d "$group" ] || break
      find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
      [ ! -d "$group" ] || sleep 0.1
    done
    [ ! -d "$group" ] || say "left behind: $group"
  done
  ! grep -q " $PALPO_CLUSTER/" /proc/self/mountinfo || fail "something is still mounted under $PALPO_CLUSTER"
  rm -rf --one-file-system "$PALPO_CLUSTER"
}

command=${1:-}; [ $# -eq 0 ] || shift
case $command in
  up) up ;;
  down) down ;;
  in) set_up_clients; exec nsenter -t "$(process)" -n -- "$@" ;; # no fork: a signal to it reaches the command
  node) exec nsenter -t "$(process)" -m -n -p -u -i --wd="$PWD" -- "$@" ;;
  load) exec nsenter -t "$(process)" -m -n -p -u -i --wd="$PWD" -- ctr -n k8s.io images import "$@" ;;
  api)
    case ${1:-} in
      stop) kill -USR1 "$(process)" ;;
      start) kill -USR2 "$(process)" ;;
      *) usage >&2; exit 2 ;;
    esac ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
