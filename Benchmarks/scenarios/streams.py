"""Stream to stream: Ropeway's shovel over the stream protocol, and publishing and reading alone as ceilings.

A source's chunks are as large as what was published at a time: by batches, or over AMQP, as applications do.
"""

UNITS = "rates"
REFERENCE = "ropeway.benchmark.copy"
SHOVEL = ("  - name: copy\n    source: {site: dc1, stream: source}\n"
          "    destination: {site: dc2, stream: target}\n")


def fill(bench, case, site, stream, batch=128):
    bench.load("fill-stream", site, stream=stream, count=case["count"], size=case["size"], batch=batch)


def copy(bench, case, batch, ports=None):
    fill(bench, dict(case, count=0), "dc2", "target")
    if batch:
        fill(bench, case, "dc1", "source", batch)
    else:
        fill(bench, dict(case, count=0), "dc1", "source")
        bench.load("fill", "dc1", queue="source", count=case["count"], size=case["size"], type="stream")
    try:
        return bench.measure(
            case["count"],
            lambda: bench.load("await-stream", "dc2", stream="target", reference=REFERENCE, sequence=case["count"]),
            start=lambda: bench.start_daemon(SHOVEL, dc2=ports))
    finally:
        bench.stop_daemon()


def ropeway(batch):
    return lambda bench, case: copy(bench, case, batch)


def publish(bench, case):
    return bench.measure(case["count"], lambda: fill(bench, case, "dc2", "target"))


def read(bench, case):
    fill(bench, case, "dc1", "source")
    return bench.measure(case["count"],
                         lambda: bench.load("consume-stream", "dc1", stream="source", count=case["count"]))


MOVERS = {"Ropeway shovel, streams, fed over AMQP": ropeway(None), "Ropeway shovel, streams, batches of 128": ropeway(128),
          "Ropeway shovel, streams, batches of 2,000": ropeway(2000), "publish alone, streams": publish,
          "read alone, streams": read}
