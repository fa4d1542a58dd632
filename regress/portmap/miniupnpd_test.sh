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

# The port mapping client against a router of somebody else: miniupnpd, which
# speaks PCP and NAT-PMP, in a network of its own. It serves no outside address
# that is reserved for documentation, so the addresses here are others; nothing
# leaves the namespaces.

GATEWAY=192.168.7.1
OWN=192.168.7.10
OUTSIDE=11.22.33.1
WORLD=11.22.33.2

in_lab()
{
	LAB_ID=
	[ ! -f lab_id ] || LAB_ID=$(cat lab_id)
	# shellcheck source=../netns/lab.sh
	. "$(atf_get_srcdir)/../netns/lab.sh" || exit 1
	printf '%s\n' "$LAB_ID" >lab_id
	HELPER=$(atf_get_srcdir)/portmap_helper
}

portmap_case()
{
	atf_test_case "$1" cleanup
	eval "$1_head() {
	    atf_set descr '$2'
	    atf_set require.user root
	    atf_set require.progs 'ip nft nsenter nc'
	    atf_set timeout 90; }
	    $1_cleanup() { in_lab; lab_down; }"
}

portmap_case pcp_gives_a_port_that_works \
    'what the world sends to the outside port arrives inside'
portmap_case natpmp_gives_a_port_that_works \
    'the same, with the PCP packets kept back'
portmap_case a_restart_of_the_router_is_found_out \
    'the epoch goes back, and the port is asked for again'
portmap_case a_router_without_its_line_refuses_by_name \
    'and gives a port when the line is back'
portmap_case a_host_without_a_service_is_no_gateway \
    'no answer of either protocol'

chains()
{
	cat <<EOC
table inet pm {
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established,related accept
		jump miniupnpd
	}
	chain miniupnpd { }
	chain prerouting {
		type nat hook prerouting priority -100;
		jump prerouting_miniupnpd
	}
	chain postrouting {
		type nat hook postrouting priority 100;
		jump postrouting_miniupnpd
	}
	chain prerouting_miniupnpd { }
	chain postrouting_miniupnpd { }
}
EOC
}

configuration()
{
	cat <<EOC
ext_ifname=wan
listening_ip=lan
enable_natpmp=yes
enable_upnp=no
secure_mode=yes
min_lifetime=120
max_lifetime=86400
upnp_table_name=pm
upnp_nat_table_name=pm
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
uuid=00000000-0000-0000-0000-000000000000
allow 1024-65535 192.168.7.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
EOC
}

addresses()
{
	lab_cable gw lan alice eth0 && lab_cable gw wan world eth0 &&
	    lab_addr gw lan "$GATEWAY/24" && lab_addr alice eth0 "$OWN/24" &&
	    lab_addr gw wan "$OUTSIDE/24" &&
	    lab_addr world eth0 "$WORLD/24" &&
	    ip -n "$(lab_ns alice)" route add default via "$GATEWAY"
}

network()
{
	PATH=$PATH:/usr/sbin
	command -v miniupnpd >/dev/null ||
	    atf_skip 'miniupnpd is not installed'
	in_lab
	lab_begin alice gw world || atf_fail 'no network'
	addresses || atf_fail 'no addresses'
	chains | lab_exec gw nft -f - || atf_fail 'no rules'
	lab_exec gw sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	configuration >router.conf
}

listens()
{
	lab_exec gw cat /proc/net/udp | grep -qi ':14E7 '
}

# router_up [-U]: its epoch began when the machine did
router_up()
{
	# shellcheck disable=SC2068
	lab_spawn gw router.log miniupnpd $@ -d -f "$PWD/router.conf" \
	    -P "$PWD/router.pid"
	ROUTER=$LAB_PID
	lab_wait 10 listens || {
		cat router.log >&2
		atf_fail 'miniupnpd does not start'
	}
}

router_down()
{
	kill "$ROUTER"
	wait "$ROUTER" || :
}

