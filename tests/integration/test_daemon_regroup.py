"""Regroupings that the daemon starts: followed, limited, and harmless however they end."""

import os
import pathlib
import signal

import peernet_test
from peernet_test import Daemon, RpcError, wait_until

slow = True

ENDLESS = """UPDATE peernet.programmes SET settings = '{"effort": 1000000000000}'"""
QUICK = """UPDATE peernet.programmes SET settings = '{"effort": 1000}'"""


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Regroup(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, QUICK)

    def worker(self, body):
        """A stand-in for the worker: a shell script."""
        script = self.temp_folder() / "worker"
        script.write_text("#!/bin/sh\n" + body)
        script.chmod(0o755)
        return str(script)

    def finished(self, rpc, timeout=60):
        """The fields of the next run.finished, and the progress before it."""
        progress = []
        while True:
            name, (fields,) = rpc.next_notification(timeout)
            if name == "run.finished":
                return fields, progress
            if name == "run.progress":
                progress.append(fields)

    def pid_of_worker(self, daemon):
        children = pathlib.Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children")
        return int(wait_until(lambda: children.read_text().split(), "the worker")[0])

    def assert_refused(self, code, call, *args):
        with self.assertRaises(RpcError) as refused:
            call(*args)
        self.assertEqual(refused.exception.code, code)
        return refused.exception.message

    def test_run_is_followed_to_its_end_and_read_at_once(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            started = rpc.call("run.start", {"seed": 7, "publish": True})
            self.assertEqual((started["programme"], started["state"]), ("default", "running"))
            end, progress = self.finished(rpc)
            self.assertEqual((end["run"], end["state"], end["published"], end["error"]),
                             (started["run"], "done", True, None))
            self.assertEqual({p["run"] for p in progress}, {started["run"]})
            self.assertEqual([p["stage"] for p in progress][-1], "end")
            shares = [p["share"] for p in progress]
            self.assertEqual(shares, sorted(shares))
            run = rpc.call("run.get", started["run"])["run"]
            self.assertEqual((run["state"], run["seed"]), ("published", 7))
            self.assertAlmostEqual(run["figures"]["mean_fit"], end["mean_fit"], places=3)
            self.assertEqual(rpc.call("network.list")["run"], started["run"])
            status = rpc.call("status")["worker"]
            self.assertEqual((status["running"], status["last_result"]), (False, "done"))

    def test_nothing_new_is_no_failure_and_force_runs_all_the_same(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            states = []
            for force in (False, False, True):
                run = rpc.call("run.start", {"publish": True, "force": force})["run"]
                end, _ = self.finished(rpc)
                states.append(end["state"])
            self.assertEqual(states, ["done", "unchanged", "done"])
            self.assertEqual(rpc.call("run.list")["total"], 2)
            self.assertEqual(rpc.call("network.list")["run"], run)

    def test_one_of_a_programme_and_a_few_in_all(self):
        self.sql(self.database, ENDLESS)
        self.sql(self.database, "INSERT INTO peernet.programmes (name, title_sv, title_en) VALUES ('b', 'B', 'B'),"
                                " ('c', 'C', 'C')")
        self.sql(self.database, ENDLESS)
        with Daemon(self.database, "--regroup-jobs", 2) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            first = rpc.call("run.start")["run"]
            self.assertIn(str(first), self.assert_refused("E_BUSY", rpc.call, "run.start"))
            second = rpc.call("run.start", {"programme": "b"})["run"]
            self.assertIn("2", self.assert_refused("E_LIMIT", rpc.call, "run.start", {"programme": "c"}))
            self.assert_refused("E_NOT_FOUND", rpc.call, "run.start", {"programme": "nobody"})
            self.assert_refused("E_ARGUMENT", rpc.call, "run.start", {"programme": "c", "seed": 2**63})
            self.assertEqual([r["run"] for r in rpc.call("run.list")["runs"]], [first])
            self.assertEqual(rpc.call("run.list", "b")["runs"][0]["state"], "running")
            self.assertTrue(rpc.call("status")["worker"]["running"])
            self.assertGreater(second, first)

    def test_kill_of_the_worker_leaves_what_is_published_and_frees_the_place(self):
        self.regroup(self.database, "--publish")
        self.sql(self.database, ENDLESS)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            before = rpc.call("network.list", {"limit": 1000})["networks"]
            rpc.call("subscribe", "runs")
            run = rpc.call("run.start", {"publish": True, "force": True})["run"]
            wait_until(lambda: rpc.call("run.get", run)["run"]["stage"] == "networks", "the search")
            os.kill(self.pid_of_worker(daemon), signal.SIGKILL)
            end, _ = self.finished(rpc)
            self.assertEqual((end["run"], end["state"], end["published"]), (run, "failed", False))
            self.assertIn("signal 9", end["error"])
            self.assertEqual(rpc.call("network.list", {"limit": 1000})["networks"], before)
            self.assertEqual(rpc.call("run.get", run)["run"]["state"], "failed")
            self.sql(self.database, QUICK)
            rpc.call("run.start", {"force": True})
            self.assertEqual(self.finished(rpc)[0]["state"], "done")

    def test_time_limit_tells_the_worker_to_end_and_then_kills_it(self):
        self.sql(self.database, ENDLESS)
        with Daemon(self.database, "--regroup-time-limit", "300ms") as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            rpc.call("run.start")
            end, _ = self.finished(rpc)
            self.assertIn("time limit of 300 ms", end["error"])
            self.assertNotIn("killing it", daemon.log())
        deaf = self.worker("trap '' TERM\nwhile :; do sleep 0.1; done\n")
        with Daemon(self.database, "--regroup-time-limit", "300ms", "--regroup-kill-after", "200ms",
                    "--regroup-program", deaf) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            rpc.call("run.start")
            end, _ = self.finished(rpc)
            self.assertEqual(end["state"], "failed")
            self.assertIn("time limit", end["error"])
            self.assertIn("killing it", daemon.log())

    def test_exit_codes_become_outcomes(self):
        meanings = {0: "done", 1: "failed", 2: "failed", 10: "failed", 11: "unchanged", 12: "superseded",
                    13: "failed", 14: "failed", 15: "cancelled", 77: "failed"}
        for code, state in meanings.items():
            script = self.worker(f"echo 'peernet-regroup: for this reason' >&2\nexit {code}\n")
            with self.subTest(code=code), Daemon(self.database, "--regroup-program", script) as daemon, \
                    daemon.rpc() as rpc:
                rpc.call("subscribe", "runs")
                rpc.call("run.start")
                end, _ = self.finished(rpc)
                self.assertEqual(end["state"], state)
                if state == "failed":
                    self.assertEqual(end["error"], "for this reason" if code != 10 else end["error"])
                self.assertIn("for this reason", daemon.log())

    def test_worker_that_cannot_be_started_is_an_answer_and_no_leak(self):
        script = self.worker("exit 0\n")
        with Daemon(self.database, "--regroup-program", script) as daemon, daemon.rpc() as rpc:
            os.unlink(script)
            for _ in range(20):
                self.assertIn("no such file", self.assert_refused("E_INTERNAL", rpc.call, "run.start"))
            self.assertLess(len(os.listdir(f"/proc/{daemon.pid}/fd")), 40)
            self.assertFalse(rpc.call("status")["worker"]["running"])

    def test_flood_from_the_worker_is_bounded(self):
        script = self.worker("""
            i=0
            while [ $i -lt 3000 ]; do
                echo "{\\"step\\":\\"read\\",\\"share\\":0.$i,\\"text\\":\\"line $i\\"}" >&3
                echo "complaint $i" >&2
                i=$((i + 1))
            done
            head -c 1000000 /dev/zero | tr '\\0' x >&3
            printf '\\n{"step": 3, "share": "x"}\\n[1]\\n{"step":"wide","text":"' >&3
            head -c 1000000 /dev/zero | tr '\\0' y >&2
            exit 1
        """)
        with Daemon(self.database, "--regroup-program", script) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            rpc.call("run.start")
            end, progress = self.finished(rpc)
            self.assertEqual(end["state"], "failed")
            self.assertLess(len(progress), 300)
            self.assertLess(len(daemon.log()), 200_000)
            self.assertIn("not logged", daemon.log())

    def test_last_words_of_the_worker_are_the_reason(self):
        cases = (("printf 'cut short' >&2\nexit 14\n", "cut short"),
                 ("i=0\nwhile [ $i -lt 600 ]; do echo noise >&2; i=$((i + 1)); done\necho enough >&2\nexit 13\n", "enough"),
                 ("(printf 'and a child lives on' >&2; exec sleep 30) &\nsleep 0.2\nexit 1\n", "and a child lives on"))
        for text, reason in cases:
            script = self.worker(text)
            with self.subTest(reason=reason), Daemon(self.database, "--regroup-program", script) as daemon, \
                    daemon.rpc() as rpc:
                rpc.call("subscribe", "runs")
                rpc.call("run.start")
                self.assertEqual(self.finished(rpc)[0]["error"], reason)

    def test_worker_gets_the_connection_by_environment_and_no_password_by_flag(self):
        seen = self.temp_folder() / "seen"
        script = self.worker(f'{{ echo "$@"; env; }} > {seen}\n')
        env = {"PGPASSWORD": "hunter22", "PGSERVICE": None, "PEERNET_DATABASE": "host=elsewhere"}
        with Daemon(self.database, "--regroup-program", script, "--regroup-memory-limit", "1GiB",
                    "--regroup-threads", 3, env=env) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            run = rpc.call("run.start", {"seed": 5, "publish": True, "force": True})["run"]
            self.finished(rpc)
            port = rpc.sock.getsockname()[1]
        flags, *lines = seen.read_text().splitlines()
        self.assertEqual(flags, f"run --programme default --run {run} --seed 5 --publish --force --memory-limit "
                                f"1073741824 --threads 3 --keep-inputs 100 --who loopback --origin 127.0.0.1:{port} --quiet "
                                "--progress-fd 3")
        values = dict(line.partition("=")[::2] for line in lines)
        self.assertEqual(values["PGHOST"], self.cluster.socket)
        self.assertEqual(values["PGDATABASE"], self.database.split("dbname=")[1])
        self.assertEqual(values["PGPASSWORD"], "hunter22")
        self.assertNotIn("PEERNET_DATABASE", values)
        self.assertIn("PATH", values)

    def test_the_worker_stands_back(self):
        for flags, nice in (((), 10), (("--worker-nice", 3), 3)):
            script = self.worker("exec sleep 30\n")
            with self.subTest(nice=nice), Daemon(self.database, "--regroup-program", script, *flags) as daemon, daemon.rpc() as rpc:
                rpc.call("run.start", {"force": True})
                pid = wait_until(lambda: self.pid_of_worker(daemon), "the worker")
                wanted = min(19, os.getpriority(os.PRIO_PROCESS, daemon.pid) + nice)
                wait_until(lambda: os.getpriority(os.PRIO_PROCESS, pid) == wanted, "its priority")

    def test_worker_goes_when_the_daemon_goes(self):
        self.sql(self.database, ENDLESS)
        for how in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(how=how.name):
                daemon = Daemon(self.database).start()
                self.addCleanup(daemon.close)
                with daemon.rpc() as rpc:
                    run = rpc.call("run.start", {"force": True})["run"]
                    wait_until(lambda: rpc.call("run.get", run)["run"]["stage"] == "networks", "the search")
                pid = self.pid_of_worker(daemon)
                self.assertEqual(daemon.stop(how), 0 if how == signal.SIGTERM else -how)
                wait_until(lambda: not alive(pid), "the worker's end")

    def test_deaf_worker_does_not_keep_the_daemon_from_ending(self):
        listening = self.temp_folder() / "deaf"
        deaf = self.worker(f"trap '' TERM\n: > '{listening}'\nwhile :; do sleep 0.1; done\n")
        daemon = Daemon(self.database, "--regroup-program", deaf, "--drain-timeout", "500ms").start()
        self.addCleanup(daemon.close)
        with daemon.rpc() as rpc:
            rpc.call("run.start")
        pid = self.pid_of_worker(daemon)
        wait_until(listening.exists, "the shell to set its trap")
        self.assertEqual(daemon.stop(), 0)
        wait_until(lambda: not alive(pid), "the worker's end")

    def test_pipe_that_a_grandchild_keeps_open_does_not_hold_up_the_end(self):
        script = self.worker("sleep 30 &\nexit 0\n")
        with Daemon(self.database, "--regroup-program", script) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            rpc.call("run.start")
            self.assertEqual(self.finished(rpc)[0]["state"], "done")


if __name__ == "__main__":
    peernet_test.main()
