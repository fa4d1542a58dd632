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

# What must happen when something ends: what was killed comes back by itself,
# tunnels stand or return, nobody has to enrol again.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

for name in $AGENT_CHILDREN; do
	suite_case "tunnel_survives_the_death_of_$name" 90 \
	    "after kill -9 of $name on both sides, pings pass again"
	eval "tunnel_survives_the_death_of_${name}_body() {
		death_in_the_agent $name; }"
done
for name in $DISCOVERY_CHILDREN; do
	suite_case "service_survives_the_death_of_$name" 120 \
	    "after kill -9 of $name, tunnels stand and policy is applied"
	eval "service_survives_the_death_of_${name}_body() {
		death_in_discovery $name; }"
done
for name in ctlproc linkproc netproc tunproc; do
	suite_case "transfer_survives_the_death_of_$name" 120 \
	    "a TCP connection goes on over the death of $name on both sides"
	eval "transfer_survives_the_death_of_${name}_body() {
		death_during_transfer $name; }"
done
suite_case children_that_die_often_come_back 120 \
    'five deaths in a row of each child of an agent'
suite_case tunnels_outlive_discovery 120 \
    'without discovery tunnels go on and status says so, until it is back'
suite_case agents_come_back_after_a_restart 120 \
    'an agent that was ended and started again needs no enrolment'
suite_case agents_come_back_after_a_crash 120 \
    'nor one whose processes were all killed'
suite_case discovery_comes_back_after_a_restart 120 \
    'all that was configured is there'
suite_case discovery_comes_back_after_a_crash 120 \
    'what was acknowledged is there after kill -9 of all its processes'
suite_case agents_start_without_discovery 120 \
    'and connect when it appears'
suite_case hangup_keeps_tunnels 90 \
    'SIGHUP: the same processes, the same session'
suite_case hangup_with_a_bad_file_changes_nothing 90 \
    'SIGHUP with an error in the file is told in the log'
suite_case hangup_can_change_the_server 90 \
    'SIGHUP with another server: linkproc is replaced, tunnels stay'
suite_case term_ends_everything 60 \
    'SIGTERM: no process, no interface, no socket is left, and the end is 0'
suite_case children_end_with_their_parent 60 \
    'after kill -9 of the parents no child goes on'
suite_case policy_takes_the_tunnel_down_and_up 120 \
    'a tag removed ends the tunnel, the tag given back restores it'
suite_case disabled_systems_lose_their_tunnels 120 \
    'disable and enable of a system'
suite_case a_new_address_of_a_host_is_followed 180 \
    'alice gets another address in her network: the tunnel comes back'

begin_with_pair()
{
	suite_begin
	suite_nat
	suite_pair
	need_reach alice "$BOB4"
}

kill_child()
{
	old=$(child "$1" "$2") || atf_fail "$2 does not run"
	kill -KILL "$old"
	lab_wait 15 replaced "$1" "$2" "$old" ||
	    atf_fail "$2 is not started again"
}

# The names are the ones from before, and nobody enrolled twice.
need_same_names()
{
	for host in alice bob; do
		atf_check_equal 1 \
		    "$(grep -c 'ctlproc: enrolled as' "$DIR/log/$host.log")"
	done
	lab_wait 10 has_address alice
	atf_check_equal "$ALICE" "$(agent_field alice system)"
	atf_check_equal "$BOB" "$(agent_field bob system)"
	atf_check_equal "$ALICE4" "$(address4 alice)"
	atf_check_equal "$BOB4" "$(address4 bob)"
}

link_is()
{
	[ "$(agent_field "$1" discovery.state)" = "$2" ]
}

links_are()
{
	link_is alice "$1" && link_is bob "$1"
}

need_links()
{
	lab_wait 60 links_are "$1" || atf_fail \
	    "links are not $1 but $(agent_field alice discovery.state) ($(
	    agent_field alice discovery.reason)) and $(
	    agent_field bob discovery.state) ($(
	    agent_field bob discovery.reason))"
}

death_in_the_agent()
{
	begin_with_pair
	kill_child "$(agent_pid alice)" "$1"
	need_reach alice "$BOB4" "after the death of alice's $1" 10
	kill_child "$(agent_pid bob)" "$1"
	need_reach alice "$BOB4" "after the death of bob's $1" 10
	need_reach alice "$BOB6" "over IPv6" 5
	need_up
	need_links up
	need_same_names
	# It is as good as the first: policy reaches it.
	need_policy_change
}

