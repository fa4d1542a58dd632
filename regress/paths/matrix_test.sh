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

# shellcheck source=cells.sh
. "${0%/*}/../paths/cells.sh"

# Of each kind in front of alice three in front of bob, so that each is there
# on either side; "make matrix" is all of them.
matrix_columns()
{
	case $1 in
	open)	echo full seq web ;;
	fw)	echo fw sym open ;;
	full)	echo addr noudp seq ;;
	addr)	echo sym port full ;;
	port)	echo leaky port noudp ;;
	linux)	echo fw seq rst ;;
	leaky)	echo leaky linux addr ;;
	rst)	echo noudp leaky fw ;;
	seq)	echo port seq noudp ;;
	sym)	echo open linux noudp ;;
	noudp)	echo seq rst open ;;
	web)	echo web sym addr ;;
	esac
}

# matrix_case KIND KIND: two rows, for which discovery and agents begin once
matrix_case()
{
	matrix_name=paths_from_behind_${1}_and_${2}_are_the_best_there_are
	suite_case "$matrix_name" 400 \
	    'what passes the router tells which one it is'
	eval "${matrix_name}_body()
	{
		matrix_rows $1 $2
	}"
}

# A row that takes long with one that does not.
matrix_case open sym
matrix_case fw web
matrix_case full noudp
matrix_case addr rst
matrix_case port seq
matrix_case linux leaky

suite_case a_443_only_network_reaches_who_listens_there 120 \
    'whichever side it is on, and without the relay'
suite_case sites_with_equal_private_addresses_meet 120 \
    'and never the wrong machine'
suite_case relay_is_reached_over_ipv6 120 \
    'where IPv4 does not lead to it'
suite_case relayed_path_becomes_direct 120 \
    'when the routers let it, without a break'
suite_case tcp_path_becomes_udp_and_tcp_again 150 \
    'without a break when it can, after a moment when it must'
suite_case path_survives_another_address 120 \
    'of the router, in the middle of a transfer'

matrix_rows()
{
	paths_begin
	start_relay 198.51.100.3/24
	for matrix_a in "$@"; do
		for matrix_b in $(matrix_columns "$matrix_a"); do
			run_cell "$matrix_a" "$matrix_b" || {
				cat "$DIR/log/cell.log"
				atf_fail "$matrix_a to $matrix_b: $CELL, not \
$(expected "$matrix_a" "$matrix_b")"
			}
		done
	done
}

# reached_on_443 WHO GW OTHER GW: WHO has a public address and is called there
reached_on_443()
{
	agent_conf "$1"
	agent_conf "$3"
	printf 'port 443\ntcp port 443\n' >>"$DIR/$1.conf"
	lab_nat "$2" open && lab_nat "$4" web && cell_judge ||
	    atf_fail 'no routers'
	lab_flush "$2"
	lab_flush "$4"
	cell_start
	cell_reached || {
		agent alice paths "$BOB"
		atf_fail "it is $CELL from $3 to $1"
	}
	atf_check_equal 0 "$(cell_count touched)"
	cell_stop
}

# What is seen may have another name on one side: it was not announced.
cell_reached()
{
	lab_wait 15 both_by_tcp && CELL=$(cell_carrier) && [ "$CELL" = tcp ]
}

both_by_tcp()
{
	[ "$(peer alice "$BOB" state path.transport)" = 'up tcp' ] &&
	    [ "$(peer bob "$ALICE" state path.transport)" = 'up tcp' ] &&
	    reaches alice "$BOB4"
}

a_443_only_network_reaches_who_listens_there_body()
{
	paths_begin
	start_relay 198.51.100.3/24
	reached_on_443 bob gwb alice gwa
	reached_on_443 alice gwa bob gwb
}

# The hosts have the same address, and so have the routers inside.
sites_with_equal_private_addresses_meet_body()
{
	paths_begin
	start_relay 198.51.100.3/24
	lab_nat gwa port && lab_nat gwb port &&
	    ip -n "${LAB_ID}gwb" addr flush dev lan scope global &&
	    ip -n "${LAB_ID}gwb" addr add 192.168.1.1/24 dev lan &&
	    nat_renumber bob 192.168.1.10/24 192.168.1.1 &&
	    lab_renat gwb port 198.51.100.12 192.168.1.0/24 &&
	    cell_judge || atf_fail 'no such network'
	cell_start
	cell_try udp 20 || atf_fail "$CELL"
	atf_check_equal 0 "$(cell_count touched)"
	cell_stop
}

# relay6_site GW HOST NUMBER: IPv6 for a site, TCP to port 443 only
relay6_site()
{
	ip -n "$LAB_ID$1" addr add "2001:db8:$3::1/64" dev lan nodad &&
	    ip -n "$LAB_ID$2" addr add "2001:db8:$3::10/64" dev eth0 nodad &&
	    ip -n "$LAB_ID$2" -6 route add default via "2001:db8:$3::1" &&
	    ip -n "$LAB_ID$DISCO" -6 route add "2001:db8:$3::/64" \
	    via "2001:db8::1$3" &&
	    lab_exec "$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding' &&
	    lab_exec "$1" nft -f - <<EOR
table ip6 lab {
	chain pass {
		type filter hook forward priority filter; policy drop;
		ct state established accept
		iifname lan ip6 daddr 2001:db8::3 tcp dport 443 accept
	}
}
EOR
}

relay_is_reached_over_ipv6_body()
{
	paths_begin
	start_relay 2001:db8::3/64
	lab_nat gwa web && lab_nat gwb web &&
	    relay6_site gwa alice 1 && relay6_site gwb bob 2 &&
	    cell_judge || atf_fail 'no such network'
	cell_start
	cell_try relay 20 || {
		agent alice paths "$BOB"
		atf_fail "$CELL"
	}
	case $(peer alice "$BOB" path.remote) in
	*2001:db8::3*) ;;
	*)	atf_fail "$(agent alice -j status | flat | grep path)" ;;
	esac
	cell_stop
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
	start_relay 198.51.100.3/24
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
