# SPDX-License-Identifier: Apache-2.0
"""A scripted Kubernetes API server over TLS that can misbehave in every way a test asks for.

Lists in pages, watches with bookmarks, merge patches of objects and statuses, Events, Leases. Everything that is asked
is recorded. A test puts faults in front of the next requests with `fault()`.
"""
import copy
import json
import queue
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from . import pki
from .backend import close_listener
from .http_wire import Closed, Reader, read_request, response_bytes
from .waiting import wait_until

PATHS = {
    "/apis/networking.k8s.io/v1/ingresses": "Ingress",
    "/apis/networking.k8s.io/v1/ingressclasses": "IngressClass",
    "/api/v1/services": "Service",
    "/apis/discovery.k8s.io/v1/endpointslices": "EndpointSlice",
    "/api/v1/secrets": "Secret",
    "/apis/palpo.im/v1alpha1/palpohomeservers": "PalpoHomeserver",
    "/api/v1/namespaces": "Namespace",
}
PLURALS = {path.rsplit("/", 1)[1]: kind for path, kind in PATHS.items()} | {"leases": "Lease"}


@dataclass
class Seen:
    """One request."""

    method: str
    path: str
    query: dict
    kind: str   # "": none of ours
    verb: str   # list, watch, patch, post, put, get
    headers: list
    body: bytes
    at: float = field(default_factory=time.monotonic)

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def status_body(code, reason, message="told by the test"):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": reason, "code": code}