# Takes the tunnel down and up again by policy.
need_policy_change()
{
	admin system untag "$BOB" web-servers >/dev/null || atf_fail 'untag'
	lab_wait 10 no_peers || atf_fail 'a change of policy does not arrive'
	admin system tag "$BOB" web-servers >/dev/null || atf_fail 'tag'
	need_up
	need_reach alice "$BOB4" 'after policy has come and gone'
}

no_peers()
{
	[ -z "$(peer alice "$BOB" system)" ] &&
	    [ -z "$(peer bob "$ALICE" system)" ]
}

death_in_discovery()
{
	begin_with_pair
	kill_child "$DISCOVERYD" "$1"
	need_reach alice "$BOB4" "right after the death of $1" 3
	lab_wait "$START_SECONDS" admin -j status ||
	    atf_fail 'the service does not answer its administrator'
	need_links up
	need_up
	need_policy_change
	need_same_names
}

has_bytes()
{
	[ -f "$1" ] && [ "$(wc -c <"$1")" -ge "$2" ]
}

death_during_transfer()
{
	begin_with_pair
	mkdir -p "$DIR/www"
	head -c 40000000 /dev/urandom >"$DIR/www/file"
	serve bob "$BOB4" 8080 || atf_fail 'no web server'
	get alice "http://$BOB4:8080/file" --limit-rate 4M --max-time 60 \
	    -o "$DIR/got" 2>curl &
	transfer=$!
	lab_wait 20 has_bytes "$DIR/got" 500000 || atf_fail 'no transfer'
	kill_child "$(agent_pid alice)" "$1"
	lab_wait 20 has_bytes "$DIR/got" 3000000 ||
	    atf_fail "the transfer stops when alice's $1 dies"
	kill -0 "$transfer" 2>/dev/null || atf_fail 'the test is too slow'
	kill_child "$(agent_pid bob)" "$1"
	wait "$transfer" || atf_fail "the transfer fails: $(cat curl)"
	cmp "$DIR/www/file" "$DIR/got" || atf_fail 'it arrives as another'
}

children_that_die_often_come_back_body()
{
	begin_with_pair
	for name in $AGENT_CHILDREN; do
		for round in 1 2 3 4 5; do
			kill_child "$(agent_pid alice)" "$name"
		done
		need_reach alice "$BOB4" "after five deaths of $name" 30
	done
	need_same_names
}

tunnels_outlive_discovery_body()
{
	begin_with_pair
	stop_discovery || atf_fail "discovery ends with $?"
	need_links down
	[ -n "$(agent_field alice discovery.reason)" ] ||
	    atf_fail 'status does not say why'
	reaches alice "$BOB4" || atf_fail 'the tunnel does not go on'
	both_up || atf_fail 'the tunnel is not up'
	atf_check_equal up "$(peer alice "$BOB" state)"
	start_discovery || atf_fail 'discovery does not start again'
	need_links up
	atf_check_equal '' "$(agent_field alice discovery.reason)"
	need_up
	reaches alice "$BOB4" || atf_fail 'the tunnel does not go on'
	need_same_names
	need_policy_change
}

agents_come_back_after_a_restart_body()
{
	begin_with_pair
	for host in alice bob; do
		stop_agent "$host" || atf_fail "the agent ends with $?"
		need_agent "$host"
		need_reach alice "$BOB4" "after the restart of $host" 30
	done
	need_up
	need_same_names
}

# crash PID: kill a daemon, all processes at once
crash()
{
	crash_pids="$1 $(children "$1")"
	# shellcheck disable=SC2086
	kill -KILL $crash_pids
	wait "$1"
	# shellcheck disable=SC2086
	lab_wait 5 ended $crash_pids || atf_fail 'kill -9 does not kill'
}

ended()
{
	for pid in "$@"; do
		[ ! -e "/proc/$pid" ] || return 1
	done
}

agents_come_back_after_a_crash_body()
{
	begin_with_pair
	for host in alice bob; do
		crash "$(agent_pid "$host")"
		need_agent "$host"
		need_reach alice "$BOB4" "after the crash of $host" 45
	done
	need_up
	need_same_names
}

# discovery_lists: all that the administrator has made
discovery_lists()
{
	for what in org key policy tag; do
		admin -j "$what" list || atf_fail "$what list"
	done
	admin -j system list | grep -v -e last_seen -e online -e connected
}

discovery_comes_back_after_a_restart_body()
{
	begin_with_pair
	discovery_lists >before
	pin=$PIN
	stop_discovery || atf_fail "discovery ends with $?"
	start_discovery || atf_fail 'discovery does not start again'
	discovery_lists >after
	atf_check -o file:before cat after
	atf_check_equal "$pin" "$PIN"
	need_links up
	need_up
	need_policy_change
	need_same_names
}

