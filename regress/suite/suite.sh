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


# What the tests of the whole suite have in common: the real daemons, started in
# the network of ../netns/lab.sh and judged from outside. A test program reads
# it first of all, declares its cases with suite_case and writes their bodies;
# heads and cleanups come from here. The atf variable "top" is the tree, the
# programs are in its folder build.
#
# suite_case NAME SECONDS TEXT	declare a test case of root's, with cleanup
# suite_begin			first in each body that starts something: $DIR
#				is a directory for state, sockets and logs
# suite_nat, suite_lan		the network: alice and bob behind routers and
#				discovery on disco, or two hosts on one cable
#				and discovery on alice
# start_discovery, stop_discovery, start_agent HOST, stop_agent HOST
# enrol HOST TAG...		with a fresh key, which stays in $DIR/HOST.key
# suite_pair			all that is needed for a tunnel from alice to
#				bob, where policy lets her use icmp and tcp/8080
# wait_up			until both say that the tunnel is up
#
# Functions return 0 or 1, those named need_* end the test instead. When a test
# fails, or is ended for taking too long, the logs of all daemons are printed.

SUITE=${0%/*}
ORG=example
START_SECONDS=20	# a daemon starts
UP_SECONDS=30		# a tunnel comes up
AGENT_CHILDREN='cryptoproc ctlproc linkproc netproc tunproc'
DISCOVERY_CHILDREN='apiproc authproc oidcproc policyproc storeproc stunproc
    tlsproc'
SUITE_CASES=
NO_PIN=SHA256:$(printf '%064d' 0)	# of no certificate

# --- declaring and ending a test ---------------------------------------------

suite_case()
{
	SUITE_CASES="$SUITE_CASES $1"
	atf_test_case "$1" cleanup
	eval "$1_head() { suite_head $2 '$3'; }
	    $1_cleanup() { suite_cleanup; }"
}

suite_head()
{
	atf_set descr "$2"
	atf_set require.user root
	# $SUITE_PROGS: more that a test needs.
	# shellcheck disable=SC2086
	atf_set require.progs ip nft nsenter curl ping busybox nc ps \
	    ${SUITE_PROGS:-}
	atf_set timeout "$1"
}

atf_init_test_cases()
{
	for suite_name in $SUITE_CASES; do
		atf_add_test_case "$suite_name"
	done
}

# Reads the lab's library under a name that the cleanup finds again.
suite_lab()
{
	LAB_ID=
	[ ! -f lab_id ] || LAB_ID=$(cat lab_id)
	# shellcheck source=../netns/lab.sh
	. "$SUITE/../netns/lab.sh" || exit 1
	printf '%s\n' "$LAB_ID" >lab_id
}

suite_begin()
{
	TOP=$(cd "$(atf_config_get top "$SUITE/../../..")" && pwd) ||
	    atf_fail 'no tree: give the variable "top"'
	BUILD=$TOP/build
	HELPERS=$BUILD/regress/suite
	for suite_name in enclaved enclavectl enclave-discoveryd \
	    enclave-discoveryctl $AGENT_CHILDREN $DISCOVERY_CHILDREN; do
		[ -x "$BUILD/$suite_name" ] ||
		    atf_fail "$BUILD/$suite_name is missing"
	done
	umask 022
	suite_lab
	suite_mkdir state
	DIR=$SUITE_NEW
	mkdir -m 0755 "$DIR/log"
	AGENT_ARGS=
	DISCOVERY_ARGS=
	WRAP=
	trap suite_exit EXIT
}

# suite_mkdir state | exec: make $SUITE_NEW, which the cleanup removes. State is
# kept in memory if there is a place for it: databases wait for the disk at each
# commit, and a busy machine may let them wait for seconds. Programs may not be
# executable there.
suite_mkdir()
{
	suite_base=/tmp
	if [ "$1" = state ] && [ -w /dev/shm ]; then
		suite_base=/dev/shm
	fi
	SUITE_NEW=$(mktemp -d "$suite_base/enclave-suite.XXXXXX") ||
	    atf_fail 'mktemp'
	printf '%s\n' "$SUITE_NEW" >>suite_dirs
	chmod 0711 "$SUITE_NEW"
}

suite_exit()
{
	suite_rc=$?
	trap - EXIT
	: >suite_ended
	[ "$suite_rc" -eq 0 ] || suite_logs
	exit "$suite_rc"
}

suite_logs()
{
	for suite_name in "$DIR"/log/*.log; do
		[ -s "$suite_name" ] || continue
		printf '\nthe last lines of %s:\n' "${suite_name##*/}"
		tail -n 60 "$suite_name" | sed 's/^/    /'
	done
}

