"""peernet doctor: what it finds wrong with the daemon, the database and certificates, and how it says to mend it."""

import json
import resource
import signal

import certificates
import peernet_test
from fake_server import FakeServer, response
from peernet_test import Daemon, run_program


class Doctor(peernet_test.PeernetTest):
    def doctor(self, code, *args, env=None):
        """{part: [(state, text, mend)]}"""
        done = run_program("peernet", "doctor", *args, "--json", check=False, env=env)
        self.assertEqual((done.returncode, done.stderr), (code, ""), done.stdout)
        told = json.loads(done.stdout)
        self.assertEqual(told["well"], code == 0)
        parts = {}
        for check in told["checks"]:
            parts.setdefault(check["check"], []).append((check["state"], check["text"], check["mend"]))
        return parts

    def test_all_is_well_in_both_languages(self):
        database = self.prepare()
        with Daemon(database) as daemon:
            parts = self.doctor(0, "--address", daemon.address, "--db", database)
            self.assertEqual({state for part in parts.values() for state, _, _ in part}, {"ok", "skipped"}, parts)
            self.assertEqual(set(parts), {"daemon", "version", "data", "limits", "programmes", "database", "schema", "clock",
                                          "certificates"})
            self.assertEqual(self.doctor(0, "--address", daemon.address)["database"][0][0], "skipped")
            said = self.run("peernet", "doctor", "--address", daemon.address, "--lang", "sv").stdout
            self.assertRegex(said, r"(?m)^ok +tjänsten +svarar på ")

    def test_without_a_daemon_the_rest_is_looked_at_all_the_same(self):
        database = self.prepare(example=False)
        parts = self.doctor(1, "--address", "127.0.0.1:1", "--db", database)
        [(state, text, mend)] = parts["daemon"]
        self.assertEqual(state, "fault")
        self.assertIn("no daemon answers at 127.0.0.1:1", text)
        self.assertIn("systemctl start peernetd", mend)
        self.assertEqual(parts["schema"][0][0], "ok")

    def test_what_is_wrong_with_the_database_is_told_with_its_cure(self):
        database = self.prepare(example=False)
        self.sql(database, "GRANT DELETE ON peernet.reports TO peernet_reader; "
                           "ALTER TABLE peernet.audit DISABLE TRIGGER USER")
        with Daemon(database) as daemon:
            schema = self.doctor(1, "--address", daemon.address, "--db", database)["schema"]
            told = {text: mend for _, text, mend in schema}
            self.assertEqual(told["role peernet_reader may DELETE peernet.reports"], "REVOKE DELETE ON peernet.reports FROM peernet_reader")
            self.assertTrue(any("of peernet.audit is disabled" in text for text in told), told)
            [(state, text, _)] = self.doctor(1, "--address", daemon.address, "--db", "host=/nowhere")["database"]
            self.assertEqual(state, "fault")
            self.assertIn("/nowhere", text)

    def test_too_few_open_files_are_told_with_the_clients_that_they_are_enough_for(self):
        with Daemon(self.prepare(example=False), "--max-connections", 2000) as daemon:
            for soft, hard, told in ((2660, 2660, []), (785, 785, [500])):
                self.limit_files(daemon, soft, hard)
                daemon.process.send_signal(signal.SIGHUP)
                fits = told[0] if told else 2000
                peernet_test.wait_until(lambda: self.connections(daemon)["limit"] == fits, "the limit read anew")
                limits = self.doctor(0, "--address", daemon.address)["limits"]
                self.assertEqual(["max-connections is 2000" in text for _, text, _ in limits if "open" in text], [True] * len(told))
                self.assertEqual([state for state, text, mend in limits if "LimitNOFILE" in (mend or "")], ["warning"] * len(told))
            self.assertEqual((self.connections(daemon)["wanted"], self.connections(daemon)["open_files"]), (2000, 785))
            said = self.run("peernet", "doctor", "--address", daemon.address, "--lang", "sv").stdout
            self.assertIn("systemet låter tjänsten öppna", said)

    def limit_files(self, daemon, soft, hard):
        try:
            resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (soft, hard))
        except PermissionError:
            most = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)[1]
            self.skipTest(f"{hard} open files are needed; {most} are allowed here, and raising that needs CAP_SYS_RESOURCE")

    def connections(self, daemon):
        with daemon.rpc() as rpc:
            return rpc.call("status")["connections"]

    def test_what_the_daemon_says_of_itself(self):
        status = {"ready": True, "database": {"connected": False, "error": "gone"}, "snapshot": {"age_s": 5.0},
                  "worker": {"last_result": "failed: no memory"}, "version": "0.0.1",
                  "limits": [{"option": "output-limit", "value": 8.0, "unit": "bytes", "reached": 3}],
                  "programmes": [{"name": "reading", "settings_fault": "min_size: 1", "next_due": "2026-01-01T00:00:00Z"}]}
        with FakeServer(lambda method, params, msgid: response(msgid, status)) as server:
            parts = self.doctor(1, "--address", server.address)
        self.assertEqual(parts["version"][0][0], "warning")
        self.assertEqual(parts["data"][0][:2], ("fault", "the daemon does not reach the database: gone"))
        self.assertIn("output-limit = 8: 3", parts["limits"][0][1])
        self.assertEqual([(s, t.split(" ")[0]) for s, t, _ in parts["programmes"]],
                         [("fault", "reading:"), ("warning", "programme"), ("warning", "the")])

    def test_certificates_that_end_soon_or_have_ended(self):
        authority = certificates.Authority(self.temp_folder())
        database = self.prepare(example=False)
        for days, state in ((30, "ok"), (3, "warning")):
            certificate, key = authority.issue(f"server{days}", san="DNS:localhost", days=days)
            with Daemon(database, "--listen", "tls://127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key,
                        ready="port") as daemon:
                parts = self.doctor(1, "--address", f"tls://localhost:{daemon.port}", "--ca", authority.certificate)
                self.assertEqual([s for s, _, _ in parts["certificates"]], [state, "ok"], parts)
                self.assertIn("--credentials", parts["daemon"][0][2])  # by TLS one has to log in
        ended, _ = authority.issue("ended", ended=True)
        for file, words in ((ended, "ended"), (self.temp_folder() / "none", "no certificate in it")):
            found = self.doctor(1, "--address", "127.0.0.1:1", "--ca", file)["certificates"]
            self.assertEqual(found[0][0], "fault")
            self.assertIn(words, found[0][1])


if __name__ == "__main__":
    peernet_test.main()
