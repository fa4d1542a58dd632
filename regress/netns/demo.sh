#!/bin/sh
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

# The whole way once, on one machine, for a newcomer to watch and as a test: two
# agents behind closed routers enrol, are introduced, build a tunnel and use it;
# then discovery ends and they go on. Every line says what is done; the end is 0
# only if every step held. Whatever happens, all that was made is removed.
#
# usage: demo.sh [-k] builddir
#   -k  keep the network and the files, and say how to look at them

HERE=$(cd "$(dirname "$0")" && pwd) || exit 1
FILE_BYTES=60000000
OVERHEAD_MAX=16384	# what discovery may send and receive meanwhile
TUNNEL_SECONDS=30
KEEP=no
BUILD=
DIR=
PACKAGES='iproute2 nftables tcpdump curl iputils-ping busybox'
FAILED=
STEPS=0
STARTED=$(date +%s)
JOB=
DISCOVERYD=
AGENTS=

# shellcheck source=lab.sh
. "$HERE/lab.sh" || exit 1

# --- telling -----------------------------------------------------------------

die()
{
	printf 'demo: %s\n' "$*" >&2
	exit 1
}

# step "what is done" cmd...: NOTE, if cmd sets it, is told after "ok"
step()
{
	printf '%s ... ' "$1"
	shift
	NOTE=
	if "$@" >"$DIR/step" 2>&1; then
		printf 'ok%s\n' "${NOTE:+ ($NOTE)}"
		STEPS=$((STEPS + 1))
		return 0
	fi
	printf 'FAILED%s\n' "${NOTE:+: $NOTE}"
	sed 's/^/    /' "$DIR/step"
	FAILED=yes
	exit 1
}

# no "reason": what a step says when it gives up
no()
{
	NOTE=$*
	return 1
}

show_logs()
{
	for log in "$DIR"/log/*.log; do
		[ -s "$log" ] || continue
		printf '\nthe last lines of %s:\n' "${log##*/}"
		tail -n 30 "$log" | sed 's/^/    /'
	done
}

tell_kept()
{
	cat <<EOF
kept, as asked:
    files        $DIR
    look inside  nsenter --net=$LAB_NETNS/${LAB_ID}alice -- sh
    ask          $BUILD/enclavectl -s $DIR/alice.sock status
    remove       LAB_ID=$LAB_ID sh -c '. $HERE/lab.sh; lab_down'; rm -rf $DIR
EOF
}

remove_all()
{
	lab_down
	rm -rf "$DIR"
	if [ -n "$(lab_hosts)" ] || [ -e "$DIR" ]; then
		printf 'demo: could not remove everything\n' >&2
		return 1
	fi
	printf 'Everything that was made is removed.\n'
}

clean_up()
{
	rc=$?
	trap '' INT TERM HUP PIPE
	trap - EXIT
	exec >&3 2>&4 # a step that was broken off had them elsewhere
	[ "$rc" -eq 0 ] || [ -n "$FAILED" ] || printf '\ndemo: broken off\n'
	[ "$rc" -eq 0 ] || show_logs
	[ -z "$JOB" ] || kill "$JOB" 2>/dev/null
	if [ "$KEEP" = yes ]; then
		tell_kept
	else
		remove_all || rc=1
	fi
	[ "$rc" -ne 0 ] || printf 'demo: all %d steps held, %d seconds\n' \
	    "$STEPS" "$(($(date +%s) - STARTED))"
	[ "$rc" -eq 0 ] || printf 'demo: failed\n'
	exit "$rc"
}

# --- before anything is made -------------------------------------------------

need_tools()
{
	missing=
	for tool in ip nft nsenter tcpdump curl ping busybox awk tar sha256sum
	do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] ||
	    die "missing:$missing; do: apt-get install $PACKAGES"
	for tool in enclaved enclavectl enclave-discoveryd \
	    enclave-discoveryctl; do
		[ -x "$BUILD/$tool" ] || die "no $tool in $BUILD; do: make"
	done
}

need_findbytes()
{
	FINDBYTES=$BUILD/findbytes
	[ -x "$FINDBYTES" ] && return 0
	FINDBYTES=$DIR/findbytes
	# It may have arguments, or run another one.
	# shellcheck disable=SC2086
	${CC:-cc} -O2 -o "$FINDBYTES" "$HERE/findbytes.c" ||
	    die "cannot compile $HERE/findbytes.c"
}

# --- talking to the daemons --------------------------------------------------

agent()
{
	agent_host=$1
	shift
	lab_exec "$agent_host" "$BUILD/enclavectl" \
	    -s "$DIR/$agent_host.sock" "$@"
}

admin()
{
	lab_exec disco "$BUILD/enclave-discoveryctl" -s "$DIR/disco.sock" "$@"
}