class ApiServer:
    def __init__(self, folder, page_limit=500):
        self.authority = pki.Authority(folder / "pki", "scripted API server CA")
        self.certificate = self.authority.issue("localhost", ips=["127.0.0.1"])
        self.context = pki.server_context(self.certificate)
        self.folder = folder
        self.page_limit = page_limit
        self.lock = threading.RLock()
        self.objects = {kind: {} for kind in PATHS.values()}
        self.version = 100
        self.watchers = []   # (kind, queue)
        self.seen = []
        self.events = []     # core/v1 Events that were posted
        self.leases = {}     # (namespace, name) -> Lease
        self.faults = []     # (kind, verb, answer): taken once, in order
        self.standing = {}   # (kind, verb) -> answer, until taken away
        self.missing = set()    # kinds that answer 404
        self.forbidden = set()  # kinds that answer 403
        self.tokens = None      # accepted bearer tokens; None: any
        self.connections = set()
        self._listener = None
        self.address = ("127.0.0.1", 0)
        self.start()

    # ---- what a test does -------------------------------------------------------------------------------------
    def start(self):
        """Again on the same port after stop()."""
        self._listener = socket.create_server(self.address, backlog=128)
        self.address = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True, name="api server").start()

    def stop(self):
        close_listener(self._listener)
        self.drop_connections()

    def drop_connections(self):
        with self.lock:
            for connection in list(self.connections):
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.address[1]}"

    def kubeconfig(self, path, user=None):
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": self.url,
                                                      "certificate-authority": str(self.authority.cert)}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "users": [{"name": "test", "user": user or {"token": "secret-token"}}]}))
        return path

    def put(self, *objects):
        """Creates or replaces, as an author would; watchers are told."""
        with self.lock:
            for given in objects:
                found = copy.deepcopy(given)
                key = self._key(found)
                kind = found["kind"]
                before = self.objects[kind].get(key)
                meta = found["metadata"]
                if before:
                    meta["uid"] = before["metadata"]["uid"]
                    meta["creationTimestamp"] = before["metadata"]["creationTimestamp"]
                    same = before.get("spec") == found.get("spec")
                    meta["generation"] = before["metadata"]["generation"] + (0 if same else 1)
                    if "status" in before and "status" not in found:
                        found["status"] = before["status"]
                else:
                    meta.setdefault("uid", f"uid-{kind}-{key[0]}-{key[1]}".lower())
                    meta.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
                    meta.setdefault("generation", 1)
                self._store("MODIFIED" if before else "ADDED", found)

    def delete(self, kind, name, namespace="default"):
        with self.lock:
            found = self.objects[kind].pop((namespace, name))
            self.version += 1
            found["metadata"]["resourceVersion"] = str(self.version)
            self._tell("DELETED", found)

    def put_silently(self, *objects):
        """Changes that no watcher is told of: what is missed during a lost watch."""
        with self.lock:
            watchers, self.watchers = self.watchers, []
            try:
                self.put(*objects)
            finally:
                self.watchers = watchers

    def get(self, kind, name, namespace="default"):
        with self.lock:
            return copy.deepcopy(self.objects[kind].get((namespace, name)))

    def fault(self, kind, verb, *answers):
        """The next requests of that kind get these answers, one each. An answer is a function(Stream, Seen)."""
        with self.lock:
            self.faults += [(kind, verb, answer) for answer in answers]

    def stand(self, kind, verb, answer):
        """Every request gets the answer, until it is None again."""
        with self.lock:
            self.standing[(kind, verb)] = answer

    def bookmark(self, kind):
        with self.lock:
            self.version += 1
            found = {"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": str(self.version)}}
            for watched, events in self.watchers:
                if watched == kind:
                    events.put({"type": "BOOKMARK", "object": found})

    def tell_raw(self, kind, data):
        """Bytes into every open watch of that kind; None: reset it."""
        with self.lock:
            for watched, events in self.watchers:
                if watched == kind:
                    events.put(data)

    def watching(self, kind):
        with self.lock:
            return sum(watched == kind for watched, _ in self.watchers)

    def wait_watched(self, *kinds, timeout=20.0):
        for kind in kinds or self.objects:
            wait_until(f"a watch of {kind}", lambda kind=kind: self.watching(kind) > 0, timeout)

    def requests(self, kind=None, verb=None):
        with self.lock:
            return [seen for seen in self.seen if kind in (None, seen.kind) and verb in (None, seen.verb)]

    def wait_requests(self, kind, verb, count, timeout=20.0):
        wait_until(f"{count} {verb} requests of {kind}", lambda: len(self.requests(kind, verb)) >= count, timeout)
        return self.requests(kind, verb)

    # ---- inside -----------------------------------------------------------------------------------------------
    @staticmethod
    def _key(found):
        meta = found["metadata"]
        if found["kind"] in ("IngressClass", "Namespace"):
            return ("", meta["name"])
        meta.setdefault("namespace", "default")
        return (meta["namespace"], meta["name"])

    def _store(self, event, found):
        self.version += 1
        found["metadata"]["resourceVersion"] = str(self.version)
        self.objects[found["kind"]][self._key(found)] = found
        self._tell(event, found)

    def _tell(self, event, found):
        for kind, events in self.watchers:
            if kind == found["kind"]:
                events.put({"type": event, "object": copy.deepcopy(found)})

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain):
        connection = plain
        try:
            plain.settimeout(30)
            connection = self.context.wrap_socket(plain, server_side=True)
            connection.settimeout(None)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections.add(connection)
            reader = Reader(connection)
            while self._answer(Stream(self, connection), read_request(reader)):
                pass
        except (Closed, OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.connections.discard(connection)
            try:
                connection.close()
            except (OSError, ssl.SSLError):
                pass

    def _answer(self, stream, request):
        seen = self._classify(request)
        with self.lock:
            self.seen.append(seen)
            answer = self.standing.get((seen.kind, seen.verb))
            for index, (kind, verb, scripted) in enumerate(self.faults):
                if (kind, verb) == (seen.kind, seen.verb):
                    answer = scripted
                    del self.faults[index]
                    break
        if self.tokens is not None and seen.header("Authorization") not in [f"Bearer {t}" for t in self.tokens]:
            return stream.status(401, "Unauthorized")
        if seen.kind in self.missing:
            return stream.status(404, "NotFound")
        if seen.kind in self.forbidden:
            return stream.status(403, "Forbidden")
        if answer:
            return answer(stream, seen)
        return getattr(self, f"_{seen.verb}")(stream, seen)

    def _classify(self, request):
        url = urlsplit(request.target.decode())
        query = {key: values[-1] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        method = request.method.decode()
        kind, verb = PATHS.get(url.path, ""), method.lower()
        if not kind:
            parts = url.path.split("/")
            # "namespaces/NAME" comes before what is in it.
            kind = next((PLURALS[part] for part in reversed(parts) if part in PLURALS), "")
            kind = "" if parts[-2] == "events" or parts[-1] == "events" else kind
        elif method == "GET":
            verb = "watch" if query.get("watch") in ("1", "true") else "list"
        return Seen(method, url.path, query, kind, verb, request.headers, request.body)

    def _list(self, stream, seen):
        with self.lock:
            items = [copy.deepcopy(found) for found in self._selected(seen)]
            version = str(self.version)
        limit = min(int(seen.query.get("limit") or self.page_limit), self.page_limit)
        start = int(seen.query.get("continue") or 0)
        page, rest = items[start:start + limit], len(items) - start - limit
        meta = {"resourceVersion": version}
        if rest > 0:
            meta |= {"continue": str(start + limit), "remainingItemCount": rest}
        for found in page:  # a real server leaves these out of a list's items
            found.pop("kind")
            found.pop("apiVersion")
        group = seen.path.strip("/").split("/")
        return stream.json(200, {"kind": f"{seen.kind}List", "metadata": meta, "items": page,
                                 "apiVersion": "v1" if group[0] == "api" else f"{group[1]}/{group[2]}"})

    def _selected(self, seen):
        items = [found for _, found in sorted(self.objects[seen.kind].items())]
        selector = seen.query.get("fieldSelector", "")
        if selector.startswith("type="):
            items = [found for found in items if found.get("type") == selector[5:]]
        return items

    def _watch(self, stream, seen):
        events = queue.Queue()
        entry = (seen.kind, events)
        since = int(seen.query.get("resourceVersion") or 0)
        stream.start_watch()
        with self.lock:
            for found in self._selected(seen):
                if int(found["metadata"]["resourceVersion"]) > since:
                    events.put({"type": "MODIFIED", "object": copy.deepcopy(found)})
            self.watchers.append(entry)
        try:
            deadline = time.monotonic() + float(seen.query.get("timeoutSeconds", 300))
            while True:
                try:
                    event = events.get(timeout=max(0.0, min(0.5, deadline - time.monotonic())))
                except queue.Empty:
                    if time.monotonic() >= deadline:
                        return stream.end_watch()
                    stream.require_open()
                    continue
                if event is None:
                    return stream.reset()
                stream.chunk(event if isinstance(event, bytes) else json.dumps(event).encode() + b"\n")
        finally:
            with self.lock:
                self.watchers.remove(entry)

    def _get(self, stream, seen):
        parts = seen.path.strip("/").split("/")
        with self.lock:
            kept = self.leases if seen.kind == "Lease" else self.objects.get(seen.kind, {})
            found = copy.deepcopy(kept.get(self._address(parts)))
        return stream.json(200, found) if found else stream.status(404, "NotFound")

    def _patch(self, stream, seen):
        parts = seen.path.strip("/").split("/")
        if seen.kind == "":
            return self._patch_event(stream, seen, parts)
        subresource = parts.pop() if parts[-1] == "status" else ""
        with self.lock:
            found = copy.deepcopy(self.objects[seen.kind].get(self._address(parts)))
            if not found:
                return stream.status(404, "NotFound")
            change = json.loads(seen.body)
            if subresource:
                own(found, seen.query.get("fieldManager", "unknown"))
                change = {"status": change.get("status", {}), "metadata": {
                    key: value for key, value in change.get("metadata", {}).items() if key == "resourceVersion"}}
            wanted = change.get("metadata", {}).pop("resourceVersion", None)
            if wanted and wanted != found["metadata"]["resourceVersion"]:
                return stream.status(409, "Conflict")
            merge(found, change)
            self._store("MODIFIED", found)
        return stream.json(200, found)

    def _patch_event(self, stream, seen, parts):
        with self.lock:
            for event in self.events:
                if event["metadata"].get("name") == parts[-1]:
                    merge(event, json.loads(seen.body))
                    return stream.json(200, event)
        return stream.status(404, "NotFound")

    def _post(self, stream, seen):
        if seen.kind == "Lease":
            return self._put_lease(stream, json.loads(seen.body), None)
        if not seen.path.endswith("/events"):
            return stream.status(405, "MethodNotAllowed")
        event = json.loads(seen.body)
        with self.lock:
            meta = event["metadata"]
            meta.setdefault("name", f"{meta.get('generateName', 'event-')}{len(self.events)}")
            if any(other["metadata"]["name"] == meta["name"] for other in self.events):
                return stream.status(409, "AlreadyExists")
            self.events.append(event)
        return stream.json(201, event)

    def _put(self, stream, seen):
        if seen.kind != "Lease":
            return stream.status(405, "MethodNotAllowed")
        lease = json.loads(seen.body)
        return self._put_lease(stream, lease, lease["metadata"]["resourceVersion"])

    def _put_lease(self, stream, lease, version):
        """version: what it has to be now; None: it has to be missing."""
        meta = lease["metadata"]
        with self.lock:
            before = self.leases.get((meta["namespace"], meta["name"]))
            if version is not None and before is None:
                return stream.status(404, "NotFound")
            if (before["metadata"]["resourceVersion"] if before else None) != version:
                return stream.status(409, "Conflict")
            self.version += 1
            meta["resourceVersion"] = str(self.version)
            self.leases[(meta["namespace"], meta["name"])] = lease
        return stream.json(200 if before else 201, lease)

    @staticmethod
    def _address(parts):
        name = parts[-1]
        return (parts[parts.index("namespaces") + 1], name) if "namespaces" in parts else ("", name)


def own(found, manager):
    """As a real server notes who owns the status. (By field, there.)"""
    managed = found["metadata"].setdefault("managedFields", [])
    managed[:] = [entry for entry in managed if entry.get("subresource") != "status"]
    managed.append({"manager": manager, "operation": "Update", "subresource": "status", "fieldsType": "FieldsV1",
                    "fieldsV1": {"f:status": {}}})


def merge(into, change):
    """RFC 7396."""
    for key, value in change.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


class Stream:
    """How an answer is given. Methods return whether the connection may be used again."""

    def __init__(self, server, connection):
        self.server, self.connection = server, connection

    def json(self, code, body, headers=()):
        self.connection.sendall(response_bytes(code, body, headers=headers))
        return True

    def status(self, code, reason, headers=()):
        return self.json(code, status_body(code, reason), headers)

    def start_watch(self):
        self.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                b"Transfer-Encoding: chunked\r\n\r\n")

    def chunk(self, data):
        self.connection.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def end_watch(self):
        self.connection.sendall(b"0\r\n\r\n")
        return True

    def reset(self):
        """A TCP reset, without a TLS goodbye."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.connection.shutdown = lambda *unused: None
        socket.socket(fileno=self.connection.detach()).close()
        raise Closed("reset by the test")

    def require_open(self):
        self.connection.settimeout(0.001)
        try:
            if self.connection.recv(1) == b"":
                raise Closed("the watcher left")
        except (TimeoutError, ssl.SSLWantReadError):
            pass
        finally:
            self.connection.settimeout(None)


# Answers for ApiServer.fault() and stand().
def answers_status(code, reason, headers=()):
    return lambda stream, seen: stream.status(code, reason, headers)


def watch_event(*lines, then="end"):
    """A watch that sends these lines (dicts or bytes) and then ends, is reset, or stays silent."""

    def answer(stream, seen):
        stream.start_watch()
        for line in lines:
            stream.chunk(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
        if then == "reset":
            return stream.reset()
        while then == "silence":
            time.sleep(0.05)
            stream.require_open()
        return stream.end_watch()

    return answer


def half_a_body(stream, seen):
    stream.connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"kin')
    return stream.reset()
