"""A forced promotion: how fast a stream store is replayed into three queues behind a topic exchange, beside publishing to
the same queues, and how long it takes until the site is open."""
import json
import time

import bench as library
import exchanges

UNITS = "promotion"
KEYS = "a.x,b.x,c.x"
PATTERNS = ("a.#", "b.#", "c.#")


def empty(bench, queues):
    for queue, _ in queues:
        bench.management("dc2", "DELETE", f"queues/%2F/{queue}/contents")


def publish(bench, case, exchange, queues):
    """The ceiling: the same messages to the same queues, by the load program."""
    begun = time.monotonic()
    bench.load("publish", "dc2", exchange=exchange, keys=KEYS, count=case["count"], size=case["size"])
    seconds = time.monotonic() - begun
    empty(bench, queues)
    return case["count"] / seconds


def promote(bench, case):
    pair, exchange = bench.fresh("pair"), bench.fresh("events")
    queues = [(bench.fresh("target"), pattern) for pattern in PATTERNS]
    bench.declare("dc1", exchange)
    bench.declare("dc2", exchange, queues, type=case["type"])
    count = case["count"]
    try:
        raw = publish(bench, case, exchange, queues) if count else None
        pid = bench.start_daemon(routes=exchanges.route("events", exchange, "stream"), pair=pair)
        bench.until_routes_run()
        if count:
            bench.load("publish", "dc1", exchange=exchange, keys=KEYS, count=count, size=case["size"])
            bench.until_relayed(count)
        before = library.cpu(pid)
        begun = time.monotonic()
        text = bench.run([bench.ropeway, "promote", "dc2", "--forced", "--format", "json", "--config", bench.configuration])
        seconds = time.monotonic() - begun
        report = json.loads(text)
        steps = {step["step"]: step["seconds"] for step in report["steps"]}
        result = {"seconds": seconds, "peak KiB": library.memory_kib(pid)}
        if count:
            result |= {"replay rate": count / steps["replaying"], "publish rate": raw,
                       "daemon us": (library.cpu(pid) - before) * 1e6 / count}
            # What is published now is captured for the way back, as what was replayed is.
            empty(bench, queues)
            result["captured rate"] = publish(bench, case, exchange, queues)
            result["ratio"] = result["replay rate"] / result["captured rate"]
        return result
    finally:
        bench.stop_daemon()
        exchanges.clean(bench, pair, exchange)
        for queue, _ in queues:
            bench.delete("dc2", f"queues/%2F/{queue}")


MOVERS = {"forced promotion": promote}
