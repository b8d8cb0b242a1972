# SPDX-License-Identifier: Apache-2.0
"""A Secret that is deleted: its last good certificate is served on until it expires, whoever is started anew."""
from palpo_test import manifests
from palpo_test.load import Load
from palpo_test.waiting import wait_until

TARGET = "/_matrix/client/versions"


def restart(ingress):
    ingress.controller.kill()
    ingress.start_controller(*ingress.publish)
    ingress.wait_ready()


def wait_told(site, certificate, name="homeserver"):
    told = site.wait_condition("PalpoHomeserver", name, "CertificateReady", "False", "SecretNotFound")
    assert "its last good certificate is used until " + certificate.not_after() in told["message"]
    assert site.condition(name, "Reconciling")["reason"] == "SecretNotFound"
    return told


def shown(ingress, host):
    with ingress.client(host) as client:
        assert client.get(TARGET).status == 200
        return client.certificate()


def test_a_deleted_secret_keeps_its_certificate_and_a_new_one_replaces_it(site, ingress):
    site.route_to(site.backend())
    good = site.secret()
    site.homeserver()
    with Load(ingress.https, TARGET, ingress.tls, site.host, threads=1) as load:
        site.delete("Secret", "homeserver-tls")
        told = wait_told(site, good)
        assert shown(ingress, site.host) == good.der()
        for _ in range(2):
            restart(ingress)
            load.wait_for_more()
            assert shown(ingress, site.host) == good.der()
        assert ingress.controller_admin.metrics().total("palpo_ingress_publish_keys_total") == 0
        assert wait_told(site, good)["lastTransitionTime"] == told["lastTransitionTime"]
        # The others are as they were: a change arrives.
        site.homeserver(wait=False, wellKnown={"client": {"org.example.greeting": "hello"}})
        wait_until("the change", lambda: ingress.get(site.server_name, "/.well-known/matrix/client").json()
                   .get("org.example.greeting") == "hello")
        assert shown(ingress, site.host) == good.der()
        new = site.secret()
        site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
        assert shown(ingress, site.host) == new.der()
        load.wait_for_more()


def test_a_secret_that_is_deleted_while_the_controller_is_down(site, ingress):
    site.route_to(site.backend())
    good = site.secret()
    site.homeserver()
    ingress.controller.kill()
    site.delete("Secret", "homeserver-tls")
    with Load(ingress.https, TARGET, ingress.tls, site.host, threads=1) as load:
        ingress.start_controller(*ingress.publish)
        ingress.wait_ready()
        wait_told(site, good)
        load.wait_for_more()
        assert shown(ingress, site.host) == good.der()


def test_a_secret_that_turns_bad_before_a_restart(site, ingress):
    site.route_to(site.backend())
    good = site.secret()
    site.homeserver()
    bad = manifests.tls_secret("homeserver-tls", good)
    bad["data"]["tls.crt"] = "Z2FyYmFnZQ=="
    site.apply(bad)
    site.wait_condition("PalpoHomeserver", "homeserver", "CertificateReady", "False", "SecretInvalid")
    restart(ingress)
    site.wait_condition("PalpoHomeserver", "homeserver", "CertificateReady", "False", "SecretInvalid")
    assert shown(ingress, site.host) == good.der()


def test_a_data_plane_that_starts_anew_has_nothing_to_recall(site, ingress):
    """After both were started, nobody knows the key any more: TLS for the host is refused, all else is served."""
    site.route_to(site.backend())
    site.secret()
    site.homeserver()
    site.delete("Secret", "homeserver-tls")
    site.wait_condition("PalpoHomeserver", "homeserver", "CertificateReady", "False", "SecretNotFound")
    ingress.dataplane.kill()
    restart_both(ingress)
    told = site.wait_condition("PalpoHomeserver", "homeserver", "CertificateReady", "False", "SecretNotFound")
    wait_until("the refusal to be told", lambda: "TLS for host" in site.condition(
        "homeserver", "CertificateReady")["message"])
    assert told["reason"] == "SecretNotFound"
    site.secret()
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    assert ingress.get(site.host, TARGET).status == 200


def test_a_data_plane_without_the_key_serves_all_else_and_the_host_once_the_secret_is_back(site, new_site, ingress):
    """The same Secret is created again, as from a backup."""
    neighbour = new_site()
    neighbour.complete()
    site.route_to(site.backend())
    good = site.secret()
    site.homeserver()
    ingress.controller.kill()
    site.delete("Secret", "homeserver-tls")
    ingress.start_controller(*ingress.publish)
    ingress.wait_ready()
    wait_told(site, good)
    ingress.dataplane.kill()
    ingress.start_dataplane()
    ingress.wait_ready()
    wait_until("the neighbour", lambda: ingress.get(neighbour.host, TARGET).status == 200)
    site.wait_condition("PalpoHomeserver", "homeserver", "RoutesProgrammed", "False", "DataPlaneRefused")
    site.apply(manifests.tls_secret("homeserver-tls", good))
    site.wait_condition("PalpoHomeserver", "homeserver", "Ready", "True")
    assert shown(ingress, site.host) == good.der()


def restart_both(ingress):
    ingress.controller.kill()
    ingress.start_controller(*ingress.publish)
    ingress.start_dataplane()
    ingress.wait_ready()


def test_an_expired_certificate_is_dropped(site, ingress, authority):
    """By the clock, and without an event that reminds of it."""
    site.route_to(site.backend())
    short = authority.issue_for_seconds(30, site.server_name, site.host)
    site.apply(manifests.tls_secret("homeserver-tls", short))
    site.homeserver()
    site.delete("Secret", "homeserver-tls")
    wait_told(site, short)
    assert shown(ingress, site.host) == short.der()
    wait_until("TLS to be refused", lambda: "TLS for host" in site.condition(
        "homeserver", "CertificateReady")["message"], 60)
