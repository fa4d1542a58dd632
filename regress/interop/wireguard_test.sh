#! /usr/bin/env atf-sh
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

# A stock WireGuard implementation as a peer without discovery: traffic, and
# where it goes to.

# shellcheck source=interop.sh
. "${0%/*}/interop.sh"

BYTES=20971520
SILENCE=15		# handshakes that fail are tried each 5 s

interop_case both_sides_may_begin 90 \
    'our packet begins a session, and so does theirs'
interop_case large_transfers_arrive_whole 120 \
    '20 MB over TCP in each direction, in both families'
interop_case ipv6_passes_inside_and_outside 90 \
    'the tunnel over IPv6, with IPv4 and IPv6 in it'
interop_case large_transfers_arrive_over_ipv6 120 \
    'they begin over IPv6; 20 MB in each direction, in both families'
interop_case a_preshared_key_is_used 60 \
    'with the same preshared key on both sides a session comes about'
interop_case a_wrong_preshared_key_never_connects 90 \
    'no session and no packet before the keys agree'
interop_case a_peer_without_endpoint_begins 60 \
    'replies go to where an unknown peer came from'
interop_case replies_follow_a_peer_that_moves 120 \
    'another port, another address, and another process'
interop_case they_follow_us_when_we_move 120 \
    'another address, another port, another family'
interop_case keepalives_need_no_traffic 60 \
    'a session comes about with nothing to send'
interop_case our_agent_may_be_restarted 120 \
    'and so may each of its processes'
interop_case a_false_source_is_dropped 60 \
    'what is not in the prefixes of the peer does not come in'
interop_case only_what_is_accepted_comes_in 60 \
    'rules of the configuration hold for the peer'
interop_case strangers_get_no_answer 60 \
    'datagrams of unknown sources change nothing'
interop_case status_shows_the_peer 60 \
    'without enrolment, with exit code 0'

both_sides_may_begin_body()
{
	interop_begin
	our_side
	# Without our address they cannot begin.
	start_theirs "$THEIR_PORT"
	need_reach alice "$THEM" 'we begin'
	need_reach alice "$BEHIND" 'a prefix that our own does not cover'
	need_reach bob "$US"
	lab_wait 5 handshake_done || atf_fail 'wg tells of no handshake'
	lab_wait 5 state_is up || atf_fail 'enclavectl tells of no session'
	stop_theirs
	stop_agent alice || atf_fail 'the agent ends badly'

	ENDPOINT=
	our_side
	start_theirs "$THEIR_PORT" endpoint "192.0.2.1:$OUR_PORT"
	need_reach bob "$US" 'they begin'
	need_reach alice "$THEM"
	lab_wait 5 state_is up || atf_fail 'enclavectl tells of no session'
}

# transfer SERVER ADDRESS CLIENT
transfer()
{
	serve "$1" "$2" 8080 || atf_fail "no web server on $1"
	get "$3" "http://$2:8080/big" -o got --max-time 30 ||
	    atf_fail "the transfer from $1 to $3 breaks off"
	atf_check cmp "$DIR/www/big" got
	rm -f got
}

all_transfers()
{
	umask 022
	mkdir "$DIR/www"
	head -c "$BYTES" /dev/urandom >"$DIR/www/big"
	transfer bob "$THEM" alice
	transfer alice "$US" bob
	transfer bob "[$THEM6]" alice
	transfer alice "[$US6]" bob
}

large_transfers_arrive_whole_body()
{
	interop_begin
	our_side
	start_theirs "$THEIR_PORT" endpoint "192.0.2.1:$OUR_PORT"
	need_reach alice "$THEM"
	all_transfers
}

large_transfers_arrive_over_ipv6_body()
{
	interop_begin
	ENDPOINT=
	our_side
	start_theirs "$THEIR_PORT" endpoint "[2001:db8:1::1]:$OUR_PORT"
	need_reach bob "$US6" 'they begin'
	all_transfers
	remote_is "[2001:db8:1::2]:$THEIR_PORT" ||
	    atf_fail 'the tunnel is not over IPv6'
}

ipv6_passes_inside_and_outside_body()
{
	interop_begin
	ENDPOINT="endpoint 2001:db8:1::2 port $THEIR_PORT"
	our_side
	start_theirs "$THEIR_PORT"
	need_reach alice "$THEM6"
	need_reach bob "$US6"
	need_reach alice "$THEM"
	atf_check -o match:"\[2001:db8:1::1\]:$OUR_PORT" \
	    nsenter --net="$LAB_NETNS/$(lab_ns bob)" \
	    wg show "$WG" endpoints
	remote_is "[2001:db8:1::2]:$THEIR_PORT" ||
	    atf_fail 'the tunnel is not over IPv6'
	umask 022
	serve bob "[$THEM6]" 8080 || atf_fail 'no web server on bob'
	get alice "http://[$THEM6]:8080/hello" -o got ||
	    atf_fail 'no TCP over IPv6'
}

with_psk()
{
	wg genpsk >"$DIR/psk"
	MORE="preshared key \"$(cat "$DIR/psk")\""
	our_side
}

