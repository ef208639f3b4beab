"""From an exchange to the other site: the federation plugin, and Ropeway's routes into their standby stores.

Backlog: what was published while nothing ran waits in the capture; beside it, the shovel plugin moves as many that wait in
a queue to a queue. Live: the messages are published meanwhile, and it is measured until all have arrived.
"""
import bench as library
import queues

UNITS = "rates"


def route(name, exchange, capture):
    return (f"  - name: {name}\n    exchange: {exchange}\n    bindings: [{{routing-key: \"#\"}}]\n"
            f"    accept-routing-change: true\n    capture: {{type: {capture}, max-length-bytes: 10GB}}\n"
            f"    standby: {{type: stream, ttl: 1h, max-length-bytes: 10GB}}\n    replay: {{window: all}}\n")


def publish_to(bench, case, exchange, site="dc1"):
    bench.load("publish", site, exchange=exchange, keys="key", count=case["count"], size=case["size"])


def clean(bench, pair, exchange):
    for site in ("dc1", "dc2"):
        for suffix in ("capture", "standby", "gap", "quarantine", "cursor"):
            bench.delete(site, f"queues/%2F/ropeway.{pair}.events.{suffix}")
        bench.delete(site, f"exchanges/%2F/{exchange}")


def relay(capture, is_live):
    def round_(bench, case):
        pair, exchange = bench.fresh("pair"), bench.fresh("events")
        for site in ("dc1", "dc2"):
            bench.declare(site, exchange)
        routes = route("events", exchange, capture)
        try:
            bench.start_daemon(routes=routes, pair=pair)
            bench.until_routes_run()
            if is_live:
                def work():
                    publish_to(bench, case, exchange)
                    bench.until_relayed(case["count"])
                return bench.measure(case["count"], work)
            bench.stop_daemon()
            publish_to(bench, case, exchange)
            return bench.measure(case["count"], lambda: bench.until_relayed(case["count"]),
                                 start=lambda: bench.start_daemon(routes=routes, pair=pair))
        finally:
            bench.stop_daemon()
            clean(bench, pair, exchange)
    return round_


def federation(prefetch):
    def round_(bench, case):
        exchange, target = bench.fresh("events"), bench.fresh("target")
        bench.declare("dc1", exchange)
        bench.declare("dc2", exchange, [(target, "#")])
        uri = f"amqp://guest:guest@127.0.0.1:{bench.sites['dc1']['AMQP_PORT']}"
        bench.management("dc2", "PUT", "parameters/federation-upstream/%2F/up", {
            "value": {"uri": uri, "ack-mode": "on-confirm", "prefetch-count": prefetch, "max-hops": 1}})
        bench.management("dc2", "PUT", "policies/%2F/up", {
            "pattern": f"^{exchange}$", "apply-to": "exchanges", "definition": {"federation-upstream": "up"}})
        try:
            library.wait("the federation link runs", lambda: b'"status":"running"' in bench.management(
                "dc2", "GET", "federation-links"))

            def work():
                publish_to(bench, case, exchange)
                bench.load("await", "dc2", queue=target, count=case["count"])
            return bench.measure(case["count"], work)
        finally:
            for path in ("policies/%2F/up", "parameters/federation-upstream/%2F/up", f"queues/%2F/{target}"):
                bench.delete("dc2", path)
            for site in ("dc1", "dc2"):
                bench.delete(site, f"exchanges/%2F/{exchange}")
    return round_


def plugin(prefetch):
    move = queues.plugin(prefetch)
    return lambda bench, case: move(bench, dict(case, type="classic"))


MOVERS = {"route, queue capture, backlog": relay("classic", False), "shovel plugin, prefetch 1000, backlog": plugin(1000),
          "shovel plugin, prefetch 5000, backlog": plugin(5000), "route, stream capture, backlog": relay("stream", False),
          "route, queue capture, live": relay("classic", True), "route, stream capture, live": relay("stream", True),
          "federation plugin, prefetch 1000, live": federation(1000),
          "federation plugin, prefetch 5000, live": federation(5000)}
