"""Existing MessagePack-RPC clients, unmodified: each logs in, calls, is refused, sends 1,000 calls at once, hears news."""

import json
import subprocess
import threading

import peernet_test
from client_programs import CLIENTS, go_program, node_environment, require, require_debian
from peernet_test import Daemon, Rpc, program_path, wait_until

slow = True

DENIED = "E_DENIED: network.of needs role reader; this connection has role none, as it has not logged in"
NOBODY = "E_NOT_FOUND: no organizer has the id '1'"
HIGHEST = 2**32 - 1


class Clients(peernet_test.PeernetTest):
    @classmethod
    def setUpClass(cls):
        cluster = peernet_test.shared_cluster()
        name = peernet_test.make_prepared(cluster, True)
        cls.database = cluster.conninfo(name)
        helper = peernet_test.PeernetTest()
        helper.sql(cls.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        helper.doCleanups()
        helper.regroup(cls.database, "--seed", 1, "--publish")

    def setUp(self):
        socket = self.temp_folder() / "socket"
        self.daemon = Daemon(self.database, "--listen", f"127.0.0.1:0,unix:{socket}", "--loopback-role", "none",
                             ready="port").start()
        self.addCleanup(self.daemon.close)
        with Rpc(str(socket)) as admin:
            wait_until(lambda: admin.call("status")["ready"] and "tokens read" in self.daemon.log(), "the database")
            self.token = admin.call("token.create", {"name": self.id()[-60:]})["token"]

    def see(self, *command, env=None):
        """What the program prints, by line; networks are published once it has subscribed."""
        errors = self.temp_folder() / "errors"
        with errors.open("w") as file:
            program = subprocess.Popen([*map(str, command), str(self.daemon.port), self.token], text=True, env=env,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file)
        watch = threading.Timer(120, program.kill)
        watch.start()
        try:
            seen = self.follow(program)
            code = program.wait()
        finally:
            watch.cancel()
            program.kill()
            program.wait()
            program.stdout.close()
        self.assertEqual((code, errors.read_text()), (0, ""), seen)
        self.assertEqual(self.daemon.stop(), 0)
        return seen

    def follow(self, program):
        seen = {}
        for line in program.stdout:
            seen.update(json.loads(line))
            if "subscribed" in seen and "notification" not in seen:
                self.regroup(self.database, "--seed", 2, "--force", "--publish")
        return seen

    def expected(self, **other):
        told = {"refused": DENIED, "login": "reader", "call": "Upplands Väsby kommun", "error": NOBODY,
                "pipelined": 1000, "wide": [1000, HIGHEST], "subscribed": ["networks"],
                "notification": ["networks.published", "default"], **other}
        return {what: value for what, value in told.items() if value is not None}

    def test_raw_python(self):
        self.assertEqual(self.see("/usr/bin/python3", CLIENTS / "raw.py"), self.expected())

    def test_our_library(self):
        self.assertEqual(self.see(program_path("libpeernet")), self.expected(wide=[1000, True]))

    def test_our_library_on_a_loop(self):
        self.assertEqual(self.see(program_path("libpeernet_uv")), self.expected(wide=[1000, True]))

    def test_pynvim(self):
        require_debian(self, "python3-pynvim", "/usr/lib/python3/dist-packages/pynvim")
        self.assertEqual(self.see("/usr/bin/python3", CLIENTS / "pynvim_session.py"), self.expected())

    def test_neovim_for_ruby(self):
        require_debian(self, "ruby-neovim", "/usr/lib/ruby/vendor_ruby/neovim.rb")
        self.assertEqual(self.see("/usr/bin/ruby", CLIENTS / "neovim.rb"), self.expected(
            refused="token.list needs role admin; this connection has role reader",
            error="no organizer has the id '1'"))

    def test_ugorji_for_go(self):
        program = go_program(self, CLIENTS / "ugorji.go")
        self.assertEqual(self.see(program), self.expected(subscribed=None, notification=None))

    def test_msgpack5rpc_for_node(self):
        env = node_environment(self)
        self.assertEqual(self.see(require(self, "node"), CLIENTS / "msgpack5rpc.js", env=env), self.expected())

    def test_msgpack_rpc_lite_for_node(self):
        env = node_environment(self)
        self.assertEqual(self.see(require(self, "node"), CLIENTS / "msgpack-rpc-lite.js", env=env),
                         self.expected(wide=[1000, True]))


if __name__ == "__main__":
    peernet_test.main()
