"""The worker on the real example: what it writes, when it has nothing to do, what it refuses, by exit code."""

import itertools
import json

from peernet_test import Daemon, PeernetTest, main, slow_test
from regroup_worker import DONE, NOTHING, SETTINGS, SUPERSEDED, USAGE, AWAY, FAST, Worker, networks_of


class Example(PeernetTest):
    def figures(self, done):
        return json.loads(done.stdout)["figures"]

    def test_forms_networks_of_real_organizers_within_the_bounds(self):
        db = self.prepare()
        done = self.regroup(db, "--publish", "--json", *FAST)
        outcome = json.loads(done.stdout)
        self.assertEqual((outcome["outcome"], outcome["exit"], outcome["published"]), ("done", 0, True))
        figures = outcome["figures"]
        self.assertEqual(figures["unmatched"],
                         {"nothing_reported": 246, "no_fit": 0, "over_capacity": 0, "constraint": 0})
        self.assertEqual(figures["matched"], 330)
        self.assertGreater(figures["mean_fit"], 0.7)
        print(f"mean fit {figures['mean_fit']:.4f} in {figures['networks']} networks", figures["seconds"])
        sizes = [n for n, in self.sql(db, "SELECT size FROM peernet.networks")]
        self.assertEqual(len(sizes), figures["networks"])
        self.assertTrue(all(5 <= n <= 12 for n in sizes), sizes)
        self.assertEqual(sum(sizes), 330)
        self.assertEqual(self.sql(db, "SELECT count(*), min(reason), max(reason) FROM peernet.unmatched"),
                         [(246, "nothing_reported", "nothing_reported")])

    def test_everybody_is_in_one_network_or_unmatched_with_labels_and_reasons(self):
        db = self.prepare()
        self.regroup(db, "--publish", *FAST)
        self.assertEqual(self.sql(db, """SELECT o.id FROM peernet.organizers o
            LEFT JOIN peernet.members m ON m.organizer = o.id LEFT JOIN peernet.unmatched u ON u.organizer = o.id
            WHERE (m.organizer IS NULL) = (u.organizer IS NULL)"""), [])
        self.assertEqual(self.sql(db, """SELECT network FROM peernet.networks n WHERE label_sv = '' OR label_en = ''
            OR reason_sv = '' OR reason_en = '' OR json_array_length(shared) = 0
            OR size <> (SELECT count(*) FROM peernet.members m WHERE (m.run, m.network) = (n.run, n.network))"""), [])
        self.assertEqual(self.sql(db, """SELECT label_sv FROM peernet.networks GROUP BY 1 HAVING count(*) > 1"""), [])
        self.assertEqual(self.sql(db, """SELECT organizer FROM peernet.members WHERE fit NOT BETWEEN 0 AND 1.00001
            OR next_network = network OR told IS NULL OR reason_sv IS NOT NULL"""), [])
        # What somebody shares, somebody else in its network shares too.
        self.assertEqual(self.sql(db, """SELECT organizer FROM peernet.member_shares m WHERE cardinality(shared) = 0
            OR EXISTS (SELECT FROM unnest(shared) AS c WHERE c IS NULL OR NOT EXISTS (SELECT FROM peernet.member_shares o
                WHERE (o.run, o.network) = (m.run, m.network) AND o.organizer <> m.organizer AND c = ANY (o.shared)))"""), [])

    def test_same_inputs_settings_and_seed_give_the_same_rows(self):
        first, second = self.prepare(), self.prepare()
        for db in (first, second):
            self.regroup(db, "--publish", "--seed", "7", *FAST)
        self.assertEqual(networks_of(self, first), networks_of(self, second))
        self.assertEqual(self.sql(first, "SELECT inputs_digest, effort FROM peernet.runs"),
                         self.sql(second, "SELECT inputs_digest, effort FROM peernet.runs"))

    @slow_test
    def test_threads_change_nothing(self):
        db = self.prepare(example=False)
        self.run("peernet-generate", "--db", db, "--organizers", 1600)
        for threads in (1, 2, 3):  # proposals of the same inputs
            self.regroup(db, "--force", "--threads", threads, *FAST)
        self.assertEqual(self.sql(db, """SELECT count(*), count(DISTINCT (effort, figures->>'mean_fit', figures->>'moves', members))
            FROM peernet.runs JOIN (SELECT run, string_agg(organizer || ' ' || network || ' ' || fit, ',' ORDER BY organizer)
                members FROM peernet.members GROUP BY run) m USING (run)"""), [(3, 1)])
        self.assertGreater(self.sql(db, "SELECT count(*) FROM peernet.members WHERE run = 1")[0][0], 1200)

    def test_again_there_is_nothing_to_do_until_something_changes(self):
        db = self.prepare()
        self.regroup(db, "--publish", *FAST)
        for flags in ((), ("--publish",)):
            done = self.regroup(db, *flags, *FAST, check=False)
            self.assertEqual(done.returncode, NOTHING)
            self.assertIn("nothing has changed since run 1, which is published", done.stdout)
        self.sql(db, "UPDATE peernet.reports SET severity = 6 - severity WHERE organizer = '2120000019'")
        self.regroup(db, "--publish", *FAST)
        base = self.sql(db, "SELECT base_run, figures->'base' FROM peernet.runs WHERE run = 2")
        self.assertEqual(base[0][0], 1)
        self.assertGreater(base[0][1]["stayed"], 300)

    def test_another_day_alone_is_no_reason_to_run(self):
        db = self.prepare()
        self.regroup(db, "--publish", "--as-of", "2026-01-10", *FAST)
        done = self.regroup(db, "--as-of", "2026-01-11", *FAST, check=False)
        self.assertEqual(done.returncode, NOTHING, done.stdout + done.stderr)

    def test_force_runs_all_the_same(self):
        db = self.prepare()
        self.regroup(db, "--publish", *FAST)
        self.regroup(db, "--force", *FAST)
        self.assertEqual(self.sql(db, "SELECT count(*) FROM peernet.runs"), [(2,)])

    def test_a_waiting_proposal_of_the_same_inputs_is_published_not_computed_again(self):
        db = self.prepare()
        self.regroup(db, *FAST)
        self.assertEqual(self.sql(db, "SELECT published_run FROM peernet.programmes"), [(None,)])
        self.assertEqual(self.regroup(db, *FAST, check=False).returncode, NOTHING)
        outcome = json.loads(self.regroup(db, "--publish", "--json", *FAST).stdout)
        self.assertEqual((outcome["run"], outcome["published"], outcome["figures"]), (1, True, None))
        self.assertEqual(self.sql(db, "SELECT published_run FROM peernet.programmes"), [(1,)])
        self.assertEqual(self.sql(db, "SELECT who, action, run FROM peernet.audit WHERE action = 'publish'"),
                         [("peernet-regroup", "publish", 1)])

    def test_writes_under_the_number_that_the_caller_took(self):
        db = self.prepare()
        number, = self.sql(db, "SELECT nextval('peernet.run_numbers')")[0]
        outcome = json.loads(self.regroup(db, "--run", number, "--json", *FAST).stdout)
        self.assertEqual(outcome["run"], number)

    def test_a_run_that_was_not_written_tells_no_figures(self):
        db = self.prepare()
        self.regroup(db, "--run", 7, *FAST)
        done = self.regroup(db, "--run", 7, "--force", "--json", *FAST, check=False)
        self.assertEqual(done.returncode, SUPERSEDED)
        self.assertIsNone(json.loads(done.stdout)["figures"])
        self.assertEqual(self.regroup(db, "--run", 7, "--force", *FAST, check=False).stdout, "")

    def test_networks_keep_their_numbers_and_most_members(self):
        db = self.prepare()
        self.regroup(db, "--publish", *FAST)
        self.sql(db, """UPDATE peernet.reports SET severity = 1 + severity % 5 WHERE organizer IN
            (SELECT organizer FROM peernet.members ORDER BY organizer LIMIT 16)""")
        figures = self.figures(self.regroup(db, "--publish", "--json", *FAST))
        self.assertGreater(figures["base"]["stayed"], 0.8 * 330)
        kept, = self.sql(db, """SELECT count(*) FROM peernet.networks a JOIN peernet.networks b USING (network)
            WHERE a.run = 1 AND b.run = 2""")[0]
        self.assertGreater(kept, 0.9 * figures["networks"])

    def test_the_past_is_ignored_with_stability_zero(self):
        db = self.prepare()
        self.regroup(db, "--publish", "--seed", "1", *FAST)
        done = self.regroup(db, "--publish", "--json", "--seed", "2", "--set", "stability=0", *FAST)
        other = self.prepare()
        self.regroup(other, "--publish", "--seed", "2", "--set", "stability=0", *FAST)
        groups = "SELECT array_agg(organizer ORDER BY organizer) FROM peernet.members WHERE run = %s GROUP BY network ORDER BY 1"
        self.assertEqual(self.sql(db, groups, (json.loads(done.stdout)["run"],)), self.sql(other, groups, (1,)))

    def test_least_fit_holds_for_every_member(self):
        db = self.prepare()
        figures = self.figures(self.regroup(db, "--json", "--set", "min_fit=0.6", *FAST))
        self.assertGreater(figures["unmatched"]["no_fit"], 5)
        self.assertGreater(figures["rounds"], 1)
        self.assertGreaterEqual(self.sql(db, "SELECT min(fit) FROM peernet.members")[0][0], 0.6 - 1e-6)
        self.assertTrue(all(5 <= n <= 12 for n, in self.sql(db, "SELECT size FROM peernet.networks")))
        self.assertGreater(figures["matched"], 270)

    def test_a_fixed_number_of_networks_makes_the_rest_wait(self):
        db = self.prepare()
        figures = self.figures(self.regroup(db, "--json", "--publish", "--set", "networks=20", *FAST))
        self.assertEqual((figures["networks"], figures["matched"], figures["unmatched"]["over_capacity"]), (20, 240, 90))
        # Who waited goes first the next time.
        self.regroup(db, "--json", "--publish", "--set", "networks=20", "--seed", "2", *FAST)
        self.assertEqual(self.sql(db, """SELECT count(*) FROM peernet.unmatched a JOIN peernet.unmatched b
            USING (organizer) WHERE a.run = 1 AND b.run = 2 AND a.reason = 'over_capacity'"""), [(0,)])


