"""Honest clients amid hostile ones: 5,000 that send a byte of a request a second, 5,000 that send broken messages and come
back, 1,000 that ask for much and never read, all at once. Prints what the honest ones feel before and meanwhile, and what
the daemon did about the others.

  python3 tests/fault/hostile.py [--slow 5000] [--malformed 5000] [--silent 1000] [--honest 50] [--rate 1000] [--seconds 15]

All are let in as if they had logged in, the worst case. The limit of open files holds the daemon to (limit - 160) * 4/5
clients; one more is refused, which is counted, and tries again. Ends with 1 when an honest client was lost or got an error,
or the daemon's memory went beyond its limit for clients.
"""

import argparse
import collections
import json
import multiprocessing
import os
import pathlib
import random
import resource
import select
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import msgpack  # noqa: E402
import peernet_test  # noqa: E402
from peernet_test import Daemon, Rpc, program_path, run_program, wait_until  # noqa: E402

CLIENTS_LIMIT = 64 << 20
SLOW = msgpack.packb([0, 1, "organizer.get", ["x" * 60000]])
SILENT = b"".join(msgpack.packb([0, n, "network.list", ["default", 0, 1000]]) for n in range(500))
BROKEN = (b"\xc1", b"\x93\x00\x01\x02", b"\xdd\xff\xff\xff\xff", b"\x94\x00\x01\xa1\xff", b"\x91" * 64, b"GET / HTTP/1.1\r\n\r\n",
          b"\x94\x00\xc0\xa4ping\x90", os.urandom(200))


class Hostile:
    """Connections of one process, each of a kind; one that ends is made anew."""

    def __init__(self, address, kinds):
        self.address, self.poll, self.links = address, select.epoll(), {}
        self.counts = collections.Counter()
        self.waiting = collections.deque(kinds)
        self.slow = collections.deque()

    def connect(self, kind):
        link = socket.socket()
        link.setblocking(False)
        if kind == "silent":
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect_ex(self.address)
        self.links[link.fileno()] = (link, kind)
        self.poll.register(link.fileno(), select.EPOLLOUT)
        self.counts[kind] += 1

    def end(self, fd):
        link, kind = self.links.pop(fd)
        link.close()
        self.waiting.append(kind)
        self.counts[f"{kind} ended"] += 1

    def connected(self, fd):
        link, kind = self.links[fd]
        if kind == "slow":
            self.slow.append([fd, link, 0])
        else:
            link.send(random.choice(BROKEN) if kind == "malformed" else SILENT)
        # Who never reads waits for nothing but the end.
        self.poll.modify(fd, 0 if kind == "silent" else select.EPOLLIN)

    def happened(self, fd, event):
        link, _ = self.links[fd]
        try:
            if event & (select.EPOLLHUP | select.EPOLLERR):
                self.end(fd)
            elif event & select.EPOLLOUT:
                self.connected(fd)
            elif not link.recv(65536):
                self.end(fd)
        except OSError:
            self.end(fd)

    def drip(self, n):
        """One more byte of so many of the slow ones, in turn."""
        for _ in range(min(n, len(self.slow))):
            fd, link, at = self.slow.popleft()
            if self.links.get(fd, (None,))[0] is not link:
                continue
            try:
                link.send(SLOW[at:at + 1])
                self.slow.append([fd, link, (at + 1) % len(SLOW)])
            except OSError:
                self.end(fd)

    def run(self, stop, pace):
        """`pace`: connections made a second."""
        last, links, drops = time.monotonic(), 0.0, 0.0
        while not stop.is_set():
            now = time.monotonic()
            links, drops, last = links + pace * (now - last), drops + len(self.slow) * (now - last), now
            for _ in range(min(len(self.waiting), int(links))):
                self.connect(self.waiting.popleft())
            self.drip(int(drops))
            links, drops = links % 1, drops % 1
            for fd, event in self.poll.poll(0.02, 256):
                if fd in self.links:
                    self.happened(fd, event)


