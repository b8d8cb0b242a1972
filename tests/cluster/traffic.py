# SPDX-License-Identifier: Apache-2.0
"""Traffic of five kinds against one address, until SIGTERM; every answer is checked. Run in the cluster's network:

    traffic.py --address IP --host NAME --ca FILE --report FILE

fresh      a new TLS connection for every request
kept       requests on connections that are kept
poll       long polls of eight seconds
upload     a megabyte that takes two seconds to send, its digest compared
websocket  a message and its echo twice a second on one WebSocket

The report is JSON: {kind: {"sent": N, "wrong": [[seconds since start, what]...], "worst": seconds, "reopened": N}}. "worst" is how much longer
than expected an answer took. A WebSocket that ends between two messages is opened again ("reopened"): no proxy can carry it to another process.
"""
import argparse
import asyncio
import base64
import hashlib
import json
import os
import signal
import ssl
import struct
import time

DEADLINE = 30.0  # for an answer, beyond what it is expected to take
UPLOAD = os.urandom(1 << 20)
DIGEST = hashlib.sha256(UPLOAD).hexdigest()
POLL_SECONDS = 8.0


class Wrong(Exception):
    """An answer that is not the right one."""


class Ended(Exception):
    """The server ended a connection that it may end: nothing was under way."""


class Connection:
    """One TLS connection, HTTP/1.1."""

    def __init__(self, reader, writer, host):
        self.reader, self.writer, self.host = reader, writer, host
        self.reusable = True

    @classmethod
    async def open(cls, options):
        reader, writer = await asyncio.open_connection(
            options.address, options.port, ssl=options.tls, server_hostname=options.host)
        return cls(reader, writer, options.host)

    def close(self):
        self.writer.transport.abort()

    def start(self, method, target, fields=()):
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}", *fields, "", ""]
        self.writer.write("\r\n".join(lines).encode())

    async def read_head(self):
        line = await self.reader.readline()
        if not line:
            raise Wrong("the connection ended without an answer")
        status = int(line.split()[1])
        fields = {}
        while (field := await self.reader.readline()) not in (b"\r\n", b""):
            name, _, value = field.decode("latin-1").partition(":")
            fields[name.strip().lower()] = value.strip()
        if "close" in fields.get("connection", "").lower():
            self.reusable = False
        return status, fields

    async def read_answer(self):
        status, fields = await self.read_head()
        body = await self.reader.readexactly(int(fields.get("content-length", "0")))
        if status != 200:
            raise Wrong(f"{status} {body[:200].decode(errors='replace')}")
        return json.loads(body)

    async def get(self, target):
        self.start("GET", target)
        return await self.read_answer()


class Kind:
    """What became of the requests of one kind."""

    def __init__(self, started):
        self.started = started
        self.sent, self.wrong, self.worst, self.reopened = 0, [], 0.0, 0

    async def check(self, work, expected=0.0):
        """Counts one request. expected: seconds that a right answer takes."""
        begun = time.monotonic()
        self.sent += 1
        try:
            await asyncio.wait_for(work, DEADLINE + expected)
        except asyncio.TimeoutError:
            self.fail(f"no answer within {DEADLINE + expected:.0f} s")
        except (Wrong, OSError, ssl.SSLError, asyncio.IncompleteReadError, ValueError, IndexError) as error:
            self.fail(f"{type(error).__name__}: {error}")
            await asyncio.sleep(0.05)  # a client that is refused does not come back at once
        else:
            self.worst = max(self.worst, time.monotonic() - begun - expected)
            return True
        return False

    def fail(self, what):
        self.wrong.append([round(time.monotonic() - self.started, 2), what])

    def as_dict(self):
        return {"sent": self.sent, "wrong": self.wrong, "worst": round(self.worst, 3), "reopened": self.reopened}


async def fresh(options, kind):
    async def once():
        connection = await Connection.open(options)
        try:
            expect("pod" in await connection.get("/_matrix/client/versions"), "another answer")
        finally:
            connection.close()

    while not options.ending.is_set():
        await kind.check(once())
        await asyncio.sleep(0.05)