class LeftOut(PeernetTest):
    def reason(self, db, organizer):
        return self.sql(db, """SELECT reason, reason_sv, reason_en, last_report::text, ahead FROM peernet.unmatched
            WHERE organizer = %s ORDER BY run DESC LIMIT 1""", (organizer,))[0]

    def test_whose_reports_are_too_old_hears_since_when(self):
        db = self.prepare()
        self.sql(db, """UPDATE peernet.reports SET reported_on = DATE '2019-05-01' WHERE organizer = '2120000019'""")
        self.regroup(db, *FAST)
        self.assertEqual(self.reason(db, "2120000019"), (
            "nothing_reported",
            "Har inte rapporterat något sedan 2019-05-01, och så gamla rapporter räknas inte. Efter en ny rapport kan den få plats.",
            "Has reported nothing since 2019-05-01, and reports as old as that do not count. After a new report it may get a place.",
            "2019-05-01", None))
        self.assertEqual(self.reason(db, "2120000050")[2:], (
            "Has reported no challenge. After a first report it may get a place.", None, None))

    def test_who_waits_hears_its_place_in_the_queue_and_the_nearest_network(self):
        db = self.prepare()
        self.regroup(db, "--set", "networks=20", *FAST)
        queue = self.sql(db, """SELECT ahead, reason_en, next_network, next_fit, next_why FROM peernet.unmatched
            WHERE reason = 'over_capacity' ORDER BY ahead""")
        self.assertEqual([q[0] for q in queue], list(range(90)))
        for ahead, words, network, fit, why in queue:
            self.assertEqual(why, "full")
            more = "one more network" if ahead < 12 else f"{'two three four five six seven eight'.split()[ahead // 12 - 1]} more networks"
            first = {0: "is first in line.", 1: "1 organizer is ahead of it."}.get(ahead, f"{ahead} organizers are ahead of it.")
            self.assertIn(first, words)
            self.assertIn(f"With {more} there would be a place for it. The nearest network is network {network}, where its "
                          f"similarity would be {fit:.2f}.", words)

    def test_who_stays_below_the_least_fit_hears_how_near_it_came(self):
        db = self.prepare()
        self.regroup(db, "--set", "min_fit=0.6", *FAST)
        for words, fit, why in self.sql(db, """SELECT reason_en, next_fit, next_why FROM peernet.unmatched WHERE reason = 'no_fit'"""):
            self.assertIn(f"where its similarity would be {fit:.2f}", words)
            if why == "least_fit" and fit < 0.6:
                self.assertIn("below the least fit of 0.60", words)

    def test_whom_a_pin_holds_hears_which(self):
        db = self.prepare()
        self.regroup(db, "--publish", *FAST)
        # Those whom a full network keeps out would go there at once, were they not pinned as well.
        pinned = [o for o, in self.sql(db, "SELECT organizer FROM peernet.members WHERE next_why = 'full'")]
        self.sql(db, "INSERT INTO peernet.pins (programme, rule, organizers, made_by) VALUES ('default', 'keep', %s, 'Anna')", (pinned,))
        self.regroup(db, *FAST)
        held = self.sql(db, "SELECT organizer, next_pin, next_with FROM peernet.members WHERE run = 2 AND next_why = 'pinned'")
        self.assertTrue(held)
        self.assertEqual({row[1:] for row in held}, {(1, None)})
        self.sql(db, "SELECT peernet.publish_run(2, 'Anna')")
        with Daemon(db) as daemon, daemon.rpc() as rpc:
            for organizer, *_ in held:
                words = rpc.call("network.of", organizer)["reason"]
                self.assertTrue("men regel 1 håller den kvar här." in words or "Lika bra vore" in words, words)


