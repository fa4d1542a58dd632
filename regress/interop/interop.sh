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

# What the tests with a stock WireGuard implementation have in common: a peer
# without discovery, wireguard-go and wg, on bob, our agent on alice, one cable
# between them. To be read first of all, in the place of ../suite/suite.sh.
#
# interop_case NAME SECONDS TEXT	declare a case
# interop_begin			first in each body: network, their keys
# our_side			start our agent, configured with $ENDPOINT and
#				$MORE in the block of the peer
# quick NAME			before our_side: with NAME_cryptoproc_helper
#				in the place of cryptoproc
# start_theirs PORT [wg set arguments about the peer], stop_theirs
# watch				note the handshakes that pass from now on
# handshakes			list them: "us" or "them", the type of message,
#				and "mac2" when it carries a cookie's
# flood HOST ADDRESS PORT KEY	with initiations that cost the receiver work,
#				until it asks for cookies and ever after

# shellcheck source=../suite/suite.sh
. "${0%/*}/../suite/suite.sh"

US=10.9.0.1
THEM=10.9.0.2
BEHIND=10.77.1.1	# another prefix of theirs
US6=fd09::1
THEM6=fd09::2
OUR_PORT=51820
THEIR_PORT=51821

# interop_case NAME SECONDS TEXT
interop_case()
{
	suite_case "$1" "$2" "$3"
	eval "$1_head() {
	    SUITE_PROGS='wg wireguard-go tcpdump'
	    suite_head $2 '$3'; }"
}

# The name of a wireguard-go device must be its own on the whole machine.
interop_begin()
{
	suite_begin
	lab_two_hosts || atf_fail 'no network'
	WG=wg${LAB_ID%-}
	umask 077
	wg genkey >"$DIR/theirs"
	THEIR_KEY=$(wg pubkey <"$DIR/theirs")
	ENDPOINT="endpoint 192.0.2.2 port $THEIR_PORT"
	MORE=
}

# our_side: with the lines of $ENDPOINT and $MORE
our_side()
{
	cat >"$DIR/alice.conf" <<EOC
interface "enclave0"
port $OUR_PORT
state directory "$DIR/alice"
socket "$DIR/alice.sock"
address "$US/24"
address "$US6/64"
peer "bob" {
	public key "$THEIR_KEY"
	allowed "$THEM/32", "$THEM6/128", "10.77.0.0/16"
	$ENDPOINT
	$MORE
}
EOC
	need_agent alice
	OUR_KEY=$(agent alice -j status | flat | field public_key)
	[ -n "$OUR_KEY" ] || atf_fail 'the agent does not tell its key'
}

theirs()
{
	lab_exec bob wg "$@"
}

device_is_there()
{
	theirs show "$WG"
}

their_device()
{
	ip -n "$(lab_ns bob)" addr add "$THEM/24" dev "$WG" &&
	    ip -n "$(lab_ns bob)" addr add "$BEHIND/32" dev "$WG" &&
	    ip -n "$(lab_ns bob)" addr add "$THEM6/64" dev "$WG" nodad &&
	    ip -n "$(lab_ns bob)" link set "$WG" mtu 1420 up
}

# start_theirs PORT [wg set arguments about the peer]
start_theirs()
{
	their_port=$1
	shift
	# Of a process that was killed, and had the same number.
	rm -f "/var/run/wireguard/$WG.sock"
	lab_spawn bob "$DIR/log/wireguard.log" wireguard-go -f "$WG"
	THEIRS=$LAB_PID
	lab_wait 10 device_is_there || atf_fail 'wireguard-go does not start'
	theirs set "$WG" listen-port "$their_port" \
	    private-key "$DIR/theirs" peer "$OUR_KEY" \
	    allowed-ips "$US/32,$US6/128" "$@" || atf_fail 'wg set'
	their_device || atf_fail 'their device'
}

stop_theirs()
{
	kill -TERM "$THEIRS"
	wait "$THEIRS" || :
}

handshake_done()
{
	theirs show "$WG" latest-handshakes | grep -qv '	0$'
}

# state_is WORD: of the peer, in enclavectl
state_is()
{
	[ "$(agent alice -j status | flat | field peers.0.state)" = "$1" ]
}

remote_is()
{
	[ "$(agent alice -j status | flat |
	    field peers.0.path.remote)" = "$1" ]
}

counter()
{
	agent alice -j status | flat | field "counters.$1"
}

# above NAME NUMBER
above()
{
	[ "$(counter "$1")" -gt "$2" ]
}

# Links beside links: the other children are the real ones.
quick()
{
	mkdir "$DIR/libexec"
	for name in $AGENT_CHILDREN; do
		ln -s "$BUILD/$name" "$DIR/libexec/$name"
	done
	ln -sf "$BUILD/regress/interop/$1_cryptoproc_helper" \
	    "$DIR/libexec/cryptoproc"
	AGENT_ARGS="-L $DIR/libexec"
}

watch()
{
	lab_spawn alice "$DIR/watch" tcpdump -Z root -n -l -x \
	    --immediate-mode -i eth0 "udp port $OUR_PORT and
	    udp port $THEIR_PORT and udp[8] < 4"
	lab_wait 5 grep -q 'listening on' "$DIR/watch" ||
	    atf_fail 'cannot capture'
}

# A packet is a line that names both sides, then its bytes from the IP header
# on. What is not yet there as a whole is left out.
handshakes()
{
	awk -v us="192.0.2.1.$OUR_PORT" '
	function tell() {
		type = substr(hex, 58, 1)
		len = type == 1 ? 148 : type == 2 ? 92 : 64
		if (length(hex) < 2 * (28 + len))
			return
		mac2 = substr(hex, 2 * (28 + len) - 31, 32)
		print who " " type (type < 3 && mac2 !~ /^0+$/ ? " mac2" : "")
	}
	/ IP / {
		tell()
		hex = ""
		who = $3 == us ? "us" : "them"
	}
	/^\t0x/ {
		for (i = 2; i <= NF; i++)
			hex = hex $i
	}
	END { tell() }' "$DIR/watch"
}

# passed LINE: how many such handshakes
passed()
{
	handshakes | grep -cx "$1" || :
}

# at_least NUMBER LINE
at_least()
{
	[ "$(passed "$2")" -ge "$1" ]
}

flood()
{
	lab_spawn "$1" "$DIR/flood" "$BUILD/regress/interop/flood_helper" \
	    "$2" "$3" "$4"
	FLOOD=$LAB_PID
	lab_wait 20 grep -qx cookie "$DIR/flood" ||
	    atf_fail 'the flood is never asked for a cookie'
}