# client ARG...: in the background
client()
{
	lab_spawn alice client.log "$HELPER" "$@"
	CLIENT=$LAB_PID
}

# said PATTERN [TIMES]
said()
{
	[ "$(grep -c -e "$1" client.log)" -ge "${2:-1}" ]
}

need_said()
{
	lab_wait 10 said "$@" || {
		cat client.log router.log >&2
		atf_fail "the client does not say: $*"
	}
}

arrived()
{
	grep -q 'from the world' arrived
}

# What the world sends to OUTSIDE, port $1, arrives at port $2 of alice.
need_delivery()
{
	: >arrived
	nsenter --net="/run/netns/$(lab_ns alice)" -- \
	    nc -u -l "$OWN" "$2" >arrived 2>/dev/null </dev/null &
	nc_pid=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		echo 'from the world' | lab_exec world nc -u -q 0 -w 1 \
		    "$OUTSIDE" "$1"
		arrived && break
		sleep 0.2
	done
	kill "$nc_pid" 2>/dev/null || :
	wait "$nc_pid" 2>/dev/null || :
	arrived || {
		lab_exec gw nft list ruleset >&2
		atf_fail 'nothing arrives inside'
	}
}

rules()
{
	lab_exec gw nft list chain inet pm prerouting_miniupnpd |
	    grep -c dnat || :
}

# gives_a_port PROTOCOL [-n]
gives_a_port()
{
	speaks=$1
	shift
	network
	router_up
	client "$@" "$GATEWAY" "$OWN" udp 4500 60
	need_said "^mapped udp $OUTSIDE:4500 7200 $speaks\$"
	atf_check_equal 1 "$(rules)"
	need_delivery 4500 4500
	kill "$CLIENT"
	wait "$CLIENT" || atf_fail 'the client failed'
	need_said '^released answered, resets 0$'
	atf_check_equal 0 "$(rules)"
}

pcp_gives_a_port_that_works_body()
{
	gives_a_port PCP
}

natpmp_gives_a_port_that_works_body()
{
	gives_a_port NAT-PMP -n
}

# The second router counts from its own start: a few seconds after, it is far
# behind the first one.
a_restart_of_the_router_is_found_out_body()
{
	network
	router_up -U
	client "$GATEWAY" "$OWN" tcp 4501 60
	need_said "^mapped tcp $OUTSIDE:4501 "
	router_down
	lab_exec gw nft flush chain inet pm prerouting_miniupnpd
	atf_check_equal 0 "$(rules)"
	router_up
	kill -USR1 "$CLIENT"
	need_said '^mapped' 2
	atf_check_equal 1 "$(rules)"
	kill "$CLIENT"
	wait "$CLIENT" || atf_fail 'the client failed'
	need_said '^released answered, resets 1$'
}

a_router_without_its_line_refuses_by_name_body()
{
	network
	router_up
	ip -n "$(lab_ns gw)" addr flush dev wan
	client "$GATEWAY" "$OWN" udp 4500 60
	# PCP's code 7 is a network failure.
	need_said '^unmapped udp refused 7$'
	atf_check_equal 0 "$(rules)"
	lab_addr gw wan "$OUTSIDE/24"
	kill -USR1 "$CLIENT"
	need_said "^mapped udp $OUTSIDE:4500 7200 PCP\$"
	atf_check_equal 1 "$(rules)"
}

a_host_without_a_service_is_no_gateway_body()
{
	network
	client "$GATEWAY" "$OWN" udp 4500 2
	need_said '^released unanswered'
	atf_check -s exit:1 grep -q '^mapped' client.log
}

atf_init_test_cases()
{
	atf_add_test_case pcp_gives_a_port_that_works
	atf_add_test_case natpmp_gives_a_port_that_works
	atf_add_test_case a_restart_of_the_router_is_found_out
	atf_add_test_case a_router_without_its_line_refuses_by_name
	atf_add_test_case a_host_without_a_service_is_no_gateway
}