class Refusals(PeernetTest):
    def test_settings_edited_by_hand_are_refused_with_what_is_wrong(self):
        for settings, words in (('{"min_size": "five"}', "min_size"), ('{"colour": 1}', "colour"),
                                ('{"min_size": 9, "target_size": 8}', "9"), ('{"half_life_days": -1}', "half_life_days"),
                                ('{"networks": 400}', "networks = 400")):
            with self.subTest(settings):
                db = self.prepare()
                self.sql(db, "UPDATE peernet.programmes SET settings = %s", (settings,))
                done = self.regroup(db, *FAST, check=False)
                self.assertEqual(done.returncode, SETTINGS, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertEqual(self.sql(db, "SELECT count(*) FROM peernet.runs"), [(0,)])

    def test_a_wrong_command_line_is_refused_before_anything_is_done(self):
        for flags, words in ((("--programe", "x"), "did you mean --programme?"), (("--programme", "No!"), "a-z"),
                             (("--seed", "-1"), "--seed -1"), (("--set", "min_size"), "NAME=VALUE"),
                             (("--as-of", "2026-1-1"), "2026-08-31"), (("--as-of", "2026-02-31"), "2026-08-31"),
                             (("--set", "min_size=\udcff"), "not UTF-8"), (("--progress-fd", "77"), "77"),
                             (("--memory-limit", "1KiB"), "64MiB"), (("--run", "0"), "--run 0"), (("--threads", "0"), "--threads 0"),
                              (("extra",), "extra"),
                             (("--seed",), "a value is needed")):
            with self.subTest(flags):
                done = self.run("peernet-regroup", "run", *flags, check=False)
                self.assertEqual(done.returncode, USAGE)
                self.assertIn(words, done.stderr)

    def test_an_unknown_programme_is_a_matter_of_usage(self):
        done = self.regroup(self.prepare(example=False), "--programme", "nope", check=False)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("there is no programme nope", done.stderr)

    def test_a_database_that_is_away_has_its_own_exit_code(self):
        done = self.regroup("host=/nonexistent user=postgres", "--json", check=False)
        self.assertEqual(done.returncode, AWAY)
        self.assertEqual(json.loads(done.stdout)["outcome"], "database_away")

    def test_a_database_without_the_schema_is_told_what_to_do(self):
        done = self.regroup(self.new_database(), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("peernet db init", done.stderr)

    def test_too_little_memory_is_an_error_and_no_crash(self):
        db = self.prepare()
        done = self.regroup(db, "--memory-limit", "64MiB", *FAST, check=False)
        self.assertIn(done.returncode, (DONE, 1, AWAY), done.stderr)

    def test_help_names_every_exit_code_and_flag(self):
        words = self.run("peernet-regroup", "--help").stdout
        for name in ("busy", "nothing_to_do", "superseded", "bad_settings", "database_away", "cancelled", "--programme"):
            self.assertIn(name, words)
        self.assertIn("igraph 0.", self.run("peernet-regroup", "--version").stdout)


class SmallPopulations(PeernetTest):
    def population(self, organizers, reporting):
        db = self.prepare(example=False)
        self.sql(db, "INSERT INTO peernet.challenges VALUES ('c', 'k', 'Utmaning', 'Challenge')")
        for i in range(organizers):
            self.sql(db, "INSERT INTO peernet.organizers (id, name, kind) VALUES (%s, %s, 'municipal')", (f"{i:02}", f"Org {i}"))
            if i < reporting:
                self.sql(db, "INSERT INTO peernet.reports VALUES (%s, 'c', current_date - 10, 3)", (f"{i:02}",))
        return db

    def test_nobody_at_all_is_nothing_to_do(self):
        for organizers in (0, 1):
            done = self.regroup(self.population(organizers, 0), "--publish", check=False)
            self.assertEqual(done.returncode, NOTHING)
            self.assertIn("there is nobody to place", done.stdout)

    def test_fewer_than_one_network_are_listed_as_unmatched(self):
        for reporting, reasons in ((1, [("no_fit", 1), ("nothing_reported", 1)]),
                                   (4, [("constraint", 4), ("nothing_reported", 1)])):
            db = self.population(reporting + 1, reporting)
            self.regroup(db, "--publish")
            self.assertEqual(self.sql(db, "SELECT reason, count(*) FROM peernet.unmatched GROUP BY 1 ORDER BY 1"), reasons)
            self.assertEqual(self.sql(db, "SELECT count(*) FROM peernet.networks"), [(0,)])

    def test_five_and_six_are_one_network(self):
        for reporting in (5, 6):
            db = self.population(reporting, reporting)
            self.regroup(db, "--publish")
            self.assertEqual(self.sql(db, "SELECT network, size FROM peernet.networks"), [(1, reporting)])

    def test_who_was_left_over_by_the_sizes_goes_first_the_next_time(self):
        db = self.population(7, 7)
        six = [flag for name in ("min_size", "target_size", "max_size") for flag in ("--set", f"{name}=6")]
        left = []
        for _ in range(2):
            self.regroup(db, "--publish", "--force", *six, *FAST)
            left += self.sql(db, "SELECT organizer FROM peernet.unmatched WHERE reason = 'constraint' AND run = "
                                 "(SELECT published_run FROM peernet.programmes)")
        self.assertEqual(len(left), 2)
        self.assertNotEqual(left[0], left[1])

    def test_same_profiles_all_over_are_cut_to_size(self):
        db = self.population(60, 60)
        self.regroup(db, "--publish", *FAST)
        sizes = [n for n, in self.sql(db, "SELECT size FROM peernet.networks")]
        self.assertEqual(sum(sizes), 60)
        self.assertTrue(all(5 <= n <= 12 for n in sizes), sizes)


class Progress(PeernetTest):
    def test_lines_go_forward_and_end_with_the_outcome(self):
        with Worker(self.prepare(), "--publish", *FAST) as worker:
            self.assertEqual(worker.wait(), DONE, worker.errors())
            lines = worker.rest_of_lines()
        self.assertEqual([step for step, _ in itertools.groupby(line["step"] for line in lines)],
                         ["read", "profiles", "graph", "communities", "networks", "reasons", "write", "publish", "end"])
        shares = [line["share"] for line in lines]
        self.assertEqual(shares, sorted(shares))
        self.assertEqual((lines[-1]["outcome"], lines[-1]["run"], lines[-1]["share"]), ("done", 1, 1))

    def test_a_reader_that_goes_away_does_not_matter(self):
        db = self.prepare()
        with Worker(db, "--publish", *FAST) as worker:
            worker.forget()
            self.assertEqual(worker.wait(), DONE, worker.errors())
        self.assertEqual(self.sql(db, "SELECT published_run FROM peernet.programmes"), [(1,)])


if __name__ == "__main__":
    main()
