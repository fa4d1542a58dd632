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

# Two agents and the tunnel between them: it comes up by itself, carries what
# policy permits and nothing else, and status tells the truth about it.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case agents_behind_routers_connect_directly 90 \
    'enrolled and up over public udp, each sees the router of the other'
suite_case pings_pass 60 'IPv4 and IPv6 through the tunnel'
suite_case tcp_passes_in_both_families 90 \
    'a file over HTTP arrives as it was'
suite_case tcp_passes_to_a_host_without_offloads 90 \
    'the plain path completes what the other side left to it'
suite_case tcp_passes_from_a_host_without_offloads 90 \
    'and its whole checksums are right for the other side'
suite_case a_system_without_aes_uses_the_cipher_of_wireguard 90 \
    'both say so, and packets pass, although the other one may have AES'
suite_case what_policy_does_not_name_is_refused 90 \
    'another port, and the other direction'
suite_case only_ciphertext_leaves_the_host 90 \
    'no byte run of what is transferred is seen between the routers'
suite_case status_has_the_documented_members 60 \
    'enclavectl -j status as enclavectl(8) says'
suite_case two_hosts_on_one_network_take_the_local_path 90 \
    'path type local, and nothing of discovery in between'
suite_case the_interface_has_both_addresses 60 \
    'addresses and routes are set on the tun device'
suite_case a_system_has_the_same_name_for_both 60 \
    'status of one, status of the other and the list of discovery agree'
suite_case counters_count 60 'bytes of peers and packets of policy'

begin_with_pair()
{
	suite_begin
	suite_nat
	suite_pair
}

agents_behind_routers_connect_directly_body()
{
	begin_with_pair
	atf_check_equal 'up public udp' \
	    "$(peer alice "$BOB" state path.type path.transport)"
	atf_check_equal 'up public udp' \
	    "$(peer bob "$ALICE" state path.type path.transport)"
	case $(peer alice "$BOB" path.remote) in
	198.51.100.12:*) ;;
	*) atf_fail "alice sends to $(peer alice "$BOB" path.remote)" ;;
	esac
	case $(peer bob "$ALICE" path.remote) in
	198.51.100.11:*) ;;
	*) atf_fail "bob sends to $(peer bob "$ALICE" path.remote)" ;;
	esac
	atf_check_equal up "$(agent_field alice discovery.state)"
	atf_check_equal up "$(agent_field bob discovery.state)"
}

pings_pass_body()
{
	begin_with_pair
	need_reach alice "$BOB4"
	need_reach alice "$BOB6"
	atf_check -o match:' 20 received, 0% packet loss' \
	    nsenter --net="$LAB_NETNS/$(lab_ns alice)" \
	    ping -n -q -c 20 -i 0.05 -W 2 "$BOB4"
	atf_check -o match:' 20 received, 0% packet loss' \
	    nsenter --net="$LAB_NETNS/$(lab_ns alice)" \
	    ping -n -q -c 20 -i 0.05 -W 2 "$BOB6"
	# Of all sizes up to what the interface takes.
	for size in 0 1 500 1300 1392; do
		lab_exec alice ping -n -q -c 1 -W 2 -M "do" -s "$size" "$BOB4" \
		    >/dev/null || atf_fail "no answer to $size bytes"
	done
	# And larger ones, in fragments.
	lab_exec alice ping -n -q -c 1 -W 2 -s 4000 "$BOB4" >/dev/null ||
	    atf_fail 'fragments do not arrive'
}

make_file()
{
	mkdir -p "$DIR/www"
	head -c "$1" /dev/urandom >"$DIR/www/file"
	SUM=$(sha256sum <"$DIR/www/file")
}

# fetch URL
fetch()
{
	rm -f "$DIR/got"
	get alice "$1" --max-time 40 -o "$DIR/got" ||
	    atf_fail "$1 could not be fetched"
	[ "$(sha256sum <"$DIR/got")" = "$SUM" ] ||
	    atf_fail "$1 arrived as something else"
}

tcp_passes_to_a_host_without_offloads_body()
{
	PLAIN=alice
	begin_with_pair
	pass_file
}

tcp_passes_from_a_host_without_offloads_body()
{
	PLAIN=bob
	begin_with_pair
	pass_file
}

# Of the two the one with AES must learn it from the certificate.
a_system_without_aes_uses_the_cipher_of_wireguard_body()
{
	NO_AES=alice
	begin_with_pair
	need_reach alice "$BOB4"
	atf_check_equal chacha20-poly1305 "$(peer alice "$BOB" suite)"
	atf_check_equal chacha20-poly1305 "$(peer bob "$ALICE" suite)"
}

# A file from bob to alice, in both families.
pass_file()
{
	make_file 8000000
	serve bob "$BOB4" 8080 || atf_fail 'no web server'
	serve bob "[$BOB6]" 8080 || atf_fail 'no web server on IPv6'
	fetch "http://$BOB4:8080/file"
	fetch "http://[$BOB6]:8080/file"
}

