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
# What an agent finds out about the router in front of it, and what it does
# about one that takes another port for each destination, or opens one on
# demand. Wires of 20 ms from each router to the rest of the world.

# shellcheck source=../suite/suite.sh
. "${0%/*}/../suite/suite.sh"
# shellcheck source=../netns/nat.sh
. "${0%/*}/../netns/nat.sh"

suite_case behaviour_of_each_kind_of_router_is_shown 150 \
    'what several servers see of one port tells which kind it is'
suite_case ports_in_sequence_are_predicted 120 \
    'a peer whose router takes the next port is met at the next ports'
suite_case random_ports_are_met_by_many_sockets_and_many_probes 150 \
    'where the other side keeps its port'
suite_case without_guessing_there_is_no_path 120 \
    'neither to ports in sequence nor to random ones'
suite_case router_that_opens_ports_is_asked 120 \
    'what it has opened is a candidate, and is closed again at the end'

NAT_WIRE=$ENCLAVE_BUILD/regress/netns/wire_helper
DISCO4_OTHER=198.51.100.4

# One address alone shows nothing of address-dependent mappings.
need_two_addresses()
{
	ip -n "$LAB_ID$DISCO" addr add "$DISCO4_OTHER/24" dev eth0 ||
	    atf_fail 'no second address'
	discovery_conf
	echo "stun on $DISCO4_OTHER port 3478" >>"$DIR/disco.conf"
}

nat_begin()
{
	suite_begin
	suite_nat
	lab_length gwa 20 && lab_length gwb 20 || atf_fail 'no wires'
	need_two_addresses
	need_discovery
	policy web web-clients web-servers tcp/8080 icmp ||
	    atf_fail 'no policy'
	need_agent alice
	need_enrolled alice web-clients
}

nat_pair()
{
	nat_begin
	need_agent bob
	need_enrolled bob web-servers
	learn_names
	stop_agent alice
	stop_agent bob
}

netcheck()
{
	agent "$1" -j netcheck | flat
}

# shows HOST PATTERN
shows()
{
	netcheck "$1" | grep -qe "$2"
}

# behaviour KIND UDP TCP
behaviour()
{
	lab_nat gwa "$1" || atf_fail "$1: no router"
	lab_flush gwa
	need_agent alice
	lab_wait 10 shows alice "^nat\.0\.text=$2\$" || {
		agent alice netcheck
		atf_fail "$1: not $2"
	}
	lab_wait 10 shows alice "^nat\.1\.text=$3\$" || {
		agent alice netcheck
		atf_fail "$1: TCP is not $3"
	}
	stop_agent alice
}

behaviour_of_each_kind_of_router_is_shown_body()
{
	nat_begin
	stop_agent alice
	same='endpoint-independent, port [a-z]*'
	each=address-and-port-dependent
	behaviour open none none
	behaviour port "$same" "$same"
	behaviour linux "$same" "$same"
	behaviour seq "$each, sequence of [12]" "$each, sequence of [0-9]*"
	behaviour sym "$each, random" "$each, random"
	behaviour noudp blocked "$same"
}

path_is()
{
	[ "$(peer alice "$BOB" state path.type path.transport)" = \
	    "up $1 $2" ] &&
	    [ "$(peer bob "$ALICE" state path.type path.transport)" = \
	    "up $1 $2" ] && reaches alice "$BOB4"
}

# start_cell KIND-OF-ALICE KIND-OF-BOB
start_cell()
{
	lab_nat gwa "$1" && lab_nat gwb "$2" || atf_fail "$1 $2: no routers"
	lab_flush gwa
	lab_flush gwb
	need_agent alice
	need_agent bob
}

# cell KIND-OF-ALICE KIND-OF-BOB
cell()
{
	start_cell "$@"
	lab_wait 45 path_is public udp || {
		agent alice status
		agent bob status
		atf_fail "$1 to $2: $(peer alice "$BOB" state path.type \
		    path.transport)"
	}
	stop_agent alice
	stop_agent bob
}

ports_in_sequence_are_predicted_body()
{
	nat_pair
	cell seq port
	cell port seq
	cell linux seq
	cell seq seq
}

random_ports_are_met_by_many_sockets_and_many_probes_body()
{
	nat_pair
	cell sym port
	grep -q 'met at one of many sockets' "$DIR/log/alice.log" ||
	    atf_fail 'it was not one of the many sockets'
	cell port sym
}

without_guessing_there_is_no_path_body()
{
	nat_pair
	for h in alice bob; do
		echo 'no guessing' >>"$DIR/$h.conf"
	done
	for k in seq sym; do
		start_cell "$k" port
		! lab_wait 8 path_is public udp || atf_fail 'it has guessed'
		stop_agent alice
		stop_agent bob
	done
}

# --- A router that opens ports -----------------------------------------------

chains()
{
	cat <<EOC
table inet pm {
	chain forward {
		type filter hook forward priority -5; policy accept;
		jump miniupnpd
	}
	chain miniupnpd { }
	chain prerouting {
		type nat hook prerouting priority -100;
		jump prerouting_miniupnpd
	}
	chain postrouting {
		type nat hook postrouting priority 90;
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
ext_ip=11.22.33.1
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
allow 1024-65535 192.168.1.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
EOC
}

listens()
{
	lab_exec gwa cat /proc/net/udp | grep -qi ':14E7 '
}

opened()
{
	[ "$(lab_exec gwa nft list chain inet pm prerouting_miniupnpd |
	    grep -c dnat)" -eq "$1" ]
}

router_that_opens_ports_is_asked_body()
{
	PATH=$PATH:/usr/sbin
	command -v miniupnpd >/dev/null ||
	    atf_skip 'miniupnpd is not installed'
	nat_begin
	stop_agent alice
	lab_nat gwa port || atf_fail 'no router'
	chains | lab_exec gwa nft -f - || atf_fail 'no rules'
	configuration >router.conf
	lab_spawn gwa router.log miniupnpd -d -f "$PWD/router.conf" \
	    -P "$PWD/router.pid"
	lab_wait 10 listens || {
		cat router.log
		atf_fail 'miniupnpd does not start'
	}
	need_agent alice
	for i in 0 1; do
		lab_wait 15 shows alice \
		    "^mappings\\.$i\\.mapped=11\\.22\\.33\\.1:" || {
			cat router.log
			agent alice netcheck
			atf_fail 'not opened for UDP and TCP'
		}
	done
	lab_wait 5 opened 2 || atf_fail 'not two ports'
	lab_wait 5 shows alice \
	    '^candidates\.[0-9]*\.address=11\.22\.33\.1:' ||
	    atf_fail 'no candidate of it'
	stop_agent alice
	lab_wait 5 opened 0 || atf_fail 'the router was not told'
	echo 'no port mapping' >>"$DIR/alice.conf"
	need_agent alice
	sleep 2
	opened 0 || atf_fail 'it was asked though it was not to be'
}
