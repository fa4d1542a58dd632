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

# The scenarios of paths.sh, which reads this file: scene_NAME measures one as
# often as $TIMES says. Times are taken from what passes on the wires and from
# the clock that all namespaces share, never from what a daemon says of itself.

# --- the network -------------------------------------------------------------

scenes_begin()
{
	suite_nat
	lab_length gwa "$DELAY" && lab_length gwb "$DELAY" || die 'no wires'
	lab_nat gwa port && lab_nat gwb port || die 'no routers'
	need_discovery
	policy web web-clients web-servers tcp/8080 icmp || die 'no policy'
	need_agent alice
	need_agent bob
	need_enrolled alice web-clients
	need_enrolled bob web-servers
	learn_names
	stop_agent alice
	stop_agent bob
	for n in 1 2; do
		add_relay $n && run_relay $n || die "no relay $n"
	done
}

# add_relay N: relayN has the address 198.51.100.(2 + N), beside discovery
add_relay()
{
	admin relay add "relay$1" >"$DIR/relay$1.token" || return 1
	chmod 600 "$DIR/relay$1.token"
	mkdir -m 0711 "$DIR/relay$1"
	cat >"$DIR/relay$1.conf" <<EOC
discovery "$DISCO4" port 443
discovery pin "$PIN"
name relay$1
token file "$DIR/relay$1.token"
listen on 198.51.100.$(($1 + 2)) port 443
state directory "$DIR/relay$1"
EOC
	ip -n "$LAB_ID$DISCO" addr add "198.51.100.$(($1 + 2))/24" dev eth0
}

run_relay()
{
	lab_spawn "$DISCO" "$DIR/log/relay$1.log" "$BUILD/enclave-relayd" -d -v \
	    -f "$DIR/relay$1.conf" -L "$BUILD"
	eval "RELAY_$1=$LAB_PID"
	lab_wait 20 relay_online "relay$1"
}

# relay_online NAME
relay_online()
{
	admin -j relay list | flat | awk -F= -v name="$1" '
	    /\.name=/ { mine = $2 == name }
	    mine && /\.online=true/ { ok = 1 }
	    /\.online=true/ { at[substr($1, 1, length($1) - 7)] = 1 }
	    $2 == name { me = substr($1, 1, length($1) - 5) }
	    END { exit !(ok || me in at) }'
}

# relay_used: the number of the relay that has two clients
relay_used()
{
	for relay_n in 1 2; do
		[ "$(lab_exec "$DISCO" ss -Htn state established \
		    "src 198.51.100.$((relay_n + 2)) and sport = 443" |
		    wc -l)" -lt 2 ] || {
			echo $relay_n
			return 0
		}
	done
	return 1
}

# --- marks and replies -------------------------------------------------------

now()
{
	date +%s.%N
}

# watch HOST NAME INTERFACE FILTER: arrivals go to $DIR/NAME as they come
watch()
{
	: >"$DIR/$2"
	lab_spawn "$1" "$DIR/$2" tcpdump -Z root -l -n -tt --immediate-mode \
	    -i "$3" "$4"
	WATCHERS="$WATCHERS $LAB_PID"
	lab_wait 5 grep -q 'listening on' "$DIR/$2" || die "cannot watch $1"
}

watch_end()
{
	for pid in $WATCHERS; do
		kill -TERM "$pid" 2>/dev/null
		wait "$pid"
	done
	WATCHERS=
}

pings_begin()
{
	: >"$DIR/pings"
	lab_spawn alice "$DIR/pings" ping -n -D -i 0.01 "$BOB4"
	PINGS=$LAB_PID
}

pings_end()
{
	[ -z "$PINGS" ] || {
		kill -INT "$PINGS"
		wait "$PINGS"
	}
	PINGS=
}

# first FILE MARK: when the first line after the mark was seen
first()
{
	awk -v mark="$2" '{
		at = $1
		gsub(/[][]/, "", at)
	}
	at ~ /^[0-9.]+$/ && at + 0 > mark + 0 { print at; exit }' "$1"
}

