"""A plain port whose bytes go on inside TLS, for clients that know none: what stunnel is to them."""

import socket
import threading


class TlsBridge:
    """with TlsBridge(port of the daemon, ssl context) as bridge: connect to bridge.port. One connection."""

    def __init__(self, port, context):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target, self.context = port, context
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self):
        try:
            near, _ = self.listener.accept()
        except OSError:
            return
        far = self.context.wrap_socket(socket.create_connection(("127.0.0.1", self.target)),
                                       server_hostname="localhost")
        back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
        back.start()
        self._pump(near, far)
        back.join(20)
        near.close()
        far.close()

    def _pump(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                socket.socket.shutdown(end, socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.thread.join(20)