def hostile_process(address, args, ready, stop, results):
    kinds = ["slow"] * args.slow + ["malformed"] * args.malformed + ["silent"] * args.silent
    random.shuffle(kinds)
    crowd = Hostile(address, kinds)
    ready.set()
    crowd.run(stop, args.pace)
    results.put(crowd.counts)


def bench(address, args, calls):
    first = ["chrt", "-r", "1"] if args.real_time else []
    done = subprocess.run([*first, program_path("peernet-bench"), "--json", "--address", address, "-c", str(args.honest), "--rate",
                           str(args.rate), "--duration", f"{args.seconds}s", "--calls", str(calls)],
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def say(name, figures):
    print(f"{name:10} {figures['per_second']:8.0f}/s  p50 {figures['p50_us'] / 1000:8.2f} ms  p99 "
          f"{figures['p99_us'] / 1000:8.2f} ms  longest {figures['longest_us'] / 1000:8.2f} ms  errors {figures['errors']}, "
          f"lost {figures['lost']}", flush=True)


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    return 0


def main():
    parser = argparse.ArgumentParser()
    for option, preset in (("slow", 5000), ("malformed", 5000), ("silent", 1000), ("honest", 50), ("rate", 1000),
                           ("seconds", 15), ("pace", 2000)):
        parser.add_argument(f"--{option}", type=int, default=preset)
    parser.add_argument("--real-time", action="store_true", help="lets the daemon and the honest clients go before all "
                        "else on the machine (root), so that they wait for each other only")
    args = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="peernet-fault-"))
    cluster = peernet_test.shared_cluster()
    conninfo = cluster.conninfo(peernet_test.make_prepared(cluster, True))
    run_program("peernet-regroup", "run", "--db", conninfo, "--publish")
    calls = folder / "calls"
    calls.write_text('network.peers ["2120000019"]\nnetwork.of ["2120000027"]\n')
    clients = args.slow + args.malformed + args.silent + 2 * args.honest + 10
    with Daemon(conninfo, "--listen", f"127.0.0.1:0,unix:{folder}/socket", "--max-connections", clients,
                "--clients-limit", CLIENTS_LIMIT) as daemon, Rpc(f"{folder}/socket") as admin:
        if args.real_time:
            subprocess.run(["chrt", "-a", "-r", "-p", "1", str(daemon.pid)], check=True)
        say("before", bench(f"127.0.0.1:{daemon.port}", args, calls))
        calm = resident(daemon.pid)
        ready, stop, results = multiprocessing.Event(), multiprocessing.Event(), multiprocessing.Queue()
        crowd = multiprocessing.Process(target=hostile_process,
                                        args=(("127.0.0.1", daemon.port), args, ready, stop, results))
        crowd.start()
        ready.wait()
        limit = admin.call("status")["connections"]["limit"]
        wanted = min(limit, args.slow + args.silent) * 0.8
        wait_until(lambda: admin.call("status")["connections"]["open"] > wanted, "the crowd", 120)
        amid = bench(f"{folder}/socket" if args.slow + args.silent + args.honest >= limit else f"127.0.0.1:{daemon.port}",
                     args, calls)
        counts, most_now = admin.call("status")["connections"], resident(daemon.pid)
        stop.set()
        made = results.get(timeout=60)
        crowd.join()
    say("meanwhile", amid)
    print(f"made       {dict(made)}")
    print("daemon     " + ", ".join(f"{key} {counts[key]}" for key in ("open", "limit", "accepted", "refused", "bad_frames",
                                                                       "slow_readers", "timeouts")))
    print(f"memory     {calm >> 20} MiB before, {most_now >> 20} MiB meanwhile; clients-limit {CLIENTS_LIMIT >> 20} MiB")
    return 1 if amid["errors"] + amid["lost"] > 0 or most_now - calm > 2 * CLIENTS_LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
