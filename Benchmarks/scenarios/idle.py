"""What a daemon takes whose routes have nothing to do."""
import time

import bench as library
import exchanges

UNITS = "idle"


def idle(bench, case):
    pair = bench.fresh("pair")
    names = [bench.fresh("events") for _ in range(case["count"])]
    for site in ("dc1", "dc2"):
        for name in names:
            # A queue behind it, without which the standby site could not take over.
            bench.declare(site, name, [(f"{name}-queue", "#")])
    routes = "".join(exchanges.route(name, name, "classic") for name in names)
    try:
        # The first start has the brokers make all objects, which takes them long: with each policy they look at all queues.
        bench.start_daemon(routes=routes, pair=pair)
        bench.until_routes_run(1200)
        bench.stop_daemon()
        begun = time.monotonic()
        pid = bench.start_daemon(routes=routes, pair=pair)
        bench.until_routes_run(600)
        start, start_cpu = time.monotonic() - begun, library.cpu(pid)
        time.sleep(15)
        before, begun = library.cpu(pid), time.monotonic()
        time.sleep(case["seconds"])
        share = (library.cpu(pid) - before) / (time.monotonic() - begun)
        begun = time.monotonic()
        size = len(bench.get("/metrics") or b"")
        return {"resident MiB": library.memory_kib(pid, "VmRSS") / 1024, "peak MiB": library.memory_kib(pid) / 1024,
                "start seconds": start, "start CPU": start_cpu, "cores": share, "scrape seconds": time.monotonic() - begun, "scrape KiB": size / 1024}
    finally:
        bench.stop_daemon()
        for site in ("dc1", "dc2"):
            for name in names:
                for suffix in ("capture", "standby", "gap", "quarantine", "cursor"):
                    bench.delete(site, f"queues/%2F/ropeway.{pair}.{name}.{suffix}")
                bench.delete(site, f"exchanges/%2F/{name}")
                bench.delete(site, f"queues/%2F/{name}-queue")


MOVERS = {"idle routes": idle}
