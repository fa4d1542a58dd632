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
# Paths over TCP where UDP does not pass: the tunnel comes up all the same, by
# simultaneous open through the routers, and goes over to UDP when that passes.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case without_udp_the_path_is_public_tcp 90 \
    'both routers translate, one drops UDP, and a file arrives'
suite_case when_udp_passes_again_it_is_used 120 \
    'in the middle of a transfer, which goes on'
suite_case when_udp_ends_tcp_takes_over 120 \
    'in the middle of a transfer, which goes on'
suite_case a_router_that_resets_is_asked_again 90 \
    'who is refused dials anew, until the other side has opened its router'
suite_case two_hosts_on_a_cable_without_udp_meet 90 \
    'without a router, where nothing delays the packets'

# block HOST CHAIN, pass HOST CHAIN
block()
{
	lab_exec "$1" nft insert rule inet lab "$2" meta l4proto udp drop ||
	    atf_fail 'nft'
}

pass()
{
	lab_exec "$1" nft -a list chain inet lab "$2" |
	    awk '/l4proto udp/ { print $NF }' >handles
	while read -r handle; do
		lab_exec "$1" nft delete rule inet lab "$2" handle "$handle" ||
		    atf_fail 'nft'
	done <handles
}

path_is()
{
	[ "$(peer alice "$BOB" path.type path.transport)" = "$1" ] &&
	    [ "$(peer bob "$ALICE" path.type path.transport)" = "$1" ]
}

# need_path SECONDS 'TYPE TRANSPORT'
need_path()
{
	lab_wait "$1" path_is "$2" || atf_fail "the path is $(peer alice \
	    "$BOB" path.type path.transport), not $2"
}

make_file()
{
	mkdir -p "$DIR/www"
	head -c "$1" /dev/urandom >"$DIR/www/file"
	SUM=$(sha256sum <"$DIR/www/file")
	serve bob "$BOB4" 8080 || atf_fail 'no web server'
}

# start_transfer SECONDS: that it takes at least
start_transfer()
{
	get alice "http://$BOB4:8080/file" --max-time 100 \
	    --limit-rate $((SIZE / $1)) -o "$DIR/got" &
	TRANSFER=$!
	lab_wait 15 test -s "$DIR/got" || atf_fail 'nothing arrives'
}

end_transfer()
{
	wait "$TRANSFER" || atf_fail "the transfer ends with $?"
	[ "$(sha256sum <"$DIR/got")" = "$SUM" ] ||
	    atf_fail 'it arrived as something else'
}

without_udp_the_path_is_public_tcp_body()
{
	suite_begin
	suite_nat
	block gwa forward
	suite_pair
	need_path 5 'public tcp'
	need_reach alice "$BOB4"
	need_reach alice "$BOB6"
	SIZE=20000000
	make_file $SIZE
	get alice "http://$BOB4:8080/file" --max-time 40 -o "$DIR/got" ||
	    atf_fail 'the file could not be fetched'
	[ "$(sha256sum <"$DIR/got")" = "$SUM" ] ||
	    atf_fail 'it arrived as something else'
	case $(peer alice "$BOB" path.remote) in
	198.51.100.12:*) ;;
	*) atf_fail "alice sends to $(peer alice "$BOB" path.remote)" ;;
	esac
}

when_udp_passes_again_it_is_used_body()
{
	suite_begin
	suite_nat
	block gwa forward
	suite_pair
	need_path 5 'public tcp'
	SIZE=40000000
	make_file $SIZE
	start_transfer 40
	pass gwa forward
	need_path 37 'public udp'
	end_transfer
}

when_udp_ends_tcp_takes_over_body()
{
	suite_begin
	suite_nat
	suite_pair
	need_path 5 'public udp'
	SIZE=40000000
	make_file $SIZE
	start_transfer 20
	block gwa forward
	need_path 15 'public tcp'
	end_transfer
}

a_router_that_resets_is_asked_again_body()
{
	suite_begin
	suite_nat
	block gwa forward
	lab_exec gwb nft add rule inet lab input iifname wan meta l4proto tcp \
	    reject with tcp reset || atf_fail 'nft'
	suite_pair
	need_path 5 'public tcp'
	need_reach alice "$BOB4"
}

two_hosts_on_a_cable_without_udp_meet_body()
{
	suite_begin
	suite_lan
	lab_exec bob nft add table inet lab || atf_fail 'nft'
	lab_exec bob nft add chain inet lab input \
	    '{ type filter hook input priority filter; }' || atf_fail 'nft'
	lab_exec bob nft add rule inet lab input iifname eth0 meta l4proto \
	    udp drop || atf_fail 'nft'
	suite_pair
	need_path 5 'local tcp'
	need_reach alice "$BOB4"
}
