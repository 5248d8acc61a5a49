"""TLS as clients meet it: who is let in, what is refused, new certificates while it runs, peers that dawdle."""

import os
import pathlib
import random
import signal
import socket
import ssl
import struct
import subprocess
import time

import msgpack

import peernet_test
from certificates import Authority, client_context, openssl
from peernet_test import Daemon, Rpc, RpcError, wait_until

slow = True

FAST = ("--retry-first", "50ms", "--retry-most", "200ms", "--login-delay", "20ms", "--login-delay-most", "40ms")


class Tls(peernet_test.PeernetTest):
    @classmethod
    def setUpClass(cls):
        cluster = peernet_test.shared_cluster()
        cls.database = cluster.conninfo(peernet_test.make_prepared(cluster, True))

    def setUp(self):
        self.folder = self.temp_folder()
        self.authority = Authority(self.folder / "root")
        self.certificate, self.key = self.authority.issue("server", san="DNS:localhost,IP:127.0.0.1")
        self.context = client_context(self.authority.certificate)

    def start(self, *flags, check=True):
        """A daemon with a TLS port and, for the administrator, a unix socket."""
        admin = self.temp_folder() / "socket"
        daemon = Daemon(self.database, *FAST, "--listen", f"tls://127.0.0.1:0,unix:{admin}", "--tls-certificate",
                        self.certificate, "--tls-key", self.key, *flags, ready="port")
        daemon.start()
        self.addCleanup(daemon.close)
        daemon.admin = Rpc(str(admin))
        self.addCleanup(daemon.admin.close)
        wait_until(lambda: daemon.admin.call("status")["ready"] and "tokens read" in daemon.log(), "the database")
        return daemon

    def connect(self, daemon, context=None):
        rpc = Rpc(daemon.port, tls=context or self.context)
        self.addCleanup(rpc.close)
        return rpc

    def token(self, daemon, role="reader"):
        name = f"token {time.monotonic_ns()}"
        return daemon.admin.call("token.create", {"name": name, "role": role})["token"]

    def counts(self, daemon):
        return daemon.admin.call("status")["connections"]

    def refused(self, rpc, method, *params):
        with self.assertRaises(RpcError) as caught:
            rpc.call(method, *params)
        return caught.exception

    def assert_fails_to_connect(self, daemon, context, words):
        with self.assertRaises((ssl.SSLError, ConnectionError, EOFError)) as caught:
            # With TLS 1.3 a server's refusal comes only after the client believes to be done.
            Rpc(daemon.port, tls=context).call("hello")
        self.assertRegex(str(caught.exception), words)


