#!/bin/sh
# Builds and runs bench/relaybench.c, as root, in a network of its own: memory
# of the relay's forwarding process with 10,000 pairs (or as many as the limit
# of open files allows), bytes for each second of its processor time beside a
# bare loop of splice(2), and what a session notices of 100,000 bad codes.
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
    bench/relaybench.c "$BUILD/librelay.a" "$BUILD/libimsg.a" \
    "$BUILD/libmsg.a" "$BUILD/libpacket.a" "$BUILD/libbase.a" -lmd -lbsd
exec unshare -n sh -c 'ip link set lo up && exec "$@"' sh \
    "$BUILD/bench/relaybench" "$@" "$BUILD/spliceproc"
