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
# Tunnels whose network changes under them: another address, or routers that let
# pass what they did not, and the other way round.

# shellcheck source=../suite/suite.sh
. "${0%/*}/../suite/suite.sh"
# shellcheck source=../netns/nat.sh
. "${0%/*}/../netns/nat.sh"
# shellcheck source=cells.sh
. "${0%/*}/../paths/cells.sh"

suite_case another_address_of_the_host_is_noticed_at_once 120 \
    'traffic goes on, and discovery is connected again'
suite_case another_address_of_the_router_is_noticed_at_once 120 \
    'although the host sees nothing of it'
suite_case stream_goes_over_tcp_and_relay_and_back 180 \
    'when UDP, and then all but port 443, is blocked and allowed again'

MOVE_MS=3000		# from the change to what it is about
MOVE_TRIES=3		# a busy machine may be late for everything

now_ms()
{
	date +%s%3N
}

move_begin()
{
	paths_begin
	lab_nat gwa port && lab_nat gwb port || atf_fail 'no routers'
	need_agent alice
	need_agent bob
	lab_wait 15 path_is public udp || atf_fail 'no path'
}

# connections: how often alice's agent has been connected to discovery
connections()
{
	grep -c 'linkproc: connected to' "$DIR/log/alice.log"
}

# answered_since SECONDS: a ping was sent and answered after that moment
answered_since()
{
	tr -d '[]' <"$DIR/log/moving" | awk -v since="$1" '
	    / bytes from / && $1 - substr($(NF - 1), 6) / 1000 > since {
		found = 1 } END { exit !found }'
}

connected_again()
{
	[ "$(connections)" -gt "$1" ]
}

# moved CHANGE ARGUMENT...: traffic and discovery are back in time, once at least
moved()
{
	move_left=$MOVE_TRIES
	while [ "$move_left" -gt 0 ]; do
		: >"$DIR/log/moving"
		lab_spawn alice "$DIR/log/moving" ping -D -n -i 0.02 "$BOB4"
		move_ping=$LAB_PID
		lab_wait 5 grep -q ' bytes from ' "$DIR/log/moving" ||
		    atf_fail 'no traffic'
		move_before=$(connections)
		"$@" || atf_fail 'no change'
		move_at=$(now_ms)
		move_since=$(echo "$move_at" | awk '{ printf "%.3f",
		    $1 / 1000 }')
		lab_wait 20 answered_since "$move_since" ||
		    atf_fail 'traffic does not go on'
		move_traffic=$(($(now_ms) - move_at))
		lab_wait 20 connected_again "$move_before" ||
		    atf_fail 'the dead connection is not noticed'
		move_link=$(($(now_ms) - move_at))
		kill -INT "$move_ping"
		wait "$move_ping" || :
		echo "traffic after $move_traffic ms, discovery after \
$move_link ms"
		[ "$move_traffic" -gt "$MOVE_MS" ] ||
		    [ "$move_link" -gt "$MOVE_MS" ] || return 0
		move_left=$((move_left - 1))
	done
	atf_fail 'too late each time'
}

# The same router has another network, as after a change from cable to Wi-Fi.
host_moves()
{
	move_net=$((200 - ${move_net:-100}))
	ip -n "${LAB_ID}gwa" addr replace "192.168.$move_net.1/24" dev lan &&
	    lab_renat gwa port 198.51.100.11 192.168.0.0/16 &&
	    nat_renumber alice "192.168.$move_net.10/24" \
	    "192.168.$move_net.1"
}

another_address_of_the_host_is_noticed_at_once_body()
{
	move_begin
	moved host_moves
}

router_moves()
{
	move_old=198.51.100.${move_now:-11}
	move_now=$((122 - ${move_now:-11}))
	ip -n "${LAB_ID}gwa" addr del "$move_old/24" dev wan &&
	    ip -n "${LAB_ID}gwa" addr add "198.51.100.$move_now/24" dev wan &&
	    lab_renat gwa port "198.51.100.$move_now" 192.168.1.0/24 &&
	    lab_flush gwa
}

another_address_of_the_router_is_noticed_at_once_body()
{
	move_begin
	moved router_moves
}

# --- A stream ----------------------------------------------------------------

# Numbers, in order, until there is a file "stop"; their end is in "sent".
stream_begin()
{
	cat <<'EOS' >"$DIR/numbers"
n=0
while [ ! -e stop ]; do
	seq $n $((n + 99))
	n=$((n + 100))
	sleep 0.02
done
echo $((n - 1)) >sent
EOS
	lab_spawn bob "$DIR/log/stream-bob.log" sh -c \
	    "cd '$DIR' && sh numbers | nc -l -p 8080 -s '$BOB4' -q 0"
	lab_wait 5 listens_8080 || atf_fail 'no server'
	lab_spawn alice "$DIR/log/stream-alice.log" sh -c \
	    "nc -d '$BOB4' 8080 >'$DIR/numbers.got'"
	STREAM=$LAB_PID
	stream_flows || atf_fail 'the stream does not begin'
}

listens_8080()
{
	lab_exec bob cat /proc/net/tcp | grep -qi ':1F90 00000000:0000 0A'
}

stream_longer()
{
	[ "$(wc -l <"$DIR/numbers.got")" -gt "$1" ]
}

# More of it arrives from now on.
stream_flows()
{
	lab_wait 20 test -s "$DIR/numbers.got" &&
	    lab_wait 20 stream_longer $(($(wc -l <"$DIR/numbers.got") + 500))
}

# leads TYPE TRANSPORT: such a path comes, and the stream flows
leads()
{
	lab_wait 40 path_is "$1" "$2" || {
		agent alice paths "$BOB"
		atf_fail "no path: $1 $2"
	}
	stream_flows || atf_fail "over $1 $2 the stream stands still"
	kill -0 "$STREAM" 2>/dev/null || atf_fail 'the stream has ended'
}

stream_goes_over_tcp_and_relay_and_back_body()
{
	paths_begin
	start_relay 198.51.100.3/24
	lab_nat gwa port && lab_nat gwb port || atf_fail 'no routers'
	need_agent alice
	need_agent bob
	lab_wait 15 path_is public udp || atf_fail 'no path'
	stream_begin
	lab_renat gwa noudp || atf_fail 'no router'
	lab_flush gwa
	leads public tcp
	lab_renat gwa web && lab_renat gwb web || atf_fail 'no routers'
	lab_flush gwa
	lab_flush gwb
	leads relay tcp
	lab_renat gwa noudp && lab_renat gwb port || atf_fail 'no routers'
	leads public tcp
	lab_renat gwa port || atf_fail 'no router'
	leads public udp
	lab_renat gwa web && lab_renat gwb web || atf_fail 'no routers'
	lab_flush gwa
	lab_flush gwb
	leads relay tcp
	lab_renat gwa port && lab_renat gwb port || atf_fail 'no routers'
	leads public udp
	: >"$DIR/stop"
	wait "$STREAM" || atf_fail 'the stream broke off'
	seq 0 "$(cat "$DIR/sent")" | cmp - "$DIR/numbers.got" ||
	    atf_fail 'something is missing'
}