flat()
{
	awk -f "$HERE/json.awk"
}

# field NAME: of flattened JSON on standard input
field()
{
	awk -v name="$1" 'index($0, name "=") == 1 {
		print substr($0, length(name) + 2); exit }'
}

# address4 HOST: the IPv4 address that the overlay gave to HOST
address4()
{
	agent "$1" -j status | flat |
	    awk '/^addresses\.[0-9]+=[0-9.]+(\/[0-9]+)?$/ {
		sub(/^[^=]*=/, ""); sub(/\/.*/, ""); print; exit }'
}

# peer HOST SYSTEM FIELD...: what HOST says about its peer SYSTEM, on one line
peer()
{
	peer_host=$1
	peer_system=$2
	shift 2
	agent "$peer_host" -j status | flat |
	    awk -v who="$peer_system" -v names="$*" '{
		at = index($0, "=")
		path = substr($0, 1, at - 1)
		said[path] = substr($0, at + 1)
		if (path ~ /^peers\.[0-9]+\.system$/ && said[path] == who)
			mine = substr(path, 1, length(path) - 6)
	} END {
		n = split(names, name, " ")
		for (i = 1; mine != "" && i <= n; i++)
			line = line (i > 1 ? " " : "") said[mine name[i]]
		print line
	}'
}

daemons_run()
{
	for pid in $DISCOVERYD $AGENTS; do
		kill -0 "$pid" 2>/dev/null || return 1
	done
}

holds_or_hopeless()
{
	"$@" || ! daemons_run
}

# await SECONDS cmd...: as lab_wait, but not longer than the daemons run
await()
{
	await_seconds=$1
	shift
	lab_wait "$await_seconds" holds_or_hopeless "$@" || return 1
	"$@" || no 'a daemon has ended'
}

# --- the steps ---------------------------------------------------------------

start_discovery()
{
	mkdir -m 0755 "$DIR/disco"
	cat >"$DIR/discoveryd.conf" <<EOF
listen on 198.51.100.2 port 443
stun on 198.51.100.2 port 3478
state directory "$DIR/disco"
socket "$DIR/disco.sock"
EOF
	lab_spawn disco "$DIR/log/discoveryd.log" \
	    "$BUILD/enclave-discoveryd" -d -f "$DIR/discoveryd.conf" -L "$BUILD"
	DISCOVERYD=$LAB_PID
	await 15 admin status || no "${NOTE:-it does not answer}"
}

configure()
{
	admin org add example || no 'organisation' || return 1
	KEY_alice=$(admin key add -a -o example -t web-clients -u 1 -D alice) &&
	    KEY_bob=$(admin key add -a -o example -t web-servers -u 1 -D bob) ||
	    no 'enrolment keys' || return 1
	admin policy add -o example -s web-clients -r web-servers \
	    -a tcp/8080 -a icmp web || no 'policy' || return 1
	PIN=$(admin pin) || no 'pin of the TLS certificate' || return 1
	case $PIN in
	SHA256:?*) ;;
	*) no "this is no pin: $PIN" ;;
	esac
}

start_agent()
{
	mkdir -m 0755 "$DIR/$1"
	cat >"$DIR/$1.conf" <<EOF
discovery "198.51.100.2" port 443
discovery pin "$PIN"
interface "enclave0"
state directory "$DIR/$1"
socket "$DIR/$1.sock"
EOF
	lab_spawn "$1" "$DIR/log/$1.log" \
	    "$BUILD/enclaved" -d -f "$DIR/$1.conf" -L "$BUILD"
	AGENTS="$AGENTS $LAB_PID"
	await 15 answers "$1" || no "${NOTE:-it does not answer}"
}

# A daemon that runs says at least that it is not enrolled (exit code 4).
answers()
{
	agent "$1" status >/dev/null 2>&1
	case $? in 0|4) return 0 ;; esac
	return 1
}

start_agents()
{
	start_agent alice || no "alice: $NOTE" || return 1
	start_agent bob || no "bob: $NOTE"
}

enrol()
{
	printf '%s\n' "$2" | agent "$1" enrol || no "$1" || return 1
	await 15 has_address "$1" || no "$1 got no address"
}

has_address()
{
	[ -n "$(address4 "$1")" ]
}

enrol_both()
{
	enrol alice "$KEY_alice" && enrol bob "$KEY_bob" || return 1
	ALICE=$(agent alice -j status | flat | field system)
	BOB=$(agent bob -j status | flat | field system)
	ALICE4=$(address4 alice)
	BOB4=$(address4 bob)
	[ -n "$ALICE" ] && [ -n "$BOB" ] || no 'no name given' || return 1
	NOTE="alice is $ALICE, $ALICE4; bob is $BOB, $BOB4"
}

