#!/usr/bin/env bash
# quickstart.sh --cluster: a cluster of one node with the ingress' image and a Synapse in it, and what to type there.
# --check: types it, ends the cluster, exits 1 if a command fails.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
cd "$repository"
check=no
[ "${1:-}" != --check ] || check=yes
[ "$(id -u)" = 0 ] || { echo 'quickstart.sh: --cluster needs root: a node has namespaces, mounts and control groups of its own' >&2; exit 1; }
step() { printf '\n[%3ds] %s\n' $SECONDS "$*"; }
cluster=deploy/quickstart/cluster/cluster.sh

step 'packages'
deploy/install-packages.sh quickstart cluster
step 'images: the ingress, and a homeserver'
ingress=$(deploy/quickstart/cluster/images.sh ingress quickstart 2>"$repository/build/images.log") || { tail -n 30 build/images.log >&2; exit 1; }
homeserver=$(deploy/quickstart/cluster/images.sh homeserver 2>>build/images.log) || { tail -n 30 build/images.log >&2; exit 1; }
step 'cluster'
$cluster down
$cluster up
[ $check = no ] || trap '$cluster down' EXIT
$cluster load "$ingress" >/dev/null
$cluster load "$homeserver" >/dev/null

pki=$PALPO_CLUSTER/pki host=matrix.example.test server_name=example.test
mkdir -p "$pki"
deploy/quickstart/pki.sh "$pki" $host $server_name
deploy/quickstart/secret.sh example-tls "$pki/tls.pem" "$pki/tls.key" >"$PALPO_CLUSTER/example-tls.yaml"
sed -e "s/synapse\.test/$server_name/g" deploy/quickstart/cluster/synapse.yaml >"$PALPO_CLUSTER/synapse.yaml"
cat >"$PALPO_CLUSTER/homeserver.yaml" <<Y
apiVersion: palpo.im/v1alpha1
kind: PalpoHomeserver
metadata: {name: example}
spec:
  serverName: $server_name
  host: $host
  backend: {service: {name: synapse, port: 8008}}
  tls: {secretName: example-tls}
Y

try=(
  "helm install palpo-ingress helm/palpo-ingress -n palpo-ingress --create-namespace --set image.repository=localhost/palpo-ingress,image.tag=quickstart,service.type=ClusterIP --wait"
  "helm test palpo-ingress -n palpo-ingress"
  "kubectl create namespace matrix"
  "kubectl apply -n matrix -f $PALPO_CLUSTER/synapse.yaml -f $PALPO_CLUSTER/example-tls.yaml -f $PALPO_CLUSTER/homeserver.yaml"
  "kubectl wait -n matrix --for=condition=Ready --timeout=120s phs/example"
  "curl -sS --retry 30 --retry-all-errors --retry-delay 1 --fail --cacert $pki/ca.pem --connect-to ::\$(kubectl get service -n palpo-ingress palpo-ingress -o jsonpath={.spec.clusterIP}): https://$host/_matrix/client/versions"
)
if [ $check = yes ]; then
  for command in "${try[@]}"; do
    step "$command"
    $cluster in bash -c "$command" || { echo "quickstart.sh: failed: $command" >&2; exit 1; }
  done
  step 'every command worked'
  exit 0
fi
step "up. A shell in the cluster's network, with kubectl and helm: $cluster in bash"
printf 'Try there:\n\n'
printf '  %s\n' "${try[@]}"
printf '\n%s down ends it and removes everything.\n' "$cluster"
