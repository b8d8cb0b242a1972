"""The proxies under test, each configured to do the same: TLS 1.3, keep-alive upstream pools, no access log."""
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

PROXY_CPU, LOAD_CPU = "0", "1"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def command_of(process):
    return " ".join(str(word) for word in process.args[3:])


def log_of(process):
    log = getattr(process, "log", None)
    return "" if log is None else ":\n" + log.read_text(errors="replace")[-2000:]


def wait_for_port(port, process, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise SystemExit(f"{command_of(process)} ended with {process.returncode}{log_of(process)}")
        time.sleep(0.02)
    raise SystemExit(f"{command_of(process)} does not listen on {port}{log_of(process)}")


def tree(pid):
    """The process and all below it."""
    found = [pid]
    for p in found:
        for task in Path(f"/proc/{p}/task").glob("*/children"):
            found += [int(c) for c in task.read_text().split()]
    return found


def cpu_seconds(pid):
    ticks = 0
    for p in tree(pid):
        fields = Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += sum(int(f) for f in fields[11:15])  # with the time of children that ended
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_bytes(pid):
    """Proportional set size: what the tree uses, shared pages counted once."""
    total = 0
    for p in tree(pid):
        for line in Path(f"/proc/{p}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


class Peer:
    """One proxy: plain and TLS ports, hosts with a certificate each, one backend."""

    name = ""

    def __init__(self, folder, pki, backend_port):
        self.folder = Path(folder) / self.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pki, self.backend_port = pki, backend_port
        self.plain, self.tls = free_port(), free_port()
        self.hosts = []
        self.processes = []

    def spawn(self, *command, pin=True):
        log = open(self.folder / "log", "ab")
        prefix = ["taskset", "-c", PROXY_CPU] if pin else ["taskset", "-c", LOAD_CPU]
        process = subprocess.Popen([*prefix, *command], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        process.log = self.folder / "log"
        self.processes.append(process)
        return process

    @property
    def pid(self):
        return self.processes[0].pid

    def start(self, hosts):
        self.hosts = list(hosts)
        self.configure()
        self.launch()
        wait_for_port(self.plain, self.processes[0])
        wait_for_port(self.tls, self.processes[0])

    def stop(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []


class Nginx(Peer):
    name = "nginx"

    def configure(self):
        servers = []
        for host in self.hosts:
            servers.append(
                f"server {{ listen 127.0.0.1:{self.plain}; listen 127.0.0.1:{self.tls} ssl; server_name {host};"
                f" ssl_certificate {self.pki.certificate(host)}; ssl_certificate_key {self.pki.key(host)};"
                " location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection '';"
                " proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;"
                " proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-Id $request_id;"
                " proxy_request_buffering off; proxy_max_temp_file_size 0; proxy_read_timeout 600s; } }")
        d = self.folder
        (d / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {d}/pid; error_log {d}/error warn;\n"
            "events { worker_connections 8000; }\nhttp { access_log off; client_max_body_size 0;\n"
            "server_names_hash_max_size 32768; server_names_hash_bucket_size 128;\n"
            f"client_body_temp_path {d}/a; proxy_temp_path {d}/b; fastcgi_temp_path {d}/c; uwsgi_temp_path {d}/d;"
            f" scgi_temp_path {d}/e;\nssl_protocols TLSv1.3; ssl_session_tickets on; keepalive_requests 100000000;\n"
            f"upstream backend {{ server 127.0.0.1:{self.backend_port}; keepalive 128; keepalive_requests 100000000; }}\n"
            + "\n".join(servers) + "\n}\n")

    def launch(self):
        self.spawn("nginx", "-e", "stderr", "-c", str(self.folder / "nginx.conf"))

    def add(self, host):
        self.hosts.append(host)
        self.configure()
        self.processes[0].send_signal(signal.SIGHUP)


class Haproxy(Peer):
    name = "HAProxy"

    def configure(self):
        certificates = self.folder / "certificates"
        certificates.mkdir(exist_ok=True)
        for host in self.hosts:
            target = certificates / f"{host}.pem"
            if not target.exists():
                target.write_bytes(self.pki.certificate(host).read_bytes() + self.pki.key(host).read_bytes())
        (self.folder / "hosts.map").write_text("".join(f"{h} backend\n" for h in self.hosts))
        first = certificates / f"{self.hosts[0]}.pem"
        (self.folder / "haproxy.cfg").write_text(
            "global\n  nbthread 1\n  maxconn 8000\n  tune.ssl.default-dh-param 2048\n"
            f"  stats socket {self.folder}/admin level admin expose-fd listeners\n"
            "defaults\n  mode http\n  timeout connect 5s\n  timeout client 600s\n  timeout server 600s\n"
            "  option http-keep-alive\n  http-reuse aggressive\n"
            f"frontend in\n  bind 127.0.0.1:{self.plain}\n"
            f"  bind 127.0.0.1:{self.tls} ssl crt {first} crt {certificates} ssl-min-ver TLSv1.3\n"
            "  http-request set-header X-Forwarded-For %[src]\n"
            "  http-request set-header X-Forwarded-Proto https if { ssl_fc }\n"
            "  http-request set-header X-Request-Id %[uuid]\n"
            f"  use_backend %[req.hdr(host),field(1,:),lower,map({self.folder}/hosts.map)]\n"
            f"backend backend\n  server one 127.0.0.1:{self.backend_port} pool-max-conn 256\n")

    def launch(self):
        self.spawn("haproxy", "-W", "-f", str(self.folder / "haproxy.cfg"))

    def add(self, host):
        self.hosts.append(host)
        self.configure()
        self.processes[0].send_signal(signal.SIGUSR2)


class Palpo(Peer):
    """The real controller on a directory of manifests, and the real data plane."""

    name = "palpo"

    def __init__(self, folder, pki, backend_port, binaries):
        super().__init__(folder, pki, backend_port)
        self.binaries = Path(binaries).resolve()
        self.manifests = self.folder / "manifests"
        self.manifests.mkdir(exist_ok=True)

    def manifest(self, host):
        return self.pki.secret_manifest(host) + f"""---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: "{host}"}}
spec:
  ingressClassName: palpo
  tls: [{{hosts: ["{host}"], secretName: "{host}"}}]
  rules:
    - host: "{host}"
      http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: backend, port: {{number: 80}}}}}}}}]}}
"""

    # Plain requests are redirected where a host has TLS: the plain row gets a host of its own without.
    def plain_manifest(self):
        return """---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: plain}
spec:
  ingressClassName: palpo
  rules:
    - host: plain.test
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: backend, port: {number: 80}}}}]}
"""

    def configure(self):
        (self.manifests / "base.yaml").write_text(f"""apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: palpo}}
spec: {{controller: palpo.im/ingress-controller}}
---
apiVersion: v1
kind: Service
metadata: {{name: backend}}
spec: {{ports: [{{name: http, port: 80}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: backend-1, labels: {{kubernetes.io/service-name: backend}}}}
addressType: IPv4
endpoints: [{{addresses: ["127.0.0.1"]}}]
ports: [{{name: http, port: {self.backend_port}}}]
""" + self.plain_manifest())
        for host in self.hosts:
            self.write_manifest(host)

    def launch(self):
        socket_path = self.folder / "run" / "dataplane.sock"
        socket_path.parent.mkdir(mode=0o700, exist_ok=True)
        self.admin = free_port()
        self.spawn(self.binaries / "palpo-ingress-dataplane", "--socket", str(socket_path), "--workers", "1",
                   "--listen-http", f"127.0.0.1:{self.plain}", "--listen-https", f"127.0.0.1:{self.tls}",
                   "--listen-federation", "off", "--admin", f"127.0.0.1:{self.admin}")
        self.spawn(self.binaries / "palpo-ingress-controller", "run", "--source", f"dir:{self.manifests}",
                   "--socket", str(socket_path), "--admin", f"127.0.0.1:{free_port()}", pin=False)

    def write_manifest(self, host):
        fresh = self.folder / "fresh"
        fresh.write_text(self.manifest(host))
        fresh.rename(self.manifests / f"{host}.yaml")

    def add(self, host):
        self.hosts.append(host)
        self.write_manifest(host)
