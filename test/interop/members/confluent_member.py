#!/usr/bin/python3
"""A group member of librdkafka, driven and watched by Members.ts.

confluent_member.py '{"bootstrap": ..., "group": ..., "topic": ..., "assignor": "range" | "roundrobin" |
    "cooperative-sticky", "instance": null, "sessionTimeoutMs": 6000, "commitEvery": 10}'

"commitEvery" 0: only before what is revoked, and at the end. (A broker that lets a commit wait behind the
member's own JoinGroup answers it a generation too late, ILLEGAL_GENERATION, and librdkafka takes all its
partitions for lost. Apache Kafka does that, so use 0 with cooperative members there.)

Says what happens as JSON lines, each with the machine's monotonic clock in milliseconds; takes "pause MS",
"resume", "commit", "subscribe TOPIC" and "leave" as lines. "commit" commits once more all that was processed
of what it believes to own, without polling, which is when it would hear of a loss. A record is processed when its line is written, and
committed after that: a member that is killed may repeat, but not lose. A commit's time is that of sending,
because a member that is stopped in between may read the answer when others have long gone on.
"""
import json
import os
import queue
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

options = json.loads(sys.argv[1])
commands = queue.SimpleQueue()


def now():
    return time.monotonic_ns() / 1e6


def say(event, **fields):
    line = {"t": now(), "event": event, **fields}
    os.write(1, (json.dumps(line, separators=(",", ":")) + "\n").encode())


def listen():
    for line in sys.stdin:
        commands.put(line.split())
    commands.put(["leave"])
    time.sleep(30)
    os._exit(1)  # Who started it is gone, and the broker perhaps too: closing would wait for that.


class Member:
    def __init__(self):
        self.pending = {}
        self.processed = {}
        self.since_commit = 0
        self.owned = set()
        config = {
            "bootstrap.servers": options["bootstrap"], "group.id": options["group"], "log_level": 0,
            "client.id": options.get("name", "member"),
            "partition.assignment.strategy": options["assignor"],
            "session.timeout.ms": options["sessionTimeoutMs"],
            "heartbeat.interval.ms": max(100, options["sessionTimeoutMs"] // 20),
            "max.poll.interval.ms": max(options["sessionTimeoutMs"], options.get("maxPollIntervalMs", 60000)),
            "auto.offset.reset": "earliest", "enable.auto.commit": False, "check.crcs": True,
            "topic.metadata.refresh.interval.ms": options.get("metadataRefreshMs", 300000),
            "fetch.wait.max.ms": 100, "fetch.error.backoff.ms": 50,
            "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200,
        }
        if options.get("instance"):
            config["group.instance.id"] = options["instance"]
        self.consumer = Consumer(config)

    def subscribe(self, topic):
        self.consumer.subscribe([topic], on_assign=self.assigned, on_revoke=self.revoked, on_lost=self.lost)

    def assigned(self, consumer, partitions):
        numbers = sorted(p.partition for p in partitions)
        self.owned.update(numbers)
        say("assigned", partitions=numbers, memberId=consumer.memberid() if hasattr(consumer, "memberid") else None)

    def revoked(self, consumer, partitions):
        self.commit()
        self.give_up("revoked", partitions)

    def lost(self, consumer, partitions):
        self.give_up("lost", partitions)

    def give_up(self, event, partitions):
        numbers = sorted(p.partition for p in partitions)
        for number in numbers:
            self.owned.discard(number)
            self.pending.pop(number, None)
            self.processed.pop(number, None)
        say(event, partitions=numbers)

    def commit(self):
        self.since_commit = 0
        if not self.pending:
            return
        offsets = [TopicPartition(options["topic"], p, o) for p, o in self.pending.items()]
        sent = now()
        try:
            answers = self.consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as failure:
            say("refused", error=failure.args[0].name())
            return
        done = {a.partition: a.offset for a in answers if a.error is None}
        for answer in answers:
            if answer.error is not None:
                say("refused", error=answer.error.name())
        self.pending = {p: o for p, o in self.pending.items() if p not in done}
        if done:
            say("committed", t=sent, offsets=[[p, o] for p, o in done.items()])

    def take(self, message):
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:
                say("error", message=message.error().name() + ": " + message.error().str())
            return
        value = message.value().decode()
        say("record", partition=message.partition(), offset=message.offset(), value=value)
        self.pending[message.partition()] = self.processed[message.partition()] = message.offset() + 1
        self.since_commit += 1
        if 0 < options["commitEvery"] <= self.since_commit:
            self.commit()

    def run(self):
        paused_until = 0.0
        self.subscribe(options["topic"])
        say("ready")
        while True:
            if not commands.empty():
                command = commands.get()
                if command[0] == "leave":
                    break
                if command[0] == "subscribe":
                    self.subscribe(command[1])
                if command[0] == "pause":
                    paused_until = time.monotonic() + float(command[1]) / 1000
                    say("paused")
                if command[0] == "commit":
                    self.pending = dict(self.processed)
                    self.commit()
                if command[0] == "resume":
                    paused_until = 0.0
            if time.monotonic() < paused_until:
                time.sleep(0.01)
                continue
            message = self.consumer.poll(0.1)
            if message is None:
                if options["commitEvery"] > 0:
                    self.commit()
            else:
                self.take(message)
        self.commit()
        if options.get("instance") is not None and self.owned:
            # A static member does not leave when it closes, and hears of no revocation.
            say("revoked", partitions=sorted(self.owned))
            self.owned.clear()
            self.pending.clear()
        self.consumer.close()
        say("closed")


threading.Thread(target=listen, daemon=True).start()
Member().run()
