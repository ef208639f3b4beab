"""What every scenario needs: two brokers, the daemon, what processes take, and medians. Standard library only."""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    """Seconds of CPU of all threads of a process, user and system."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kib(pid, key="VmHWM"):
    """The largest resident size so far, or the present one (VmRSS); None where the kernel does not say."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1])
    return None


def wait(what, holds, seconds=60, pause=0.05):
    """Waits until something holds, and returns what it says."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {seconds} s: {what}")
        time.sleep(pause)
    return found


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


class Bench:
    """Two brokers of its own, which end with it."""

    def __init__(self, ropeway, load):
        self.ropeway, self.load_program = ropeway, load
        self.folder = tempfile.TemporaryDirectory(prefix="ropeway-benchmark-")
        self.work = pathlib.Path(self.folder.name)
        self.environment = dict(os.environ, ROPEWAY_BROKERS=str(self.work / "brokers"),
                                ROPEWAY_STATE=str(self.work / "state"), DC1_PASSWORD="guest", DC2_PASSWORD="guest")
        self.daemon, self.sites, self.runs = None, {}, 0

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
            said = (done.stderr.strip() or done.stdout.strip())[-500:]
            raise RuntimeError(f"{pathlib.Path(str(command[0])).name} {command[1]}: {said}")
        return done.stdout

    def fresh(self, name):
        """A name that no other round has."""
        self.runs += 1
        return f"{name}-{self.runs}"

    # The load program

    def load(self, verb, site, **options):
        port = self.sites[site]["STREAM_PORT" if verb.endswith("-stream") else "AMQP_PORT"]
        return self.load_words(verb, port=port, **options)

    def load_words(self, verb, **options):
        words = [word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", value)]
        return self.run([self.load_program, verb, *words])

    @contextlib.contextmanager
    def link(self, port, milliseconds):
        """A port that leads to another, with half of a round trip's delay each way."""
        words = [str(self.load_program), "link", "--to", str(port), "--milliseconds", str(milliseconds // 2)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()
            process.wait()

    # Brokers

    def management(self, site, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.sites[site]['MANAGEMENT_PORT']}/api/{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json",
                     "authorization": "Basic " + base64.b64encode(b"guest:guest").decode()})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def delete(self, site, path):
        with contextlib.suppress(urllib.error.HTTPError):
            self.management(site, "DELETE", path)

    def declare(self, site, exchange, queues=(), type="classic", kind="topic"):
        """An exchange, and queues that are bound to it by a pattern each."""
        self.management(site, "PUT", f"exchanges/%2F/{exchange}", {"type": kind, "durable": True})
        for queue, pattern in queues:
            self.management(site, "PUT", f"queues/%2F/{queue}", {"durable": True, "arguments": {"x-queue-type": type}})
            self.management(site, "POST", f"bindings/%2F/e/{exchange}/q/{queue}", {"routing_key": pattern})

    # The daemon

    def site_yaml(self, name, ports):
        site = dict(self.sites[name], **ports)
        return (f"  {name}:\n"
                f"    amqp: [\"amqp://127.0.0.1:{site['AMQP_PORT']}\"]\n"
                f"    stream: [\"rabbitmq-stream://127.0.0.1:{site['STREAM_PORT']}\"]\n"
                f"    management: [\"http://127.0.0.1:{site['MANAGEMENT_PORT']}\"]\n"
                f"    username: guest\n    password: {{env: {name.upper()}_PASSWORD}}\n")

    def start_daemon(self, shovels="", routes="", pair="benchmark", dc2=None):
        """Starts the daemon with routes and shovels in YAML, and DC2 at other ports than its own, if given."""
        subprocess.run(["rm", "-rf", str(self.work / "state")], check=True)
        self.configuration = self.work / "ropeway.yaml"
        self.socket = self.work / "ropeway.sock"
        parts = [f"{key}:\n{text}" if text else f"{key}: []\n" for key, text in (("routes", routes), ("shovels", shovels))]
        self.configuration.write_text(
            f"pair: {pair}\nactive: dc1\nsites:\n" + self.site_yaml("dc1", {}) + self.site_yaml("dc2", dc2 or {})
            + "".join(parts) + f"api: {{listen: none, socket: {self.socket}}}\n")
        with open(self.work / "daemon.log", "w") as log:
            self.daemon = subprocess.Popen([str(self.ropeway), "run", "--config", str(self.configuration)],
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

    def get(self, path):
        """What the daemon answers; None while it does not."""
        connection = SocketConnection(self.socket)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.read() if answer.status == 200 else None
        except OSError:
            return None
        finally:
            connection.close()

    def status(self):
        return json.loads(self.get("/v1/status") or "null")

    def status_of(self, kind):
        """The reports of all routes, or all shovels."""
        return (self.status() or {}).get(kind, [])

    def until_routes_run(self, seconds=60):
        def holds():
            routes = self.status_of("routes")
            return bool(routes) and all(route["state"] == "running" for route in routes)
        wait("all routes run", holds, seconds)

    def until_relayed(self, count):
        wait(f"{count} messages are relayed",
             lambda: any((route["relayed"] or 0) >= count for route in self.status_of("routes")), 600)

    # Measuring

    def measure(self, count, work, start=lambda: None):
        """Starts a mover and runs `work`: the rate, and what each process took for a message meanwhile.

        The mover's start is within: begun at the first arrival, the time would leave out what moved until that is seen.
        """
        pids = {name: int(site["PID"]) for name, site in self.sites.items()}
        if self.daemon:
            pids["daemon"] = self.daemon.pid
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
            result[f"{name} peak KiB"] = memory_kib(pid)
        return result


def summary(rounds):
    """Median, least and most of each value over the rounds; None where a round did not have it."""
    out = {}
    for key in rounds[0]:
        values = [each[key] for each in rounds]
        known = None not in values
        out[key] = {"median": statistics.median(values), "min": min(values), "max": max(values)} if known else None
    return out