# Leaves nothing, and says so if it cannot. A test that was ended from outside
# could not print its logs.
suite_cleanup()
{
	suite_lab
	: >>suite_dirs
	DIR=$(head -n 1 suite_dirs)
	[ -z "$DIR" ] || [ -f suite_ended ] || suite_logs
	lab_down || return 1
	# The one thing of a lab that is not inside of its namespaces.
	rm -f "/var/run/wireguard/wg${LAB_ID%-}.sock"
	while read -r suite_name; do
		rm -rf "$suite_name" || return 1
	done <suite_dirs
	[ -z "$(lab_hosts)" ]
}

# --- network -----------------------------------------------------------------

suite_nat()
{
	lab_up || atf_fail 'lab_up'
	DISCO=disco
	DISCO4=198.51.100.2
}

suite_lan()
{
	lab_two_hosts || atf_fail 'lab_two_hosts'
	DISCO=alice
	DISCO4=192.0.2.1
}

# --- daemons -----------------------------------------------------------------

# The tools, as a user of HOST would call them.
agent()
{
	suite_host=$1
	shift
	lab_exec "$suite_host" "$BUILD/enclavectl" \
	    -s "$DIR/$suite_host.sock" "$@"
}

admin()
{
	lab_exec "$DISCO" "$BUILD/enclave-discoveryctl" \
	    -s "$DIR/disco.sock" "$@"
}

discovery_conf()
{
	cat >"$DIR/disco.conf" <<EOC
listen on $DISCO4 port 443
stun on $DISCO4 port 3478
state directory "$DIR/disco"
socket "$DIR/disco.sock"
EOC
}

agent_conf()
{
	cat >"$DIR/$1.conf" <<EOC
discovery "$DISCO4" port 443
discovery pin "$PIN"
interface "enclave0"
state directory "$DIR/$1"
socket "$DIR/$1.sock"
EOC
	# $PLAIN names the host, if any, that is to do without offloads.
	[ "${PLAIN:-}" != "$1" ] || echo 'no offload' >>"$DIR/$1.conf"
	# $NO_AES names the one that is to do without that cipher.
	[ "${NO_AES:-}" != "$1" ] || echo 'no aes' >>"$DIR/$1.conf"
}

# started LOG COUNT: all children of a daemon have entered their sandboxes, this
# many times since the log began
started()
{
	[ "$(grep -c 'started, [0-9]* processes' "$1")" -ge "$2" ]
}

# A configuration that exists is used as it is. $WRAP, if set, is a program that
# starts the daemon.
start_discovery()
{
	suite_log=$DIR/log/disco.log
	[ -f "$DIR/disco.conf" ] || discovery_conf
	: >>"$suite_log"
	suite_n=$(grep -c 'started, [0-9]* processes' "$suite_log")
	# shellcheck disable=SC2086
	lab_spawn "$DISCO" "$suite_log" $WRAP "$BUILD/enclave-discoveryd" \
	    -d -v -f "$DIR/disco.conf" -L "$BUILD" $DISCOVERY_ARGS
	DISCOVERYD=$LAB_PID
	lab_wait "$START_SECONDS" started "$suite_log" $((suite_n + 1)) &&
	    lab_wait "$START_SECONDS" admin pin || return 1
	PIN=$(admin pin)
}

