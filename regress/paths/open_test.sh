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
# A router that opens its IPv6 firewall on demand, by PCP, in front of a system
# that nothing else leads to: IPv4 lets out TCP to port 443 alone on both sides,
# and so does IPv6 on one of them.

# shellcheck source=../suite/suite.sh
. "${0%/*}/../suite/suite.sh"
# shellcheck source=../netns/nat.sh
. "${0%/*}/../netns/nat.sh"
# shellcheck source=cells.sh
. "${0%/*}/../paths/cells.sh"

suite_case closed_ipv6_firewall_is_opened_on_demand 120 \
    'and a peer that may use port 443 alone has a direct path'
suite_case firewall_stays_closed_if_port_mapping_is_off 120 \
    'and the path leads over the relay'

PCP_HELPER=$ENCLAVE_BUILD/regress/paths/pcp_helper
GLOBAL6=2001:db8:2::10

# site6 GW HOST NUMBER OUT: only the link knows the router, as usual; what
# leaves is what OUT says, what comes in unasked is in the set "opened"
site6()
{
	ip -n "$LAB_ID$1" addr add "2001:db8:$3::1/64" dev lan nodad &&
	    ip -n "$LAB_ID$1" addr add fe80::1/64 dev lan nodad &&
	    ip -n "$LAB_ID$2" addr add "2001:db8:$3::10/64" dev eth0 nodad &&
	    ip -n "$LAB_ID$2" -6 route replace default via fe80::1 dev eth0 &&
	    lab_exec "$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding' &&
	    lab_exec "$1" nft -f - <<EOR
table ip6 lab {
	set opened {
		type inet_proto . ipv6_addr . inet_service
	}
	chain pass {
		type filter hook forward priority filter; policy drop;
		ct state established accept
		iifname lan $4 accept
		iifname wan meta l4proto . ip6 daddr . th dport @opened accept
	}
}
EOR
}

open_begin()
{
	paths_begin
	start_relay 198.51.100.3/24
	lab_nat gwa web && lab_nat gwb web &&
	    site6 gwa alice 1 'tcp dport 443' && site6 gwb bob 2 '' &&
	    ip -n "${LAB_ID}gwa" -6 route add 2001:db8:2::/64 \
	    via 2001:db8::12 &&
	    ip -n "${LAB_ID}gwb" -6 route add 2001:db8:1::/64 \
	    via 2001:db8::11 && cell_judge || atf_fail 'no such network'
	lab_spawn gwb "$DIR/log/pcp.log" "$PCP_HELPER" ip6 lab opened
	agent_conf bob
	echo 'tcp port 443' >>"$DIR/bob.conf"
}

opened()
{
	lab_exec gwb nft list set ip6 lab opened
}

is_opened()
{
	opened | grep -q "tcp . $GLOBAL6 . 443" &&
	    opened | grep -q "udp . $GLOBAL6 . [0-9]"
}

is_closed()
{
	! opened | grep -q "$GLOBAL6"
}

is_direct()
{
	[ "$(peer alice "$BOB" state path.transport path.remote)" = \
	    "up tcp [$GLOBAL6]:443" ] && reaches alice "$BOB4"
}

closed_ipv6_firewall_is_opened_on_demand_body()
{
	open_begin
	need_agent bob
	lab_wait 15 is_opened || {
		cat "$DIR/log/pcp.log"
		opened
		agent bob netcheck
		atf_fail 'the router was not asked for both'
	}
	need_agent alice
	lab_wait 15 is_direct || {
		agent alice paths "$BOB"
		atf_fail 'no direct path'
	}
	atf_check_equal tcp "$(cell_carrier)"
	atf_check_equal 0 "$(cell_count touched)"
	agent bob netcheck | grep 'fe80::1' || {
		agent bob netcheck
		atf_fail 'the router is not shown'
	}
	stop_agent bob
	lab_wait 10 is_closed || atf_fail 'the router was not told of the end'
}

firewall_stays_closed_if_port_mapping_is_off_body()
{
	open_begin
	echo 'no port mapping' >>"$DIR/bob.conf"
	cell_start
	cell_try relay "$CELL_SECONDS" || atf_fail "it is $CELL"
	[ ! -s "$DIR/log/pcp.log" ] || atf_fail 'it was asked nevertheless'
	is_closed || atf_fail 'it is open nevertheless'
}
