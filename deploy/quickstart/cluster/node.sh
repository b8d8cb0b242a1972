#!/usr/bin/env bash
# Process 1 of the cluster's own process, mount, network, host name and IPC namespaces (cluster.sh starts it): sets the
# node up, starts every component, then reaps. Killing it ends all of the cluster.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

# Mounts are private to this namespace and vanish with it. containerd, kubelet and CNI use their default paths.
mount --make-rshared / # as kubelet wants it
mkdir -p "$PALPO_CLUSTER"/var/{lib,log,tmp}
ln -sfn /run "$PALPO_CLUSTER/var/run"
mount --bind "$PALPO_CLUSTER/var" /var
mount -t tmpfs tmpfs /run
mkdir -p /run/etcd /run/settings
# kubelet wants settings that are the whole machine's. It is shown the values it wants; the machine keeps its own.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=/run/settings/${setting//\//_}
  echo "${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done

# A pair of interfaces with both ends here carries the node's address. No route leads out.
hostname "$PALPO_CLUSTER_NAME"
ip link set lo up
ip link add node0 type veth peer name node1
ip address add "$node_address/24" dev node0
ip link set node0 up
ip link set node1 up
ip route add "$service_network" dev node0 # the node's own requests to Services: translated after routing
echo 1 >/proc/sys/net/ipv4/ip_forward
# What kube-proxy has not translated fails at once instead of hanging for seconds.
for chain in OUTPUT FORWARD; do iptables -A $chain -d "$service_network" -p tcp -j REJECT --reject-with tcp-reset; done

log=$PALPO_CLUSTER/log
mkdir -p "$log"
start() { # NAME COMMAND...
  local name=$1; shift
  "$@" >>"$log/$name.log" 2>&1 &
  echo $! >"/run/$name.pid"
}
start_etcd() {
  start etcd etcd --name node --data-dir /run/etcd/data --unsafe-no-fsync \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster node=http://127.0.0.1:2380
}
start_apiserver() {
  start apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 \
    --advertise-address="$node_address" --secure-port=6443 --allow-privileged=true \
    --service-cluster-ip-range="$service_network" --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --client-ca-file="$certificates/ca.crt" \
    --tls-cert-file="$certificates/apiserver.crt" --tls-private-key-file="$certificates/apiserver.key" \
    --kubelet-client-certificate="$certificates/apiserver-to-kubelet.crt" \
    --kubelet-client-key="$certificates/apiserver-to-kubelet.key" \
    --kubelet-certificate-authority="$certificates/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$certificates/service-accounts.pub" \
    --service-account-signing-key-file="$certificates/service-accounts.key"
}
start_etcd
start_apiserver
start containerd containerd --config "$PALPO_CLUSTER/conf/containerd.toml"
# The others would start without these too, and back off.
until kubectl --kubeconfig "$certificates/admin.kubeconfig" get --raw /readyz >/dev/null 2>&1; do sleep 0.2; done
# One node: nothing could go elsewhere, so a kubelet that is late (the API server was away, the machine is busy) is waited for.
start controller-manager kube-controller-manager --kubeconfig="$certificates/controller-manager.kubeconfig" \
  --node-monitor-grace-period=10m \
  --leader-elect=false --use-service-account-credentials=true --root-ca-file="$certificates/ca.crt" \
  --service-account-private-key-file="$certificates/service-accounts.key" \
  --cluster-signing-cert-file="$certificates/ca.crt" --cluster-signing-key-file="$certificates/ca.key"
start scheduler kube-scheduler --kubeconfig="$certificates/scheduler.kubeconfig" --leader-elect=false
until [ -S /run/containerd/containerd.sock ]; do sleep 0.1; done
for archive in "$PALPO_CLUSTER"/images/*.tar; do ctr -n k8s.io images import "$archive" >>"$log/images.log" 2>&1; done
start kubelet kubelet --config="$PALPO_CLUSTER/conf/kubelet.yaml" --kubeconfig="$certificates/kubelet.kubeconfig" \
  --hostname-override="$PALPO_CLUSTER_NAME" --node-ip="$node_address"
start kube-proxy kube-proxy --config="$PALPO_CLUSTER/conf/kube-proxy.yaml" --hostname-override="$PALPO_CLUSTER_NAME"

# SIGUSR1: the API server goes away; SIGUSR2: it comes back with all it knew.
trap 'kill -9 "$(cat /run/apiserver.pid)" || true' USR1
trap start_apiserver USR2
while :; do
  sleep 3600 &
  wait $! || true # the shell as process 1 reaps orphans; a bare "sleep infinity" would not
done
