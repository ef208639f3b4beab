"""What single steps of a message's way take in the daemon, without a broker: encoding, decoding, and the pump's state machine."""
import json

UNITS = "steps"


def steps(bench, case):
    return json.loads(bench.load_words("per-message", size=case["size"], count=case["count"]))


MOVERS = {"steps": steps}
