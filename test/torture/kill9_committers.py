#!/usr/bin/python3
"""Consumers that commit ever higher offsets through the broker's deaths, and a reader of what is kept.

kill9_committers.py commit HOST:PORT TOPIC PARTITIONS GROUPS OUT
    Commits synchronously for all partitions, several times a second and group. Half of the groups have a
    member that subscribed, half commit without one. Lines of OUT, each written before the next step:
    "sent <group> <offset>" before a commit, "acknowledged <group> <partition> <offset>" after it.
    Runs until its stdin is closed.

kill9_committers.py read HOST:PORT TOPIC PARTITIONS GROUPS
    Prints {"<group>": [offset of each partition]}, as fresh consumers are told it; -1 where there is none.
"""
import json
import random
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

command, bootstrap, topic, partitions, groups = sys.argv[1:4] + [int(n) for n in sys.argv[4:6]]


def consumer(group):
    return Consumer({
        "bootstrap.servers": bootstrap, "group.id": "commits-%d" % group, "log_level": 0,
        "enable.auto.commit": False, "auto.offset.reset": "latest", "session.timeout.ms": 30000,
        "heartbeat.interval.ms": 300, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100,
        "retry.backoff.ms": 20, "socket.timeout.ms": 5000,
    })


def commit(group, stop, out, lock):
    member = consumer(group)
    if group % 2 == 0:
        member.subscribe([topic], on_assign=lambda c, given: c.pause(given))
    offset = 0
    while not stop.is_set():
        if group % 2 == 0:
            member.poll(0)
            if not member.assignment():
                member.poll(0.1)
                continue
        offset += random.randint(1, 5)
        with lock:
            out.write("sent %d %d\n" % (group, offset))
        try:
            answers = member.commit(
                offsets=[TopicPartition(topic, p, offset) for p in range(partitions)], asynchronous=False)
        except KafkaException:
            time.sleep(0.02)  # It died, or the group is rebalancing.
            continue
        with lock:
            for answer in answers:
                if answer.error is None:
                    out.write("acknowledged %d %d %d\n" % (group, answer.partition, offset))
        time.sleep(random.random() * 0.03)
    member.close()


def commits(out_path):
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    for made in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
        made.result(30)
    stop, lock, out = threading.Event(), threading.Lock(), open(out_path, "a", buffering=1)
    threads = [threading.Thread(target=commit, args=(g, stop, out, lock)) for g in range(groups)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()


def read():
    kept, deadline = {}, time.monotonic() + 30
    for group in range(groups):
        fresh = consumer(group)
        while True:
            try:
                found = fresh.committed([TopicPartition(topic, p) for p in range(partitions)], timeout=10)
                break
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        if any(one.error is not None for one in found):
            raise SystemExit("group %d: %s" % (group, [one.error for one in found]))
        kept[group] = [max(one.offset, -1) for one in found]
        fresh.close()
    print(json.dumps(kept))


if command == "commit":
    commits(sys.argv[6])
else:
    read()
