#!/usr/bin/env python3
"""The same worker with pika: works orders off, and drops those that it has worked off before.

usage: worker.py PORT QUEUE LOG [MOST]
"""
import collections, sys
import pika

MEMORY, IDLE = 100_000, 10


class DoneWork:
    """A file with a line for each order, and the newest ids of it in memory, so many and no more."""

    def __init__(self, path):
        self.ids = collections.OrderedDict()
        self.file = open(path, "a+")
        self.file.seek(0)
        for line in self.file: self.remember(line.split())

    def note(self, ids):
        self.file.write(" ".join(ids) + "\n")
        self.file.flush()
        self.remember(ids)

    def remember(self, ids):
        for identity in ids: self.ids[identity] = True
        while len(self.ids) > MEMORY: self.ids.popitem(last=False)


def main(port, queue, log, most=0):
    done, most, worked, replays, repeats = DoneWork(log), int(most), 0, 0, 0
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(port)))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=20)
    for method, properties, _ in channel.consume(queue, inactivity_timeout=IDLE):
        if method is None: break
        # Only what a promotion replayed has it: the same each time that it comes.
        replay = (properties.headers or {}).get("x-ropeway-id")
        if replay in done.ids:
            replays += 1
        elif properties.message_id in done.ids:
            # Done at the other site before it was lost: there it had no such header.
            repeats += 1
            if replay: done.remember([replay])
        else:
            worked += 1
            done.note([identity for identity in (properties.message_id, replay) if identity])
        # Only once the work and the memory of it are safe.
        channel.basic_ack(method.delivery_tag)
        if most and worked >= most: break
    connection.close()
    print(f"worked off {worked}, dropped {replays} by x-ropeway-id and {repeats} by their own id")


main(*sys.argv[1:])