discovery_comes_back_after_a_crash_body()
{
	begin_with_pair
	admin key add -a -o "$ORG" -t late >/dev/null || atf_fail 'key add'
	policy late late late any || atf_fail 'policy add'
	discovery_lists >before
	crash "$DISCOVERYD"
	start_discovery || atf_fail 'discovery does not start again'
	discovery_lists >after
	atf_check -o file:before cat after
	need_links up
	need_up
	need_policy_change
	need_same_names
}

agents_start_without_discovery_body()
{
	begin_with_pair
	stop_discovery
	stop_agent alice
	need_agent alice
	lab_wait 20 link_is alice down || atf_fail 'status does not say so'
	# What it knew is there.
	atf_check_equal "$ALICE" "$(agent_field alice system)"
	atf_check_equal "$BOB" "$(peer alice "$BOB" system)"
	start_discovery || atf_fail 'discovery does not start again'
	need_links up
	need_up
	need_reach alice "$BOB4"
	need_same_names
}

# all_pids: of both agents, so that a replaced process shows
all_pids()
{
	table "$(agent_pid alice)"
	table "$(agent_pid bob)"
	table "$DISCOVERYD"
}

told()
{
	[ "$(grep -c -e "$2" "$DIR/log/$1.log")" -ge "${3:-1}" ]
}

hangup_keeps_tunnels_body()
{
	begin_with_pair
	all_pids >before
	echo 'log level debug' >>"$DIR/alice.conf"
	kill -HUP "$(agent_pid alice)" "$(agent_pid bob)" "$DISCOVERYD"
	lab_wait 5 told alice 'reading .* again' ||
	    atf_fail 'nothing in the log'
	for round in 1 2 3 4 5; do
		reaches alice "$BOB4" || atf_fail 'a ping is lost'
	done
	all_pids >after
	atf_check -o file:before cat after
	atf_check_equal 1 "$(grep -c 'tunnel established' \
	    "$DIR/log/alice.log")"
	links_are up || atf_fail 'a link was lost'
}

hangup_with_a_bad_file_changes_nothing_body()
{
	begin_with_pair
	all_pids >before
	echo 'interface "enclave0' >>"$DIR/alice.conf"
	echo 'nonsense' >>"$DIR/disco.conf"
	kill -HUP "$(agent_pid alice)" "$DISCOVERYD"
	lab_wait 5 told alice 'is not usable, everything stays' ||
	    atf_fail "nothing in alice's log"
	lab_wait 5 told disco 'disco.conf:' ||
	    atf_fail "nothing in discovery's log"
	reaches alice "$BOB4" || atf_fail 'the tunnel is lost'
	all_pids >after
	atf_check -o file:before cat after
	links_are up || atf_fail 'a link was lost'
}

hangup_can_change_the_server_body()
{
	begin_with_pair
	link=$(child "$(agent_pid alice)" linkproc)
	crypto=$(child "$(agent_pid alice)" cryptoproc)
	sed 's/^discovery "[0-9.]*" port 443/discovery "198.51.100.99"/' \
	    "$DIR/alice.conf" >new.conf
	cp "$DIR/alice.conf" old.conf
	cat new.conf >"$DIR/alice.conf"
	kill -HUP "$(agent_pid alice)"
	lab_wait 15 replaced "$(agent_pid alice)" linkproc "$link" ||
	    atf_fail 'linkproc is not replaced'
	lab_wait 30 told alice 'cannot reach 198.51.100.99' ||
	    atf_fail 'the new server is not tried'
	reaches alice "$BOB4" || atf_fail 'the tunnel is lost'
	atf_check_equal "$crypto" "$(child "$(agent_pid alice)" cryptoproc)"
	cat old.conf >"$DIR/alice.conf"
	kill -HUP "$(agent_pid alice)"
	need_links up
	reaches alice "$BOB4" || atf_fail 'the tunnel is lost'
}

term_ends_everything_body()
{
	begin_with_pair
	agents="$(agent_pid alice) $(children "$(agent_pid alice)")"
	services="$DISCOVERYD $(children "$DISCOVERYD")"
	ip -n "$(lab_ns alice)" link show enclave0 >/dev/null ||
	    atf_fail 'the interface has another name'
	started=$(date +%s)
	stop_agent alice || atf_fail "the agent ends with $?"
	# shellcheck disable=SC2086
	ended $agents || atf_fail 'a process of the agent goes on'
	stop_discovery || atf_fail "discovery ends with $?"
	# shellcheck disable=SC2086
	ended $services || atf_fail 'a process of discovery goes on'
	[ $(($(date +%s) - started)) -le 5 ] || atf_fail 'it takes too long'
	ip -n "$(lab_ns alice)" link show enclave0 >/dev/null 2>&1 &&
	    atf_fail 'the interface is still there'
	[ ! -e "$DIR/alice.sock" ] || atf_fail "the agent's socket is there"
	[ ! -e "$DIR/disco.sock" ] || atf_fail "discovery's socket is there"
	grep -q -e 'ended by' -e 'ended with' "$DIR/log/alice.log" \
	    "$DIR/log/disco.log" && atf_fail 'a child did not end in order'
	kill -INT "$(agent_pid bob)"
	wait "$(agent_pid bob)" || atf_fail "SIGINT: the agent ends with $?"
}