# answered MARK: when the first reply came to a ping sent after the mark
answered()
{
	awk -v mark="$1" '/ bytes from / {
		at = substr($1, 2) + 0
		sub(/.*time=/, "")
		if (at - $1 / 1000 > mark + 0) {
			printf "%.6f\n", at
			exit
		}
	}' "$DIR/pings"
}

is_answered()
{
	[ -n "$(answered "$1")" ]
}

# lost: pings without a reply, between the first and the last that have one
lost()
{
	awk '/ bytes from / && !/DUP/ {
		sub(/.*icmp_seq=/, "")
		n++
		if (low == "" || $1 + 0 < low)
			low = $1 + 0
		if ($1 + 0 > high)
			high = $1 + 0
	}
	END { if (n) print high - low + 1 - n }' "$DIR/pings"
}

# between FROM TO: milliseconds, nothing without both
between()
{
	[ -z "$1" ] || [ -z "$2" ] ||
	    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", (b - a) * 1000 }'
}

# --- introductions -----------------------------------------------------------

# routers KIND KIND: both agents begin anew behind routers of these kinds
routers()
{
	watch_end
	stop_agent alice
	stop_agent bob
	lab_nat gwa "$1" && lab_nat gwb "$2" || die "no routers: $1, $2"
	lab_flush gwa
	lab_flush gwb
	need_agent alice
	need_agent bob
	# They learn what their networks are like.
	sleep 4
	watch alice intro.alice eth0 \
	    "src host $DISCO4 and src port 443 and tcp[tcpflags] & 8 != 0"
	watch bob intro.bob eth0 \
	    "src host $DISCO4 and src port 443 and tcp[tcpflags] & 8 != 0"
	watch bob data.bob enclave0 'icmp[icmptype] == 8'
}

is_apart()
{
	[ "$(peer alice "$BOB" state)" != up ] &&
	    [ "$(peer bob "$ALICE" state)" != up ]
}

# part: policy is taken back, and the routers forget what the two had
part()
{
	admin policy disable -o "$ORG" web >/dev/null &&
	    lab_wait 10 is_apart || die 'they do not part'
	for host in 11 111 12; do
		for gw in gwa gwb; do
			lab_exec $gw conntrack -D -s "198.51.100.$host"
			lab_exec $gw conntrack -D -d "198.51.100.$host"
		done
	done >/dev/null 2>&1
	sleep 1
}

path()
{
	peer alice "$BOB" path.type path.transport
}

# path_is TYPE TRANSPORT
path_is()
{
	[ "$(path)" = "$1 $2" ]
}

meet()
{
	admin policy enable -o "$ORG" web >/dev/null || die 'no policy'
}

# together TYPE TRANSPORT: they meet and have such a path
together()
{
	part
	meet
	lab_wait "$LIMIT" path_is "$1" "$2" &&
	    lab_wait "$LIMIT" reaches alice "$BOB4"
}

# introduction FIGURE TYPE TRANSPORT: the later of both introductions, to the
# first ping that arrives; and, from the command on, to the first reply
introduction()
{
	part
	pings_begin
	sleep 0.5
	begun=$(now)
	meet
	lab_wait "$LIMIT" is_answered "$begun"
	# Of the introduction, not of a check that came before: the path.
	lab_wait 5 path_is "$2" "$3" || say " (the path is $(path))"
	pings_end
	a=$(first "$DIR/intro.alice" "$begun")
	b=$(first "$DIR/intro.bob" "$begun")
	[ -z "$(between "$a" "$b")" ] ||
	    a=$(awk -v a="$a" -v b="$b" \
	    'BEGIN { print (a + 0 > b + 0 ? a : b) }')
	got=$(first "$DIR/data.bob" "$begun")
	path_is "$2" "$3" || got=
	record "$1" "$(between "$a" "$got")"
	record "$1_reply" "$(between "$begun" \
	    "$(grep ' bytes from ' "$DIR/pings" >"$DIR/replies"
	    first "$DIR/replies" "$begun")")"
}