tcp_passes_in_both_families_body()
{
	begin_with_pair
	pass_file
}

what_policy_does_not_name_is_refused_body()
{
	begin_with_pair
	for port in 8080 8081; do
		serve bob "$BOB4" "$port" || atf_fail 'no web server'
		serve alice "$ALICE4" "$port" || atf_fail 'no web server'
		serve bob "[$BOB6]" "$port" || atf_fail 'no web server'
	done
	need_reach alice "$BOB4"
	get alice "http://$BOB4:8080/hello" --max-time 5 -o /dev/null ||
	    atf_fail 'what policy permits does not pass'
	refused alice "http://$BOB4:8081/hello" ||
	    atf_fail 'alice reaches port 8081 of bob'
	refused alice "http://[$BOB6]:8081/hello" ||
	    atf_fail 'alice reaches port 8081 of bob over IPv6'
	for port in 8080 8081; do
		refused bob "http://$ALICE4:$port/hello" ||
		    atf_fail "bob reaches port $port of alice"
	done
	reaches bob "$ALICE4" && atf_fail 'bob can ping alice'
	reaches bob "$ALICE6" && atf_fail 'bob can ping alice over IPv6'
	# udp is not in the policy either: what is sent does not arrive.
	lab_spawn bob "$DIR/log/udp.log" nc -u -l "$BOB4" 8080
	echo forbidden | lab_exec alice nc -u -w 1 "$BOB4" 8080
	grep -q forbidden "$DIR/log/udp.log" && atf_fail 'udp passes'
	[ "$(agent_field bob counters.drop_acl)" -gt 0 ] ||
	    atf_fail 'nothing of this was counted'
	get alice "http://$BOB4:8080/hello" --max-time 5 -o /dev/null ||
	    atf_fail 'afterwards nothing passes any more'
}

# The search has to find the file where it is in the clear, or finding nothing
# would prove nothing.
only_ciphertext_leaves_the_host_body()
{
	begin_with_pair
	make_file 1000000
	serve bob "$BOB4" 8080 || atf_fail 'no web server'
	lab_pcap_start inet p-gwa "$DIR/wire.pcap" || atf_fail 'no capture'
	lab_pcap_start alice enclave0 "$DIR/inside.pcap" || atf_fail 'capture'
	fetch "http://$BOB4:8080/file"
	lab_pcap_stop
	[ "$(wc -c <"$DIR/wire.pcap")" -gt 1000000 ] ||
	    atf_fail 'the capture has missed the transfer'
	atf_check -s exit:1 -o ignore "$BUILD/regress/netns/findbytes" \
	    "$DIR/www/file" "$DIR/inside.pcap"
	atf_check -s exit:0 -o ignore "$BUILD/regress/netns/findbytes" \
	    "$DIR/www/file" "$DIR/wire.pcap"
}

# The names of all members, numbers of array elements left out.
members()
{
	flat | sed 's/=.*//; s/\.[0-9][0-9]*/.N/g' | sort -u
}

status_has_the_documented_members_body()
{
	begin_with_pair
	need_reach alice "$BOB4"
	agent alice -j status >said || atf_fail "status ends with $?"
	cat >expected <<EOE
addresses.N
certificate.expires
certificate.problem
certificate.renewal_due
counters.drop_acl
counters.drop_congested
counters.drop_malformed
counters.drop_no_peer
counters.drop_ring_full
counters.drop_spoofed
counters.flows
counters.passed_in
counters.passed_out
counters.too_big
discovery.reason
discovery.since
discovery.state
interface
organisation
peers.N.addresses.N
peers.N.description
peers.N.handshake_age_s
peers.N.in_force
peers.N.next_change
peers.N.path.local
peers.N.path.mtu
peers.N.path.remote
peers.N.path.rtt_us
peers.N.path.transport
peers.N.path.type
peers.N.reason
peers.N.rules
peers.N.rx_bytes
peers.N.state
peers.N.suite
peers.N.system
peers.N.tx_bytes
policy.sequence
policy.unmet
public_key
sign_ins
system
EOE
	sort -o expected expected
	members <said >actual
	atf_check -o file:expected cat actual
	flat <said >lines
	atf_check -o match:"^organisation=$ORG\$" \
	    -o match:'^system=[23456789DGHKLPQRVWXYZ]{5}$' \
	    -o match:'^addresses\.0=100\.(6[4-9]|[7-9].|1[01].|12[0-7])\.' \
	    -o match:'^addresses\.1=f[cd][0-9a-f:]+$' \
	    -o match:'^discovery\.state=up$' \
	    -o match:'^discovery\.since=20[0-9-]+T[0-9:]+Z$' \
	    -o match:'^interface=enclave0$' \
	    -o match:'^policy\.sequence=[1-9][0-9]*$' \
	    -o match:'^peers\.0\.state=up$' \
	    -o match:'^peers\.0\.path\.type=(local|adapter|public|relay)$' \
	    -o match:'^peers\.0\.path\.transport=(udp|tcp)$' \
	    -o match:'^peers\.0\.path\.local=[0-9.]+:[0-9]+$' \
	    -o match:'^peers\.0\.path\.remote=[0-9.]+:[0-9]+$' \
	    -o match:'^peers\.0\.path\.rtt_us=[1-9][0-9]*$' \
	    -o match:'^peers\.0\.suite=(chacha20-poly1305|aes-256-gcm)$' \
	    -o match:'^peers\.0\.rx_bytes=[1-9][0-9]*$' \
	    -o match:'^peers\.0\.tx_bytes=[1-9][0-9]*$' \
	    -o match:'^peers\.0\.handshake_age_s=[0-9]+$' cat lines
	agent alice -j peers >said || atf_fail "peers ends with $?"
	flat <said | sed 's/=.*//' | sort >of_peers
	grep '^peers\.' lines | sed 's/^peers\.//; s/=.*//' | sort >of_status
	atf_check -o file:of_status cat of_peers
	atf_check -o match:"$BOB" -o match:' up ' \
	    nsenter --net="$LAB_NETNS/$(lab_ns alice)" \
	    "$BUILD/enclavectl" -s "$DIR/alice.sock" status
}

