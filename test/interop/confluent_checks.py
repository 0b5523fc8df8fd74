#!/usr/bin/python3
"""Checks with python3-confluent-kafka (Debian): confluent_checks.py HOST:PORT. One line a check."""
import sys
import time

from confluent_kafka import (Consumer, KafkaException, OFFSET_BEGINNING, Producer, TIMESTAMP_CREATE_TIME,
                             TIMESTAMP_LOG_APPEND_TIME, TopicPartition)
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

BOOTSTRAP = sys.argv[1]
COMMON = {"bootstrap.servers": BOOTSTRAP, "log_level": 0}
admin = AdminClient(COMMON)
CHECKS = []


def check(run):
    CHECKS.append(run)
    return run


def topic(name, partitions=1, **config):
    settings = {key.replace("_", "."): str(value) for key, value in config.items()}
    admin.create_topics([NewTopic(name, partitions, 1, config=settings)])[name].result(15)
    return name


def send(name, values, partition=0, producer=None, **kwargs):
    producer = producer or Producer(COMMON)
    offsets, errors = [], []

    def delivered(error, message):
        errors.append(error) if error else offsets.append(message.offset())
    for value in values:
        producer.produce(name, value, partition=partition, on_delivery=delivered, **kwargs)
        producer.poll(0)
    assert producer.flush(30) == 0, "not all delivered"
    if errors:
        raise KafkaException(errors[0])
    return offsets


def consumer(**config):
    settings = {key.replace("_", "."): value for key, value in config.items()}
    return Consumer({**COMMON, "group.id": "checks", "enable.auto.commit": False, **settings})


def read(name, count, partition=0, offset=OFFSET_BEGINNING, **config):
    reader = consumer(**config)
    reader.assign([TopicPartition(name, partition, offset)])
    messages, end = [], time.time() + 20
    while len(messages) < count and time.time() < end:
        messages += [m for m in reader.consume(count - len(messages), timeout=0.5) if not m.error()]
    reader.close()
    return messages


def fails(code, run):
    try:
        run()
    except KafkaException as error:
        assert error.args[0].name() == code, "%s, not %s" % (error.args[0].name(), code)
        return
    raise AssertionError("no error, but %s was expected" % code)


@check
def topics():
    topic("c-topics", 7)
    partitions = admin.list_topics("c-topics", timeout=10).topics["c-topics"].partitions
    assert sorted(partitions) == list(range(7))
    fails("TOPIC_ALREADY_EXISTS", lambda: topic("c-topics"))
    fails("TOPIC_EXCEPTION", lambda: topic("bad/name"))
    fails("INVALID_CONFIG", lambda: topic("c-bad", cleanup_policy="shred"))
    admin.create_partitions([NewPartitions("c-topics", 9)])["c-topics"].result(15)
    fails("INVALID_PARTITIONS",
          lambda: admin.create_partitions([NewPartitions("c-topics", 3)])["c-topics"].result(15))
    admin.delete_topics(["c-topics"])["c-topics"].result(15)
    fails("UNKNOWN_TOPIC_OR_PART", lambda: admin.delete_topics(["c-topics"])["c-topics"].result(15))


@check
def configs():
    name = topic("c-configs", retention_ms=12345678)
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    told = list(admin.describe_configs([resource]).values())[0].result(15)
    assert told["retention.ms"].value == "12345678" and not told["retention.ms"].is_default
    assert told["segment.bytes"].is_default
    change = ConfigResource(ConfigResource.Type.TOPIC, name, set_config={"max.message.bytes": "2000"})
    list(admin.alter_configs([change]).values())[0].result(15)
    fails("MSG_SIZE_TOO_LARGE", lambda: send(name, [b"x" * 10000]))
    broker = ConfigResource(ConfigResource.Type.BROKER, "1")
    assert "num.partitions" in list(admin.describe_configs([broker]).values())[0].result(15)


@check
def records():
    name = topic("c-records")
    assert send(name, [b"%d" % i for i in range(5000)]) == list(range(5000))
    assert [int(m.value()) for m in read(name, 5000)] == list(range(5000))
    assert consumer().get_watermark_offsets(TopicPartition(name, 0), timeout=5) == (0, 5000)
    headers = [("a", b"1"), ("a", b"2"), ("none", None), ("empty", b"")]
    send(name, [b"v"], headers=headers)
    assert read(name, 1, offset=5000)[0].headers() == headers


@check
def idempotent():
    name = topic("c-idempotent")
    producer = Producer({**COMMON, "enable.idempotence": True, "batch.num.messages": 20, "linger.ms": 1})
    assert send(name, [b"%d" % i for i in range(3000)], producer=producer) == list(range(3000))


@check
def times():
    name, appended = topic("c-times"), topic("c-appended", message_timestamp_type="LogAppendTime")
    for i in range(5):
        send(name, [b"%d" % i], timestamp=1600000000000 + i * 1000)
    assert read(name, 1)[0].timestamp() == (TIMESTAMP_CREATE_TIME, 1600000000000)
    ask = consumer().offsets_for_times
    assert ask([TopicPartition(name, 0, 1600000002001)], timeout=5)[0].offset == 3
    send(appended, [b"v"], timestamp=1600000000000)
    kind, stamp = read(appended, 1)[0].timestamp()
    assert kind == TIMESTAMP_LOG_APPEND_TIME and abs(stamp - time.time() * 1000) < 60000


@check
def limits():
    name = topic("c-limits")
    values = [bytes([i]) * 100000 for i in range(20)]
    send(name, values, producer=Producer({**COMMON, "linger.ms": 0, "batch.num.messages": 1}))
    got = read(name, 20, max_partition_fetch_bytes=5000, fetch_max_bytes=1000000)
    assert [m.value() for m in got] == values


failed = 0
for run in CHECKS:
    try:
        run()
        print("ok " + run.__name__)
    except Exception as error:
        failed += 1
        print("FAIL %s %s %s" % (run.__name__, type(error).__name__, error))
sys.exit(1 if failed else 0)
