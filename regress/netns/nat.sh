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
# Routers of all kinds in front of alice and bob, and wires with a length, on
# top of the picture that lab_up makes; to be sourced after lab.sh.
#
# lab_nat GW KIND [LOCAL]       make GW (gwa, gwb) a router of this kind
# lab_renat GW KIND [PUBLIC LOCAL]  other rules at once, without a moment of
#				none, and without new addresses
# lab_flush GW                  forget every flow, as a restart would
# lab_length GW MILLISECONDS    the way from GW to the public segment, one way
# lab_wire GW MILLISECONDS LOG [MODE]  the same wire again, when $LAB_PID of it
#				was ended; modes are wire_helper's
#
# The kinds, in words of RFC 4787; all but the first two translate:
#
#	open	no translation, nothing is filtered
#	fw	no translation, closed: only answers come in
#	full	endpoint-independent mapping and filtering
#	addr	endpoint-independent mapping, address-dependent filtering
#	port	endpoint-independent mapping, address and port dependent filter
#	linux	what a masquerading kernel does alone; nothing answers
#	leaky	the same, but what comes unasked is accepted and so remembered
#	rst	as port, but an unasked SYN is answered with RST
#	seq	another port for each destination, in sequence
#	sym	another port for each destination, at random
#	noudp	as port, and no UDP passes
#	web	as port, and nothing passes but TCP to port 443
#
# Hosts behind open and fw have 203.0.113.<number * 16 + 2>.

# Who has which public port is kept in maps beside conntrack's own table: a
# chain that sees every packet leave writes them, the translation reads them.
nat_maps()
{
	cat <<EON
	map owner {
		type inet_proto . inet_service : ipv4_addr . inet_service
		flags dynamic,timeout
		size 65535
	}
	map given {
		type inet_proto . ipv4_addr . inet_service : inet_service
		flags dynamic,timeout
		size 65535
	}
	set spoken {
		type inet_proto . inet_service . ipv4_addr
		flags dynamic,timeout
		size 65535
	}
	chain note {
		type filter hook postrouting priority 250;
		oifname "wan" ip saddr $1 meta l4proto { tcp, udp } jump write
	}
EON
	# Only with the protocol in the rule are there ports to look at.
	echo '	chain write {'
	for nat_p in udp tcp; do
		nat_write "meta l4proto $nat_p" 'timeout 120s'
	done
	echo '	}'
}

# nat_write PROTOCOL TIMEOUT
nat_write()
{
	nat_from='ct original ip saddr . ct original proto-src'
	nat_to='ct reply ip saddr . ct reply proto-src'
	echo "$1 ct direction original update @given" \
	    "{ meta l4proto . $nat_from $2 : th sport }"
	echo "$1 ct direction original update @owner" \
	    "{ meta l4proto . th sport $2 : $nat_from }"
	echo "$1 ct direction reply update @owner" \
	    "{ meta l4proto . th sport $2 : $nat_to }"
	echo "$1 update @spoken { meta l4proto . th sport . ip daddr $2 }"
}

# nat_in KIND PUBLIC: which unasked packets find their way inside
nat_in()
{
	echo '	chain in { type nat hook prerouting priority dstnat;'
	case $1 in
	full)
		echo "iifname wan ip daddr $2 meta l4proto { tcp, udp }" \
		    "dnat ip to meta l4proto . th dport map @owner" ;;
	addr)
		echo "iifname wan ip daddr $2 meta l4proto { tcp, udp }" \
		    "meta l4proto . th dport . ip saddr @spoken" \
		    "dnat ip to meta l4proto . th dport map @owner" ;;
	esac
	echo '	}'
}

# nat_out KIND PUBLIC LOCAL: the port a new flow gets
nat_out()
{
	echo '	chain out { type nat hook postrouting priority srcnat;'
	echo "oifname != wan return; ip saddr != $3 return"
	case $1 in
	full|addr|port|rst|noudp|web)
		echo "meta l4proto { tcp, udp } snat ip to $2 : meta l4proto" \
		    ". ip saddr . th sport map @given" ;;
	sym)
		echo "meta l4proto { tcp, udp } snat ip to" \
		    "$2:1024-65535 fully-random" ;;
	seq)
		echo "meta l4proto { tcp, udp } snat ip to $2 :" \
		    "numgen inc mod 1000 map {"
		awk 'BEGIN { for (i = 0; i < 1000; i++)
			printf "%s %d : %d", i ? "," : "", i, 23000 + i }'
		echo '}' ;;
	esac
	echo "snat ip to $2"
	echo '	}'
}

