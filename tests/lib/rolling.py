"""Clients that ask without a pause while daemons come and go, and what became of each request.

A steady client keeps its connection. When the daemon ends it in order, the request that has no answer was not carried
out, and is asked again on a new connection (PROTOCOL.md): that is `resent`. A visitor connects for each request and
never asks twice. Anything else than an answer is `failed`, with its reason.
"""

import collections
import socket
import threading

import msgpack

REQUEST = msgpack.packb([0, 1, "network.peers", ["2120000019"]])


class Ended(Exception):
    """The daemon ended the connection in order, before an answer."""


def connect(address):
    if isinstance(address, str):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(10)
        link.connect(address)
        return link
    link = socket.create_connection(("127.0.0.1", address), timeout=10)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def ask(link):
    link.sendall(REQUEST)
    unpacker = msgpack.Unpacker()
    while True:
        data = link.recv(65536)
        if not data:
            raise Ended("the connection was ended without an answer")
        unpacker.feed(data)
        for message in unpacker:
            if message[0] != 1 or message[1] != 1 or message[2] is not None:
                raise AssertionError(f"answered with {message}")
            return


class Clients:
    """`steady` and `visitors` of them, each a thread, from `with` until its end. counts: answered, resent, failed."""

    def __init__(self, address, steady, visitors):
        self.address = address
        self.counts, self.reasons = collections.Counter(), collections.Counter()
        self.lock, self.stop = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(loop,)) for loop, n in
                        ((self._steady, steady), (self._visitor, visitors)) for _ in range(n)]

    def _run(self, loop):
        counts, reasons = collections.Counter(), collections.Counter()
        while not self.stop.is_set():
            try:
                loop(counts)
            except (OSError, AssertionError, Ended) as e:
                counts["failed"] += 1
                reasons[f"{loop.__name__[1:]}: {e}"] += 1
        with self.lock:
            self.counts += counts
            self.reasons += reasons

    def _steady(self, counts):
        link, asked = connect(self.address), 0
        try:
            while not self.stop.is_set():
                try:
                    ask(link)
                except Ended:
                    if asked == 0:
                        raise
                    link.close()
                    link, asked = connect(self.address), 0
                    counts["resent"] += 1
                    ask(link)
                asked += 1
                counts["answered"] += 1
        finally:
            link.close()

    def _visitor(self, counts):
        with connect(self.address) as link:
            ask(link)
        counts["answered"] += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def restart(daemon, make):
    """Starts the next daemon, then ends this one; the next one. `make()` gives one that is not started."""
    following = make().start()
    if daemon.stop() != 0:
        raise AssertionError(f"it ended with {daemon.exit_code}:\n{daemon.log()}")
    daemon.close()
    return following
