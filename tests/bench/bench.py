#!/usr/bin/env python3
"""The rows of the table: every proxy in turn, several rounds, medians and ratios. See tests/bench/README.md."""
import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import changes
import loads
import peers
from pki import Pki

ROWS = {
    "a": "small GET, plain, us CPU/request",
    "b": "small GET, TLS 1.3, us CPU/request",
    "d": "full handshake + request, us CPU",
    "dr": "resumed handshake + request, us CPU",
    "e": "50 MB download, TLS, CPU s/GB",
    "eu": "50 MB upload, TLS, CPU s/GB",
    "f": "idle long-poll over TLS, KB a connection",
    "g": "add one of 1,000 TLS hosts until it answers, ms",
}
HOST = "localhost"  # the one name that resolves everywhere: wrk sends as SNI what it connects to


def cpu_per(peer, unit, load):
    before = peers.cpu_seconds(peer.pid)
    done = load()
    return (peers.cpu_seconds(peer.pid) - before) / done * unit


def plain_host(peer):
    return "plain.test" if peer.name == "palpo" else HOST


def rows_for(peer, context, ca, upload_file, seconds, polls):
    def memory():
        before = peers.memory_bytes(peer.pid)
        streams = loads.idle_polls(context, peer.tls, HOST, polls)
        time.sleep(0.5)  # the last requests reach the backend; nothing to observe from outside
        grown = (peers.memory_bytes(peer.pid) - before) / polls / 1024
        for stream in streams:
            stream.close()
        return grown

    return {
        "a": lambda: cpu_per(peer, 1e6, lambda: loads.wrk(f"http://127.0.0.1:{peer.plain}/", plain_host(peer), seconds)),
        "b": lambda: cpu_per(peer, 1e6, lambda: loads.wrk(f"https://{HOST}:{peer.tls}/", HOST, seconds)),
        "d": lambda: cpu_per(peer, 1e6, lambda: loads.handshakes(context, peer.tls, HOST, 500, resume=False)),
        "dr": lambda: cpu_per(peer, 1e6, lambda: loads.handshakes(context, peer.tls, HOST, 500, resume=True)),
        "e": lambda: cpu_per(peer, 1, lambda: sum(loads.curl_bulk(ca, peer.tls, HOST, 50) for _ in range(4))),
        "eu": lambda: cpu_per(peer, 1, lambda: sum(loads.curl_bulk(ca, peer.tls, HOST, 50, upload_file) for _ in range(4))),
        "f": memory,
    }


def print_table(rows, results, names):
    print(f"\n| row | {' | '.join(names)} | palpo / best peer |\n|---|" + "---|" * (len(names) + 1))
    for row in rows:
        cells = {n: statistics.median(results[row][n]) for n in names if results[row][n]}
        others = [v for n, v in cells.items() if n != "palpo"]
        ratio = f"{cells['palpo'] / min(others):.2f}" if others and "palpo" in cells else "-"
        shown = " | ".join(f"{cells[n]:.3g}" if n in cells else "-" for n in names)
        print(f"| {row}. {ROWS[row]} | {shown} | **{ratio}** |")


def interleaved(arguments, rows, folder, pki, backend_port):
    context = loads.client_context(pki.ca)
    upload_file = folder / "upload"
    upload_file.write_bytes(os.urandom(1 << 20) * 50)
    running = [peers.Palpo(folder, pki, backend_port, arguments.bin), peers.Nginx(folder, pki, backend_port),
               peers.Haproxy(folder, pki, backend_port)]
    names = [p.name for p in running]
    results = {row: {n: [] for n in names} for row in rows}
    try:
        for peer in running:
            peer.start([HOST])
            changes.wait_until_answered(context, peer.tls, HOST, 30)
        measures = {p.name: rows_for(p, context, pki.ca, upload_file, arguments.seconds, arguments.polls) for p in running}
        for round_number in range(arguments.rounds):
            order = running[round_number % 3:] + running[:round_number % 3]
            for row in rows:
                if row == "f" and round_number > 0:
                    continue  # memory of a warm process says nothing new
                for peer in order:
                    results[row][peer.name].append(measures[peer.name][row]())
            print(f"round {round_number + 1} of {arguments.rounds} done", flush=True)
    finally:
        for peer in running:
            peer.stop()
    return results, names


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="folder of the programs")
    parser.add_argument("--rows", default="a,b,d,dr,e,eu,f,g,change", help="comma-separated (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="length of one wrk run")
    parser.add_argument("--polls", type=int, default=1000, help="long polls of row f")
    parser.add_argument("--hosts", type=int, default=1000, help="hosts of rows g and change")
    arguments = parser.parse_args()
    rows = arguments.rows.split(",")
    unknown = set(rows) - set(ROWS) - {"change"}
    if unknown:
        parser.error(f"--rows: unknown row {', '.join(sorted(unknown))}")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    with tempfile.TemporaryDirectory(prefix="palpo-bench-") as name:
        os.chmod(name, 0o755)
        folder = Path(name)
        pki = Pki(folder / "pki")
        backend_port = peers.free_port()
        backend = subprocess.Popen(["taskset", "-c", peers.LOAD_CPU, str(Path(arguments.bin) / "palpo-bench-upstream"),
                                    f"127.0.0.1:{backend_port}"])
        try:
            peers.wait_for_port(backend_port, backend)
            timed = [r for r in rows if r not in ("g", "change")]
            if timed:
                print_table(timed, *interleaved(arguments, timed, folder, pki, backend_port))
            if "g" in rows:
                results = changes.add_host_row(arguments, folder, pki, backend_port)
                print_table(["g"], {"g": results}, list(results))
            if "change" in rows:
                changes.change_to_answer(arguments, folder, pki, backend_port)
        finally:
            backend.terminate()
            backend.wait()


main()
