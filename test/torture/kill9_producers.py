#!/usr/bin/python3
"""Producers that live through the broker's deaths, and a reader that checks what is there.

kill9_producers.py produce HOST:PORT TOPIC PARTITIONS PRODUCERS OUT
    Half of the producers are idempotent, half plain, all with acks=all. Values are "<producer> <n>" with n
    counting from 0 for each producer and partition. Every acknowledged record is a line in OUT:
    producer partition n offset. Runs until its stdin is closed, then waits for what is in flight.

kill9_producers.py check HOST:PORT TOPIC PARTITIONS OUT
    Reads everything and compares. Prints one line; exits with 1 when something is wrong.
"""
import sys
import threading
import time

from confluent_kafka import Consumer, OFFSET_BEGINNING, Producer, TopicPartition


def produce(bootstrap, topic, partitions, count, out_path):
    out = open(out_path, "a", buffering=1)
    stop = threading.Event()
    lock = threading.Lock()
    failed = []

    def run(index):
        idempotent = index % 2 == 0
        producer = Producer({
            "bootstrap.servers": bootstrap, "log_level": 0, "acks": "all", "linger.ms": 1,
            "enable.idempotence": idempotent, "message.timeout.ms": 120000,
            "max.in.flight.requests.per.connection": 5 if idempotent else 1,
            "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100, "retry.backoff.ms": 20,
            "batch.num.messages": 200, "socket.timeout.ms": 5000, "request.timeout.ms": 5000,
        })
        numbers = [0] * partitions

        def delivered(number):
            def report(error, message):
                if error is not None:
                    failed.append("%d %d %d: %s" % (index, message.partition(), number, error))
                    return
                with lock:
                    out.write("%d %d %d %d\n" % (index, message.partition(), number, message.offset()))
            return report

        turn = 0
        while not stop.is_set():
            partition = turn % partitions
            turn += 1
            number = numbers[partition]
            try:
                producer.produce(topic, b"%d %d" % (index, number), partition=partition,
                                 on_delivery=delivered(number))
            except BufferError:
                producer.poll(0.05)
                continue
            numbers[partition] = number + 1
            producer.poll(0)
            if turn % 50 == 0:
                time.sleep(0.005)
        left = producer.flush(110)
        if left:
            failed.append("producer %d: %d records never answered" % (index, left))

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()
    for line in failed[:10]:
        print("failed: " + line, file=sys.stderr)
    out.close()
    sys.exit(1 if failed else 0)


def read(bootstrap, topic, partition):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "check", "log_level": 0,
                         "enable.auto.commit": False, "check.crcs": True})
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=20)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
    records, deadline = [], time.time() + 300
    while len(records) < high - low and time.time() < deadline:
        for message in consumer.consume(5000, timeout=1):
            if message.error():
                raise SystemExit("partition %d: %s" % (partition, message.error()))
            producer, number = message.value().split()
            records.append((message.offset(), int(producer), int(number)))
    consumer.close()
    return low, high, records


def check(bootstrap, topic, partitions, out_path):
    acknowledged = {}
    for line in open(out_path):
        producer, partition, number, offset = map(int, line.split())
        acknowledged[(producer, partition, number)] = offset
    problems, total, repeated = [], 0, 0
    for partition in range(partitions):
        low, high, records = read(bootstrap, topic, partition)
        total += len(records)
        if [r[0] for r in records] != list(range(low, high)) or low != 0:
            problems.append("partition %d: offsets are not contiguous" % partition)
        at = {}
        last = {}
        for offset, producer, number in records:
            at.setdefault((producer, number), []).append(offset)
            before = last.get(producer, -1)
            idempotent = producer % 2 == 0
            if idempotent and number != before + 1:
                problems.append("partition %d: producer %d has %d after %d" % (partition, producer, number, before))
            if not idempotent and number > before + 1:
                problems.append("partition %d: producer %d skips from %d to %d" % (partition, producer, before, number))
            last[producer] = max(before, number)
        for (producer, number), offsets in at.items():
            repeated += len(offsets) - 1
            if producer % 2 == 0 and len(offsets) > 1:
                problems.append("partition %d: producer %d wrote %d twice" % (partition, producer, number))
        for (producer, where, number), offset in acknowledged.items():
            if where == partition and offset not in at.get((producer, number), []):
                problems.append("partition %d: %d of producer %d was acknowledged at %d and is not there"
                                % (partition, number, producer, offset))
    for line in problems[:20]:
        print("problem: " + line)
    print("%d acknowledged, %d stored, %d of plain producers repeated, %d problems"
          % (len(acknowledged), total, repeated, len(problems)))
    sys.exit(1 if problems or not acknowledged else 0)


if __name__ == "__main__":
    command, bootstrap, topic, partitions = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    if command == "produce":
        produce(bootstrap, topic, partitions, int(sys.argv[5]), sys.argv[6])
    else:
        check(bootstrap, topic, partitions, sys.argv[5])
