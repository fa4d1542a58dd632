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

# Garbage on every socket that a daemon listens on. Whatever comes, no process
# ends, nothing is lost, a good client is served afterwards, and what was wrong
# is counted or told.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case garbage_on_the_agents_control_socket 120 \
    'random bytes, and nothing at all'
suite_case garbage_on_the_services_control_socket 120 \
    'random bytes, and nothing at all'
suite_case false_messages_to_the_agent 120 \
    'well-formed headers of every type and of wrong lengths'
suite_case false_messages_to_the_service 120 \
    'well-formed headers of every type and of wrong lengths'
suite_case silent_clients_do_not_keep_others_out 120 \
    'many connections to the control sockets on which nothing is said'
suite_case garbage_on_the_tls_port 120 \
    'random bytes, HTTP, and connections that end at once'
suite_case garbage_inside_of_tls 120 'false lengths, false JSON, false frames'
suite_case half_open_tls_connections 120 \
    'more of them than one source may have'
suite_case garbage_on_the_stun_port 120 'random bytes and false STUN'
suite_case garbage_on_the_agents_udp_port 120 \
    'random bytes, false STUN and false WireGuard'
suite_case garbage_out_of_the_tun_device 120 \
    'packets of no use are dropped and counted'

# --- parts -------------------------------------------------------------------

all_pids()
{
	table "$(agent_pid alice)"
	table "$(agent_pid bob)"
	table "$DISCOVERYD"
}

begin_with_pair()
{
	suite_begin
	suite_nat
	suite_pair
	need_reach alice "$BOB4"
	all_pids >before
}

# The same processes as at the beginning, and all of it works: the tools, the
# link, policy, the tunnel.
need_unharmed()
{
	all_pids >after
	atf_check -o file:before cat after
	agent alice -j status >/dev/null || atf_fail 'status of the agent'
	admin -j status >/dev/null || atf_fail 'status of the service'
	need_reach alice "$BOB4"
	both_up || atf_fail 'the tunnel is down'
	admin system untag "$BOB" web-servers >/dev/null || atf_fail 'untag'
	lab_wait 10 no_peers || atf_fail 'policy does not arrive'
	admin system tag "$BOB" web-servers >/dev/null || atf_fail 'tag'
	need_up
	need_reach alice "$BOB4"
	all_pids >after
	atf_check -o file:before cat after
}

no_peers()
{
	[ -z "$(peer alice "$BOB" system)" ]
}

# to_socket PATH: standard input there, not longer than two seconds
to_socket()
{
	timeout 2 nc -U -N "$1" >/dev/null 2>&1
	:
}

garbage_on_socket()
{
	for size in 0 1 15 16 17 31 100 1000 16384 16385 100000 1000000; do
		for round in 1 2 3; do
			head -c "$size" /dev/urandom | to_socket "$1"
		done
	done
	tr '\0' '\377' </dev/zero | head -c 5000 | to_socket "$1"
	head -c 5000 /dev/zero | to_socket "$1"
	printf 'GET / HTTP/1.0\r\n\r\n' | to_socket "$1"
}

# In each of them the header is right and the rest is not. A message that is
# complete and permitted is answered, so every type is sent alone.
false_messages()
{
	last=$(grep -c '^MSG_BEGIN' "$TOP/lib/msg/messages.def")
	[ "$last" -gt 50 ] || atf_fail 'there are no messages'
	"$HELPERS/messages_helper" "$1" $((last + 3)) ||
	    atf_fail 'the socket cannot be reached'
}

told()
{
	grep -q -e "$2" "$DIR/log/$1.log"
}

# --- control sockets ---------------------------------------------------------

garbage_on_the_agents_control_socket_body()
{
	begin_with_pair
	garbage_on_socket "$DIR/alice.sock"
	need_unharmed
}

garbage_on_the_services_control_socket_body()
{
	begin_with_pair
	garbage_on_socket "$DIR/disco.sock"
	need_unharmed
}

false_messages_to_the_agent_body()
{
	begin_with_pair
	false_messages "$DIR/alice.sock"
	need_unharmed
	told alice 'from enclavectl refused' ||
	    atf_fail 'nothing of this is in the log'
}

false_messages_to_the_service_body()
{
	begin_with_pair
	false_messages "$DIR/disco.sock"
	need_unharmed
	told disco 'from .*discoveryctl refused' ||
	    atf_fail 'nothing of this is in the log'
	# Nothing of the random contents became part of the configuration.
	atf_check_equal 1 "$(admin -j org list | flat | grep -c '\.name=')"
	atf_check_equal 2 "$(admin -j system list | flat |
	    grep -c '\.system=')"
}

