"""Reports and organizers that clients send: whole or not at all, once, acknowledged after the commit, outages told."""

import threading
import time

import peernet_test
from peernet_test import Daemon, RpcError, wait_until
from pg import PrivateCluster
from pg_proxy import Proxy

slow = True

TYPED = "2120000019"
FAST = ("--retry-first", "50ms", "--retry-most", "200ms", "--refresh-interval", "1h")


def report(organizer=TYPED, challenge="subject.art", severity=4, reported_on="2026-03-14", **more):
    return {"organizer": organizer, "challenge": challenge, "severity": severity, "reported_on": reported_on, **more}


def organizer(number="5590000001", name="Nya skolan AB", kind="independent", **more):
    return {"id": number, "name": name, "kind": kind, **more}


class Sender(peernet_test.PeernetTest):
    def start(self, database, *flags):
        daemon = Daemon(database, *FAST, *flags).start()
        self.addCleanup(daemon.close)
        rpc = daemon.rpc()
        self.addCleanup(rpc.close)
        return daemon, rpc

    def refused(self, rpc, code, method, *params):
        with self.assertRaises(RpcError) as caught:
            rpc.call(method, *params)
        self.assertEqual(caught.exception.code, code, caught.exception.message)
        return caught.exception.message

    def counts(self, answer):
        return answer["added"], answer["changed"], answer["unchanged"]


    def kept(self, database):
        return self.sql(database, "SELECT (SELECT count(*) FROM peernet.reports), (SELECT count(*) FROM peernet.organizers), "
                                  "(SELECT inputs_version FROM peernet.state), (SELECT count(*) FROM peernet.audit)")[0]


