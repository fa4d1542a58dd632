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
# Relays as discovery sees them, and two systems that nothing but a relay can
# bring together.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case a_relay_is_listed_when_it_is_connected 60 \
    'its token is shown once; disabled it is cut off, enabled it is back'
suite_case a_wrong_token_is_refused 60 'and the log says so'
suite_case two_systems_meet_at_a_relay 90 \
    'their routers do not let them reach each other, and packets pass'
suite_case when_a_relay_dies_another_one_is_used 120 \
    'within seconds, with a new code'

suite_case a_relay_that_hangs_is_left 120 \
    'it looks well to discovery, and is not chosen again at once'

# relay_conf NAME PORT TOKEN
relay_conf()
{
	printf '%s\n' "$3" >"$DIR/$1.token"
	chmod 600 "$DIR/$1.token"
	cat >"$DIR/$1.conf" <<EOC
discovery $DISCO4 port 443
discovery pin "$PIN"
name $1
token file "$DIR/$1.token"
listen on $DISCO4 port $2
state directory "$DIR/relay-$1"
EOC
}

# start_relay NAME: $RELAY is its process
start_relay()
{
	lab_spawn "$DISCO" "$DIR/log/$1.log" "$BUILD/enclave-relayd" -d -v \
	    -f "$DIR/$1.conf" -L "$BUILD"
	RELAY=$LAB_PID
}

# relay_field NAME FIELD: as relay list has it
relay_field()
{
	admin -j relay list | flat | awk -v who="$1" -v want="$2" '{
		at = index($0, "=")
		path = substr($0, 1, at - 1)
		said[path] = substr($0, at + 1)
		if (path ~ /^[0-9]+\.name$/ && said[path] == who)
			mine = substr(path, 1, length(path) - 4)
	} END { if (mine != "") print said[mine want] }'
}

relay_is()
{
	[ "$(relay_field "$1" "$2")" = "$3" ]
}

need_relay()
{
	relay_conf "$1" "$2" "$(admin relay add "$1")"
	start_relay "$1"
	lab_wait 15 relay_is "$1" online true ||
	    atf_fail "relay $1 does not connect"
}

# Neither router lets anything to or from the other one through.
keep_apart()
{
	lab_exec gwa nft insert rule inet lab forward \
	    ip daddr 198.51.100.12 drop &&
	    lab_exec gwa nft insert rule inet lab forward \
	    ip6 daddr 2001:db8::12 drop &&
	    lab_exec gwb nft insert rule inet lab forward \
	    ip daddr 198.51.100.11 drop &&
	    lab_exec gwb nft insert rule inet lab forward \
	    ip6 daddr 2001:db8::11 drop || atf_fail 'nft'
}

over_relay()
{
	[ "$(peer alice "$BOB" state path.type path.transport)" = \
	    'up relay tcp' ] &&
	    [ "$(peer bob "$ALICE" state path.type path.transport)" = \
	    'up relay tcp' ]
}

need_over_relay()
{
	lab_wait "$1" over_relay ||
	    atf_fail "$(peer alice "$BOB" state path.type reason)"
}

begin()
{
	suite_begin
	suite_nat
	need_discovery
}

begin_apart()
{
	begin
	keep_apart
	policy web web-clients web-servers tcp/8080 icmp ||
	    atf_fail 'no policy'
}

pair_up()
{
	need_agent alice
	need_agent bob
	need_enrolled alice web-clients
	need_enrolled bob web-servers
	learn_names
}

a_relay_is_listed_when_it_is_connected_body()
{
	begin
	admin relay list >list
	atf_check_equal 1 "$(wc -l <list)"
	token=$(admin relay add -l 52.52,13.405 r1)
	[ "${#token}" -eq 29 ] || atf_fail "token: $token"
	atf_check -s exit:1 -e match:'exists already' -x \
	    "'$BUILD/enclave-discoveryctl' -s '$DIR/disco.sock' relay add r1"
	atf_check_equal false "$(relay_field r1 online)"
	atf_check_equal 52.520,13.405 "$(relay_field r1 location)"
	relay_conf r1 8443 "$token"
	start_relay r1
	lab_wait 15 relay_is r1 online true || atf_fail 'not online'
	admin relay disable r1 >/dev/null
	lab_wait 15 relay_is r1 online false || atf_fail 'still online'
	atf_check_equal false "$(relay_field r1 enabled)"
	admin relay enable r1 >/dev/null
	lab_wait 40 relay_is r1 online true || atf_fail 'not back'
	stop "$RELAY" || atf_fail "ends with $?"
	lab_wait 15 relay_is r1 online false || atf_fail 'ended, and online'
	admin relay delete r1 >/dev/null
	admin relay list >list
	atf_check_equal 1 "$(wc -l <list)"
	# The token is in no file of the service.
	if grep -rqF "$token" "$DIR/disco" "$DIR/log"; then
		atf_fail 'the token was kept'
	fi
}

a_wrong_token_is_refused_body()
{
	begin
	admin relay add r1 >/dev/null
	relay_conf r1 8443 "$(admin relay add r2)"
	start_relay r1
	lab_wait 15 grep -q 'relay r1 refused: no relay of this name' \
	    "$DIR/log/disco.log" || atf_fail 'not refused'
	lab_wait 15 grep -q 'no relay of this name' "$DIR/log/r1.log" ||
	    atf_fail 'the relay does not say why'
	atf_check_equal false "$(relay_field r1 online)"
	atf_check_equal false "$(relay_field r2 online)"
}

two_systems_meet_at_a_relay_body()
{
	begin_apart
	need_relay r1 8443
	pair_up
	need_over_relay 30
	need_reach alice "$BOB4"
	need_reach alice "$BOB6"
	lab_wait 15 relay_is r1 pairs 1 || atf_fail 'pairs are not counted'
	serve bob "$BOB4" 8080 || atf_fail 'no web server'
	get alice "http://$BOB4:8080/hello" >hello || atf_fail 'no answer'
	atf_check_equal hello "$(cat hello)"
}

when_a_relay_dies_another_one_is_used_body()
{
	begin_apart
	need_relay r1 8443
	first=$RELAY
	pair_up
	need_over_relay 30
	need_reach alice "$BOB4"
	need_relay r2 9443
	for pid in $(children "$first") "$first"; do
		kill -KILL "$pid"
	done
	wait "$first"
	need_reach alice "$BOB4" 'over the other relay' 15
	need_over_relay 15
	lab_wait 15 relay_is r2 pairs 1 || atf_fail 'not by r2'
	atf_check_equal false "$(relay_field r1 online)"
}

a_relay_that_hangs_is_left_body()
{
	begin_apart
	need_relay r1 8443
	first=$RELAY
	pair_up
	need_over_relay 30
	need_reach alice "$BOB4"
	need_relay r2 9443
	for pid in $(children "$first") "$first"; do
		kill -STOP "$pid"
	done
	lab_wait 30 relay_is r2 pairs 1 || atf_fail 'not by r2'
	atf_check_equal true "$(relay_field r1 online)"
	need_reach alice "$BOB4" 'over the other relay' 15
	need_over_relay 15
	for pid in $(children "$first") "$first"; do
		kill -CONT "$pid"
	done
}
