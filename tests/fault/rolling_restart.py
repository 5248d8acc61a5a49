"""Restarts the daemon under load, the next one listening before the last one ends, and counts what became of requests.

  python3 tests/fault/rolling_restart.py [--rounds 20] [--steady 8] [--visitors 8] [--processes 2]

Prints a line for TCP and one for a unix socket; ends with 1 when a request failed.
"""

import argparse
import collections
import multiprocessing
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import peernet_test  # noqa: E402
from peernet_test import Daemon, run_program  # noqa: E402
from rolling import Clients, restart  # noqa: E402


def client_process(address, args, stop, results):
    with Clients(address, args.steady, args.visitors) as clients:
        stop.wait()
    results.put((clients.counts, clients.reasons))


def measure(name, address, make, args):
    daemon = make().start()
    stop, results = multiprocessing.Event(), multiprocessing.Queue()
    processes = [multiprocessing.Process(target=client_process, args=(address, args, stop, results))
                 for _ in range(args.processes)]
    for process in processes:
        process.start()
    began = time.monotonic()
    for _ in range(args.rounds):
        time.sleep(args.between)
        daemon = restart(daemon, make)
    time.sleep(args.between)
    stop.set()
    counts, reasons = collections.Counter(), collections.Counter()
    for process in processes:
        one, why = results.get(timeout=30)
        counts += one
        reasons += why
        process.join()
    took = time.monotonic() - began
    if daemon.stop() != 0:
        raise AssertionError(daemon.log())
    daemon.close()
    print(f"{name:5} {args.rounds} restarts in {took:.1f} s: {counts['answered']} answered, {counts['resent']} of them "
          f"asked again, {counts['failed']} failed", flush=True)
    for why, n in reasons.most_common():
        print(f"      {n} x {why}")
    return counts["failed"]


def main():
    parser = argparse.ArgumentParser()
    for name, preset in (("rounds", 20), ("steady", 8), ("visitors", 8), ("processes", 2)):
        parser.add_argument(f"--{name}", type=int, default=preset)
    parser.add_argument("--between", type=float, default=0.3, help="seconds between restarts")
    args = parser.parse_args()
    cluster = peernet_test.shared_cluster()
    conninfo = cluster.conninfo(peernet_test.make_prepared(cluster, True))
    run_program("peernet-regroup", "run", "--db", conninfo, "--publish")
    with Daemon(conninfo) as free:
        port = free.port
    path = str(pathlib.Path(tempfile.mkdtemp(prefix="peernet-fault-")) / "socket")
    failed = 0
    for name, address, listen in (("TCP", port, f"127.0.0.1:{port}"), ("unix", path, f"127.0.0.1:0,unix:{path}")):
        failed += measure(name, address, lambda: Daemon(conninfo, "--reuse-port", "--listen", listen), args)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
