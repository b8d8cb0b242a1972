# Sourced by quickstart.sh: a Synapse with SQLite in build/quickstart/synapse, for trying things out only.
synapse_version=1.163.2
synapse_port=${SYNAPSE_PORT:-18008}
synapse_state=$state/synapse
synapse_python=$state/venv/bin/python

synapse_install() {
  [ "$(cat "$state/venv/synapse-version" 2>/dev/null)" != "$synapse_version" ] || return 0
  python3 -m venv "$state/venv"
  "$state/venv/bin/pip" -q --disable-pip-version-check install "matrix-synapse==$synapse_version"
  echo "$synapse_version" >"$state/venv/synapse-version"
}

synapse_configure() {
  mkdir -p "$synapse_state"
  cat >"$synapse_state/log.yaml" <<Y
version: 1
formatters: {line: {format: '%(asctime)s %(levelname)s %(name)s %(message)s'}}
handlers: {stderr: {class: logging.StreamHandler, formatter: line}}
root: {level: INFO, handlers: [stderr]}
Y
  cat >"$synapse_state/homeserver.yaml" <<Y
server_name: $server_name
public_baseurl: https://$host:$https_port/
pid_file: $synapse_state/pid
listeners:
  - port: $synapse_port
    bind_addresses: ['127.0.0.1']
    type: http
    x_forwarded: true
    request_id_header: X-Request-Id
    resources: [{names: [client, federation]}]
database: {name: sqlite3, args: {database: $synapse_state/homeserver.db}}
log_config: $synapse_state/log.yaml
media_store_path: $synapse_state/media
signing_key_path: $synapse_state/signing.key
registration_shared_secret: quickstart
macaroon_secret_key: quickstart
form_secret: quickstart
report_stats: false
trusted_key_servers: []
suppress_key_server_warning: true
Y
  [ -e "$synapse_state/signing.key" ] ||
    "$synapse_python" -m synapse.app.homeserver -c "$synapse_state/homeserver.yaml" --generate-keys >/dev/null
}

synapse_start() {
  run synapse "$synapse_python" -m synapse.app.homeserver -c "$synapse_state/homeserver.yaml"
  wait_until 60 Synapse synapse curl -fsS "http://127.0.0.1:$synapse_port/health"
  # The user is there already on a second run.
  "$state/venv/bin/register_new_matrix_user" -k quickstart -u demo -p demo --no-admin "http://127.0.0.1:$synapse_port" \
    >>"$logs/register.log" 2>&1 || true
}
