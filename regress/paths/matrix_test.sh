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
# of 20 ms from each router to the rest of the world.

# shellcheck source=../suite/suite.sh
. "${0%/*}/../suite/suite.sh"
# shellcheck source=../netns/nat.sh
. "${0%/*}/../netns/nat.sh"

suite_case udp_where_both_routers_are_kind 120 \
    'no translation, or the same port for every destination'
suite_case udp_where_one_router_chooses_ports 120 \
    'the other one lets answers from other ports in'
suite_case udp_past_a_router_that_remembers_strays 120 \
    'which takes the port away from who comes second'

suite_case tcp_where_no_udp_passes 150 \
    'both sides dial at the same time, from the ports that are seen outside'
suite_case relay_where_nothing_direct_passes 150 \
    'and no byte of it where something does'
suite_case relayed_path_becomes_direct 120 \
    'when the routers let it, without a break'
suite_case tcp_path_becomes_udp_and_tcp_again 150 \
    'without a break when it can, after a moment when it must'
suite_case path_survives_another_address 120 \
    'of the router, in the middle of a transfer'

NAT_WIRE=$ENCLAVE_BUILD/regress/netns/wire_helper

# paths_begin: discovery, a policy, and both systems enrolled, then stopped
paths_begin()
{
	suite_begin
	suite_nat
	lab_length gwa 20 && lab_length gwb 20 || atf_fail 'no wires'
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

# A relay beside discovery, on a port that every router lets pass.
start_relay()
{
	admin relay add relay1 >"$DIR/relay.token" || atf_fail 'no token'
	chmod 600 "$DIR/relay.token"
	suite_mkdir relay
	cat >"$DIR/relay.conf" <<EOC
discovery "$DISCO4" port 443
discovery pin "$PIN"
name relay1
token file "$DIR/relay.token"
listen on 198.51.100.3 port 443
state directory "$DIR/relay"
EOC
	ip -n "$LAB_ID$DISCO" addr add 198.51.100.3/24 dev eth0 ||
	    atf_fail 'no address for the relay'
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

# cell KIND-OF-ALICE KIND-OF-BOB TYPE TRANSPORT
cell()
{
	lab_nat gwa "$1" && lab_nat gwb "$2" || atf_fail "$1 $2: no routers"
	lab_flush gwa
	lab_flush gwb
	need_agent alice
	need_agent bob
	lab_wait 12 path_is "$3" "$4" || {
		agent alice status
		agent bob status
		atf_fail "$1 to $2: $(peer alice "$BOB" state path.type \
		    path.transport), not $3 $4"
	}
	stop_agent alice
	stop_agent bob
}

udp_where_both_routers_are_kind_body()
{
	paths_begin
	for a in open fw full port linux; do
		cell "$a" port public udp
	done
	for b in addr linux rst; do
		cell linux "$b" public udp
	done
	cell fw fw public udp
}

udp_where_one_router_chooses_ports_body()
{
	paths_begin
	for a in open full addr; do
		for b in seq sym; do
			cell "$a" "$b" public udp
		done
	done
}

udp_past_a_router_that_remembers_strays_body()
{
	paths_begin
	cell leaky port public udp
	cell port leaky public udp
	cell leaky leaky public udp
	cell leaky linux public udp
}

tcp_where_no_udp_passes_body()
{
	paths_begin
	for b in port linux open noudp; do
		cell noudp "$b" public tcp
	done
	cell rst noudp public tcp
}

relay_octets()
{
	admin -j relay list | flat | awk -F= '/\.bytes=/ { n += $2 }
	    END { print n + 0 }'
}

relay_where_nothing_direct_passes_body()
{
	paths_begin
	start_relay
	cell port port public udp
	cell noudp port public tcp
	atf_check_equal 0 "$(relay_octets)"
	for b in port sym noudp web; do
		cell web "$b" relay tcp
	done
	cell sym noudp relay tcp
}

# lost_pings FILE: those without a reply, between the first and the last one
# that has one
lost_pings()
{
	awk '/ bytes from / && !/DUP/ {
		sub(/.*icmp_seq=/, "")
		n++
		if (low == "" || $1 + 0 < low)
			low = $1 + 0
		if ($1 + 0 > high)
			high = $1 + 0
	}
	END { print n ? high - low + 1 - n : "all" }' "$1"
}

begin_pings()
{
	lab_spawn alice "$DIR/log/pings" ping -n -i 0.01 -W 5 "$BOB4"
	PINGS=$LAB_PID
}

# end_pings MOST: no more than so many were lost
end_pings()
{
	sleep 1
	kill -INT "$PINGS"
	wait "$PINGS"
	lost=$(lost_pings "$DIR/log/pings")
	[ "$lost" -le "$1" ] || {
		tail -n 3 "$DIR/log/pings"
		atf_fail "$lost packets were lost"
	}
}

relayed_path_becomes_direct_body()
{
	paths_begin
	start_relay
	lab_nat gwa web && lab_nat gwb port || atf_fail 'no routers'
	need_agent alice
	need_agent bob
	lab_wait 15 path_is relay tcp || atf_fail 'no path over the relay'
	begin_pings
	lab_renat gwa port || atf_fail 'no router'
	lab_wait 60 path_is public udp || {
		agent alice status
		atf_fail 'it stays with the relay'
	}
	end_pings 3
}

tcp_path_becomes_udp_and_tcp_again_body()
{
	paths_begin
	lab_nat gwa noudp && lab_nat gwb port || atf_fail 'no routers'
	need_agent alice
	need_agent bob
	lab_wait 15 path_is public tcp || atf_fail 'no path over TCP'
	begin_pings
	lab_renat gwa port || atf_fail 'no router'
	lab_wait 60 path_is public udp || atf_fail 'it stays with TCP'
	end_pings 3
	# What is sent until the silence is noticed is lost, and no more.
	begin_pings
	lab_renat gwa noudp || atf_fail 'no router'
	lab_wait 20 path_is public tcp || atf_fail 'no path over TCP again'
	end_pings 300
}

path_survives_another_address_body()
{
	paths_begin
	lab_nat gwa port && lab_nat gwb port || atf_fail 'no routers'
	need_agent alice
	need_agent bob
	lab_wait 15 path_is public udp || atf_fail 'no path'
	mkdir -p "$DIR/www"
	head -c 30000000 /dev/urandom >"$DIR/www/file"
	serve bob "$BOB4" 8080 || atf_fail 'no web server'
	get alice "http://$BOB4:8080/file" --max-time 60 --limit-rate 3M \
	    -o "$DIR/got" &
	transfer=$!
	lab_wait 15 test -s "$DIR/got"
	# The provider gives the router of alice another address.
	ip -n "${LAB_ID}gwa" addr del 198.51.100.11/24 dev wan &&
	    ip -n "${LAB_ID}gwa" addr add 198.51.100.111/24 dev wan ||
	    atf_fail 'no other address'
	nat_rules port 198.51.100.111 192.168.1.0/24 >rules
	lab_exec gwa sh -c 'nft flush ruleset && nft -f -' <rules
	lab_flush gwa
	wait "$transfer" || atf_fail 'the transfer broke off'
	cmp -s "$DIR/got" "$DIR/www/file" || atf_fail 'it arrived as another'
}
