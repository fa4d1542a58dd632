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

# A small internet of network namespaces on one machine, to be sourced by tests
# and by the demo. It needs root, iproute2, nftables and util-linux. Every name
# it makes starts with LAB_ID, so any number of labs can stand side by side, all
# with the same addresses; it touches nothing outside its own namespaces.
#
#              inet (bridge, 198.51.100.1, 2001:db8::1)
#               |               |                |
#             disco            gwa              gwb         198.51.100.2 .11 .12
#                               |                |          2001:db8::2 ::11 ::12
#                             alice             bob         192.168.1.10, 2.10
#
# gwa and gwb translate addresses and drop whatever was not asked for from
# inside. The addresses of hosts are always on their interface eth0.
#
# lab_up                        build the picture above
# lab_two_hosts                 instead: alice 192.0.2.1 and bob 192.0.2.2,
#                               2001:db8:1::1 and ::2, on one cable
# lab_exec HOST cmd...          run cmd on HOST, wait for it
# lab_spawn HOST LOG cmd...     run cmd on HOST in the background, LAB_PID is its
#                               process, LOG gets what it prints
# lab_ns HOST                   print the name of the namespace of HOST
# lab_hosts                     print the hosts of this lab
# lab_pids                      print every process that lives in this lab
# lab_dropped GW                packets that GW has dropped on its public side
# lab_octets HOST               bytes that passed eth0 of HOST, both directions
# lab_wait SECONDS cmd...       try cmd each 100 ms until it succeeds
# lab_pcap_start HOST IFACE FILE [tcpdump arguments]
# lab_pcap_stop                 end the captures that this shell started
# lab_down                      end every process in the lab, remove everything
#
# Functions return 0 or 1 and complain on standard error. To name a lab from
# another process, as an atf cleanup does, set LAB_ID before this file is read.

# Random, as the number of the process might be that of a lab long ended; short,
# as names of devices (at most 15 characters) are made of it.
[ -n "${LAB_ID:-}" ] || LAB_ID=ec$(od -An -N4 -tx1 /dev/urandom | tr -d ' ')-
case ${LAB_ID%-} in
''|*[!A-Za-z0-9]*)
	printf 'lab: bad LAB_ID: %s\n' "$LAB_ID" >&2
	return 1
	;;
esac
LAB_ID=${LAB_ID%-}-
LAB_NETNS=/run/netns
LAB_PID=
LAB_PCAPS=

lab_err()
{
	printf 'lab: %s\n' "$*" >&2
	return 1
}

lab_ns()
{
	printf '%s%s\n' "$LAB_ID" "$1"
}

lab_exec()
{
	_lab_host=$1
	shift
	nsenter --net="$LAB_NETNS/$LAB_ID$_lab_host" -- "$@"
}

# A simple command in the background is replaced by what it runs, so that $! is
# the process of the command itself and not of a shell around it.
lab_spawn()
{
	_lab_host=$1
	_lab_log=$2
	shift 2
	nsenter --net="$LAB_NETNS/$LAB_ID$_lab_host" -- "$@" \
	    </dev/null >>"$_lab_log" 2>&1 3>&- 4>&- &
	LAB_PID=$!
}

lab_hosts()
{
	for _lab_f in "$LAB_NETNS/$LAB_ID"*; do
		[ -e "$_lab_f" ] || continue
		printf '%s\n' "${_lab_f#"$LAB_NETNS/$LAB_ID"}"
	done
}

lab_pids()
{
	for _lab_h in $(lab_hosts); do
		ip netns pids "$LAB_ID$_lab_h" 2>/dev/null || :
	done
}

lab_wait()
{
	_lab_end=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -le "$_lab_end" ] || return 1
		sleep 0.1
	done
}

# Run once in each new namespace. Bridged packets stay out of the packet filter,
# and addresses are usable at once, without duplicate address detection.
lab_host_setup()
{
	# shellcheck disable=SC2016
	lab_exec "$1" sh -c '
		ip link set lo up || exit 1
		cd /proc/sys/net
		for f in bridge/bridge-nf-call-iptables \
		    bridge/bridge-nf-call-ip6tables \
		    ipv6/conf/all/accept_dad ipv6/conf/default/accept_dad; do
			[ ! -w $f ] || echo 0 >$f
		done'
}

lab_add_host()
{
	ip netns add "$LAB_ID$1" || lab_err "cannot make namespace $LAB_ID$1"
}

# lab_cable HOST IFACE HOST IFACE
lab_cable()
{
	ip link add name "$2" netns "$LAB_ID$1" type veth \
	    peer name "$4" netns "$LAB_ID$3" &&
	    ip -n "$LAB_ID$1" link set "$2" up &&
	    ip -n "$LAB_ID$3" link set "$4" up
}

