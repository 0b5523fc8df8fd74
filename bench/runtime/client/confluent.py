#!/usr/bin/python3
"""librdkafka through python3-confluent-kafka, as the other side of the client benches.

confluent.py produce PORT TOPIC COUNT ACKS IDEMPOTENT BATCH_BYTES   a callback for each record of 250 B
confluent.py consume PORT TOPIC COUNT                               polls of 10,000, each committed

Prints one JSON object: the seconds and CPU seconds (all threads) of what is measured, after a warm-up.
"""
import json
import resource
import sys
import time

from confluent_kafka import Consumer, OFFSET_BEGINNING, Producer, TopicPartition

command, port, topic, count, *rest = sys.argv[1:]
count = int(count)
common = {"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0}


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Watch:
    def __init__(self):
        self.cpu, self.start = cpu(), time.perf_counter()

    def tell(self, records):
        told = {"seconds": time.perf_counter() - self.start, "cpuSeconds": cpu() - self.cpu, "records": records}
        print(json.dumps(told))


def produce(acks, idempotent, batch_bytes):
    producer = Producer({
        **common,
        "acks": acks,
        "enable.idempotence": idempotent == "true",
        "batch.size": int(batch_bytes),
        "batch.num.messages": 1000000,
        "linger.ms": 5,
        "queue.buffering.max.messages": 1000000,
    })
    value = (b"the quick brown fox jumps over the lazy dog " * 6)[:250]
    called = 0

    def delivered(error, message):
        nonlocal called
        assert error is None, error
        called += 1

    def run(records):
        for _ in range(records):
            while True:
                try:
                    producer.produce(topic, value, partition=0, on_delivery=delivered)
                    break
                except BufferError:
                    producer.poll(0.01)
            producer.poll(0)
        producer.flush()

    run(count)
    watch = Watch()
    run(count)
    watch.tell(count)
    assert called == 2 * count


def consume():
    consumer = Consumer({**common, "group.id": f"confluent-{time.time()}", "enable.auto.commit": False,
                         "queued.min.messages": 1000000, "fetch.message.max.bytes": 1048576})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    read, watch, warm = 0, None, 0
    while read < count:
        for message in consumer.consume(min(10000, count // 8), timeout=1.0):
            assert message.error() is None and message.offset() == read
            message.value()
            read += 1
        consumer.commit(offsets=[TopicPartition(topic, 0, read)], asynchronous=False)
        if watch is None and read >= count // 4:
            watch, warm = Watch(), read
    watch.tell(read - warm)
    consumer.close()


if command == "produce":
    produce(*rest)
else:
    consume()
