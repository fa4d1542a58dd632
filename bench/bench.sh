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

# Measures the tunnel of this tree beside others, in one run on one machine, in
# network namespaces of its own, and says which goals are reached. README.md in
# this folder tells what the figures mean. Whatever happens, all that was made
# is removed, but for the results.
#
# usage: bench.sh [-q] [-o dir] [-P dir] [-p peers] [-r rounds] [-t seconds]
#            [-v name,...] builddir
#   -q  quick, one round and two seconds: whether it works, not how fast it is
#   -o  put the results there, not into results/ beside this file
#   -P  profile each test with perf(1), which slows it, and keep the data there
#   -p  peers of the agent whose memory and idleness is measured (100, 0: none)
#   -r  rounds, interleaved; results are medians (3)
#   -t  seconds of each test of throughput (4)
#   -v  the variants, of those in variants.sh
# Environment: WIREGUARD_GO_NEW, GOTATUN, NEBULA (with NEBULA_CERT, or else
# nebula-cert beside it) name programs to measure as well.

TOP=$(cd "$(dirname "$0")/.." && pwd) || exit 1
VARIANTS=raw,enclave-aes,enclave-chacha,wireguard-go,wireguard-go-new,fastd
VARIANTS=$VARIANTS,nebula,gotatun
PORT=9000
ROUND_TRIPS=2000
IDLE_SECONDS=5
FIRST_MS=30000
PACKAGES='iperf3 wireguard-go wireguard-tools fastd'
ROUNDS=3
SECONDS_EACH=4
PEERS=100
PROFILE=
OUT=$TOP/bench/results
BUILD=
DIR=
NOTE=
FAILED=
DONE=
JOB=
PIDS_alice=
PIDS_bob=
SERVER=
COMMAND="sh bench/bench.sh $*"
: "${CC:=cc}"		# with its arguments
LAB_ID=eb$$-

# shellcheck source=regress/netns/lab.sh
. "$TOP/regress/netns/lab.sh" || exit 1
# shellcheck source=bench/variants.sh
. "$TOP/bench/variants.sh" || exit 1
# shellcheck source=bench/many.sh
. "$TOP/bench/many.sh" || exit 1

# --- telling -----------------------------------------------------------------

die()
{
	printf 'bench: %s\n' "$*" >&2
	exit 1
}

say()
{
	printf '%s\n' "$*" >&2
}

# no "reason": what a step says when it gives up
no()
{
	NOTE=$*
	return 1
}

# record FIGURE VALUE: one sample, also told as it comes
record()
{
	printf '%s\t%s\t%s\t%s\n' "$ROUND" "$COLUMN" "$1" "$2" >>"$DIR/samples"
	printf ' %s=%s' "$1" "$2" >&2
}

# column STATE TEXT: what stands for this variant in the results. A variant that
# failed once but not always is told by the number of its samples.
column()
{
	printf '%s\t%s\t%s\n' "$COLUMN" "$1" "$2" >>"$DIR/columns"
}

# number EXPRESSION: what awk makes of it
number()
{
	awk "BEGIN { printf \"%.4g\", ($1) }"
}

clean_up()
{
	rc=$?
	trap '' INT TERM HUP PIPE
	trap - EXIT
	[ "$rc" -eq 0 ] || [ -n "$DONE" ] || printf '\nbench: broken off\n' >&2
	[ -z "$JOB" ] || kill "$JOB" 2>/dev/null
	lab_down || rc=1
	rm -rf "$DIR"
	exit "$rc"
}

# --- before anything is made -------------------------------------------------

missing_tools()
{
	MISSING=
	for tool in iperf3 wireguard-go wg fastd; do
		command -v "$tool" >/dev/null || MISSING="$MISSING $tool"
	done
	[ -n "$MISSING" ]
}

