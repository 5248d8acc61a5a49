"""Clients that take all they can get: the database and the worker keep what they need."""

import resource
import unittest.mock

import peernet_test
from peernet_test import Daemon, Rpc, slow_test, wait_until

slow = True

FAST = ("--retry-first", "50ms", "--retry-most", "200ms")


class Clients(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")

    def started(self, *limits):
        """A daemon that its surroundings allow so many open files."""
        script = self.temp_folder() / "peernetd"
        program = peernet_test.program_path("peernetd")
        script.write_text("#!/bin/sh\n" + "".join(f"ulimit {limit}\n" for limit in limits) + f'exec {program} "$@"\n')
        script.chmod(0o755)
        with unittest.mock.patch("peernet_test.program_path", lambda name: str(script)):
            daemon = Daemon(self.database, *FAST).start()
        self.addCleanup(daemon.close)
        return daemon

    def take_connections(self, daemon, most):
        """Connections that are answered, at most so many; they stay open."""
        taken = []
        for _ in range(most):
            rpc = Rpc(daemon.port)
            self.addCleanup(rpc.close)
            try:
                rpc.call("ping")
            except (EOFError, ConnectionError, peernet_test.RpcError):
                break
            taken.append(rpc)
        return taken

    def assert_whole(self, daemon, rpc):
        """It reaches the database anew and starts a worker."""
        self.sql(self.database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                                "AND datname = current_database()")
        wait_until(lambda: rpc.call("status")["database"]["reconnects"] == 1, "the database again")
        rpc.call("subscribe", "runs")
        run = rpc.call("run.start", {"force": True})["run"]
        while rpc.next_notification()[0] != "run.finished":
            pass
        self.assertEqual(rpc.call("run.get", run)["run"]["state"], "proposal")
        self.assertEqual(daemon.stop(), 0)

    @slow_test
    def test_soft_limit_of_open_files_is_raised(self):
        daemon = self.started("-Sn 128")
        self.assertGreater(resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)[0], 1400)
        taken = self.take_connections(daemon, 300)
        self.assertEqual(len(taken), 300)
        self.assert_whole(daemon, taken[0])

    @slow_test
    def test_hard_limit_of_open_files_leaves_room_for_the_database_and_the_worker(self):
        daemon = self.started("-n 400")
        self.assertIn("fewer clients than max-connections allows", daemon.log())
        taken = self.take_connections(daemon, 500)
        self.assertEqual(len(taken), taken[0].call("status")["connections"]["limit"])
        self.assertLess(len(taken), 200)
        self.assertGreater(len(taken), 100)
        for _ in range(200):  # one too many each: told so, or not
            Rpc(daemon.port).close()
        self.assert_whole(daemon, taken[0])


if __name__ == "__main__":
    peernet_test.main()
