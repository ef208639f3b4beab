"""How long messages take from a queue of DC1 to one of DC2, at fixed rates."""
import json

import bench as library
import queues

UNITS = "milliseconds"


def seen(bench, case):
    """Runs the load, and says what it measured, with the daemon's CPU for each message."""
    pid = bench.daemon.pid if bench.daemon else None
    before = library.cpu(pid) if pid else None
    ports = {"from": bench.sites["dc1"]["AMQP_PORT"], "to": bench.sites["dc2"]["AMQP_PORT"]}
    text = bench.load_words("latency", source="source-classic", target="target-classic", rate=case["rate"],
                            seconds=case["seconds"], size=case["size"], **ports)
    result = json.loads(text)
    result["daemon us"] = (library.cpu(pid) - before) * 1e6 / result["published"] if pid else None
    return result


def ropeway(bench, case):
    queues.fill(bench, dict(case, count=0))
    bench.start_daemon(queues.shovel(case))
    try:
        library.wait("the shovel runs", lambda: any(each["state"] == "running" for each in bench.status_of("shovels")))
        return seen(bench, case)
    finally:
        bench.stop_daemon()


def plugin(bench, case):
    queues.fill(bench, dict(case, count=0))
    queues.start_plugin(bench, case, 1000)
    try:
        library.wait("the plugin runs", lambda: b'"state":"running"' in bench.management("dc1", "GET", "shovels"))
        return seen(bench, case)
    finally:
        bench.delete("dc1", queues.PATH)


MOVERS = {"Ropeway shovel": ropeway, "shovel plugin, prefetch 1000": plugin}
