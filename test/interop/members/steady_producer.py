#!/usr/bin/python3
"""Makes a topic and writes into each of its partitions at a steady rate, until its stdin is closed.

steady_producer.py HOST:PORT TOPIC PARTITIONS RECORDS_PER_SECOND_AND_PARTITION

The value is "<partition>:<offset>", which holds because it is the topic's only producer. Its last line is
{"event": "closed", "ends": [...]}: how many records each partition has, all of them acknowledged.
"""
import json
import select
import sys
import time

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, topic, partitions, rate = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
for name, made in admin.create_topics([NewTopic(topic, partitions, 1)]).items():
    try:
        made.result(30)
    except KafkaException as failure:
        if failure.args[0].name() != "TOPIC_ALREADY_EXISTS":
            raise
deadline = time.monotonic() + 30
while len(admin.list_topics(topic, timeout=30).topics[topic].partitions) != partitions:
    if time.monotonic() > deadline:
        raise SystemExit("the topic does not appear")
    time.sleep(0.05)

producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0, "enable.idempotence": True, "linger.ms": 0})
ends = [0] * partitions
failed = []


def delivered(partition, offset):
    def report(error, message):
        if error is not None:
            failed.append(str(error))
        elif message.offset() != offset:
            failed.append("%d:%d was written at %d" % (partition, offset, message.offset()))
    return report


print(json.dumps({"event": "ready"}), flush=True)
due = time.monotonic()
while not select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
    for partition in range(partitions):
        offset = ends[partition]
        producer.produce(topic, b"%d:%d" % (partition, offset), partition=partition,
                         on_delivery=delivered(partition, offset))
        ends[partition] = offset + 1
    producer.poll(0)
    due = max(due + 1 / rate, time.monotonic() - 1)
if producer.flush(60):
    failed.append("not all was acknowledged")
print(json.dumps({"event": "closed", "ends": ends, "failed": failed[:5]}), flush=True)
sys.exit(1 if failed else 0)
