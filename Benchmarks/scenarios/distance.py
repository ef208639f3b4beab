"""Across a line with a delay: both ends of DC2's connections go through a proxy, also where the delay is 0."""
import queues
import streams

UNITS = "rates"


def across(milliseconds, port, move):
    def round_(bench, case):
        with bench.link(bench.sites["dc2"][port], milliseconds) as through:
            return move(bench, case, {port: through})
    return round_


def stream(bench, case, ports):
    return streams.copy(bench, case, 128, ports)


MOVERS = {}
for delay in (0, 20, 80):
    text = f"{delay} ms round trip"
    MOVERS[f"Ropeway shovel, streams, {text}"] = across(delay, "STREAM_PORT", stream)
    MOVERS[f"Ropeway shovel, {text}"] = across(delay, "AMQP_PORT", lambda bench, case, ports: queues.ropeway(
        bench, dict(case, type="classic", count=case["count"] // 10), ports))
    MOVERS[f"shovel plugin, prefetch 5000, {text}"] = across(delay, "AMQP_PORT", lambda bench, case, ports: queues.plugin(
        5000)(bench, dict(case, type="classic", count=case["count"] // 10), ports))
