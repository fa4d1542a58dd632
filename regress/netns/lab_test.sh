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

# The network laboratory itself: the tests that stand on it mean nothing if its
# routers let through what they should drop, or if it leaves things behind.

# in_lab: read the library under a name that the cleanup finds again
in_lab()
{
	LAB_ID=
	[ ! -f lab_id ] || LAB_ID=$(cat lab_id)
	# shellcheck source=lab.sh
	. "$(atf_get_srcdir)/lab.sh" || exit 1
	printf '%s\n' "$LAB_ID" >lab_id
}

lab_cleanup()
{
	in_lab
	lab_down
}

reaches()
{
	lab_exec "$1" ping -n -c 1 -W 2 "$2" >/dev/null
}

# tcp_fate HOST ADDRESS: what becomes of a connection there
tcp_fate()
{
	lab_exec "$1" curl -q -s --noproxy '*' --connect-timeout 1 \
	    -o /dev/null "http://$2:9/"
	case $? in
	7) echo refused ;;
	28) echo silence ;;
	*) echo other ;;
	esac
}

describe()
{
	atf_set descr "$1"
	atf_set require.user root
	atf_set require.progs ip nft nsenter tcpdump curl ping
	atf_set timeout 60
}

atf_test_case inside_hosts_reach_the_public_host cleanup
inside_hosts_reach_the_public_host_head()
{
	describe 'alice and bob reach disco, under the address of their router'
}
inside_hosts_reach_the_public_host_body()
{
	in_lab
	lab_up || atf_fail 'lab_up'
	lab_pcap_start disco eth0 seen.pcap icmp || atf_fail 'capture'
	reaches alice 198.51.100.2 || atf_fail 'alice does not reach disco'
	reaches bob 198.51.100.2 || atf_fail 'bob does not reach disco'
	lab_pcap_stop
	tcpdump -n -r seen.pcap 'icmp[icmptype] == icmp-echo' >seen 2>/dev/null
	atf_check -o match:'198\.51\.100\.11 > 198\.51\.100\.2' \
	    -o match:'198\.51\.100\.12 > 198\.51\.100\.2' \
	    -o not-match:'192\.168' cat seen
}
inside_hosts_reach_the_public_host_cleanup()
{
	lab_cleanup
}

atf_test_case inside_hosts_get_answers_over_tcp cleanup
inside_hosts_get_answers_over_tcp_head()
{
	describe 'an open host answers through the router: refused, not silence'
}
inside_hosts_get_answers_over_tcp_body()
{
	in_lab
	lab_up || atf_fail 'lab_up'
	atf_check_equal refused "$(tcp_fate alice 198.51.100.2)"
	atf_check_equal refused "$(tcp_fate bob 198.51.100.2)"
}
inside_hosts_get_answers_over_tcp_cleanup()
{
	lab_cleanup
}

atf_test_case inside_hosts_cannot_reach_each_other cleanup
inside_hosts_cannot_reach_each_other_head()
{
	describe 'neither private nor public address leads to the other host'
}
inside_hosts_cannot_reach_each_other_body()
{
	in_lab
	lab_up || atf_fail 'lab_up'
	atf_check -s exit:1 -o ignore \
	    nsenter --net="$LAB_NETNS/$(lab_ns alice)" \
	    ping -n -c 1 -W 1 192.168.2.10
	atf_check -s exit:1 -o ignore \
	    nsenter --net="$LAB_NETNS/$(lab_ns bob)" \
	    ping -n -c 1 -W 1 192.168.1.10
	atf_check_equal silence "$(tcp_fate alice 198.51.100.12)"
	atf_check_equal silence "$(tcp_fate bob 198.51.100.11)"
}
inside_hosts_cannot_reach_each_other_cleanup()
{
	lab_cleanup
}

