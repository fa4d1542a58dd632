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

# A stock WireGuard implementation as a peer without discovery: sessions are
# renewed in time, and floods are met with cookies, by each side. wireguard-go
# keeps to the times of the protocol; ours are shorter where a case is "quick".
#
# Handshakes that we begin are counted by the answers to them: an initiation may
# leave in one burst with the packets before it, and the capture sees the burst.

# shellcheck source=interop.sh
. "${0%/*}/interop.sh"

interop_case renewed_sessions_lose_nothing 90 \
    'we began: a packet each 10 ms, and a new session each 3 s'
interop_case we_renew_what_they_began 90 \
    'what they began is too old for us: our packets wait for another session'
interop_case silence_makes_us_begin 90 \
    'they use a session that is too old for us: we replace it'
interop_case many_packets_end_a_session 90 \
    'another one after 100 packets, whoever began'
interop_case we_ask_for_cookies_under_load 90 \
    'they come through a flood with the cookie that we send'
interop_case we_have_cookies_for_them_under_load 90 \
    'we come through a flood with the cookie that they send'

# pings HOST ADDRESS INTERVAL LOST CONDITION...: of 1200 bytes, until the
# condition holds; so many of those before the last answer may be lost
pings()
{
	lab_spawn "$1" "$DIR/pings" ping -n -i "$3" -s 1200 "$2"
	ping_pid=$LAB_PID
	may_lose=$4
	shift 4
	lab_wait 30 "$@" || atf_fail "not in time: $*"
	kill -INT "$ping_pid"
	wait "$ping_pid" || :
	awk -v lose="$may_lose" '/ icmp_seq=/ {
		sub(/.* icmp_seq=/, "")
		got++
		if ($1 + 0 > last)
			last = $1 + 0
	} END {
		print got + 0 " of " last + 0
		exit last < 100 || last - got > lose
	}' "$DIR/pings" || atf_fail 'packets are lost'
	rm -f "$DIR/pings"
}

renewed_sessions_lose_nothing_body()
{
	interop_begin
	quick quick
	our_side
	start_theirs "$THEIR_PORT"
	watch
	need_reach alice "$THEM"
	pings alice "$THEM" 0.01 0 at_least 4 'them 2'
	atf_check_equal 0 "$(passed 'them 1')"
	atf_check_equal 0 "$(passed 'them 3')"
	need_reach bob "$US"
}

# What is under way at the very moment may be refused.
we_renew_what_they_began_body()
{
	interop_begin
	quick quick
	ENDPOINT=
	our_side
	start_theirs "$THEIR_PORT" endpoint "192.0.2.1:$OUR_PORT"
	watch
	need_reach bob "$US"
	atf_check_equal 'them 1,us 2' "$(handshakes | paste -s -d ,)"
	pings alice "$THEM" 0.01 2 at_least 2 'them 2'
	atf_check_equal 1 "$(passed 'them 1')"
	need_reach bob "$US"
}

# Only answers are sent from here.  They would notice after 15 s.
silence_makes_us_begin_body()
{
	interop_begin
	quick quick
	ENDPOINT=
	our_side
	start_theirs "$THEIR_PORT" endpoint "192.0.2.1:$OUR_PORT"
	watch
	need_reach bob "$US"
	lab_spawn bob "$DIR/log/ping.log" ping -n -i 0.05 "$US"
	lab_wait 20 at_least 1 'them 2' || atf_fail 'we do not notice'
	atf_check_equal 1 "$(passed 'them 1')"
	need_reach bob "$US" 'with the new session' 3
	need_reach alice "$THEM" 'with the new session' 3
	atf_check_equal 1 "$(passed 'them 1')"
}

many_packets_end_a_session_body()
{
	interop_begin
	quick few
	our_side
	start_theirs "$THEIR_PORT"
	watch
	need_reach alice "$THEM"
	pings alice "$THEM" 0.005 0 at_least 4 'them 2'
	atf_check_equal 0 "$(passed 'them 1')"
	stop_theirs
	stop_agent alice || atf_fail 'the agent ends badly'

	ENDPOINT=
	our_side
	start_theirs "$THEIR_PORT" endpoint "192.0.2.1:$OUR_PORT"
	before=$(passed 'them 2')
	need_reach bob "$US" 'they begin'
	atf_check_equal "$before" "$(passed 'them 2')"
	pings bob "$US" 0.005 0 at_least $((before + 3)) 'them 2'
	atf_check_equal 1 "$(passed 'them 1')"
}

# came_through ONE OTHER: what ONE sends first is answered with a cookie, and
# what it sends with that by the session.
came_through()
{
	handshakes | paste -s -d , | grep -Eqx -e "($1 1,)+$2 3,($1 1,|$2 3,)*\
($1 1 mac2,)+$2 2(,.*)?"
}

need_through()
{
	lab_wait 10 came_through "$1" "$2" || {
		handshakes
		atf_fail 'no session by a cookie'
	}
}

we_ask_for_cookies_under_load_body()
{
	interop_begin
	ENDPOINT=
	our_side
	flood bob 192.0.2.1 "$OUR_PORT" "$OUR_KEY"
	watch
	start_theirs "$THEIR_PORT" endpoint "192.0.2.1:$OUR_PORT"
	need_reach bob "$US" 'under load' 30
	need_through them us
	need_reach alice "$THEM"
	lab_wait 5 state_is up || atf_fail 'enclavectl tells of no session'
}

# More than 128 handshakes in the queue are load for wireguard-go, and for one
# second after; it takes some 0.1 ms for each.
we_have_cookies_for_them_under_load_body()
{
	interop_begin
	our_side
	start_theirs "$THEIR_PORT"
	watch
	flood alice 192.0.2.2 "$THEIR_PORT" "$THEIR_KEY"
	need_reach alice "$THEM" 'under load' 30
	need_through us them
	need_reach bob "$US"
	lab_wait 5 state_is up || atf_fail 'enclavectl tells of no session'
}
