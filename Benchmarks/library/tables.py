"""The results as tables in Markdown: medians, and the least and the most of what is compared."""


def show(value, digits=0):
    return "unknown" if value is None else f"{value['median']:,.{digits}f}"


def spread(value, digits=0):
    return "unknown" if value is None else f"{value['min']:,.{digits}f} to {value['max']:,.{digits}f}"


def rates(rows):
    yield ("mover", "queues", "bytes", "messages", "msg/s", "least to most", "brokers' CPU dc1 + dc2, µs a message",
           "daemon's CPU, µs a message", "peak MiB: dc1, dc2, daemon")
    for row in rows:
        seen, case = row["summary"], row["case"]
        peaks = [seen[f"{name} peak KiB"] for name in ("dc1", "dc2", "daemon") if f"{name} peak KiB" in seen]
        peak = ", ".join("unknown" if each is None else f"{each['median'] / 1024:.0f}" for each in peaks)
        own = show(seen["daemon us"], 2) if "daemon us" in seen else "–"
        yield (row["mover"], case["type"], f"{case['size']:,}", f"{case['count']:,}", show(seen["rate"]),
               spread(seen["rate"]), f"{show(seen['dc1 us'], 1)} + {show(seen['dc2 us'], 1)}", own, peak)


def milliseconds(rows):
    yield ("mover", "msg/s", "p50 ms", "p90 ms", "p99 ms", "p99, least to most", "p99.9 ms", "max ms", "not within 10 s",
           "daemon's CPU, µs a message")
    for row in rows:
        seen, case = row["summary"], row["case"]
        yield (row["mover"], f"{case['rate']:,}", *(show(seen[key], 2) for key in ("p50", "p90", "p99")),
               spread(seen["p99"], 2), *(show(seen[key], 2) for key in ("p99.9", "max")), show(seen["late"]),
               "–" if seen["daemon us"] is None else show(seen["daemon us"], 1))


def promotion(rows):
    yield ("queues", "bytes", "messages", "until open, s", "replay, msg/s", "publishing before, msg/s",
           "publishing after it, msg/s", "ratio to that",
           "daemon's CPU, µs a message", "peak MiB")
    for row in rows:
        seen, case = row["summary"], row["case"]
        optional = [("replay rate", 0), ("publish rate", 0), ("captured rate", 0), ("ratio", 2), ("daemon us", 2)]
        yield (case["type"], f"{case['size']:,}", f"{case['count']:,}", show(seen["seconds"], 2),
               *(show(seen[key], digits) if key in seen else "–" for key, digits in optional),
               "unknown" if seen["peak KiB"] is None else f"{seen['peak KiB']['median'] / 1024:.0f}")


def idle(rows):
    yield ("idle routes", "resident MiB", "peak MiB", "until all run, s", "CPU until then, s", "cores", "scrape, s", "scrape, KiB")
    for row in rows:
        seen = row["summary"]
        yield (f"{row['case']['count']:,}", show(seen["resident MiB"]), show(seen["peak MiB"]),
               show(seen["start seconds"], 1), show(seen["start CPU"], 1), show(seen["cores"], 3),
               show(seen["scrape seconds"], 3), show(seen["scrape KiB"]))


def steps(rows):
    yield ("step", "bytes", "ns of CPU a message", "least to most")
    for row in rows:
        for name, seen in row["summary"].items():
            yield (name, f"{row['case']['size']:,}", show(seen), spread(seen))


NOTES = {
    "rates": "Rates and CPU include the load program's start, and that of a mover whose messages waited. Brokers' peaks are "
             "since their start.",
    "milliseconds": "From the moment at which a message was due until it was received, on one clock.",
    "promotion": "Until the command returns, with its own start. The replay's rate is that of its step; after the promotion, what is "
                 "published is captured for the way back, as what is replayed is.",
    "steps": "In one thread of a program without brokers. The messages have five properties and two headers.",
    "idle": "Classic captures, stream stores; the second start, with all objects there; CPU from 15 s after it.",
}


def text(results, failures):
    """All tables, and what failed."""
    parts = []
    for units, rows in (("rates", rates), ("milliseconds", milliseconds), ("promotion", promotion), ("steps", steps),
                        ("idle", idle)):
        chosen = [row for row in results if row["units"] == units]
        if chosen:
            head, *lines = rows(chosen)
            cells = [head, ["---"] * len(head), *lines]
            parts += ["\n".join("| " + " | ".join(line) + " |" for line in cells), NOTES[units]]
    return "\n\n".join(parts + [f"failed: {each}" for each in failures]) + "\n"
