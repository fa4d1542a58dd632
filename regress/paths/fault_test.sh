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
#
# What happens to a path over a relay when something fails or lies: the relay,
# the way to it, discovery, or the owner of the relay. Both routers let nothing
# pass but TCP to port 443, unless a test says otherwise.

# shellcheck source=../suite/suite.sh
. "${0%/*}/../suite/suite.sh"
# shellcheck source=../netns/nat.sh
. "${0%/*}/../netns/nat.sh"

SUITE_PROGS='tcpdump ss'

suite_case another_relay_takes_over_from_a_dead_one 120 \
    'in the middle of a transfer'
suite_case relay_that_has_forgotten_all_is_used_again 120 \
    'killed and started anew'
suite_case relay_with_a_wrong_token_is_refused_and_told_why 60 \
    'and is offered to nobody'
suite_case relay_that_one_side_cannot_reach_is_left_for_another 120 \
    'although the other side reaches both'
suite_case relayed_tunnel_outlives_discovery 90 \
    'which the relay needs for new pairs only'
suite_case no_byte_over_a_relay_where_a_direct_path_exists 90 \
    'as a capture beside the relay shows'
suite_case relay_sees_ciphertext_only 90 \
    'as a capture beside the relay shows'
suite_case bits_flipped_by_a_relay_are_not_delivered 120 \
    'what arrives is what was sent'
suite_case frames_injected_by_a_relay_are_not_delivered 120 \
    'what arrives is what was sent'
suite_case what_a_relay_sends_back_is_not_delivered 120 \
    'what arrives is what was sent'
suite_case relay_that_joins_a_system_with_itself_is_left 120 \
    'nobody takes himself for the other one'
suite_case somebody_on_the_wire_changes_nothing 240 \
    'who replays, swaps, sends back, truncates and flips'
suite_case silent_relay_is_left_for_another 120 \
    'although its connections stay open'

NAT_WIRE=$ENCLAVE_BUILD/regress/netns/wire_helper
FINDBYTES=$ENCLAVE_BUILD/regress/netns/findbytes
HOSTILE=$ENCLAVE_BUILD/regress/paths/relay_helper

# fault_begin: discovery, a policy, and both systems enrolled, then stopped
fault_begin()
{
	suite_begin
	suite_nat
	lab_length gwa 5 || atf_fail 'no wire'
	WIRE=$LAB_PID
	lab_length gwb 5 || atf_fail 'no wire'
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

# relay_conf N ADDRESS [ADVERTISED]
relay_conf()
{
	cat >"$DIR/relay$1.conf" <<EOC
discovery "$DISCO4" port 443
discovery pin "$PIN"
name relay$1
token file "$DIR/relay$1.token"
listen on $2 port 443
${3:+advertise $3 port 443}
state directory "$DIR/relay$1"
EOC
}

# need_relay N ADDRESS [ADVERTISED]: beside discovery
need_relay()
{
	admin relay add "relay$1" >"$DIR/relay$1.token" || atf_fail 'no token'
	chmod 600 "$DIR/relay$1.token"
	mkdir -m 0711 "$DIR/relay$1"
	relay_conf "$@"
	for at in "$2" ${3:-}; do
		ip -n "$LAB_ID$DISCO" addr add "$at/24" dev eth0 ||
		    atf_fail "no address $at"
	done
	run_relay "$1"
	lab_wait 10 relay_is_online "relay$1" ||
	    atf_fail "discovery does not know relay$1"
}

run_relay()
{
	lab_spawn "$DISCO" "$DIR/log/relay$1.log" "$BUILD/enclave-relayd" -d -v \
	    -f "$DIR/relay$1.conf" -L "$BUILD"
	eval "RELAY_$1=$LAB_PID"
}

# relay_is_online NAME
relay_is_online()
{
	admin -j relay list | flat | awk -F= -v name="$1" '
	    { at = $1; sub(/[^.]*$/, "", at) }
	    $1 == at "name" && $2 == name { mine = at }
	    $1 == at "online" { online[at] = $2 }
	    END { exit !(online[mine] == "true") }'
}

# kill_all PID: with its children, at once
kill_all()
{
	# shellcheck disable=SC2046
	kill -KILL "$1" $(children "$1")
	wait "$1" 2>/dev/null || :
}

kill_relay()
{
	eval "kill_all \"\$RELAY_$1\""
}

# relay_used: the number of the relay that has both systems as clients
relay_used()
{
	for relay_n in 1 2; do
		[ "$(lab_exec "$DISCO" ss -Htn state established \
		    "src 198.51.100.$((relay_n + 2)) and sport = 443" |
		    wc -l)" -lt 2 ] || {
			echo $relay_n
			return 0
		}
	done
	return 1
}

