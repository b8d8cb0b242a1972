"""The loads: each runs against one proxy for a short while and says how many operations were completed."""
import re
import socket
import ssl
import subprocess

from peers import LOAD_CPU


def wrk(url, host, seconds, connections=32):
    out = subprocess.run(
        ["taskset", "-c", LOAD_CPU, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", f"Host: {host}", url],
        check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit(f"wrk {url}: {out}")
    done = int(re.search(r"(\d+) requests in", out).group(1))
    if done == 0:
        raise SystemExit(f"wrk {url}: no request was answered: {out}")
    return done


def client_context(ca):
    context = ssl.create_default_context(cafile=str(ca))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def connect(context, port, host, session=None):
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30), server_hostname=host,
                               session=session)


def read_answer(stream):
    """One answer with a Content-Length; returns its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = stream.recv(65536)
        if not piece:
            raise ConnectionError("closed before the head")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
    while len(rest) < length:
        piece = stream.recv(65536)
        if not piece:
            raise ConnectionError("closed in the body")
        rest += piece
    return int(head.split()[1])


def get(stream, host, target="/"):
    stream.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return read_answer(stream)


def handshakes(context, port, host, count, resume):
    """A new connection and one request each; resumed ones reuse the first session."""
    session = None
    if resume:
        with connect(context, port, host) as first:
            get(first, host)
            session = first.session
    for _ in range(count):
        with connect(context, port, host, session) as stream:
            if get(stream, host) != 200:
                raise SystemExit("a handshake row's request failed")
            if resume and not stream.session_reused:
                raise SystemExit("a session was not resumed")
    return count


def curl_bulk(ca, port, host, megabytes, upload_file=None):
    url = f"https://{host}:{port}/" + ("sink" if upload_file else f"bytes/{megabytes << 20}")
    command = ["taskset", "-c", LOAD_CPU, "curl", "-sSf", "--http1.1", "--cacert", str(ca), "--resolve",
               f"{host}:{port}:127.0.0.1", "-o", "/dev/null", "-w", "%{http_code} %{size_download} %{size_upload}", url]
    if upload_file:
        command += ["-H", "Expect:", "-X", "POST", "-T", str(upload_file)]
    code, down, up = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    moved = int(up if upload_file else down)
    if code != "200" or moved != megabytes << 20:
        raise SystemExit(f"bulk transfer: status {code}, {moved} bytes")
    return moved / 1e9


def idle_polls(context, port, host, count):
    """Opens long polls that the backend leaves unanswered; returns the open connections."""
    streams = []
    for _ in range(count):
        stream = connect(context, port, host)
        stream.sendall(f"GET /poll HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        streams.append(stream)
    return streams
