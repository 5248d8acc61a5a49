"""Every command of `peernet` as a person types it, in both languages and as JSON, against a daemon with the example."""

import csv
import io
import json
import re
import subprocess

import peernet_test
from peernet_test import (Daemon, PeernetTest, make_prepared, program_environment, program_path, shared_cluster,
                          slow_test)

TYPED = "2120000019"  # Upplands Väsby kommun
SILENT = "2120000050"  # Ekerö kommun, which reports nothing


def name_of(value):
    """What is in a list within an entry is named by its label, its name, or that of the organizer in it."""
    return next((value[k] for k in ("label", "name", "id", "challenge", "code") if isinstance(value.get(k), str)),
                name_of(value["organizer"]) if "organizer" in value else None)


def as_cell(value):
    """What a cell of --csv has of a value."""
    if value is None or isinstance(value, dict):  # whose values have columns of their own
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(v, dict) and name_of(v) for v in value):
        return "; ".join(map(name_of, value))
    if isinstance(value, list) and all(isinstance(v, (str, int, float)) and not isinstance(v, bool) for v in value):
        return "; ".join(map(as_cell, value))
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Commands(PeernetTest):
    @classmethod
    def setUpClass(cls):
        cluster = shared_cluster()
        name = make_prepared(cluster, True)
        # A short search: these tests are about words, not about the best networks.
        cluster.execute("""UPDATE peernet.programmes SET settings = '{"effort": 20000}'""", name)
        cls.daemon = Daemon(cluster.conninfo(name)).start()
        cls.addClassCleanup(cls.daemon.close)
        done = cls.peernet(cls, "regroup", "--wait", "--publish")
        assert done.returncode == 0, done.stderr
        assert "Run 1 is done and its networks are in force." in done.stdout, done.stdout

    def peernet(self, *args, env=None, input=None):
        done = peernet_test.run_program("peernet", *args, check=False, input=input,
                                        env={"PEERNET_ADDRESS": self.daemon.address, **(env or {})})
        return done

    def say(self, *args, **more):
        done = self.peernet(*args, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""), args)
        return done.stdout

    def refused(self, code, *args, **more):
        done = self.peernet(*args, **more)
        self.assertEqual((done.returncode, done.stdout), (code, ""), (args, done.stderr))
        return done.stderr

    def json(self, *args, **more):
        return json.loads(self.say(*args, "--json", **more))

    def fields(self, method):
        [found] = [m for m in self.json("methods")["methods"] if m["name"] == method]
        return {f["name"] for f in found["result"]}

    def test_status_speaks_plainly_in_both_languages(self):
        said = self.say("status")
        self.assertRegex(said, r"^peernetd \S+ is ready, up for ")
        self.assertIn("576 organizers, 2572 reports, 25 challenges", said)
        self.assertRegex(said, r"Database +connected for ")
        self.assertRegex(said, r"default +All challenges +\d+ +330 +246 +0\.\d{3} ")
        said = self.say("status", "--lang", "sv")
        self.assertRegex(said, r"^peernetd \S+ är redo, igång i ")
        self.assertIn("576 huvudmän, 2572 rapporter, 25 utmaningar", said)
        self.assertRegex(said, r"default +Alla utmaningar +\d+ +330 +246 +0,\d{3} ")

    def test_networks_are_listed_whole_and_in_pages(self):
        said = self.say("networks").splitlines()
        total = int(re.search(r"^(\d+) networks$", "\n".join(said), re.M).group(1))
        self.assertRegex(said[0], r"^NETWORK  SIZE  COHESION  LABEL$")
        self.assertEqual(total, sum(bool(re.match(r" +\d+ +\d+ +[01]\.\d\d  \S", line)) for line in said))
        self.assertIn(f"2 of {total} networks", self.say("networks", "--limit", "2"))
        self.assertIn(f"2 av {total} nätverk", self.say("networks", "--limit=2", "--lang=sv"))
        self.assertEqual([n["number"] for n in self.json("networks", "--limit", 2, "--offset", 1)["networks"]], [2, 3])

    def test_a_network_says_why_it_is_one_and_who_is_in_it(self):
        said, network = self.say("network", "3"), self.json("network", "3")
        label, members = network["network"]["label"], network["members"]
        self.assertTrue(said.startswith(f"Network 3: {label}\n"))
        self.assertIn(network["network"]["reason"], said.replace("\n", " "))
        self.assertIn(f"{len(members)} members · cohesion ", said)
        for member in members:
            self.assertRegex(said, re.escape(member["organizer"]["id"]) + " +" + re.escape(member["organizer"]["name"]))
        self.assertTrue(self.say("network", "3", "--lang", "sv").startswith("Nätverk 3: "))

    @slow_test
    def test_members_see_who_is_closest_and_why_they_are_not_elsewhere(self):
        words = {"full": ", full", "costs_others": ", others lose more", "too_small": ", its own too small then", "best_here": ""}
        seen = set()
        for network in self.json("networks")["networks"]:
            number = str(network["number"])
            said = self.say("network", number)
            for member in self.json("network", number)["members"]:
                closest, then = member["closest"]["organizer"]["name"], member["next"]
                self.assertIn(then["why"], words)
                self.assertEqual(then["why"] == "best_here", then["fit"] <= member["fit"])
                seen.add(then["why"])
                self.assertRegex(said, r"%s .* %.2f +%s +%d: %.2f%s +\S" % (
                    member["organizer"]["id"], member["fit"], re.escape(closest), then["number"], then["fit"], words[then["why"]]))
        self.assertTrue(seen >= {"full", "best_here"}, seen)
        answer = self.json("of", TYPED)
        self.assertRegex(self.say("of", TYPED), r"Closest +%s \(similarity %.2f\)\n" % (
            answer["closest"]["organizer"]["name"], answer["closest"]["similarity"]))
        self.assertRegex(self.say("of", TYPED, "--lang", "sv"), r"Liknar mest +%s \(likhet " % answer["closest"]["organizer"]["name"])

    def test_the_link_of_a_network_is_its_member_of_greatest_fit(self):
        linked = [n for n in self.json("networks")["networks"] if n["link"] is not None]
        self.assertTrue(linked)
        for network in linked:
            members = {m["organizer"]["id"]: m["fit"] for m in self.json("network", network["number"])["members"]}
            link, sides = network["link"], network["link"]["sides"]
            self.assertEqual(members[link["organizer"]["id"]], max(members.values()))
            self.assertTrue(all(side["shared"] for side in sides))
            self.assertLess(link["similarity"], min(side["similarity"] for side in sides) - 0.149)
            names = " and ".join(side["organizer"]["name"] for side in sides)
            self.assertIn(f"{link['organizer']['name']} is the link between {names}: it shares ", network["reason"])
            self.assertIn(f"is the link between {names}", self.say("network", network["number"]).replace("\n", " "))

    def test_an_organizer_sees_its_peers_its_fit_and_what_they_share(self):
        said, answer = self.say("of", TYPED), self.json("of", TYPED)
        self.assertTrue(said.startswith("Upplands Väsby kommun (2120000019)\nNetwork "))
        self.assertTrue(answer["matched"])
        for peer in answer["peers"]:
            self.assertIn(peer["organizer"]["name"], said)
        self.assertRegex(said, r"Fit +%.2f" % answer["fit"])
        if answer["next"] is not None:
            self.assertRegex(said, r"Next best +network %d, " % answer["next"]["number"])
        self.assertRegex(self.say("of", TYPED, "--lang", "sv"), r"Passning +%s" % ("%.2f" % answer["fit"]).replace(".", ","))

    def test_an_unmatched_organizer_sees_the_reason(self):
        said = self.say("of", SILENT)
        self.assertTrue(said.startswith("Ekerö kommun (2120000050)\nIn no network.\n"))
        self.assertIn(self.json("of", SILENT)["reason"], said)
        self.assertIn("Inte med i något nätverk.", self.say("of", SILENT, "--lang", "sv"))

    def test_unmatched_organizers_are_listed_with_their_reasons(self):
        said = self.say("unmatched")
        self.assertIn("246 organizers\n", said)
        self.assertRegex(said, r"2120000050 +Ekerö kommun +municipal")
        self.assertIn("All of them: " + self.json("of", SILENT)["reason"], said)
        self.assertEqual(len(self.json("unmatched")["unmatched"]), 246)
        self.assertEqual(len(self.json("unmatched", "--limit", "7")["unmatched"]), 7)
        self.assertRegex(self.say("unmatched", "--lang", "sv"), r"Ekerö kommun +kommunal")

    def test_an_organizer_is_found_by_number_by_hyphen_and_by_name(self):
        for typed in (TYPED, "212000-0019", "upplands väsby kommun", "UPPLANDS VASBY KOMMUN", "Upplands Väsby kommun"):
            self.assertEqual(self.json("organizer", typed)["organizer"]["id"], TYPED, typed)
            self.assertEqual(self.json("of", *typed.split())["organizer"]["id"], TYPED, typed)
        said = self.say("organizer", TYPED)
        self.assertIn("municipal · municipality 0114 · Stockholm County · 2674 pupils", said)
        self.assertRegex(said, r"CHALLENGE +CATEGORY +SEVERITY +REPORTED")
        self.assertIn("kommunal · kommun 0114 · Stockholms län · 2674 elever", self.say("organizer", TYPED, "--lang", "sv"))
        self.assertIn("\n\nIn no network.\n\nIt has reported nothing.", self.say("organizer", SILENT))

    def test_an_organizer_is_told_with_its_published_networks(self):
        answer, of = self.json("organizer", TYPED), self.json("of", TYPED)
        self.assertEqual(answer["networks"], [{"programme": "default", "fit": of["fit"], "run": of["run"],
                                               **{key: of["network"][key] for key in ("number", "label", "name")}}])
        place, = answer["networks"]
        self.assertIn("\nNetwork %d, %s · fit %.2f · run %d\n" % (place["number"], place["label"], place["fit"], place["run"]),
                      self.say("organizer", TYPED))
        self.assertIn("\nNätverk %d, " % place["number"], self.say("organizer", TYPED, "--lang", "sv"))
        self.assertEqual(self.json("organizer", SILENT)["networks"], [])

    def test_a_name_that_fits_several_is_answered_with_the_choice(self):
        told = self.refused(1, "of", "stockholm")
        self.assertIn("'stockholm' fits several organizers:", told)
        self.assertIn("2120000142  Stockholms kommun", told)
        self.assertIn("peernet search 'stockholm'", told)
        self.assertIn("'stockholm' passar på flera huvudmän:", self.refused(1, "of", "stockholm", "--lang", "sv"))

    def test_what_is_not_there_is_exit_code_1(self):
        self.assertIn("no organizer has the number or name '0000'; 'peernet search TEXT' finds them by a part "
                      "of the name\n", self.refused(1, "of", "0000"))
        self.assertIn("(E_NOT_FOUND)", self.refused(1, "of", "0000", "--json"))
        self.assertIn("ingen huvudman har numret eller namnet 'Nilsxyz'", self.refused(1, "of", "Nilsxyz", "--lang", "sv"))
        self.assertIn("no organizer has", self.refused(1, "similar", "x" * 150))
        self.assertIn("there is no network 9999;", self.refused(1, "network", "9999"))
        self.assertIn("det finns inget nätverk 9999;", self.refused(1, "network", "9999", "--lang", "sv"))
        self.assertIn("there is no run 9999;", self.refused(1, "run", "9999"))
        self.assertIn("there is no run 9999;", self.refused(1, "publish", "9999"))
        self.assertIn("nosuch", self.refused(1, "networks", "--programme", "nosuch"))
        self.assertIn("nosuch", self.refused(1, "network", "1", "--programme", "nosuch"))
        self.assertIn("(E_NOT_FOUND)", self.refused(1, "call", "no.such.method"))

    def test_search_takes_words_and_says_how_many_more_there_are(self):
        self.assertRegex(self.say("search", "upplands", "vasby"), r"2120000019 +Upplands Väsby kommun +municipal +0114 +2674")
        said = self.say("search", "kommun", "--limit", "3")
        self.assertRegex(said, r"\n3 of \d+ are shown; --limit 200 shows more\.\n")
        self.assertRegex(self.say("search", "kommun", "--limit", "200"), r"\n200 of \d+ are shown; a longer text finds fewer\.\n")
        self.assertIn("holds 'qqq'", self.say("search", "qqq"))
        self.assertIn("innehåller 'qqq'", self.say("search", "qqq", "--lang", "sv"))

    def test_similar_shows_what_is_shared(self):
        said = self.say("similar", TYPED, "--limit", "4")
        self.assertTrue(said.startswith("Most similar to Upplands Väsby kommun (2120000019)\n"))
        self.assertEqual(len(re.findall(r"^\d{10} .* [01]\.\d\d  \S", said, re.M)), 4)
        self.assertIn("Nobody reports anything like Ekerö kommun", self.say("similar", SILENT))
        self.assertIn("Huvudmän som mest liknar", self.say("similar", TYPED, "--lang", "sv"))

    def test_two_organizers_are_explained_by_number_or_name(self):
        [other] = self.json("similar", TYPED, "--limit", "1")["similar"]
        name = other["organizer"]["name"]
        answer = self.json("explain", "212000-0019", name)
        self.assertEqual((answer["organizer"]["id"], answer["other"]["id"]), (TYPED, other["organizer"]["id"]))
        self.assertEqual(answer["similarity"], other["similarity"])
        shares = sum(part["share"] for part in answer["shared"] + answer["categories"])
        self.assertAlmostEqual(shares, 1, delta=0.002)
        self.assertEqual({c["challenge"] for c in answer["shared"]}, {c["challenge"] for c in other["shared"]})
        said = self.say("explain", TYPED, name)
        self.assertRegex(said, r"^Upplands Väsby kommun \(2120000019\) · network \d+: ")
        self.assertIn(answer["reason"].split(":")[0].split()[0], said)
        self.assertRegex(said, r"OF SIMILARITY +FIRST +SECOND +SHARED")
        self.assertIn("AV LIKHETEN", self.say("explain", TYPED, name, "--lang", "sv"))
        self.assertIn("reports nothing that counts", self.say("explain", TYPED, SILENT).replace("\n", " "))
        self.assertLessEqual(max(map(len, said.split("\n\n")[1].splitlines())), 100)  # also where it is no terminal
        self.assertIn("are the same", self.refused(1, "explain", TYPED, "upplands väsby kommun"))
        self.assertIn("needs ID OTHER", self.refused(2, "explain", TYPED))
        self.assertIn("no organizer has the number or name '0000'", self.refused(1, "explain", TYPED, "0000"))

    def test_a_match_is_found_for_an_organizer_or_for_what_one_might_report(self):
        answer = self.json("match", "upplands", "väsby", "kommun", "--limit", "3")
        own = self.json("of", TYPED)
        self.assertEqual((answer["network"]["number"], answer["fit"]), (own["network"]["number"], own["fit"]))
        fits = [n["fit"] for n in answer["networks"]]
        self.assertEqual((len(fits), fits), (3, sorted(fits, reverse=True)))
        self.assertNotIn(own["network"]["number"], [n["number"] for n in answer["networks"]])
        said = self.say("match", TYPED)
        self.assertIn(f"It is in network {own['network']['number']} and fits ", said)
        self.assertRegex(said, r"\nNetwork \d+: .*\nFit [01]\.\d\d · \d+ members\n(Shares|Delar) ")
        code = own["shared"][0]["challenge"]
        [best] = self.json("match", "--report", f"{code}=5", "--limit", "1")["networks"]
        self.assertEqual(best["shared"][0]["challenge"], code)
        self.assertIn("Passning ", self.say("match", f"{code}=5", "--report", "--lang", "sv"))
        self.assertIn("a report is CHALLENGE=SEVERITY", self.refused(2, "match", "--report", "staff"))
        self.assertIn("there is no challenge 'nosuch'", self.refused(1, "match", "--report", "nosuch=3"))
        self.assertIn("Nothing that counts is reported", self.say("match", SILENT))

    def test_the_catalogue_says_how_many_report_each(self):
        challenges = self.json("challenges")["challenges"]
        self.assertEqual(len(challenges), 25)
        self.assertEqual(sum(c["organizers"] for c in challenges), 2572)
        self.assertRegex(self.say("challenges"), r"^CODE +CHALLENGE +CATEGORY +REPORTED BY\n")
        self.assertRegex(self.say("challenges", "--lang", "sv"), r"^KOD +UTMANING +OMRÅDE +RAPPORTERAS AV\n")

    def test_runs_and_their_figures(self):
        self.assertRegex(self.say("runs"), r" \d+  published +.* 330 +246 +0\.\d{3} ")
        said = self.say("run", "1")
        self.assertRegex(said, "^Run 1: (published|was in force)\n")
        self.assertRegex(said, r"Networks +\d+ networks of \d+–\d+ members, 330 organizers in all")
        self.assertRegex(said, r"Unmatched +246 organizers: nothing reported that counts 246")
        self.assertRegex(said, r"Finished +20\d\d-\d\d-\d\d \d\d:\d\d \((.* ago|just now)\)")
        said = self.say("run", "1", "--lang", "sv")
        self.assertRegex(said, "^Körning 1: (publicerad|har gällt)\n")
        self.assertRegex(said, r"Utanför +246 huvudmän: inget rapporterat som räknas 246")

    def test_regrouping_without_news_is_fine(self):
        self.assertIn("Nothing to do", self.say("regroup", "--wait"))
        self.assertIn("Inget att göra", self.say("regroup", "--wait", "--lang", "sv"))
        self.assertEqual(self.json("regroup", "--wait")["state"], "unchanged")

    def test_a_proposal_is_published_on_request_and_a_stale_one_refused(self):
        first = self.json("regroup", "--wait", "--force", "--seed", "7")
        second = self.json("regroup", "--wait", "--force", "--seed", "8")
        self.assertEqual((first["state"], first["published"], second["state"]), ("done", False, "done"))
        self.assertEqual(first["figures"]["matched"], 330)
        self.assertRegex(self.say("run", second["run"]), r"Seed +8\n")
        self.assertIn(f"The networks of run {first['run']} are in force now", self.say("publish", first["run"]))
        self.assertIn(f"but run {first['run']} is in force now; run again: peernet regroup", self.refused(1, "publish", second["run"]))
        self.assertIn(f"men körning {first['run']} gäller nu; kör på nytt", self.refused(1, "publish", second["run"], "--lang", "sv"))
        self.assertIn("is published now; run the programme again to build on what is published (E_STALE)",
                      self.refused(1, "publish", second["run"], "--json"))
        said = self.say("regroup", "--wait", "--force", "--publish", "--lang", "sv")
        self.assertRegex(said, r"^Körning \d+ är klar och dess nätverk gäller\.\n")

    def test_regroup_without_waiting_says_how_to_follow(self):
        said = self.say("regroup", "--force")
        number = re.fullmatch(r"Run (\d+) has started\. Follow it with: peernet run \1\n", said).group(1)
        peernet_test.wait_until(lambda: "proposal" in self.peernet("run", number).stdout, "the run", 60)
        # It is seen before its process has ended, which the next one is refused for.
        peernet_test.wait_until(lambda: not self.json("status")["worker"]["running"], "its end", 60)

    def test_methods_come_with_their_sentences(self):
        said = self.say("methods")
        self.assertRegex(said, r"organizer\.similar +organizer limit\?=10 programme\?=default +reader +The organizers")
        self.assertRegex(said, r"network\.list +.*unmatched\?=false")

    def test_call_takes_lists_objects_and_standard_input(self):
        by_name = self.say("call", "organizer.search", '{"text": "vallentuna kommun", "limit": 1}')
        self.assertEqual(json.loads(by_name)["organizers"][0]["id"], "2120000027")
        for args, text in ((['["vallentuna kommun", 1]'], None), (["-"], '{"text": "vallentuna kommun",\n "limit": 1}')):
            answer = json.loads(self.say("call", "organizer.search", *args, input=text))
            self.assertEqual(answer["organizers"][0]["id"], "2120000027")
        self.assertEqual(json.loads(self.say("call", "ping")), {"pong": True})
        self.assertEqual(json.loads(self.say("call", "ping", "[]")), {"pong": True})
        self.assertIn("(E_ARGUMENT)", self.refused(1, "call", "organizer.search", '{"text": 5}'))

    def test_invalid_json_is_told_with_its_place(self):
        self.assertIn("line 2, column ", self.refused(2, "call", "ping", '{"a": 1,\n b}'))
        self.assertIn("parametrarna är inte JSON: line 1", self.refused(2, "call", "ping", "{", "--lang", "sv"))
        self.assertIn("an array or an object", self.refused(2, "call", "ping", "5"))
        self.assertIn("longer than 1 MiB", self.refused(2, "call", "ping", "-", input="[" + "1," * (1 << 20) + "1]"))

    @slow_test
    def test_json_has_the_fields_that_the_table_of_methods_promises(self):
        for args, method in (
            (["status"], "status"), (["organizer", TYPED], "organizer.get"), (["search", "skola"], "organizer.search"),
            (["similar", TYPED], "organizer.similar"),
            (["explain", TYPED, SILENT], "organizer.explain"), (["challenges"], "challenge.list"), (["match", TYPED], "organizer.match"), (["networks"], "network.list"), (["network", "1"], "network.get"),
            (["of", TYPED], "network.of"), (["of", SILENT], "network.of"), (["unmatched"], "network.list"),
            (["runs"], "run.list"), (["run", "1"], "run.get"), (["methods"], "methods"),
        ):
            for language in ("sv", "en"):
                self.assertEqual(set(self.json(*args, "--lang", language)), self.fields(method), args)

    def test_csv_has_a_row_for_each_entry_and_a_column_for_each_field(self):
        for args, name in ((["networks"], "networks"), (["unmatched"], "unmatched"), (["runs"], "runs"), (["methods"], "methods"),
                           (["challenges"], "challenges"), (["search", "skola"], "organizers"), (["of", TYPED], "peers"),
                           (["network", "1"], "members"), (["programme", "list"], "programmes"), (["audit", "list"], "entries"),
                           (["similar", TYPED], "similar"), (["insight", "challenges"], "challenges"), (["status"], "programmes")):
            entries, said = self.json(*args)[name], self.say(*args, "--csv")
            rows = list(csv.DictReader(io.StringIO(said, newline="")))
            self.assertEqual(len(rows), len(entries), args)
            for row, entry in zip(rows, entries):
                self.assertNotIn(None, row, args)  # as many cells as columns
                for column, cell in row.items():
                    value = entry
                    for key in column.split("."):
                        value = value.get(key) if isinstance(value, dict) else None
                    self.assertEqual(cell, as_cell(value), (args, column))
        self.assertIn("--fields: there is no 'nonsense'; there are ", self.refused(1, "networks", "--csv", "--fields", "nonsense,size"))
        self.assertEqual(self.say("networks", "--csv", "--fields", "number,size", "--limit", "2").splitlines()[0], "number,size")
        self.assertTrue(self.say("pin", "list", "--csv").startswith("pin,rule,organizers,"))  # nothing in it, and its columns
        self.assertEqual(self.say("search", "zzzzzz", "--csv"), self.say("search", "skola", "--csv").splitlines()[0] + "\n")
        self.assertEqual(self.say("pin", "list", "--csv", "--fields", "pin,why").strip(), "pin,why")

    def test_language_comes_from_the_locale_unless_a_flag_says_otherwise(self):
        swedish = {"LC_ALL": "sv_SE.UTF-8"}
        self.assertIn("NÄTVERK", self.say("networks", env=swedish))
        self.assertIn("NETWORK", self.say("networks", "--lang", "en", env=swedish))
        self.assertIn("NETWORK", self.say("networks", env={"LC_ALL": "de_DE.UTF-8"}))
        self.assertIn("NÄTVERK", self.say("networks", env={"LC_ALL": None, "LC_MESSAGES": "sv_FI"}))
        # Whatever the locale's encoding and whether it is installed: what is printed is UTF-8.
        self.assertIn("Upplands Väsby", self.say("of", TYPED, env={"LC_ALL": "C"}))
        self.assertIn("Upplands Väsby", self.say("of", TYPED, env={"LC_ALL": "POSIX", "LANG": None}))

    def test_no_colours_and_no_cuts_where_there_is_no_terminal(self):
        for args in (["networks"], ["network", "1"], ["of", TYPED], ["status"], ["help"]):
            said = self.say(*args, env={"COLUMNS": "40", "TERM": "xterm"})
            self.assertNotIn("\033", said)
            self.assertNotIn("…", said)

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([program_path("peernet"), "networks"], stdout=full, stderr=subprocess.PIPE, text=True,
                                  env=program_environment({"PEERNET_ADDRESS": self.daemon.address}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write the output: No space left on device", done.stderr)

    def test_the_address_may_be_a_flag_and_stand_anywhere(self):
        nowhere = {"PEERNET_ADDRESS": "127.0.0.1:1"}
        self.assertEqual(json.loads(self.say("--address", self.daemon.address, "call", "ping", env=nowhere)), {"pong": True})
        self.assertEqual(json.loads(self.say("call", "ping", f"--address={self.daemon.address}", env=nowhere)), {"pong": True})


class UnixSocket(PeernetTest):
    def test_the_daemon_is_reached_through_a_socket(self):
        path = self.temp_folder() / "socket"
        # The later --listen wins over that of the test library; nobody waits for a port then.
        with Daemon(self.prepare(), "--listen", f"127.0.0.1:0,unix:{path}"):
            for address in (str(path), f"unix:{path}"):
                done = self.run("peernet", "search", "vallentuna", "--address", address)
                self.assertIn("Vallentuna kommun", done.stdout)


class BeforeTheFirstRun(PeernetTest):
    def test_every_list_says_how_to_begin(self):
        with Daemon(self.prepare()) as daemon:
            def said(*args):
                return self.run("peernet", "--address", daemon.address, *args).stdout
            for command in ("networks", "unmatched", "runs", "status"):
                self.assertIn("peernet regroup --wait --publish", said(command), command)
            self.assertIn("In no network.", said("of", TYPED))


if __name__ == "__main__":
    peernet_test.main()
