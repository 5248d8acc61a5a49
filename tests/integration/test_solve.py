"""peernet-regroup solve: groups a file without a database, the same bytes for the same seed and effort, and says what is
wrong with a file, where, and what is allowed."""

import collections
import hashlib
import json
import random

from peernet_test import EXAMPLE, PeernetTest, main, slow_test

REAL = ("--profiles", EXAMPLE / "reports.csv", "--challenges", EXAMPLE / "challenges.csv")
FIGURES = {"objective", "mean_fit", "elements", "unmatched", "groups", "bound", "attained", "seconds", "moves", "effort",
           "seed", "proven"}


class Solve(PeernetTest):
    def setUp(self):
        self.folder = self.temp_folder()

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def solve(self, *flags):
        """(bytes of the groups, figures)"""
        out = self.folder / "groups"
        done = self.run("peernet-regroup", "solve", *flags, "-o", out)
        return out.read_bytes(), json.loads(done.stderr)

    def refuse(self, *flags, exit=1):
        """The message without what it begins with; one line."""
        done = self.run("peernet-regroup", "solve", *flags, check=False)
        self.assertEqual((done.returncode, done.stdout), (exit, ""), done.stderr)
        line = done.stderr.splitlines()[0].replace(str(self.folder) + "/", "")
        self.assertTrue(line.startswith("peernet-regroup solve: "), line)
        return line[len("peernet-regroup solve: "):]

    def groups(self, data):
        return dict(line.split("\t") for line in data.decode().splitlines())

    def mdgp(self, n, groups, least, most, pairs=None):
        chance = random.Random(1)
        pairs = pairs or [(i, j, chance.randint(0, 100)) for i in range(n) for j in range(i + 1, n)]
        head = f"{n} {groups} ds " + " ".join(f"{least} {most}" for _ in range(groups))
        return self.file("instance.txt", head + "\n" + "".join(f"{i} {j} {w}\n" for i, j, w in pairs))


class Figures(Solve):
    def test_tells_objective_bound_and_effort_and_groups_everybody_within_bounds(self):
        data, told = self.solve(*REAL, "--effort", 20000)
        sizes = collections.Counter(self.groups(data).values())
        self.assertEqual(set(told), FIGURES)
        self.assertEqual((told["elements"], told["groups"], len(sizes), sum(sizes.values())), (330, 41, 41, 330))
        self.assertTrue(all(5 <= s <= 12 for s in sizes.values()), sizes)
        self.assertEqual(told["objective"], told["mean_fit"])
        self.assertTrue(0.7 < told["mean_fit"] <= told["bound"] <= 1, told)
        self.assertAlmostEqual(told["attained"], told["objective"] / told["bound"], 5)
        self.assertEqual(self.solve(*REAL, "--effort", 20000, "--objective", "sum")[1]["groups"], 41)

    def test_mean_fit_is_what_the_groups_have(self):
        path = self.mdgp(12, 3, 3, 5)
        data, told = self.solve("--mdgp", path, "--effort", 1000, "--objective", "mean")
        weight = {}
        for line in path.read_text().splitlines()[1:]:
            i, j, w = line.split()
            weight[i, j] = weight[j, i] = float(w)
        group = self.groups(data)
        fit = [[weight[i, j] for j in group if j != i and group[j] == group[i]] for i in group]
        self.assertAlmostEqual(told["mean_fit"], sum(sum(f) / len(f) for f in fit) / len(fit), 9)
        self.assertTrue(told["proven"])
        self.assertEqual((told["bound"], told["attained"]), (told["objective"], 1))


    def test_challenges_need_no_category(self):
        text = "organizer,challenge,severity\n" + "".join(f"o{i},c{i % 2},3\n" for i in range(12))
        data, told = self.solve("--profiles", self.file("r.csv", text), "--min", 6, "--max", 6)
        self.assertEqual((told["groups"], told["mean_fit"]), (2, 1))
        self.assertEqual(len({(int(o[1:]) % 2, g) for o, g in self.groups(data).items()}), 2)


