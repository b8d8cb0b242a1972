# SPDX-License-Identifier: Apache-2.0
"""Manifests in a directory: what a person, an editor, a GitOps agent or a kubelet does to them, live."""
import json
import os
import shutil
import signal

import pytest
from palpo_test import manifests
from palpo_test.load import Load
from palpo_test.processes import program, run
from palpo_test.waiting import stays, wait_until

from conftest import write_homeserver

NAME, HOST = "example.test", "matrix.example.test"
TARGET = "/_matrix/client/versions"


def greeting(served):
    return served.get(NAME, "/.well-known/matrix/client").json().get("org.example.greeting")


def homeserver(text, name="homeserver"):
    return manifests.homeserver(name, NAME, host=HOST, wellKnown={"client": {"org.example.greeting": text}})


def wait_greeting(served, text):
    wait_until(f"greeting {text}", lambda: greeting(served) == text)


def faults(served):
    return served.controller_admin.get("/config").body.decode()


def test_the_quick_start_shape(served):
    assert served.get(HOST, TARGET).json() == {"backend": "backend"}
    assert served.get_federation(NAME, "/_matrix/federation/v1/version").status == 200
    assert served.get(NAME, "/.well-known/matrix/server").json()["m.server"].startswith(f"{HOST}:")
    assert served.get_plain(HOST, TARGET).status == 308


def test_an_atomic_rename(served):
    manifests.write(served.manifests / "homeserver.yaml", homeserver("renamed"))
    wait_greeting(served, "renamed")


def test_a_file_written_in_place(served):
    path = served.manifests / "homeserver.yaml"
    path.write_text(json.dumps(homeserver("in place")))
    wait_greeting(served, "in place")


def test_many_quick_edits_end_in_the_last(served):
    with Load(served.https, TARGET, served.tls, HOST, threads=1):
        for number in range(200):
            manifests.write(served.manifests / "homeserver.yaml", homeserver(number))
        wait_greeting(served, 199)


def test_an_editor(served):
    """vim: a swap file, a backup by rename, the new file beside, and a file that only probes the folder."""
    path = served.manifests / "homeserver.yaml"
    (served.manifests / ".homeserver.yaml.swp").write_bytes(b"b0VIM\0\0garbage")
    (served.manifests / "4913").write_text("")
    (served.manifests / "4913").unlink()
    with Load(served.https, TARGET, served.tls, HOST, threads=1) as load:
        path.rename(served.manifests / "homeserver.yaml~")
        path.write_text(json.dumps(homeserver("edited")))
        (served.manifests / "homeserver.yaml~").unlink()
        (served.manifests / "#homeserver.yaml#").write_text("kind: [")
        wait_greeting(served, "edited")
        load.wait_for_more()
    assert "swp" not in faults(served)


def test_a_broken_file_keeps_its_last_good_objects(served):
    path = served.manifests / "homeserver.yaml"
    good = path.read_text()
    with Load(served.https, TARGET, served.tls, HOST, threads=1) as load:
        path.write_text(good + "\n  bad: [yaml")
        wait_until("the fault to be told", lambda: "homeserver.yaml" in faults(served))
        load.wait_for_more()
        manifests.write(path, homeserver("mended"))
        wait_greeting(served, "mended")
        wait_until("the fault to be gone", lambda: "homeserver.yaml" not in faults(served))


@pytest.mark.parametrize("what, text, told", [
    ("an unknown field", lambda found: json.dumps(found).replace('"host"', '"hots"'), "hots"),
    ("a field twice", lambda found: json.dumps(found).replace('"spec": {', '"spec": {"host": "a.test", '), "host"),
    ("a wrong type", lambda found: json.dumps(found).replace('8008', '[8008]'), "port"),
    ("no name", lambda found: json.dumps({**found, "metadata": {}}), "name"),
    ("an unknown kind of ours", lambda found: json.dumps(found).replace("v1alpha1", "v9"), "v9"),
], ids=lambda value: value if isinstance(value, str) and " " in value else "")
def test_what_is_wrong_is_named_with_file_and_object(served, what, text, told):
    (served.manifests / "homeserver.yaml").write_text(text(homeserver("bad")))
    wait_until(f"a fault that names {told}", lambda: told in served.controller.log())
    lines = [line for line in served.controller.log_lines() if told in json.dumps(line)]
    assert any("homeserver.yaml" in json.dumps(line) for line in lines), lines
    assert served.get(HOST, TARGET).status == 200
    assert greeting(served) is None


def test_objects_come_and_go_with_their_files(served, authority):
    extra = served.manifests / "nested/deeper"
    issued = authority.issue("two.test")
    two = [manifests.tls_secret("two-tls", issued), manifests.homeserver("two", "two.test", secret="two-tls")]
    with Load(served.https, TARGET, served.tls, HOST, threads=1) as load:
        extra.mkdir(parents=True)
        manifests.write(extra / "two.yml", *two)
        wait_until("the new host", lambda: served.get("two.test", TARGET).status == 200)
        (extra / "two.yml").rename(extra / "other.yaml")
        stays("the host", lambda: served.get("two.test", TARGET).status == 200, 0.5)
        shutil.rmtree(served.manifests / "nested")
        wait_until("the host to be gone", lambda: served.dataplane_admin.metrics().total(
            "palpo_ingress_config_hosts") == 2)
        load.wait_for_more()


def test_lists_json_and_several_documents(served, authority):
    issued = authority.issue("two.test")
    (served.manifests / "list.json").write_text(json.dumps({
        "apiVersion": "v1", "kind": "List", "items": [
            manifests.tls_secret("two-tls", issued), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}},
            manifests.homeserver("two", "two.test", secret="two-tls")]}))
    wait_until("the new host", lambda: served.get("two.test", TARGET).status == 200)