atf_test_case unsolicited_inbound_is_dropped_in_silence cleanup
unsolicited_inbound_is_dropped_in_silence_head()
{
	describe 'a router drops what nobody asked for, and counts it'
}
unsolicited_inbound_is_dropped_in_silence_body()
{
	in_lab
	lab_up || atf_fail 'lab_up'
	atf_check_equal 0 "$(lab_dropped gwa)"
	# Even a host that knows the way to the local network gets nowhere.
	ip -n "$(lab_ns disco)" route add 192.168.1.0/24 via 198.51.100.11
	for address in 198.51.100.11 192.168.1.10 '[2001:db8::11]'; do
		before=$(lab_dropped gwa)
		atf_check_equal silence "$(tcp_fate disco "$address")"
		after=$(lab_dropped gwa)
		[ "$after" -gt "$before" ] ||
		    atf_fail "nothing dropped on the way to $address"
	done
}
unsolicited_inbound_is_dropped_in_silence_cleanup()
{
	lab_cleanup
}

atf_test_case public_segment_speaks_ipv6 cleanup
public_segment_speaks_ipv6_head()
{
	describe 'the public hosts reach each other over IPv6'
}
public_segment_speaks_ipv6_body()
{
	[ -d /proc/sys/net/ipv6 ] || atf_skip 'this kernel has no IPv6'
	in_lab
	lab_up || atf_fail 'lab_up'
	reaches gwa 2001:db8::2 || atf_fail 'gwa does not reach disco'
	reaches gwb 2001:db8::1 || atf_fail 'gwb does not reach the core'
}
public_segment_speaks_ipv6_cleanup()
{
	lab_cleanup
}

atf_test_case two_hosts_are_joined_directly cleanup
two_hosts_are_joined_directly_head()
{
	describe 'lab_two_hosts gives two hosts on one cable'
}
two_hosts_are_joined_directly_body()
{
	in_lab
	lab_two_hosts || atf_fail 'lab_two_hosts'
	atf_check_equal 'alice bob' "$(lab_hosts | tr '\n' ' ' | sed 's/ $//')"
	reaches alice 192.0.2.2 || atf_fail 'no IPv4'
	atf_check_equal refused "$(tcp_fate bob 192.0.2.1)"
	[ ! -d /proc/sys/net/ipv6 ] || reaches bob 2001:db8:1::1 ||
	    atf_fail 'no IPv6'
	reaches alice 127.0.0.1 || atf_fail 'no loopback'
}
two_hosts_are_joined_directly_cleanup()
{
	lab_cleanup
}

atf_test_case two_labs_stand_side_by_side cleanup
two_labs_stand_side_by_side_head()
{
	describe 'a second lab with the same addresses does not disturb'
}
two_labs_stand_side_by_side_body()
{
	in_lab
	lab_up || atf_fail 'lab_up'
	first=$LAB_ID
	LAB_ID=${first%-}x-
	printf '%s\n' "$LAB_ID" >lab_id_2
	lab_up || atf_fail 'lab_up of the second'
	reaches alice 198.51.100.2 || atf_fail 'second lab'
	lab_down || atf_fail 'lab_down of the second'
	atf_check_equal '' "$(lab_hosts)"
	LAB_ID=$first
	reaches alice 198.51.100.2 || atf_fail 'first lab, afterwards'
}
two_labs_stand_side_by_side_cleanup()
{
	lab_cleanup
	[ ! -f lab_id_2 ] || LAB_ID=$(cat lab_id_2)
	lab_down
}

atf_test_case lab_up_refuses_a_lab_that_stands cleanup
lab_up_refuses_a_lab_that_stands_head()
{
	describe 'lab_up does not touch a lab of the same name'
}
lab_up_refuses_a_lab_that_stands_body()
{
	in_lab
	lab_two_hosts || atf_fail 'lab_two_hosts'
	if lab_up 2>complaint; then
		atf_fail 'built twice'
	fi
	atf_check -o match:'lab_down removes it' cat complaint
	reaches alice 192.0.2.2 || atf_fail 'the lab was harmed'
}
lab_up_refuses_a_lab_that_stands_cleanup()
{
	lab_cleanup
}

