# SPDX-License-Identifier: Apache-2.0
"""A namespace with backends, Secrets and homeservers, as a test needs them."""
import calendar
import itertools
import time

from palpo_test import manifests
from palpo_test.backend import Backend
from palpo_test.kube import ApiError
from palpo_test.manifests import condition
from palpo_test.waiting import wait_until

# Kubernetes refuses loopback addresses in an EndpointSlice; these are local to the test's network namespace.
_addresses = (f"10.77.{high}.{low}" for high, low in itertools.product(range(1, 200), range(1, 250)))


class Site:
    def __init__(self, cluster, ingress, authority, namespace):
        self.cluster, self.ingress, self.authority, self.namespace = cluster, ingress, authority, namespace
        self.api = cluster.api
        self.server_name = f"{namespace}.test"
        self.host = f"matrix.{namespace}.test"
        self.backends = []
        self.api.apply(manifests.namespace(namespace))

    def backend(self, name="backend", script=None, port=0):
        made = Backend(name, next(_addresses), port, script)
        self.backends.append(made)
        return made

    def apply(self, *objects):
        """Into the site's namespace, unless an object names another."""
        for found in objects:
            if found["kind"] not in ("Namespace", "IngressClass"):
                found["metadata"].setdefault("namespace", self.namespace)
        return self.api.apply(*objects)

    def secret(self, name="homeserver-tls", *names):
        certificate = self.authority.issue(*(names or (self.server_name, self.host)))
        self.apply(manifests.tls_secret(name, certificate))
        return certificate

    def route_to(self, backend, service="homeserver", port=8008):
        """The Service and its one slice: endpoints are `backend` (or several on one port)."""
        backends = backend if isinstance(backend, list) else [backend]
        self.apply(manifests.service(service, port),
                   manifests.endpoint_slice(service, [found.address for found in backends]))

    def homeserver(self, name="homeserver", server_name=None, wait=True, **spec):
        spec.setdefault("host", self.host if server_name is None else server_name)
        found = self.apply(manifests.homeserver(name, server_name or self.server_name, **spec))
        if wait:
            self.wait_condition("PalpoHomeserver", name, "Ready", "True",
                                generation=found["metadata"]["generation"])
        return found

    def complete(self, script=None, **spec):
        """Secret, Service, slice and homeserver; ready. Returns the backend."""
        backend = self.backend(script=script)
        self.secret()
        self.route_to(backend)
        self.homeserver(**spec)
        return backend

    def get(self, kind, name):
        return self.api.get(kind, name, self.namespace)

    def delete(self, kind, name):
        return self.api.delete(kind, name, self.namespace)

    def wait_for_later(self, kind, name):
        """Until what is created now is younger than the object by its timestamp, which has whole seconds."""
        stamp = self.get(kind, name)["metadata"]["creationTimestamp"]
        created = calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ"))
        wait_until("a later second", lambda: time.time() >= created + 1)

    def condition(self, name, kind="Ready"):
        return condition(self.get("PalpoHomeserver", name), kind)

    def wait_condition(self, kind, name, condition_type, status, reason=None, generation=None, timeout=20.0):
        def reached():
            found = self.get(kind, name)
            one = condition(found, condition_type)
            wanted = generation or found["metadata"]["generation"]
            if one and one["status"] == status and reason in (None, one["reason"]) \
                    and one.get("observedGeneration") == wanted:
                return one
            raise ValueError(f"{condition_type} is {one}, generation {wanted}")

        return wait_until(f"{condition_type}={status} of {kind} {self.namespace}/{name}", reached, timeout)

    def addresses(self, name):
        """status.loadBalancer of an Ingress as a list of ip or hostname."""
        entries = self.get("Ingress", name)["status"].get("loadBalancer", {}).get("ingress", [])
        return sorted(entry.get("ip") or entry.get("hostname") for entry in entries)

    def wait_addresses(self, name, wanted, timeout=20.0):
        wait_until(f"addresses {wanted} of Ingress {name}", lambda: self.addresses(name) == wanted, timeout)

    def events(self, name):
        return self.api.events(self.namespace, name)

    def wait_event(self, name, *texts, timeout=20.0):
        """A warning about the object whose reason and message contain the texts."""
        def found():
            return [event for event in self.events(name)
                    if all(text in f"{event['reason']} {event['message']}" for text in texts)]

        return wait_until(f"an Event about {name} with {texts}; there are {self.events(name)}", found, timeout)[0]

    def close(self):
        for kind in ("PalpoHomeserver", "Ingress", "EndpointSlice", "Service", "Secret"):
            try:
                self.api.delete_all(kind, self.namespace)
            except ApiError:  # Services cannot be deleted as a collection by every release
                for found in self.api.list(kind, self.namespace):
                    self.delete(kind, found["metadata"]["name"])
        for backend in self.backends:
            backend.close()
