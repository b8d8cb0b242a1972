# SPDX-License-Identifier: Apache-2.0
"""W3C trace context goes on byte for byte, and a traceparent that is one is in the access log."""
import json
import re

import pytest
from palpo_test import manifests
from palpo_test.waiting import wait_until

HOST, TARGET = "trace.test", "/_matrix/client/versions"
GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
LATER = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

# Lines of the request as they are sent, and what of them is logged.
CASES = {
    "well formed": ([b"traceparent: " + GOOD.encode(), b"tracestate: congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"], GOOD),
    "in other letters and with blanks": ([b"TraceParent:\t " + GOOD.encode() + b"  ", b"TRACESTATE: a=b "], GOOD),
    "of a later version": ([b"traceparent: " + LATER.encode() + b"-more-than-we-know", b"tracestate: "], LATER),
    "several states": ([b"traceparent: " + GOOD.encode(), b"tracestate: a=1", b"tracestate: b=2"], GOOD),
    "none": ([], ""),
    "a state alone": ([b"tracestate: a=b"], ""),
    "twice": ([b"traceparent: " + GOOD.encode(), b"traceparent: " + LATER.encode()], ""),
    "no hexadecimal": ([b"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01"], ""),
    "all zeros": ([b"traceparent: 00-" + b"0" * 32 + b"-00f067aa0ba902b7-01"], ""),
    "an attack on the log": ([b'traceparent: 00-"\\ status=200 owner="x" \xff\x80-01'], ""),
    "long": ([b"traceparent: " + b"f" * 8000], ""),
    "of tenants": ([b"traceparent: " + GOOD.encode(), b"tracestate: fw529a3039@dt=FfffEjE3YQ==,\x80\xff=1"], GOOD),
}


@pytest.fixture(params=["json", "text"])
def logged(request, ingress, make_backend, authority):
    """Started; its access log has that form."""
    ingress.backend = make_backend()
    manifests.write(ingress.manifests / "all.yaml", manifests.tls_secret("homeserver-tls", authority.issue(HOST)),
                    manifests.service("homeserver"), manifests.endpoint_slice("homeserver", [ingress.backend.address]),
                    manifests.homeserver("homeserver", HOST))
    ingress.start_controller()
    ingress.start_dataplane("--access-log", request.param)
    ingress.wait_ready()
    ingress.form = request.param
    return ingress


def entries(ingress):
    """target -> fields of its line in the access log."""
    found = {}
    for line in ingress.dataplane.log().splitlines():
        if ingress.form == "json":
            fields = json.loads(line)
        else:
            fields = {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S+))', line)}
        if "request_id" in fields:
            found[fields["target"]] = fields
    return found


def test_trace_context(logged):
    targets = {name: f"{TARGET}?case={number}" for number, name in enumerate(CASES)}
    with logged.client(HOST) as client:
        for name, (lines, _) in CASES.items():
            client.send(b"\r\n".join([f"GET {targets[name]} HTTP/1.1".encode(), f"Host: {HOST}".encode(), *lines]) + b"\r\n\r\n")
            assert client.read().status == 200, name
    sent = {request.target.decode(): request.head.split(b"\r\n") for request in logged.backend.requests}
    for name, (lines, _) in CASES.items():
        assert [line for line in sent[targets[name]] if line.lower().startswith(b"trace")] == lines, name
    wait_until("the access log", lambda: set(targets.values()) <= set(entries(logged)))
    written = entries(logged)
    for name, (_, expected) in CASES.items():
        assert written[targets[name]]["traceparent"] == expected, name
        assert written[targets[name]]["owner"] == "PalpoHomeserver/default/homeserver", name
