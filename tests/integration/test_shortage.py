# SPDX-License-Identifier: Apache-2.0
"""The data plane while places or descriptors run short: probes are answered, and who waits for a request makes room."""
import pytest
from conftest import write_homeserver
from palpo_test.backend import Backend, held
from palpo_test.http_client import Client
from palpo_test.waiting import wait_until

HOST = "matrix.example.test"
TARGET = "/_matrix/client/versions"


@pytest.fixture
def short_of(ingress, backend, authority):
    """Starts both programs, the data plane with the options and below the command given."""

    def start(*options, under=()):
        write_homeserver(ingress, backend, authority)
        ingress.start_controller()
        ingress.start_dataplane(*options, under=under)
        ingress.wait_ready()
        return ingress

    return start


def idle_clients(ingress, count):
    """Connections that have had a request and wait for the next."""
    clients = []
    for _ in range(count):
        client = Client(ingress.https, ingress.tls, HOST)
        assert client.get(TARGET).status == 200
        clients.append(client)
    return clients


def test_idle_clients_make_room_oldest_first(short_of):
    ingress = short_of("--max-connections", "8", "--workers", "1")
    clients = idle_clients(ingress, 8)
    for _ in range(3):
        with Client(ingress.https, ingress.tls, HOST, timeout=5) as fresh:
            assert fresh.get(TARGET).status == 200
            # Whoever has waited longest is gone, the youngest is still there.
            assert clients[-1].get(TARGET).status == 200
    assert clients[0].sock.recv(1) == b""
    for client in clients:
        client.close()


def test_probes_and_clients_while_descriptors_run_short(short_of, backend):
    """100 descriptors for clients that may be 1,000: the program lives, says so, and serves whoever asks."""
    ingress = short_of("--max-connections", "1000", under=("prlimit", "--nofile=100:100"))
    clients = []
    for _ in range(150):
        client = Client(ingress.http)
        client.start("GET", TARGET, host=HOST)
        client.read()
        clients.append(client)
    # The probe may meet the moment in which the last descriptor is taken: it is asked again as a kubelet does.
    assert ingress.dataplane_admin.get("/livez").status == 200
    assert ingress.dataplane_admin.get("/readyz").status == 200
    with Client(ingress.https, ingress.tls, HOST, timeout=5) as fresh:
        assert fresh.get(TARGET).status == 200
    ingress.dataplane.require_running()
    for client in clients:
        client.close()
