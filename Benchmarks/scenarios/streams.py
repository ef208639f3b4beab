"""Stream to stream: Ropeway's shovel over the stream protocol, and publishing alone as a ceiling."""

REFERENCE = "ropeway.benchmark.copy"


def fill(bench, case, site, stream):
    bench.load("fill-stream", site, stream=stream, count=case["count"], size=case["size"])


def ropeway(bench, case):
    fill(bench, dict(case, count=0), "dc2", "target")
    fill(bench, case, "dc1", "source")
    shovel = ("  - name: copy\n    source: {site: dc1, stream: source}\n"
              "    destination: {site: dc2, stream: target}\n")
    try:
        return bench.measure(
            case["count"],
            lambda: bench.load("await-stream", "dc2", stream="target", reference=REFERENCE, sequence=case["count"]),
            start=lambda: bench.start_daemon(shovel))
    finally:
        bench.stop_daemon()


def publish(bench, case):
    return bench.measure(case["count"], lambda: fill(bench, case, "dc2", "target"))


MOVERS = {"Ropeway shovel, streams": ropeway, "publish alone, streams": publish}
