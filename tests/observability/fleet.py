# SPDX-License-Identifier: Apache-2.0
"""Many homeservers behind one ingress, and requests to each of them."""
import concurrent.futures
import re

from palpo_test import manifests
from palpo_test.http_client import Client
from palpo_test.http_wire import response_bytes

DOMAIN = "fleet.test"
CODES = (200, 404, 500)


def host(number):
    return f"matrix-{number:04d}.{DOMAIN}"


def owner(number):
    return f"PalpoHomeserver/default/hs-{number:04d}"


def objects(count, backend, secret=lambda number: "fleet-tls", orphans=()):
    """secret(number): the name of the homeserver's Secret. orphans: those whose Service does not exist."""
    shared = [manifests.service("homeserver"), manifests.endpoint_slice("homeserver", [backend.address])]
    return shared + [manifests.homeserver(f"hs-{number:04d}", f"hs-{number:04d}.{DOMAIN}", host=host(number),
                                          secret=secret(number),
                                          service_name="missing" if number in orphans else "homeserver")
                     for number in range(count)]


def answer_as_asked(exchange):
    """Answers with the status that the target asks for."""
    return response_bytes(int(re.search(rb"code=(\d+)", exchange.request.target)[1]), {})


def ask_everyone(address, tls, server_name, count, orphans=(), threads=2):
    """Each homeserver answers once with each of CODES. server_name: of a certificate that covers all."""
    def ask(numbers):
        with Client(address, tls, server_name, timeout=30) as client:
            for number in numbers:
                for code in CODES:
                    client.start("GET", f"/_matrix/client/versions?code={code}", host=host(number))
                for code in CODES:
                    assert client.read().status == (503 if number in orphans else code)
        return len(numbers) * len(CODES)

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(ask, [range(start, count, threads) for start in range(threads)]))
