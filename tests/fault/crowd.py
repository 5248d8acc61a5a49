"""A crowd: 10,000 connections that say nothing and 1,000 that call, by TCP and by TLS; what the callers feel and what an
idle connection costs in memory.

  python3 tests/fault/crowd.py [--idle 10000] [--active 1000] [--rate 4000] [--seconds 10]

The limit of open files (ulimit -Hn) holds the daemon to (limit - 160) * 4/5 clients; what fits is tried and said. Ends with
1 when a caller lost its connection or got an error.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import peernet_test  # noqa: E402
from certificates import Authority, client_context  # noqa: E402
from peernet_test import Daemon, Rpc, program_path, run_program, wait_until  # noqa: E402

SPARE = 160  # descriptors that the daemon keeps for itself, service/daemon/descriptors.c


def memory(pid):
    """Bytes of its own that are in use."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("smaps_rollup says nothing of Private_Dirty")


def fitting(args):
    """Idle connections that the system's limit leaves room for, beside the active ones."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return min(args.idle, (most - SPARE) * 4 // 5 - args.active - 50, most - args.active - 200)


def bench(address, args, credentials, extra):
    done = subprocess.run([program_path("peernet-bench"), "--json", "--address", address, "-c", str(args.active),
                           "--rate", str(args.rate), "--duration", f"{args.seconds}s", "--warm-up", "5s", "--credentials", credentials,
                           *map(str, extra)], stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def say(name, figures):
    print(f"{name:30} {figures['per_second']:8.0f}/s  p50 {figures['p50_us'] / 1000:8.2f} ms  p99 "
          f"{figures['p99_us'] / 1000:8.2f} ms  errors {figures['errors']}, lost {figures['lost']}", flush=True)


def logged_in(daemon, tls, token):
    link = Rpc(daemon.port, tls=tls)
    link.call("hello", {"token": token})
    return link


def measure(name, daemon, idle, args, tls, credentials, extra):
    token = pathlib.Path(credentials).read_text().strip()
    address = f"tls://localhost:{daemon.port}" if tls else f"127.0.0.1:{daemon.port}"
    alone = bench(address, args, credentials, extra)
    first = [logged_in(daemon, tls, token) for _ in range(50)]  # what comes once only
    before = memory(daemon.pid)
    crowd = [logged_in(daemon, tls, token) for _ in range(idle)]
    time.sleep(3)  # buffers are given back
    each = (memory(daemon.pid) - before) / idle
    amid = bench(address, args, credentials, extra)
    for link in first + crowd:
        link.close()
    if alone is None or amid is None:
        print(f"{name}: the callers were not let in\n{daemon.log()[-2000:]}")
        return 1
    say(f"{name}, {args.active} active", alone)
    say(f"{name}, and {idle} idle", amid)
    print(f"{name:30} {each / 1024:8.2f} KiB an idle connection", flush=True)
    return alone["errors"] + alone["lost"] + amid["errors"] + amid["lost"]


def main():
    parser = argparse.ArgumentParser()
    for option, preset in (("idle", 10000), ("active", 1000), ("rate", 4000), ("seconds", 10)):
        parser.add_argument(f"--{option}", type=int, default=preset)
    args = parser.parse_args()
    idle = fitting(args)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="peernet-fault-"))
    root = Authority(folder / "root")
    certificate, key = root.issue("server", san="DNS:localhost")
    cluster = peernet_test.shared_cluster()
    conninfo = cluster.conninfo(peernet_test.make_prepared(cluster, True))
    run_program("peernet-regroup", "run", "--db", conninfo, "--publish")
    calls = folder / "calls"
    calls.write_text('network.peers ["2120000019"]\nnetwork.of ["2120000027"]\n')
    failed = 0
    for name, listen in (("plain", "127.0.0.1:0"), ("TLS", "tls://127.0.0.1:0")):
        tls = client_context(root.certificate) if name == "TLS" else None
        extra = ["--calls", calls] + (["--ca", root.certificate] if tls else [])
        socket = f"{folder}/{name}"
        with Daemon(conninfo, "--listen", f"{listen},unix:{socket}", "--loopback-role", "none", "--tls-certificate",
                    certificate, "--tls-key", key, "--address-connections", 0, "--login-connections", 20000,
                    "--tls-handshake-timeout", "1min", "--max-connections", idle + args.active + 50, ready="port") as daemon:
            with Rpc(socket) as admin:
                wait_until(lambda: admin.call("status")["ready"] and "tokens read" in daemon.log(), "the database")
                credentials = folder / f"{name}.credentials"
                credentials.touch(0o600)
                credentials.write_text(admin.call("token.create", {"name": f"crowd {name}"})["token"] + "\n")
            failed += measure(name, daemon, idle, args, tls, str(credentials), extra)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
