"""peernet regroup --all: every programme, one after the other, with a report and one exit code."""

import json

import peernet_test
from peernet_test import Daemon, run_program


class Nightly(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        self.daemon = Daemon(self.database).start()
        self.addCleanup(self.daemon.close)
        self.peernet(0, "programme", "create", "reading", "title_en=Reading", "effort=1000",
                     'category_weights={"languages": 2}')
        self.peernet(0, "programme", "create", "old", "effort=1000")
        self.peernet(0, "programme", "archive", "old", "--yes")

    def peernet(self, code, *args):
        done = run_program("peernet", *args, check=False, env={"PEERNET_ADDRESS": self.daemon.address})
        self.assertEqual(done.returncode, code, (args, done.stdout, done.stderr))
        return done.stdout + done.stderr

    def test_each_programme_is_regrouped_and_told_and_again_there_is_nothing_to_do(self):
        told = self.peernet(0, "regroup", "--all", "--publish")
        self.assertLess(told.index("All challenges (default)"), told.index("Reading (reading)"))
        self.assertEqual(told.count("is done and its networks are in force."), 2)
        self.assertNotIn("(old)", told)
        self.assertEqual(self.sql(self.database, "SELECT name, published_run IS NOT NULL FROM peernet.programmes ORDER BY name"),
                         [("default", True), ("old", False), ("reading", True)])
        self.assertEqual(self.peernet(0, "regroup", "--all", "--publish").count("Nothing to do"), 2)

    def test_one_that_fails_keeps_no_other_from_its_run(self):
        self.peernet(0, "pin", "add", "apart", "2120000019", "2120000027")
        # A rule by hand that no run can meet.
        self.sql(self.database, "INSERT INTO peernet.pins (programme, rule, organizers, made_by) VALUES "
                                "('default', 'together', ARRAY['2120000019', '2120000027'], 'somebody')")
        report = self.peernet(1, "regroup", "--all", "--json")
        runs = {run["programme"]: run for run in json.loads(report[report.index("{"):report.rindex("}") + 1])["runs"]}
        self.assertEqual(sorted(runs), ["default", "reading"])
        self.assertEqual((runs["default"]["state"], runs["default"]["figures"]), ("failed", None))
        self.assertEqual(runs["reading"]["state"], "done")
        self.assertEqual(runs["reading"]["figures"]["matched"], 330)

    def test_a_programme_beside_all_is_refused(self):
        self.assertIn("leave --programme out, or --all", self.peernet(2, "regroup", "--all", "--programme", "reading"))


if __name__ == "__main__":
    peernet_test.main()
