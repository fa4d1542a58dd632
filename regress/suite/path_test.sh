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
# What the path takes of inner packets: its size, found by probes alone, and
# its congestion marks.  Routers here say nothing about what they drop.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case narrow_path_is_found_without_icmp 90 \
    'a router drops what is longer than 1,300 bytes, and a file arrives'
suite_case path_that_becomes_narrow_is_noticed 120 \
    'in the middle of a transfer'
suite_case senders_are_told_what_fits 90 \
    'packet too big, in both families, at once'
suite_case what_cannot_be_smaller_goes_in_pieces 90 \
    'IPv6 packets of 1,280 bytes over a path of 1,100'
suite_case wide_path_is_not_made_smaller 60 'and status says how wide it is'
suite_case congestion_marks_are_carried 90 \
    'from the inner header to the outer, and what a router does to it back'
suite_case traffic_class_is_not_leaked 60 'outside there is none'

# The routers see datagrams, not what the sender's kernel has not cut yet.
cut_on_the_host()
{
	for host in alice bob; do
		ip -n "$LAB_ID$host" link set eth0 gso_max_segs 1 ||
		    atf_fail 'gso_max_segs'
	done
}

# narrow BYTES: what is longer than this vanishes, both ways
narrow()
{
	lab_exec gwa nft insert rule inet lab forward meta l4proto udp \
	    meta length gt "$1" drop || atf_fail "nft"
}

begin_narrow()
{
	suite_begin
	suite_nat
	cut_on_the_host
	narrow "$1"
	suite_pair
}

make_file()
{
	mkdir -p "$DIR/www"
	head -c "$1" /dev/urandom >"$DIR/www/file"
	SUM=$(sha256sum <"$DIR/www/file")
}

fetch()
{
	rm -f "$DIR/got"
	get alice "$1" --max-time 40 -o "$DIR/got" ||
	    atf_fail "$1 could not be fetched"
	[ "$(sha256sum <"$DIR/got")" = "$SUM" ] ||
	    atf_fail "$1 arrived as something else"
}

# 1300 less 28 of IP and UDP, less 32 of the tunnel, in steps of 16
carries()
{
	[ "$(peer "$1" "$2" path.mtu)" = "$3" ]
}

# need_carries HOST PEER BYTES: as the host has found
need_carries()
{
	lab_wait 15 carries "$@" || atf_fail \
	    "the path carries $(peer "$1" "$2" path.mtu), not $3"
}

big_ping()
{
	lab_exec alice ping -n -q -c 1 -W 1 -M "do" -s 1392 "$1" >/dev/null 2>&1
	:
}

narrow_path_is_found_without_icmp_body()
{
	begin_narrow 1300
	make_file 4000000
	serve bob "$BOB4" 8080 || atf_fail 'no web server'
	fetch "http://$BOB4:8080/file"
	need_carries bob "$ALICE" 1232
	# And the other family, the other direction of large packets.
	serve bob "[$BOB6]" 8080 || atf_fail 'no web server'
	fetch "http://[$BOB6]:8080/file"
}

path_that_becomes_narrow_is_noticed_body()
{
	suite_begin
	suite_nat
	cut_on_the_host
	suite_pair
	make_file 40000000
	serve bob "$BOB4" 8080 || atf_fail 'no web server'
	get alice "http://$BOB4:8080/file" --max-time 80 --limit-rate 4M \
	    -o "$DIR/got" &
	transfer=$!
	lab_wait 15 test -s "$DIR/got"
	narrow 1300
	wait "$transfer" || atf_fail 'the transfer does not go on'
	[ "$(sha256sum <"$DIR/got")" = "$SUM" ] ||
	    atf_fail 'the file arrived as something else'
}

# told ADDRESS: ping says what is too long for the path
told()
{
	lab_exec alice ping -n -c 1 -W 1 -M "do" -s 1372 "$1" 2>&1 |
	    grep -i -E 'frag needed|too big|too long|mtu *= *1[0-9]*'
}

senders_are_told_what_fits_body()
{
	begin_narrow 1400
	need_reach alice "$BOB4"
	big_ping "$BOB4"
	need_carries alice "$BOB" 1328
	lab_wait 10 told "$BOB4" || atf_fail 'IPv4: not told'
	lab_wait 10 told "$BOB6" || atf_fail 'IPv6: not told'
	[ "$(agent_field alice counters.too_big)" -gt 0 ] ||
	    atf_fail 'they are not counted'
	lab_exec alice ping -n -q -c 1 -W 2 -M "do" -s 1300 "$BOB4" >/dev/null ||
	    atf_fail 'what fits does not pass'
}

