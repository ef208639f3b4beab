"""A client that knows nothing of Ropeway: publishes and reads messages with pika, and describes them in JSON.

usage: pika_peer.py PORT VIRTUAL_HOST publish FILE           publishes the messages that FILE describes, with confirms
       pika_peer.py PORT VIRTUAL_HOST get QUEUE COUNT        takes messages one by one
       pika_peer.py PORT VIRTUAL_HOST consume QUEUE COUNT    takes messages as a consumer

A value is described by its type on the wire and by its exact value: texts and bytes as hexadecimal digits, floats by their
bits, integers in decimal digits. pika splits the bytes into fields and decodes them; what is described as exact is read
from the bytes of each field once more, since pika misreads some types. What pika makes of them is described as native.
"""
import contextlib
import datetime
import decimal
import json
import struct
import sys

import pika
from pika import data
from pika.compat import long

# Each type: its name here, and how the bytes behind the type byte are read.
SCALARS = {
    b"t": ("boolean", lambda raw: "true" if raw != b"\0" else "false"),
    b"b": ("int8", lambda raw: str(struct.unpack(">b", raw)[0])),
    b"B": ("uint8", lambda raw: str(struct.unpack(">B", raw)[0])),
    b"s": ("int16", lambda raw: str(struct.unpack(">h", raw)[0])),
    b"u": ("uint16", lambda raw: str(struct.unpack(">H", raw)[0])),
    b"I": ("int32", lambda raw: str(struct.unpack(">i", raw)[0])),
    b"i": ("uint32", lambda raw: str(struct.unpack(">I", raw)[0])),
    b"l": ("int64", lambda raw: str(struct.unpack(">q", raw)[0])),
    b"L": ("uint64", lambda raw: str(struct.unpack(">Q", raw)[0])),
    b"f": ("float", lambda raw: raw.hex()),
    b"d": ("double", lambda raw: raw.hex()),
    b"D": ("decimal", lambda raw: "%d:%d" % struct.unpack(">BI", raw)),
    b"S": ("string", lambda raw: raw[4:].hex()),
    b"x": ("bytes", lambda raw: raw[4:].hex()),
    b"T": ("timestamp", lambda raw: str(struct.unpack(">Q", raw)[0])),
    b"V": ("void", lambda raw: ""),
}

# In the order in which AMQP puts them on the wire.
PROPERTIES = [
    "content_type", "content_encoding", "headers", "delivery_mode", "priority", "correlation_id", "reply_to",
    "expiration", "message_id", "timestamp", "type", "user_id", "app_id", "cluster_id",
]


class Field:
    """What pika decoded, with the bytes it was decoded from."""

    def __init__(self, kind, raw, native):
        self.kind, self.raw, self.native = kind, raw, native

    def exact(self):
        if self.kind == b"F":
            return {"type": "table", "fields": exact_fields(self.native)}
        if self.kind == b"A":
            return {"type": "array", "elements": [element.exact() for element in self.native]}
        name, read = SCALARS[self.kind]
        return {"type": name, "value": read(self.raw)}

    def plain(self):
        """The value as every user of pika gets it."""
        if self.kind == b"F":
            return plain_table(self.native)
        if self.kind == b"A":
            return [element.plain() for element in self.native]
        return self.native


def exact_fields(table):
    return [{"name": text_bytes(name).hex(), "value": field.exact()} for name, field in table.items()]


def plain_table(table):
    return {name: field.plain() for name, field in table.items()}


@contextlib.contextmanager
def keeping_bytes():
    """Has pika's decoder of fields keep the bytes of each."""
    decode = data.decode_value

    def decode_and_keep(encoded, offset):
        native, end = decode(encoded, offset)
        return Field(encoded[offset:offset + 1], bytes(encoded[offset + 1:end]), native), end

    data.decode_value = decode_and_keep
    try:
        yield
    finally:
        data.decode_value = decode


class SeenProperties(pika.BasicProperties):
    """Properties as pika decodes them, with the bytes of the headers kept aside."""

    def decode(self, encoded, offset=0):
        with keeping_bytes():
            super().decode(encoded, offset)
        self.fields = self.headers
        if self.headers is not None:
            self.headers = plain_table(self.headers)
        return self


def text_bytes(text):
    """pika gives texts that are not UTF-8 as bytes."""
    return text if isinstance(text, bytes) else text.encode("utf-8")