class Talk(Tls):
    def test_a_token_over_tls_and_large_answers(self):
        daemon = self.start()
        rpc = self.connect(daemon)
        self.assertEqual(rpc.sock.version(), "TLSv1.3")
        self.assertEqual(rpc.call("hello")["role"], "none")
        self.assertEqual(self.refused(rpc, "ping").code, "E_DENIED")
        self.assertEqual(rpc.call("hello", {"token": self.token(daemon)})["role"], "reader")
        with Rpc(daemon.admin.sock.getpeername()) as plain:
            expected = plain.call("methods")
        for _ in range(50):
            self.assertEqual(rpc.call("methods"), expected)
        ids = [rpc.request("methods") for _ in range(300)]  # megabytes, more than one write takes
        for msgid in ids:
            self.assertEqual(rpc.response(msgid), expected)
        self.assertEqual(self.counts(daemon)["tls"], 1)
        self.assertEqual(daemon.stop(), 0)

    def test_requests_byte_by_byte_and_all_at_once(self):
        daemon = self.start()
        rpc = self.connect(daemon)
        rpc.call("hello", {"token": self.token(daemon)})
        for byte in msgpack.packb([0, 77, "ping", []]):
            rpc.send(bytes([byte]))
        self.assertEqual(rpc.response(77), {"pong": True})
        rpc.send(b"".join(msgpack.packb([0, i, "ping", ["x" * 1000]]) for i in range(2000)))
        for i in range(2000):
            with self.assertRaises(RpcError):
                rpc.response(i)

    def test_notifications_and_a_drain_say_goodbye(self):
        daemon = self.start()
        rpc = self.connect(daemon)
        rpc.call("hello", {"token": self.token(daemon, "operator")})
        rpc.call("subscribe", "runs")
        rpc.call("run.start", {"force": True})
        while rpc.next_notification(60)[0] != "run.finished":
            pass
        daemon.process.send_signal(signal.SIGTERM)
        rpc.wait_closed()  # by close_notify: without it Python says SSLEOFError
        self.assertEqual(daemon.stop(None), 0)

    def test_tls_1_2_is_spoken_and_1_1_is_not(self):
        daemon = self.start()
        old = client_context(self.authority.certificate)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        rpc = self.connect(daemon, old)
        self.assertEqual(rpc.sock.version(), "TLSv1.2")
        self.assertRegex(rpc.sock.cipher()[0], "^ECDHE-ECDSA-(AES...-GCM|CHACHA20)")
        self.assertEqual(rpc.call("hello")["role"], "none")
        older = client_context(self.authority.certificate)
        older.set_ciphers("ALL:@SECLEVEL=0")
        older.minimum_version = older.maximum_version = ssl.TLSVersion.TLSv1_1
        self.assert_fails_to_connect(daemon, older, "(?i)protocol version|unsupported protocol|alert")
        cbc = client_context(self.authority.certificate)
        cbc.maximum_version = ssl.TLSVersion.TLSv1_2
        cbc.set_ciphers("ECDHE-ECDSA-AES128-SHA256")
        self.assert_fails_to_connect(daemon, cbc, "(?i)handshake failure")
        wait_until(lambda: self.counts(daemon)["handshakes_failed"] == 2, "the failures to be counted")
        self.assertIn("TLS handshake failed", daemon.log())

    def test_the_oldest_may_be_1_3(self):
        daemon = self.start("--tls-minimum", "1.3")
        old = client_context(self.authority.certificate)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assert_fails_to_connect(daemon, old, "(?i)protocol version")
        self.assertEqual(self.connect(daemon).call("hello")["role"], "none")

    def test_there_is_no_renegotiation(self):
        daemon = self.start()
        run = ["openssl", "s_client", "-connect", f"127.0.0.1:{daemon.port}", "-tls1_2", "-CAfile",
               self.authority.certificate]
        with subprocess.Popen(list(map(str, run)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as client:
            wait_until(lambda: self.counts(daemon)["tls"] == 1, "the connection")
            out, _ = client.communicate("R\n", timeout=20)
        self.assertIn("no renegotiation", out)


class Certificates(Tls):
    def test_a_client_that_believes_in_somebody_else_does_not_connect(self):
        daemon = self.start()
        other = Authority(self.folder / "other", "Other Root")
        self.assert_fails_to_connect(daemon, client_context(other.certificate), "certificate verify failed")

    def test_a_certificate_for_another_host_does_not_do(self):
        self.certificate, self.key = self.authority.issue("elsewhere", san="DNS:elsewhere.example.org")
        self.assert_fails_to_connect(self.start(), self.context, "Hostname mismatch")

    def test_an_expired_certificate_is_warned_of_and_believed_by_nobody(self):
        self.certificate, self.key = self.authority.issue("old", san="DNS:localhost", ended=True)
        daemon = self.start()
        self.assertIn("certificate read, but it has expired", daemon.log())
        self.assert_fails_to_connect(daemon, self.context, "certificate has expired")

    def refused_start(self, *flags):
        done = self.run("peernetd", "--check", "--database", self.database, "--listen", "tls://127.0.0.1:0", *flags,
                        check=False)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        return done.stderr

    def test_what_is_wrong_with_the_files_is_said_before_the_start(self):
        pair = ("--tls-certificate", self.certificate, "--tls-key", self.key)
        self.assertIn("TLS needs both a certificate and its private key", self.refused_start())
        self.assertIn("TLS needs both", self.refused_start("--tls-certificate", self.certificate))
        self.assertIn("/nowhere: it holds no certificate in PEM",
                      self.refused_start("--tls-certificate", "/nowhere", "--tls-key", self.key))
        _, other = self.authority.issue("other")
        self.assertIn("the private key does not belong to the certificate",
                      self.refused_start("--tls-certificate", self.certificate, "--tls-key", other))
        self.assertIn("/dev/null: a private key has to be a regular file",
                      self.refused_start("--tls-certificate", self.certificate, "--tls-key", "/dev/null"))
        locked = self.folder / "locked.key"
        openssl("ec", "-in", self.key, "-aes128", "-passout", "pass:x", "-out", locked)
        os.chmod(locked, 0o600)
        self.assertIn("no private key in PEM without a passphrase",
                      self.refused_start("--tls-certificate", self.certificate, "--tls-key", locked))
        self.assertIn("without tls-client-ca", self.refused_start(*pair, "--tls-client-names", "/dev/null"))
        names = self.folder / "names"
        for text, words in [("root dns:x\n", "names:1: there is no such role"),
                            ("# fine\nreader x\n", "names:2: there is no such kind of name"),
                            ("reader dns:" + "x" * 3000 + "\n", "names:1: it is too long")]:
            names.write_text(text)
            self.assertIn(words, self.refused_start(*pair, "--tls-client-ca", self.authority.certificate,
                                                    "--tls-client-names", names))
        self.assertIn('--tls-minimum: "1.1" is not allowed', self.refused_start(*pair, "--tls-minimum", "1.1"))

    def test_a_key_that_others_can_read_is_none(self):
        for mode in (0o644, 0o604, 0o660, 0o602):
            os.chmod(self.key, mode)
            told = self.refused_start("--tls-certificate", self.certificate, "--tls-key", self.key)
            self.assertIn(f"others can read or change this private key (mode {mode:04o})", told)
        os.chmod(self.key, 0o640)  # root's own, as Debian's group ssl-cert has them
        if os.getuid() == 0:
            os.chown(self.key, 65534, -1)
            self.assertIn("mode 0640", self.refused_start("--tls-certificate", self.certificate, "--tls-key", self.key))

    def test_new_certificates_come_with_sighup_and_broken_ones_do_not(self):
        daemon = self.start()
        before = self.connect(daemon)
        first = before.sock.getpeercert()["serialNumber"]
        self.authority.issue("server", san="DNS:localhost", key=self.key)  # the same files
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: daemon.log().count("certificate read") == 2, "the new one")
        second = self.connect(daemon).sock.getpeercert()["serialNumber"]
        self.assertNotEqual(first, second)
        self.assertEqual(before.call("hello")["role"], "none")  # goes on
        pathlib.Path(self.certificate).write_text("broken")
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the options cannot be used, those before stay" in daemon.log(), "the log line")
        self.assertIn(str(self.certificate), daemon.log().split("those before stay")[1])
        self.assertEqual(self.connect(daemon).sock.getpeercert()["serialNumber"], second)
        self.assertEqual(daemon.stop(), 0)


class Clients(Tls):
    def setUp(self):
        super().setUp()
        self.names = self.folder / "names"
        self.names.write_text("# role  name\noperator dns:case.example.org\nreader  uri:spiffe://example.org/job\n"
                              "reporter email:ada@example.org\nadmin subject:O=Example,CN=Ada\n")

    def client(self, name, **more):
        return client_context(self.authority.certificate, *self.authority.issue(name, **more))

    def start(self, *flags):
        return super().start("--tls-client-ca", self.authority.certificate, "--tls-client-names", self.names, *flags)

    def role(self, daemon, context):
        return self.connect(daemon, context).call("hello")["role"]

    def test_a_certificate_has_the_role_of_its_name_exactly(self):
        daemon = self.start()
        for name, more, role in [
                ("dns", {"san": "DNS:case.example.org"}, "operator"),
                ("uri", {"san": "URI:spiffe://example.org/job"}, "reader"),
                ("email", {"san": "email:ada@example.org"}, "reporter"),
                ("subject", {"subject": "/CN=Ada/O=Example"}, "admin"),
                ("several", {"san": "DNS:x.example.org,DNS:case.example.org"}, "operator"),
                ("case", {"san": "DNS:CASE.example.org"}, "none"),
                ("longer", {"san": "DNS:case.example.org.evil.org"}, "none"),
                ("wild", {"san": "DNS:*.example.org"}, "none"),
                ("other kind", {"san": "URI:case.example.org"}, "none"),
                ("common name", {"subject": "/CN=case.example.org"}, "none"),
                ("order", {"subject": "/O=Example/CN=Ada"}, "none"),
                ("more", {"subject": "/CN=Ada/O=Example/OU=x"}, "none"),
                ("pretender", {"subject": "/CN=Ada,O=Example"}, "none")]:
            self.assertEqual(self.role(daemon, self.client(name.replace(" ", "_"), **more)), role, name)
        with self.connect(daemon, self.client("log")) as rpc:  # no name: a token does
            self.assertEqual(rpc.call("hello", {"token": self.token(daemon)})["role"], "reader")

    def test_who_has_no_certificate_or_one_of_somebody_else_is_refused(self):
        daemon = self.start()
        self.assert_fails_to_connect(daemon, self.context, "(?i)certificate required|alert")
        other = Authority(self.folder / "other", "Other Root")
        wrong = client_context(self.authority.certificate, *other.issue("x", san="DNS:case.example.org"))
        self.assert_fails_to_connect(daemon, wrong, "(?i)unknown ca|alert")
        ended = self.client("ended", san="DNS:case.example.org", ended=True)
        self.assert_fails_to_connect(daemon, ended, "(?i)expired|alert")
        server = self.client("server_only", san="DNS:case.example.org", usage="serverAuth")
        self.assert_fails_to_connect(daemon, server, "(?i)unsupported certificate|alert")

    def test_certificates_may_be_left_to_the_client(self):
        daemon = self.start("--tls-client-required=no")
        self.assertEqual(self.role(daemon, self.context), "none")
        self.assertEqual(self.role(daemon, self.client("dns", san="DNS:case.example.org")), "operator")

    def test_other_names_with_sighup_close_whom_they_are_about(self):
        daemon = self.start()
        case = self.connect(daemon, self.client("dns", san="DNS:case.example.org"))
        job = self.connect(daemon, self.client("uri", san="URI:spiffe://example.org/job"))
        self.assertEqual(case.call("hello")["role"], "operator")
        self.assertEqual(job.call("hello")["role"], "reader")
        self.names.write_text("reader uri:spiffe://example.org/job\n")
        daemon.process.send_signal(signal.SIGHUP)
        with self.assertRaises((EOFError, ConnectionError, ssl.SSLError)):
            while True:
                case.read_message()
        self.assertTrue(job.call("ping")["pong"])

    def test_an_earlier_line_counts_for_whom_is_connected_already(self):
        daemon = self.start()
        both = self.connect(daemon, self.client("both", san="DNS:case.example.org,DNS:old.example.org"))
        self.assertEqual(both.call("hello")["role"], "operator")
        self.names.write_text("reader dns:old.example.org\noperator dns:case.example.org\n")
        daemon.process.send_signal(signal.SIGHUP)
        with self.assertRaises((EOFError, ConnectionError, ssl.SSLError)):
            while True:
                both.read_message()

    def test_the_audit_names_the_certificate(self):
        daemon = self.start()
        ada = self.connect(daemon, self.client("subject", subject="/CN=Ada/O=Example"))
        ada.call("token.create", {"name": "of ada"})
        who = self.sql(self.database, "SELECT who FROM peernet.audit WHERE detail->>'name' = 'of ada'")
        self.assertEqual(who, [("certificate subject:O=Example,CN=Ada",)])


class Trouble(Tls):
    def test_garbage_instead_of_a_handshake(self):
        daemon = self.start()
        chance = random.Random(7)
        hello = bytes.fromhex("160301")
        for data in (b"GET / HTTP/1.0\r\n\r\n", msgpack.packb([0, 1, "ping", []]), b"\x00" * 1000,
                     hello + b"\xff\xff" + b"x" * 65535, hello + b"\x40\x00" + chance.randbytes(16384),
                     *(chance.randbytes(chance.randrange(1, 3000)) for _ in range(50))):
            with socket.create_connection(("127.0.0.1", daemon.port)) as link:
                link.settimeout(20)
                link.sendall(data)
                link.shutdown(socket.SHUT_WR)
                try:
                    while link.recv(65536):
                        pass
                except ConnectionError:
                    pass
        self.assertEqual(self.connect(daemon).call("hello")["role"], "none")
        self.assertEqual(daemon.stop(), 0)

    def test_a_handshake_that_stops_has_a_deadline(self):
        daemon = self.start("--tls-handshake-timeout", "500ms")
        silent = socket.create_connection(("127.0.0.1", daemon.port), timeout=20)
        half = socket.create_connection(("127.0.0.1", daemon.port), timeout=20)
        half.sendall(bytes.fromhex("160301") + struct.pack(">H", 500) + b"\x01\x00")
        for link in (silent, half):
            with link:
                self.assertEqual(link.recv(100), b"")
        self.assertIn("the limit is 0.5 s (tls-handshake-timeout)", daemon.log())

    def test_who_shakes_hands_and_does_not_log_in_has_a_deadline(self):
        daemon = self.start("--login-timeout", "1s")
        rpc = self.connect(daemon)
        with self.assertRaises((EOFError, ssl.SSLError, ConnectionError)):
            rpc.read_message()
        self.assertIn("the limit is 1 s (login-timeout)", daemon.log())

    def test_slow_readers_wait_alone_and_are_closed(self):
        daemon = self.start("--output-pause", "64KiB", "--write-timeout", "1s")
        slow, other = self.connect(daemon), self.connect(daemon)
        for rpc in (slow, other):
            rpc.call("hello", {"token": self.token(daemon)})
        request = msgpack.packb([0, 1, "methods", []])
        slow.sock.settimeout(0.5)
        try:
            for _ in range(20000):
                slow.sock.sendall(request)
        except (socket.timeout, OSError):
            pass
        for _ in range(20):
            self.assertTrue(other.call("ping")["pong"])
        wait_until(lambda: self.counts(daemon)["slow_readers"] == 1, "the slow reader's end")
        self.assertTrue(other.call("ping")["pong"])
        self.assertEqual(daemon.stop(), 0)

    def test_who_reads_late_gets_all_of_it(self):
        daemon = self.start("--output-pause", "64KiB")
        rpc = self.connect(daemon)
        rpc.call("hello", {"token": self.token(daemon)})
        expected = rpc.call("methods")
        ids = [rpc.request("methods") for _ in range(400)]
        time.sleep(0.5)
        for msgid in ids:
            self.assertEqual(rpc.response(msgid), expected)

    def test_one_connection_too_many_is_told_over_tls(self):
        daemon = self.start("--login-connections", "2")
        links = [self.connect(daemon) for _ in range(2)]
        for link in links:
            link.call("hello")
        error = self.refused(self.connect(daemon), "hello")
        self.assertEqual((error.code, error.message),
                         ("E_LIMIT", "too many connections that have not logged in: the limit is 2 (login-connections)"))

    def test_truncated_and_broken_records_end_the_connection(self):
        daemon = self.start()
        for cut in (b"\x17\x03\x03\x00\x20" + b"x" * 32, b"\x17\x03\x03\x40\x00" + b"x" * 100, b"\x15\x03"):
            rpc = self.connect(daemon)
            rpc.call("hello")
            os.write(rpc.sock.fileno(), cut)  # below TLS
            with socket.socket(fileno=os.dup(rpc.sock.fileno())) as below:
                below.shutdown(socket.SHUT_WR)
            with self.assertRaises((EOFError, ssl.SSLError, ConnectionError)):
                rpc.read_message()
        self.assertEqual(self.connect(daemon).call("hello")["role"], "none")
        self.assertEqual(daemon.stop(), 0)

    def test_plaintext_off_loopback_says_what_it_takes(self):
        done = self.run("peernetd", "--listen", "0.0.0.0:0", "--database", self.database, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("that takes tls://0.0.0.0:0 with tls-certificate and tls-key", done.stderr)


if __name__ == "__main__":
    peernet_test.main()
