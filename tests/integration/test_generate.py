"""peernet-generate: the same bytes for a seed, plausible organizers, and files that an import takes."""

import collections
import csv
import hashlib
import json

from peernet_test import EXAMPLE, PeernetTest, main

FILES = ("challenges", "organizers", "reports")


class Generate(PeernetTest):
    def generate(self, *flags, check=True):
        folder = self.temp_folder() / "made"
        self.run("peernet-generate", "--to", folder, *flags, check=check)
        return folder

    def rows(self, folder, name):
        with open(folder / f"{name}.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def refuse(self, *flags):
        done = self.run("peernet-generate", *flags, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def test_a_seed_gives_these_very_bytes(self):
        folder = self.generate("--organizers", 40, "--challenges", 20, "--rounds", 2, "--seed", 7)
        found = {f: hashlib.sha256((folder / f"{f}.csv").read_bytes()).hexdigest()[:16] for f in FILES}
        self.assertEqual(found, {"challenges": "7a7e4fb21a2aa071", "organizers": "c07eda1bc03f56b1", "reports": "1050444029ebc7c5"})

    def test_a_larger_population_begins_with_the_smaller_one(self):
        small, large = (self.generate("--organizers", n, "--challenges", 30) for n in (50, 80))
        for name in FILES:
            begins = (small / f"{name}.csv").read_bytes()
            self.assertEqual((large / f"{name}.csv").read_bytes()[:len(begins)], begins, name)

    def test_kinds_are_those_of_sweden_and_places_are_real(self):
        with open(EXAMPLE / "organizers.csv", newline="", encoding="utf-8") as file:
            real = {o["municipality"]: o for o in csv.DictReader(file) if o["kind"] == "municipal"}
        made = self.rows(self.generate(), "organizers")
        kinds = collections.Counter(o["kind"] for o in made)
        municipal = [o for o in made if o["kind"] == "municipal"]
        self.assertEqual((len(made), kinds["municipal"]), (2800, 290))
        self.assertTrue(10 <= kinds["regional"] <= 50 and 3 <= kinds["state"] <= 30 and kinds["independent"] > 2300, kinds)
        self.assertEqual(len({o["municipality"] for o in municipal}), 290)
        for o in made:
            place = real[o["municipality"]]
            self.assertEqual(o["county"], place["county"])
            self.assertLess(abs(float(o["lat"]) - float(place["lat"])), 0.2)
            self.assertLess(abs(float(o["lon"]) - float(place["lon"])), 0.35)
            self.assertLessEqual(set(o["attr.forms"].split(";")), {"preschool", "compulsory", "upper-secondary"})
        largest = collections.Counter(o["municipality"] for o in made).most_common(1)[0][0]
        self.assertEqual(largest, "0180")  # Stockholm

    def test_independent_organizers_report_fewer_challenges_and_more_severe_ones(self):
        folder = self.generate()
        kind = {o["id"]: o["kind"] for o in self.rows(folder, "organizers")}
        severities = {"municipal": [], "independent": []}
        reporting = {k: set() for k in severities}
        for r in self.rows(folder, "reports"):
            if kind[r["organizer"]] in severities:
                severities[kind[r["organizer"]]].append(int(r["severity"]))
                reporting[kind[r["organizer"]]].add(r["organizer"])
        mean = {k: sum(s) / len(s) for k, s in severities.items()}
        count = {k: len(s) / len(reporting[k]) for k, s in severities.items()}
        self.assertTrue(0.65 < count["independent"] / count["municipal"] < 0.9, count)
        self.assertTrue(0.5 < mean["independent"] - mean["municipal"] < 1.1, mean)

    def lasting(self, drift):
        """Share of the first round's challenges that the same organizer reports in the second."""
        folder = self.generate("--organizers", 400, "--rounds", 2, "--drift", drift, "--silent", 0)
        rounds = [collections.defaultdict(set), collections.defaultdict(set)]
        for r in self.rows(folder, "reports"):
            rounds[r["reported_on"] > "2025-06-01"][r["organizer"]].add(r["challenge"])
        self.assertEqual((len(rounds[0]), len(rounds[1])), (400, 400))
        return sum(len(rounds[0][o] & rounds[1][o]) for o in rounds[0]) / sum(map(len, rounds[0].values()))

    def test_rounds_drift_as_far_as_asked(self):
        none, some, all_of_them = self.lasting(0), self.lasting(0.2), self.lasting(1)
        self.assertEqual(none, 1)
        self.assertTrue(0.5 < some < 0.85, some)
        self.assertLess(all_of_them, 0.4)

    def test_an_import_takes_the_files_and_the_database_way_gives_the_same_rows(self):
        by_files, straight = self.prepare(example=False), self.prepare(example=False)
        flags = ("--organizers", 300, "--rounds", 2, "--seed", 3)
        folder = self.generate(*flags)
        files = [a for f in FILES for a in (f"--{f}", folder / f"{f}.csv")]
        told = json.loads(self.run("peernet", "db", "import", *files, "--json", "--db", by_files).stdout)
        self.assertEqual(told["organizers"]["added"], 300)
        self.run("peernet-generate", "--db", straight, *flags)
        for table in FILES:
            query = f"SELECT * FROM peernet.{table} ORDER BY 1, 2, 3"
            self.assertEqual(self.sql(straight, query), self.sql(by_files, query), table)

    def test_a_world_without_noise_in_a_single_theme_ends(self):
        folder = self.generate("--organizers", 50, "--themes", 1, "--noise", 0, "--reports", 40)
        self.assertGreater(len(self.rows(folder, "reports")), 500)

    def test_wrong_flags_are_told_with_what_is_allowed(self):
        there = self.generate("--organizers", 5)
        self.assertIn("--organizers: '0' is not a number from 1 to 10000000", self.refuse("--to", there, "--organizers", 0))
        self.assertIn("'1.5' is not a whole number", self.refuse("--to", there, "--themes", 1.5))
        self.assertIn("--noise: 'x' is not a number from 0 to 1", self.refuse("--to", there, "--noise", "x"))
        self.assertIn("--to DIR for files, or --db", self.refuse())
        self.assertIn("not a date", self.refuse("--to", there, "--last-day", "yesterday"))

    def test_what_is_there_is_not_overwritten(self):
        there = self.generate("--organizers", 5)
        done = self.run("peernet-generate", "--to", there, "--organizers", 6, check=False)
        self.assertEqual((done.returncode, len(self.rows(there, "organizers"))), (1, 5))
        self.assertIn("exists", done.stderr)


if __name__ == "__main__":
    main()
