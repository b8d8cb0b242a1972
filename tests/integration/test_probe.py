# SPDX-License-Identifier: Apache-2.0
"""`palpo-ingress-controller probe`: what `helm test` runs, against both programs."""
import pytest
from palpo_test import manifests, network, pki
from palpo_test.processes import program, run

HOST = "probe.example.test"
MARK = "a1b2c3"


def homeserver():
    found = manifests.homeserver("probe", HOST, host="elsewhere.example.test", secret="probe-tls",
                                 wellKnown={"only": True, "client": {"im.palpo.ingress.probe": MARK}})
    del found["spec"]["backend"]
    return found


@pytest.fixture
def elsewhere(ingress, authority):
    """Started, and not yet told of HOST. put() tells it."""
    issued = authority.issue(HOST)

    def put():
        manifests.write(ingress.manifests / "probe.yaml", manifests.tls_secret("probe-tls", issued), homeserver())

    ingress.put = put
    manifests.write(ingress.manifests / "empty.yaml", manifests.ingress_class())
    return ingress.start()


def command(ingress, authority, *more, timeout=20, host=HOST, ports=None):
    listeners = {"http": ingress.http, "https": ingress.https, "federation": ingress.federation, **(ports or {})}
    text = ",".join(f"{name}={address[1]}" for name, address in listeners.items())
    return [program("palpo-ingress-controller"), "probe", host, "--probe-connect", "127.0.0.1", "--probe-ports", text,
            "--probe-ca", authority.cert, "--probe-timeout", f"{timeout}s", *more]


def test_every_port_is_asked(elsewhere, authority):
    elsewhere.put()
    done = run(command(elsewhere, authority, "--probe-text", MARK))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    good = [line for line in lines if line.endswith("as it should")]
    assert [line.split()[0] for line in good] == ["http", "https", "federation"]
    assert lines[-1] == f"probe: {HOST} is served"
    assert done.stderr == ""


def test_a_port_may_have_an_address_of_its_own(elsewhere, authority):
    elsewhere.put()
    done = run([program("palpo-ingress-controller"), "probe", HOST, "--probe-connect", "absent.invalid", "--probe-timeout", "20s",
                "--probe-ca", authority.cert, "--probe-ports", f"federation=localhost:{elsewhere.federation[1]}"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[0].startswith(f"federation  localhost:{elsewhere.federation[1]} ")


def test_it_waits_until_the_host_is_served(elsewhere, authority, processes):
    asking = processes.start("probe", command(elsewhere, authority, timeout=60))
    asking.wait_for_log("expected a redirect to https")
    elsewhere.put()
    assert asking.wait(30) == 0, asking.log()
    assert f"probe: {HOST} is served" in asking.log()


@pytest.mark.parametrize("what", ["not served", "nobody there", "another text", "another authority", "another name"])
def test_the_step_that_fails_is_named(elsewhere, authority, folder, what):
    more, named, options = [], "", {}
    if what != "not served":
        elsewhere.put()
    if what == "not served":
        named = "http: 127.0.0.1"
    elif what == "nobody there":
        nobody = network.free_port()
        options["ports"] = {"federation": ("127.0.0.1", nobody)}
        named = f"federation: 127.0.0.1:{nobody} /_matrix/key/v2/server: connect to 127.0.0.1"
    elif what == "another text":
        more, named = ["--probe-text", "absent"], "answered 200, expected the host's document"
    elif what == "another authority":
        more, named = ["--probe-ca", pki.Authority(folder / "pki").cert], "certificate verify failed"
    else:
        options["host"] = "other.example.test"
        named = "other.example.test is not served"
    done = run(command(elsewhere, authority, *more, timeout=2, **options))
    assert done.returncode == 1, done.stdout
    assert done.stderr.startswith("probe: ") and "is not served after 2s" in done.stderr
    assert named in done.stderr
