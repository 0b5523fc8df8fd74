# Makes librdkafka speak the APIs that kcat has no command for, through Debian's
# python3-confluent-kafka: topics and configs, an idempotent producer, a group, a transaction.
import sys
from confluent_kafka import Consumer, Producer, TopicPartition, OFFSET_BEGINNING
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

bootstrap = sys.argv[1]
base = {"bootstrap.servers": bootstrap, "client.id": "confluent"}


def wait(futures):
    for name, future in futures.items():
        try:
            future.result(20)
        except Exception as failure:  # refusals are worth a frame too
            print(name, failure)


admin = AdminClient(base)
wait(admin.create_topics([NewTopic("orders", 2, 1, config={"retention.ms": "3600000"})]))
wait(admin.create_topics([NewTopic("orders", 2, 1), NewTopic("not a name", 1, 1)]))
wait(admin.create_partitions([NewPartitions("orders", 3)]))
wait(admin.describe_configs([ConfigResource("topic", "orders")]))
wait(admin.alter_configs([ConfigResource("topic", "orders", set_config={"retention.ms": "7200000"})]))
admin.list_topics(timeout=10)

producer = Producer({**base, "enable.idempotence": True, "linger.ms": 20})
for i in range(10):
    producer.produce("orders", f"value {i}", key=f"key {i}", partition=i % 3,
                     headers=[("trace", f"{i}".encode())])
producer.flush(10)

consumer = Consumer({**base, "group.id": "librdkafka-group", "auto.offset.reset": "earliest",
                     "enable.auto.commit": False, "heartbeat.interval.ms": 300,
                     "session.timeout.ms": 6000})
consumer.subscribe(["orders"])
read = []
while len(read) < 10:
    message = consumer.poll(5)
    if message is None:
        break
    if message.error() is None:
        read.append(message)
for _ in range(4):
    consumer.poll(0.3)
consumer.commit(asynchronous=False)
partitions = [TopicPartition("orders", p) for p in range(3)]
consumer.committed(partitions, timeout=10)
consumer.get_watermark_offsets(partitions[0], timeout=10)
consumer.offsets_for_times([TopicPartition("orders", 0, 1600000000000)], timeout=10)
admin.list_groups(timeout=10)

transaction = Producer({**base, "transactional.id": "librdkafka-tx"})
transaction.init_transactions(20)
transaction.begin_transaction()
transaction.produce("orders", "in a transaction", partition=0)
transaction.send_offsets_to_transaction(consumer.position(partitions),
                                        consumer.consumer_group_metadata(), 20)
transaction.commit_transaction(20)
transaction.begin_transaction()
transaction.produce("orders", "thrown away", partition=0)
transaction.flush(5)
transaction.abort_transaction(20)
consumer.close()

committed = Consumer({**base, "group.id": "unused", "isolation.level": "read_committed"})
committed.assign([TopicPartition("orders", 0, OFFSET_BEGINNING)])
while committed.poll(2) is not None:
    pass
committed.close()
wait(admin.delete_topics(["orders", "no-such-topic"]))