def expect(right, what):
    if not right:
        raise Wrong(what)


async def kept(options, kind):
    connection = None

    async def once():
        nonlocal connection
        # What a client sees of an end that came while nothing was under way: it opens another connection.
        if connection is not None and (not connection.reusable or connection.reader.at_eof()):
            connection.close()
            connection = None
        if connection is None:
            connection = await Connection.open(options)
        try:
            expect("pod" in await connection.get("/_matrix/client/versions"), "another answer")
        except BaseException:
            connection.close()
            connection = None
            raise

    while not options.ending.is_set():
        await kind.check(once())
        await asyncio.sleep(0.05)
    if connection is not None:
        connection.close()


async def poll(options, kind, worker):
    number = 0
    connection = None

    async def once():
        nonlocal connection
        if connection is None or not connection.reusable or connection.reader.at_eof():
            connection = await Connection.open(options)
        try:
            target = f"/_matrix/client/v3/sync?timeout={int(POLL_SECONDS * 1000)}&n={worker}-{number}"
            expect((await connection.get(target))["n"] == f"{worker}-{number}", "the answer of another poll")
        except BaseException:
            connection.close()
            connection = None
            raise

    await asyncio.sleep(worker)  # not all at once
    while not options.ending.is_set():
        number += 1
        await kind.check(once(), POLL_SECONDS)


async def upload(options, kind):
    async def once():
        connection = await Connection.open(options)
        try:
            connection.start("POST", "/_matrix/media/v3/upload", [f"Content-Length: {len(UPLOAD)}"])
            step = len(UPLOAD) // 20
            for start in range(0, len(UPLOAD), step):
                connection.writer.write(UPLOAD[start:start + step])
                await connection.writer.drain()
                await asyncio.sleep(0.1)
            told = await connection.read_answer()
            expect(told == {"sha256": DIGEST, "length": len(UPLOAD)}, f"arrived as {told}")
        finally:
            connection.close()

    while not options.ending.is_set():
        await kind.check(once(), 2.0)


async def websocket(options, kind):
    connection = None

    async def opened():
        nonlocal connection
        connection = await Connection.open(options)
        key = base64.b64encode(os.urandom(16)).decode()
        connection.start("GET", "/_matrix/client/unstable/echo", [
            "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"])
        status, _ = await connection.read_head()
        expect(status == 101, f"{status} instead of 101")

    async def message():
        text, mask = os.urandom(8).hex().encode(), os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(text))
        connection.writer.write(bytes([0x81, 0x80 | len(text)]) + mask + masked)
        back = await connection.reader.read(1)
        if not back:
            raise Ended
        rest = await connection.reader.readexactly(1 + len(text))
        expect(back + rest == struct.pack("BB", 0x81, len(text)) + text, "another echo")

    while not options.ending.is_set():
        if connection is None or connection.reader.at_eof():
            if connection is not None:
                kind.reopened += 1
            if not await kind.check(opened()):
                connection = None
                continue
        try:
            await asyncio.sleep(0.5)
            if not await kind.check(message()):
                connection.close()
                connection = None
        except (Ended, ConnectionError):
            connection.close()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, default=443)
    parser.add_argument("--host", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--report", required=True)
    options = parser.parse_args()
    options.tls = ssl.create_default_context(cafile=options.ca)
    options.ending = asyncio.Event()
    return options


async def main():
    options = parse()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, options.ending.set)
    started = time.monotonic()
    kinds = {name: Kind(started) for name in ("fresh", "kept", "poll", "upload", "websocket")}
    tasks = [fresh(options, kinds["fresh"]) for _ in range(2)] + [kept(options, kinds["kept"]) for _ in range(4)]
    tasks += [poll(options, kinds["poll"], worker) for worker in range(6)]
    tasks += [upload(options, kinds["upload"]) for _ in range(2)]
    tasks += [websocket(options, kinds["websocket"]) for _ in range(2)]
    print("running", flush=True)
    await asyncio.gather(*tasks)
    with open(options.report, "w", encoding="utf-8") as report:
        json.dump({name: kind.as_dict() for name, kind in kinds.items()}, report)


asyncio.run(main())
