#!/usr/bin/python3
"""Writes transactions with python3-confluent-kafka: transactions.py HOST:PORT TOPIC.

Partition 0 gets a0..a4 committed, b0..b4 aborted, c0..c4 committed, and d0..d4 in a transaction that is open
when the program says "open"; it is aborted when stdin ends.
"""
import sys

from confluent_kafka import Producer

bootstrap, topic = sys.argv[1:3]
producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": f"tx-{topic}", "log_level": 0})
producer.init_transactions(20)
for name, end in [("a", "commit"), ("b", "abort"), ("c", "commit"), ("d", "open")]:
    producer.begin_transaction()
    for index in range(5):
        producer.produce(topic, f"{name}{index}", partition=0)
    producer.flush(20)
    if end == "commit":
        producer.commit_transaction(20)
    elif end == "abort":
        producer.abort_transaction(20)
print("open", flush=True)
sys.stdin.read()
producer.abort_transaction(20)
print("aborted", flush=True)
