"""A million reports: they come in (how fast is printed), in bounded memory, and again change nothing."""

import json
import resource
import subprocess
import time

from peernet_test import PeernetTest, main, program_environment, program_path

slow = True
REPORTS = 1_000_000


class Large(PeernetTest):
    def write(self):
        folder = self.temp_folder()
        with open(folder / "organizers.csv", "w") as out:
            out.write("id,name,kind,municipality,county,lat,lon,pupils\n")
            out.writelines(f"{i:010},Org {i},independent,0114,01,59.5,17.9,{i}\n" for i in range(10_000))
        with open(folder / "challenges.csv", "w") as out:
            out.write("code,category,label_sv,label_en\n")
            out.writelines(f"c{i},k{i % 7},Sv {i},En {i}\n" for i in range(100))
        with open(folder / "reports.csv", "w") as out:
            out.write("organizer,challenge,severity,reported_on,note\n")
            out.writelines(f"{i // 100:010},c{i % 100},{i % 5 + 1},2025-{i % 12 + 1:02}-01,\n" for i in range(REPORTS))
        return folder

    def load(self, conninfo, folder):
        flags = [a for t in ("organizers", "challenges", "reports") for a in (f"--{t}", str(folder / f"{t}.csv"))]
        begun = time.monotonic()
        done = subprocess.run([program_path("peernet"), "db", "import", *flags, "--json", "--db", conninfo],
                              env=program_environment(), capture_output=True, text=True, check=True)
        print(f"{REPORTS} reports in {time.monotonic() - begun:.1f} s")
        return json.loads(done.stdout)["reports"]

    def test_a_million_reports_come_in_and_again_change_nothing(self):
        conninfo, folder = self.prepare(example=False), self.write()
        self.assertEqual(self.load(conninfo, folder), {"added": REPORTS, "changed": 0, "unchanged": 0})
        self.assertEqual(self.load(conninfo, folder), {"added": 0, "changed": 0, "unchanged": REPORTS})
        self.assertEqual(self.sql(conninfo, "SELECT inputs_version FROM peernet.state"), [(3,)])
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"peak memory of the programs: {peak:.0f} MiB")
        with open(program_path("peernet"), "rb") as program:
            sanitized = b"__asan_init" in program.read()  # whose own memory is many times the program's
        if not sanitized:
            self.assertLess(peak, 100)


if __name__ == "__main__":
    main()
