#!/bin/sh
# Builds and runs bench/relaybench.c, as root, in a network of its own: memory
# of the relay's forwarding process with 10,000 pairs (on several instances if
# the limit of open files demands it), bytes for each second of its processor
# time beside a bare loop of splice(2) and, if it is installed, coturn, and what
# a session notices of 100,000 bad and slow codes.
#
# usage: relay.sh build [option of relaybench ...]
set -eu

BUILD=$(cd "${1:-build}" && pwd)
[ $# -eq 0 ] || shift
cd "$(dirname "$0")/.."
mkdir -p "$BUILD/bench"
# shellcheck disable=SC2046
${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -D_GNU_SOURCE -I. -Ilib \
    $(pkg-config --cflags libbsd-overlay) -o "$BUILD/bench/relaybench" \
    bench/relaybench.c bench/turn.c "$BUILD/libstun.a" \
    "$BUILD/librelay.a" "$BUILD/libimsg.a" \
    "$BUILD/libmsg.a" "$BUILD/libpacket.a" "$BUILD/libbase.a" -lmd -lbsd
TURN=$(PATH=$PATH:/usr/sbin command -v turnserver) || TURN=
exec unshare -n sh -c 'ip link set lo up && exec "$@"' sh \
    "$BUILD/bench/relaybench" ${TURN:+-t "$TURN"} "$@" "$BUILD/spliceproc"