# crowd COUNT cmd...: run it so many times in the background
crowd()
{
	crowd_n=$1
	shift
	CROWD=
	while [ "$crowd_n" -gt 0 ]; do
		"$@" </dev/null >/dev/null 2>&1 &
		CROWD="$CROWD $!"
		crowd_n=$((crowd_n - 1))
	done
}

crowd_goes()
{
	# shellcheck disable=SC2086
	kill $CROWD 2>/dev/null
	# shellcheck disable=SC2086
	wait $CROWD 2>/dev/null
	:
}

answers_again()
{
	agent alice -j status && admin -j status
}

# While they are there, a client may have to wait; when they are gone, not.
silent_clients_do_not_keep_others_out_body()
{
	begin_with_pair
	for socket in alice.sock disco.sock; do
		crowd 100 nc -d -U "$DIR/$socket"
		reaches alice "$BOB4" || atf_fail 'the tunnel does not go on'
		kill -0 "$DISCOVERYD" || atf_fail 'the service has ended'
		crowd_goes
		lab_wait 10 answers_again || atf_fail 'no answer any more'
	done
	need_unharmed
}

# --- TLS ---------------------------------------------------------------------

# to_tcp HOST: standard input to the TLS port
to_tcp()
{
	lab_exec "$1" timeout 3 nc -N "$DISCO4" 443 >/dev/null 2>&1
	:
}

refusals()
{
	[ "$(counter tls_refused)" -ge "$1" ]
}

garbage_on_the_tls_port_body()
{
	begin_with_pair
	refused=$(counter tls_refused)
	for size in 1 5 100 1000 20000 300000; do
		for round in 1 2 3; do
			head -c "$size" /dev/urandom | to_tcp alice
		done
	done
	printf 'GET / HTTP/1.1\r\nHost: example\r\n\r\n' | to_tcp alice
	printf '\026\003\001\377\377' | to_tcp alice
	printf '\026\003\001\000\005\001\377\377\377\377' | to_tcp alice
	printf 'SSH-2.0-x\r\n' | to_tcp inet
	: | to_tcp inet
	lab_wait 10 refusals $((refused + 18)) ||
	    atf_fail "only $(($(counter tls_refused) - refused)) counted"
	need_unharmed
}

bad_frames()
{
	[ "$(counter tls_bad_frames)" -ge "$1" ]
}

# inside: standard input through TLS
inside()
{
	lab_exec inet timeout 5 "$HELPERS/tls_helper" "$DISCO4" 443 \
	    >/dev/null 2>&1
	:
}

# be32 NUMBER: the length of a frame
be32()
{
	# shellcheck disable=SC2059
	printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $(($1 >> 24 & 255)) \
	    $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)))"
}

