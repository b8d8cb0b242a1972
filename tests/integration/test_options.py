# SPDX-License-Identifier: Apache-2.0
"""What both programs say on the command line."""
import re

import pytest
from palpo_test.processes import program, run

CONTROLLER, DATAPLANE = "palpo-ingress-controller", "palpo-ingress-dataplane"
OPTIONS = {
    CONTROLLER: ["--source", "--socket", "--admin", "--kubeconfig", "--log-format", "--log-level", "--publish-address",
                 "--publish-service"],
    DATAPLANE: ["--socket", "--listen-http", "--listen-https", "--listen-federation", "--admin", "--workers"],
}


@pytest.mark.parametrize("name", [CONTROLLER, DATAPLANE])
def test_help_can_be_read(name):
    done = run([program(name), "--help"])
    assert done.returncode == 0
    assert done.stderr == ""
    for option in OPTIONS[name]:
        assert option in done.stdout
    assert "PALPO_SOCKET" in done.stdout or "PALPO_" in done.stdout, "environment variables are mentioned"
    assert max(len(line) for line in done.stdout.splitlines()) <= 100


@pytest.mark.parametrize("name", [CONTROLLER, DATAPLANE])
def test_version(name):
    done = run([program(name), "--version"])
    assert done.returncode == 0
    assert re.fullmatch(rf"{name} \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("name, arguments, told", [
    (CONTROLLER, ["--no-such-option"], "--no-such-option"),
    (CONTROLLER, ["--source", "https://x"], "--source"),
    (CONTROLLER, ["--source"], "--source"),
    (CONTROLLER, ["--admin", "nonsense"], "--admin"),
    (CONTROLLER, ["--https-port", "0"], "--https-port"),
    (CONTROLLER, ["--https-port", "70000"], "--https-port"),
    (CONTROLLER, ["--log-level", "loud"], "--log-level"),
    (CONTROLLER, ["--publish-service", "no-slash"], "--publish-service"),
    (CONTROLLER, ["--publish-address", "1.2.3.4", "--publish-service", "a/b"], "--publish-service"),
    (CONTROLLER, ["--watch-idle-timeout", "0s"], "--watch-idle-timeout"),
    (CONTROLLER, ["no-such-command"], "no-such-command"),
    (CONTROLLER, ["validate"], "PATH"),
    (CONTROLLER, ["run", "more"], "more"),
    (DATAPLANE, ["--no-such-option=1"], "--no-such-option"),
    (DATAPLANE, ["--workers", "0"], "--workers"),
    (DATAPLANE, ["--workers", "many"], "--workers"),
    (DATAPLANE, ["--listen-https", "here"], "--listen-https"),
    (DATAPLANE, ["--listen-https", "name.example:443"], "--listen-https"),
    (DATAPLANE, ["--drain-timeout", "5"], "--drain-timeout"),
    (DATAPLANE, ["--socket", ""], "--socket"),
    (DATAPLANE, ["stray"], "stray"),
])
def test_bad_options_end_with_one_line(name, arguments, told):
    done = run([program(name), *arguments])
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert told in done.stderr


@pytest.mark.parametrize("name, variable, value", [
    (CONTROLLER, "PALPO_LOG_LEVEL", "loud"), (CONTROLLER, "PALPO_SOURCE", "nonsense"),
    (DATAPLANE, "PALPO_LISTEN_HTTP", "nonsense"), (DATAPLANE, "PALPO_WORKERS", "none")])
def test_every_option_is_an_environment_variable(name, variable, value):
    done = run([program(name)], env={variable: value})
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert variable in done.stderr


def test_the_command_line_wins_over_the_environment():
    done = run([program(DATAPLANE), "--workers", "none"], env={"PALPO_WORKERS": "2"})
    assert done.returncode == 2
    assert "--workers" in done.stderr


@pytest.mark.parametrize("name", [CONTROLLER, DATAPLANE])
def test_an_admin_address_that_is_taken(processes, folder, name):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        (folder / "run").mkdir(mode=0o700)
        more = ["--source", f"dir:{folder}"] if name == CONTROLLER else []
        done = run([program(name), "--admin", address, "--socket", folder / "run/s", *more])
    assert done.returncode == 1
    assert address in done.stderr
