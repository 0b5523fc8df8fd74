#!/usr/bin/python3
"""A writer of keyed records that lives through the broker's deaths and knows what must be left.

compaction_writer.py HOST:PORT TOPIC SEED
    Reads commands from stdin, one a line, and answers each with a line when it is done:
    write ROUND N   N updates of lasting keys, and of keys of that round; those of the last round get
                    tombstones and are never written again. Ends when all are acknowledged.
    model           JSON: the last value of each key, null for a tombstone.
"""
import json
import random
import sys

from confluent_kafka import Producer

LASTING = 200
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def main(bootstrap, topic, seed):
    chance = random.Random(seed)
    producers = {codec: Producer({
        "bootstrap.servers": bootstrap, "log_level": 0, "acks": "all", "linger.ms": 2,
        "enable.idempotence": True, "message.timeout.ms": 120000, "compression.type": codec,
        "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100, "retry.backoff.ms": 20,
        "batch.num.messages": 100, "socket.timeout.ms": 5000, "request.timeout.ms": 5000,
    }) for codec in CODECS}
    model = {}
    count = 0
    failed = []

    def write(round_number, updates):
        nonlocal count
        producer = producers[chance.choice(CODECS)]

        def put(key, value):
            model[key] = value
            while True:
                try:
                    producer.produce(topic, value, key, on_delivery=lambda error, _:
                                     error is not None and failed.append(str(error)))
                    break
                except BufferError:
                    producer.poll(0.05)
            producer.poll(0)

        for _ in range(updates):
            count += 1
            value = "%d %s" % (count, chance.randbytes(chance.randrange(80)).hex())
            if chance.random() < 0.1:
                put("round %d key %d" % (round_number, chance.randrange(100)), value)
            else:
                lasting = "lasting %d" % chance.randrange(LASTING)
                put(lasting, None if chance.random() < 0.05 else value)
        for key in [key for key in model if key.startswith("round %d " % (round_number - 1))]:
            put(key, None)
        if producer.flush(110):
            failed.append("not all were acknowledged")

    for line in sys.stdin:
        command, *numbers = line.split()
        if command == "write":
            write(*map(int, numbers))
            print("written" if not failed else "failed: " + failed[0], flush=True)
        else:
            print(json.dumps(model), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
