"""`peernet` and servers that are not as they should be: hostile names, endless or broken replies, silence, hanging up."""

import json
import socket
import unittest

import msgpack

import peernet_test
from fake_server import EndOfTalk, FakeServer, notification, response
from peernet_test import run_program

slow = True

SLY = "Skola \033]0;owned\007\033[2J\u202egnirps\u009b31m\nrow"
SLY_SHOWN = "Skola \\u001b]0;owned\\u0007\\u001b[2J\\u202egnirps\\u009b31m\\nrow"


def organizer(name, number="1"):
    return {"id": number, "name": name, "kind": name, "municipality": name, "county": name, "pupils": None,
            "attributes": {name: name}}


def refuse(error):
    return lambda method, params, msgid: response(msgid, error=error)


class ServerTest(unittest.TestCase):
    def peernet(self, code, answer, *args, hello=True):
        with FakeServer(answer, hello) as server:
            done = run_program("peernet", *args, "--address", server.address, "--timeout", "5", check=False)
        self.requests = server.requests
        self.assertEqual(done.returncode, code, (args, done.stdout, done.stderr))
        self.assertTrue(code == 0 or done.stdout == "", done.stdout)
        return done.stdout if code == 0 else done.stderr


class Server(ServerTest):
    def test_error_codes_become_exit_codes(self):
        for error, code in (("E_DENIED: not you", 4), ("E_UNAVAILABLE: the database is away", 5), ("E_NOT_FOUND: no", 1),
                            ("E_LIMIT: too much", 1), ("E_INTERNAL: oh", 1), ("E_NEW: unheard of", 1)):
            for form in (error, dict(zip(("code", "message"), error.split(": ")))):
                told = self.peernet(code, refuse(form), "status")
                self.assertIn(error.split(": ")[1], told)
        self.assertIn("not you\n", self.peernet(4, refuse("E_DENIED: not you"), "publish", "1"))
        self.assertIn("(E_DENIED)", self.peernet(4, refuse("E_DENIED: not you"), "publish", "1", "--json"))
        self.assertIn("inte tillåtet: not you\n", self.peernet(4, refuse("E_DENIED: not you"), "publish", "1", "--lang", "sv"))

    def test_errors_of_foreign_servers_are_told_too(self):
        self.assertIn("the error is an integer", self.peernet(1, refuse(7), "call", "x"))
        self.assertIn("plain words", self.peernet(1, refuse("plain words"), "call", "x"))

    def test_a_server_without_hello_is_asked_all_the_same(self):
        def answer(method, params, msgid):
            if method == "hello":
                return response(msgid, error="E_NOT_FOUND: no method is called hello")
            return response(msgid, {"pong": True})
        self.assertEqual(json.loads(self.peernet(0, answer, "call", "ping", hello=False)), {"pong": True})

    def test_names_cannot_write_on_the_terminal(self):
        row = {"organizer": organizer(SLY), "fit": 0.5, "similarity": 0.5, "reason": SLY, "code": SLY, "next": None,
               "shared": [{"challenge": SLY, "label": SLY}]}
        network = {"number": 1, "label": SLY, "reason": SLY, "size": 1, "cohesion": 0.5,
                   "shared": [{"challenge": SLY, "label": SLY, "share": 0.5, "lift": 1.0}]}
        run = {"run": 1, "programme": SLY, "state": SLY, "stage": SLY, "share": 0.5, "text": SLY, "elapsed_s": 1.0,
               "error": SLY, "settings": {SLY: SLY}}
        written = {**run, "figures": {"warnings": [SLY]}, "started_at": SLY, "finished_at": SLY, "versions": {SLY: SLY}}
        answers = {
            "organizer.get": {"organizer": organizer(SLY), "age_s": 1.0, "networks": [
                {"programme": SLY, "number": 1, "label": SLY, "name": None, "fit": 0.5, "run": 1}], "reports": [
                {"label": SLY, "category": SLY, "severity": 1, "reported_on": SLY}]},
            "organizer.search": {"organizers": [organizer(SLY)], "total": 1},
            "organizer.similar": {"organizer": organizer(SLY), "similar": [row]},
            "network.list": {"networks": [network], "unmatched": [row], "total": 1, "unmatched_total": 1, "run": 1},
            "network.get": {"network": network, "members": [row], "run": 1, "age_s": 1.0},
            "network.of": {"organizer": organizer(SLY), "matched": True, "network": network, "fit": 0.5, "shared": [],
                           "peers": [row], "next": {**network, "fit": 0.4}, "reason": SLY, "run": 1, "age_s": 1.0},
            "run.list": {"runs": [run, written], "total": 2}, "run.get": {"run": written},
            "run.publish": {"run": 1, "programme": SLY, "published_at": SLY},
            "methods": {"methods": [{"name": SLY, "params": [{"name": SLY, "default": SLY}], "role": SLY, "sentence": SLY}]},
            "status": {"ready": True, "version": SLY, "database": {"state": SLY, "error": SLY}, "snapshot": {"error": SLY},
                       "worker": {"running": True, "stage": SLY, "last_result": "failed: " + SLY},
                       "programmes": [{"name": SLY, "title": SLY, "run": 1, "published_at": SLY, "settings_fault": SLY}]},
        }

        def answer(method, params, msgid):
            return response(msgid, answers[method])
        for args in (["organizer", "1"], ["search", "x"], ["similar", "1"], ["networks"], ["network", "1"], ["of", "1"],
                     ["unmatched"], ["runs"], ["run", "1"], ["publish", "1"], ["methods"], ["status"]):
            for extra in ([], ["--json"]):
                if extra and args[0] == "status":
                    continue
                said = self.peernet(0, answer, *args, *extra)
                for character in "\033\007\u009b\u202e":
                    self.assertNotIn(character, said, args)
                if not extra and args[0] != "run":
                    self.assertIn(SLY_SHOWN, said, args)
                if extra:
                    self.assertEqual(json.loads(said), answers[{"of": "network.of", "unmatched": "network.list",
                                     "networks": "network.list", "network": "network.get", "search": "organizer.search",
                                     "organizer": "organizer.get", "similar": "organizer.similar", "runs": "run.list",
                                     "run": "run.get", "publish": "run.publish", "methods": "methods"}[args[0]]])
        told = self.peernet(1, refuse("E_NOT_FOUND: " + SLY), "call", "x")
        self.assertIn(SLY_SHOWN, told)
        self.assertNotIn("\033", told)

    def test_status_says_that_answers_come_from_memory_only_where_there_are_some(self):
        for ready, error, said in ((True, "Connection refused", "away for 1 minute: Connection refused. Answers come from"),
                                   (True, "Is it running?", "Is it running? Answers come from memory"),
                                   (False, "Is it running?", "Is it running?\n")):
            def answer(method, params, msgid, ready=ready, error=error):
                return response(msgid, {"ready": ready, "database": {"connected": False, "since_s": 60.0, "error": error}})
            with FakeServer(answer) as server:
                done = run_program("peernet", "status", "--address", server.address, check=False)
            self.assertIn(said, done.stdout)

    def test_results_of_other_shapes_are_no_reason_to_crash(self):
        for result in (None, True, 7, -1.5, "text", b"\xff\x00", [], {}, [[]], {"networks": 5, "run": "x", "total": []},
                       {"run": {"figures": []}}, {"organizer": [], "reports": {}, "similar": "x"}, {7: {b"k": None}},
                       {"network": None, "members": [None, 5, {"organizer": 3, "shared": {}}]}, float("nan"), 1 << 63):
            def answer(method, params, msgid, result=result):
                return response(msgid, result)
            for args in (["status"], ["networks"], ["network", "1"], ["of", "1"], ["unmatched"], ["organizer", "1"],
                         ["search", "x"], ["similar", "1"], ["runs"], ["run", "1"], ["publish", "1"], ["methods"],
                         ["regroup"], ["call", "x"]):
                with FakeServer(answer) as server:
                    done = run_program("peernet", *args, "--address", server.address, check=False)
                self.assertIn(done.returncode, (0, 5) if args == ["status"] else (0,), (args, result, done.stderr))

    def test_what_json_cannot_hold_has_a_form_in_it(self):
        sly = {"bin": b"\xff\x00", "nan": float("nan"), "inf": float("inf"), "big": (1 << 64) - 1, 5: 1}

        def answer(method, params, msgid):
            return response(msgid, sly)
        self.assertEqual(json.loads(self.peernet(0, answer, "call", "x")),
                         {"bin": "ff00", "nan": None, "inf": None, "big": 18446744073709551615.0, "5": 1})

    def test_replies_beyond_all_bounds_are_refused_at_once(self):
        envelope = b"\x94\x01\x02\xc0"  # the second call: hello was the first
        for body in (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\x08\x00\x00\x00",
                     b"\x91" * 100, b"\xdd\x00\x80\x00\x00", b"\xc1", b"\xd6\x01abcd", b"\xa1\xff"):
            def answer(method, params, msgid, body=body):
                return envelope + body
            self.assertIn("the reply cannot be taken: ", self.peernet(1, answer, "call", "x"))

    def test_what_is_no_envelope_is_refused(self):
        for sent in ([1, 2, None], [1, "two", None, 1], [7, 2, None, 1], [], [1, 1 << 40, None, 1]):
            def answer(method, params, msgid, sent=sent):
                return msgpack.packb(sent)
            self.assertIn("the reply is no MessagePack-RPC", self.peernet(1, answer, "call", "x"))

    def test_the_answer_is_that_with_the_same_number(self):
        def answer(method, params, msgid):
            return [response(msgid + 1, "other"), notification("run.progress", {"run": 1}),
                    msgpack.packb([0, msgid, "ping", []]), response(0, "stale"), response(msgid, "right")]
        self.assertEqual(self.peernet(0, answer, "call", "x"), '"right"\n')

    def test_an_answer_may_come_byte_by_byte(self):
        def answer(method, params, msgid):
            return [bytes([byte]) for byte in response(msgid, {"text": "å" * 50, "n": 1 << 40})]
        self.assertEqual(json.loads(self.peernet(0, answer, "call", "x")), {"text": "å" * 50, "n": 1 << 40})

    def test_a_large_answer_arrives_whole(self):
        def answer(method, params, msgid):
            return response(msgid, ["x" * 1000] * 20000)
        self.assertEqual(len(json.loads(self.peernet(0, answer, "call", "x"))), 20000)

    def test_silence_ends_with_the_time_limit(self):
        with FakeServer(lambda *_: None) as server:
            done = run_program("peernet", "status", "--address", server.address, "--timeout", "0.5", check=False)
        self.assertEqual(done.returncode, 5)
        self.assertIn("no answer to status within 0.5 s", done.stderr)

    def test_who_says_nothing_at_all_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = "127.0.0.1:%d" % server.getsockname()[1]
            done = run_program("peernet", "status", "--address", address, "--timeout", "0.5", check=False)
        self.assertEqual(done.returncode, 5)
        self.assertEqual(done.stderr, f"peernet: whoever listens at {address} does not answer: it is no peernetd, or one that hangs "
                                      "(no answer to hello within 0.5 s)\n")

    def test_no_cell_of_csv_is_a_formula(self):
        def answer(method, params, msgid):
            return response(msgid, {"networks": [{"number": 1, "label": "=HYPERLINK(1)", "cohesion": -0.5, "note": "@x"}]})
        self.assertEqual(self.peernet(0, answer, "networks", "--csv"),
                         "number,label,cohesion,note\n1,'=HYPERLINK(1),-0.5,'@x\n")

    def test_another_server_at_the_address_is_called_so(self):
        for answer in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"-ERR unknown command\r\n", b"SSH-2.0-x\r\n"):
            with FakeServer(lambda *_, answer=answer: answer, hello=False) as server:
                done = run_program("peernet", "status", "--address", server.address, check=False)
            self.assertEqual(done.returncode, 5, done.stderr)
            self.assertIn(f"what answers at {server.address} is no peernetd", done.stderr)

    def test_hanging_up_is_told(self):
        def answer(method, params, msgid):
            raise EndOfTalk

        def half(method, params, msgid):
            return [response(msgid, "x" * 100)[:50], b""]
        self.assertIn("the connection was lost: the daemon closed it", self.peernet(5, answer, "status"))
        with FakeServer(lambda *_: (_ for _ in ()).throw(EndOfTalk), hello=False) as server:
            done = run_program("peernet", "status", "--address", server.address, check=False)
        self.assertEqual(done.returncode, 5)
        self.assertIn("the connection was lost", done.stderr)

    def test_lists_longer_than_a_page_come_whole(self):
        names = [{"number": i + 1, "label": "n", "size": 5, "cohesion": 0.5} for i in range(2345)]

        def answer(method, params, msgid):
            given = params[0]
            page = names[given.get("offset", 0):][:given["limit"]]
            return response(msgid, {"networks": page, "unmatched": [], "total": len(names), "unmatched_total": 0, "run": 1})
        numbers = [n["number"] for n in json.loads(self.peernet(0, answer, "networks", "--json"))["networks"]]
        self.assertEqual(numbers, list(range(1, 2346)))
        self.assertEqual(len(self.requests), 4)
        numbers = [n["number"] for n in json.loads(self.peernet(0, answer, "networks", "--json", "--offset", "345"))["networks"]]
        self.assertEqual(numbers, list(range(346, 2346)))
        self.assertIn("2345 networks\n", self.peernet(0, answer, "networks"))

    def test_parameters_go_by_name_and_only_those_that_were_given(self):
        def answer(method, params, msgid):
            return response(msgid, {})
        self.peernet(0, answer, "similar", "17", "--limit", "3")
        self.assertEqual(self.requests[1], ("organizer.similar", [{"organizer": "17", "limit": 3}]))
        self.peernet(0, answer, "regroup", "--seed", "9", "--publish", "--programme", "autumn")
        self.assertEqual(self.requests[1], ("run.start", [{"programme": "autumn", "seed": 9, "publish": True}]))
        self.peernet(0, answer, "call", "x", "[1, [2]]")
        self.assertEqual(self.requests[1], ("x", [1, [2]]))
        self.assertEqual(self.requests[0], ("hello", [{"client": self.requests[0][1][0]["client"], "language": "en"}]))


