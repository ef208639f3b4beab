"""What every scenario needs: two brokers, the daemon, what processes take, and medians. Standard library only."""
import base64
import json
import os
import pathlib
import signal
import statistics
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    """Seconds of CPU of all threads of a process, user and system."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_kib(pid):
    """The largest resident size so far; None where the kernel does not say."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return None


class Bench:
    """Two brokers of its own, which end with it."""

    def __init__(self, ropeway, load):
        self.ropeway, self.load_program = ropeway, load
        self.folder = tempfile.TemporaryDirectory(prefix="ropeway-benchmark-")
        self.work = pathlib.Path(self.folder.name)
        self.environment = dict(os.environ, ROPEWAY_BROKERS=str(self.work / "brokers"),
                                ROPEWAY_STATE=str(self.work / "state"), DC1_PASSWORD="guest", DC2_PASSWORD="guest")
        self.daemon, self.sites = None, {}

    def __enter__(self):
        try:
            for name in ("dc1", "dc2"):
                text = self.run([ROOT / "Scripts/broker", "start", name, "--owner", str(os.getpid())])
                self.sites[name] = dict(line.split("=", 1) for line in text.splitlines())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop_daemon()
        subprocess.run([ROOT / "Scripts/broker", "wipe-all"], env=self.environment, capture_output=True)
        self.folder.cleanup()

    def run(self, command):
        done = subprocess.run([str(part) for part in command], env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{pathlib.Path(str(command[0])).name} {command[1]}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def load(self, verb, site, **options):
        port = self.sites[site]["STREAM_PORT" if verb.endswith("-stream") else "AMQP_PORT"]
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        self.run([self.load_program, verb, "--port", port, *words])

    def management(self, site, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.sites[site]['MANAGEMENT_PORT']}/api/{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json",
                     "authorization": "Basic " + base64.b64encode(b"guest:guest").decode()})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def site_yaml(self, name):
        site = self.sites[name]
        return (f"  {name}:\n"
                f"    amqp: [\"amqp://127.0.0.1:{site['AMQP_PORT']}\"]\n"
                f"    stream: [\"rabbitmq-stream://127.0.0.1:{site['STREAM_PORT']}\"]\n"
                f"    management: [\"http://127.0.0.1:{site['MANAGEMENT_PORT']}\"]\n"
                f"    username: guest\n    password: {{env: {name.upper()}_PASSWORD}}\n")

    def start_daemon(self, shovel):
        subprocess.run(["rm", "-rf", str(self.work / "state")], check=True)
        path = self.work / "ropeway.yaml"
        path.write_text("pair: benchmark\nactive: dc1\nsites:\n" + self.site_yaml("dc1") + self.site_yaml("dc2")
                        + "routes: []\nshovels:\n" + shovel + "api: {listen: none}\n")
        with open(self.work / "daemon.log", "w") as log:
            self.daemon = subprocess.Popen([str(self.ropeway), "run", "--config", str(path)],
                                           env=self.environment, stderr=log)
        return self.daemon.pid

    def stop_daemon(self):
        if self.daemon:
            self.daemon.send_signal(signal.SIGTERM)
            try:
                self.daemon.wait(20)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                self.daemon.wait()
            self.daemon = None

    def measure(self, count, work, start=lambda: None):
        """Starts a mover and runs `work`: the rate, and what each process took for a message meanwhile.

        The mover's start is within: begun at the first arrival, the time would leave out what moved until that is seen.
        """
        pids = {name: int(site["PID"]) for name, site in self.sites.items()}
        before = {name: cpu(pid) for name, pid in pids.items()}
        begun = time.monotonic()
        daemon = start()
        if daemon:
            pids["daemon"], before["daemon"] = daemon, 0
        work()
        seconds = time.monotonic() - begun
        result = {"rate": count / seconds}
        for name, pid in pids.items():
            result[f"{name} us"] = (cpu(pid) - before[name]) * 1e6 / count
            # A broker's peak is that of its whole life, not of this round.
            result[f"{name} peak KiB"] = peak_kib(pid)
        return result


def summary(rounds):
    """Median, least and most of each value over the rounds; None where a round did not have it."""
    out = {}
    for key in rounds[0]:
        values = [each[key] for each in rounds]
        known = None not in values
        out[key] = {"median": statistics.median(values), "min": min(values), "max": max(values)} if known else None
    return out
