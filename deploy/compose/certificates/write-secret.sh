#!/bin/sh
# write-secret.sh FOLDER: fullchain.pem and privkey.pem of FOLDER become the Secret SECRET in OUTPUT/SECRET.yaml, by a rename:
# the controller never sees half of it. Does nothing when it says that already.
set -eu
folder=${1:?folder with fullchain.pem and privkey.pem}
target=$OUTPUT/$SECRET.yaml
next=$OUTPUT/.$SECRET.yaml.next
umask 027
cat >"$next" <<Y
apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata:
  name: $SECRET
data:
  tls.crt: $(base64 -w0 <"$folder/fullchain.pem")
  tls.key: $(base64 -w0 <"$folder/privkey.pem")
Y
if cmp -s "$next" "$target"; then rm "$next"; else mv "$next" "$target"; fi
