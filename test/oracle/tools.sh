#!/bin/bash
# Runs Apache Kafka's own Java tools against a broker that listens at the address given, and shows what
# each says. Needs Java and Maven Central; so it is no part of npm test. Ends with the first tool that fails.
#
#   bash test/oracle/tools.sh HOST:PORT
set -euo pipefail
cd "$(dirname "$0")"
broker=${1:?HOST:PORT of a running broker}
topic=tools-$RANDOM
group=group-$topic

tool() {
  echo "\$ ${1##*.} ${*:2}"
  timeout 90 bash kafka.sh tool "$@" 2>&1 | grep -v SLF4J || [ "${PIPESTATUS[0]}" = 0 ]
}
topics() { tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$broker" "$@"; }
configs() { tool kafka.admin.ConfigCommand --bootstrap-server "$broker" "$@"; }
groups() {
  tool org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server "$broker" "$@"
}
consume() {
  tool org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "$broker" "$@"
}

one_a_line() { sed 's/}{"key"/}\n{"key"/g'; }

topics --create --topic "$topic" --partitions 3
topics --describe --topic "$topic"
topics --alter --topic "$topic" --partitions 6
topics --describe --topic "$topic" --exclude-internal
configs --alter --entity-type topics --entity-name "$topic" --add-config retention.ms=86400000
configs --describe --entity-type topics --entity-name "$topic"
configs --alter --entity-type topics --entity-name "$topic" --delete-config retention.ms

seq 1 1000 | sed 's/^/key:/' |
  tool org.apache.kafka.tools.ConsoleProducer --bootstrap-server "$broker" --topic "$topic" \
    --reader-property parse.key=true --reader-property key.separator=: --compression-codec lz4
consume --topic "$topic" --from-beginning --group "$group" --max-messages 1000 | tail -2
tool org.apache.kafka.tools.GetOffsetShell --bootstrap-server "$broker" --topic "$topic"
groups --describe --group "$group"
groups --describe --group "$group" --state
groups --list --state
groups --reset-offsets --group "$group" --topic "$topic" --to-earliest --execute
consume --topic "$topic" --group "$group" --max-messages 1000 | tail -1
groups --delete-offsets --group "$group" --topic "$topic"
groups --delete --group "$group"

# The consumer protocol (KIP-848).
consume --topic "$topic" --from-beginning --group "$group-848" --max-messages 1000 \
  --consumer-property group.protocol=consumer | tail -1
groups --describe --group "$group-848" --state
groups --delete --group "$group-848"

# What the broker keeps of groups is what Kafka's own reader of that topic understands.
consume --topic "$topic" --from-beginning --group "$group" --max-messages 10 | tail -1
consume --topic __consumer_offsets --from-beginning --timeout-ms 5000 \
  --formatter org.apache.kafka.tools.consumer.OffsetsMessageFormatter | one_a_line | grep "$group" | tail -3
consume --topic __consumer_offsets --from-beginning --timeout-ms 5000 \
  --formatter org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter | one_a_line | grep "$group" | tail -1

tool org.apache.kafka.tools.LogDirsCommand --bootstrap-server "$broker" --describe \
  --topic-list "$topic"
tool org.apache.kafka.tools.VerifiableProducer --bootstrap-server "$broker" --topic "$topic" \
  --max-messages 5000 --acks -1 | tail -1
tool org.apache.kafka.tools.VerifiableConsumer --bootstrap-server "$broker" --topic "$topic" \
  --group-id "verifiable-$topic" --max-messages 5000 --reset-policy earliest \
  --session-timeout 10000 | tail -2
topics --delete --topic "$topic"
topics --list
echo "every tool did its work"
