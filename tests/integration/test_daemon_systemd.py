"""What the daemon and a service manager tell each other: readiness, status, watchdog, and sockets that are handed over."""

import http.client
import os
import signal
import socket
import time

import peernet_test
from peernet_test import Daemon, Rpc, wait_until

slow = True


class Manager:
    """A NOTIFY_SOCKET, and what came to it: a dict a message."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(10)
        self.messages = []

    def read(self):
        self.messages.append(dict(line.split("=", 1) for line in self.socket.recv(8192).decode().splitlines()))
        return self.messages[-1]

    def wait(self, **fields):
        """Until a message has these fields; it."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            message = self.read()
            if all(message.get(k) == v for k, v in fields.items()):
                return message
        raise AssertionError(f"{fields} never came: {self.messages}")

    def wait_status(self, words):
        while words not in self.read().get("STATUS", ""):
            pass
        return self.messages[-1]["STATUS"]


class Systemd(peernet_test.PeernetTest):
    def setUp(self):
        self.folder = self.temp_folder()
        self.manager = Manager(self.folder)
        self.addCleanup(self.manager.socket.close)

    def started(self, conninfo, *flags, env=None, **kwargs):
        daemon = Daemon(conninfo, *flags, env={"NOTIFY_SOCKET": self.manager.path, **(env or {})}, **kwargs).start()
        self.addCleanup(daemon.close)
        return daemon

    def test_tells_that_it_is_ready_reloads_and_ends(self):
        conninfo = self.prepare()
        daemon = self.started(conninfo, "--drain-timeout", "3s")
        self.manager.wait(READY="1")
        self.assertIn("576 organizers, 0 networks; database connected", self.manager.wait_status("Answering"))
        before = time.monotonic_ns() // 1000
        daemon.process.send_signal(signal.SIGHUP)
        self.assertGreaterEqual(int(self.manager.wait(RELOADING="1")["MONOTONIC_USEC"]), before)
        self.manager.wait(READY="1")
        daemon.process.send_signal(signal.SIGTERM)
        self.assertGreaterEqual(int(self.manager.wait(STOPPING="1")["EXTEND_TIMEOUT_USEC"]), 3000000)
        self.assertEqual(daemon.stop(None), 0)

    def test_status_says_that_the_database_is_away(self):
        self.started("host=/nowhere dbname=none", ready="port")
        status = self.manager.wait_status("database away: ")
        self.assertTrue(status.startswith("Nothing to answer from yet: database away: "), status)

    def test_watchdog_hears_of_a_loop_that_turns_and_of_none_that_is_stuck(self):
        daemon = self.started("host=/nowhere", ready="port", env={"WATCHDOG_USEC": "400000"})
        for _ in range(3):
            self.manager.wait(WATCHDOG="1")
        os.kill(daemon.pid, signal.SIGSTOP)
        self.manager.socket.settimeout(1)
        try:
            with self.assertRaises(TimeoutError):
                while True:
                    self.manager.read()
        finally:
            os.kill(daemon.pid, signal.SIGCONT)
        self.manager.wait(WATCHDOG="1")

    def sockets(self):
        path = str(self.folder / "socket")
        unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        unix.bind(path)
        unix.listen(16)
        tcp, http = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
        for one in (unix, tcp, http):
            self.addCleanup(one.close)
        return path, [("http", http), ("tcp", tcp), ("unix", unix)]

    def test_takes_sockets_that_are_handed_over(self):
        path, sockets = self.sockets()
        with Daemon("host=/nowhere", "--listen", "127.0.0.1:1", ready="port", sockets=sockets) as daemon:
            self.assertEqual(daemon.port, sockets[1][1].getsockname()[1])
            with daemon.rpc() as tcp, Rpc(path) as unix:
                self.assertTrue(tcp.call("ping")["pong"] and unix.call("ping")["pong"])
            monitor = http.client.HTTPConnection("127.0.0.1", sockets[0][1].getsockname()[1], timeout=10)
            monitor.request("GET", "/livez")
            self.assertEqual(monitor.getresponse().status, 200)
            monitor.close()
        self.assertTrue(os.path.exists(path))  # it is the manager's

    def test_a_restart_on_sockets_that_are_handed_over_loses_no_connection(self):
        _, sockets = self.sockets()
        port = sockets[1][1].getsockname()[1]
        with Daemon("host=/nowhere", ready="port", sockets=sockets):
            pass
        with Rpc(port) as waiting:  # nobody listens but the kernel
            msgid = waiting.request("ping")
            with Daemon("host=/nowhere", ready="port", sockets=sockets):
                self.assertTrue(waiting.response(msgid)["pong"])

    def test_refuses_what_is_no_socket_that_listens(self):
        with socket.socket() as silent:
            daemon = Daemon("host=/nowhere", ready="port", sockets=[("odd", silent)])
            self.addCleanup(daemon.close)
            with self.assertRaisesRegex(AssertionError, r'socket \\"odd\\" that was handed over is no stream socket'):
                daemon.start()

    def test_workers_are_not_taken_for_the_daemon(self):
        conninfo = self.prepare()
        self.sql(conninfo, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        script = self.folder / "worker"
        script.write_text(f"#!/bin/sh\nenv >{self.folder}/env\nexit 1\n")
        script.chmod(0o755)
        daemon = self.started(conninfo, "--regroup-program", script, env={"WATCHDOG_USEC": "60000000"})
        with daemon.rpc() as rpc:
            rpc.call("run.start")
        wait_until(lambda: (self.folder / "env").exists() and (self.folder / "env").read_text(), "the worker")
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS"):
            self.assertNotIn(name, (self.folder / "env").read_text())


if __name__ == "__main__":
    peernet_test.main()
