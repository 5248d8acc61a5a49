"""A programme's settings at work: who takes part, what weighs, who waits, and what is told of it."""

import json

from peernet_test import PeernetTest, main
from regroup_worker import FAST, NOTHING, SETTINGS

slow = True


class Settings(PeernetTest):
    def population(self, organizers, challenges=(("c", "k"),)):
        """A database of organizers (dicts: id, kind, county, lat, lon, attributes, reports: {challenge: severity})."""
        db = self.prepare(example=False)
        for code, category in challenges:
            self.sql(db, "INSERT INTO peernet.challenges VALUES (%s, %s, %s, %s)", (code, category, code, code))
        for o in organizers:
            self.sql(db, """INSERT INTO peernet.organizers (id, name, kind, county, lat, lon, attributes)
                            VALUES (%s, %s, %s, %s, %s, %s, %s)""",
                     (o["id"], f"Org {o['id']}", o.get("kind", "municipal"), o.get("county", ""), o.get("lat"), o.get("lon"),
                      json.dumps(o.get("attributes", {}))))
            for challenge, severity in o.get("reports", {"c": 3}).items():
                self.sql(db, "INSERT INTO peernet.reports VALUES (%s, %s, current_date - 10, %s)", (o["id"], challenge, severity))
        return db

    def settings(self, db, **settings):
        self.sql(db, "UPDATE peernet.programmes SET settings = %s", (json.dumps(settings),))

    def run_it(self, db, *flags):
        """The run's figures."""
        return json.loads(self.regroup(db, "--json", "--publish", "--force", *FAST, *flags).stdout)["figures"]

    def refused(self, db, *flags):
        """The sentence with which it is refused as bad settings."""
        done = self.regroup(db, "--force", *FAST, *flags, check=False)
        self.assertEqual(done.returncode, SETTINGS, done.stdout + done.stderr)
        self.assertEqual(self.sql(db, "SELECT count(*) FROM peernet.runs"), [(0,)])
        return done.stderr

    def networks(self, db):
        """The networks published, as sets of organizers."""
        return [set(members) for members, in self.sql(db, """SELECT array_agg(m.organizer) FROM peernet.members m
            JOIN peernet.programmes p ON m.run = p.published_run GROUP BY m.network ORDER BY m.network""")]

    def unmatched(self, db):
        """{organizer: reason} of what is published."""
        return dict(self.sql(db, """SELECT u.organizer, u.reason FROM peernet.unmatched u
            JOIN peernet.programmes p ON u.run = p.published_run"""))

    def reasons(self, db, organizer):
        return self.sql(db, """SELECT u.reason, u.reason_sv, u.reason_en, u.waited FROM peernet.unmatched u
            JOIN peernet.programmes p ON u.run = p.published_run WHERE u.organizer = %s""", (organizer,))[0]

    def assert_everybody_is_somewhere(self, db, ids):
        placed = [o for network in self.networks(db) for o in network]
        self.assertEqual(len(placed), len(set(placed)))
        self.assertEqual(sorted(placed + list(self.unmatched(db))), sorted(ids))


