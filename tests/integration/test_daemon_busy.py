"""What somebody else holds in the database is waited for a moment only, and nobody else waits with it."""


import psycopg2

import peernet_test
from peernet_test import Daemon, RpcError

slow = True


class Busy(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        self.regroup(self.database, "--publish")
        self.regroup(self.database, "--force", "--seed", 2)

    def test_whoever_changes_something_is_told_to_come_again(self):
        """An import, or a run that is written, holds the row of versions until it ends."""
        (organizer, number), = self.sql(self.database, "SELECT organizer, network FROM peernet.members LIMIT 1")
        other = self.sql(self.database, "SELECT network FROM peernet.networks WHERE network <> %s LIMIT 1", (number,))[0][0]
        another = self.sql(self.database, "SELECT organizer FROM peernet.members WHERE organizer <> %s LIMIT 1", (organizer,))[0][0]
        with Daemon(self.database) as daemon, daemon.rpc() as rpc, daemon.rpc() as reader:
            pin = rpc.call("pin.add", {"rule": "keep", "organizers": [organizer]})["pin"]
            rpc.call("token.create", {"name": "old"})
            rpc.call("programme.create", "b")
            before = self.sql(self.database, "SELECT audit_entries, inputs_version, results_version FROM peernet.state")
            holder = psycopg2.connect(self.database)
            self.addCleanup(holder.close)
            with holder.cursor() as cursor:
                cursor.execute("SELECT FROM peernet.state FOR NO KEY UPDATE")
            for call in (("pin.add", {"rule": "keep", "organizers": [another]}), ("pin.remove", pin),
                         ("network.rename", number, "North"), ("network.lock", other),
                         ("programme.create", "c"), ("programme.set", "b", {"purpose": "x"}), ("programme.archive", "b"),
                         ("run.publish", 2, True), ("run.reject", 2, "no"), ("run.rollback", 1),
                         ("activity.set", "a", "A", "A", ["subject.art"]), ("activity.remove", "a"),
                         ("plan.record", "invited", [organizer]), ("plan.adopt", 1),
                         ("token.create", {"name": "new"}), ("token.revoke", "old")):
                request = rpc.request(*call)
                self.assertEqual(reader.call("network.get", number)["network"]["number"], number)
                with self.assertRaises(RpcError, msg=call) as caught:
                    rpc.response(request, 10)
                self.assertEqual((caught.exception.code, caught.exception.message),
                                 ("E_BUSY", "somebody else holds what this needs; nothing was changed, try again"), call)
            holder.rollback()
            self.assertEqual(self.sql(self.database, "SELECT audit_entries, inputs_version, results_version FROM peernet.state"),
                             before)
            self.assertEqual(rpc.call("pin.remove", pin)["pin"], pin)


if __name__ == "__main__":
    peernet_test.main()