need_tools()
{
	[ "$(id -u)" -eq 0 ] ||
	    die 'run it as root: it makes namespaces, interfaces and installs' \
		"$PACKAGES"
	if missing_tools && command -v apt-get >/dev/null; then
		say "bench: installing$MISSING"
		# shellcheck disable=SC2086
		DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
		    --no-install-recommends $PACKAGES >&2 ||
		    say 'bench: could not install all of it'
	fi
	for tool in ip ss nsenter awk timeout iperf3 "${CC%% *}"; do
		command -v "$tool" >/dev/null || die "$tool is missing"
	done
	[ -c /dev/net/tun ] || die 'no /dev/net/tun; do: modprobe tun'
}

compile()
{
	mkdir -p "$BUILD/bench"
	NET=$BUILD/bench/benchnet
	[ -x "$NET" ] &&
	    [ -z "$(find "$TOP/bench/benchnet.c" -newer "$NET")" ] ||
	    $CC -std=gnu11 -O2 -D_GNU_SOURCE -o "$NET" \
		"$TOP/bench/benchnet.c" || die 'cannot compile benchnet.c'
}

commit()
{
	git -C "$TOP" rev-parse --short HEAD 2>/dev/null || echo unknown
}

changed()
{
	git --no-optional-locks -C "$TOP" diff --quiet HEAD -- 2>/dev/null ||
	    echo ' with changes'
}

# name<tab>value, a line for each thing a reader must know of this run
head_lines()
{
	printf 'command\t%s%s\n' "$(named_tunnels)" "$COMMAND"
	printf 'commit\t%s%s\n' "$COMMIT" "$(changed)"
	printf 'date\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
	printf 'cpu\t%s\n' "$(awk -F': *' '/^model name/ { print $2; exit }' \
	    /proc/cpuinfo)"
	printf 'cores\t%s\n' "$(nproc)"
	printf 'memory\t%s GiB\n' "$(awk '$1 == "MemTotal:" {
		printf "%.0f", $2 / 1048576 }' /proc/meminfo)"
	printf 'kernel\t%s\n' "$(uname -sr)"
	printf 'rounds\t%s\n' "$ROUNDS"
	printf 'seconds\t%s\n' "$SECONDS_EACH"
	printf 'peers\t%s\n' "$PEERS"
	printf 'load before\t%s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
}

named_tunnels()
{
	for name in WIREGUARD_GO_NEW GOTATUN NEBULA NEBULA_CERT; do
		eval "value=\${$name:-}"
		[ -z "$value" ] || printf '%s=%s ' "$name" "$value"
	done
}

# --- hosts and processes -----------------------------------------------------

# Discovery has one address, reached over a cable to each of the two.
build_network()
{
	lab_begin alice bob disco || return 1
	lab_cable alice eth0 bob eth0 &&
	    lab_addr alice eth0 192.0.2.1/24 &&
	    lab_addr bob eth0 192.0.2.2/24 &&
	    lab_cable disco toalice alice eth1 &&
	    lab_cable disco tobob bob eth1 &&
	    lab_addr disco lo 198.51.100.2/32 &&
	    lab_addr disco toalice 203.0.113.1/30 &&
	    lab_addr alice eth1 203.0.113.2/30 &&
	    lab_addr disco tobob 203.0.113.5/30 &&
	    lab_addr bob eth1 203.0.113.6/30 &&
	    ip -n "$(lab_ns alice)" route add 198.51.100.2 via 203.0.113.1 &&
	    ip -n "$(lab_ns bob)" route add 198.51.100.2 via 203.0.113.5
}

run_alice()
{
	lab_spawn alice "$WORK/alice.log" "$@"
	PIDS_alice="$PIDS_alice $LAB_PID"
}

run_bob()
{
	lab_spawn bob "$WORK/bob.log" "$@"
	PIDS_bob="$PIDS_bob $LAB_PID"
}

# tree PID...: these and all that descend from them, with their clock ticks
tree()
{
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v roots="$*" '{
		pid = $1
		sub(/^.*\) /, "")
		parent[pid] = $2
		ticks[pid] = $12 + $13 + $14 + $15
	} END {
		n = split(roots, root, " ")
		for (i = 1; i <= n; i++)
			is[root[i]] = 1
		for (pid in parent) {
			for (p = pid; p > 1 && !(p in is); p = parent[p])
				continue
			if (p in is)
				print pid, ticks[pid]
		}
	}'
}

