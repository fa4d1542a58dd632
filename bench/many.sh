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

# Memory and idle CPU of an agent that has many peers, to be sourced by bench.sh
# after variants.sh. Each peer is an agent of this tree with processes, keys and
# an interface of its own, enrolled and introduced as any other; all of them
# live on bob, which costs memory, and take turns to start, which costs time. In
# the end alice has a session and a path to each, and nobody has anything to
# say.
#
# What a variable is set to here is used in bench.sh, and the other way round.
# shellcheck disable=SC2034,SC2154

MANY_UP=180		# seconds for all of them to be up
MANY_SETTLE=60		# what was lost while all of them started at once is
			# asked again after 25 s, and paths are looked at anew
MANY_IDLE=20		# seconds of idleness that are measured
MANY_KIB=24576		# memory that each peer may need

many_have()
{
	enclave_have || return 1
	many_kib=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
	[ "$((PEERS * MANY_KIB))" -le "$many_kib" ] ||
	    no "$PEERS agents need $((PEERS * MANY_KIB / 1024)) MiB of memory"
}

# many_conf NAME INTERFACE: all interfaces of the overlay are excluded, or the
# peers would offer each other's as well
many_conf()
{
	mkdir -m 0755 "$WORK/$1"
	cat >"$WORK/$1.conf" <<END
discovery "198.51.100.2" port 443
discovery pin "$PIN"
interface "$2"
exclude interface "peer*"
exclude interface "enclave*"
state directory "$WORK/$1"
socket "$WORK/$1.sock"
log level error
END
}

many_tool()
{
	many_name=$1
	shift
	"$BUILD/enclavectl" -s "$WORK/$many_name.sock" "$@"
}

many_answers()
{
	many_tool "$1" status >/dev/null 2>&1
	case $? in 0|4) return 0 ;; esac
	return 1
}

# many_agent HOST NAME INTERFACE KEY
many_agent()
{
	many_conf "$2" "$3"
	"run_$1" "$BUILD/enclaved" -d -f "$WORK/$2.conf" -L "$BUILD"
	lab_wait 15 many_answers "$2" ||
	    no "the agent of $2 does not answer" || return 1
	printf '%s\n' "$4" | many_tool "$2" enrol >/dev/null ||
	    no "$2 could not enrol"
}

many_policy()
{
	if ! admin org add bench >/dev/null || ! admin policy add -o bench \
	    -s hub -r spoke -a any bench >/dev/null; then
		no 'the discovery service refused'
		return 1
	fi
	KEY_alice=$(admin key add -a -o bench -t hub -u 1)
	KEY_bob=$(admin key add -a -o bench -t spoke -u "$PEERS")
	PIN=$(admin pin)
	case ,$KEY_alice,$KEY_bob,$PIN, in
	*,,*) no 'no keys from the discovery service' ;;
	esac
}

many_start()
{
	many_agent alice alice enclave0 "$KEY_alice" || return 1
	many_i=0
	while [ "$many_i" -lt "$PEERS" ]; do
		many_agent bob "peer$many_i" "peer$many_i" "$KEY_bob" ||
		    return 1
		many_i=$((many_i + 1))
		[ $((many_i % 20)) -ne 0 ] || printf ' %s' "$many_i" >&2
	done
}

# many_count: peers with which alice has a path and a session
many_count()
{
	many_tool alice -j status 2>/dev/null | flat | awk '
	    /^peers\.[0-9]+\.state=up$/ { n++ } END { print n + 0 }'
}

many_up()
{
	[ "$(many_count)" -eq "$PEERS" ]
}

many_measure()
{
	job sleep "$MANY_SETTLE"
	# shellcheck disable=SC2086
	many_ns=$(running_ns $PIDS_alice)
	job sleep "$MANY_IDLE"
	# shellcheck disable=SC2086
	many_ns=$(($(running_ns $PIDS_alice) - many_ns))
	many_up || no "only $(many_count) of $PEERS peers stayed up" ||
	    return 1
	record many_idle "$(number "$many_ns / $MANY_IDLE / 1e7")"
	# shellcheck disable=SC2086
	record many_rss "$(memory Rss $PIDS_alice)"
	# shellcheck disable=SC2086
	record many_pss "$(memory Pss $PIDS_alice)"
}

many_run()
{
	build_network || no 'could not build the network' || return 1
	enclave_discovery && many_policy && many_start || return 1
	lab_wait "$MANY_UP" many_up ||
	    no "only $(many_count) of $PEERS peers are up" || return 1
	many_measure
}