uses_relay()
{
	[ "$(relay_used)" = "$1" ]
}

# path_is TYPE TRANSPORT: as both say, and a ping passes
path_is()
{
	[ "$(peer alice "$BOB" state path.type path.transport)" = \
	    "up $1 $2" ] &&
	    [ "$(peer bob "$ALICE" state path.type path.transport)" = \
	    "up $1 $2" ] && reaches alice "$BOB4"
}

# need_path KIND KIND TYPE TRANSPORT: both agents, behind such routers
need_path()
{
	lab_nat gwa "$1" && lab_nat gwb "$2" || atf_fail 'no routers'
	need_agent alice
	need_agent bob
	lab_wait 20 path_is "$3" "$4" || {
		agent alice paths "$BOB"
		atf_fail "$(peer alice "$BOB" state path.type path.transport)"
	}
}

need_relayed()
{
	need_path web web relay tcp
}

# begin_transfer BYTES RATE: from bob to alice, and it has begun
begin_transfer()
{
	mkdir -p "$DIR/www"
	head -c "$1" /dev/urandom >"$DIR/www/file"
	serve bob "$BOB4" 8080 || atf_fail 'no web server'
	lab_spawn alice "$DIR/log/curl.log" curl -q -sS -f -g --noproxy '*' \
	    --max-time 80 --limit-rate "$2" -o "$DIR/got" \
	    "http://$BOB4:8080/file"
	TRANSFER=$LAB_PID
	lab_wait 15 test -s "$DIR/got" || atf_fail 'the transfer does not begin'
}

need_transferred()
{
	wait "$TRANSFER" || atf_fail 'the transfer broke off'
	cmp "$DIR/got" "$DIR/www/file" || atf_fail 'it arrived as another'
}

another_relay_takes_over_from_a_dead_one_body()
{
	fault_begin
	need_relay 1 198.51.100.3
	need_relay 2 198.51.100.4
	need_relayed
	used=$(relay_used) || atf_fail 'no relay in use'
	begin_transfer 4000000 500k
	kill_relay "$used"
	lab_wait 10 uses_relay $((3 - used)) || atf_fail 'no other relay'
	lab_wait 5 path_is relay tcp || atf_fail 'no path over the other relay'
	need_transferred
}

relay_that_has_forgotten_all_is_used_again_body()
{
	fault_begin
	need_relay 1 198.51.100.3
	need_relayed
	kill_relay 1
	run_relay 1
	lab_wait 30 path_is relay tcp || atf_fail 'no path after its restart'
}

relay_with_a_wrong_token_is_refused_and_told_why_body()
{
	fault_begin
	admin relay add relay1 >"$DIR/relay1.token" || atf_fail 'no token'
	# A token that is whole, but of a relay that is no more.
	admin relay delete relay1 >/dev/null || atf_fail 'not deleted'
	admin relay add relay1 >"$DIR/other.token" || atf_fail 'no token'
	chmod 600 "$DIR/relay1.token"
	mkdir -m 0711 "$DIR/relay1"
	relay_conf 1 198.51.100.3
	ip -n "$LAB_ID$DISCO" addr add 198.51.100.3/24 dev eth0 ||
	    atf_fail 'no address'
	run_relay 1
	lab_wait 10 grep -q 'no relay of this name has this token' \
	    "$DIR/log/relay1.log" || atf_fail 'the relay does not say why'
	lab_wait 5 grep -q 'relay relay1 refused' "$DIR/log/disco.log" ||
	    atf_fail 'discovery does not say it'
	! relay_is_online relay1 || atf_fail 'it is online'
	kill -0 "$RELAY_1" || atf_fail 'the relay has ended'
}

relay_that_one_side_cannot_reach_is_left_for_another_body()
{
	fault_begin
	need_relay 1 198.51.100.3
	need_relay 2 198.51.100.4
	for n in 1 2; do
		at=198.51.100.$((n + 2))
		ip -n "${LAB_ID}gwa" route add blackhole "$at/32" ||
		    atf_fail 'no route'
		need_relayed
		uses_relay $((3 - n)) || atf_fail "relay$n is used"
		stop_agent alice
		stop_agent bob
		ip -n "${LAB_ID}gwa" route del blackhole "$at/32"
	done
}

relayed_tunnel_outlives_discovery_body()
{
	fault_begin
	need_relay 1 198.51.100.3
	need_relayed
	begin_transfer 6000000 500k
	kill_all "$DISCOVERYD"
	need_transferred
	path_is relay tcp || atf_fail 'the path is gone'
	need_reach alice "$BOB4" 'without discovery'
}

