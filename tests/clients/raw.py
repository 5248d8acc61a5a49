"""A socket and python3-msgpack against peernetd: raw.py PORT TOKEN; see README.md for what it prints."""

import json
import socket
import sys

import msgpack


def tell(what, value):
    print(json.dumps({what: value}), flush=True)


class Link:
    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.unpacker = msgpack.Unpacker()

    def read(self):
        while True:
            for message in self.unpacker:
                return message
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self.unpacker.feed(data)

    def call(self, method, *params):
        """(error, result)"""
        self.sock.sendall(msgpack.packb([0, 7, method, params]))
        return tuple(self.read()[2:])

    def pipeline(self, first):
        """How many of 1,000 calls were answered well, each by its msgid."""
        calls = [["network.of", ["2120000019"]] if i % 2 else ["ping", []] for i in range(1000)]
        self.sock.sendall(b"".join(msgpack.packb([0, first + i, *call]) for i, call in enumerate(calls)))
        answers = {m[1] - first: m[3] for m in (self.read() for _ in calls)}
        return sum(answers[i]["organizer"]["id"] == "2120000019" if i % 2 else answers[i]["pong"] for i in range(1000))


def main(port, token):
    link = Link(int(port))
    tell("refused", link.call("network.of", "2120000019")[0])
    tell("login", link.call("hello", "raw", "string", "en", token)[1]["role"])
    tell("call", link.call("network.of", "2120000019")[1]["organizer"]["name"])
    tell("error", link.call("network.of", "1")[0])
    tell("pipelined", link.pipeline(0))
    tell("wide", [link.pipeline(2**32 - 1000), 2**32 - 1])
    tell("subscribed", link.call("subscribe", "networks")[1]["topics"])
    _, method, (fields,) = link.read()
    tell("notification", [method, fields["programme"]])


main(*sys.argv[1:])