# frame TEXT: as one frame
frame()
{
	be32 ${#1}
	printf '%s' "$1"
}

deep()
{
	printf "%0$1d" 0 | tr 0 "$2"
}

garbage_inside_of_tls_body()
{
	begin_with_pair
	bad=$(counter tls_bad_frames)
	lab_exec inet curl -q -s -k --noproxy '*' --max-time 3 -o /dev/null \
	    "https://$DISCO4:443/"
	for size in 0 1048577 2147483647 2147483648 4294967295; do
		{
			be32 "$size"
			head -c 100 /dev/urandom
		} | inside
	done
	for text in '{}' '[]' null '"a"' '{"a"' '{"type":1}' \
	    '{"type":"none"}' '{"type":"hello"}' '{"type":"enrol"}' \
	    '{"type":"auth","certificate":"","signature":"","sequence":-1}' \
	    '{"type":"welcome"}' "$(deep 2000 '[')$(deep 2000 ']')" \
	    "$(deep 20000 '{')"; do
		frame "$text" | inside
	done
	{
		be32 1000000
		head -c 1000000 /dev/urandom
	} | inside
	{
		be32 1000000
		deep 1000000 '['
	} | inside
	# Begun and never finished.
	be32 1000 | inside
	head -c 3 /dev/urandom | inside
	lab_wait 10 bad_frames $((bad + 17)) ||
	    atf_fail "only $(($(counter tls_bad_frames) - bad)) counted"
	need_unharmed
}

half_open_tls_connections_body()
{
	begin_with_pair
	refused=$(counter tls_refused)
	# One source may have 256; alice comes from another address.
	crowd 300 nsenter --net="$LAB_NETNS/$(lab_ns inet)" -- \
	    nc -d "$DISCO4" 443
	lab_wait 20 refusals $((refused + 44)) ||
	    atf_fail 'more than the limit are taken'
	link=$(child "$(agent_pid alice)" linkproc)
	kill -KILL "$link"
	lab_wait 15 replaced "$(agent_pid alice)" linkproc "$link" ||
	    atf_fail 'linkproc is not started again'
	lab_wait 30 link_is_up || atf_fail 'a good client is kept out'
	crowd_goes
	all_pids >before
	need_unharmed
}

link_is_up()
{
	[ "$(agent_field alice discovery.state)" = up ]
}

# --- UDP ---------------------------------------------------------------------

# to_udp HOST ADDRESS PORT: standard input as one datagram
to_udp()
{
	lab_exec "$1" nc -u -q 0 -w 1 "$2" "$3" >/dev/null 2>&1
	:
}

# datagram LEAD SIZE: LEAD as printf takes it, then random bytes up to SIZE
datagram()
{
	{
		# shellcheck disable=SC2059
		printf "$1"
		head -c "$2" /dev/urandom
	} | head -c "$2"
}

# garbage_to HOST ADDRESS PORT: of all kinds that the receiver tells apart
garbage_to()
{
	for size in 1 4 12 19 20 28 32 64 92 148 500 1500 9000; do
		datagram '' "$size" | to_udp "$@"
		# A WireGuard message of each kind, STUN, RTP-like, all ones.
		for lead in '\001\000\000\000' '\002\000\000\000' \
		    '\003\000\000\000' '\004\000\000\000' \
		    '\004\000\000\000\001\000\000\000' \
		    '\000\001\000\000\041\022\244\102' \
		    '\000\001\000\010\041\022\244\102' \
		    '\001\001\377\374\041\022\244\102' '\200' '\377\377'; do
			datagram "$lead" "$size" | to_udp "$@"
		done
	done
	: | to_udp "$@"
	head -c 2000000 /dev/urandom | to_udp "$@"
}

stun_drops()
{
	[ "$(counter stun_dropped)" -ge "$1" ]
}

garbage_on_the_stun_port_body()
{
	begin_with_pair
	dropped=$(counter stun_dropped)
	garbage_to inet "$DISCO4" 3478
	lab_wait 10 stun_drops $((dropped + 100)) ||
	    atf_fail "only $(($(counter stun_dropped) - dropped)) counted"
	need_unharmed
}

# udp_port HOST: of its netproc, over IPv4
udp_port()
{
	port=$(lab_exec "$1" cat /proc/net/udp |
	    awk 'FNR == 2 { sub(/^.*:/, "", $2); print $2 }')
	printf '%d\n' "0x$port"
}

garbage_on_the_agents_udp_port_body()
{
	begin_with_pair
	port=$(udp_port alice)
	[ "$port" -gt 0 ] || atf_fail 'the port is not known'
	garbage_to gwa 192.168.1.10 "$port"
	need_unharmed
}

# --- tun ---------------------------------------------------------------------

garbage_out_of_the_tun_device_body()
{
	begin_with_pair
	ns=$(lab_ns alice)
	dropped=$(agent_field alice counters.drop_no_peer)
	# An address of the overlay that nobody has, multicast, the own net.
	for address in 100.64.0.1 100.127.255.254 100.127.255.255; do
		lab_exec alice ping -b -n -c 2 -i 0.2 -W 1 "$address" \
		    >/dev/null 2>&1
	done
	lab_exec alice ping -n -c 2 -i 0.2 -W 1 -I enclave0 ff02::1 \
	    >/dev/null 2>&1
	lab_exec alice ping -n -c 2 -i 0.2 -W 1 -I enclave0 224.0.0.1 \
	    >/dev/null 2>&1
	# A false source: the receiver must not see it.
	ip -n "$ns" addr add 100.64.9.9/32 dev enclave0 || atf_fail 'ip addr'
	lab_exec alice ping -n -c 3 -i 0.2 -W 1 -I 100.64.9.9 "$BOB4" \
	    >/dev/null 2>&1 && atf_fail 'a false source is answered'
	ip -n "$ns" addr del 100.64.9.9/32 dev enclave0
	[ "$(agent_field alice counters.drop_no_peer)" -gt "$dropped" ] ||
	    atf_fail 'packets to nobody are not counted'
	[ "$(agent_field alice counters.drop_spoofed)" -gt 0 ] ||
	    atf_fail 'packets with a false source are not counted'
	need_unharmed
}
