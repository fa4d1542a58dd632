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

# How much memory the agent keeps resident: the sum over its six processes, what
# they share counted in each of them, with 100 peers configured besides the one
# that policy gives it, with the rings as they are before and after traffic.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case an_agent_with_100_peers_stays_below_40_mib 60 \
    'resident memory of all processes, with a link and a tunnel'
suite_case traffic_leaves_it_below_40_mib 90 \
    'nor does more come to stay when all rings were in use'
suite_case memory_of_flows_is_resident_only_as_used 60 \
    'neither at the start nor in a tunproc that replaces another'

PEERS=100
LIMIT=$((40 * 1024))		# KiB
FLOWS_LIMIT=1024		# KiB; the table is 16 times that
SIZE=48				# MiB; the rings hold four

# --- parts -------------------------------------------------------------------

# Keys that nobody has the other half of: nearly any 32 bytes will do.
static_peers()
{
	echo 'address 10.99.255.1/16'
	n=0
	while [ "$n" -lt "$PEERS" ]; do
		n=$((n + 1))
		printf 'peer "p%d" {\n\tpublic key "%s"\n' "$n" \
		    "$(printf 'key of peer number %013d' "$n" | base64)"
		printf '\tendpoint 192.0.2.77 port %d\n' $((20000 + n))
		printf '\tallowed 10.99.0.%d/32\n\taccept tcp/8080\n}\n' "$n"
	done
}

begin_with_many_peers()
{
	suite_begin
	suite_nat
	need_discovery
	policy web web-clients web-servers tcp/8080 icmp ||
	    atf_fail 'no policy'
	agent_conf alice
	static_peers >>"$DIR/alice.conf"
	need_agent alice
	need_agent bob
	need_enrolled alice web-clients
	need_enrolled bob web-servers
	learn_names
	need_up
	need_reach alice "$BOB4"
	AGENT=$(agent_pid alice)
	names=$(agent alice -j status | flat |
	    grep -c '^peers\.[0-9]*\.state=')
	atf_check_equal $((PEERS + 1)) "$names"
}

# kib PID FIELD: of /proc/PID/status
kib()
{
	awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status"
}

# resident PARENT: the table on standard output, the sum in $RESIDENT
resident()
{
	RESIDENT=0
	printf '%-12s %8s %8s %8s %8s\n' KiB all private files shared
	for pid in "$1" $(children "$1"); do
		RESIDENT=$((RESIDENT + $(kib "$pid" VmRSS)))
		printf '%-12s %8d %8d %8d %8d\n' "$(name_of "$pid")" \
		    "$(kib "$pid" VmRSS)" "$(kib "$pid" RssAnon)" \
		    "$(kib "$pid" RssFile)" "$(kib "$pid" RssShmem)"
	done
	printf '%-12s %8d\n' sum "$RESIDENT"
}

need_small()
{
	atf_check_equal 6 $((1 + $(children "$AGENT" | wc -l)))
	resident "$AGENT" >sizes
	[ "$RESIDENT" -lt "$LIMIT" ] || {
		cat sizes
		atf_fail "$RESIDENT KiB are resident, $LIMIT at most"
	}
}

need_few_flow_pages()
{
	pid=$(child "$AGENT" tunproc) || atf_fail 'tunproc does not run'
	shared=$(kib "$pid" RssShmem)
	[ "$shared" -lt "$FLOWS_LIMIT" ] || {
		resident "$AGENT"
		atf_fail "$1: $shared KiB of shared memory are resident"
	}
}

# --- tests -------------------------------------------------------------------

an_agent_with_100_peers_stays_below_40_mib_body()
{
	begin_with_many_peers
	need_small
}

traffic_leaves_it_below_40_mib_body()
{
	begin_with_many_peers
	serve bob "$BOB4" 8080
	head -c $((SIZE * 1048576)) /dev/zero >"$DIR/www/large"
	get alice "http://$BOB4:8080/large" -o "$DIR/got" ||
	    atf_fail 'no answer through the tunnel'
	cmp "$DIR/www/large" "$DIR/got" || atf_fail 'another file arrives'
	# The other direction; what becomes of it at bob does not matter.
	lab_exec alice timeout 20 nc -N -w 5 "$BOB4" 8080 <"$DIR/got" \
	    >/dev/null 2>&1 || :
	need_small
}

memory_of_flows_is_resident_only_as_used_body()
{
	begin_with_many_peers
	need_few_flow_pages 'at the start'
	old=$(child "$AGENT" tunproc) || atf_fail 'tunproc does not run'
	kill -KILL "$old"
	lab_wait 15 replaced "$AGENT" tunproc "$old" ||
	    atf_fail 'tunproc is not started again'
	need_reach alice "$BOB4"
	need_few_flow_pages 'after its replacement'
}