# lab_addr HOST IFACE V4 [V6]
lab_addr()
{
	ip -n "$LAB_ID$1" addr add "$3" dev "$2" || return 1
	[ $# -gt 3 ] && [ -d /proc/sys/net/ipv6 ] || return 0
	ip -n "$LAB_ID$1" addr add "$4" dev "$2" nodad
}

# lab_public HOST IFACE NUMBER: join HOST to the public segment
lab_public()
{
	lab_cable inet "p-$1" "$1" "$2" &&
	    ip -n "${LAB_ID}inet" link set "p-$1" master br0 &&
	    lab_addr "$1" "$2" "198.51.100.$3/24" "2001:db8::$3/64"
}

# What a closed home router does: everything from inside may leave, under the
# address of the router; from outside only answers come in, the rest vanishes
# without a word. Neighbour discovery is what keeps IPv6 on the segment alive.
lab_rules()
{
	cat <<EOF
table inet lab {
	counter dropped { }
	chain input {
		type filter hook input priority filter; policy drop;
		iifname { "lo", "lan" } accept
		ct state established,related accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		iifname "wan" counter name dropped
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		iifname "lan" oifname "wan" ct state new accept
		iifname "wan" counter name dropped
	}
	chain leave {
		type nat hook postrouting priority srcnat;
		oifname "wan" ip saddr $1 masquerade
	}
}
EOF
}

# lab_site ROUTER HOST NUMBER: a router with one host in its local network
lab_site()
{
	lab_public "$1" wan "1$3" &&
	    lab_cable "$1" lan "$2" eth0 &&
	    lab_addr "$1" lan "192.168.$3.1/24" &&
	    lab_addr "$2" eth0 "192.168.$3.10/24" &&
	    ip -n "$LAB_ID$2" route add default via "192.168.$3.1" &&
	    lab_rules "192.168.$3.0/24" | lab_exec "$1" nft -f - &&
	    lab_exec "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
}

lab_begin()
{
	[ "$(id -u)" -eq 0 ] || lab_err 'root is needed' || return 1
	[ -z "$(lab_hosts)" ] ||
	    lab_err "$LAB_ID exists, lab_down removes it" || return 1
	for _lab_h in "$@"; do
		lab_add_host "$_lab_h" && lab_host_setup "$_lab_h" || return 1
	done
}

lab_build_nat()
{
	ip -n "${LAB_ID}inet" link add br0 type bridge &&
	    lab_addr inet br0 198.51.100.1/24 2001:db8::1/64 &&
	    ip -n "${LAB_ID}inet" link set br0 up &&
	    lab_public disco eth0 2 &&
	    lab_site gwa alice 1 &&
	    lab_site gwb bob 2
}

lab_up()
{
	lab_begin inet disco gwa gwb alice bob || return 1
	lab_build_nat && return 0
	lab_down
	lab_err 'could not build the network'
}

lab_two_hosts()
{
	lab_begin alice bob || return 1
	lab_cable alice eth0 bob eth0 &&
	    lab_addr alice eth0 192.0.2.1/24 2001:db8:1::1/64 &&
	    lab_addr bob eth0 192.0.2.2/24 2001:db8:1::2/64 && return 0
	lab_down
	lab_err 'could not build the network'
}

lab_dropped()
{
	lab_exec "$1" nft list counter inet lab dropped |
	    awk '$1 == "packets" { print $2 }'
}

lab_octets()
{
	lab_exec "$1" cat /proc/net/dev |
	    awk '{ sub(":", " ") } $1 == "eth0" { print $2 + $10 }'
}

# tcpdump stays root (-Z), or it could not write into a directory of root's.
lab_pcap_start()
{
	_lab_at=$1
	_lab_if=$2
	_lab_file=$3
	shift 3
	: >"$_lab_file.log"
	lab_spawn "$_lab_at" "$_lab_file.log" tcpdump -Z root -n -s 0 -B 32768 \
	    -i "$_lab_if" -w "$_lab_file" "$@"
	LAB_PCAPS="$LAB_PCAPS $LAB_PID"
	lab_wait 5 grep -q 'listening on' "$_lab_file.log" && return 0
	cat "$_lab_file.log" >&2
	lab_err "cannot capture on $_lab_if of $_lab_at"
}

# The kernel hands captured packets over up to one second late.
lab_pcap_stop()
{
	[ -z "$LAB_PCAPS" ] || sleep 1.2
	for _lab_p in $LAB_PCAPS; do
		kill -TERM "$_lab_p" 2>/dev/null || :
		wait "$_lab_p" || :
	done
	LAB_PCAPS=
}

lab_is_empty()
{
	[ -z "$(lab_pids)" ]
}

# lab_signal SIGNAL: to every process of the lab, but never to this shell
lab_signal()
{
	for _lab_p in $(lab_pids); do
		[ "$_lab_p" -eq $$ ] || kill "-$1" "$_lab_p" 2>/dev/null || :
	done
}

lab_down()
{
	_lab_rc=0
	LAB_PCAPS=
	lab_signal TERM
	lab_wait 2 lab_is_empty || {
		lab_signal KILL
		lab_wait 2 lab_is_empty || _lab_rc=1
	}
	for _lab_h in $(lab_hosts); do
		ip netns del "$LAB_ID$_lab_h" || _lab_rc=1
	done
	return $_lab_rc
}
