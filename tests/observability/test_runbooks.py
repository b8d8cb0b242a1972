# SPDX-License-Identifier: Apache-2.0
"""Each alert has a page for the person on call: whole, true to the code, and with commands that work."""
import json
import re
import shlex
import subprocess
import sys

import pytest
from palpo_test.processes import REPOSITORY, program, run

import promql
import registry
from test_rules import ALERTS, RUNBOOKS

sys.path.insert(0, str(REPOSITORY / "helm"))
import generate_chart  # noqa: E402

PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(RUNBOOKS.glob("*.md")) if path.stem != "README"}
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Remedy"]
# Of the programs' logs.
EVENTS = {event for top in ("base", "controller", "dataplane") for path in (REPOSITORY / top).rglob("*.cpp")
          if not path.name.endswith("_test.cpp")
          for event in re.findall(r'\blog(?:_\w+)?\([^"]*"([a-z]+(?:\.[a-z_]+)+)"', path.read_text(encoding="utf-8"))}


def test_every_alert_has_a_page_and_every_page_an_alert():
    assert set(PAGES) == set(ALERTS)
    index = (RUNBOOKS / "README.md").read_text()
    listed = dict(re.findall(r"^\| \[(\w+)\]\(\1\.md\) \| (\w+) \|", index, re.M))
    assert listed == {name: rule["labels"]["severity"] for name, rule in ALERTS.items()}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(name):
    text = PAGES[name]
    assert text.startswith(f"# {name}\n")
    assert f"\nSeverity: {ALERTS[name]['labels']['severity']}.\n" in text
    assert re.findall(r"^## (.+)$", text, re.M) == SECTIONS
    assert "\n    " in text.split("## Diagnosis")[1].split("## Remedy")[0], "no command"
    for metric, _ in promql.metrics_of(ALERTS[name]["expr"]):
        assert metric in text or metric.endswith("_requests_total"), f"does not say what {metric} is about"


def names_in(text):
    """What stands in backticks."""
    return re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_names_exists(name, families):
    text = PAGES[name]
    known = set(registry.by_series(families)) | set(families)
    for metric in re.findall(r"\bpalpo_ingress_\w+", text):
        assert metric in known, metric
    schema = generate_chart.Schema((REPOSITORY / "helm/palpo-ingress/values.schema.json").read_text())
    words = {word for quoted in names_in(text) for word in re.findall(r"^[a-zA-Z]\w*(?:\.\w+)+(?=$|: )", quoted)}
    for word in words:
        field = word.startswith("spec.") or word.endswith((".crt", ".key", ".io"))  # of an object, of a Secret; a group
        assert field or word in EVENTS or is_value(schema, word), word
    for command in commands_of(text):
        for pattern in re.findall(r"grep (?:-E )?'?([a-z_.|]+)'?$", command):
            for event in pattern.split("|"):
                assert any(event in known for known in (*EVENTS, *families)), event
    helps = "".join(run([program(one), "--help"]).stdout for one in registry.PROGRAMS)
    for option in [word for quoted in names_in(text) for word in re.findall(r"(?<![\w-])--[a-z-]+", quoted)]:
        if any(quoted.startswith(("kubectl", "helm", "cmctl")) and option in quoted for quoted in names_in(text)):
            continue
        assert f"{option} " in helps or f"{option}\n" in helps, option
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (RUNBOOKS / link).exists(), link


def is_value(schema, path):
    """Of the chart."""
    node = schema.resolved(schema.root)
    for part in path.split("."):
        if part not in node.get("properties", {part: {}}):
            return False
        node = schema.resolved(node.get("properties", {part: {}})[part])
    return True


SHIM = """#!{python}
# What a person on call types, led to the programs under test.
import json, os, re, sys
given = sys.argv[1:]
pair = json.loads(os.environ["PAIR"])
if os.path.basename(sys.argv[0]) == "curl":
    os.execv("/usr/bin/curl", ["curl", "--fail", *[re.sub(r"127\\.0\\.0\\.1:(990[12])", lambda m: "127.0.0.1:" + pair[m[1]], word) for word in given]])
with open(os.environ["RECORD"], "a") as record:
    record.write(json.dumps(given) + "\\n")
if "logs" in given:
    container = given[given.index("--container") + 1] if "--container" in given else "dataplane"
    print(open(pair[container]).read(), end="")
elif "secret" in given and "--output" in given:
    print(pair["certificate"], end="")
"""
# Of whatever is not ours to run here: a cluster, cert-manager, a public host.
ELSEWHERE = re.compile("openssl s_client|palpo-ingress-controller validate|https://example.com")


def commands_of(text):
    return re.findall(r"^    (\S.*)$", text, re.M)


@pytest.fixture(scope="module")
def on_call(showcase, workdir):
    """Runs a line as a person on call would; returns what it prints."""
    folder = workdir / "on-call"
    folder.mkdir()
    for name in ("kubectl", "curl"):
        (folder / name).write_text(SHIM.format(python=sys.executable))
        (folder / name).chmod(0o755)
    edge = showcase.edge
    pair = {"9901": str(edge.controller_admin.address[1]), "9902": str(edge.dataplane_admin.address[1]),
            "controller": str(edge.controller.log_path), "dataplane": str(edge.dataplane.log_path),
            "certificate": showcase.certificates["expiring"].cert_base64()}
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "PAIR": json.dumps(pair), "RECORD": str(folder / "record"),
                   "HOME": str(folder)}

    def call(line):
        done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in (0, 1) and not done.stderr, f"{line}: {done.returncode} {done.stderr}"  # 1: grep found nothing
        return done.stdout

    call.record = folder / "record"
    return call


@pytest.mark.parametrize("name", PAGES)
def test_commands_work(name, on_call):
    for line in commands_of(PAGES[name]):
        subprocess.run(["bash", "-n", "-c", line], check=True)
        if ELSEWHERE.search(line):
            continue
        on_call(line.removesuffix(" &"))


def test_kubectl_is_asked_for_what_it_knows(on_call):
    """By the options and verbs of a real kubectl, where there is one."""
    verbs = {"get", "describe", "logs", "port-forward", "auth", "top"}
    lines = {line for text in PAGES.values() for line in commands_of(text)}
    for line in lines:
        words = list(shlex.shlex(line, posix=True, punctuation_chars="|<>&"))
        for number, word in enumerate(words):
            if word != "kubectl":
                continue
            rest = words[number + 1:]
            while rest[0].startswith("--"):
                rest = rest[2:] if "=" not in rest[0] else rest[1:]
            assert rest[0] in verbs, line


@pytest.mark.parametrize("line,words", [
    ("curl --silent http://127.0.0.1:9901/config | jq .dataPlanes.refused", "certificate fleet/weak-tls"),
    ("curl --silent http://127.0.0.1:9901/config | jq .sources.faults", "broken.yaml"),
    ("kubectl --namespace palpo-ingress logs POD --container controller | grep -E 'publish.refused|publish.held_back'", "ee key too small"),
])
def test_they_show_what_is_wrong(on_call, line, words):
    assert any(line in text for text in PAGES.values()), "no page says so"
    assert words in on_call(line)


def test_whose_failures_grow(on_call):
    line = next(line for line in commands_of(PAGES["PalpoIngressServerErrors"]) if "metrics/owners" in line)
    first = on_call(line).splitlines()[0]
    assert re.search(r'owner="PalpoHomeserver/fleet/(failing|orphan|unreachable)"', first), first