class Intake(Sender):
    def caught_up(self, rpc, answer):
        wait_until(lambda: rpc.call("status")["snapshot"]["inputs_version"] >= answer["inputs_version"], "the snapshot")

    def test_reports_are_committed_when_they_are_acknowledged_and_read_soon_after(self):
        database = self.prepare()
        _, rpc = self.start(database)
        answer = rpc.call("report.submit", [report(note="En rad\noch en till"), report(challenge="subject.mus", severity=1)])
        rows = self.sql(database, "SELECT challenge, severity, note FROM peernet.reports WHERE organizer = %s AND "
                                  "reported_on = '2026-03-14' ORDER BY 1", (TYPED,))
        self.assertEqual(rows, [("subject.art", 4, "En rad\noch en till"), ("subject.mus", 1, "")])
        self.assertEqual(self.counts(answer), (2, 0, 0))
        self.caught_up(rpc, answer)
        told = {r["challenge"]: r for r in rpc.call("organizer.get", TYPED)["reports"]}
        self.assertEqual((told["subject.art"]["severity"], told["subject.art"]["reported_on"]), (4, "2026-03-14"))
        # Another of the day takes its place; the same says so, and moves nothing.
        again = rpc.call("report.submit", [report(severity=5), report(challenge="subject.mus", severity=1)])
        self.assertEqual(self.counts(again), (0, 1, 1))
        before = self.kept(database)
        self.assertEqual(self.counts(rpc.call("report.submit", [report(severity=5)])), (0, 0, 1))
        self.assertEqual(self.kept(database), before)
        told = "SELECT who, action, detail FROM peernet.audit WHERE who = 'loopback' AND origin LIKE '127.0.0.1:%' ORDER BY entry"
        self.assertEqual(self.sql(database, told), [("loopback", "reports.add", {"rows": 2}),
                                                    ("loopback", "report.submit", {"added": 2, "changed": 0}),
                                                    ("loopback", "reports.change", {"rows": 1}),
                                                    ("loopback", "report.submit", {"added": 0, "changed": 1})])

    def test_a_newcomer_has_a_provisional_place_as_soon_as_it_reports(self):
        database = self.prepare()
        self.regroup(database, "--publish", "--set", "effort=1000")
        _, rpc = self.start(database)
        new = rpc.call("organizer.upsert", [organizer(municipality="0114", county="01", lat=59.52, lon=17.91, pupils=180,
                                                      attributes={"size": "small", "forms": ["a", "b"]})])
        self.assertEqual(self.counts(new), (1, 0, 0))
        alike = rpc.call("organizer.get", TYPED)["reports"]
        answer = rpc.call("report.submit", [report("5590000001", r["challenge"], r["severity"]) for r in alike])
        self.caught_up(rpc, answer)
        told = rpc.call("network.of", "5590000001")
        self.assertFalse(told["matched"])
        self.assertGreater(told["provisional"]["fit"], 0)
        got = rpc.call("organizer.get", "5590000001")["organizer"]
        self.assertEqual((got["pupils"], got["lat"], got["attributes"]), (180, 59.52, {"size": "small", "forms": ["a", "b"]}))

    def test_what_an_organizer_leaves_out_stays(self):
        database = self.prepare(False)
        _, rpc = self.start(database)
        rpc.call("organizer.upsert", [organizer(municipality="0114", lat=59.5, lon=17.9, pupils=180,
                                                attributes={"size": "small", "forms": ["a", "b"], "owner": "x"})])
        read = "SELECT name, municipality, county, lat, lon, pupils, attributes FROM peernet.organizers"
        changed = rpc.call("organizer.upsert", [organizer(name="Nytt namn", county="01",
                                                          attributes={"owner": None, "size": "large"})])
        self.assertEqual(self.counts(changed), (0, 1, 0))
        self.assertEqual(self.sql(database, read), [("Nytt namn", "0114", "01", 59.5, 17.9, 180,
                                                     {"size": "large", "forms": ["a", "b"]})])
        rpc.call("organizer.upsert", [organizer(name="Nytt namn", municipality=None, lat=None, lon=None, pupils=None)])
        self.assertEqual(self.sql(database, read), [("Nytt namn", "", "01", None, None, None,
                                                     {"size": "large", "forms": ["a", "b"]})])
        before = self.kept(database)
        self.assertEqual(self.counts(rpc.call("organizer.upsert", [organizer(name="Nytt namn")])), (0, 0, 1))
        self.assertEqual(self.kept(database), before)

    def test_one_that_is_wrong_refuses_the_batch_by_its_index(self):
        database = self.prepare()
        _, rpc = self.start(database)
        before = self.kept(database)
        for method, entries, words in (
                ("report.submit", [report(), report(severity=9)], "reports[1].severity 9 is not a whole number from 1 to 5"),
                ("report.submit", [report(), report("nobody")],
                 'reports[1].organizer "nobody" is unknown; it must be in the database (organizer.upsert)'),
                ("report.submit", [report(), report(), report(challenge="none")],
                 'reports[2].challenge "none" is unknown; it must be in the catalogue (challenge.list)'),
                ("report.submit", [report(), report(challenge="subject.mus"), report(severity=1)],
                 "reports[2] has the organizer, the challenge and the day of reports[0]; one a day is allowed"),
                ("organizer.upsert", [organizer(), organizer("x", kind="church")], 'organizers[1].kind "church" is none of'),
                ("organizer.upsert", [organizer(), organizer()],
                 "organizers[1] has the id of organizers[0]; each stands once")):
            self.assertIn(words, self.refused(rpc, "E_ARGUMENT", method, entries, "key"))
        self.assertEqual(self.kept(database), before)
        # A key that was refused is free.
        self.assertEqual(self.counts(rpc.call("report.submit", [report()], "key")), (1, 0, 0))

    def test_the_same_key_enters_nothing_twice(self):
        database = self.prepare()
        _, rpc = self.start(database)
        first = rpc.call("report.submit", [report()], "case 1")
        self.sql(database, "UPDATE peernet.reports SET severity = 1 WHERE organizer = %s AND reported_on = '2026-03-14'", (TYPED,))
        before = self.kept(database)
        self.assertEqual(rpc.call("report.submit", [report()], "case 1"), first)
        self.assertEqual(self.kept(database), before)
        told = self.refused(rpc, "E_ARGUMENT", "report.submit", [report(severity=3)], "case 1")
        self.assertIn(f'key: "case 1" came before, on {first["accepted_at"]}, with other content', told)
        self.assertEqual(self.kept(database), before)
        # It is another key for another method, and for somebody else.
        self.assertEqual(self.counts(rpc.call("organizer.upsert", [organizer()], "case 1")), (1, 0, 0))
        self.sql(database, "UPDATE peernet.intake_keys SET who = 'token other'")
        self.assertEqual(self.counts(rpc.call("report.submit", [report(severity=2)], "case 1")), (0, 1, 0))
        # Old keys go, when one comes.
        self.sql(database, "UPDATE peernet.intake_keys SET accepted_at = now() - interval '31 days' WHERE who = 'token other'")
        rpc.call("report.submit", [report(severity=3)], "case 2")
        self.assertEqual(self.sql(database, "SELECT who, key FROM peernet.intake_keys ORDER BY key"),
                         [("loopback", "case 1"), ("loopback", "case 2")])

    def test_the_same_batch_from_many_at_once_is_entered_once(self):
        database = self.prepare()
        daemons = [self.start(database)[0] for _ in range(2)]
        answers = []

        def send(daemon):
            with daemon.rpc() as rpc:
                answers.append(rpc.call("report.submit", [report()], "same"))
        threads = [threading.Thread(target=send, args=(daemons[i % 2],)) for i in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), 16)
        self.assertTrue(all(a == answers[0] for a in answers), answers)
        self.assertEqual(self.counts(answers[0]), (1, 0, 0))

    def test_a_thousand_go_in_and_one_more_is_a_limit(self):
        database = self.prepare()
        _, rpc = self.start(database)
        ids = [row[0] for row in self.sql(database, "SELECT id FROM peernet.organizers ORDER BY id LIMIT 500")]
        entries = [report(i, c) for i in ids for c in ("subject.art", "subject.mus")]
        self.assertEqual(self.counts(rpc.call("report.submit", entries)), (1000, 0, 0))
        told = self.refused(rpc, "E_LIMIT", "report.submit", [*entries, report(ids[0], "subject.eng")])
        self.assertIn("at most 1000 are allowed (submit-entries)", told)
        reached = {o["option"]: o["reached"] for o in rpc.call("status")["limits"]}
        self.assertEqual(reached["submit-entries"], 1)

    def test_an_import_under_way_is_waited_for_a_moment_and_others_are_answered(self):
        database = self.prepare()
        _, rpc = self.start(database, "--submit-queue", 4)
        holder = peernet_test.psycopg2.connect(database)
        self.addCleanup(holder.close)
        with holder.cursor() as cursor:
            cursor.execute("SELECT FROM peernet.state FOR NO KEY UPDATE")
        first = [rpc.request("report.submit", [report(challenge=c)]) for c in ("subject.art", "subject.mus", "subject.eng")]
        self.assertTrue(rpc.call("ping")["pong"])  # others are answered while they wait, as there is no room yet:
        self.assertIn("the limit is 2 for one connection, half of 4 (submit-queue)", self.refused(rpc, "E_BUSY", "report.submit", [report()]))
        with self.assertRaises(RpcError) as caught:
            rpc.response(first[0])
        self.assertEqual(caught.exception.code, "E_BUSY")
        self.assertIn("nothing was entered: an import or another batch holds the tables; try again", caught.exception.message)
        holder.rollback()
        for msgid in first[1:]:
            self.assertEqual(self.counts(rpc.response(msgid)), (1, 0, 0))

    def test_least_rights_and_the_least_role_are_enough(self):
        database = self.prepare()
        name = database.split("dbname=")[1]
        self.cluster.execute("CREATE ROLE intake_daemon LOGIN IN ROLE peernet_daemon")
        self.addCleanup(self.cluster.execute, "DROP ROLE intake_daemon")
        where = database.split("user=")[0] + f"user=intake_daemon dbname={name}"
        daemon, rpc = self.start(where, "--loopback-role", "reporter")
        self.assertEqual(self.counts(rpc.call("report.submit", [report()])), (1, 0, 0))
        self.assertEqual(self.counts(rpc.call("organizer.upsert", [organizer()])), (1, 0, 0))
        rpc.close()
        self.assertEqual(daemon.stop(), 0)
        _, rpc = self.start(where, "--loopback-role", "reader")
        self.assertIn("needs role reporter", self.refused(rpc, "E_DENIED", "report.submit", [report()]))


