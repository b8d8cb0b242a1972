#!/usr/bin/env bash
# One certificate authority, and a key, a certificate and a kubeconfig a component, with the identities of a real cluster.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
umask 077
mkdir -p "$certificates"
cd "$certificates"

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }

certificate() { # NAME SUBJECT [SUBJECT-ALTERNATIVE-NAMES]
  new_key "$1"
  { echo basicConstraints=CA:FALSE; echo extendedKeyUsage=serverAuth,clientAuth; [ -z "${3:-}" ] || echo "subjectAltName=$3"; } >"$1.ext"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
  rm "$1.csr" "$1.ext"
}

user() { # NAME SUBJECT
  certificate "$1" "$2"
  cat >"$1.kubeconfig" <<Y
apiVersion: v1
kind: Config
current-context: $PALPO_CLUSTER_NAME
clusters: [{name: $PALPO_CLUSTER_NAME, cluster: {server: "https://$node_address:6443", certificate-authority: $PWD/ca.crt}}]
contexts: [{name: $PALPO_CLUSTER_NAME, context: {cluster: $PALPO_CLUSTER_NAME, user: $1}}]
users: [{name: $1, user: {client-certificate: $PWD/$1.crt, client-key: $PWD/$1.key}}]
Y
}

new_key ca
openssl req -x509 -new -key ca.key -subj "/CN=$PALPO_CLUSTER_NAME-ca" -days 30 -out ca.crt \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
new_key service-accounts
openssl pkey -in service-accounts.key -pubout -out service-accounts.pub
service=kubernetes.default.svc
certificate apiserver /CN=kube-apiserver \
  "DNS:kubernetes,DNS:kubernetes.default,DNS:$service,DNS:$service.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$node_address,IP:$api_address"
certificate apiserver-to-kubelet /O=system:masters/CN=apiserver-to-kubelet
certificate kubelet-server "/CN=$PALPO_CLUSTER_NAME" "DNS:$PALPO_CLUSTER_NAME,IP:$node_address"
user admin /O=system:masters/CN=admin
user controller-manager /CN=system:kube-controller-manager
user scheduler /CN=system:kube-scheduler
user kubelet "/O=system:nodes/CN=system:node:$PALPO_CLUSTER_NAME"
user kube-proxy /CN=system:kube-proxy