class Settings(Solve):
    """Settings about organizers, as for a run."""

    def organizers(self, n):
        rows = [f"o{i:02},{'state' if i == 0 else 'municipal'},{'01' if i % 2 else '02'},{55 + 10 * (i % 2)},15,{'gr;gy' if i % 3 else 'gy'},"
                f"{1 + i % 2}" for i in range(n)]
        organizers = self.file("o.csv", "id,kind,county,lat,lon,attr.forms,attr.people\n" + "\n".join(rows) + "\n")
        reports = self.file("r.csv", "organizer,challenge,severity\n" + "".join(f"o{i:02},c{i % 2},{1 + i % 5}\no{i:02},c,2\n" for i in range(n)))
        return "--profiles", reports, "--organizers", organizers, "--effort", 1000

    def test_limits_hold_and_who_has_no_place_is_unmatched(self):
        flags = self.organizers(24)
        data, told = self.solve(*flags, "--set", "not_alone=kind", "--set", "distance_most_km=100")
        self.assertEqual((told["elements"], told["unmatched"]), (23, 1))
        groups = self.groups(data)
        self.assertNotIn("o00", groups)
        self.assertEqual(len({(int(o[1:]) % 2, g) for o, g in groups.items()}), told["groups"])

    def test_scope_capacity_and_seats(self):
        flags = self.organizers(24)
        _, told = self.solve(*flags, "--set", 'scope={"county": "01", "attributes": {"forms": "gr"}}')
        self.assertEqual((told["elements"], told["unmatched"]), (8, 16))
        data, told = self.solve(*flags, "--set", "capacity=1", "--set", "seats=people")
        people = {o: 1 + int(o[1:]) % 2 for o in self.groups(data)}
        self.assertEqual((sum(people.values()), told["groups"], told["unmatched"]), (12, 1, 24 - len(people)))
        _, told = self.solve(*flags, "--set", "seats=peple")
        self.assertEqual(told["warnings"], ['seats: no organizer has the attribute "peple"; did you mean "people"?'])

    def test_fewer_networks_where_limits_leave_no_room_for_more(self):
        flags = (*self.organizers(16), "--min", 5, "--max", 8, "--set", "target_size=5")
        self.assertEqual(self.solve(*flags)[1]["groups"], 3)
        data, told = self.solve(*flags, "--set", "in_common=people")  # eight of each
        self.assertEqual((told["elements"], told["unmatched"], told["groups"]), (16, 0, 2))
        self.assertEqual(len({(int(o[1:]) % 2, g) for o, g in self.groups(data).items()}), 2)

    def test_names_that_nothing_bears_are_warned_of(self):
        flags = self.organizers(24)
        _, told = self.solve(*flags, "--set", 'category_weights={"c": 0.5, "cc": 0}', "--set", 'scope={"county": ["01", "9"]}')
        self.assertEqual(told["warnings"], ['category_weights: no challenge that takes part has the category "cc"; did you mean "c"?',
                                            'scope.county: nothing within the scope is "9"'])
        _, told = self.solve(*flags, "--set", 'category_weights={"cc": 0}', "--set", "capacity=2")
        self.assertEqual(len(told["warnings"]), 1)
        self.assertNotIn("warnings", self.solve(*flags, "--set", 'scope={"county": "01"}')[1])
        self.assertIn('there is nothing to group; scope.attributes: no organizer has the attribute "form"; did you mean "forms"?',
                      self.refuse(*flags, "--set", 'scope={"attributes": {"form": "gr"}}'))

    def test_regions_too_thin_for_one_more_network_have_one(self):
        # Nine at each of seven places; nine make one network of 5 to 8 (one has no room near by) or of 5 to 12.
        rows = "".join(f"p{i:02},municipal,{56 + i // 9},15\n" for i in range(63))
        organizers = self.file("o.csv", "id,kind,lat,lon\n" + rows)
        reports = self.file("r.csv", "organizer,challenge,severity\n" + "".join(f"p{i:02},c,{1 + i % 5}\n" for i in range(63)))
        flags = ("--profiles", reports, "--organizers", organizers, "--effort", 1000, "--min", 5, "--set", "target_size=6")
        for limit in "distance_most_km=50", "centre_most_km=50":
            for most, left in (12, 0), (8, 7):
                data, told = self.solve(*flags, "--max", most, "--set", limit)
                self.assertEqual((told["groups"], told["elements"], told["unmatched"]), (7, 63 - left, left), limit)
                self.assertEqual(len({(int(o[1:]) // 9, g) for o, g in self.groups(data).items()}), 7)

    def test_the_bound_means_something_with_mix_and_seats(self):
        flags = self.organizers(24)
        for most, more in (1, ('mix={"county": -1}', "seats=people")), (2, ('mix={"county": 1}',)), (1, ("seats=people",)):
            _, told = self.solve(*flags, *(f for m in more for f in ("--set", m)))
            self.assertTrue(told["objective"] <= told["bound"] <= most + 1e-6, (more, told))

    def test_a_limit_that_leaves_no_room_and_a_wrong_kind_are_refused(self):
        flags = self.organizers(24)
        said = self.refuse(*flags, "--groups", 3, "--min", 8, "--max", 8, "--set", "in_common=people", exit=13)
        self.assertIn("in_common: people", said)
        bad = self.file("bad.csv", "id,kind\no00,municpal\n")
        self.assertEqual(self.refuse(*flags, "--organizers", bad),
                         "bad.csv:2: kind 'municpal': municipal, independent, regional or state is needed, or nothing")
        self.assertEqual(self.refuse("--mdgp", self.mdgp(12, 3, 3, 5), "--set", "not_alone=kind", exit=2),
                         "settings about organizers and challenges go with --profiles only")


class Identity(Solve):
    """One seed and effort: one grouping, whatever the threads, and the effort of a timed search gives its groups again."""

    def digest(self, *flags):
        data, told = self.solve(*flags)
        return hashlib.sha256(data).hexdigest(), told["effort"]

    def check_identity(self, *source, effort=400000):
        flags = (*source, "--seed", 5)
        groups, reached = self.digest(*flags, "--seconds", 0.15, "--threads", 2)
        again = {self.digest(*flags, "--effort", reached, "--threads", t)[0] for t in (1, 2)}
        self.assertEqual(again, {groups})
        searched = {self.digest(*flags, "--effort", effort, "--threads", t)[0] for t in (1, 2, 1, 2)}
        self.assertEqual(len(searched), 1)
        self.assertNotIn(self.digest(*flags, "--effort", 0)[0], searched)

    @slow_test
    def test_of_profiles_that_are_few(self):
        self.check_identity(*REAL)

    @slow_test
    def test_of_profiles_that_are_many(self):
        self.run("peernet-generate", "--to", self.folder / "made", "--organizers", 1700)
        self.check_identity("--profiles", self.folder / "made/reports.csv", "--challenges", self.folder / "made/challenges.csv",
                            effort=80000)

    def test_of_an_instance(self):
        self.check_identity("--mdgp", self.mdgp(120, 10, 8, 16))

    def test_of_edges(self):
        chance = random.Random(2)
        edges = {tuple(sorted(chance.sample(range(200), 2))) for _ in range(2000)}
        lines = "".join(f"{i} {j} {chance.random():.3f}\n" for i, j in sorted(edges))
        self.check_identity("--edges", self.file("edges", lines), "--groups", 20, "--min", 8, "--max", 12)


class Previous(Solve):
    def test_who_was_together_stays_unless_it_pays(self):
        before, _ = self.solve(*REAL, "--effort", 20000)
        path = self.file("before", before)
        stayed = {}
        for stability in (0, 0.5, 1):
            _, told = self.solve(*REAL, "--effort", 20000, "--seed", 2, "--previous", path, "--set", f"stability={stability}")
            self.assertEqual(told["returning"], 330)
            stayed[stability] = told["stayed"]
        self.assertEqual(stayed[1], 330)
        self.assertGreater(stayed[0.5], 250)
        self.assertLess(stayed[0], 150)

    def test_stability_is_a_half_where_nothing_else_is_said(self):
        path = self.file("before", self.solve(*REAL, "--effort", 20000)[0])
        flags = (*REAL, "--effort", 20000, "--seed", 2, "--previous", path)
        self.assertEqual(self.solve(*flags)[0], self.solve(*flags, "--set", "stability=0.5")[0])

    def test_newcomers_are_placed_and_who_left_is_passed_over(self):
        before, _ = self.solve(*REAL, "--effort", 20000)
        lines = before.decode().splitlines()
        path = self.file("before", "".join(line + "\n" for line in lines[10:]) + "gone away\t3\n")
        data, told = self.solve(*REAL, "--effort", 20000, "--previous", path, "--set", "stability=1")
        self.assertEqual(told["returning"], 320)
        self.assertEqual(len(self.groups(data)), 330)
        self.assertGreaterEqual(told["stayed"], 310)

    def test_faults_are_told(self):
        def fault(text, *flags):
            return self.refuse(*(flags or REAL), "--previous", self.file("before", text))
        self.assertEqual(fault("2120000019 3\n"), "before:1: '2120000019 3': an id, a tab and a group are needed")
        self.assertEqual(fault("\n2120000019\tx\n"), "before:2: group 'x': a whole number from 0 is needed")
        self.assertEqual(fault("2120000019\t1\n2120000019\t1\n"), "before:2: '2120000019' has a group already")
        self.assertEqual(fault("nobody\t1\n"), "before: none of the 330 elements has a group there")
        self.assertEqual(fault("9\t1\n", "--mdgp", self.mdgp(9, 3, 3, 3)),
                         "before:1: element '9': there are 9, numbered from 0")
        self.assertEqual(self.refuse(*REAL, "--previous", self.folder / "none"), "none: No such file or directory")


class Faults(Solve):
    def mdgp_fault(self, text):
        return self.refuse("--mdgp", self.file("i.txt", text))

    def test_of_an_instance(self):
        head = "4 2 ss 2 2 2 2\n"
        self.assertEqual(self.mdgp_fault(""), "i.txt: empty; n m ss|ds and the bounds are needed")
        self.assertEqual(self.mdgp_fault("many 2 ss\n"), "i.txt:1: n 'many': a whole number from 0 to 20000 is needed")
        self.assertEqual(self.mdgp_fault("4 5 ss\n"), "i.txt:1: m '5': a whole number from 0 to 4 is needed")
        self.assertEqual(self.mdgp_fault("4 2 xx\n"), "i.txt:1: the kind of sizes 'xx': ss or ds is needed")
        self.assertEqual(self.mdgp_fault("4 2 ss 2 2 2\n"),
                         "i.txt:1: a group's greatest size is missing: a whole number from 0 to 4294967294 is needed")
        self.assertEqual(self.mdgp_fault(head + "0 4 1\n"), "i.txt:2: j '4': a whole number from 0 to 3 is needed")
        self.assertEqual(self.mdgp_fault(head + "1 1 1\n"), "i.txt:2: 1 1: two different elements are needed")
        self.assertEqual(self.mdgp_fault(head + "0 1 nan\n"), "i.txt:2: the weight 'nan': a finite number is needed")
        self.assertEqual(self.mdgp_fault(head + "0 1 1 1\n"),
                         "i.txt:2: more on the line '1': the end of the line is needed")
        self.assertEqual(self.mdgp_fault(head + "0 1 1\n1 0 2\n"),
                         "i.txt:3: the pair 1 0 was given already, with weight 1")
        self.assertEqual(self.mdgp_fault(head + "0 1 1\n0 2 1\n"),
                         "i.txt: the pair 0 3 has no weight; all 6 pairs need one")
        self.assertEqual(self.mdgp_fault(b"4 2\0 ss\n"), "i.txt:1: a NUL byte; text is needed")

    def test_of_edges(self):
        def fault(text, *flags):
            flags = flags or ("--groups", 2, "--min", 2, "--max", 2)
            return self.refuse("--edges", self.file("e", text), *flags)
        self.assertEqual(fault("0 1 1\n1 0 2\n"), "e:2: the pair 0 1 was given in line 1 already")
        self.assertEqual(fault(""), "e: there is nothing to group")
        self.assertEqual(fault("0 -1 1\n"), "e:1: j '-1': a whole number from 0 to 9999999 is needed")
        self.assertEqual(fault("0 1\n"), "e:1: the weight is missing: a number is needed")

    def test_of_reports(self):
        def fault(text, *flags):
            return self.refuse("--profiles", self.file("r.csv", text), *flags)
        head = "organizer,challenge,severity,reported_on\n"
        self.assertEqual(fault("organizer,severity\n"), "r.csv:1: the header lacks the column 'challenge'; it begins with 'organizer'")
        self.assertIn("begins with 'organizer;challenge;severity'", fault("organizer;challenge;severity\na;b;3\n"))
        self.assertEqual(fault(head), "r.csv: there is nothing to group")
        self.assertEqual(fault(head + "a,b,6,2025-01-01\n"), "r.csv:2: severity '6': 1 to 5 is needed")
        self.assertEqual(fault(head + "a,b,5,2025-02-30\n"),
                         "r.csv:2: reported_on '2025-02-30': a date as 2026-08-31 is needed")
        self.assertEqual(fault(head + ",b,5,2025-01-01\n"), "r.csv:2: the organizer is missing")
        self.assertIn("r.csv:2", fault(head + "a,b\n"))
        self.assertIn("r.csv:2", fault(head + 'a,"b\n'))
        self.assertIn("r.csv:2", fault(head + "a,b,5,2025-01-01\n", "--challenges", self.file("c.csv", "code,category\nx,y\n")))

    def test_of_a_folder_and_of_an_output_that_cannot_be(self):
        self.assertIn("Is a directory", self.refuse("--profiles", self.folder))
        self.assertIn("No such file", self.refuse(*REAL, "-o", self.folder / "none" / "out"))

    def test_of_flags(self):
        def fault(*flags):
            return self.refuse(*flags, exit=2)
        self.assertEqual(fault(), "exactly one of --mdgp, --edges and --profiles is needed")
        self.assertEqual(fault("--mdgp", "a", "--edges", "b"), "exactly one of --mdgp, --edges and --profiles is needed")
        self.assertEqual(fault("--profile5", "a"), "--profile5 is no flag of solve; did you mean --profiles?")
        self.assertEqual(fault(*REAL, "--elements", 5), "--elements goes with --edges only")
        self.assertEqual(fault("--mdgp"), "--mdgp: a value is needed")
        self.assertEqual(fault(*REAL, "--as-of", "soon"), "--as-of soon: a date as 2026-08-31 is needed")
        self.assertEqual(fault("--mdgp", "a", "--seconds", "-1"), "--seconds -1: a number from 0 to 10000000 is needed")
        self.assertEqual(fault("--edges", "a", "--min", 2), "--edges needs --groups, --min and --max")
        self.assertEqual(fault("--mdgp", "a", "--groups", 2), "--groups, --min and --max: an --mdgp file has its own")
        self.assertIn("min_size", fault(*REAL, "--min", 9, "--max", 8))
        self.assertIn("stability", fault(*REAL, "--set", "stability=2"))
        self.assertIn("stability", fault(*REAL, "--set", "stabilty=0.2"))

    def test_bounds_that_cannot_be_met_have_an_exit_code_of_their_own(self):
        said = self.refuse("--mdgp", self.mdgp(7, 2, 4, 5), exit=13)
        self.assertEqual(said, "7 elements are too few for 2 groups: their least sizes need 8")
        said = self.refuse("--mdgp", self.mdgp(7, 1, 4, 5), exit=13)
        self.assertEqual(said, "7 elements are too many for 1 group: their greatest sizes hold 5")
        nine = "organizer,challenge,severity\n" + "".join(f"o{i},c,3\n" for i in range(9))
        said = self.refuse("--profiles", self.file("r.csv", nine), "--max", 8, exit=13)
        self.assertEqual(said, "9 elements cannot be put into groups of 5 to 8")


if __name__ == "__main__":
    main()