a_preshared_key_is_used_body()
{
	interop_begin
	with_psk
	start_theirs "$THEIR_PORT" preshared-key "$DIR/psk"
	need_reach alice "$THEM"
	need_reach bob "$US"
}

# tried_twice: they have sent two initiations at least
tried_twice()
{
	[ "$(theirs show "$WG" transfer | awk '{ print $3 }')" -ge 296 ]
}

a_wrong_preshared_key_never_connects_body()
{
	interop_begin
	with_psk
	wg genpsk >"$DIR/other"
	start_theirs "$THEIR_PORT" preshared-key "$DIR/other" \
	    endpoint "192.0.2.1:$OUR_PORT"
	! reaches alice "$THEM" || atf_fail 'our packet arrives'
	! reaches bob "$US" || atf_fail 'their packet arrives'
	lab_wait $((2 * SILENCE)) tried_twice || atf_fail 'they do not try'
	! handshake_done || atf_fail 'they have a session'
	! state_is up || atf_fail 'we have a session'
	atf_check_equal 0 "$(counter passed_in)"
	theirs set "$WG" peer "$OUR_KEY" preshared-key "$DIR/psk"
	need_reach bob "$US" 'with the right key' 30
}

a_peer_without_endpoint_begins_body()
{
	interop_begin
	ENDPOINT=
	our_side
	start_theirs "$THEIR_PORT" endpoint "192.0.2.1:$OUR_PORT"
	! reaches alice "$THEM" || atf_fail 'we know where they are'
	state_is down || atf_fail 'the peer has a path'
	need_reach bob "$US"
	need_reach alice "$THEM"
	remote_is "192.0.2.2:$THEIR_PORT" || atf_fail 'the path is not shown'
}

# Without anything of theirs on the way our packets would go to the old place.
replies_follow_a_peer_that_moves_body()
{
	interop_begin
	our_side
	start_theirs "$THEIR_PORT" endpoint "192.0.2.1:$OUR_PORT"
	need_reach alice "$THEM"
	remote_is "192.0.2.2:$THEIR_PORT" || atf_fail 'not where configured'

	theirs set "$WG" listen-port 51999
	need_reach bob "$US" 'from another port'
	need_reach alice "$THEM" 'at another port'
	lab_wait 5 remote_is 192.0.2.2:51999 || atf_fail 'the old port stays'

	ip -n "$(lab_ns bob)" addr del 192.0.2.2/24 dev eth0
	ip -n "$(lab_ns bob)" addr add 192.0.2.7/24 dev eth0
	# wireguard-go keeps the source address that is gone until it is told.
	theirs set "$WG" peer "$OUR_KEY" endpoint "192.0.2.1:$OUR_PORT"
	need_reach bob "$US" 'from another address'
	need_reach alice "$THEM" 'at another address'
	lab_wait 5 remote_is 192.0.2.7:51999 || atf_fail 'the address stays'

	stop_theirs
	start_theirs 52000 endpoint "192.0.2.1:$OUR_PORT"
	need_reach bob "$US" 'after a restart'
	need_reach alice "$THEM" 'after a restart, we to them'
	lab_wait 5 remote_is 192.0.2.7:52000 || atf_fail 'the port stays'
}

# we_are ENDPOINT: as they see it
we_are()
{
	theirs show "$WG" endpoints | grep -qxF "$OUR_KEY	$1"
}

# They have nothing on the way: our packets alone tell them where we are.
they_follow_us_when_we_move_body()
{
	interop_begin
	our_side
	start_theirs "$THEIR_PORT"
	need_reach alice "$THEM"
	we_are "192.0.2.1:$OUR_PORT" || atf_fail 'we are elsewhere'

	ip -n "$(lab_ns alice)" addr del 192.0.2.1/24 dev eth0
	ip -n "$(lab_ns alice)" addr add 192.0.2.8/24 dev eth0
	need_reach alice "$THEM" 'from another address'
	need_reach bob "$US" 'at another address'
	we_are "192.0.2.8:$OUR_PORT" || atf_fail 'the address stays'

	stop_agent alice || atf_fail 'the agent ends badly'
	OUR_PORT=51999
	our_side
	need_reach alice "$THEM" 'from another port'
	need_reach bob "$US" 'at another port'
	we_are 192.0.2.8:51999 || atf_fail 'the port stays'

	stop_agent alice || atf_fail 'the agent ends badly'
	ENDPOINT="endpoint 2001:db8:1::2 port $THEIR_PORT"
	our_side
	need_reach alice "$THEM" 'from another family'
	need_reach bob "$US" 'in another family'
	we_are '[2001:db8:1::1]:51999' || atf_fail 'the family stays'
}

keepalives_need_no_traffic_body()
{
	interop_begin
	MORE='keepalive 1'
	our_side
	start_theirs "$THEIR_PORT"
	lab_wait 20 handshake_done || atf_fail 'no handshake'
	lab_wait 5 state_is up || atf_fail 'no session'
}