two_hosts_on_one_network_take_the_local_path_body()
{
	suite_begin
	suite_lan
	suite_pair
	path='path.type path.transport'
	# shellcheck disable=SC2086
	for tries in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(peer alice "$BOB" $path)" != 'local udp' ] || break
		sleep 0.5
	done
	# shellcheck disable=SC2086
	atf_check_equal 'local udp' "$(peer alice "$BOB" $path)"
	# shellcheck disable=SC2086
	atf_check_equal 'local udp' "$(peer bob "$ALICE" $path)"
	case $(peer alice "$BOB" path.remote) in
	192.0.2.2:*|'[2001:db8:1::2]:'*|'[fe80:'*) ;;
	*) atf_fail "alice sends to $(peer alice "$BOB" path.remote)" ;;
	esac
	need_reach alice "$BOB4"
	need_reach alice "$BOB6"
}

the_interface_has_both_addresses_body()
{
	begin_with_pair
	for host in alice bob; do
		ip -n "$(lab_ns "$host")" addr show dev enclave0 >addresses
		atf_check -o match:"inet $(address4 "$host")/10" \
		    -o match:"inet6 $(address6 "$host")/" \
		    -o match:'mtu 1420' -o match:'[<,]UP[,>]' cat addresses
		ip -n "$(lab_ns "$host")" route show >routes
		atf_check -o match:'^100\.64\.0\.0/10 dev enclave0' cat routes
	done
}

a_system_has_the_same_name_for_both_body()
{
	begin_with_pair
	admin -j system list | flat >systems
	for host in alice bob; do
		grep -q "\.system=$(agent_field "$host" system)\$" systems ||
		    atf_fail "discovery does not know $host"
		grep -q "=$(address4 "$host")\$" systems ||
		    atf_fail "discovery has another address for $host"
		grep -q "=$(address6 "$host")\$" systems ||
		    atf_fail "discovery has another IPv6 address for $host"
	done
	atf_check_equal 2 "$(grep -c '\.online=true$' systems)"
	atf_check_equal "$BOB4 $BOB6" \
	    "$(peer alice "$BOB" addresses.0 addresses.1)"
	atf_check_equal 2 "$(counter connected)"
}

counters_count_body()
{
	begin_with_pair
	need_reach alice "$BOB4"
	tx=$(peer alice "$BOB" tx_bytes)
	rx=$(peer bob "$ALICE" rx_bytes)
	in=$(agent_field bob counters.passed_in)
	lab_exec alice ping -n -q -c 10 -i 0.05 -s 1000 "$BOB4" >/dev/null ||
	    atf_fail 'no answer'
	[ $(($(peer alice "$BOB" tx_bytes) - tx)) -ge 10280 ] ||
	    atf_fail 'alice did not count what she sent'
	[ $(($(peer bob "$ALICE" rx_bytes) - rx)) -ge 10280 ] ||
	    atf_fail 'bob did not count what he received'
	[ $(($(agent_field bob counters.passed_in) - in)) -ge 10 ] ||
	    atf_fail 'bob did not count packets'
	[ "$(agent_field bob counters.flows)" -ge 1 ] || atf_fail 'no flow'
	refused alice "http://$BOB4:9/" || atf_fail 'tcp/9 passes'
	[ "$(agent_field bob counters.drop_acl)" -ge 1 ] ||
	    atf_fail 'a refused packet was not counted'
}