start_agent()
{
	suite_log=$DIR/log/$1.log
	[ -f "$DIR/$1.conf" ] || agent_conf "$1"
	: >>"$suite_log"
	suite_n=$(grep -c 'started, [0-9]* processes' "$suite_log")
	# shellcheck disable=SC2086
	lab_spawn "$1" "$suite_log" $WRAP "$BUILD/enclaved" \
	    -d -v -f "$DIR/$1.conf" -L "$BUILD" $AGENT_ARGS
	eval "AGENT_$1=$LAB_PID"
	lab_wait "$START_SECONDS" started "$suite_log" $((suite_n + 1)) &&
	    lab_wait "$START_SECONDS" agent_answers "$1"
}

# enclavectl version ends with 0 without a daemon as well
agent_answers()
{
	agent "$1" -j version | flat | grep -q '^enclaved=[0-9]'
}

# agent_pid HOST
agent_pid()
{
	eval "printf '%s\n' \"\$AGENT_$1\""
}

# stop PID: ask it to end, wait, return its exit code
stop()
{
	kill -TERM "$1" 2>/dev/null || return 1
	wait "$1"
}

stop_discovery()
{
	stop "$DISCOVERYD"
}

stop_agent()
{
	stop "$(agent_pid "$1")"
}

need_discovery()
{
	start_discovery || atf_fail 'discovery does not start'
	admin org add "$ORG" >/dev/null || atf_fail 'no organisation'
}

need_agent()
{
	start_agent "$1" || atf_fail "the agent of $1 does not start"
}

# --- JSON --------------------------------------------------------------------

flat()
{
	awk -f "$TOP/regress/netns/json.awk"
}

# field NAME: of flattened JSON on standard input
field()
{
	awk -v name="$1" 'index($0, name "=") == 1 {
		print substr($0, length(name) + 2); exit }'
}

# agent_field HOST NAME
agent_field()
{
	agent "$1" -j status | flat | field "$2"
}

# counter NAME: of discovery
counter()
{
	admin -j status | flat | field "$1"
}

# address4 HOST, address6 HOST: in the overlay
address4()
{
	agent "$1" -j status | flat | awk '/^addresses\.[0-9]+=[0-9.]+/ {
		sub(/^[^=]*=/, ""); sub(/\/.*/, ""); print; exit }'
}

address6()
{
	agent "$1" -j status | flat | awk '/^addresses\.[0-9]+=.*:/ {
		sub(/^[^=]*=/, ""); sub(/\/.*/, ""); print; exit }'
}

