# Sourced by the other scripts of this folder. Every path hangs off PALPO_CLUSTER, the folder of one running cluster.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../../.." && pwd)
PALPO_CLUSTER=${PALPO_CLUSTER:-$repository/build/cluster}      # on a real disk: containerd puts an overlay upon it
PALPO_CLUSTER_NAME=${PALPO_CLUSTER_NAME:-palpo}                # of the node and of its subtree of control groups
PALPO_E2E_BIN=${PALPO_E2E_BIN:-}                               # kubelet, helm and the others; "up" fills it in
cni_programs=${CNI_PROGRAMS:-/usr/lib/cni}                     # Debian's containernetworking-plugins
node_address=10.99.0.1
pod_network=10.244.0.0/24
service_network=10.96.0.0/16
api_address=10.96.0.1
dns_address=10.96.0.10
certificates=$PALPO_CLUSTER/certificates
[ -n "$PALPO_E2E_BIN" ] || [ ! -e "$PALPO_CLUSTER/programs" ] || PALPO_E2E_BIN=$(readlink "$PALPO_CLUSTER/programs")
export PALPO_CLUSTER PALPO_CLUSTER_NAME PALPO_E2E_BIN PATH=$PALPO_E2E_BIN:$PATH
