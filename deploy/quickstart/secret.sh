#!/usr/bin/env bash
# secret.sh NAME CERTIFICATE KEY: a kubernetes.io/tls Secret on standard output, as `kubectl create secret tls` makes it.
set -euo pipefail
cat <<Y
apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata:
  name: $1
data:
  tls.crt: $(base64 -w0 <"$2")
  tls.key: $(base64 -w0 <"$3")
Y