atf_test_case lab_down_leaves_nothing_behind cleanup
lab_down_leaves_nothing_behind_head()
{
	describe 'no namespace and no process is left, even a stubborn one'
}
lab_down_leaves_nothing_behind_body()
{
	in_lab
	lab_up || atf_fail 'lab_up'
	lab_spawn alice log sleep 1000
	meek=$LAB_PID
	lab_spawn bob log sh -c 'trap "" TERM; echo ready
	    while :; do sleep 1000; done'
	stubborn=$LAB_PID
	lab_wait 5 grep -q ready log || atf_fail 'lab_spawn'
	lab_pids >pids
	atf_check -o match:"^$meek\$" -o match:"^$stubborn\$" cat pids
	lab_down || atf_fail 'lab_down'
	atf_check_equal '' "$(ip netns list | grep "^$LAB_ID")"
	while read -r pid; do
		lab_wait 2 sh -c "! kill -0 $pid" || atf_fail "$pid still runs"
	done <pids
	lab_down || atf_fail 'lab_down is not idempotent'
}
lab_down_leaves_nothing_behind_cleanup()
{
	lab_cleanup
}

atf_test_case lab_wait_ends_when_told
lab_wait_ends_when_told_head()
{
	atf_set descr 'lab_wait succeeds with its condition, else gives up'
}
lab_wait_ends_when_told_body()
{
	in_lab
	(sleep 0.3; : >there) &
	lab_wait 10 test -e there || atf_fail 'gave up'
	if lab_wait 0 test -e nowhere; then
		atf_fail 'nothing is there'
	fi
}

atf_test_case bad_names_are_refused
bad_names_are_refused_head()
{
	atf_set descr 'a LAB_ID that could name the lab of others is refused'
}
bad_names_are_refused_body()
{
	# shellcheck disable=SC2016
	for id in - a-b '*' '../x' 'a b'; do
		atf_check -s not-exit:0 -e match:'bad LAB_ID' env LAB_ID="$id" \
		    sh -c '. "$1" && echo taken' sh "$(atf_get_srcdir)/lab.sh"
	done
}

atf_test_case findbytes_finds_what_is_there
findbytes_finds_what_is_there_head()
{
	atf_set descr 'findbytes finds a run of 31 bytes wherever it stands'
	atf_set require.progs cc
}
findbytes_finds_what_is_there_body()
{
	atf_check cc -O2 -o findbytes "$(atf_get_srcdir)/findbytes.c"
	head -c 300000 /dev/urandom >file
	head -c 300000 /dev/urandom >wire
	atf_check -s exit:0 -o match:'^0 of 18750' ./findbytes file wire
	{
		head -c 1001 wire
		tail -c +5004 file | head -c 31
		cat wire
	} >leak
	atf_check -s exit:1 -o match:'^1 of' ./findbytes file leak
	head -c 300000 /dev/zero >zeros
	cat zeros file >padded
	cat zeros wire >clean
	atf_check -s exit:0 -o match:'^0 of' ./findbytes padded clean
	atf_check -s exit:2 -e match:'nothing in it' ./findbytes zeros wire
	atf_check -s exit:2 -e match:'No such file' ./findbytes file nowhere
}

atf_init_test_cases()
{
	atf_add_test_case inside_hosts_reach_the_public_host
	atf_add_test_case inside_hosts_get_answers_over_tcp
	atf_add_test_case inside_hosts_cannot_reach_each_other
	atf_add_test_case unsolicited_inbound_is_dropped_in_silence
	atf_add_test_case public_segment_speaks_ipv6
	atf_add_test_case two_hosts_are_joined_directly
	atf_add_test_case two_labs_stand_side_by_side
	atf_add_test_case lab_up_refuses_a_lab_that_stands
	atf_add_test_case lab_down_leaves_nothing_behind
	atf_add_test_case lab_wait_ends_when_told
	atf_add_test_case bad_names_are_refused
	atf_add_test_case findbytes_finds_what_is_there
}
