# SPDX-License-Identifier: Apache-2.0
"""Real Synapse homeservers with SQLite, installed once from PyPI into the cache."""
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

from palpo_test.http_client import fetch
from palpo_test.waiting import wait_until

VERSION = "1.163.2"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "palpo-ingress"
VENV = CACHE / f"synapse-{VERSION}"
NO_LIMIT = {"per_second": 10000, "burst_count": 10000}


def install():
    """While the network is still there."""
    CACHE.mkdir(parents=True, exist_ok=True)
    done = VENV / "complete"
    with open(CACHE / "synapse.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return
        print(f"installing Synapse {VERSION} into {VENV}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        subprocess.run([VENV / "bin/pip", "-q", "--disable-pip-version-check", "install",
                        f"matrix-synapse=={VERSION}"], check=True)
        done.touch()


class Synapse:
    """One homeserver on address:8008. It finds others by /etc/hosts alone, which it sees its own version of."""

    def __init__(self, processes, folder, name, public_url, address, trusted, hosts):
        self.address = (address, 8008)
        folder.mkdir(parents=True)
        log = {"version": 1, "root": {"level": "INFO", "handlers": ["stderr"]},
               "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
               "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}}}
        (folder / "log.yaml").write_text(json.dumps(log))
        (folder / "hosts").write_text(hosts)
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        config = folder / "homeserver.yaml"
        config.write_text(json.dumps({
            "server_name": name, "public_baseurl": public_url, "pid_file": str(folder / "pid"),
            "listeners": [{"port": 8008, "bind_addresses": [address], "type": "http", "x_forwarded": True,
                           "request_id_header": "X-Request-Id",
                           "resources": [{"names": ["client", "federation"], "compress": False}]}],
            "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
            "log_config": str(folder / "log.yaml"), "media_store_path": str(folder / "media"),
            "signing_key_path": str(folder / "signing.key"), "registration_shared_secret": "test",
            "macaroon_secret_key": f"test-{name}", "form_secret": "test", "report_stats": False,
            "enable_registration": True, "enable_registration_without_verification": True,
            "trusted_key_servers": [], "suppress_key_server_warning": True,
            "federation_custom_ca_list": [str(trusted)], "ip_range_blacklist": [],
            "federation_ip_range_blacklist": [], "max_upload_size": "100M",
            "rc_message": NO_LIMIT, "rc_registration": NO_LIMIT, "rc_joins": {"local": NO_LIMIT, "remote": NO_LIMIT},
            "rc_login": {"address": NO_LIMIT, "account": NO_LIMIT, "failed_attempts": NO_LIMIT}}))
        command = [VENV / "bin/python", "-m", "synapse.app.homeserver", "-c", config]
        subprocess.run([*command, "--generate-keys"], check=True, capture_output=True)
        script = ('mount --bind "$0/hosts" /etc/hosts && mount --bind "$0/resolv.conf" /etc/resolv.conf && exec "$@"')
        self.process = processes.start(f"synapse-{name}", ["unshare", "--mount", "sh", "-c", script, folder, *command])

    def wait_ready(self):
        def healthy():
            self.process.require_running()
            return fetch(self.address, "/health").status == 200

        wait_until("Synapse to be ready", healthy, 90)
