# SPDX-License-Identifier: Apache-2.0
"""The two programs under test, with their options, listeners and admin pages."""
import json
import os

from . import network
from .http_client import Client, fetch
from .metrics import Metrics
from .processes import program
from .waiting import wait_until


class Admin:
    """The operator's pages of one program."""

    def __init__(self, port, process):
        self.address = ("127.0.0.1", port)
        self.process = process  # a function: the program may have been restarted

    def get(self, path):
        return fetch(self.address, path, timeout=5)

    def ready(self):
        """Whether /readyz says so; raises when the program has ended."""
        self.process().require_running()
        return self.get("/readyz").status == 200

    def wait_ready(self, timeout=20.0):
        wait_until(f"{self.process().name} to be ready", self.ready, timeout)

    def metrics(self):
        return Metrics(self.get("/metrics").body.decode())

    def config(self):
        return json.loads(self.get("/config").body)


class Ingress:
    """One controller and one data plane joined by a socket. Either can be started, killed and started again."""

    def __init__(self, processes, folder, source=(), tls=None, address="127.0.0.1", workers=2, name="",
                 https_port=443, federation_port=8448, ports=None):
        """ports: of http, https and federation; None: free ones."""
        self.processes, self.folder, self.tls, self.name = processes, folder, tls, name
        self.source = list(source)
        self.workers = workers
        self.public = {"https": https_port, "federation": federation_port}
        run = folder / "run"
        run.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket = run / "palpo.sock"
        self.http, self.https, self.federation = [
            (address, port) for port in ports or [network.free_port(address) for _ in range(3)]]
        self.controller = self.dataplane = None
        self.controller_admin = Admin(network.free_port(), lambda: self.controller)
        self.dataplane_admin = Admin(network.free_port(), lambda: self.dataplane)

    def start_controller(self, *more, env=None):
        """One that is started anew is the same one to the election: it waits for no Lease of its predecessor's."""
        if "--kubeconfig" in self.source and "--identity" not in more:
            more = ("--identity", f"{self.name}controller-under-test", *more)
        self.controller = self.processes.start(
            f"{self.name}controller",
            [program("palpo-ingress-controller"), "run", *self.source, "--socket", self.socket,
             "--admin", f"127.0.0.1:{self.controller_admin.address[1]}", "--log-format", "json",
             "--log-level", os.environ.get("PALPO_TEST_LOG_LEVEL", "info"),
             "--https-port", self.public["https"], "--federation-port", self.public["federation"], *more], env)
        return self.controller

    def start_dataplane(self, *more, env=None, open_files=None):
        limit = ["sh", "-c", f"ulimit -n {open_files} && exec \"$0\" \"$@\""] if open_files else []
        self.dataplane = self.processes.start(
            f"{self.name}dataplane",
            [*limit, program("palpo-ingress-dataplane"), "--socket", self.socket,
             "--listen-http", _text(self.http), "--listen-https", _text(self.https),
             "--listen-federation", _text(self.federation),
             "--admin", f"127.0.0.1:{self.dataplane_admin.address[1]}", "--workers", self.workers,
             "--log-format", "json", "--log-level", os.environ.get("PALPO_TEST_LOG_LEVEL", "info"), *more], env)
        return self.dataplane

    def start(self, *controller_options):
        self.start_controller(*controller_options)
        self.start_dataplane()
        self.wait_ready()
        return self

    def wait_ready(self):
        self.controller_admin.wait_ready()
        self.dataplane_admin.wait_ready()

    def wait_settled(self):
        """What the controller has published is what the data plane serves."""
        self.wait_ready()

    def stop(self):
        for process in (self.dataplane, self.controller):
            if process:
                process.stop()

    # Requests. Each on its own connection; `client` and `federation_client` keep one.
    def client(self, server_name, **more):
        return Client(self.https, self.tls, server_name, **more)

    def federation_client(self, server_name, **more):
        return Client(self.federation, self.tls, server_name, **more)

    def get(self, server_name, target, **more):
        return fetch(self.https, target, tls=self.tls, server_name=server_name, **more)

    def get_federation(self, server_name, target, **more):
        return fetch(self.federation, target, tls=self.tls, server_name=server_name, **more)

    def get_plain(self, host, target, **more):
        return fetch(self.http, target, host=host, **more)


def _text(address):
    return f"{address[0]}:{address[1]}"
