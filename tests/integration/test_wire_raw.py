"""The wire as a raw client sees it: every method, errors, and peers that break rules, dawdle or never read."""

import json
import os
import pathlib
import random
import socket
import time

import msgpack

import peernet_test
from peernet_test import Daemon, Rpc, RpcError, slow_test, wait_until

EXAMPLES = json.loads((peernet_test.SOURCE / "proto" / "examples.json").read_text())
FREE_MAPS = {"attributes", "settings", "versions", "figures"}  # their keys are data


def compare_shape(example, answer, where, faults):
    """Lists in `faults` where an answer's maps have other keys, or its values other types, than the document's example."""
    if example is None or answer is None:
        return
    if isinstance(example, dict) and isinstance(answer, dict):
        if list(example) != list(answer):
            faults.append(f"{where}: {list(answer)} where the document has {list(example)}")
            return
        for key in example:
            if key not in FREE_MAPS:
                compare_shape(example[key], answer[key], f"{where}.{key}", faults)
    elif isinstance(example, list) and isinstance(answer, list):
        for value in answer[:5] if example else []:
            compare_shape(example[0], value, f"{where}[]", faults)
    elif type(example) is not type(answer):
        faults.append(f"{where}: {answer!r} where the document has {example!r}")


class Wire(peernet_test.PeernetTest):
    """One daemon on the example, with one published run, for all tests of a class."""

    flags = ()

    @classmethod
    def setUpClass(cls):
        cluster = peernet_test.shared_cluster()
        cls.database_name = peernet_test.make_prepared(cluster, True)
        cls.database = cluster.conninfo(cls.database_name)
        helper = peernet_test.PeernetTest()
        helper.sql(cls.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        helper.regroup(cls.database, "--seed", 1, "--publish")
        cls.run_number = helper.sql(cls.database, "SELECT max(run) FROM peernet.runs")[0][0]
        cls.daemon = Daemon(cls.database, *cls.flags)
        cls.daemon.start()
        cls.addClassCleanup(cls.daemon.close)

    @classmethod
    def tearDownClass(cls):
        if cls.daemon.stop() != 0:
            raise AssertionError(cls.daemon.log())

    def connect(self):
        rpc = self.daemon.rpc()
        self.addCleanup(rpc.close)
        return rpc

    def refused(self, rpc, method, *params):
        with self.assertRaises(RpcError) as caught:
            rpc.call(method, *params)
        return caught.exception

    def counts(self):
        with self.daemon.rpc() as rpc:
            return rpc.call("status")["connections"]

    def has_sanitizer(self):
        return bool(os.environ.get("PEERNET_SANITIZE"))

    def resident(self):
        """Bytes of the daemon in memory."""
        pages = int(pathlib.Path(f"/proc/{self.daemon.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


class Methods(Wire):
    def params_of(self, method, rpc):
        if method == "network.lock":  # unlocks: somebody is to be moved into it by then
            return [self.network, False]
        if method == "network.get":
            return [self.network]
        if method in ("network.rename", "network.note"):
            return [self.network, "words"]
        if method == "network.move":
            other = next(n["number"] for n in rpc.call("network.list")["networks"] if n["number"] != self.network)
            return [rpc.call("network.get", other)["members"][-1]["organizer"]["id"], self.network, "why", "2999-01-01"]
        if method == "activity.set":
            return ["reading", "Läslyftet", "Reading lift", ["subject.swe"]]
        if method == "pin.remove":
            return [rpc.call("pin.list")["pins"][-1]["pin"]]
        if method in ("run.get", "run.publish", "run.replay"):
            return [self.run_number]
        if method in ("programme.get", "programme.history"):
            return ["default"]
        if method == "run.diff":
            return [self.run_number, self.run_number]
        if method == "hello":  # the example's token lets nobody in
            return [{k: v for k, v in EXAMPLES[method]["params"][0].items() if k != "token"}]
        return EXAMPLES[method]["params"]

    def test_every_method_answers_in_the_shape_of_the_document(self):
        rpc = self.connect()
        self.network = rpc.call("network.list", "default", 0, 1)["networks"][0]["number"]
        table = {m["name"]: m for m in rpc.call("methods")["methods"]}
        self.assertEqual(sorted(table), sorted(m for m in EXAMPLES if "params" in EXAMPLES[m]))
        faults = []
        for method in table:
            if method in ("run.start", "run.publish", "run.reject", "run.rollback", "run.cancel", "programme.create",
                          "programme.set", "programme.archive", "pin.remove", "plan.get", "plan.adopt", "plan.record"):
                continue  # in the tests below, and in those of plans
            answer = rpc.call(method, *self.params_of(method, rpc))
            self.assertEqual([f["name"] for f in table[method]["result"]], list(answer), method)
            example = dict(EXAMPLES[method]["result"])
            if method == "run.list":  # nothing is under way here
                example["runs"] = [EXAMPLES["run.get"]["result"]["run"]]
            compare_shape(example, answer, method, faults)
        self.assertEqual(faults, [])

    def test_a_run_is_started_followed_published_and_then_stale(self):
        rpc = self.connect()
        self.assertEqual(rpc.call("subscribe", "runs"), {"topics": ["runs"]})
        rpc.call("subscribe", "networks")
        faults = []
        first = rpc.call("run.start", {"seed": 2, "force": True}, timeout=60)
        compare_shape(EXAMPLES["run.start"]["result"], first, "run.start", faults)
        seen = []
        while not seen or seen[-1][0] != "run.finished":
            seen.append(rpc.next_notification(60))
        for method, (fields,) in seen:
            self.assertEqual(fields["run"], first["run"])
            compare_shape(EXAMPLES[method]["fields"], fields, method, faults)
        self.assertEqual(seen[-1][1][0]["state"], "done")
        second = rpc.call("run.start", {"seed": 3, "force": True}, timeout=60)
        while rpc.next_notification(60)[0] != "run.finished":
            pass
        wait_until(lambda: rpc.call("run.get", second["run"])["run"]["state"] == "proposal", "the second proposal")
        answer = rpc.call("run.publish", second["run"])
        compare_shape(EXAMPLES["run.publish"]["result"], answer, "run.publish", faults)
        self.assertEqual(rpc.next_notification()[0], "networks.published")
        error = self.refused(rpc, "run.publish", first["run"])
        self.assertEqual(error.code, "E_STALE", error)
        type(self).run_number = second["run"]
        self.assertEqual(faults, [])

    def test_an_unmatched_organizer_hears_why_and_an_unknown_one_not_found(self):
        rpc = self.connect()
        page = rpc.call("network.list", {"unmatched": True, "limit": 1000})
        self.assertEqual(len(page["unmatched"]), page["unmatched_total"])
        quiet = next(u for u in page["unmatched"] if u["code"] == "nothing_reported")
        answer = rpc.call("network.of", quiet["organizer"]["id"])
        self.assertFalse(answer["matched"])
        self.assertEqual(answer["reason"], quiet["reason"])
        error = self.refused(rpc, "network.of", "0000000000")
        self.assertEqual((error.code, error.message), ("E_NOT_FOUND", "no organizer has the id '0000000000'"))

    def test_pages_hold_every_network_once(self):
        rpc = self.connect()
        total = rpc.call("network.list")["total"]
        numbers = []
        for offset in range(0, total + 7, 7):
            numbers += [n["number"] for n in rpc.call("network.list", "default", offset, 7)["networks"]]
        self.assertEqual(len(numbers), total)
        self.assertEqual(numbers, sorted(set(numbers)))

    def test_language_and_errors_follow_hello(self):
        rpc = self.connect()
        swedish = rpc.call("network.of", "2120000019")
        rpc.call("hello", {"language": "en", "errors": "map"})
        english = rpc.call("network.of", "2120000019")
        self.assertNotEqual(swedish["reason"], english["reason"])
        error = self.refused(rpc, "organizer.get", "1").error
        self.assertEqual(error, {"code": "E_NOT_FOUND", "message": "no organizer has the id '1'"})

    def test_what_is_wrong_with_a_parameter_is_said(self):
        rpc = self.connect()
        for params, words in [((), "organizer: nothing came; a str of 1 to 64 characters"),
                              ((5,), "organizer: an integer came"),
                              (({"organiser": "1"},), "did you mean organizer?"),
                              (("1", "default", "1", 4), "4 parameters came; it takes 3"),
                              (("x" * 65,), "a text of 65 characters came")]:
            error = self.refused(rpc, "network.of", *params)
            self.assertEqual(error.code, "E_ARGUMENT")
            self.assertIn(words, error.message)

    def test_method_names_may_be_bytes_and_unknown_ones_get_the_nearest(self):
        rpc = self.connect()
        self.assertEqual(rpc.call(b"ping"), {"pong": True})
        error = self.refused(rpc, "network.off")
        self.assertEqual((error.code, "did you mean network.of?" in error.message), ("E_NOT_FOUND", True))
        self.assertEqual(self.refused(rpc, b"\xff\x00").code, "E_NOT_FOUND")


class Envelopes(Wire):
    def test_a_thousand_pipelined_requests_with_32_bit_msgids(self):
        rpc = self.connect()
        msgids = [0xFFFFFFFF - 3 * i for i in range(1000)]
        requests = [msgpack.packb([0, m, "network.of" if i % 2 else "ping", ["2120000019"] if i % 2 else []])
                    for i, m in enumerate(msgids)]
        rpc.send(b"".join(requests))
        for i, msgid in enumerate(msgids):
            message = rpc.read_message()
            self.assertEqual(message[:3], [1, msgid, None])
            self.assertIn("peers" if i % 2 else "pong", message[3])

    def test_a_response_has_a_one_byte_header(self):
        with socket.create_connection(("127.0.0.1", self.daemon.port)) as link:
            link.sendall(msgpack.packb([0, 0xFFFFFFFF, "ping", []]))
            self.assertEqual(link.recv(100)[:7], b"\x94\x01\xce\xff\xff\xff\xff")

    def test_responses_and_notifications_are_ignored(self):
        rpc = self.connect()
        rpc.send(msgpack.packb([1, 5, None, None]) + msgpack.packb([2, "ping", []]) + msgpack.packb([2, "nobody", []]))
        self.assertEqual(rpc.call("ping"), {"pong": True})
        self.assertEqual(rpc.responses, {})

    def test_what_cannot_be_answered_ends_the_connection_behind_earlier_answers(self):
        for broken in (b"\x90", b"\x80", b"GET / HTTP/1.1\r\n\r\n", msgpack.packb([0, -1, "ping", []]),
                       msgpack.packb([0, 2**32, "ping", []]), msgpack.packb([0, 1, "ping"]), b"\xc1", b"\x91\xc1",
                       b"\xdd\x00\xff\xff\xff", b"\x94\x00\x01\xa1\xff"):
            rpc = self.connect()
            rpc.send(msgpack.packb([0, 9, "ping", []]) + broken + msgpack.packb([0, 10, "ping", []]))
            self.assertEqual(rpc.wait_closed(), [[1, 9, None, {"pong": True}]], broken)

    def test_a_request_with_a_msgid_is_always_answered(self):
        rpc = self.connect()
        for request in ([0, 4, 5, []], [0, 4, "ping", {}], [0, 4, "ping", None], [0, 4, None, None]):
            rpc.send(msgpack.packb(request))
            kind, msgid, error, result = rpc.read_message()
            self.assertEqual((kind, msgid, result), (1, 4, None))
            self.assertTrue(error.startswith("E_ARGUMENT: "), error)

    def test_a_request_byte_by_byte(self):
        rpc = self.connect()
        for byte in msgpack.packb([0, 77, "organizer.search", ["upplands VASBY", 3]]):
            rpc.send(bytes([byte]))
            time.sleep(0.001)
        message = rpc.read_message()
        self.assertEqual(message[:3], [1, 77, None])
        self.assertEqual(message[3]["organizers"][0]["name"], "Upplands Väsby kommun")


class Hostile(Wire):
    flags = ("--max-connections", "60", "--write-timeout", "3s", "--output-pause", "256KiB")

    def mutate(self, pick):
        """A request with some bytes changed, put in, left out, or cut short."""
        requests = [[0, pick.randrange(2**32), "network.of", ["2120000019"]], [0, 1, "organizer.search", [{"text": "x"}]],
                    [0, 300, "hello", [None, "map", "en"]], [0, 2, "network.list", ["default", 0, 3, False]],
                    [0, 3, "ping", [[[[{}]]]]], [0, 4, "subscribe", [{"topic": "networks"}]]]
        data = bytearray(msgpack.packb(pick.choice(requests)))
        for _ in range(pick.randrange(1, 5)):
            at = pick.randrange(len(data))
            action = pick.randrange(4)
            if action == 0:
                data[at] = pick.randrange(256)
            elif action == 1:
                data.insert(at, pick.choice([0xC1, 0xD9, 0xDD, 0xDF, 0xC7, 0xFF, 0x91, 0x00]))
            elif action == 2 and len(data) > 1:
                del data[at]
            else:
                del data[max(at, 1):]
        return bytes(data)

    def test_malformed_frames_by_the_hundred_get_answers_or_an_end(self):
        pick = random.Random(20260314)
        ended = answered = 0
        for _ in range(600):
            rpc = self.connect()
            rpc.send(self.mutate(pick))
            rpc.sock.shutdown(socket.SHUT_WR)
            for message in rpc.wait_closed():
                self.assertEqual((len(message), message[0]), (4, 1))
                answered += 1
            ended += 1
            rpc.close()
        self.assertEqual(ended, 600)
        self.assertGreater(answered, 50)
        self.assertGreater(self.counts()["bad_frames"], 100)
        self.assertEqual(self.connect().call("ping"), {"pong": True})

    def test_announced_gigabytes_cost_nothing(self):
        before = self.resident()
        for header in (b"\xdd\x00\xff\xff\xff", b"\xdf\x00\xff\xff\xff", b"\xdd\xff\xff\xff\xff",
                       b"\x91\xdb\xff\xff\xff\xff", b"\x91\xc6\x7f\xff\xff\xff"):
            for _ in range(10):
                rpc = self.connect()
                rpc.send(header)
                self.assertEqual(rpc.wait_closed(), [])
        self.assertLess(self.resident() - before, 16 << 20)

    def fill(self, sock):
        """Sends requests for large answers until the daemon takes no more."""
        sock.setblocking(False)
        request = msgpack.packb([0, 1, "network.list", []]) * 50
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 0.3:
            try:
                sock.send(request)
                quiet_since = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
            except ConnectionError:
                return

    @slow_test
    def test_clients_that_never_read_cost_bounded_memory_and_delay_nobody(self):
        other = self.connect()
        other.call("network.list")
        before = self.resident()
        deaf = [self.connect() for _ in range(12)]
        for rpc in deaf:
            self.fill(rpc.sock)
            other.call("ping")
        grown = self.resident() - before
        if not self.has_sanitizer():
            self.assertLess(grown, 12 * (2 << 20))
        slow = self.counts()["slow_readers"]
        wait_until(lambda: self.counts()["slow_readers"] >= 12, "the write deadline for all of them")
        self.assertLessEqual(slow, 12)
        other.call("ping")

    def test_one_connection_too_many_is_told_so(self):
        wait_until(lambda: self.counts()["open"] == 1, "the connections of earlier tests to end")
        held = [self.connect() for _ in range(60)]
        for rpc in held:
            rpc.call("ping")
        error = self.refused(self.connect(), "ping")
        self.assertEqual(error.code, "E_LIMIT")
        self.assertIn("the limit is 60 (max-connections)", error.message)
        held.pop().close()
        wait_until(lambda: self.may_connect(), "room for another")

    def may_connect(self):
        with self.daemon.rpc() as rpc:
            try:
                return rpc.call("ping")["pong"]
            except RpcError:
                return False


class Away(peernet_test.PeernetTest):
    def test_before_the_first_data_reads_are_unavailable_and_status_says_why(self):
        folder = self.temp_folder()
        with Daemon(f"host={folder} dbname=nothing", ready="port") as daemon, Rpc(daemon.port) as rpc:
            self.assertEqual(rpc.call("ping"), {"pong": True})
            for method, params in (("network.of", ["1"]), ("organizer.search", ["x"]), ("run.list", [])):
                with self.assertRaises(RpcError) as caught:
                    rpc.call(method, *params)
                self.assertEqual(caught.exception.code, "E_UNAVAILABLE")
            faults = []
            compare_shape(EXAMPLES["status"]["result"], rpc.call("status"), "status", faults)
            self.assertEqual(faults, [])


if __name__ == "__main__":
    peernet_test.main()