children_end_with_their_parent_body()
{
	begin_with_pair
	for parent in "$(agent_pid alice)" "$DISCOVERYD"; do
		pids=$(children "$parent")
		kill -KILL "$parent"
		wait "$parent"
		# shellcheck disable=SC2086
		lab_wait 10 ended $pids || atf_fail \
		    "it goes on: $(for p in $pids; do name_of "$p"; done)"
	done
	# And the next ones can start where they were.
	need_agent alice
	start_discovery || atf_fail 'discovery does not start again'
	need_reach alice "$BOB4" 'after the restart' 45
}

policy_takes_the_tunnel_down_and_up_body()
{
	begin_with_pair
	for round in 1 2 3; do
		admin system untag "$BOB" web-servers >/dev/null ||
		    atf_fail 'untag'
		lab_wait 5 no_peers || atf_fail 'the tunnel stays'
		reaches alice "$BOB4" && atf_fail 'pings still pass'
		admin system tag "$BOB" web-servers >/dev/null ||
		    atf_fail 'tag'
		need_up
		need_reach alice "$BOB4" "round $round"
	done
	admin policy disable -o "$ORG" web >/dev/null || atf_fail 'disable'
	lab_wait 5 no_peers || atf_fail 'a disabled policy holds'
	admin policy enable -o "$ORG" web >/dev/null || atf_fail 'enable'
	need_up
	need_reach alice "$BOB4" 'policy enabled'
	# An amended policy keeps the tunnel and applies at once.
	serve bob "$BOB4" 8081 || atf_fail 'no web server'
	refused alice "http://$BOB4:8081/hello" || atf_fail '8081 passes'
	admin policy add -R -o "$ORG" -s web-clients -r web-servers \
	    -a tcp/8081 web >/dev/null || atf_fail 'policy add -R'
	lab_wait 5 get alice "http://$BOB4:8081/hello" --max-time 1 ||
	    atf_fail 'what the amended policy permits does not pass'
	reaches alice "$BOB4" && atf_fail 'icmp is not permitted any more'
	both_up || atf_fail 'the tunnel went down'
	atf_check_equal 5 "$(grep -c 'tunnel established' \
	    "$DIR/log/alice.log")"
}

disabled_systems_lose_their_tunnels_body()
{
	begin_with_pair
	admin system disable "$BOB" >/dev/null || atf_fail 'disable'
	lab_wait 5 no_peer_of_alice || atf_fail 'the tunnel stays'
	reaches alice "$BOB4" && atf_fail 'pings still pass'
	lab_wait 40 down_at_bob || atf_fail 'for bob it is up'
	link_is bob up && atf_fail 'a disabled system has a link'
	admin system enable "$BOB" >/dev/null || atf_fail 'enable'
	need_links up
	need_up
	need_reach alice "$BOB4"
	admin system revoke "$BOB" >/dev/null || atf_fail 'revoke'
	lab_wait 5 no_peer_of_alice || atf_fail 'a revoked system stays'
	need_reach_not alice "$BOB4"
}

no_peer_of_alice()
{
	[ -z "$(peer alice "$BOB" system)" ]
}

down_at_bob()
{
	! is_up bob "$ALICE"
}

need_reach_not()
{
	reaches "$1" "$2" && atf_fail "$1 still reaches $2"
	:
}

a_new_address_of_a_host_is_followed_body()
{
	begin_with_pair
	ns=$(lab_ns alice)
	ip -n "$ns" addr add 192.168.1.77/24 dev eth0 || atf_fail 'ip addr'
	ip -n "$ns" addr del 192.168.1.10/24 dev eth0 || atf_fail 'ip addr'
	ip -n "$ns" addr show dev eth0 | grep -q 192.168.1.77 ||
	    ip -n "$ns" addr add 192.168.1.77/24 dev eth0
	ip -n "$ns" route replace default via 192.168.1.1 ||
	    atf_fail 'ip route'
	need_reach alice "$BOB4" 'with another address' 120
	need_links up
	need_up
	need_same_names
}