class Scope(Settings):
    def test_who_is_outside_is_not_in_the_run_and_only_counted(self):
        db = self.population([{"id": f"m{i}", "county": "01"} for i in range(7)]
                             + [{"id": f"s{i}", "kind": "state", "county": "01"} for i in range(6)]
                             + [{"id": f"x{i}", "county": "99"} for i in range(5)]
                             + [{"id": "silent", "county": "01", "reports": {}}])
        self.settings(db, scope={"kind": "municipal", "county": ["01", "02"]})
        figures = self.run_it(db)
        self.assertEqual((figures["organizers"], figures["outside_scope"], figures["matched"]), (8, 11, 7))
        self.assertEqual(figures["warnings"], ['scope.county: nothing within the scope is "02"'])
        self.assertEqual(self.unmatched(db), {"silent": "nothing_reported"})
        self.assert_everybody_is_somewhere(db, [f"m{i}" for i in range(7)] + ["silent"])

    def test_an_attribute_of_lists_needs_one_of_the_values(self):
        forms = (["gr"], ["gr", "gy"], "gy", ["an"], None)
        db = self.population([{"id": f"{i:02}", "attributes": {"forms": forms[i % 5]} if forms[i % 5] else {}} for i in range(30)])
        self.settings(db, scope={"attributes": {"forms": ["gr", "vux"]}})
        self.assertEqual(self.run_it(db)["organizers"], 12)
        self.assert_everybody_is_somewhere(db, [f"{i:02}" for i in range(30) if i % 5 < 2])

    def test_only_challenges_of_the_categories_and_reports_since_the_day_count(self):
        both = {"c": 3, "d": 5}
        db = self.population([{"id": f"c{i}", "reports": {"c": 3}} for i in range(5)]
                             + [{"id": f"d{i}", "reports": {"d": 3}} for i in range(5)]
                             + [{"id": "both", "reports": both}, {"id": "old", "reports": {"c": 5}}],
                             (("c", "k"), ("d", "l")))
        self.sql(db, "UPDATE peernet.reports SET reported_on = '2024-12-31' WHERE organizer = 'old'")
        self.settings(db, scope={"category": ["k"], "reported_since": "2025-01-01"}, window_days=36500)
        figures = self.run_it(db)
        self.assertEqual((figures["reports"], figures["matched"], figures["outside_scope"]), (6, 6, 0))
        self.assertEqual(self.networks(db), [{"both"} | {f"c{i}" for i in range(5)}])
        self.assertEqual(set(self.unmatched(db).values()), {"nothing_reported"})
        for o in "d0", "old":
            self.assertIn("bara vissa utmaningar gör det, och bara rapporter från och med 2025-01-01.", self.reasons(db, o)[1])
        self.assertEqual(self.sql(db, "SELECT DISTINCT shared FROM peernet.member_shares"), [(["c"],)])

    def test_changes_outside_the_scope_are_no_reason_to_run(self):
        db = self.population([{"id": f"m{i}"} for i in range(6)] + [{"id": "s", "kind": "state"}])
        self.settings(db, scope={"kind": "municipal"})
        self.regroup(db, "--publish", *FAST)
        self.sql(db, "UPDATE peernet.organizers SET name = 'New' WHERE id = 's'")
        self.sql(db, "UPDATE peernet.reports SET severity = 5 WHERE organizer = 's'")
        self.assertEqual(self.regroup(db, *FAST, check=False).returncode, NOTHING)
        self.sql(db, "UPDATE peernet.reports SET severity = 5 WHERE organizer = 'm0'")
        self.regroup(db, *FAST)

    def test_a_scope_without_anybody_is_nothing_to_do(self):
        db = self.population([{"id": f"m{i}"} for i in range(6)])
        done = self.regroup(db, "--set", 'scope={"kind": "state"}', check=False)
        self.assertEqual(done.returncode, NOTHING)
        self.assertIn("all 6 organizers are outside the programme's scope", done.stdout)

    def test_a_narrower_scope_lets_members_go_and_says_so_of_pins(self):
        db = self.population([{"id": f"m{i}"} for i in range(6)] + [{"id": "s", "kind": "state"}])
        self.run_it(db)
        self.sql(db, "INSERT INTO peernet.pins (programme, rule, organizers, made_by) VALUES ('default', 'together', '{m0,s}', 'Anna')")
        figures = self.run_it(db, "--set", 'scope={"kind": "municipal"}')
        self.assertEqual((figures["base"]["left"], figures["base"]["stayed"]), (1, 6))
        self.assertEqual(figures["warnings"], ["pin 1 (together): s is outside the programme's scope"])


