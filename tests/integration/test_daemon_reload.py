"""SIGHUP: options are read anew, what can change does, the rest is named, and nothing changes when something is wrong."""

import signal

import peernet_test
from peernet_test import Daemon, RpcError, wait_until

slow = True

READ = "SIGHUP: options and certificates read anew"


class Reload(peernet_test.PeernetTest):
    def setUp(self):
        self.file = self.temp_folder() / "peernetd.conf"

    def started(self, text, *flags):
        self.file.write_text(text)
        daemon = Daemon("host=/nowhere", "--config", self.file, *flags, ready="port").start()
        self.addCleanup(daemon.close)
        return daemon

    def reload(self, daemon, text, message=READ):
        """The lines that it logged about it."""
        before = len(daemon.log())
        self.file.write_text(text)
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: message in daemon.log()[before:], "the reload")
        with daemon.rpc() as rpc:
            rpc.call("ping")  # it is done with it
        return daemon.log()[before:]

    def too_many(self, daemon, limit):
        """Whether so many clients are let in and one more is not, and told that limit."""
        clients = [daemon.rpc() for _ in range(limit)]
        try:
            for client in clients:
                client.call("ping")
            with daemon.rpc() as more, self.assertRaises(RpcError) as refused:
                more.call("ping")
            self.assertIn(f"the limit is {limit} (max-connections)", refused.exception.message)
        finally:
            for client in clients:
                client.close()

    def test_limits_and_log_change_and_clients_stay(self):
        daemon = self.started("max-connections = 20\n")
        with daemon.rpc() as before:
            before.call("ping")
            lines = self.reload(daemon, "max-connections = 3\nlog-level = debug\nrequest-bytes = 64KiB\nslow-ms = 10\n")
            self.assertIn("changed=max-connections,request-bytes,log-level,slow-ms", lines)
            self.assertNotIn("restart", lines)
            before.call("ping")
            self.assertIn('msg="request" method=ping', daemon.log())
            self.assertEqual(before.call("status")["connections"]["limit"], 3)
            before.send(b"\x94\x00\x01\xda\xff\xff" + b"x" * 65535)
            self.assertEqual(before.wait_closed(), [])
        self.assertIn("65536", daemon.log().split("broken message")[1])
        self.too_many(daemon, 3)
        lines = self.reload(daemon, "max-connections = 5\nrequest-bytes = 2MiB\n")
        self.assertIn("changed=max-connections,request-bytes,log-level,slow-ms", lines)
        self.too_many(daemon, 5)
        with daemon.rpc() as rpc, self.assertRaises(RpcError):
            rpc.call("organizer.get", "x" * 1500000)  # refused for its length, not for the message's
        self.assertEqual(daemon.stop(), 0)

    def test_what_takes_a_restart_is_named(self):
        daemon = self.started("")
        lines = self.reload(daemon, "listen = 127.0.0.1:1\nregroup-jobs = 3\nmax-connections = 9\n")
        self.assertIn("changed=max-connections\n", lines)
        # --listen is a flag of this daemon, and flags go before the file
        self.assertIn('level=warn program=peernetd msg="SIGHUP: these options have changed and take a restart" '
                      "options=regroup-jobs\n", lines)
        self.assertEqual(daemon.stop(), 0)

    def test_nothing_changes_when_something_is_wrong(self):
        daemon = self.started("max-connections = 4\n")
        for text, why in (("max-connections = 2\nslow-ms = soon\n", "slow-ms"),
                          ("max-connections = 2\noutput-pause = 16MiB\n", "output-pause"),
                          ("max-connections = 2\ntls-certificate = /nowhere\ntls-key = /nowhere\n", "/nowhere")):
            with self.subTest(text=text):
                lines = self.reload(daemon, text, "the options cannot be used, those before stay")
                self.assertIn(why, lines)
                self.assertNotIn(READ, lines)
        self.too_many(daemon, 4)
        for _ in range(3):
            self.assertIn("changed=\n", self.reload(daemon, "max-connections = 4\n"))
        self.assertEqual(daemon.stop(), 0)

    def test_drain_takes_the_options_of_now(self):
        daemon = self.started("drain-delay = 10min\n")
        self.reload(daemon, "drain-delay = 0\n")
        self.assertEqual(daemon.stop(timeout=10), 0)


if __name__ == "__main__":
    peernet_test.main()
