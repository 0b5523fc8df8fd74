#!/usr/bin/python3
"""Producers of librdkafka that wait: rdkafka.py PORT TOPIC COUNT BYTES PRODUCERS EACH

COUNT records of BYTES, made by PRODUCERS threads, each of which hands EACH of them over and waits until they are
acknowledged before the next EACH. The library is called through ctypes and not through confluent_kafka, whose Python
costs more for each record than librdkafka and either broker together: then both brokers would look equal. Prints one
JSON object: seconds, CPU seconds of all threads.
"""
import ctypes
import json
import resource
import sys
import threading
import time
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_int64, c_size_t, c_void_p

library = ctypes.CDLL("librdkafka.so.1")
PRODUCER = 0
COPY = 0x2


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

port, topic, *numbers = sys.argv[1:]
count, size, producers, each = map(int, numbers)


def end_offset(client):
    low, high = c_int64(), c_int64()
    assert watermarks(client, topic.encode(), 0, byref(low), byref(high), 30000) == 0
    return high.value


class Producer:
    def __init__(self):
        conf, why = conf_new(), ctypes.create_string_buffer(512)
        settings = {"bootstrap.servers": f"127.0.0.1:{port}", "log_level": "3", "acks": "all", "linger.ms": "0"}
        for name, value in settings.items():
            assert conf_set(conf, name.encode(), value.encode(), why, 512) == 0, why.value
        # A callback in C with the right shape, which does nothing: with none `flush` looks each 10 ms only.
        set_delivered(conf, ctypes.cast(library.rd_kafka_name, c_void_p))
        self.client = new(PRODUCER, conf, why, 512)
        assert self.client, why.value
        self.into = topic_new(self.client, topic.encode(), None)
        value = (b"the quick brown fox jumps over the lazy dog " * (size // 44 + 1))[:size]
        self.messages = (Message * each)()
        for message in self.messages:
            message.payload, message.len = value, size
        self.run(1)  # Connected, the leader known.

    def run(self, records):
        while records > 0:
            part = min(each, records)
            assert produce_batch(self.into, 0, COPY, self.messages, part) == part
            records -= part
            assert flush(self.client, 120000) == 0


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


all_of_them = [Producer() for _ in range(producers)]
part = count // producers
threads = [threading.Thread(target=it.run, args=(part,)) for it in all_of_them]
cpu_before, start = cpu(), time.perf_counter()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": cpu() - cpu_before}))
assert end_offset(all_of_them[0].client) == (part + 1) * producers
