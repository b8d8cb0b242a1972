# SPDX-License-Identifier: Apache-2.0
"""A hundred homeservers from one Kustomize fleet, as somebody keeps them in Git."""
import json
import os
import re

from palpo_test import manifests
from palpo_test.processes import REPOSITORY
from palpo_test.waiting import wait_until

from release import namespace

COUNT = 100
NAMESPACE = "fleet"
PAGE = REPOSITORY / "docs/gitops.md"


def write_fleet(folder, authority):
    """One base, one component per homeserver: what differs is the name. One certificate for all, by a wildcard."""
    names = [f"community-{number:03d}" for number in range(COUNT)]
    base = folder / "base"
    base.mkdir()
    (base / "homeserver.json").write_text(json.dumps(manifests.homeserver("homeserver", "replaced.fleet.test", secret="fleet-tls")))
    (base / "service.json").write_text(json.dumps(manifests.service("homeserver")))
    (base / "kustomization.yaml").write_text("resources: [homeserver.json, service.json]\n")
    for name in names:
        (folder / name).mkdir()
        (folder / name / "kustomization.yaml").write_text(f"""\
resources: [../base]
nameSuffix: -{name}
patches:
  - target: {{kind: PalpoHomeserver}}
    patch: |
      - {{op: replace, path: /spec/serverName, value: {name}.fleet.test}}
      - {{op: replace, path: /spec/backend/service/name, value: homeserver-{name}}}
""")
    certificate = authority.issue("*.fleet.test")
    (folder / "secret.json").write_text(json.dumps(manifests.tls_secret("fleet-tls", certificate)))
    (folder / "kustomization.yaml").write_text(
        f"namespace: {NAMESPACE}\nresources: [secret.json, {', '.join(names)}]\n")
    return names


def shown(cluster, *arguments):
    """A call of kubectl and what it printed, as a page shows it. Of a long table the first and the last lines."""
    lines = cluster.kubectl(*arguments).stdout.splitlines()
    if len(lines) > 60:
        lines = lines[:6] + ["..."] + lines[-3:]
    return "".join(f"    {line}".rstrip() + "\n" for line in [f"$ kubectl {' '.join(arguments)}"] + lines)


def write_page(outputs):
    begin = f"<!-- output: begin. As kubectl prints it, of the {COUNT} homeservers of tests/cluster/test_fleet.py. -->"
    text = "\n".join([begin + "\n", *outputs, "<!-- output: end -->"])
    PAGE.write_text(re.sub(r"<!-- output: begin.*?<!-- output: end -->", lambda _: text, PAGE.read_text(), flags=re.S))


def test_a_hundred_homeservers_are_ready(cluster, release, authority, folder):
    cluster.apply(namespace(NAMESPACE))
    names = write_fleet(folder, authority)
    slices = [manifests.endpoint_slice(f"homeserver-{name}", [("10.244.0.250", 8008)], namespace=NAMESPACE) for name in names]
    cluster.apply(*slices)
    cluster.kubectl("apply", "-k", folder)
    cluster.kubectl("wait", "-n", NAMESPACE, "phs", "--all", "--for=condition=Ready", "--timeout=120s", timeout=150)
    table = cluster.kubectl("get", "phs", "-A").stdout.splitlines()
    assert len(table) == COUNT + 1
    assert table[0].split() == ["NAMESPACE", "NAME", "SERVER", "NAME", "HOST", "READY", "AGE"]
    assert all(line.split()[3] == "True" for line in table[1:]), table[:5]
    told = cluster.kubectl("describe", "phs", "-n", NAMESPACE, f"homeserver-{names[7]}").stdout
    for word in (rf"Server Name: +{names[7]}.fleet.test", r"Observed Generation: +1", r"Status: +True\n +Type: +Ready"):
        assert re.search(word, told), told
    outputs = [shown(cluster, *call) for call in (("get", "phs", "-A"), ("get", "phs", "-A", "-o", "wide"),
                                                  ("describe", "phs", "-n", NAMESPACE, f"homeserver-{names[7]}"))]
    # One is changed, one is removed; the others notice nothing.
    cluster.kubectl("patch", "phs", "-n", NAMESPACE, f"homeserver-{names[0]}", "--type=merge", "-p",
                    '{"spec": {"backend": {"service": {"name": "nobody"}}}}')
    wait_until("its condition", lambda: manifests.condition(
        cluster.get("phs", f"homeserver-{names[0]}", "-n", NAMESPACE), "Ready")["status"] == "False", 30)
    outputs.append("The Event of one whose backend was misspelt:\n")
    events = ("events", "-n", NAMESPACE, "--for", f"phs/homeserver-{names[0]}")
    wait_until("its Event", lambda: "Warning" in cluster.kubectl(*events).stdout, 30)
    outputs.append(shown(cluster, *events))
    if os.environ.get("PALPO_UPDATE_DOCS"):
        write_page(outputs)
    cluster.kubectl("delete", "phs", "-n", NAMESPACE, f"homeserver-{names[1]}")
    items = cluster.get("phs", "-n", NAMESPACE)["items"]
    assert sum(manifests.condition(one, "Ready")["status"] == "True" for one in items) == COUNT - 2
    cluster.kubectl("delete", "namespace", NAMESPACE, timeout=180)
