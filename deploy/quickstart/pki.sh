#!/usr/bin/env bash
# pki.sh FOLDER NAME...: a throw-away CA (ca.pem) and one certificate for all names (tls.pem, tls.key). Kept when they
# already cover the names and are good for a week.
set -euo pipefail
folder=$1; shift
cd "$folder"
names=$(printf 'DNS:%s,' "$@"); names=${names%,}
if [ -e tls.pem ] && [ "$(cat names 2>/dev/null)" = "$names" ] && openssl x509 -in tls.pem -noout -checkend 604800 >/dev/null; then
  exit 0
fi
umask 077
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${ec[@]}" -keyout ca.key -out ca.pem -days 30 -subj '/CN=Palpo quick start CA' 2>/dev/null
openssl req "${ec[@]}" -keyout tls.key -out tls.csr -subj '/CN=Palpo quick start' 2>/dev/null
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$names" >tls.ext
openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out tls.pem -extfile tls.ext 2>/dev/null
rm tls.csr tls.ext
printf %s "$names" >names
