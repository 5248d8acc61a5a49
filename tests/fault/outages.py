"""PostgreSQL goes and comes back, again and again; counts what became of reads and writes, and how soon all is current.

  python3 tests/fault/outages.py [--rounds 20] [--readers 4]

An outage lasts until the daemon's pauses between attempts are as long as they get (--retry-most), so that its end is
that of one of ten minutes or ten hours. Every other one is a kill -9. Ends with 1 when a read failed or came
without its age, when a write was not refused with E_UNAVAILABLE, or when what was changed on return took longer than
two seconds to be read.
"""

import argparse
import collections
import pathlib
import re
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import psycopg2  # noqa: E402
from peernet_test import EXAMPLE, Daemon, RpcError, run_program, wait_until  # noqa: E402
from pg import PrivateCluster  # noqa: E402

SOON = 2.0  # seconds
ONE, OTHER = "2120000019", "2120000027"
READS = (("network.of", ONE), ("network.peers", OTHER), ("network.list",), ("network.get", 1), ("organizer.get", ONE),
         ("organizer.search", "kommun"), ("organizer.similar", ONE), ("organizer.match", OTHER), ("challenge.list",),
         ("programme.get", "default"), ("run.list",), ("pin.list",), ("activity.cover",), ("insight.coverage",))
WRITES = (("run.start", {"force": True}), ("run.publish", 1), ("run.reject", 1, "no"), ("run.rollback", 1),
          ("pin.add", {"rule": "keep", "organizers": [ONE]}), ("pin.remove", 1), ("network.rename", 1, "North"),
          ("network.note", 1, "x"), ("network.lock", 1), ("programme.create", "b"),
          ("programme.set", "default", {"purpose": "x"}), ("programme.archive", "default"),
          ("token.create", {"name": "t"}), ("token.revoke", "t"), ("plan.adopt", 1),
          ("plan.record", "invited", [ONE]), ("activity.set", "a", "A", "A", ["subject.art"]), ("activity.remove", "a"),
          ("report.submit", [{"organizer": ONE, "challenge": "subject.art", "severity": 1, "reported_on": "2026-01-01"}]),
          ("organizer.upsert", [{"id": ONE, "name": "N", "kind": "municipal"}]))


class Reader(threading.Thread):
    """Reads in turn, without a pause, for as long as it may."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.peer, self.over = daemon, threading.Event()
        self.answered, self.oldest, self.faults = 0, 0.0, collections.Counter()

    def run(self):
        with self.peer.rpc() as rpc:
            while not self.over.is_set():
                call = READS[self.answered % len(READS)]
                self.answered += 1
                try:
                    self.oldest = max(self.oldest, rpc.call(*call)["age_s"])
                except (RpcError, KeyError, TypeError, OSError) as error:
                    self.faults[f"{call[0]}: {error!r}"] += 1


def refused(rpc, faults):
    """Tries each write once; how many were refused as they have to be."""
    right = 0
    for call in WRITES:
        try:
            faults[f"{call[0]}: was carried out: {rpc.call(*call)}"] += 1
        except RpcError as error:
            right += error.code == "E_UNAVAILABLE"
            if error.code != "E_UNAVAILABLE":
                faults[f"{call[0]}: {error.code}: {error.message}"] += 1
    return right


def change(conninfo, name):
    with psycopg2.connect(conninfo) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE peernet.organizers SET name = %s WHERE id = %s", (name, ONE))


def outage(cluster, conninfo, rpc, number, most, faults):
    """One of them: writes refused, and seconds until what was changed on its return could be read."""
    cluster.kill9() if number % 2 else cluster.stop()
    wait_until(lambda: not rpc.call("status")["database"]["connected"], "the loss to be noticed")
    right = refused(rpc, faults)
    time.sleep(3 * most)  # pauses double: by then they are at their longest
    right += refused(rpc, faults)
    cluster.start()
    back = time.monotonic()
    change(conninfo, f"Round {number}")
    wait_until(lambda: rpc.call("organizer.get", ONE)["organizer"]["name"] == f"Round {number}", "what was changed", 60, 0.005)
    return right, time.monotonic() - back


def prepare(cluster):
    conninfo = cluster.new_database()
    run_program("peernet", "db", "init", "--db", conninfo)
    files = [a for f in ("organizers", "challenges", "reports") for a in (f"--{f}", EXAMPLE / f"{f}.csv")]
    run_program("peernet", "db", "import", *files, "--db", conninfo)
    run_program("peernet-regroup", "run", "--db", conninfo, "--publish")
    cluster.execute("CHECKPOINT")
    return conninfo


def longest_pause():
    """In seconds, of the daemon as it is unless told otherwise."""
    table = run_program("peernetd", "--print-options", "markdown").stdout
    value, unit = re.search(r"`--retry-most`[^|]*\|[^|]*\| `(\d+)(ms|s)`", table).groups()
    return int(value) / (1000 if unit == "ms" else 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--readers", type=int, default=4)
    args = parser.parse_args()
    faults, right, took, most = collections.Counter(), 0, [], longest_pause()
    with PrivateCluster() as cluster:
        conninfo = prepare(cluster)
        with Daemon(conninfo, "--address-connections", 0) as daemon, daemon.rpc() as rpc:
            readers = [Reader(daemon) for _ in range(args.readers)]
            for reader in readers:
                reader.start()
            began = time.monotonic()
            for number in range(args.rounds):
                writes, seconds = outage(cluster, conninfo, rpc, number, most, faults)
                cluster.execute("CHECKPOINT")  # it writes nothing at a commit, and is about to be killed
                right, took = right + writes, took + [seconds]
            for reader in readers:
                reader.over.set()
                reader.join()
                faults += reader.faults
            lasted = time.monotonic() - began
    print(f"{args.rounds} outages in {lasted:.0f} s, each until attempts came {most:g} s apart")
    print(f"reads      {sum(r.answered for r in readers)} answered, the oldest of data of {max(r.oldest for r in readers):.1f} s ago")
    print(f"writes     {right} of {2 * len(WRITES) * args.rounds} refused with E_UNAVAILABLE")
    print(f"current    {statistics.median(took):.2f} s after the return in the median, {max(took):.2f} s at most")
    for fault, n in faults.most_common(20):
        print(f"fault      {n} x {fault}")
    return 1 if faults or max(took) > SOON else 0


if __name__ == "__main__":
    sys.exit(main())
