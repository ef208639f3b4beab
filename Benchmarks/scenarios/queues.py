"""Queue to queue: RabbitMQ's shovel plugin, Ropeway's shovel, and publishing and consuming alone as ceilings."""

UNITS = "rates"


def fill(bench, case):
    bench.load("fill", "dc1", queue=f"source-{case['type']}", count=case["count"], size=case["size"], type=case["type"])
    bench.load("fill", "dc2", queue=f"target-{case['type']}", count=0, type=case["type"])


def arrive(bench, case):
    bench.load("await", "dc2", queue=f"target-{case['type']}", count=case["count"], type=case["type"])


def shovel(case):
    return (f"  - name: move\n    source: {{site: dc1, queue: source-{case['type']}}}\n"
            f"    destination: {{site: dc2, queue: target-{case['type']}}}\n    prefetch-count: 4096\n")


def ropeway(bench, case, ports=None):
    fill(bench, case)
    try:
        return bench.measure(case["count"], lambda: arrive(bench, case),
                             start=lambda: bench.start_daemon(shovel(case), dc2=ports))
    finally:
        bench.stop_daemon()


PATH = "parameters/shovel/%2F/benchmark"


def start_plugin(bench, case, prefetch, ports=None):
    port = {"dc1": bench.sites["dc1"]["AMQP_PORT"], "dc2": (ports or bench.sites["dc2"])["AMQP_PORT"]}
    uri = {name: f"amqp://guest:guest@127.0.0.1:{each}" for name, each in port.items()}
    value = {"src-protocol": "amqp091", "src-uri": uri["dc1"], "src-queue": f"source-{case['type']}",
             "dest-protocol": "amqp091", "dest-uri": uri["dc2"], "dest-queue": f"target-{case['type']}",
             "ack-mode": "on-confirm", "src-prefetch-count": prefetch}
    bench.management("dc1", "PUT", PATH, {"value": value})


def plugin(prefetch):
    def round_(bench, case, ports=None):
        fill(bench, case)
        try:
            return bench.measure(case["count"], lambda: arrive(bench, case),
                                 start=lambda: start_plugin(bench, case, prefetch, ports))
        finally:
            bench.delete("dc1", PATH)
    return round_


def publish(bench, case):
    bench.load("fill", "dc2", queue=f"target-{case['type']}", count=0, type=case["type"])
    return bench.measure(case["count"], lambda: bench.load(
        "fill", "dc2", queue=f"target-{case['type']}", count=case["count"], size=case["size"], type=case["type"]))


def consume(bench, case):
    fill(bench, case)
    return bench.measure(case["count"], lambda: bench.load(
        "consume", "dc1", queue=f"source-{case['type']}", count=case["count"], type=case["type"]))


MOVERS = {"Ropeway shovel": ropeway, "shovel plugin, prefetch 1000": plugin(1000),
          "shovel plugin, prefetch 5000": plugin(5000), "publish alone, AMQP": publish, "consume alone, AMQP": consume}
