#!/bin/sh
# Keeps one certificate for all NAMES, by certbot and HTTP-01, and writes it as a Secret manifest for the controller, which
# serves it at once. Looks twice a day whether certbot finds it due: a month before it expires.
#
#   NAMES        host names, separated by spaces; they have to reach the data plane's port 80
#   EMAIL        of the account, told when something is wrong
#   SECRET       name of the Secret that is written to OUTPUT/SECRET.yaml
#   OUTPUT       (/certificates) folder below the controller's source
#   STATE        (/var/lib/acme) account and certificates of certbot
#   ACME_SERVER  directory of the certificate authority; empty: certbot's own default
#   ADDRESS      (certificates) name of this container, as the data plane resolves it
#   PORT         (8089) where challenges are answered; OUTPUT/challenges.yaml sends them here
#   CHECK_SECONDS, RETRY_SECONDS  (43200, 900) until the next look, and after a failure: authorities limit failed attempts
set -eu
: "${NAMES:?host names}" "${EMAIL:?address of the account}" "${SECRET:?name of the Secret}"
export OUTPUT="${OUTPUT:-/certificates}" SECRET
state=${STATE:-/var/lib/acme}
here=$(dirname "$0")

# Every name has its rule: a host's own routes leave nothing to a rule without host.
write_challenges() {
  next=$OUTPUT/.challenges.yaml.next
  {
    cat <<Y
# Where the certificate authority looks while it checks that the names are yours (HTTP-01, RFC 8555 section 8.3).
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: challenges}
spec:
  ingressClassName: palpo
  rules:
Y
    for name in $NAMES; do
      cat <<Y
    - host: $name
      http:
        paths:
          - path: /.well-known/acme-challenge/
            pathType: Prefix
            backend: {service: {name: challenges, port: {number: ${PORT:-8089}}}}
Y
    done
    cat <<Y
---
apiVersion: v1
kind: Service
metadata: {name: challenges}
spec:
  type: ExternalName
  externalName: ${ADDRESS:-certificates}
  ports: [{name: http, port: ${PORT:-8089}}]
Y
  } >"$next"
  mv "$next" "$OUTPUT/challenges.yaml"
}

obtain() {
  set --
  for name in $NAMES; do set -- "$@" -d "$name"; done
  [ -z "${ACME_SERVER:-}" ] || set -- "$@" --server "$ACME_SERVER"
  certbot certonly --non-interactive --agree-tos --email "$EMAIL" --no-eff-email \
    --config-dir "$state/config" --work-dir "$state/work" --logs-dir "$state/log" \
    --standalone --http-01-port "${PORT:-8089}" --key-type ecdsa --cert-name "$SECRET" \
    --keep-until-expiring --expand --renew-with-new-domains "$@" || return 1
  # Written every time: the folder may be a new one.
  "$here/write-secret.sh" "$state/config/live/$SECRET"
}

write_challenges
ending=no again=no pause=''
interrupt() { [ -z "$pause" ] || kill "$pause" 2>/dev/null || true; }
trap 'ending=yes; interrupt' TERM INT
trap 'again=yes; interrupt' HUP # look now
while [ $ending = no ]; do
  again=no
  if obtain; then seconds=${CHECK_SECONDS:-43200}; else
    seconds=${RETRY_SECONDS:-900}
    echo "obtain.sh: no certificate for $NAMES; trying again in $seconds seconds. Do the names reach this machine's port 80?" >&2
  fi
  sleep "$seconds" &
  pause=$!
  [ $ending$again = nono ] || interrupt # the signal came while there was no pause yet
  wait "$pause" || true
  interrupt
  pause=''
done