class Outage(Sender):
    """With a cluster of its own, since it is stopped."""

    def setUp(self):
        cluster = PrivateCluster()
        self.addCleanup(cluster.close)
        self.own = cluster
        self.database = cluster.new_database()
        self.run("peernet", "db", "init", "--db", self.database)
        self.sql(self.database, "INSERT INTO peernet.challenges VALUES ('subject.art', 'c', 's', 'e')")

    @property
    def cluster(self):
        return self.own

    def test_with_the_database_away_nothing_is_done_and_that_is_said(self):
        daemon, rpc = self.start(self.database)
        self.own.command("down")
        wait_until(lambda: not rpc.call("status")["database"]["connected"], "the loss to be seen")
        told = self.refused(rpc, "E_UNAVAILABLE", "organizer.upsert", [organizer()], "k")
        self.assertTrue(told.startswith("nothing was entered: the database is away"), told)
        self.own.start()
        wait_until(lambda: rpc.call("status")["database"]["connected"], "the database")
        self.assertEqual(self.counts(rpc.call("organizer.upsert", [organizer()], "k")), (1, 0, 0))
        self.assertEqual(daemon.stop(), 0)

    def held_up(self, rpc, *params):
        """A batch that the database has begun and that waits there; its msgid, and what holds it."""
        holder = peernet_test.psycopg2.connect(self.database)
        self.addCleanup(holder.close)
        with holder.cursor() as cursor:
            cursor.execute("SELECT FROM peernet.state FOR NO KEY UPDATE")
        msgid = rpc.request("organizer.upsert", *params)
        wait_until(lambda: self.sql(self.database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")[0][0],
                   "the wait", pause=0.005)
        return msgid, holder

    def unknown(self, rpc, msgid, words):
        with self.assertRaises(RpcError) as caught:
            rpc.response(msgid)
        self.assertEqual(caught.exception.code, "E_UNAVAILABLE")
        self.assertIn("the database was lost before it said whether the batch is in; send it again with the same " + words,
                      caught.exception.message)
        wait_until(lambda: rpc.call("status")["database"]["connected"], "the database")

    def test_a_commit_whose_answer_is_lost_is_unknown_and_not_entered_twice(self):
        with Proxy(self.own) as proxy:
            through = f"host=127.0.0.1 port={proxy.port} user=postgres dbname={self.database.split('dbname=')[1]}"
            daemon, rpc = self.start(through, "--answer-timeout", "500ms", "--connect-timeout", "500ms")
            msgid, holder = self.held_up(rpc, [organizer()], "k")
            proxy.freeze()
            holder.rollback()
            wait_until(lambda: self.kept(self.database)[1] == 1, "the commit")
            wait_until(lambda: not rpc.call("status")["database"]["connected"], "the loss to be seen")
            proxy.thaw()
            self.unknown(rpc, msgid, "key, which enters nothing twice")
            before = self.kept(self.database)
            self.assertEqual(self.counts(rpc.call("organizer.upsert", [organizer()], "k")), (1, 0, 0))
            self.assertEqual(self.kept(self.database), before)
            self.assertEqual(daemon.stop(), 0)

    def test_a_statement_that_was_ended_is_unknown_and_can_be_sent_again(self):
        daemon, rpc = self.start(self.database)
        msgid, holder = self.held_up(rpc, [organizer()])
        self.sql(self.database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        self.unknown(rpc, msgid, "content: what is in already stays as it is")
        holder.rollback()
        self.assertEqual(self.kept(self.database)[1], 0)
        self.assertEqual(self.counts(rpc.call("organizer.upsert", [organizer()])), (1, 0, 0))
        self.assertEqual(daemon.stop(), 0)

    def test_a_draining_daemon_answers_what_it_has_taken(self):
        daemon, rpc = self.start(self.database)
        msgid, holder = self.held_up(rpc, [organizer()])
        daemon.process.send_signal(15)
        time.sleep(0.1)
        holder.rollback()
        self.assertEqual(self.counts(rpc.response(msgid)), (1, 0, 0))
        self.assertEqual(daemon.stop(None), 0)


if __name__ == "__main__":
    peernet_test.main()