# peer HOST SYSTEM FIELD...: what HOST says about SYSTEM, on one line
peer()
{
	suite_at=$1
	suite_who=$2
	shift 2
	agent "$suite_at" -j status | flat |
	    awk -v who="$suite_who" -v names="$*" '{
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

# --- membership --------------------------------------------------------------

has_address()
{
	[ -n "$(address4 "$1")" ]
}

enrol()
{
	suite_host=$1
	shift
	suite_tags=
	for suite_name in "$@"; do
		suite_tags="$suite_tags -t $suite_name"
	done
	# shellcheck disable=SC2086
	admin key add -a -o "$ORG" -u 1 $suite_tags >"$DIR/$suite_host.key" &&
	    agent "$suite_host" enrol <"$DIR/$suite_host.key" >/dev/null &&
	    lab_wait 15 has_address "$suite_host"
}

need_enrolled()
{
	enrol "$@" || atf_fail "$1 cannot enrol"
}

# policy NAME SENDER RECEIVER ACL...
policy()
{
	suite_name=$1
	suite_from=$2
	suite_to=$3
	shift 3
	suite_acls=
	for suite_acl in "$@"; do
		suite_acls="$suite_acls -a $suite_acl"
	done
	# shellcheck disable=SC2086
	admin policy add -o "$ORG" -s "$suite_from" -r "$suite_to" \
	    $suite_acls "$suite_name" >/dev/null
}

# Names and overlay addresses: $ALICE $ALICE4 $ALICE6, $BOB $BOB4 $BOB6
learn_names()
{
	ALICE=$(agent_field alice system)
	BOB=$(agent_field bob system)
	ALICE4=$(address4 alice)
	BOB4=$(address4 bob)
	ALICE6=$(address6 alice)
	BOB6=$(address6 bob)
}

# suite_pair: start, enrol, and wait for the tunnel
suite_pair()
{
	need_discovery
	policy web web-clients web-servers tcp/8080 icmp ||
	    atf_fail 'no policy'
	need_agent alice
	need_agent bob
	need_enrolled alice web-clients
	need_enrolled bob web-servers
	learn_names
	need_up
}

is_up()
{
	[ "$(peer "$1" "$2" state)" = up ]
}

both_up()
{
	is_up alice "$BOB" && is_up bob "$ALICE"
}

wait_up()
{
	lab_wait "$UP_SECONDS" both_up && return 0
	for suite_name in alice bob; do
		printf '%s: ' "$suite_name"
		agent "$suite_name" -j status
	done
	return 1
}

need_up()
{
	wait_up || atf_fail 'the tunnel does not come up'
}

# --- traffic -----------------------------------------------------------------

# reaches HOST ADDRESS: one ping
reaches()
{
	lab_exec "$1" ping -n -c 1 -W 1 "$2" >/dev/null 2>&1
}

need_reach()
{
	lab_wait "${4:-10}" reaches "$1" "$2" ||
	    atf_fail "$1 does not reach $2${3:+: $3}"
}

# get HOST URL [curl arguments]
get()
{
	suite_host=$1
	suite_url=$2
	shift 2
	lab_exec "$suite_host" curl -q -sS -f -g --noproxy '*' "$@" \
	    "$suite_url"
}

# serve HOST ADDRESS PORT: a web server for the files in $DIR/www
serve()
{
	mkdir -p "$DIR/www"
	echo hello >"$DIR/www/hello"
	lab_spawn "$1" "$DIR/log/httpd-$1.log" \
	    busybox httpd -f -p "$2:$3" -h "$DIR/www"
	lab_wait 5 get "$1" "http://$2:$3/hello"
}

# refused HOST URL: no connection comes about, and in no other way
refused()
{
	get "$1" "$2" --max-time 3 -o /dev/null 2>/dev/null
	case $? in
	7|28) return 0 ;;
	esac
	return 1
}

# --- processes ---------------------------------------------------------------

# children PID: its children, one a line
children()
{
	ps -o pid= --ppid "$1" | tr -d ' '
}

# name_of PID: of its program
name_of()
{
	cat "/proc/$1/comm" 2>/dev/null
}

# child PARENT PROGRAM: its process
child()
{
	for suite_pid in $(children "$1"); do
		[ "$(name_of "$suite_pid")" != "$2" ] || {
			printf '%s\n' "$suite_pid"
			return 0
		}
	done
	return 1
}

# table PARENT: "process program" of it and its children, sorted
table()
{
	for suite_pid in "$1" $(children "$1"); do
		printf '%s %s\n' "$suite_pid" "$(name_of "$suite_pid")"
	done | sort -k 2
}

# daemons: every process of both daemons that this test has started
daemons()
{
	for suite_pid in $(lab_pids); do
		case $(readlink "/proc/$suite_pid/exe" 2>/dev/null) in
		"$BUILD"/*) printf '%s\n' "$suite_pid" ;;
		esac
	done
}

# replaced PARENT PROGRAM OLD: another process has taken its place
replaced()
{
	suite_new=$(child "$1" "$2") && [ "$suite_new" != "$3" ]
}
