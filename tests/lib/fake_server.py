"""A server for tests of clients: it answers what the test says, also what no good server would."""

import socket
import threading

import msgpack


def response(msgid, result=None, error=None):
    return msgpack.packb([1, msgid, error, result], use_bin_type=True)


def notification(method, params):
    return msgpack.packb([2, method, [params]], use_bin_type=True)


class FakeServer:
    """`answer(method, params, msgid)` gives the bytes to send, or a list of them; None sends nothing, and an
    exception closes the connection. `hello` is answered here unless `hello=False`. Requests are kept."""

    def __init__(self, answer, hello=True):
        self.answer, self.hello = answer, hello
        self.requests = []
        self.connection = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connection = connection
            with connection:
                try:
                    self._talk(connection)
                except (OSError, EndOfTalk):
                    pass

    def _talk(self, connection):
        unpacker = msgpack.Unpacker(raw=False)
        while data := connection.recv(1 << 16):
            unpacker.feed(data)
            for _, msgid, method, params in unpacker:
                self.requests.append((method, params))
                if method == "hello" and self.hello:
                    connection.sendall(response(msgid, {"language": params[0]["language"]}))
                    continue
                sent = self.answer(method, params, msgid)
                for part in [sent] if isinstance(sent, bytes) else sent or []:
                    connection.sendall(part)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        # A plain close leaves accept() waiting.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if self.connection is not None:
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join(10)


class EndOfTalk(Exception):
    """Raised by an answer: the server hangs up."""
