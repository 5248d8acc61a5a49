"""What an idle connection costs the daemon in memory: plain, and over TLS before and after the login.

  PEERNET_BIN=... PYTHONPATH=tests/lib python3 tests/bench/idle_connections.py [CONNECTIONS]
"""

import pathlib
import resource
import sys
import tempfile
import time

import peernet_test
from certificates import Authority, client_context
from peernet_test import Daemon, Rpc, wait_until


def memory(pid):
    """Bytes of its own that are in use."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("smaps_rollup says nothing of Private_Dirty")


def ask(daemon, tls, calls):
    rpc = Rpc(daemon.port, tls=tls)
    for call in calls:
        rpc.call(*call)
    return rpc


def measure(daemon, name, n, tls, calls):
    first = [ask(daemon, tls, calls) for _ in range(20)]  # what comes once only
    before = memory(daemon.pid)
    links = [ask(daemon, tls, calls) for _ in range(n)]
    with Rpc(daemon.socket) as admin:
        wait_until(lambda: admin.call("status")["connections"]["open"] == n + 21, "all of them")
        time.sleep(3)  # buffers are given back
    print(f"{name:24} {(memory(daemon.pid) - before) / n / 1024:8.2f} KiB a connection", flush=True)
    for link in first + links:
        link.close()


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 4 * n + 200),) * 2)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="peernet-bench-"))
    root = Authority(folder / "root")
    certificate, key = root.issue("server", san="DNS:localhost")
    context = client_context(root.certificate)
    cluster = peernet_test.shared_cluster()
    conninfo = cluster.conninfo(peernet_test.make_prepared(cluster, True))
    for case in ("plain, asked nothing", "plain, logged in", "tls, asked nothing", "tls, logged in"):
        name = case.replace(", ", "-").replace(" ", "-")
        tls = context if case.startswith("tls") else None
        listen = "tls://127.0.0.1:0" if tls else "127.0.0.1:0"
        with Daemon(conninfo, "--listen", f"{listen},unix:{folder}/{name}", "--tls-certificate", certificate, "--tls-key",
                    key, "--address-connections", 0, "--login-connections", 4 * n, "--login-timeout", 0,
                    "--max-connections", 4 * n, ready="port") as daemon:
            daemon.socket = f"{folder}/{name}"
            with Rpc(daemon.socket) as admin:
                wait_until(lambda: admin.call("status")["ready"] and "tokens read" in daemon.log(), "the database")
                token = admin.call("token.create", {"name": f"bench {name}"})["token"]

            calls = [("hello", {"token": token}), ("ping",)] if case.endswith("in") else []
            measure(daemon, case, n, tls, calls)


if __name__ == "__main__":
    main()
