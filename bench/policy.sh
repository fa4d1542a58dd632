#!/bin/sh
#
# Copyright (c) 2026 The Enclave authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
#


# How soon a change of policy is felt, and what the discovery service costs, in
# network namespaces of its own. README.md in this folder tells what the figures
# mean. Whatever happens, all that was made is removed, but for the results.
#
# usage: policy.sh [-a agents] [-c changes] [-n simulated] [-o dir]
#                  [-s part,...] builddir
#   -a  real agents, each a host of its own (50)
#   -c  changes of policy (100)
#   -n  simulated agents (10000)
#   -o  put the results there, not into results/ beside this file
#   -s  the parts: felt, scale

TOP=$(cd "$(dirname "$0")/.." && pwd) || exit 1
PARTS=felt,scale
OUT=$TOP/bench/results
AGENTS=50
CHANGES=100
SIMULATED=10000
TOUCHED=1000		# of the simulated, by one change
PORT=9000
DIR=
DONE=
FAILED=
TURN=0
COMMAND="sh bench/policy.sh $*"
LAB_ID=eb$$-

die()
{
	printf 'policy: %s\n' "$*" >&2
	exit 1
}

say()
{
	printf '%s\n' "$*" >&2
}

# shellcheck source=regress/netns/lab.sh
. "$TOP/regress/netns/lab.sh" || exit 1
# shellcheck source=bench/felt.sh
. "$TOP/bench/felt.sh" || exit 1
# shellcheck source=bench/scale.sh
. "$TOP/bench/scale.sh" || exit 1

clean_up()
{
	rc=$?
	trap '' INT TERM HUP PIPE
	trap - EXIT
	[ -n "$DONE" ] || [ -z "$DIR" ] || {
		printf '\npolicy: broken off\n' >&2
		tail -n 8 "$DIR"/log/disco.log >&2 2>/dev/null
	}
	lab_down || rc=1
	[ -z "$DIR" ] || rm -rf "$DIR"
	exit "$rc"
}

admin()
{
	lab_exec disco "$BUILD/enclave-discoveryctl" -s "$DIR/disco.sock" "$@"
}

discovery_start()
{
	lab_spawn disco "$DIR/log/disco.log" "$BUILD/enclave-discoveryd" -d \
	    -f "$DIR/discoveryd.conf" -L "$BUILD"
	DISCO_PID=$LAB_PID
	lab_wait 30 admin status || die 'the discovery service does not answer'
}

discovery_stop()
{
	kill "$DISCO_PID"
	wait "$DISCO_PID" 2>/dev/null || :
}

# discovery_begin ADDRESS: a fresh database
discovery_begin()
{
	rm -rf "$DIR/disco"
	mkdir -m 0755 "$DIR/disco"
	cat >"$DIR/discoveryd.conf" <<END
listen on $1 port 443
stun on $1 port 3478
state directory "$DIR/disco"
socket "$DIR/disco.sock"
END
	discovery_start
	admin org add bench >/dev/null || die 'no organisation'
}

# record FIGURE VALUE: one sample; an empty value is a failure
record()
{
	printf '%s\t%s\t%s\n' "$1" "$TURN" "${2:-failed}" >>"$DIR/samples"
	[ -n "$2" ] || FAILED=yes
}

head_lines()
{
	printf 'command\t%s\n' "$COMMAND"
	printf 'commit\t%s%s\n' "$COMMIT" "$(git --no-optional-locks -C "$TOP" \
	    diff --quiet HEAD -- 2>/dev/null || echo ' with changes')"
	printf 'date\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
	printf 'cpu\t%s\n' "$(awk -F': *' '/^model name/ { print $2; exit }' \
	    /proc/cpuinfo)"
	printf 'cores\t%s\n' "$(nproc)"
	printf 'kernel\t%s\n' "$(uname -sr)"
	printf 'load before\t%s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
}

report()
{
	awk -F'\t' -v form="$1" -f "$TOP/bench/policystats.awk" \
	    "$DIR/head" "$DIR/samples"
}

write_results()
{
	mkdir -p "$OUT" || return 1
	name=$OUT/policy-$(date -u +%Y%m%dT%H%M%SZ)-$COMMIT
	report text >"$name.txt" && report json >"$name.jsonl" || return 1
	cat "$name.txt"
	say "results: $name.txt, .jsonl"
}

compile()
{
	mkdir -p "$BUILD/bench"
	for prog in policyprobe swarm tlsmem; do
		# shellcheck disable=SC2046
		${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -D_GNU_SOURCE -I. -Ilib \
		    $(pkg-config --cflags libbsd-overlay) \
		    -o "$BUILD/bench/$prog" "bench/$prog.c" \
		    "$BUILD/libtlsio.a" "$BUILD/libframe.a" \
		    "$BUILD/libcert.a" "$BUILD/libmsg.a" "$BUILD/libimsg.a" \
		    "$BUILD/libpacket.a" "$BUILD/libbase.a" -ltls -lcrypto \
		    -ljansson -lsodium -levent -lbsd || return 1
	done
}

number()
{
	case $1 in ''|*[!0-9]*|0*) die "this is no number: $1" ;; esac
	printf '%s\n' "$1"
}

usage()
{
	say 'usage: policy.sh [-a agents] [-c changes] [-n simulated] [-o dir]' \
	    '[-s part,...] builddir'
	exit 2
}

while getopts a:c:n:o:s: opt; do
	case $opt in
	a) AGENTS=$(number "$OPTARG") || exit 1 ;;
	c) CHANGES=$(number "$OPTARG") || exit 1 ;;
	n) SIMULATED=$(number "$OPTARG") || exit 1 ;;
	o) OUT=$OPTARG ;;
	s) PARTS=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || usage
BUILD=$(cd "$1" && pwd) || die "no directory $1"
[ "$(id -u)" -eq 0 ] || die 'run it as root: it makes namespaces'
[ "$AGENTS" -ge 2 ] && [ "$AGENTS" -le 200 ] || die '2 to 200 agents'
for tool in ip nsenter awk pkg-config; do
	command -v "$tool" >/dev/null || die "$tool is missing"
done
cd "$TOP" || exit 1
compile || die 'cannot compile'
COMMIT=$(git -C "$TOP" rev-parse --short HEAD 2>/dev/null || echo unknown)
umask 022
DIR=$(mktemp -d /dev/shm/enclave-policy.XXXXXX 2>/dev/null ||
    mktemp -d) || exit 1
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
chmod 0711 "$DIR"
mkdir -m 0755 "$DIR/log"
: >"$DIR/samples"
head_lines >"$DIR/head"
for part in $(printf '%s' "$PARTS" | tr , ' '); do
	case $part in
	felt|scale)	"part_$part" ;;
	*)		die "no part $part" ;;
	esac
	lab_down || die 'could not remove the network'
done
write_results || die 'could not write the results'
DONE=yes
[ -z "$FAILED" ]
