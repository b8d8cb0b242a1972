# SPDX-License-Identifier: Apache-2.0
"""What GitOps tools read at each stage of a PalpoHomeserver: tests/argocd/objects, recorded here and held against here.

PALPO_UPDATE_RECORDED=1 writes them anew. Names and times are replaced, so that a recording differs only where what the
controller writes does.
"""
import os

import pytest
import yaml
from palpo_test import argocd, kstatus, manifests
from palpo_test.manifests import condition
from palpo_test.processes import REPOSITORY
from palpo_test.waiting import wait_until

RECORDED = REPOSITORY / "tests/argocd"
EXPECTED = {test["inputPath"].split("/")[1].removesuffix(".yaml"): test["healthStatus"]
            for test in yaml.safe_load((RECORDED / "health_test.yaml").read_text())["tests"]}
A_TIME = "2026-01-01T00:00:00Z"
KSTATUS = {"Healthy": "Current", "Progressing": "InProgress", "Degraded": "Failed"}


class Stages:
    """The object at one stage after the other."""

    def __init__(self, site):
        self.site = site

    def seen(self, stage, found):
        """Live, both tools read it as expected; and the recording says the same."""
        plain = self.plain(found)
        path = RECORDED / "objects" / f"{stage}.yaml"
        if os.environ.get("PALPO_UPDATE_RECORDED"):
            path.write_text("# Recorded by tests/e2e/test_gitops.py.\n" + yaml.safe_dump(plain, sort_keys=False, width=118))
        assert argocd.health(plain) == EXPECTED[stage]
        deleted = "deletionTimestamp" in found["metadata"]
        assert kstatus.read(found) == ("Terminating" if deleted else KSTATUS[EXPECTED[stage]["status"]])
        assert yaml.safe_load(path.read_text()) == plain

    def plain(self, found):
        def replaced(value):
            if isinstance(value, dict):
                return {key: A_TIME if key in ("lastTransitionTime", "creationTimestamp", "deletionTimestamp")
                        and value[key] != "1970-01-01T00:00:00Z" else replaced(one) for key, one in value.items()}
            if isinstance(value, list):
                return [replaced(one) for one in value]
            if isinstance(value, str):
                return value.replace(self.site.server_name, "example.com").replace(self.site.namespace, "matrix")
            return value

        plain = replaced(found)
        for volatile in ("uid", "resourceVersion", "managedFields"):
            plain["metadata"].pop(volatile, None)
        return plain

    def when(self, stage, ready, reason, name="homeserver"):
        """Once the controller has said so about the object's generation, and waits for no acknowledgement."""
        self.site.wait_condition("PalpoHomeserver", name, "Ready", ready, reason)

        def settled():
            found = self.site.get("PalpoHomeserver", name)
            return condition(found, "RoutesProgrammed")["reason"] != "Pending" and found

        self.seen(stage, wait_until(f"{name} to be settled", settled))


@pytest.fixture
def stages(site):
    return Stages(site)


def test_from_created_to_ready(site, stages):
    created = site.homeserver(wait=False, ingressClassName="somebody-elses")
    stages.seen("created", created)
    site.homeserver(wait=False, ingressClassName="palpo")
    stages.when("waiting-for-certificate", "False", "SecretNotFound")
    site.secret()
    stages.when("waiting-for-service", "False", "ServiceNotFound")
    backend = site.backend()
    site.apply(manifests.service("homeserver", selector={"app": "homeserver"}))
    stages.when("no-endpoints", "False", "NoEndpoints")
    site.apply(manifests.endpoint_slice("homeserver", [backend.address]))
    stages.when("ready", "True", "Served")


def test_a_change_that_has_not_been_looked_at(site, stages, ingress):
    site.complete(ingressClassName="palpo")
    ingress.controller.pause()
    try:
        stages.seen("changed", site.homeserver(wait=False, ingressClassName="palpo",
                                               wellKnown={"client": {"org.example.greeting": "hello"}}))
    finally:
        ingress.controller.resume()
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True", generation=2)


def test_no_data_plane(site, stages, ingress):
    site.secret()
    site.route_to(site.backend())
    ingress.dataplane.kill()
    try:
        site.homeserver(wait=False, ingressClassName="palpo")
        stages.when("no-data-plane", "False", "NoDataPlane")
    finally:
        ingress.start_dataplane()
        ingress.wait_ready()
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")


def test_a_server_name_that_somebody_has(site, stages):
    site.complete()
    site.wait_for_later("PalpoHomeserver", "homeserver")
    site.homeserver("second", site.server_name, wait=False, ingressClassName="palpo")
    stages.when("refused", "False", "ServerNameConflict", name="second")


def test_being_deleted(site, stages):
    site.complete(ingressClassName="palpo")

    def finalizers(wanted):
        site.api.patch("PalpoHomeserver", "homeserver", site.namespace, {"metadata": {"finalizers": wanted}})

    finalizers(["palpo.im/test"])
    try:
        stages.seen("being-deleted", site.delete("PalpoHomeserver", "homeserver"))
    finally:
        finalizers(None)
