"""How long a change takes until a request shows it, and what it costs, among many hosts."""
import shutil
import ssl
import statistics
import time
from pathlib import Path

import loads
import peers


def answers(context, port, host):
    try:
        with loads.connect(context, port, host) as stream:
            return loads.get(stream, host) == 200
    except (OSError, ssl.SSLError, AttributeError):
        return False


def answered_within(context, port, host, seconds):
    end = time.monotonic() + seconds
    while not answers(context, port, host):
        if time.monotonic() > end:
            return False
    return True


def wait_until_answered(context, port, host, seconds):
    if not answered_within(context, port, host, seconds):
        raise SystemExit(f"{host} on port {port} does not answer")


def add_host_row(arguments, folder, pki, backend_port):
    """Row g: one more host with its certificate beside --hosts others; until a verified request succeeds."""
    context = loads.client_context(pki.ca)
    hosts = [f"host{i}.test" for i in range(arguments.hosts)]
    print(f"making {len(hosts)} certificates", flush=True)
    for host in [*hosts, *(f"added{i}.test" for i in range(10))]:
        pki.certificate(host)
    results = {}
    folder = Path(folder) / "g"
    for make in (lambda: peers.Palpo(folder, pki, backend_port, arguments.bin),
                 lambda: peers.Nginx(folder, pki, backend_port), lambda: peers.Haproxy(folder, pki, backend_port)):
        folder.mkdir(exist_ok=True)
        peer = make()
        try:
            peer.start(hosts)
            wait_until_answered(context, peer.tls, hosts[-1], 120)
            results[peer.name] = []
            for i in range(10):
                host = f"added{i}.test"
                time.sleep(0.5)  # HAProxy's master drops a signal that comes before its last reload is over
                begin = time.monotonic()
                peer.add(host)
                if not answered_within(context, peer.tls, host, 30):
                    print(f"row g: {peer.name} does not serve {host} after 30 s{peers.log_of(peer.processes[0])}")
                    break
                results[peer.name].append((time.monotonic() - begin) * 1000)
        finally:
            peer.stop()
            shutil.rmtree(folder)
    return results


def homeserver_manifest(name, port):
    return f"""apiVersion: palpo.im/v1alpha1
kind: PalpoHomeserver
metadata: {{name: "{name}"}}
spec:
  serverName: "{name}.bench.test"
  backend: {{service: {{name: "backend", port: 80}}}}
  tls: {{secretName: wildcard}}
  wellKnown: {{client: {{org.example.revision: "{port}"}}}}
"""


def change_to_answer(arguments, folder, pki, backend_port):
    """One object changed among --hosts homeservers: from the rename of its file to the first request that shows it."""
    folder = Path(folder) / "change"
    folder.mkdir()
    wildcard = pki.certificate("*.bench.test")
    peer = peers.Palpo(folder, pki, backend_port, arguments.bin)
    context = loads.client_context(pki.ca)
    secret = pki.secret_manifest("*.bench.test").replace('"*.bench.test"', "wildcard")
    (peer.manifests / "wildcard.yaml").write_text(secret)
    for i in range(arguments.hosts):
        (peer.manifests / f"hs{i}.yaml").write_text(homeserver_manifest(f"hs{i}", 0))
    try:
        peer.start([])
        wait_until_answered_well_known(context, peer.tls, "hs0.bench.test", b'"0"')
        stream = loads.connect(context, peer.tls, "hs0.bench.test")
        times = []
        for revision in range(1, 201):
            fresh = peer.folder / "fresh"
            fresh.write_text(homeserver_manifest("hs0", revision))
            begin = time.monotonic()
            fresh.rename(peer.manifests / "hs0.yaml")
            while b'"%d"' % revision not in well_known(stream, "hs0.bench.test"):
                if time.monotonic() - begin > 10:
                    raise SystemExit(f"revision {revision} is not served")
            times.append((time.monotonic() - begin) * 1000)
        times.sort()
        print(f"\nobject change -> answered request, {arguments.hosts} homeservers, 200 changes: median"
              f" {statistics.median(times):.1f} ms, p99 {times[197]:.1f} ms, most {times[-1]:.1f} ms"
              f" ({wildcard.name} for all)")
    finally:
        peer.stop()


def well_known(stream, host):
    stream.sendall(f"GET /.well-known/matrix/client HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    data = b""
    while not data.endswith(b"}"):
        piece = stream.recv(65536)
        if not piece:
            raise ConnectionError("closed")
        data += piece
    return data


def wait_until_answered_well_known(context, port, host, wanted):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            with loads.connect(context, port, host) as stream:
                if wanted in well_known(stream, host):
                    return
        except (OSError, ssl.SSLError):
            pass
    raise SystemExit(f"{host} does not answer")