# gone PID
gone()
{
	! kill -0 "$1" 2>/dev/null
}

our_agent_may_be_restarted_body()
{
	interop_begin
	our_side
	start_theirs "$THEIR_PORT" endpoint "192.0.2.1:$OUR_PORT"
	need_reach alice "$THEM"
	# A place that only cryptoproc remembers when netproc is new.
	theirs set "$WG" listen-port 51999
	need_reach bob "$US"
	for name in netproc tunproc ctlproc cryptoproc; do
		pid=$(child "$(agent_pid alice)" "$name") ||
		    atf_fail "no $name"
		kill -KILL "$pid"
		lab_wait 5 gone "$pid" || atf_fail "$name stays"
		[ "$name" != cryptoproc ] ||
		    theirs set "$WG" listen-port "$THEIR_PORT"
		need_reach alice "$THEM" "after the end of $name" 30
		lab_wait 10 state_is up ||
		    atf_fail "after the end of $name the peer is not up"
	done
	stop_agent alice || atf_fail 'the agent ends badly'
	our_side
	need_reach alice "$THEM" 'after a restart' 30
	need_reach bob "$US" 'after a restart, they to us' 30
}

a_false_source_is_dropped_body()
{
	interop_begin
	our_side
	start_theirs "$THEIR_PORT"
	need_reach alice "$THEM"
	before=$(counter drop_spoofed)
	ip -n "$(lab_ns bob)" addr add 10.9.0.99/32 dev "$WG"
	! lab_exec bob ping -n -c 1 -W 1 -I 10.9.0.99 "$US" >/dev/null 2>&1 ||
	    atf_fail 'a false source is answered'
	lab_wait 5 above drop_spoofed "$before" || atf_fail 'not counted'
	lab_exec bob ping -n -c 1 -W 5 -I "$BEHIND" "$US" >/dev/null ||
	    atf_fail 'a second prefix of theirs does not come in'
}

only_what_is_accepted_comes_in_body()
{
	interop_begin
	MORE='accept icmp, tcp/8080'
	our_side
	start_theirs "$THEIR_PORT"
	umask 022
	need_reach alice "$THEM"
	need_reach bob "$US"
	serve alice "$US" 8080 || atf_fail 'no web server'
	serve alice "$US" 8081 || atf_fail 'no second web server'
	get bob "http://$US:8080/hello" -o got --max-time 10 ||
	    atf_fail 'what is accepted does not come in'
	before=$(counter drop_acl)
	refused bob "http://$US:8081/hello" ||
	    atf_fail 'what is not accepted comes in'
	lab_wait 5 above drop_acl "$before" || atf_fail 'not counted'
	serve bob "$THEM" 8081 || atf_fail 'no web server on bob'
	get alice "http://$THEM:8081/hello" -o got --max-time 10 ||
	    atf_fail 'what we began is not answered'
}

# sent_by_alice: datagrams
sent_by_alice()
{
	lab_exec alice cat /proc/net/snmp |
	    awk '/^Udp: [0-9]/ { print $5 }'
}

strangers_get_no_answer_body()
{
	interop_begin
	our_side
	start_theirs "$THEIR_PORT"
	need_reach alice "$THEM"
	before=$(sent_by_alice)
	for n in 1 2 3 4; do
		head -c $((n * 37)) /dev/urandom |
		    lab_exec bob nc -u -q 0 -w 1 192.0.2.1 "$OUR_PORT" >answer
		atf_check_equal 0 "$(wc -c <answer)"
	done
	# The tunnel itself has sent nothing meanwhile but keepalives.
	[ "$(($(sent_by_alice) - before))" -le 1 ] || atf_fail 'someone was answered'
	need_reach alice "$THEM"
	remote_is "192.0.2.2:$THEIR_PORT" || atf_fail 'the peer was moved'
}

status_shows_the_peer_body()
{
	interop_begin
	our_side
	start_theirs "$THEIR_PORT"
	need_reach alice "$THEM"
	lab_wait 5 state_is up || atf_fail 'not up'
	atf_check -o match:'^system +not enrolled$' \
	    -o match:"^addresses +$US $US6\$" \
	    -o match:"^-  +bob  +$THEM $THEM6  +up " \
	    nsenter --net="$LAB_NETNS/$(lab_ns alice)" \
	    "$BUILD/enclavectl" -s "$DIR/alice.sock" status
	agent alice -j peers | flat >lines
	atf_check -o match:'^0\.system=null$' \
	    -o match:'^0\.description=bob$' -o match:'^0\.state=up$' \
	    -o match:'^0\.suite=chacha20-poly1305$' \
	    -o match:"^0\\.path\\.remote=192\\.0\\.2\\.2:$THEIR_PORT\$" \
	    cat lines
	atf_check -s exit:1 -o ignore \
	    -e match:'no discovery server is configured' \
	    nsenter --net="$LAB_NETNS/$(lab_ns alice)" sh -c \
	    "echo 22222-22222-22222-22222-22222 |
	    $BUILD/enclavectl -s $DIR/alice.sock enrol"
}