def native(value):
    """What pika made of a field, by the type it has in Python. A bool is an int as well, so the order counts."""
    if value is None:
        return {"type": "None", "value": ""}
    if isinstance(value, bool):
        return {"type": "bool", "value": "true" if value else "false"}
    if isinstance(value, int):
        return {"type": "int", "value": str(int(value))}
    if isinstance(value, decimal.Decimal):
        return {"type": "Decimal", "value": str(value)}
    if isinstance(value, str):
        return {"type": "str", "value": value.encode("utf-8").hex()}
    if isinstance(value, bytes):
        return {"type": "bytes", "value": value.hex()}
    if isinstance(value, datetime.datetime):
        return {"type": "datetime", "value": value.isoformat()}
    if isinstance(value, list):
        return {"type": "list", "elements": [native(element) for element in value]}
    if isinstance(value, dict):
        fields = [{"name": text_bytes(name).hex(), "value": native(field)} for name, field in value.items()]
        return {"type": "dict", "fields": fields}
    raise TypeError(type(value))


def described_properties(properties):
    described = []
    for name in PROPERTIES:
        value = getattr(properties, name)
        if value is None:
            continue
        if name == "headers":
            exact = {"type": "table", "fields": exact_fields(properties.fields)}
        elif name == "timestamp":
            exact = {"type": "timestamp", "value": str(value)}
        elif isinstance(value, int):
            exact = {"type": "uint8", "value": str(value)}
        else:
            exact = {"type": "string", "value": text_bytes(value).hex()}
        described.append({"name": name, "value": exact})
    return described


def described_message(method, properties, body):
    headers = properties.headers
    return {
        "exchange": text_bytes(method.exchange).hex(),
        "routing_key": text_bytes(method.routing_key).hex(),
        "properties": described_properties(properties),
        "native_headers": None if headers is None else native(headers),
        "body": body.hex(),
    }


def value_to_publish(described):
    """The Python value that pika writes as the described type. There is none for the types that pika can't write."""
    kind, text = described["type"], described.get("value")
    if kind == "boolean":
        return text == "true"
    if kind == "int32":
        return int(text)
    if kind == "int64":
        return long(text)
    if kind == "decimal":
        scale, number = text.split(":")
        # pika writes a signed number.
        signed, = struct.unpack(">i", struct.pack(">I", int(number)))
        return decimal.Decimal(signed).scaleb(-int(scale))
    if kind == "string":
        return bytes.fromhex(text).decode("utf-8")
    if kind == "bytes":
        return bytes.fromhex(text)
    if kind == "timestamp":
        return datetime.datetime.utcfromtimestamp(int(text))
    if kind == "void":
        return None
    if kind == "array":
        return [value_to_publish(element) for element in described["elements"]]
    if kind == "table":
        return {bytes.fromhex(field["name"]).decode("utf-8"): value_to_publish(field["value"])
                for field in described["fields"]}
    raise TypeError("pika can't write " + kind)


def properties_to_publish(described):
    values = {}
    for property in described:
        name, value = property["name"], property["value"]
        if name == "headers":
            values[name] = value_to_publish(value)
        elif value["type"] == "string":
            values[name] = bytes.fromhex(value["value"])
        else:
            values[name] = int(value["value"])
    return pika.BasicProperties(**values)


def publish(channel, path):
    channel.confirm_delivery()
    with open(path, encoding="ascii") as file:
        messages = json.load(file)
    for message in messages:
        # With confirms on, this returns once the broker has the message, and raises where it can't be routed.
        channel.basic_publish(
            bytes.fromhex(message["exchange"]).decode("utf-8"),
            bytes.fromhex(message["routing_key"]).decode("utf-8"),
            bytes.fromhex(message["body"]),
            properties_to_publish(message["properties"]),
            mandatory=True,
        )


def get(channel, queue, count):
    seen = []
    while len(seen) < count:
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            raise LookupError("%d of %d messages are in %s" % (len(seen), count, queue))
        seen.append(described_message(method, properties, body))
    return seen


def consume(channel, queue, count):
    seen = []
    for method, properties, body in channel.consume(queue, inactivity_timeout=20):
        if method is None:
            raise LookupError("%d of %d messages came from %s" % (len(seen), count, queue))
        seen.append(described_message(method, properties, body))
        channel.basic_ack(method.delivery_tag)
        if len(seen) == count:
            break
    channel.cancel()
    return seen


def main():
    port, virtual_host, verb = sys.argv[1:4]
    # pika takes the class of each content header that it reads from here.
    pika.spec.props[pika.BasicProperties.INDEX] = SeenProperties
    connection = pika.BlockingConnection(
        pika.ConnectionParameters(
            "127.0.0.1", int(port), virtual_host, pika.PlainCredentials("guest", "guest"),
            blocked_connection_timeout=20, socket_timeout=20,
        )
    )
    channel = connection.channel()
    if verb == "publish":
        publish(channel, sys.argv[4])
    else:
        json.dump({"get": get, "consume": consume}[verb](channel, sys.argv[4], int(sys.argv[5])), sys.stdout)
    connection.close()


main()
