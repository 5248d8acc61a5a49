"""peernet submit and peernet upsert: from words and from files, and what is told of mistakes."""

import json
import time

import peernet_test
from peernet_test import Daemon, wait_until

slow = True

TYPED = "2120000019"  # Upplands Väsby kommun


class Intake(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.daemon = Daemon(self.database).start()
        self.addCleanup(self.daemon.close)

    def peernet(self, *args, code=0, **more):
        done = self.run("peernet", *args, check=False, env={"PEERNET_ADDRESS": self.daemon.address}, **more)
        self.assertEqual(done.returncode, code, (args, done.stdout, done.stderr))
        self.assertEqual(done.stderr if code == 0 else done.stdout, "")
        return done.stdout if code == 0 else done.stderr

    def reports(self, number=TYPED):
        return self.sql(self.database, "SELECT challenge, severity, reported_on::text, note FROM peernet.reports "
                                       "WHERE organizer = %s AND reported_on > '2026-01-01' ORDER BY 1", (number,))

    def test_one_report_by_number_or_name_with_today_unless_a_day_is_given(self):
        self.assertEqual(self.peernet("submit", TYPED, "subject.art=4", "staff.qualified=2", "--on", "2026-03-14", "--note", "två rader"),
                         "2 added, 0 changed, 0 unchanged.\n")
        self.assertEqual(self.reports(), [("staff.qualified", 2, "2026-03-14", "två rader"), ("subject.art", 4, "2026-03-14", "två rader")])
        self.assertEqual(self.peernet("submit", "212000-0019", "subject.art=4", "--on=2026-03-14", "--lang", "sv"),
                         "0 nya, 1 ändrade, 0 oförändrade.\n")
        days = {time.strftime("%Y-%m-%d")}
        told = json.loads(self.peernet("submit", "upplands väsby kommun", "subject.mus=1", "--json"))
        days.add(time.strftime("%Y-%m-%d"))
        self.assertEqual((told["added"], told["changed"]), (1, 0))
        self.assertIn(self.sql(self.database, "SELECT max(reported_on)::text FROM peernet.reports WHERE organizer = %s "
                                              "AND challenge = 'subject.mus'", (TYPED,))[0][0], days)

    def test_who_reported_nothing_then_and_has_since_is_told_so(self):
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        self.peernet("regroup", "--wait", "--publish")
        silent = "2120000050"
        self.assertNotIn("has since", self.peernet("of", silent).replace("\n", " "))
        self.peernet("submit", silent, "subject.art=4")
        told = wait_until(lambda: (said := self.peernet("of", silent).replace("\n", " ")) and "has since" in said and said, "the report")
        self.assertIn("It had reported nothing that counts when the published networks were formed", told)
        self.assertIn("det har den gjort sedan dess", self.peernet("of", silent, "--lang", "sv").replace("\n", " "))

    def test_figures_of_the_run_are_told_from_those_of_today(self):
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        self.peernet("regroup", "--wait", "--publish")
        member = self.sql(self.database, "SELECT organizer FROM peernet.members JOIN peernet.programmes ON run = published_run "
                                         "WHERE name = 'default' ORDER BY 1 LIMIT 1")[0][0]
        self.assertNotIn("newer reports", self.peernet("of", member))
        self.peernet("submit", member, "subject.art=5")
        told = wait_until(lambda: "newer" in (said := self.peernet("of", member).replace("\n", " ")) and said, "the report")
        self.assertRegex(told, r"There are newer reports than those of run \d+: the column SIMILARITY is of today's;")
        self.assertIn("kolumnen LIKHET gäller dagens", self.peernet("of", member, "--lang", "sv").replace("\n", " "))

    def test_many_reports_from_csv_json_and_standard_input(self):
        folder = self.temp_folder()
        (folder / "r.csv").write_text('severity,organizer,challenge,reported_on,note\n3,2120000019,subject.art,2026-03-14,"a, ""b""\nc"\n'
                                      "4,2120000027,subject.art,2026-03-14,\n")
        self.assertEqual(self.peernet("submit", "--file", folder / "r.csv"), "2 added, 0 changed, 0 unchanged.\n")
        self.assertEqual(self.reports(), [("subject.art", 3, "2026-03-14", 'a, "b"\nc')])
        entries = [{"organizer": TYPED, "challenge": "subject.art", "severity": 5, "reported_on": "2026-03-14"}]
        for text in (json.dumps(entries), json.dumps({"reports": entries})):
            self.peernet("submit", "--file", "-", "--key", "once", input=text)
            self.assertEqual(self.reports(), [("subject.art", 5, "2026-03-14", "")])
        told = self.peernet("submit", "--file", "-", "--key", "once", input=json.dumps([dict(entries[0], severity=1)]), code=1)
        self.assertIn('key: "once" came before', told)
        self.assertNotIn("E_ARGUMENT", told)

    def test_an_organizer_is_added_and_changed(self):
        self.assertEqual(self.peernet("upsert", "559000-0001", "name=Nya skolan AB", "kind=independent", "pupils=180", "lat=59.5",
                                      "lon=17.9", "attr.forms=a;b", "attr.size=small"), "1 added, 0 changed, 0 unchanged.\n")
        self.peernet("upsert", "5590000001", "name=Nya skolan AB", "kind=independent", "pupils=", "attr.size=")
        self.assertEqual(self.sql(self.database, "SELECT name, pupils, lat, attributes FROM peernet.organizers WHERE id = '5590000001'"),
                         [("Nya skolan AB", None, 59.5, {"forms": ["a", "b"]})])
        self.peernet("submit", "5590000001", "subject.art=4")
        wait_until(lambda: "Nya skolan AB" in self.peernet("search", "nya skolan"), "the newcomer")
        self.peernet("upsert", "5590000001", "municipality=9999")
        self.assertEqual(self.sql(self.database, "SELECT name, kind::text, municipality FROM peernet.organizers WHERE id = '5590000001'"),
                         [("Nya skolan AB", "independent", "9999")])
        self.assertIn("there is no organizer of the number 5590000002 yet; a new one needs name=... and kind=...",
                      self.peernet("upsert", "559000-0002", "municipality=9999", code=1))
        file = peernet_test.EXAMPLE / "organizers.csv"
        told = json.loads(self.peernet("upsert", "--file", file, "--json"))
        self.assertEqual((told["added"], told["changed"], told["unchanged"]), (0, 0, 576))

    def test_mistakes_in_a_file_are_told_with_their_place(self):
        file = self.temp_folder() / "r.csv"
        for text, words in (
                ("organizer,challenge,severity,reported_on,note\n2120000019,subject.art,9,2026-03-14,\n",
                 f'{file}:2:24: severity "9" is not a whole number from 1 to 5'),
                ("organizer,sev\n1,2\n", '2:3: unknown field "sev"; the fields are: organizer, challenge'),
                ("organizer,organizer\n1,2\n", "1:11: column organizer stands twice"),
                ("organizer,challenge,severity,reported_on\n1\n", f"{file}:2:"),
                ("[1", f"{file}: "),
                ('{"organizers": []}', "it is neither a list nor a map with a list of reports")):
            file.write_text(text)
            self.assertIn(words, self.peernet("submit", "--file", file, code=1))
        file.write_text("organizer,challenge,severity,reported_on\n2120000019,subject.art,4,2026-03-14\n\nnobody,subject.art,4,2026-03-14\n")
        told = self.peernet("submit", "--file", file, code=1)
        self.assertIn("there is no organizer nobody", told)
        self.assertIn("That is line 4 of the file. Nothing was entered.", told)
        self.assertEqual(self.reports(), [])
        self.assertIn("No such file", self.peernet("submit", "--file", "/nowhere", code=1))

    def test_mistakes_of_typing_are_told_before_anything_is_sent(self):
        self.assertIn("a report is CHALLENGE=SEVERITY", self.peernet("submit", TYPED, "subject.art=6", code=2))
        self.assertIn("'peernet submit' needs ORGANIZER CHALLENGE=SEVERITY", self.peernet("submit", TYPED, code=2))
        self.assertIn("'peernet upsert' needs ID FIELD=VALUE", self.peernet("upsert", "1", code=2))
        self.assertIn("--file has all that is entered; 'x=1' does not go with it", self.peernet("submit", "--file", "f", "x=1", code=2))
        self.assertIn("'--on' does not go with it", self.peernet("submit", "--file", "f", "--on", "2026-01-01", code=2))
        self.assertIn('kind "church" is none of', self.peernet("upsert", "1", "kind=church", code=2))
        self.assertIn('unknown field "nam"; the fields are: id, name', self.peernet("upsert", "1", "nam=x", code=2))
        self.assertIn('"name" is no FIELD=VALUE', self.peernet("upsert", "1", "name", code=2))
        self.assertIn("there is no organizer of the number 1 yet", self.peernet("upsert", "1", "kind=state", code=1))
        self.assertIn("no organizer has the number or name 'nobody here'", self.peernet("submit", "nobody here", "subject.art=4", code=1))
        self.assertIn("there is no organizer 99", self.peernet("submit", "99", "subject.art=4", code=1))


if __name__ == "__main__":
    peernet_test.main()
