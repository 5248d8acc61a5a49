"""A way to a cluster that can fall silent."""

import os
import select
import socket
import threading
import time


class Proxy:
    """TCP on 127.0.0.1 in front of the cluster's unix socket; freeze() lets it swallow everything in silence, freeze_after(n)
    once the server has said n bytes more."""

    def __init__(self, cluster):
        self.target = os.path.join(cluster.socket, ".s.PGSQL.5432")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.frozen = threading.Event()
        self.ended = threading.Event()
        self.accepted = 0
        self.left = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        pairs = {}
        while not self.ended.is_set():
            readable, _, _ = select.select([self.listener, *pairs], [], [], 0.05)
            if self.frozen.is_set():
                time.sleep(0.05)
                continue
            for sock in readable:
                if sock is self.listener:
                    client, server = sock.accept()[0], socket.socket(socket.AF_UNIX)
                    server.connect(self.target)
                    pairs[client], pairs[server] = server, client
                    self.accepted += 1
                    continue
                if sock not in pairs:
                    continue
                try:
                    data = sock.recv(65536 if self.left is None else 4096)
                    pairs[sock].sendall(data)
                    self._count(sock, data)
                except OSError:
                    data = b""
                if not data:
                    other = pairs.pop(sock)
                    pairs.pop(other)
                    sock.close()
                    other.close()
        for sock in [self.listener, *pairs]:
            sock.close()

    def _count(self, sock, data):
        if self.left is not None and sock.family == socket.AF_UNIX:
            self.left -= len(data)
            if self.left <= 0:
                self.left = None
                self.freeze()

    def freeze_after(self, size):
        self.left = size

    def freeze(self):
        self.frozen.set()

    def thaw(self):
        self.frozen.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
