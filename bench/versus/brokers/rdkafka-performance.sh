#!/usr/bin/env bash
# librdkafka's own performance tool, which Debian does not package, built from the source that the npm package
# node-rdkafka carries. Only `npm run bench -- Brokers` runs it; building it needs npm, gcc, make and librdkafka's
# own needs (Debian: build-essential, zlib1g-dev).
#
#   rdkafka-performance.sh fetch          download and build it, once: a minute
#   rdkafka-performance.sh here           librdkafka's version, where it is built
#   rdkafka-performance.sh run ARGS...    the tool; -P produces, -C consumes
set -euo pipefail

package=node-rdkafka@3.6.1
home=${XDG_CACHE_HOME:-$HOME/.cache}/mymq-oracle/${package/@/-}
source=$home/package/deps/librdkafka
tool=$source/examples/rdkafka_performance

fetch() {
  [[ -x $tool ]] && return
  mkdir -p "$home"
  tar -xzf "$home/$(cd "$home" && npm pack --silent "$package")" -C "$home"
  # Without what a producer of plain records does not use; a codec would come from the machine's libraries.
  (cd "$source" && bash configure --disable-curl --disable-ssl --disable-gssapi --disable-zstd --disable-lz4-ext &&
    make -j"$(nproc)" -C src && make -C examples rdkafka_performance) >"$home/build.txt" 2>&1 ||
    { tail -n 20 "$home/build.txt" >&2; exit 1; }
}

version() { sed -nE 's/^# *define RD_KAFKA_VERSION +0x(..)(..)(..).*/\1 \2 \3/p' "$source/src/rdkafka.h"; }

case ${1:-} in
  fetch) fetch; echo "librdkafka's performance tool is $tool" ;;
  here)
    [[ -x $tool ]] || exit 1
    read -r major minor patch < <(version)
    echo "$((16#$major)).$((16#$minor)).$((16#$patch))" ;;
  run) shift; exec "$tool" "$@" ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
