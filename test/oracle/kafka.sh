#!/usr/bin/env bash
# The oracle: Apache Kafka's own broker and tools, to see what they answer. It is run by hand beside
# the tests, never by them: it needs Java 17, Maven and Maven Central, where the tests need only npm.
#
#   kafka.sh fetch                  download the broker and the tools, once
#   kafka.sh start PORT DATA_DIR    one broker (KRaft), in the background; waits until it answers
#   kafka.sh stop                   the broker that start began, and only that one
#   kafka.sh tool CLASS ARGS...     a tool by its class, as org.apache.kafka.tools.TopicCommand
#   kafka.sh messages DIR           Kafka's protocol messages as JSON, for MYMQ_KAFKA_MESSAGES=DIR
#   kafka.sh here                   the version, where Java and what fetch downloads are here
#   kafka.sh format PORT DATA_DIR   an empty data directory, for run
#   kafka.sh run PORT DATA_DIR      the broker in the place of this shell, on a formatted directory
#
# KAFKA_VERSION picks the release, ORACLE_ADVERTISED the host:port that clients are told (a proxy's),
# ORACLE_PROPERTIES a file of broker settings that win over those below. ORACLE_JVM=shipped runs Java
# with the flags of Kafka's own scripts, for measuring; without it flags save start-up and memory.
set -euo pipefail

version=${KAFKA_VERSION:-4.3.1}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mymq-oracle
home=$cache/$version
pid_file=$cache/broker.pid

fetch() {
  [[ -f $home/complete ]] && return
  mkdir -p "$home"
  cat >"$home/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>oracle</groupId><artifactId>oracle</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
  mvn -q -B -f "$home/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DoutputDirectory="$home/jars" -DincludeScope=runtime >&2
  touch "$home/complete"
}

# Those of kafka-run-class.sh, and the heaps of kafka-server-start.sh and the perf tools' scripts.
shipped_flags() {
  local heap="-Xmx512M"
  [[ $1 == kafka.Kafka ]] && heap="-Xmx1G -Xms1G"
  echo "$heap -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35" \
    "-XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true"
}

# Replaces the shell that calls it, so that a broker's pid is Java's own.
java_run() {
  local flags="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx${ORACLE_HEAP:-512m}"
  [[ ${ORACLE_JVM:-} == shipped ]] && flags=$(shipped_flags "$1")
  # shellcheck disable=SC2086 # The flags are words.
  exec java -cp "$home/jars/*" -Dorg.slf4j.simpleLogger.defaultLogLevel="${ORACLE_LOG:-warn}" \
    $flags "$@"
}

running() { [[ -f $pid_file ]] && kill -0 "$(<"$pid_file")" 2>/dev/null; }

settings() {
  local port=$1 data=$2
  cat <<PROPERTIES
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://${ORACLE_ADVERTISED:-127.0.0.1:$port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$((port + 1))
log.dirs=$data/log
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=true
PROPERTIES
  if [[ -n ${ORACLE_PROPERTIES:-} ]]; then cat "$ORACLE_PROPERTIES"; fi
}

format() {
  local port=$1 data=$2
  mkdir -p "$data"
  settings "$port" "$data" >"$data/server.properties"
  (java_run kafka.tools.StorageTool format --ignore-formatted --cluster-id MYMQoracleMYMQoracle00 \
    --config "$data/server.properties") >"$data/format.txt" 2>&1 || { cat "$data/format.txt" >&2; exit 1; }
}

start() {
  local port=$1 data=$2
  if running; then echo "already running: pid $(<"$pid_file")" >&2; exit 1; fi
  format "$port" "$data"
  rm -f "$data/broker.txt"
  ORACLE_LOG=info java_run kafka.Kafka "$data/server.properties" >"$data/broker.txt" 2>&1 </dev/null &
  echo $! >"$pid_file"
  for _ in $(seq 300); do
    running || { tail -n 20 "$data/broker.txt" >&2; exit 1; }
    if grep -q "Kafka Server started" "$data/broker.txt" 2>/dev/null; then
      echo "Apache Kafka $version listens on 127.0.0.1:$port, data in $data, pid $(<"$pid_file")"
      return
    fi
    sleep 0.2
  done
  echo "the broker did not answer within a minute: see $data/broker.txt" >&2
  exit 1
}

stop() {
  if ! running; then echo "not running"; return; fi
  local pid
  pid=$(<"$pid_file")
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  rm -f "$pid_file"
  echo "stopped"
}

command=${1:-help}
shift || true
case $command in
  fetch) fetch; echo "Apache Kafka $version is in $home" ;;
  start) fetch; start "$1" "$2" ;;
  stop) stop ;;
  tool) fetch; java_run "$@" ;;
  here) [[ -f $home/complete ]] && command -v java >/dev/null && echo "$version" ;;
  format) fetch; format "$1" "$2" ;;
  run) fetch; java_run kafka.Kafka "$2/server.properties" ;;
  messages) fetch; mkdir -p "$1"; unzip -q -o -j "$home/jars/kafka-clients-$version.jar" 'common/message/*.json' -d "$1" ;;
  *) sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