tunnel_ticks()
{
	# shellcheck disable=SC2086
	tree $PIDS_alice $PIDS_bob | awk '{ n += $2 } END { print n + 0 }'
}

# running_ns PID...: their time on a processor, with all that descend from them.
# Ticks are too coarse for an idle process; this counts nanoseconds.
running_ns()
{
	for pid in $(tree "$@" | cut -d' ' -f1); do
		cat "/proc/$pid"/task/*/schedstat 2>/dev/null
	done | awk '{ n += $1 } END { printf "%.0f\n", n }'
}

# memory FIELD PID...: MiB that smaps_rollup calls FIELD
memory()
{
	memory_field=$1
	shift
	for pid in $(tree "$@" | cut -d' ' -f1); do
		cat "/proc/$pid/smaps_rollup" 2>/dev/null
	done | awk -v f="$memory_field:" '$1 == f { n += $2 }
	    END { printf "%.1f\n", n / 1024 }'
}

tunnel_has_ended()
{
	for pid in $PIDS_alice $PIDS_bob; do
		case $(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null) in
		''|Z) ;;
		*) return 1 ;;
		esac
	done
}

# end_tunnel: what run_alice and run_bob started, and nothing else
end_tunnel()
{
	# shellcheck disable=SC2086
	[ -z "$PIDS_alice$PIDS_bob" ] ||
	    kill -TERM $PIDS_alice $PIDS_bob 2>/dev/null
	lab_wait 5 tunnel_has_ended ||
	    for pid in $PIDS_alice $PIDS_bob; do
		kill -KILL "$pid" 2>/dev/null
	    done
	for pid in $PIDS_alice $PIDS_bob; do
		wait "$pid" 2>/dev/null
	done
	PIDS_alice=
	PIDS_bob=
}

# job cmd...: waited for in a manner that lets Ctrl-C through
job()
{
	"$@" &
	JOB=$!
	wait "$JOB"
	job_rc=$?
	JOB=
	return $job_rc
}

# profile TEST cmd...: under perf, if that is wanted, all processors
profile()
{
	profile_test=$1
	shift
	[ -n "$PROFILE" ] || {
		job "$@"
		return
	}
	job perf record -q -a -F 997 \
	    -o "$PROFILE/$COLUMN-$profile_test.perf" -- "$@"
}

# near TEST FILE cmd...: run on alice, what it prints goes to FILE
near()
{
	near_test=$1
	near_file=$2
	shift 2
	profile "$near_test" timeout "$((SECONDS_EACH * 8 + 60))" \
	    nsenter --net="$LAB_NETNS/$(lab_ns alice)" -- "$@" \
	    >"$near_file" 2>>"$WORK/near.log"
}

# --- measuring ---------------------------------------------------------------

listens()
{
	[ -n "$(lab_exec bob ss -Hltn 'sport = 5201')" ]
}

start_iperf()
{
	[ -z "$SERVER" ] || {
		kill -KILL "$SERVER" 2>/dev/null
		wait "$SERVER" 2>/dev/null
	}
	lab_spawn bob "$WORK/iperf.log" iperf3 -s
	SERVER=$LAB_PID
	lab_wait 5 listens
}

# tcp STREAMS DIRECTION [iperf3 arguments]
tcp()
{
	streams=$1
	direction=$2
	shift 2
	for try in 1 2; do
		ticks=$(tunnel_ticks)
		near "tcp${streams}_$direction" "$WORK/iperf.json" \
		    iperf3 -c "$FAR" -t "$SECONDS_EACH" -P "$streams" \
		    -i 0 -J --connect-timeout 3000 "$@"
		ticks=$(($(tunnel_ticks) - ticks))
		flat <"$WORK/iperf.json" >"$WORK/iperf" 2>/dev/null
		bps=$(field end.sum_received.bits_per_second <"$WORK/iperf")
		bytes=$(field end.sum_received.bytes <"$WORK/iperf")
		case $bps in [1-9]*) break ;; esac
		printf ' (tcp%s_%s failed, try %s)' "$streams" "$direction" \
		    "$try" >&2
		start_iperf
		bps=
	done
	[ -n "$bps" ] || return 0
	record "tcp${streams}_$direction" "$(number "$bps / 1e9")"
	[ "$COLUMN" = raw ] || record "cpu$streams" \
	    "$(number "$ticks / $TICKS / ($bytes / 1073741824)")"
}

# udp SIZE
udp()
{
	near "udp$1" "$WORK/udp" "$NET" rate "$FAR" "$PORT" "$1" \
	    "$((SECONDS_EACH * 500))" || { printf ' (udp%s failed)' "$1" >&2
	    return 0; }
	read -r peak clean flood <"$WORK/udp"
	record "udp$1_peak" "$(number "$peak / 1000")"
	record "udp$1_clean" "$(number "$clean / 1000")"
	record "udp$1_flood" "$(number "$flood / 1000")"
}

round_trip()
{
	near round_trip "$WORK/ping" "$NET" ping "$FAR" "$PORT" "$ROUND_TRIPS" ||
	    { printf ' (round trip failed)' >&2; return 0; }
	read -r _ p50 p99 lost <"$WORK/ping"
	record rtt_p50 "$p50"
	record rtt_p99 "$p99"
	[ "$lost" -eq 0 ] || record rtt_lost "$lost"
}

# Of one host: half of what both use.
idle()
{
	# shellcheck disable=SC2086
	ns=$(running_ns $PIDS_alice $PIDS_bob)
	job sleep "$IDLE_SECONDS"
	# shellcheck disable=SC2086
	ns=$(($(running_ns $PIDS_alice $PIDS_bob) - ns))
	record idle "$(number "$ns / 2 / $IDLE_SECONDS / 1e7")"
}

# The host that needs more, with one peer, after all the traffic.
resident()
{
	for what in Rss Pss; do
		# shellcheck disable=SC2086
		a=$(memory $what $PIDS_alice)
		# shellcheck disable=SC2086
		b=$(memory $what $PIDS_bob)
		figure=rss
		[ $what = Rss ] || figure=pss
		record $figure "$(number "$a > $b ? $a : $b")"
	done
}

# bring_up FUNCTIONS: the tunnel, until the first packet came back
bring_up()
{
	build_network || no 'could not build the network' || return 1
	"$1_prepare" || return 1
	lab_spawn bob "$WORK/serve.log" "$NET" serve "$PORT"
	begun=$("$NET" now)
	"$1_start" || return 1
	near start "$WORK/first" "$NET" first "$FAR" "$PORT" "$FIRST_MS" "$begun" ||
	    no "no answer through the tunnel in $FIRST_MS ms" || return 1
	"$1_check"
}

measure()
{
	column ok "$("$1_about" 2>/dev/null)"
	[ "$COLUMN" = raw ] || record start "$(cat "$WORK/first")"
	round_trip
	[ "$COLUMN" = raw ] || idle
	start_iperf || printf ' (no iperf3 on bob)' >&2
	tcp 1 out
	tcp 1 in -R
	tcp 4 out
	tcp 4 in -R
	udp 64
	udp 1200
	[ "$COLUMN" = raw ] || resident
}

# begin NAME WHERE: a folder for what comes, and how far we are
begin()
{
	WORK=$DIR/$1.$ROUND
	NOTE=
	SERVER=
	mkdir -m 0755 "$WORK"
	elapsed=$(($(date +%s) - BEGAN))
	printf '%2s:%02d [%s] %s:' "$((elapsed / 60))" "$((elapsed % 60))" \
	    "$2" "$1" >&2
}

# finish: nothing of it stays
finish()
{
	end_tunnel
	lab_down || die 'could not remove a network'
	rm -rf "$WORK"
}

# complain COMMAND...: what went wrong, and the last that the daemons said
complain()
{
	say " FAILED, $NOTE"
	tail -n 5 "$WORK"/*.log >&2
	case $COLUMN in enclave*) FAILED=yes ;; esac
}

# many_peers: once, of the first column of ours
many_peers()
{
	[ "$PEERS" -gt 0 ] || return 0
	case ,$VARIANTS, in
	*,enclave-aes,*) COLUMN=enclave-aes ;;
	*,enclave-chacha,*) COLUMN=enclave-chacha ;;
	*) return 0 ;;
	esac
	ROUND=1
	begin "many-peers" "$PEERS agents"
	if ! many_have; then
		printf 'many peers\tnot measured, %s\n' "$NOTE" >>"$DIR/head"
		say " left out, $NOTE"
		return 0
	fi
	if many_run; then
		say ''
	else
		printf 'many peers\tfailed, %s\n' "$NOTE" >>"$DIR/head"
		complain
	fi
	finish
}

# one VARIANT: once, in a network of its own
one()
{
	COLUMN=$1
	variant=$(printf '%s' "$1" | tr - _)
	begin "$1" "$ROUND/$ROUNDS"
	if ! "${variant}_have"; then
		column absent "$NOTE"
		say " absent, $NOTE"
		return 0
	fi
	if bring_up "$variant"; then
		measure "$variant"
		say ''
	else
		column failed "$NOTE"
		complain
	fi
	finish
}

# --- results -----------------------------------------------------------------

# report FORMAT
report()
{
	awk -F'\t' -f "$TOP/bench/stats.awk" -f "$TOP/bench/$1.awk" \
	    "$DIR/head" "$DIR/columns" "$DIR/samples"
}

write_results()
{
	mkdir -p "$OUT" || return 1
	name=$OUT/$(date -u +%Y%m%dT%H%M%SZ)-$COMMIT
	: >>"$DIR/samples"
	report table >"$name.txt" && report jsonl >"$name.jsonl" &&
	    report plot >"$name.svg" || return 1
	cat "$name.txt"
	say "results: $name.txt, .jsonl, .svg"
}

usage()
{
	say 'usage: bench.sh [-q] [-o dir] [-P dir] [-p peers] [-r rounds]' \
	    '[-t seconds] [-v name,...] builddir'
	exit 2
}

count()
{
	case $1 in
	''|*[!0-9]*|0*) die "this is no number: $1" ;;
	esac
	[ "${#1}" -le 3 ] || die "too many: $1"
	printf '%s\n' "$1"
}

while getopts o:P:p:qr:t:v: opt; do
	case $opt in
	o) OUT=$OPTARG ;;
	q) ROUNDS=1 SECONDS_EACH=2 IDLE_SECONDS=3 ;;
	P) PROFILE=$OPTARG ;;
	p) PEERS=$OPTARG
	    [ "$PEERS" = 0 ] || PEERS=$(count "$PEERS") || exit 2 ;;
	r) ROUNDS=$(count "$OPTARG") || exit 2 ;;
	t) SECONDS_EACH=$(count "$OPTARG") || exit 2 ;;
	v) VARIANTS=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || usage
BUILD=$(cd "$1" && pwd) || die "no directory $1"
LIST=$(printf '%s' "$VARIANTS" | tr , ' ')
for v in $LIST; do
	command -v "$(printf '%s' "$v" | tr - _)_about" >/dev/null ||
	    die "no variant $v"
done
need_tools
[ -z "$PROFILE" ] || mkdir -p "$PROFILE" && compile
TICKS=$(getconf CLK_TCK)
COMMIT=$(commit)
umask 022
DIR=$(mktemp -d /var/tmp/enclave-bench.XXXXXX) || exit 1
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
chmod 0711 "$DIR"
BEGAN=$(date +%s)
head_lines >"$DIR/head"
ROUND=1
while [ "$ROUND" -le "$ROUNDS" ]; do
	for v in $LIST; do
		one "$v"
	done
	ROUND=$((ROUND + 1))
done
many_peers
write_results || die 'could not write the results'
DONE=yes
[ -z "$FAILED" ]