# Up, and directly: not through a relay, not over TCP.
peer_is_up()
{
	case $(peer "$1" "$2" state path.type path.transport) in
	'up public udp'|'up local udp') return 0 ;;
	esac
	return 1
}

both_are_up()
{
	peer_is_up alice "$BOB" && peer_is_up bob "$ALICE"
}

wait_for_tunnel()
{
	if await "$TUNNEL_SECONDS" both_are_up; then
		NOTE=$(peer alice "$BOB" path.local path.remote |
		    sed 's/ / to /')
		return 0
	fi
	printf 'alice says: %s\nbob says: %s\n' \
	    "$(peer alice "$BOB" state reason path.type path.transport)" \
	    "$(peer bob "$ALICE" state reason path.type path.transport)"
	no "${NOTE:-no direct tunnel within $TUNNEL_SECONDS seconds}"
}

ping_bob()
{
	lab_exec alice ping -n -c 5 -i 0.2 -W 2 "$BOB4" >"$DIR/ping" 2>&1 || {
		cat "$DIR/ping"
		no 'no answer'
		return 1
	}
	NOTE=$(awk '/packets transmitted/ { n = $4 " of " $1 " answered" }
	    /^rtt/ { split($4, t, "/"); n = n ", " t[2] " ms" }
	    END { print n }' "$DIR/ping")
}

# job cmd...: waited for in a manner that lets Ctrl-C through
job()
{
	"$@" &
	JOB=$!
	wait "$JOB"
	job_rc=$?
	JOB=
	return $job_rc
}

collect_files()
{
	tar -cf - /usr/lib /usr/share /usr/bin 2>/dev/null |
	    head -c "$FILE_BYTES" >"$DIR/www/file"
}

make_file()
{
	mkdir -m 0755 "$DIR/www"
	job collect_files
	size=$(wc -c <"$DIR/www/file")
	[ "$size" -ge 52428800 ] || no "only $size bytes" || return 1
	SUM=$(sha256sum <"$DIR/www/file")
	NOTE="$size bytes, sha256 $(printf '%.12s' "$SUM")..."
}

# get HOST URL [curl arguments]
get()
{
	get_host=$1
	get_url=$2
	shift 2
	lab_exec "$get_host" curl -q -sS -f --noproxy '*' "$@" "$get_url"
}

# serve HOST ADDRESS PORT: HTTP there; HOST itself must be able to read it
serve()
{
	lab_spawn "$1" "$DIR/log/httpd.log" \
	    busybox httpd -f -p "$2:$3" -h "$DIR/www"
	lab_wait 5 get "$1" "http://$2:$3/hello" -o /dev/null ||
	    no "no web server on $2 port $3"
}

serve_all()
{
	echo hello >"$DIR/www/hello"
	serve bob "$BOB4" 8080 && serve bob "$BOB4" 8081 &&
	    serve alice "$ALICE4" 8080
}

download()
{
	rm -f "$DIR/got"
	job get alice "http://$BOB4:8080/file" --max-time 60 -o "$DIR/got" \
	    -w '%{size_download} %{time_total}\n' >"$DIR/curl" 2>&1 || {
		cat "$DIR/curl"
		no 'the download broke'
		return 1
	}
	[ "$(sha256sum <"$DIR/got")" = "$SUM" ] ||
	    no 'checksums differ' || return 1
	NOTE=$(awk '{ printf "checksums agree, %.1f s, %.0f Mbit/s", $2,
	    $1 * 8 / ($2 + 0.000001) / 1000000 }' "$DIR/curl")
}

# Everything that discovery counts in bytes, added up. Its own interface is
# asked as well, because a program may be wrong about itself.
discovery_bytes()
{
	admin -j status | flat | awk -F= '
	    $1 ~ /bytes/ && $2 ~ /^[0-9]+$/ { sum += $2; n++ }
	    END { if (n == 0) exit(1); printf "%.0f\n", sum }'
}

note_counters()
{
	COUNTED=$(discovery_bytes) ||
	    no 'its status has no counter named ...bytes...' || return 1
	PASSED=$(lab_octets disco)
}

start_capture()
{
	note_counters &&
	    lab_pcap_start inet p-gwa "$DIR/wire.pcap" &&
	    lab_pcap_start alice enclave0 "$DIR/inside.pcap" -c 64
}

# The capture must hold the transfer at all, and the search must find the file
# where it is in the clear, or finding nothing would prove nothing.
check_capture()
{
	lab_pcap_stop
	size=$(wc -c <"$DIR/wire.pcap")
	[ "$size" -ge $((FILE_BYTES * 9 / 10)) ] ||
	    no "the capture has missed the transfer: $size bytes" || return 1
	job "$FINDBYTES" "$DIR/www/file" "$DIR/inside.pcap" >"$DIR/inside"
	[ $? -eq 1 ] ||
	    no 'the search finds nothing inside the tunnel either' || return 1
	job "$FINDBYTES" "$DIR/www/file" "$DIR/wire.pcap" ||
	    no 'parts of the file were seen on the wire' || return 1
	NOTE="$size bytes searched"
	rm -f "$DIR/wire.pcap" "$DIR/inside.pcap"
}

check_counters()
{
	counted=$(($(discovery_bytes) - COUNTED)) || return 1
	passed=$(($(lab_octets disco) - PASSED)) || return 1
	NOTE="it counted $counted bytes, its network $passed"
	[ "$counted" -ge 0 ] && [ "$counted" -le "$OVERHEAD_MAX" ] &&
	    [ "$passed" -le $((OVERHEAD_MAX * 2)) ]
}

# refused HOST URL: curl must fail to connect (7) or wait in vain (28)
refused()
{
	get "$1" "$2" --max-time 3 -o /dev/null
	case $? in
	7|28) return 0 ;;
	0) no 'it was let through' ;;
	*) no 'it failed in another way' ;;
	esac
}