# turns FUNCTION ARGUMENT...: as often as wanted
turns()
{
	TURN=1
	while [ "$TURN" -le "$TIMES" ]; do
		printf '  %s/%s:' "$TURN" "$TIMES" >&2
		"$@"
		say ''
		TURN=$((TURN + 1))
	done
}

scene_udp()
{
	routers port port
	turns introduction udp public udp
}

scene_tcp()
{
	routers noudp port
	turns introduction tcp public tcp
}

scene_relay()
{
	routers web web
	turns introduction relay relay tcp
}

# --- changes -----------------------------------------------------------------

upgrade()
{
	lab_renat gwa web 198.51.100.11 192.168.1.0/24 || die 'no router'
	lab_flush gwa
	if ! together relay tcp; then
		record upgrade ''
		return
	fi
	pings_begin
	sleep 1
	begun=$(now)
	lab_renat gwa port 198.51.100.11 192.168.1.0/24 || die 'no router'
	lab_wait 60 path_is public udp && end=$(now) || end=
	# Both sides move by themselves; the last pings have time to come back.
	sleep 2
	pings_end
	record upgrade "$(between "$begun" "$end")"
	record upgrade_lost "$(lost)"
}

scene_upgrade()
{
	routers web port
	turns upgrade
}

# A provider gives the router another address, back and forth.
router()
{
	old=$(ip -n "${LAB_ID}gwa" -4 -o addr show dev wan |
	    awk '{ sub("/.*", "", $4); print $4; exit }')
	new=198.51.100.11
	[ "$old" != "$new" ] || new=198.51.100.111
	lab_wait "$LIMIT" reaches alice "$BOB4" || die 'no path to change'
	pings_begin
	sleep 1
	begun=$(now)
	ip -n "${LAB_ID}gwa" addr del "$old/24" dev wan &&
	    ip -n "${LAB_ID}gwa" addr add "$new/24" dev wan &&
	    lab_renat gwa port "$new" 192.168.1.0/24 || die 'no other address'
	lab_flush gwa
	changed=$(now)
	lab_wait "$LIMIT" is_answered "$changed"
	pings_end
	record router "$(between "$begun" "$(answered "$changed")")"
}

scene_router()
{
	routers port port
	together public udp || die 'no direct path'
	turns router
	ip -n "${LAB_ID}gwa" addr flush dev wan scope global
	lab_addr gwa wan 198.51.100.11/24 2001:db8::11/64
}

# Alice moves to another network of the same router, and back.
host()
{
	net=192.168.1
	[ $((TURN % 2)) -eq 0 ] || net=192.168.101
	lab_wait "$LIMIT" reaches alice "$BOB4" || die 'no path to change'
	pings_begin
	sleep 1
	begun=$(now)
	nat_renumber alice $net.10/24 $net.1 || die 'no other address'
	changed=$(now)
	lab_wait "$LIMIT" is_answered "$changed"
	pings_end
	record host "$(between "$begun" "$(answered "$changed")")"
}

scene_host()
{
	routers port port
	ip -n "${LAB_ID}gwa" addr add 192.168.101.1/24 dev lan &&
	    lab_renat gwa port 198.51.100.11 192.168.0.0/16 ||
	    die 'no other network'
	together public udp || die 'no direct path'
	turns host
	ip -n "${LAB_ID}gwa" addr del 192.168.101.1/24 dev lan
}

# kill_relay N: at once and altogether
kill_relay()
{
	eval "pid=\$RELAY_$1"
	# shellcheck disable=SC2046
	kill -KILL "$pid" $(children "$pid")
	wait "$pid" 2>/dev/null
}

dead()
{
	if ! together relay tcp || ! used=$(relay_used); then
		record dead ''
		return
	fi
	pings_begin
	sleep 1
	begun=$(now)
	kill_relay "$used"
	lab_wait "$LIMIT" is_answered "$(now)"
	pings_end
	record dead "$(between "$begun" "$(answered "$begun")")"
	run_relay "$used" || die 'the relay does not come back'
}

scene_dead()
{
	routers web web
	turns dead
}
