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


# The first part of policy.sh, which reads this file: real agents on a public
# segment, and how long after the answer to a change the first or the last
# packet of a pair of them arrives. No two agents may reach each other but by
# the change itself: the first packet of a pair waits for its introduction,
# checks of the path and handshake.
# shellcheck disable=SC2154

# All are hosts of one segment: FELT_i is the name of system i.
part_felt()
{
	say "felt: $AGENTS agents"
	lab_begin inet disco || die 'no network'
	ip -n "${LAB_ID}inet" link add br0 type bridge &&
	    lab_addr inet br0 198.51.100.1/24 2001:db8::1/64 &&
	    ip -n "${LAB_ID}inet" link set br0 up &&
	    lab_public disco eth0 2 || die 'no network'
	discovery_begin 198.51.100.2
	PIN=$(admin pin)
	felt_agents
	admin requirement add -o bench -t manual felt >/dev/null ||
	    die 'requirements cannot be made'
	felt_changes
	discovery_stop
}

felt_agent()
{
	felt_h=h$1
	lab_add_host "$felt_h" && lab_host_setup "$felt_h" &&
	    lab_public "$felt_h" eth0 "$(($1 + 10))" || die "no host $felt_h"
	mkdir -m 0755 "$DIR/$felt_h"
	cat >"$DIR/$felt_h.conf" <<END
discovery "198.51.100.2" port 443
discovery pin "$PIN"
interface "enclave0"
state directory "$DIR/$felt_h"
socket "$DIR/$felt_h.sock"
log level error
END
	lab_spawn "$felt_h" "$DIR/log/$felt_h.log" "$BUILD/enclaved" -d \
	    -f "$DIR/$felt_h.conf" -L "$BUILD"
	lab_wait 30 felt_answers "$felt_h" || die "no agent on $felt_h"
	admin key add -a -o bench -t "n$1" -u 1 >"$DIR/key" || die 'no key'
	felt_tool "$felt_h" enrol <"$DIR/key" >/dev/null ||
	    die "$felt_h could not enrol"
}

felt_tool()
{
	felt_t=$1
	shift
	lab_exec "$felt_t" "$BUILD/enclavectl" -s "$DIR/$felt_t.sock" "$@"
}

felt_answers()
{
	felt_tool "$1" status >/dev/null 2>&1
	case $? in 0|4) return 0 ;; esac
	return 1
}

felt_flat()
{
	awk -f "$TOP/regress/netns/json.awk"
}

# What a system says of itself: its name and IPv4 address.
felt_self()
{
	felt_tool "h$1" -j status 2>/dev/null | felt_flat | awk -F= '
	    $1 == "system" { name = $2 }
	    $1 ~ /^addresses/ && $2 ~ /^[0-9.]+(\/[0-9]+)?$/ && a == "" {
		a = $2; sub(/\/.*/, "", a) }
	    END { if (name != "" && a != "") print name, a; else exit 1 }'
}

felt_agents()
{
	felt_i=1
	while [ "$felt_i" -le "$AGENTS" ]; do
		felt_agent "$felt_i"
		felt_i=$((felt_i + 1))
		[ $((felt_i % 10)) -ne 0 ] || printf ' %s' "$felt_i" >&2
	done
	say ''
	felt_i=1
	while [ "$felt_i" -le "$AGENTS" ]; do
		lab_wait 30 felt_self "$felt_i" || die "h$felt_i has no address"
		# shellcheck disable=SC2046
		set -- $(felt_self "$felt_i")
		eval "FELT_NAME_$felt_i=$1 FELT_ADDR_$felt_i=$2"
		felt_i=$((felt_i + 1))
	done
}

# felt_change KIND allow|deny arguments of enclave-discoveryctl...
felt_change()
{
	felt_kind=$1
	felt_end=$2
	shift 2
	TURN=$((TURN + 1))
	[ "$TURN" -le "$CHANGES" ] || return 0
	felt_ms=$("$BUILD/bench/policyprobe" "$felt_end" "${LAB_ID}h$felt_a" \
	    "${LAB_ID}h$felt_b" "$felt_to" "$PORT" \
	    "$BUILD/enclave-discoveryctl" -s "$DIR/disco.sock" "$@") ||
	    felt_ms=
	record "$felt_kind" "$felt_ms"
	record all "$felt_ms"
	printf ' %s=%s' "$felt_kind" "${felt_ms:-failed}" >&2
}

# Two systems at random, and one after the other what can be changed for them.
felt_changes()
{
	srand=$(awk 'BEGIN { srand(); print int(rand() * 2 ^ 31) }')
	say "pairs from seed $srand"
	while [ "$TURN" -lt "$CHANGES" ]; do
		# shellcheck disable=SC2046
		set -- $(awk -v seed="$((srand + TURN))" -v n="$AGENTS" 'BEGIN {
			srand(seed); a = int(rand() * n) + 1
			do b = int(rand() * n) + 1; while (b == a)
			print a, b }')
		felt_a=$1
		felt_b=$2
		eval "felt_to=\$FELT_ADDR_$felt_b felt_name=\$FELT_NAME_$felt_b"
		eval "felt_from=\$FELT_NAME_$felt_a"
		felt_pair
	done
	say ''
}

felt_policy()
{
	felt_acl=$1
	shift
	felt_change "$@" policy add -R -o bench -s "n$felt_a" -r "n$felt_b" \
	    -a "$felt_acl" change
}

felt_pair()
{
	felt_policy "udp/$PORT" allow allow
	felt_policy "tcp/$PORT" amend_close deny
	felt_policy "udp/$PORT" amend_open allow
	felt_change untag deny system untag "$felt_name" "n$felt_b"
	felt_change tag allow system tag "$felt_name" "n$felt_b"
	felt_change disable deny system disable "$felt_name"
	felt_change enable allow system enable "$felt_name"
	felt_requirement
	felt_change deny deny policy delete -o bench change
}

# The sender has to meet a requirement, which is then met and withdrawn.
felt_requirement()
{
	felt_change require deny policy add -R -o bench -s "n$felt_a" \
	    -r "n$felt_b" -a "udp/$PORT" -q felt change
	felt_change grant allow requirement grant -o bench felt "$felt_from"
	felt_change withdraw deny requirement deny -o bench felt "$felt_from"
	felt_change unrequire allow policy add -R -o bench -s "n$felt_a" \
	    -r "n$felt_b" -a "udp/$PORT" change
}