show_status()
{
	for host in alice bob; do
		printf '\n%s# enclavectl status\n' "$host"
		agent "$host" status >"$DIR/status" 2>&1 || {
			cat "$DIR/status"
			FAILED=yes
			printf 'demo: enclavectl status failed on %s\n' "$host"
			exit 1
		}
		sed 's/^/    /' "$DIR/status"
	done
	echo
}

discovery_state()
{
	agent "$1" -j status | flat | field discovery.state
}

discovery_is_gone()
{
	[ -z "$(ip netns pids "$(lab_ns disco)")" ]
}

# Both must have noticed: the state is not what it was while discovery ran.
both_noticed()
{
	for host in alice bob; do
		state=$(discovery_state "$host")
		[ -n "$state" ] && [ "$state" != "$STATE" ] || return 1
	done
}

stop_discovery()
{
	STATE=$(discovery_state alice)
	[ -n "$STATE" ] || no 'status tells no discovery state' || return 1
	pid=$DISCOVERYD
	DISCOVERYD=
	kill -TERM "$pid"
	lab_wait 10 discovery_is_gone || no 'it does not end' || return 1
	wait "$pid"
	await 20 both_noticed || no "${NOTE:-the agents still say $STATE}" ||
	    return 1
	NOTE="the agents say: $(discovery_state alice)"
}

run_demo()
{
	step 'Building a network: alice and bob, each behind a closed router' \
	    lab_up
	step 'Starting the discovery service on a public host' start_discovery
	step 'Adding two enrolment keys; policy: tcp/8080 and icmp' configure
	step 'Starting the agents of alice and bob' start_agents
	step 'Enrolling alice as web-clients, bob as web-servers' enrol_both
	step 'Waiting for a direct tunnel through both routers' wait_for_tunnel
	step 'Alice pings bob through the tunnel' ping_bob
	step 'Packing files of this machine into one to download' make_file
	step 'Starting web servers on bob (8080, 8081) and alice (8080)' \
	    serve_all
	step 'Starting a capture between the routers' start_capture
	step 'Alice downloads the file from bob through the tunnel' download
	step 'Searching what passed the routers for any part of the file' \
	    check_capture
	step 'Checking that discovery carried none of it' check_counters
	step 'Alice tries port 8081, which no policy allows: refused' \
	    refused alice "http://$BOB4:8081/hello"
	step 'Bob tries to reach alice, which no policy allows: refused' \
	    refused bob "http://$ALICE4:8080/hello"
	show_status
	step 'Ending the discovery service' stop_discovery
	step 'Alice downloads the file again, without discovery' download
	step 'Asking both again: the tunnel is direct and up' both_are_up
	show_status
}

while getopts k opt; do
	case $opt in
	k) KEEP=yes ;;
	*) printf 'usage: demo.sh [-k] builddir\n' >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || { printf 'usage: demo.sh [-k] builddir\n' >&2; exit 2; }
[ "$(id -u)" -eq 0 ] ||
    die 'run it as root: it makes network namespaces and tunnel interfaces'
BUILD=$(cd "$1" && pwd) || die "no directory $1"
need_tools
[ -c /dev/net/tun ] || die 'no /dev/net/tun; do: modprobe tun'
umask 022
DIR=$(mktemp -d /var/tmp/enclave-demo.XXXXXX) || exit 1
exec 3>&1 4>&2
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
chmod 0711 "$DIR"
mkdir -m 0755 "$DIR/log"
need_findbytes
run_demo
