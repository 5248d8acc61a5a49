"""peernet where one has to log in: tokens, the file they are kept in, and whom it believes over TLS."""

import json
import os
import socket
import threading

import peernet_test
from certificates import Authority
from peernet_test import Daemon, Rpc, wait_until

slow = True

EXIT_DENIED, EXIT_USAGE, EXIT_FAILED, EXIT_UNREACHABLE = 4, 2, 1, 5


class Login(peernet_test.PeernetTest):
    @classmethod
    def setUpClass(cls):
        cluster = peernet_test.shared_cluster()
        cls.database = cluster.conninfo(peernet_test.make_prepared(cluster, True))

    def start(self, *flags, san="DNS:localhost,IP:127.0.0.1"):
        self.folder = self.temp_folder()
        self.authority = Authority(self.folder / "root")
        certificate, key = self.authority.issue("server", san=san)
        self.socket = str(self.folder / "socket")
        daemon = Daemon(self.database, "--listen", f"tls://127.0.0.1:0,unix:{self.socket}", "--tls-certificate",
                        certificate, "--tls-key", key, "--login-delay", "20ms", *flags, ready="port")
        daemon.start()
        self.addCleanup(daemon.close)
        with Rpc(self.socket) as rpc:
            wait_until(lambda: rpc.call("status")["ready"] and "tokens read" in daemon.log(), "the database")
        self.tls = f"tls://localhost:{daemon.port}"
        return daemon

    def token(self, role="reader"):
        with Rpc(self.socket) as rpc:
            return rpc.call("token.create", {"name": os.urandom(8).hex(), "role": role})["token"]

    def keep(self, text, mode=0o600, name="credentials"):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def peernet(self, *args, env=None, **more):
        return self.run("peernet", *args, env={"HOME": str(self.folder), **(env or {})}, check=False, **more)

    def over_tls(self, *args, **more):
        return self.peernet("--address", self.tls, "--ca", self.authority.certificate, *args, **more)

    def assert_refused(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertNotRegex(done.stderr, "pn_[A-Za-z0-9_-]{9}")

    def test_a_token_is_made_kept_used_listed_and_revoked(self):
        daemon = self.start()
        here = ("--address", self.socket)
        made = self.peernet(*here, "token", "create", "case-system", "--role", "operator", "--expires", "90d")
        self.assertRegex(made.stdout, r"\Apn_[\w-]{43}\n\Z")
        self.assertIn("This is the token case-system (role operator). It is not shown again", made.stderr)
        kept = self.keep("# for the nightly job\n" + made.stdout)
        done = self.over_tls("--credentials", kept, "status", "--json")
        self.assertEqual(json.loads(done.stdout)["connections"]["tls"], 1)
        done = self.over_tls("--credentials", kept, "regroup", "--wait", "--force")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_refused(self.over_tls("--credentials", kept, "token", "list"), EXIT_DENIED,
                            "this needs the role admin; you have the role operator")
        listed = self.peernet(*here, "token", "list").stdout
        self.assertRegex(listed, r"case-system +operator")
        self.assertNotIn("pn_", listed)
        done = self.peernet(*here, "token", "revoke", "case-system")
        self.assertEqual(done.stdout, "The token case-system lets nobody in any more.\n")
        self.assert_refused(self.over_tls("--credentials", kept, "status"), EXIT_DENIED,
                            "the token does not let anybody in")
        self.assert_refused(self.peernet(*here, "token", "revoke", "case-system"), EXIT_FAILED,
                            "there is no token case-system; 'peernet token list' shows those that there are")
        self.assertEqual(daemon.stop(), 0)

    def test_without_a_token_one_is_told_what_is_missing(self):
        self.start()
        self.assert_refused(self.over_tls("status"), EXIT_DENIED,
                            "this needs the role reader; without logging in (--credentials FILE) you have the role none")

    def test_the_usual_file_is_for_tls_alone(self):
        self.start()
        (self.folder / ".config" / "peernet").mkdir(parents=True)
        self.keep(self.token() + "\n", name=".config/peernet/credentials")
        self.assertEqual(self.over_tls("status").returncode, 0)
        broken = self.keep("nonsense\n", name=".config/peernet/credentials")
        self.assert_refused(self.over_tls("status"), EXIT_USAGE, f"{broken}:1: this is no token")
        self.assertEqual(self.peernet("--address", self.socket, "status").returncode, 0)

    def test_the_file_may_come_from_the_environment(self):
        self.start()
        env = {"PEERNET_CREDENTIALS": str(self.keep(self.token())), "PEERNET_CA": str(self.authority.certificate),
               "PEERNET_ADDRESS": self.tls}
        self.assertEqual(self.peernet("status", env=env).returncode, 0)

    def test_files_that_others_can_read_or_that_are_none_are_refused(self):
        self.start()
        token = self.token()
        for mode in (0o640, 0o604, 0o660, 0o644):
            self.assert_refused(self.over_tls("--credentials", self.keep(token, mode), "status"), EXIT_DENIED,
                                f"others can read or change these credentials (mode {mode:04o})")
        kept = self.keep(token, 0o400)
        link, pipe = self.folder / "link", self.folder / "pipe"
        link.symlink_to(kept)
        os.mkfifo(pipe, 0o600)
        self.assert_refused(self.over_tls("--credentials", link, "status"), EXIT_FAILED, "a regular file")
        self.assert_refused(self.over_tls("--credentials", pipe, "status"), EXIT_DENIED, "a regular file")
        self.assert_refused(self.over_tls("--credentials", self.folder / "none", "status"), EXIT_FAILED, "No such file")
        self.assert_refused(self.over_tls("--credentials", self.keep("x" * 9000, name="long"), "status"), EXIT_USAGE, "at most 8192")
        self.assertEqual(self.over_tls("--credentials", kept, "status").returncode, 0)
        if os.getuid() == 0:
            os.chown(kept, 65534, -1)
            self.assert_refused(self.over_tls("--credentials", kept, "status"), EXIT_DENIED, "belong to somebody else")

    def test_a_mistake_in_the_file_is_told_without_what_is_in_it(self):
        self.start()
        token = self.token()
        for text in (f"token {token}\n", f"{token} x\n", f"\n\n{token[3:]}\n"):
            done = self.over_tls("--credentials", self.keep(text), "status")
            self.assertEqual(done.returncode, EXIT_USAGE)
            self.assertIn("this is no token", done.stderr)
            self.assertNotIn(token[3:], done.stdout + done.stderr)

    def test_a_server_that_is_not_whom_it_should_be_gets_nothing(self):
        daemon = self.start()
        kept = self.keep(self.token())
        other = Authority(self.folder / "other", "Other Root")
        done = self.peernet("--address", self.tls, "--ca", other.certificate, "--credentials", kept, "status")
        self.assert_refused(done, EXIT_DENIED, "the certificate of localhost is not believed")
        done = self.peernet("--address", self.tls, "--credentials", kept, "status")  # whom the system trusts
        self.assert_refused(done, EXIT_DENIED, "the certificate of localhost is not believed")
        self.assertNotIn("logged in", daemon.log())

    def test_the_certificate_has_to_be_of_that_host(self):
        self.start(san="DNS:elsewhere.example.org")
        self.assert_refused(self.over_tls("status"), EXIT_DENIED, "not believed: hostname mismatch")
        self.tls = self.tls.replace("localhost", "127.0.0.1")
        self.assert_refused(self.over_tls("status"), EXIT_DENIED, "not believed: IP address mismatch")

    def test_an_address_may_be_a_number(self):
        self.start()
        self.tls = self.tls.replace("localhost", "127.0.0.1")
        self.assertEqual(self.over_tls("--credentials", self.keep(self.token()), "networks").returncode, 0)

    def test_a_certificate_of_ones_own_is_named_in_the_same_file(self):
        root = Authority(self.temp_folder() / "clients", "Client Root")
        names = self.temp_folder() / "names"
        names.write_text("admin email:ada@example.org\n")
        certificate, key = root.issue("ada", san="email:ada@example.org")
        self.start("--tls-client-ca", root.certificate, "--tls-client-names", names)
        self.assert_refused(self.over_tls("status"), EXIT_UNREACHABLE)
        kept = self.keep(f"certificate {certificate}\nkey {key}\n")
        self.assertEqual(self.over_tls("--credentials", kept, "token", "list").returncode, 0)

    def test_who_speaks_no_tls_is_told_apart(self):
        self.start()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def answer():
                link, _ = listener.accept()
                with link:
                    link.recv(100)
                    link.sendall(b"\x94\x01\x01\xc0\xc0" * 10)
            thread = threading.Thread(target=answer)
            thread.start()
            done = self.peernet("--address", f"tls://127.0.0.1:{listener.getsockname()[1]}", "status")
            thread.join(20)
        self.assert_refused(done, EXIT_UNREACHABLE, "no TLS with 127.0.0.1")
        self.assertIn("is reached without tls://: --address 127.0.0.1:", done.stderr)
        plain = self.peernet("--address", self.tls.removeprefix("tls://"), "status")
        self.assert_refused(plain, EXIT_UNREACHABLE, f"speaks TLS, which is reached by --address {self.tls}")
        bare = self.peernet("--address", "7400", "status")
        self.assert_refused(bare, EXIT_USAGE, "'7400' is a port without a host; on this machine it is 127.0.0.1:7400")

    def test_a_token_is_not_sent_in_the_clear_to_another_machine(self):
        own = next((a[4][0] for a in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
                    if not a[4][0].startswith("127.")), None)
        if own is None:
            self.skipTest("this machine has no address but loopback")
        self.start()
        with socket.create_server((own, 0)) as listener:
            heard = []

            def listen():
                link, _ = listener.accept()
                with link:
                    heard.append(link.recv(1000))
            thread = threading.Thread(target=listen)
            thread.start()
            done = self.peernet("--address", f"{own}:{listener.getsockname()[1]}", "--credentials",
                                self.keep(self.token()), "status")
            thread.join(20)
        self.assert_refused(done, EXIT_DENIED, "the token is not sent where others can read it on the way")
        self.assertEqual(heard, [b""])

    def test_names_of_two_words(self):
        self.folder = self.temp_folder()
        done = self.peernet("token")
        self.assertEqual((done.returncode, done.stderr),
                         (EXIT_USAGE, "peernet: 'peernet token' needs another word: create, list, revoke\n"))
        done = self.peernet("help", "token")
        self.assertEqual((done.returncode, done.stderr),
                         (EXIT_USAGE, "peernet: 'peernet token' needs another word: create, list, revoke\n"))
        self.assertIn("peernet token create NAME", self.peernet("help", "token", "create").stdout)
        self.assertIn("--expires TIME", self.peernet("token", "create", "--help").stdout)
        self.assertEqual(self.peernet("token", "create").returncode, EXIT_USAGE)
        self.assertEqual(self.peernet("token", "creat", "x").returncode, EXIT_USAGE)


if __name__ == "__main__":
    peernet_test.main()