# Agents may measure how far a relay is, which takes no code and no data; whose
# bytes are seen here are those of clients who have sent something.
no_byte_over_a_relay_where_a_direct_path_exists_body()
{
	fault_begin
	need_relay 1 198.51.100.3
	lab_pcap_start "$DISCO" eth0 "$DIR/relay.pcap" \
	    'host 198.51.100.3 and not host 198.51.100.2 and
	    tcp[tcpflags] & 8 != 0' || atf_fail 'no capture'
	need_path port port public udp
	begin_transfer 3000000 1M
	need_transferred
	sleep 3
	lab_pcap_stop
	seen=$(tcpdump -n -r "$DIR/relay.pcap" 2>/dev/null)
	[ -z "$seen" ] || atf_fail "the relay was given: $seen"
	atf_check_equal 0 "$(admin -j relay list | flat | field 0.bytes)"
}

relay_sees_ciphertext_only_body()
{
	fault_begin
	need_relay 1 198.51.100.3
	need_relayed
	lab_pcap_start "$DISCO" eth0 "$DIR/relay.pcap" 'host 198.51.100.3' ||
	    atf_fail 'no capture'
	begin_transfer 3000000 2M
	need_transferred
	lab_pcap_stop
	[ "$(wc -c <"$DIR/relay.pcap")" -gt 3000000 ] ||
	    atf_fail 'the relay had no part in it'
	atf_check -s exit:0 -o ignore -e ignore \
	    "$FINDBYTES" "$DIR/www/file" "$DIR/relay.pcap"
}

# hostile MODE: relay1 with somebody between it and its clients
hostile()
{
	fault_begin
	need_relay 1 198.51.100.5 198.51.100.3
	[ $# -lt 2 ] || need_relay 2 198.51.100.4
	lab_spawn "$DISCO" "$DIR/log/hostile.log" "$HOSTILE" "$1" \
	    198.51.100.3 443 198.51.100.5 443
	need_relayed
}

need_alive()
{
	for host in alice bob; do
		! grep -E 'ended by signal|exited with' "$DIR/log/$host.log" ||
		    atf_fail "a process of $host has ended"
	done
}

# An honest relay is there as well: the tunnel may be moved to it, and what is
# in the tunnel may come late, but nothing else happens to it.
need_unharmed()
{
	begin_transfer 2000000 500k
	need_transferred
	lab_wait 30 path_is relay tcp || atf_fail 'the tunnel did not survive'
	need_alive
}

bits_flipped_by_a_relay_are_not_delivered_body()
{
	hostile flip
	need_relay 2 198.51.100.4
	need_unharmed
}

frames_injected_by_a_relay_are_not_delivered_body()
{
	hostile inject
	need_relay 2 198.51.100.4
	need_unharmed
}

what_a_relay_sends_back_is_not_delivered_body()
{
	hostile echo
	need_relay 2 198.51.100.4
	need_unharmed
}

relay_that_joins_a_system_with_itself_is_left_body()
{
	hostile self
	need_relay 2 198.51.100.4
	begin_transfer 2000000 500k
	need_transferred
	uses_relay 2 || atf_fail 'it is still used'
}

# wire MODE: somebody is on the way from alice's router to everybody
wire()
{
	kill -TERM "$WIRE"
	wait "$WIRE" || :
	lab_wire gwa 5 "$DIR/log/wire-$1" "$1"
	WIRE=$LAB_PID
}

# Checks, handshakes and data alike. Each ping has its one answer.
somebody_on_the_wire_changes_nothing_body()
{
	fault_begin
	for mode in replay swap reflect truncate flip; do
		wire "$mode"
		need_path port port public udp
		lab_exec alice ping -n -c 100 -i 0.02 -W 5 "$BOB4" \
		    >"$DIR/log/pings-$mode" || atf_fail "$mode: no pings"
		grep -q ' 100 received, 0%' "$DIR/log/pings-$mode" || {
			tail -n 2 "$DIR/log/pings-$mode"
			atf_fail "$mode: not each of them once"
		}
		! grep 'DUP' "$DIR/log/pings-$mode" ||
		    atf_fail "$mode: some of them twice"
		begin_transfer 1000000 2M
		need_transferred
		path_is public udp || atf_fail "$mode: the path has changed"
		need_alive
		stop_agent alice
		stop_agent bob
		wire none
		[ "$(awk '{ print $1 }' "$DIR/log/wire-$mode")" -gt 150 ] ||
		    atf_fail "$mode: nothing was done"
		rm -f "$DIR/got"
	done
}

silent_relay_is_left_for_another_body()
{
	hostile eat
	need_relay 2 198.51.100.4
	begin_transfer 2000000 500k
	need_transferred
	uses_relay 2 || atf_fail 'it is still used'
}