class Waiting(ServerTest):
    """regroup --wait, with every way in which a run can end."""

    def wait(self, code, end, *args, before=(), get=None):
        def answer(method, params, msgid):
            if method == "subscribe":
                return response(msgid, {"topics": ["runs"]})
            if method == "run.start":
                return [*before, response(msgid, {"run": 5, "programme": "default", "state": "running"}), *end]
            return response(msgid, {"run": get}) if get is not None else response(msgid, error="E_NOT_FOUND: no run")
        return self.peernet(code, answer, "regroup", "--wait", *args)

    @staticmethod
    def end(state, error=None, run=5, published=False):
        return notification("run.finished", {"run": run, "programme": "default", "state": state, "error": error,
                                             "mean_fit": 0.7, "published": published})

    def test_done_shows_the_figures(self):
        written = {"run": 5, "state": "proposal", "figures": {"networks": 3, "matched": 20, "smallest": 5, "largest": 8,
                   "mean_fit": 0.7, "unmatched": {"no_fit": 2}, "base": {"run": 4, "stayed": 15, "moved": 3, "joined": 2, "left": 1},
                   "warnings": ["a pin has no organizer"]}}
        progress = [notification("run.progress", {"run": 5, "stage": "graph", "share": 0.2, "text": "x"})]
        said = self.wait(0, [*progress, self.end("done")], get=written)
        self.assertIn("Run 5 is done: a proposal. Put it in force with: peernet publish 5", said)
        self.assertIn("3 networks of 5–8 members, 20 organizers in all", said)
        self.assertIn("since run 4: 15 stayed, 3 moved, 2 joined, 1 left", said)
        self.assertRegex(said, "Warning +a pin has no organizer")
        answer = json.loads(self.wait(0, [self.end("done", published=True)], "--json", get=written))
        self.assertEqual((answer["run"], answer["published"], answer["figures"]["matched"]), (5, True, 20))

    def test_nothing_to_do_is_fine(self):
        self.assertIn("Nothing to do", self.wait(0, [self.end("unchanged")]))

    def test_failure_is_told_with_its_reason(self):
        self.assertIn("run 5 failed: settings clash", self.wait(1, [self.end("failed", "settings clash")]))
        self.assertIn("run 5 was stopped", self.wait(1, [self.end("cancelled")]))
        self.assertIn("other networks were published meanwhile", self.wait(1, [self.end("superseded")]))

    def test_an_end_that_came_before_the_start_was_answered_counts(self):
        self.assertIn("Nothing to do", self.wait(0, [], before=[self.end("done", run=4), self.end("unchanged")]))

    def test_ends_of_other_runs_do_not_count(self):
        self.assertIn("run 5 failed", self.wait(1, [self.end("done", run=6), self.end("failed")]))

    def test_an_end_that_was_missed_is_asked_for(self):
        ended = {"run": 5, "programme": "default", "state": "failed", "stage": "graph", "share": 0.1, "text": "", "error": "lost"}
        self.assertIn("run 5 failed: lost", self.wait(1, [], get=ended))

    def test_a_busy_programme_says_where_to_look(self):
        told = self.peernet(1, lambda method, params, msgid: response(msgid, {"topics": []}) if method == "subscribe"
                            else response(msgid, error="E_BUSY: run 4 is under way"), "regroup", "--wait")
        self.assertIn("run 4 is under way\n", told)
        self.assertIn("peernet runs", told)

    def test_a_lost_connection_does_not_pretend_that_the_run_ended(self):
        def answer(method, params, msgid):
            if method != "run.start":
                return response(msgid, {"topics": []})
            self.hang_up = True
            return response(msgid, {"run": 5}) + b"\xc1"
        told = self.peernet(1, answer, "regroup", "--wait")
        self.assertIn("Run 5 may go on; see with: peernet run 5", told)


if __name__ == "__main__":
    peernet_test.main()
