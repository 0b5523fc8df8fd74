#!/usr/bin/python3
"""librdkafka itself as a load generator: what its rdkafka_performance does, which Debian does not package.

rdkafka.py produce PORT TOPIC COUNT BYTES ACKS LINGER_MS    to the acknowledgement of the last record
rdkafka.py turns PORT TOPIC COUNT BYTES PRODUCERS EACH      producers that wait for EACH records before the next EACH
rdkafka.py consume PORT TOPIC COUNT BYTES                   from the first record on

The library is called through ctypes and not through confluent_kafka, whose Python costs more for each record
than librdkafka and either broker together: then both brokers would look equal. Records are handed over by
thousands, in C, and are read by a callback in C. Prints one JSON object: seconds, CPU seconds of all threads.
"""
import ctypes
import json
import resource
import sys
import threading
import time
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_int64, c_size_t, c_void_p

library = ctypes.CDLL("librdkafka.so.1")
PRODUCER, CONSUMER = 0, 1
COPY, BLOCK = 0x2, 0x4
BEGINNING = -2
ARRAY = 10000


class Message(ctypes.Structure):
    _fields_ = [("err", c_int), ("topic", c_void_p), ("partition", c_int32), ("payload", c_char_p), ("len", c_size_t),
                ("key", c_void_p), ("key_len", c_size_t), ("offset", c_int64), ("private", c_void_p)]


def function(name, result, *arguments):
    found = getattr(library, name)
    found.restype, found.argtypes = result, arguments
    return found


conf_new = function("rd_kafka_conf_new", c_void_p)
conf_set = function("rd_kafka_conf_set", c_int, c_void_p, c_char_p, c_char_p, c_char_p, c_size_t)
set_delivered = function("rd_kafka_conf_set_dr_msg_cb", None, c_void_p, c_void_p)
new = function("rd_kafka_new", c_void_p, c_int, c_void_p, c_char_p, c_size_t)
topic_new = function("rd_kafka_topic_new", c_void_p, c_void_p, c_char_p, c_void_p)
produce_batch = function("rd_kafka_produce_batch", c_int, c_void_p, c_int32, c_int, POINTER(Message), c_int)
flush = function("rd_kafka_flush", c_int, c_void_p, c_int)
watermarks = function("rd_kafka_query_watermark_offsets", c_int, c_void_p, c_char_p, c_int32, POINTER(c_int64),
                      POINTER(c_int64), c_int)
consume_start = function("rd_kafka_consume_start", c_int, c_void_p, c_int32, c_int64)
consume_callback = function("rd_kafka_consume_callback", c_int, c_void_p, c_int32, c_int, c_void_p, c_void_p)

command, port, topic, count, size, *rest = sys.argv[1:]
count, size = int(count), int(size)


def handle(kind, tells_of_each=False, **settings):
    conf, why = conf_new(), ctypes.create_string_buffer(512)
    for name, value in {"bootstrap_servers": f"127.0.0.1:{port}", "log_level": 3, **settings}.items():
        name = name.replace("_", "." if name != "log_level" else "_")
        assert conf_set(conf, name.encode(), str(value).encode(), why, 512) == 0, why.value
    if tells_of_each:
        # A callback in C with the right shape, which does nothing: with none `flush` looks each 10 ms only. With
        # one the queue gets room only in `flush`, which nobody calls who waits for room.
        set_delivered(conf, ctypes.cast(library.rd_kafka_name, c_void_p))
    made = new(kind, conf, why, 512)
    assert made, why.value
    return made, topic_new(made, topic.encode(), None)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Watch:
    def __init__(self):
        self.cpu, self.start = cpu(), time.perf_counter()

    def tell(self):
        print(json.dumps({"seconds": time.perf_counter() - self.start, "cpuSeconds": cpu() - self.cpu}))


def end_offset(client):
    low, high = c_int64(), c_int64()
    assert watermarks(client, topic.encode(), 0, byref(low), byref(high), 30000) == 0
    return high.value


class Producer:
    def __init__(self, acks, linger_ms, tells_of_each=False):
        self.client, self.into = handle(PRODUCER, tells_of_each, acks=acks, linger_ms=linger_ms)
        value = (b"the quick brown fox jumps over the lazy dog " * (size // 44 + 1))[:size]
        self.messages = (Message * ARRAY)()
        for message in self.messages:
            message.payload, message.len = value, size
        self.run(1)  # Connected, the leader known.

    def run(self, records, each=None):
        """All of them in flight at once, or so many at a time."""
        while records > 0:
            part = min(each or ARRAY, records)
            assert produce_batch(self.into, 0, COPY | BLOCK, self.messages, part) == part
            records -= part
            if each is not None:
                assert flush(self.client, 120000) == 0
        assert flush(self.client, 120000) == 0


def produce(acks, linger_ms):
    producer = Producer(acks, linger_ms)
    watch = Watch()
    producer.run(count)
    watch.tell()
    assert end_offset(producer.client) == count + 1


def turns(producers, each):
    all_of_them = [Producer("all", 0, True) for _ in range(int(producers))]
    part = count // len(all_of_them)
    threads = [threading.Thread(target=it.run, args=(part, int(each))) for it in all_of_them]
    watch = Watch()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watch.tell()
    assert end_offset(all_of_them[0].client) == (part + 1) * len(all_of_them)


def consume():
    # Enough that it never stops to let its queue empty, for which this version waits a second.
    client, source = handle(CONSUMER, queued_min_messages=min(count, 10000000), queued_max_messages_kbytes=2000000)
    assert end_offset(client) == count + 1
    # A callback in C with the right shape, which only reads the record: rd_kafka_message_errstr(record).
    callback = ctypes.cast(library.rd_kafka_message_errstr, c_void_p)
    watch, read = Watch(), 0
    assert consume_start(source, 0, BEGINNING) == 0
    while read < count + 1:
        got = consume_callback(source, 0, 10000, callback, None)
        assert got > 0, f"{read} records of {count + 1} came"
        read += got
    watch.tell()


{"produce": produce, "turns": turns, "consume": consume}[command](*rest)
sys.stdout.flush()