def test_yaml_as_people_write_it(served):
    (served.manifests / "homeserver.yaml").write_text(f"""\
# a comment
---
---
apiVersion: palpo.im/v1alpha1
kind: PalpoHomeserver
metadata: {{name: homeserver}}
spec:
  serverName: "{NAME}"
  host: {HOST}
  backend:
    service: {{name: homeserver, port: http}}
  tls:
    secretName: homeserver-tls
  wellKnown:
    client:
      org.example.greeting: >-
        folded
        text
      org.example.number: 12
      org.example.yes: true
      org.example.text: "12"
...
""")
    wait_greeting(served, "folded text")
    document = served.get(NAME, "/.well-known/matrix/client").json()
    assert document["org.example.number"] == 12
    assert document["org.example.yes"] is True
    assert document["org.example.text"] == "12"


def test_a_volume_as_kubernetes_mounts_it(processes, folder, trust, authority, backend):
    """ConfigMap volumes: files are links through ..data, which is swapped by rename."""
    from conftest import write_homeserver
    from palpo_test.ingress import Ingress

    volume = folder / "volume"
    volume.mkdir()
    made = Ingress(processes, folder, ["--source", f"dir:{volume}"], trust)

    def publish(generation, change=None):
        made.manifests = volume / f"..2026_{generation}"
        made.manifests.mkdir()
        write_homeserver(made, backend, authority)
        if change:
            manifests.write(made.manifests / "homeserver.yaml", change)
        os.symlink(made.manifests.name, volume / "..data_tmp")
        os.rename(volume / "..data_tmp", volume / "..data")

    publish(1)
    for name in ("homeserver.yaml", "service.yaml", "tls.yaml"):
        os.symlink(f"..data/{name}", volume / name)
    made.start()
    assert made.get(HOST, TARGET).status == 200
    with Load(made.https, TARGET, made.tls, HOST, threads=1) as load:
        for generation in (2, 3):
            publish(generation, homeserver(f"generation {generation}"))
            shutil.rmtree(volume / f"..2026_{generation - 1}")
            wait_greeting(made, f"generation {generation}")
            load.wait_for_more()
    # The files of a generation are one set: they are there once, not once under each path.
    assert made.dataplane_admin.metrics().total("palpo_ingress_config_hosts") == 2


def test_an_external_name_is_resolved(served, backend):
    """In a directory a backend may be a Service of type ExternalName alone: a name or an address."""
    manifests.write(served.manifests / "service.yaml", manifests.service(
        "homeserver", backend.port, type="ExternalName", externalName="localhost"))
    manifests.write(served.manifests / "homeserver.yaml", manifests.homeserver(
        "homeserver", NAME, host=HOST, port=backend.port, wellKnown={"client": {"org.example.greeting": "by name"}}))
    wait_greeting(served, "by name")
    wait_until("an answer", lambda: served.get(HOST, TARGET).status == 200)


def test_a_directory_that_does_not_exist(ingress):
    ingress.source = ["--source", "dir:/nonexistent/manifests"]
    ingress.start_controller()
    assert ingress.controller.wait(10) == 1
    assert "/nonexistent/manifests" in ingress.controller.log()


def test_an_empty_directory_is_a_configuration(ingress):
    ingress.start_controller()
    ingress.start_dataplane()
    ingress.wait_ready()


def test_restarting_either_sends_nothing(served):
    before = served.dataplane_admin.metrics().total("palpo_ingress_config_applied_total")
    served.controller.kill()
    served.start_controller()
    served.controller_admin.wait_ready()
    assert served.controller_admin.metrics().total("palpo_ingress_publish_updates_total") == 0
    assert served.dataplane_admin.metrics().total("palpo_ingress_config_applied_total") == before


def test_validate(served, folder):
    good = run([program("palpo-ingress-controller"), "validate", served.manifests])
    assert good.returncode == 0, good.stdout + good.stderr
    assert HOST in good.stdout
    (served.manifests / "bad.yaml").write_text("kind: [")
    bad = run([program("palpo-ingress-controller"), "validate", served.manifests])
    assert bad.returncode == 1
    assert "bad.yaml" in bad.stdout + bad.stderr


def test_pages_for_operators(served):
    for admin in (served.controller_admin, served.dataplane_admin):
        assert admin.get("/livez").status == 200
        assert admin.get("/readyz").status == 200
        assert admin.get("/nothing").status == 404
        text = admin.metrics()
        assert text.total("palpo_ingress_build_info") == 1
    assert served.controller_admin.config()


def test_data_planes_are_fed_until_they_have_left(ingress, backend, authority):
    """A pod that ends: the controller is told as well, and goes on until its data plane has finished what is under way."""
    write_homeserver(ingress, backend, authority)
    ingress.start("--shutdown-timeout", "60s")
    ingress.controller.signal(signal.SIGTERM)
    ingress.controller.wait_for_log("waiting for data planes to disconnect")
    assert ingress.controller_admin.get("/readyz").status == 503
    manifests.write(ingress.manifests / "homeserver.yaml", homeserver("still fed"))
    wait_greeting(ingress, "still fed")
    assert ingress.dataplane.terminate() == 0
    assert ingress.controller.wait() == 0


def test_a_second_signal_ends_the_controller_at_once(ingress, backend, authority):
    write_homeserver(ingress, backend, authority)
    ingress.start("--shutdown-timeout", "60s")
    ingress.controller.signal(signal.SIGTERM)
    ingress.controller.wait_for_log("waiting for data planes to disconnect")
    ingress.controller.signal(signal.SIGTERM)
    assert ingress.controller.wait() == 0
    assert greeting(ingress) is None and ingress.get(HOST, TARGET).status == 200