class Weights(Settings):
    def test_networks_gather_around_what_weighs(self):
        # Everybody reports one challenge of k and one of l, crosswise: weights decide which of them makes alike.
        db = self.population([{"id": f"{i:02}", "reports": {f"k{i % 2}": 3, f"l{i // 2 % 2}": 3}} for i in range(24)],
                             (("k0", "k"), ("k1", "k"), ("l0", "l"), ("l1", "l")))
        for heavy, light, divisor in (("k", "l", 1), ("l", "k", 2)):
            sizes = ("--set", "min_size=12", "--set", "target_size=12")
            figures = self.run_it(db, "--set", "category_weights=" + json.dumps({heavy: 10, light: 0.1}), "--set", "stability=0", *sizes)
            self.assertEqual(figures["warnings"], [])
            self.assertEqual(sorted(sorted(n) for n in self.networks(db)),
                             sorted([f"{i:02}" for i in range(24) if i // divisor % 2 == half] for half in (0, 1)))

    def test_a_category_of_weight_zero_does_not_count_and_an_unknown_one_is_warned_of(self):
        db = self.population([{"id": f"c{i}", "reports": {"c": 3, "d": 5}} for i in range(5)] + [{"id": "d", "reports": {"d": 5}}],
                             (("c", "teaching"), ("d", "l")))
        figures = self.run_it(db, "--set", 'category_weights={"l": 0, "teching": 2}')
        self.assertEqual(figures["warnings"], ['category_weights: no challenge that takes part has the category "teching"; '
                                               'did you mean "teaching"?'])
        self.assertEqual(self.unmatched(db), {"d": "nothing_reported"})
        self.assertIn("Has reported, but nothing that counts here: only some challenges do.", self.reasons(db, "d")[2])
        self.assertEqual(self.sql(db, "SELECT DISTINCT shared FROM peernet.member_shares"), [(["c"],)])


class Capacity(Settings):
    def waiting(self, db):
        """{organizer: (runs, since)} of what is published."""
        return {o: (n, str(day)) for o, n, day in self.sql(db, """SELECT u.organizer, u.waited, u.waiting_since FROM
            peernet.unmatched u JOIN peernet.programmes p ON u.run = p.published_run WHERE u.waited > 0""")}

    def test_everybody_gets_a_turn_within_three_runs(self):
        ids = [f"{i:02}" for i in range(18)]
        db = self.population([{"id": o, "reports": {"c": 1 + i % 5}} for i, o in enumerate(ids)])
        self.settings(db, capacity=1, min_size=5, target_size=6, max_size=6)
        turns = []
        for day in ("2030-01-01", "2030-02-01", "2030-03-01"):
            figures = self.run_it(db, "--as-of", day, "--set", "window_days=36500")
            self.assertEqual((figures["networks"], figures["matched"], figures["unmatched"]["over_capacity"]), (1, 6, 12))
            self.assert_everybody_is_somewhere(db, ids)
            turns.append(self.networks(db)[0])
        self.assertEqual(set().union(*turns), set(ids))
        self.assertEqual(turns[0], {o for i, o in enumerate(ids) if 1 + i % 5 == 5} | {"03", "08", "13"})
        self.assertEqual(self.waiting(db), {**{o: (2, "2030-02-01") for o in turns[0]}, **{o: (1, "2030-03-01") for o in turns[1]}})
        for sv, en in self.sql(db, "SELECT reason_sv, reason_en FROM peernet.unmatched WHERE run = 3 AND waited = 2"):
            self.assertRegex(sv, "^Väntar på plats.* Har väntat i två omgångar i rad, sedan 2030-02-01. Nästa gång går de före som har "
                                 "väntat längst, sedan de med störst behov.")
            self.assertRegex(en, "^Waits for a place.* Has waited for two runs in a row, since 2030-02-01. The next time those who have "
                                 "waited longest go first, then those with the greatest need.")

    def test_a_run_from_before_waiting_was_stored_counts_as_one(self):
        db = self.population([{"id": f"{i:02}"} for i in range(12)])
        six = {"min_size": 6, "target_size": 6, "max_size": 6, "capacity": 1}
        self.settings(db, **six)
        self.run_it(db)
        before = set(self.unmatched(db))
        self.sql(db, """ALTER TABLE peernet.unmatched DISABLE TRIGGER runs_stay;
            UPDATE peernet.unmatched SET waited = 0, waiting_since = NULL;
            ALTER TABLE peernet.unmatched ENABLE TRIGGER runs_stay""")
        self.run_it(db)
        self.assertEqual(self.networks(db), [before])
        self.assertEqual({n for n, _ in self.waiting(db).values()}, {1})

    def test_a_proposal_makes_nobody_wait_longer(self):
        db = self.population([{"id": f"{i:02}"} for i in range(12)])
        self.settings(db, min_size=6, target_size=6, max_size=6, networks=1, capacity=1)
        self.run_it(db)
        for _ in range(2):
            self.regroup(db, "--force", *FAST)
        self.assertEqual(self.sql(db, "SELECT max(waited) FROM peernet.unmatched WHERE run = 3"), [(1,)])
        self.assertEqual(self.sql(db, "SELECT count(*) FROM peernet.unmatched a JOIN peernet.unmatched b USING (organizer) "
                                      "WHERE a.run = 1 AND b.run IN (2, 3)"), [(0,)])


NORTH, SOUTH = {"lat": 65.58, "lon": 22.15}, {"lat": 55.6, "lon": 13.0}


class Limits(Settings):
    def test_nobody_is_the_only_one_of_its_kind(self):
        kinds = {f"m{i:02}": "municipal" for i in range(20)} | {f"i{i}": "independent" for i in range(4)} | {"s": "state"}
        db = self.population([{"id": o, "kind": kind, "reports": {f"c{i % 4}": 3, "c4": 2}} for i, (o, kind) in enumerate(kinds.items())],
                             tuple((f"c{i}", f"k{i}") for i in range(5)))
        self.settings(db, not_alone=["kind"])
        figures = self.run_it(db)
        self.assertEqual(figures["unmatched"]["constraint"], 1)
        self.assertEqual(self.reasons(db, "s"), (
            "constraint", "Inget nätverk kunde ta emot den tillsammans med någon annan av samma slag (statlig), och ingen ska vara "
            "ensam av sitt slag. Det skulle hjälpa om fler sådana deltog.",
            "No network could take it together with another one of the same kind (state), and nobody is to be alone of its kind. "
            "It would help if more of them took part.", 0))
        for network in self.networks(db):
            of = [kinds[o] for o in network]
            self.assertTrue(all(of.count(kind) >= 2 for kind in of), network)
        self.assert_everybody_is_somewhere(db, kinds)

    def test_networks_keep_within_the_distance(self):
        ids = [f"n{i}" for i in range(9)] + [f"s{i}" for i in range(6)] + ["x", "lost"]
        places = {"n": NORTH, "s": SOUTH, "x": {"lat": 60.0, "lon": 18.0}, "l": {}}
        db = self.population([{"id": o, **places[o[0]]} for o in ids])
        self.settings(db, distance_most_km=80)
        figures = self.run_it(db)
        self.assertEqual((figures["matched"], figures["unmatched"]["constraint"]), (16, 1))
        self.assertIn("ska vara inom 80 km från varandra, och inget nätverk kunde ta emot den så", self.reasons(db, "x")[1])
        for network in self.networks(db):
            self.assertEqual(len({o[0] for o in network if o != "lost"}), 1, network)
        self.assert_everybody_is_somewhere(db, ids)

    def test_nobody_is_too_far_from_the_centre(self):
        ids = [f"n{i}" for i in range(6)] + [f"s{i}" for i in range(6)]
        db = self.population([{"id": o, **(NORTH if o[0] == "n" else SOUTH)} for o in ids])
        self.run_it(db, "--set", "centre_most_km=50")
        self.assertEqual([len({o[0] for o in network}) for network in self.networks(db)], [1, 1])

    def test_school_forms_are_in_common(self):
        forms = {"a": ["gr"], "b": ["gr", "gy"], "c": ["gy"], "d": None, "v": ["vux"]}
        ids = [f"{letter}{i}" for letter in "abc" for i in range(6)] + ["d0", "v0"]
        db = self.population([{"id": o, "attributes": {"forms": forms[o[0]]} if forms[o[0]] else {}} for o in ids])
        self.settings(db, in_common="forms")
        figures = self.run_it(db)
        self.assertEqual((figures["matched"], figures["unmatched"]["constraint"]), (19, 1))
        self.assertIn("are to have something of forms in common", self.reasons(db, "v0")[2])
        for network in self.networks(db):
            self.assertFalse({"a", "c"} <= {o[0] for o in network}, network)
        self.assert_everybody_is_somewhere(db, ids)

    def test_kinds_are_mixed_or_kept_together_with_weight(self):
        ids = [f"{'mi'[i % 2]}{i:02}" for i in range(24)]
        db = self.population([{"id": o, "kind": "municipal" if o[0] == "m" else "independent"} for o in ids])
        sizes = {"min_size": 6, "target_size": 6, "max_size": 6, "stability": 0}
        for weight, kinds in ((1, 1), (-1, 2)):
            self.settings(db, mix={"kind": weight}, **sizes)
            self.run_it(db)
            self.assertEqual([len({o[0] for o in network}) for network in self.networks(db)], [kinds] * 4)
        self.assertEqual([sum(o[0] == "m" for o in network) for network in self.networks(db)], [3] * 4)

    def test_who_brings_several_people_takes_as_many_seats(self):
        people = {f"{i:02}": 1 + i % 3 for i in range(18)} | {"big": 13}
        db = self.population([{"id": o, "attributes": {"people": str(n)}} for o, n in people.items()])
        self.settings(db, seats="people", capacity=2)
        figures = self.run_it(db)
        self.assertEqual(figures["networks"], 2)
        for network in self.networks(db):
            self.assertTrue(5 <= sum(people[o] for o in network) <= 12, network)
        self.assertEqual(sum(people[o] for network in self.networks(db) for o in network), 24)
        self.assertEqual(self.reasons(db, "big")[2], "Takes 13 seats, but a network has at most 12. "
                                                     "It would help to allow larger networks.")
        self.assert_everybody_is_somewhere(db, people)

    def test_limits_hold_with_a_least_fit_too(self):
        kinds = {f"m{i:02}": "municipal" for i in range(22)} | {f"i{i}": "independent" for i in range(8)}
        db = self.population([{"id": o, "kind": kind, "reports": {f"c{i % 4}": 1 + i % 5, f"c{i * 7 % 5}": 2}, **(NORTH if i % 2 else SOUTH)}
                              for i, (o, kind) in enumerate(kinds.items())], tuple((f"c{i}", f"k{i}") for i in range(5)))
        self.settings(db, not_alone=["kind"], distance_most_km=50, min_fit=0.5)
        self.run_it(db)
        for network in self.networks(db):
            of = [kinds[o] for o in network]
            self.assertTrue(all(of.count(kind) >= 2 for kind in of), network)
            self.assertEqual(len({list(kinds).index(o) % 2 for o in network}), 1, network)
        self.assertGreaterEqual(self.sql(db, "SELECT min(fit) FROM peernet.members")[0][0], 0.5 - 1e-6)
        self.assert_everybody_is_somewhere(db, kinds)

    def test_places_of_those_let_go_are_offered_to_those_who_wait(self):
        # The neediest come first: a and x. x has nothing in common with a, so its two places are free again.
        need = {"a": ("c", 5), "x": ("d", 5), "b": ("c", 1), "y": ("d", 1)}
        ids = [f"a{i}" for i in range(6)] + ["x0", "x1"] + [f"b{i}" for i in range(5)] + ["y0", "y1"]
        db = self.population([{"id": o, "reports": dict([need[o[0]]])} for o in ids], (("c", "k"), ("d", "l")))
        self.settings(db, capacity=1, max_size=8, min_fit=0.5)
        figures = self.run_it(db)
        self.assertEqual(self.networks(db), [{o for o in ids if o[0] == "a"} | {"b0", "b1"}])
        self.assertEqual(figures["unmatched"]["no_fit"], 2)
        self.assertEqual(self.unmatched(db)["x0"], "no_fit")
        self.assertIn("står först i kön", self.reasons(db, "b2")[1])
        self.assert_everybody_is_somewhere(db, ids)

    def test_a_pin_that_clashes_with_a_setting_is_refused_with_both_names(self):
        db = self.population([{"id": f"n{i}", **NORTH} for i in range(6)] + [{"id": f"s{i}", **SOUTH} for i in range(6)])
        self.settings(db, distance_most_km=80, not_alone=["kind"])
        self.sql(db, """INSERT INTO peernet.pins (programme, rule, organizers, made_by, why) VALUES
            ('default', 'together', '{n0,n1}', 'Bo', ''), ('default', 'together', '{n0,s0}', 'Anna', 'shared staff')""")
        told = self.refused(db)
        self.assertIn("'pin 2 (together: Org n0, Org s0), set by Anna: shared staff'", told)
        self.assertIn("'distance_most_km: 80'", told)
        self.assertNotIn("not_alone", told)
        self.assertNotIn("pin 1", told)

    def test_a_setting_about_an_attribute_that_nobody_has_is_warned_of(self):
        db = self.population([{"id": f"{i:02}", "attributes": {"forms": "gr"}} for i in range(6)])
        figures = self.run_it(db, "--set", "not_alone=form", "--set", "in_common=colour")
        self.assertEqual(figures["warnings"], ['not_alone: no organizer has the attribute "form"; did you mean "forms"?',
                                               'in_common: no organizer has the attribute "colour"'])
        self.assertEqual(figures["matched"], 6)


class Refusals(Settings):
    def test_each_fault_names_the_setting_the_value_and_what_is_allowed(self):
        db = self.population([{"id": f"m{i}"} for i in range(6)])
        for flag, words in (('scope={"knd": 1}', 'no key of "scope" named "knd"; did you mean "kind"?'),
                            ('scope={"kind": "stat"}', '"stat"; did you mean "state"?'),
                            ("scope=municipal", 'setting "scope" is municipal; allowed is an object with kind'),
                            ('category_weights={"k": 20}', 'setting "category_weights.k" is 20; allowed is a number from 0 to 10'),
                            ("capasity=3", 'there is no setting "capasity"; did you mean "capacity"?')):
            with self.subTest(flag):
                self.assertIn(words, self.refused(db, "--set", flag))
                name, _, value = flag.partition("=")
                if value[0] == "{":
                    self.settings(db, **{name: json.loads(value)})
                    self.assertIn(words, self.refused(db))
                    self.settings(db)


if __name__ == "__main__":
    main()
