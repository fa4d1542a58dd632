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

# Measures how long a path between two systems takes to come, to change and to
# come back, in a small internet of network namespaces with 20 ms of wire at
# each router, and what a relay costs. README.md in this folder tells what the
# figures mean. Whatever happens, all that was made is removed, but for the
# results.
#
# usage: paths.sh [-R] [-d ms] [-n times] [-o dir] [-s name,...] builddir
#   -R  do not run relay.sh at the end
#   -d  length of the wire of each router, one way (20)
#   -n  how often each scenario is repeated (10)
#   -o  put the results there, not into results/ beside this file
#   -s  the scenarios: udp, tcp, relay, upgrade, router, host, dead

TOP=$(cd "$(dirname "$0")/.." && pwd) || exit 1
SCENARIOS=udp,tcp,relay,upgrade,router,host,dead
OUT=$TOP/bench/results
DELAY=20
TIMES=10
RELAYBENCH=yes
LIMIT=30		# seconds until a repetition counts as failed
DIR=
DONE=
FAILED=
PINGS=
WATCHERS=
COMMAND="sh bench/paths.sh $*"
LAB_ID=ep$$-

die()
{
	printf 'paths: %s\n' "$*" >&2
	exit 1
}

say()
{
	printf '%s\n' "$*" >&2
}

# What the functions shared with the tests call when a step fails.
atf_fail()
{
	die "$@"
}

# shellcheck source=regress/netns/lab.sh
. "$TOP/regress/netns/lab.sh" || exit 1
# shellcheck source=regress/suite/suite.sh
. "$TOP/regress/suite/suite.sh" || exit 1
# shellcheck source=regress/netns/nat.sh
. "$TOP/regress/netns/nat.sh" || exit 1
# shellcheck source=bench/scenes.sh
. "$TOP/bench/scenes.sh" || exit 1

clean_up()
{
	rc=$?
	trap '' INT TERM HUP PIPE
	trap - EXIT
	[ "$rc" -eq 0 ] || [ -n "$DONE" ] || {
		printf '\npaths: broken off\n' >&2
		[ -z "$DIR" ] || tail -n 8 "$DIR"/log/*.log >&2
	}
	lab_down || rc=1
	[ -z "$DIR" ] || rm -rf "$DIR"
	exit "$rc"
}

# name<tab>value, a line for each thing a reader must know of this run
head_lines()
{
	printf 'command\t%s\n' "$COMMAND"
	printf 'commit\t%s%s\n' "$COMMIT" "$(git --no-optional-locks -C "$TOP" \
	    diff --quiet HEAD -- 2>/dev/null || echo ' with changes')"
	printf 'date\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
	printf 'cpu\t%s\n' "$(awk -F': *' '/^model name/ { print $2; exit }' \
	    /proc/cpuinfo)"
	printf 'cores\t%s\n' "$(nproc)"
	printf 'memory\t%s GiB\n' "$(awk '$1 == "MemTotal:" {
		printf "%.0f", $2 / 1048576 }' /proc/meminfo)"
	printf 'kernel\t%s\n' "$(uname -sr)"
	printf 'repetitions\t%s\n' "$TIMES"
	printf 'round trip\t%s ms between the systems, %s ms to discovery\n' \
	    "$((DELAY * 4))" "$((DELAY * 2))"
	# shellcheck disable=SC3045
	printf 'open files\t%s at most\n' "$(ulimit -Hn)"
	printf 'load before\t%s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
}

# record FIGURE VALUE: one sample, also told as it comes; an empty value is a
# failure
record()
{
	printf '%s\t%s\t%s\n' "$1" "$TURN" "${2:-failed}" >>"$DIR/samples"
	printf ' %s=%s' "$1" "${2:-failed}" >&2
	[ -n "$2" ] || FAILED=yes
}

report()
{
	awk -F'\t' -v rtt="$((DELAY * 4))" -f "$TOP/bench/pathstats.awk" \
	    -f "$TOP/bench/$1.awk" "$DIR/head" "$DIR/samples"
}

write_results()
{
	mkdir -p "$OUT" || return 1
	printf 'load after\t%s\n' "$(cut -d' ' -f1-3 /proc/loadavg)" \
	    >>"$DIR/head"
	name=$OUT/paths-$(date -u +%Y%m%dT%H%M%SZ)-$COMMIT
	report pathtable >"$name.txt" && report pathjsonl >"$name.jsonl" &&
	    report pathplot >"$name.svg" || return 1
	cat "$name.txt"
	say "results: $name.txt, .jsonl, .svg"
}

# What relay.sh prints, as samples.
relay_figures()
{
	TURN=1
	printf 'relay alone:' >&2
	# Two for each pair and some more.
	# shellcheck disable=SC3045
	ulimit -n 32768 2>/dev/null || :
	sh "$TOP/bench/relay.sh" "$BUILD" >"$DIR/relaybench" || {
		say ' failed'
		FAILED=yes
		return
	}
	figures='pairs memory splice codes codes_rtt'
	! grep -q '^TURN server' "$DIR/relaybench" ||
	    figures="$figures turn"
	for figure in $figures; do
		record "alone_$figure" \
		    "$(awk -v want="$figure" -f "$TOP/bench/pathrelay.awk" \
		    "$DIR/relaybench")"
	done
	say ''
}

count()
{
	case $1 in
	''|*[!0-9]*|0*) die "this is no number: $1" ;;
	esac
	printf '%s\n' "$1"
}

usage()
{
	say 'usage: paths.sh [-R] [-d ms] [-n times] [-o dir] [-s name,...]' \
	    'builddir'
	exit 2
}

while getopts Rd:n:o:s: opt; do
	case $opt in
	R) RELAYBENCH= ;;
	d) DELAY=$(count "$OPTARG") || exit 1 ;;
	n) TIMES=$(count "$OPTARG") || exit 1 ;;
	o) OUT=$OPTARG ;;
	s) SCENARIOS=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || usage
BUILD=$(cd "$1" && pwd) || die "no directory $1"
NAT_WIRE=$BUILD/regress/netns/wire_helper
[ "$(id -u)" -eq 0 ] || die 'run it as root: it makes namespaces'
for tool in ip nft nsenter conntrack ping tcpdump ss awk "$NAT_WIRE"; do
	command -v "$tool" >/dev/null || die "$tool is missing"
done
LIST=$(printf '%s' "$SCENARIOS" | tr , ' ')
for scene in $LIST; do
	command -v "scene_$scene" >/dev/null || die "no scenario $scene"
done
COMMIT=$(git -C "$TOP" rev-parse --short HEAD 2>/dev/null || echo unknown)
umask 022
base=/tmp
[ ! -w /dev/shm ] || base=/dev/shm
DIR=$(mktemp -d "$base/enclave-paths.XXXXXX") || exit 1
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
chmod 0711 "$DIR"
mkdir -m 0755 "$DIR/log"
: >"$DIR/samples"
head_lines >"$DIR/head"
scenes_begin
for scene in $LIST; do
	say "$scene:"
	"scene_$scene"
done
lab_down || die 'could not remove the network'
[ -z "$RELAYBENCH" ] || relay_figures
write_results || die 'could not write the results'
DONE=yes
[ -z "$FAILED" ]
