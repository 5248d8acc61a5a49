"""Several daemons of one database behind a balancer that knows nothing but TCP."""

import select
import socket
import threading

import peernet_test
from peernet_test import Daemon, Rpc, RpcError, wait_for_worker, wait_until

slow = True

QUICK = """UPDATE peernet.programmes SET settings = '{"effort": 1000}'"""
ENDLESS = """UPDATE peernet.programmes SET settings = '{"effort": 1000000000000}'"""


class Balancer:
    """Each connection to the next daemon in turn; one that does not take it is passed over."""

    def __init__(self, ports):
        self.ports, self.turn, self.taken = ports, 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _connect(self):
        for _ in self.ports:
            port = self.ports[self.turn % len(self.ports)]
            self.turn += 1
            try:
                there = socket.create_connection(("127.0.0.1", port), timeout=5)
                self.taken.append(port)
                return there
            except OSError:
                continue
        return None

    def _accept(self):
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            there = self._connect()
            if there is None:
                here.close()
            else:
                threading.Thread(target=self._carry, args=(here, there), daemon=True).start()

    def _carry(self, here, there):
        other = {here: there, there: here}
        with here, there:
            while True:
                for ready in select.select([here, there], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    other[ready].sendall(data)


class Several(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, QUICK)

    def daemons(self, count):
        told = ("--refresh-interval", "1h")  # they are told: none looks by itself
        daemons = [self.enterContext(Daemon(self.database, *told)) for _ in range(count)]
        balancer = Balancer([d.port for d in daemons])
        self.addCleanup(balancer.close)
        return daemons, balancer

    def runs_through(self, balancer, count):
        """What so many new connections see published."""
        seen = []
        for _ in range(count):
            with Rpc(balancer.port) as rpc:
                seen.append(rpc.call("network.of", "2120000019")["run"])
        return seen

    def test_all_answer_alike_from_what_one_has_published(self):
        daemons, balancer = self.daemons(3)
        with Rpc(balancer.port) as rpc:
            run = rpc.call("run.start", {"publish": True})["run"]
        wait_until(lambda: set(self.runs_through(balancer, len(daemons))) == {run}, "all daemons")
        self.assertEqual(set(balancer.taken), set(balancer.ports))

    def test_one_that_ends_is_not_missed(self):
        daemons, balancer = self.daemons(3)
        with Rpc(balancer.port) as rpc:
            run = rpc.call("run.start", {"publish": True})["run"]
        wait_until(lambda: set(self.runs_through(balancer, len(daemons))) == {run}, "all daemons")
        for daemon in daemons:
            with daemon.rpc() as rpc:
                wait_for_worker(rpc)
        self.assertEqual(daemons[1].stop(), 0)
        self.assertEqual(self.runs_through(balancer, 6), [run] * 6)
        with Rpc(balancer.port) as rpc:
            again = rpc.call("run.start", {"publish": True, "force": True})["run"]
        wait_until(lambda: set(self.runs_through(balancer, 2)) == {again}, "those that are left")

    def test_a_programme_is_regrouped_by_one_of_them_at_a_time(self):
        self.sql(self.database, ENDLESS)
        daemons, _ = self.daemons(2)
        with daemons[0].rpc() as one, daemons[1].rpc() as two:
            two.call("subscribe", "runs")
            started = one.call("run.start")["run"]
            lock = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database " \
                   "WHERE datname = current_database())"
            wait_until(lambda: self.sql(self.database, lock), "the first worker's lock")
            try:
                second = two.call("run.start")["run"]
                while True:
                    name, (fields,) = two.next_notification()
                    if name == "run.finished" and fields["run"] == second:
                        break
                self.assertIn("another regrouping of this programme is under way", fields["error"])
            except RpcError as refused:  # it knew already
                self.assertEqual(refused.code, "E_BUSY")
            one.call("run.cancel", started)


if __name__ == "__main__":
    peernet_test.main()
