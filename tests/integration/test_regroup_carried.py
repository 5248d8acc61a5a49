"""A large programme's run begins with what the last one found: what it takes over changes no neighbour, and where it may
not be taken over all is computed anew."""

import json

from peernet_test import PeernetTest, main

slow = True

# Of some organizers the severities become others, and one report goes.
CHANGE = """CREATE TEMP TABLE picked ON COMMIT DROP AS SELECT id FROM peernet.organizers JOIN peernet.reports ON organizer = id GROUP BY id
    ORDER BY md5(id || %s) LIMIT %s;
UPDATE peernet.reports SET severity = 1 + severity %% 5 WHERE organizer IN (SELECT id FROM picked);
DELETE FROM peernet.reports WHERE (organizer, challenge) IN (SELECT organizer, min(challenge) FROM peernet.reports JOIN picked
    ON organizer = id GROUP BY organizer)"""


class Carried(PeernetTest):
    def setUp(self):
        self.database = self.prepare(example=False)
        self.run("peernet-generate", "--db", self.database, "--organizers", 1500)
        self.set_up(effort=20000, carry_from=1000)

    def set_up(self, **settings):
        self.sql(self.database, "UPDATE peernet.programmes SET settings = %s", (json.dumps(settings),))

    def change(self, organizers, salt="a"):
        self.sql(self.database, CHANGE, (salt, organizers))

    def another(self, *flags):
        """The run's number and what its figures say of it."""
        told = json.loads(self.regroup(self.database, "--force", "--json", "--as-of", "2025-10-31", *flags).stdout)
        return told["run"], told["figures"]

    def rows(self, run):
        return self.sql(self.database, """SELECT organizer, network, fit, told, encode(shared_at, 'hex'), next_network, next_fit, next_why, closest
            FROM peernet.members WHERE run = %s ORDER BY organizer""", (run,))

    def kept(self):
        return [run for run, in self.sql(self.database, "SELECT DISTINCT run FROM peernet.run_neighbours ORDER BY run")]

    def test_the_run_is_what_computing_all_anew_gives_where_the_past_is_ignored(self):
        self.set_up(effort=20000, carry_from=1000, stability=0)
        first, figures = self.another("--publish")
        self.assertIsNone(figures["carried"])
        for organizers, salt in ((1, "a"), (12, "b")):
            self.change(organizers, salt)
            for threads in (1, 3):
                with self.subTest(organizers=organizers, threads=threads):
                    run, figures = self.another("--threads", threads)
                    carried = figures["carried"]
                    self.assertEqual((carried["run"], carried["networks"]), (first, False))
                    self.assertGreaterEqual(carried["neighbours"], carried["changed"])
                    self.assertLess(carried["neighbours"], 750)
                    whole, figures_whole = self.another("--full")
                    self.assertIsNone(figures_whole["carried"])
                    for figure in ("edges", "modularity", "mean_fit", "moves"):
                        self.assertEqual(figures[figure], figures_whole[figure])
                    self.assertEqual(self.rows(run), self.rows(whole))

    def test_networks_are_sought_from_those_in_force_and_computed_again_alike(self):
        first, _ = self.another("--publish")
        self.change(12)
        run, figures = self.another("--publish")
        self.assertEqual((figures["carried"]["run"], figures["carried"]["changed"], figures["carried"]["networks"]), (first, 12, True))
        self.assertEqual(self.sql(self.database, """SELECT o.id FROM peernet.organizers o
            LEFT JOIN peernet.members m ON m.organizer = o.id AND m.run = %s LEFT JOIN peernet.unmatched u ON u.organizer = o.id
            AND u.run = %s WHERE (m.organizer IS NULL) = (u.organizer IS NULL)""", (run, run)), [])
        self.assertEqual(self.sql(self.database, "SELECT network FROM peernet.networks WHERE run = %s AND size NOT BETWEEN 5 AND 12",
                                  (run,)), [])
        self.assertGreater(figures["base"]["stayed"], 0.95 * figures["matched"])
        _, whole = self.another("--full")
        self.assertGreater(figures["mean_fit"], 0.99 * whole["mean_fit"])
        for number in (first, run):
            self.assertIn(f"run {number} comes out the same",
                          self.run("peernet-regroup", "replay", "--db", self.database, "--run", number).stdout)

    def test_what_is_other_than_then_is_computed_anew(self):
        self.another("--publish")
        self.change(400)
        self.assertIsNone(self.another()[1]["carried"])
        self.assertIsNone(self.another("--set", "half_life_days=100")[1]["carried"])
        self.assertIsNone(self.another("--set", "carry_from=0")[1]["carried"])
        self.sql(self.database, """INSERT INTO peernet.challenges (code, category, label_sv, label_en) VALUES ('new', 'new', 'Ny', 'New')""")
        self.assertIsNone(self.another()[1]["carried"])

    def test_all_anew_may_be_asked_for_though_nothing_has_changed(self):
        self.another("--publish")
        flags = ("--json", "--as-of", "2025-10-31")
        self.assertEqual(self.regroup(self.database, *flags, check=False).returncode, 11)
        self.assertEqual(json.loads(self.regroup(self.database, "--full", *flags).stdout)["run"], 2)

    def test_what_is_damaged_is_passed_over(self):
        self.another("--publish")
        self.change(3)
        self.sql(self.database, """ALTER TABLE peernet.run_neighbours DISABLE TRIGGER USER;
            UPDATE peernet.run_neighbours SET bytes = set_byte(bytes, 3000, get_byte(bytes, 3000) # 1)""")
        self.assertIsNone(self.another()[1]["carried"])
        self.sql(self.database, "UPDATE peernet.run_neighbours SET bytes = '' WHERE part = 1")
        self.assertIsNone(self.another()[1]["carried"])

    def test_the_newest_and_the_published_run_keep_something(self):
        self.another("--publish")
        self.another()
        self.another()
        self.assertEqual(self.kept(), [1, 3])
        self.another("--publish")
        self.assertEqual(self.kept(), [1, 4])  # as it was when the run was written
        self.another("--set", "carry_from=0")
        self.assertEqual(self.kept(), [1, 4])
        self.another()
        self.assertEqual(self.kept(), [4, 6])
        self.assertEqual(self.refused(self.database, "UPDATE peernet.run_neighbours SET part = 9"), True)

    def refused(self, database, statement):
        try:
            self.sql(database, statement)
        except Exception as error:  # pylint: disable=broad-except
            return "never changed" in str(error)
        return False


if __name__ == "__main__":
    main()