# nat_filter KIND: what passes
nat_filter()
{
	[ "$1" != open ] || return 0
	echo '	chain pass { type filter hook forward priority filter;'
	echo 'policy drop; ct state invalid counter name dropped drop'
	case $1 in
	noudp)	echo 'iifname lan meta l4proto udp drop' ;;
	web)	echo 'iifname lan meta l4proto != tcp drop'
		echo 'iifname lan tcp dport != 443 drop' ;;
	esac
	echo 'ct state established,related accept; ct status dnat accept'
	echo 'iifname lan oifname wan accept'
	echo 'counter name dropped'
	echo '	}'
}

# nat_own KIND: what the router itself accepts
nat_own()
{
	[ "$1" != leaky ] || return 0
	echo '	chain own { type filter hook input priority filter;'
	echo 'policy drop; iifname { lan, lo } accept'
	echo "ct state established,related accept"
	[ "$1" != rst ] || echo 'meta l4proto tcp reject with tcp reset'
	echo 'counter name dropped'
	echo '	}'
}

# nat_rules KIND PUBLIC LOCAL
nat_rules()
{
	echo 'table ip lab {'
	echo '	counter dropped { }'
	# As if there were one more router on the way.
	echo '	chain far { type filter hook prerouting priority raw;'
	echo 'iifname wan ip ttl < 2 drop; }'
	case $1 in
	open|fw) ;;
	*)
		nat_maps "$2"
		nat_in "$1" "$2"
		nat_out "$@" ;;
	esac
	nat_filter "$1"
	nat_own "$1"
	echo '}'
}

lab_renat()
{
	nat_n=$(nat_number "$1")
	{
		echo 'flush ruleset'
		nat_rules "$2" "${3:-198.51.100.1$nat_n}" \
		    "${4:-192.168.$nat_n.0/24}"
	} | lab_exec "$1" nft -f -
}

lab_flush()
{
	lab_exec "$1" conntrack -F >/dev/null 2>&1
}

# nat_number GW: 1 or 2
nat_number()
{
	case $1 in
	gwa)	echo 1 ;;
	*)	echo 2 ;;
	esac
}

nat_host()
{
	case $1 in
	gwa)	echo alice ;;
	*)	echo bob ;;
	esac
}

# nat_renumber HOST ADDRESS ROUTER
nat_renumber()
{
	ip -n "$LAB_ID$1" addr flush dev eth0 scope global &&
	    ip -n "$LAB_ID$1" addr add "$2" dev eth0 &&
	    ip -n "$LAB_ID$1" route replace default via "$3"
}

# nat_public_host GW HOST NUMBER: no translation needs addresses of its own
nat_public_host()
{
	nat_net=203.0.113.$(($3 * 16))
	nat_gw=203.0.113.$(($3 * 16 + 1))
	nat_ip=203.0.113.$(($3 * 16 + 2))
	ip -n "$LAB_ID$1" addr replace "$nat_gw/28" dev lan &&
	    nat_renumber "$2" "$nat_ip/28" "$nat_gw" || return 1
	for nat_at in inet disco gwa gwb; do
		[ "$nat_at" = "$1" ] || ip -n "$LAB_ID$nat_at" route replace \
		    "$nat_net/28" via "198.51.100.1$3" || return 1
	done
}

lab_nat()
{
	nat_n=$(nat_number "$1")
	nat_lan=192.168.$nat_n.0/24
	case $2 in
	open|fw)
		nat_public_host "$1" "$(nat_host "$1")" "$nat_n" || return 1 ;;
	*)
		nat_renumber "$(nat_host "$1")" "192.168.$nat_n.10/24" \
		    "192.168.$nat_n.1" || return 1 ;;
	esac
	lab_exec "$1" nft flush ruleset &&
	    nat_rules "$2" "198.51.100.1$nat_n" "$nat_lan" |
	    lab_exec "$1" nft -f - || lab_err "no router of kind $2"
}

# The way between a router and the segment goes through a helper.
lab_length()
{
	nat_inet=${LAB_ID}inet
	ip -n "$nat_inet" link set "p-$1" nomaster &&
	    ip -n "$nat_inet" link add "w-$1" type veth peer name "b-$1" &&
	    ip -n "$nat_inet" link set "b-$1" master br0 up &&
	    ip -n "$nat_inet" link set "w-$1" up || return 1
	lab_wire "$1" "$2" "${3:-/dev/null}"
}

lab_wire()
{
	lab_spawn inet "$3" "$NAT_WIRE" "$2" "p-$1" "w-$1" ${4:+"$4"}
}
