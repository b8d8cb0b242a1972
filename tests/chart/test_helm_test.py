# SPDX-License-Identifier: Apache-2.0
"""What `helm test` puts into a cluster, given to both programs from a folder: its pod's command succeeds, or names why not."""
import pytest
from palpo_test import manifests
from palpo_test.ingress import Ingress
from palpo_test.processes import program, run

from rendering import one


@pytest.fixture
def ingress(processes, folder):
    made = Ingress(processes, folder)
    made.manifests = folder / "manifests"
    made.manifests.mkdir()
    made.source = ["--source", f"dir:{made.manifests}"]
    return made


def test_it_succeeds(helm, ingress, folder):
    objects = helm.objects()
    manifests.write(ingress.manifests / "test.yaml", one(objects, "Secret"), one(objects, "PalpoHomeserver"),
                    one(objects, "IngressClass"))
    ingress.start()
    trusted = folder / "ca.crt"
    trusted.write_text(one(objects, "ConfigMap", "palpo-ingress-test")["data"]["ca.crt"])
    container = one(objects, "Pod")["spec"]["containers"][0]
    # The Service's name, its ports and the mount are other ones here.
    here = {"--probe-connect": "127.0.0.1", "--probe-ca": str(trusted), "--probe-timeout": "20s",
            "--probe-ports": f"http={ingress.http[1]},https={ingress.https[1]},federation={ingress.federation[1]}"}
    args = [f"{name}={here[name]}" if (name := arg.partition("=")[0]) in here else arg for arg in container["args"]]
    done = run([program(container["command"][0].rpartition("/")[2]), *args])
    assert done.returncode == 0, done.stdout + done.stderr
    # What another revision of the release has put there is not taken for it.
    changed = {"--probe-text": "other", "--probe-timeout": "1s"}
    other = [f"{name}={changed[name]}" if (name := arg.partition("=")[0]) in changed else arg for arg in args]
    done = run([program("palpo-ingress-controller"), *other])
    assert done.returncode == 1 and "expected the host's document" in done.stderr