what_cannot_be_smaller_goes_in_pieces_body()
{
	begin_narrow 1100
	need_reach alice "$BOB6"
	lab_exec alice ping -n -q -c 1 -W 1 -s 1192 "$BOB6" >/dev/null
	need_carries alice "$BOB" 1040
	# On the way back it is found when there is something to say.
	lab_wait 15 lab_exec alice ping -n -q -c 1 -W 1 -s 1232 "$BOB6" ||
	    atf_fail 'IPv6 of 1,280 bytes does not pass'
	lab_wait 15 lab_exec alice ping -n -q -c 1 -W 1 -M dont -s 1300 \
	    "$BOB4" || atf_fail 'IPv4 of 1,328 bytes does not pass'
	make_file 1000000
	serve bob "[$BOB6]" 8080 || atf_fail 'no web server'
	fetch "http://[$BOB6]:8080/file"
}

wide_path_is_not_made_smaller_body()
{
	suite_begin
	suite_nat
	cut_on_the_host
	suite_pair
	need_reach alice "$BOB4"
	big_ping "$BOB4"
	need_carries alice "$BOB" 1420
	# 1,420 and what the tunnel adds is 1,480: no more may leave.
	narrow 1480
	lab_exec alice ping -n -q -c 1 -W 2 -M "do" -s 1392 "$BOB4" >/dev/null ||
	    atf_fail 'packets are padded beyond the path'
}

# seen CLASS: bob has got a datagram with this class, as in received
seen()
{
	grep -q -x "$1" "$DIR/log/received"
}

allow_datagrams()
{
	policy marks web-clients web-servers udp/9999 || atf_fail 'no policy'
}

# talk ADDRESS CLASS
talk()
{
	: >"$DIR/log/received"
	lab_spawn bob "$DIR/log/received" \
	    "$BUILD/regress/suite/tos_helper" receive "$1" 9999
	LISTENER=$LAB_PID
	lab_spawn alice "$DIR/log/sent" \
	    "$BUILD/regress/suite/tos_helper" send "$1" 9999 "$2"
	SENDER=$LAB_PID
}

hush()
{
	kill "$LISTENER" "$SENDER"
	wait "$LISTENER" "$SENDER"
	:
}

congestion_marks_are_carried_body()
{
	suite_begin
	suite_nat
	suite_pair
	allow_datagrams
	# 186: expedited forwarding, ECT(0)
	for to in "$BOB4" "$BOB6"; do
		talk "$to" 186
		lab_wait 10 seen 186 || {
			sort "$DIR/log/received" | uniq -c
			atf_fail "$to: ECT(0) does not arrive"
		}
		lab_exec gwb nft insert rule inet lab forward \
		    ip ecn ect0 ip ecn set ce || atf_fail 'nft'
		lab_wait 10 seen 187 || {
			sort "$DIR/log/received" | uniq -c
			atf_fail "$to: the mark of the router does not arrive"
		}
		hush
		lab_exec gwb nft flush chain inet lab forward
		lab_exec gwb nft add rule inet lab forward accept
	done
	# Who does not know of marks loses the packet.
	lab_exec gwb nft insert rule inet lab forward ip protocol udp \
	    ip ecn set ce || atf_fail 'nft'
	talk "$BOB4" 0
	lab_wait 10 congestion_drops || atf_fail 'they are not dropped'
	hush
	! seen 0 && ! seen 3 || atf_fail 'but some came through'
}

congestion_drops()
{
	[ "$(agent_field bob counters.drop_congested)" -gt 3 ]
}

traffic_class_is_not_leaked_body()
{
	suite_begin
	suite_nat
	suite_pair
	allow_datagrams
	lab_exec gwa nft add counter inet lab leaked
	lab_exec gwa nft insert rule inet lab forward udp dport != 3478 \
	    ip dscp != 0 counter name leaked || atf_fail 'nft'
	talk "$BOB4" 184
	lab_wait 10 seen 184 || atf_fail 'the class does not arrive'
	hush
	atf_check_equal 0 "$(lab_exec gwa nft list counter inet lab leaked |
	    awk '$1 == "packets" { print $2 }')"
}
