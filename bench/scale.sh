# shellcheck shell=sh
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


# The second part of policy.sh, which reads this file: a discovery service with
# ten thousand systems, played by swarm.c, on one host.
# shellcheck disable=SC2034,SC2154

part_scale()
{
	say "scale: $SIMULATED simulated agents"
	TURN=1
	[ "$SIMULATED" -ge $((TOUCHED + 1)) ] ||
	    die "at least $((TOUCHED + 1)) simulated agents"
	# shellcheck disable=SC3045
	ulimit -n 32768 2>/dev/null || ulimit -n "$(ulimit -Hn)"
	lab_begin disco || die 'no network'
	discovery_begin 127.0.0.1
	admin policy add -o bench -s hub -r leaf -a icmp spokes >/dev/null ||
	    die 'no policy'
	KEY_LEAF=$(admin key add -a -o bench -t leaf) || die 'no key'
	KEY_CROWD=$(admin key add -a -o bench -t crowd) || die 'no key'
	mkfifo "$DIR/to" "$DIR/from"
	lab_exec disco "$BUILD/bench/swarm" 127.0.0.1 443 "$SIMULATED" 100 \
	    <"$DIR/to" >"$DIR/from" &
	SWARM_PID=$!
	exec 3>"$DIR/to" 4<"$DIR/from"
	scale_measure
	printf 'quit\n' >&3
	exec 3>&- 4<&-
	wait "$SWARM_PID" 2>/dev/null || :
	discovery_stop
}

# ask command...: what the swarm answers
ask()
{
	printf '%s\n' "$*" >&3
	read -r ANSWER <&4 || die 'the swarm is gone'
	say "$ANSWER"
}

# word N: of the answer
word()
{
	printf '%s\n' "$ANSWER" | awk -v n="$1" '{ print $n }'
}

# resident: KiB of the processes of the service, a line for each
resident()
{
	for pid in $(lab_pids); do
		awk '/^Name:/ { name = $2 } /^VmRSS:/ { print name, $2 }' \
		    "/proc/$pid/status" 2>/dev/null
	done | awk '{ sum[$1] += $2 } END { for (n in sum) print n, sum[n] }'
}

of_process()
{
	awk -v n="$1" '$1 ~ n { print $2 }' "$2"
}

scale_measure()
{
	ask enrol "$TOUCHED" "$KEY_LEAF"
	ask enrol "$SIMULATED" "$KEY_CROWD"
	record enrol "$(word 3)"
	ask connect
	ask drop
	# What the processes have given back to their heaps must not count.
	discovery_stop
	discovery_start
	resident >"$DIR/before"
	ask connect
	[ "$(word 1)" = connected ] || ANSWER=
	record connect "$(word 3)"
	sleep 3
	resident >"$DIR/after"
	scale_memory
	scale_changes
	discovery_stop
	printf 'lost\n' >&3
	discovery_start
	read -r ANSWER <&4 || die 'the swarm is gone'
	say "$ANSWER"
	[ "$(word 1)" = back ] || ANSWER=
	record back "$(word 3)"
}

# Beyond what TLS itself needs for each connection.
scale_memory()
{
	tls=$("$BUILD/bench/tlsmem" 1000) || die 'tlsmem'
	record memory_tls "$(awk -v b="$tls" 'BEGIN {
		printf "%.1f", b / 1024 }')"
	record memory "$(awk -v n="$SIMULATED" -v tls="$tls" '
	    NR == FNR { was += $2; next } { is += $2 }
	    END { printf "%.1f", (is - was) / n - tls / 1024 }' \
	    "$DIR/before" "$DIR/after")"
}

# A tag comes to and goes from one system, which a thousand others may answer.
scale_changes()
{
	hub=$(admin system list -o bench | awk '/ crowd/ { print $1; exit }')
	[ -n "$hub" ] || die 'no system for the tag'
	n=0
	while [ "$n" -lt 5 ]; do
		n=$((n + 1))
		TURN=$n
		for verb in tag untag; do
			ask change "$((TOUCHED + 1))" \
			    "$BUILD/enclave-discoveryctl -s $DIR/disco.sock" \
			    "system $verb $hub hub >/dev/null"
			[ "$(word 1)" = acked ] && [ "$(word 3)" = p50 ] ||
			    { record touched_p99 ''; continue; }
			record touched_p50 "$(word 4)"
			record touched_p99 "$(word 6)"
		done
	done
	TURN=1
}
