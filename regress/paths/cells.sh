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
# Which path two systems get, for routers of all kinds between them, with wires
# of 20 ms from each router to the rest of the world; to be sourced after
# suite.sh and nat.sh.
#
# paths_begin               discovery at two addresses, a policy, and both
#                           systems enrolled, then stopped
# start_relay ADDRESS/LEN   a relay beside discovery, on a port that every
#                           router lets pass
# expected KIND KIND        what can be had between such routers: udp, tcp,
#                           relay, or late for UDP after many tries
# run_cell KIND KIND        0 when that is what carries packets; $CELL says
#                           what was found
#
# What is used is judged by counters in alice's router, not by what an agent
# says of itself.

CELL_KINDS='open fw full addr port linux leaky rst seq sym noudp web'
NAT_WIRE=$ENCLAVE_BUILD/regress/netns/wire_helper
CELL_SECONDS=15
CELL_LATE_SECONDS=40
CELL_TRIES=2		# a busy machine may be late for everything
CELL_LATE_TRIES=3	# many tries are a matter of luck

paths_begin()
{
	suite_begin
	paths_network
}

paths_network()
{
	suite_nat
	lab_length gwa 20 && lab_length gwb 20 || atf_fail 'no wires'
	# One address alone shows nothing of address-dependent mappings.
	ip -n "$LAB_ID$DISCO" addr add 198.51.100.4/24 dev eth0 ||
	    atf_fail 'no second address'
	discovery_conf
	echo 'stun on 198.51.100.4 port 3478' >>"$DIR/disco.conf"
	need_discovery
	policy web web-clients web-servers tcp/8080 icmp ||
	    atf_fail 'no policy'
	need_agent alice
	need_agent bob
	need_enrolled alice web-clients
	need_enrolled bob web-servers
	learn_names
	stop_agent alice
	stop_agent bob
}

# relay_conf LISTEN-ADDRESS
relay_conf()
{
	cat <<EOC
discovery "$DISCO4" port 443
discovery pin "$PIN"
name relay1
token file "$DIR/relay.token"
listen on $1 port 443
state directory "$DIR/relay"
EOC
}

# start_relay ADDRESS/LENGTH
start_relay()
{
	cell_relay=$1
	admin relay add relay1 >"$DIR/relay.token" || atf_fail 'no token'
	chmod 600 "$DIR/relay.token"
	mkdir -m 0711 "$DIR/relay"
	relay_conf "${cell_relay%/*}" >"$DIR/relay.conf"
	case $cell_relay in
	*:*)	lab_addr "$DISCO" eth0 198.51.100.3/24 "$cell_relay" ;;
	*)	lab_addr "$DISCO" eth0 "$cell_relay" ;;
	esac || atf_fail 'no address for the relay'
	lab_spawn "$DISCO" "$DIR/log/relay.log" "$BUILD/enclave-relayd" -d -v \
	    -f "$DIR/relay.conf" -L "$BUILD"
	lab_wait 10 relay_is_known || {
		cat "$DIR/log/relay.log"
		atf_fail 'discovery does not know the relay'
	}
}

relay_is_known()
{
	admin -j relay list | flat | grep -q '\.online=true'
}

# path_is KIND TRANSPORT: as both say, and a ping passes
path_is()
{
	[ "$(peer alice "$BOB" state path.type path.transport)" = \
	    "up $1 $2" ] &&
	    [ "$(peer bob "$ALICE" state path.type path.transport)" = \
	    "up $1 $2" ] && reaches alice "$BOB4"
}

# --- what must come of it ----------------------------------------------------

cell_sort()
{
	case $1 in
	open|full)			echo open ;;
	fw|port|linux|leaky|rst)	echo strict ;;
	*)				echo "$1" ;;
	esac
}

expected()
{
	case $(cell_sort "$1").$(cell_sort "$2") in
	web.*|*.web)					echo relay ;;
	noudp.sym|sym.noudp)				echo relay ;;
	noudp.*|*.noudp)				echo tcp ;;
	sym.sym|sym.seq|seq.sym)			echo relay ;;
	sym.strict|strict.sym)				echo late ;;
	*)						echo udp ;;
	esac
}

# --- what comes of it --------------------------------------------------------

