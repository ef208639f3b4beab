"""Queue to queue: RabbitMQ's shovel plugin, Ropeway's shovel, and publishing alone as a ceiling."""


def fill(bench, case):
    bench.load("fill", "dc1", queue=f"source-{case['type']}", count=case["count"], size=case["size"], type=case["type"])
    bench.load("fill", "dc2", queue=f"target-{case['type']}", count=0, type=case["type"])


def arrive(bench, case):
    bench.load("await", "dc2", queue=f"target-{case['type']}", count=case["count"], type=case["type"])


def ropeway(bench, case):
    fill(bench, case)
    shovel = (f"  - name: move\n    source: {{site: dc1, queue: source-{case['type']}}}\n"
              f"    destination: {{site: dc2, queue: target-{case['type']}}}\n    prefetch-count: 4096\n")
    try:
        return bench.measure(case["count"], lambda: arrive(bench, case), start=lambda: bench.start_daemon(shovel))
    finally:
        bench.stop_daemon()


def plugin(prefetch):
    def round_(bench, case):
        fill(bench, case)
        path = "parameters/shovel/%2F/benchmark"
        uri = {name: f"amqp://guest:guest@127.0.0.1:{site['AMQP_PORT']}" for name, site in bench.sites.items()}
        value = {"src-protocol": "amqp091", "src-uri": uri["dc1"], "src-queue": f"source-{case['type']}",
                 "dest-protocol": "amqp091", "dest-uri": uri["dc2"], "dest-queue": f"target-{case['type']}",
                 "ack-mode": "on-confirm", "src-prefetch-count": prefetch}

        def start():
            bench.management("dc1", "PUT", path, {"value": value})

        try:
            return bench.measure(case["count"], lambda: arrive(bench, case), start=start)
        finally:
            bench.management("dc1", "DELETE", path)
    return round_


def publish(bench, case):
    bench.load("fill", "dc2", queue=f"target-{case['type']}", count=0, type=case["type"])
    return bench.measure(case["count"], lambda: bench.load(
        "fill", "dc2", queue=f"target-{case['type']}", count=case["count"], size=case["size"], type=case["type"]))


MOVERS = {"Ropeway shovel": ropeway, "shovel plugin, prefetch 1000": plugin(1000),
          "shovel plugin, prefetch 5000": plugin(5000), "publish alone, AMQP": publish}