# Counters of what passes alice's router: packets as large as the pings that
# are sent, by what carries them, and any byte for or from the relay.
cell_judge()
{
	cat <<'EOJ' | lab_exec gwa nft -f -
table inet judge {
	counter by_udp { }
	counter by_tcp { }
	counter by_relay { }
	counter touched { }
	chain pass {
		type filter hook forward priority 300;
		ip saddr 198.51.100.3 goto relayed
		ip daddr 198.51.100.3 goto relayed
		ip6 saddr 2001:db8::3 goto relayed
		ip6 daddr 2001:db8::3 goto relayed
		meta l4proto udp meta length > 900 counter name by_udp
		ip saddr { 198.51.100.2, 198.51.100.4 } return
		ip daddr { 198.51.100.2, 198.51.100.4 } return
		meta l4proto tcp meta length > 900 counter name by_tcp
	}
	chain relayed {
		tcp flags & psh == psh counter name touched
		meta length > 900 counter name by_relay
	}
}
EOJ
}

# cell_count NAME: packets
cell_count()
{
	lab_exec gwa nft list counter inet judge "$1" |
	    awk '$1 == "packets" { print $2 }'
}

# cell_carrier: what carries large packets now: "udp", "tcp relay", ...
cell_carrier()
{
	for cell_name in udp tcp relay; do
		lab_exec gwa nft reset counter inet judge "by_$cell_name" \
		    >/dev/null
	done
	lab_exec alice ping -q -n -c 10 -i 0.05 -W 2 -s 900 "$BOB4" \
	    >"$DIR/log/carrier" 2>&1
	cell_found=
	grep -q ' 10 received' "$DIR/log/carrier" || cell_found=' with loss'
	for cell_name in relay tcp udp; do
		[ "$(cell_count "by_$cell_name")" -eq 0 ] ||
		    cell_found=" $cell_name$cell_found"
	done
	printf '%s\n' "${cell_found# }"
}

# cell_start: both agents at the same time
cell_start()
{
	for cell_host in alice bob; do
		[ -f "$DIR/$cell_host.conf" ] || agent_conf "$cell_host"
		: >"$DIR/log/$cell_host.log"
		lab_spawn "$cell_host" "$DIR/log/$cell_host.log" \
		    "$BUILD/enclaved" -d -v -f "$DIR/$cell_host.conf" \
		    -L "$BUILD"
		eval "AGENT_$cell_host=$LAB_PID"
	done
	for cell_host in alice bob; do
		lab_wait "$START_SECONDS" started \
		    "$DIR/log/$cell_host.log" 1 ||
		    atf_fail "the agent of $cell_host does not start"
	done
}

cell_stop()
{
	kill -TERM "$(agent_pid alice)" "$(agent_pid bob)"
	wait "$(agent_pid alice)" "$(agent_pid bob)" || :
}

# cell_try udp|tcp|relay SECONDS: $CELL is what was found
cell_try()
{
	case $1 in
	relay)	cell_path='relay tcp' ;;
	*)	cell_path="public $1" ;;
	esac
	# shellcheck disable=SC2086
	lab_wait "$2" path_is $cell_path || {
		CELL=$(peer alice "$BOB" state path.type path.transport)
		CELL="\"$CELL\""
		return 1
	}
	# One side may leave another path a moment later than the other one.
	for cell_n in 1 2 3; do
		CELL=$(cell_carrier)
		[ "$CELL" != "$1" ] || return 0
	done
	return 1
}

# cell_begin KIND KIND
cell_begin()
{
	lab_nat gwa "$1" && lab_nat gwb "$2" && cell_judge ||
	    atf_fail "$1 $2: no routers"
	lab_flush gwa
	lab_flush gwb
	cell_start
}

run_cell()
{
	cell_want=$(expected "$1" "$2")
	cell_left=$CELL_TRIES
	[ "$cell_want" != late ] || cell_left=$CELL_LATE_TRIES
	while [ "$cell_left" -gt 0 ]; do
		cell_begin "$1" "$2"
		case $cell_want in
		late)	cell_try udp "$CELL_LATE_SECONDS" ;;
		*)	cell_try "$cell_want" "$CELL_SECONDS" ;;
		esac
		cell_rc=$?
		cell_touched=$(cell_count touched)
		case $cell_want in
		udp|tcp)
			[ "$cell_touched" -eq 0 ] || {
				CELL="$CELL, and $cell_touched packets for or \
from the relay"
				cell_rc=1
			} ;;
		esac
		[ "$cell_rc" -eq 0 ] || agent alice paths "$BOB" \
		    >"$DIR/log/cell.log" 2>&1
		cell_stop
		[ "$cell_rc" -ne 0 ] || return 0
		cell_left=$((cell_left - 1))
	done
	return 1
}
