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


# Users who sign in: a policy that asks for it makes no tunnel before, and none
# after, at both ends.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case a_tunnel_waits_for_its_user_to_sign_in 150 \
    'none before, one after, none when the token has run out'
suite_case a_renewed_sign_in_ends_when_the_provider_refuses 150 \
    'the tunnel outlives the first token and not the refusal'
suite_case who_is_denied_gets_no_tunnel 120 \
    'denied, of another group, signed by another key'
suite_case a_sign_in_outlives_a_restart_of_the_service 150 \
    'the user is not asked again, and the tunnel is not touched'

# idp SWITCH [VALUE]: turn one on, off without a value
idp()
{
	if [ $# -eq 1 ]; then
		rm -f "$DIR/idp/$1"
	else
		printf '%s\n' "$2" >"$DIR/idp/$1"
	fi
}

idp_is_there()
{
	[ -s "$DIR/idp/ca.pem" ]
}

# Alice is the one to sign in; she has the provider and discovery, too.
begin_with_requirement()
{
	suite_begin
	suite_lan
	mkdir "$DIR/idp"
	lab_spawn alice "$DIR/log/idp.log" "$HELPERS/idp_helper" 192.0.2.1 \
	    8443 "$DIR/idp"
	lab_wait 10 idp_is_there || atf_fail 'the provider does not start'
	discovery_conf
	echo "identity ca \"$DIR/idp/ca.pem\"" >>"$DIR/disco.conf"
	need_discovery
	admin requirement add -o "$ORG" -t signin \
	    -c 'issuer https://192.0.2.1:8443' -c 'client enclave' \
	    -c 'claim groups = admins' staff >/dev/null ||
	    atf_fail 'no requirement'
	admin policy add -o "$ORG" -s people -r servers -a icmp -q staff web \
	    >/dev/null || atf_fail 'no policy'
	need_agent alice
	need_agent bob
	need_enrolled alice people
	need_enrolled bob servers
	learn_names
	lab_wait 10 signin_is alice needed ||
	    atf_fail 'alice is not told that she has to sign in'
}

# signin_is HOST STATE
signin_is()
{
	[ "$(agent_field "$1" sign_ins.0.state)" = "$2" ]
}

no_peers()
{
	[ -z "$(agent_field alice peers.0.system)" ] &&
	    [ -z "$(agent_field bob peers.0.system)" ]
}

# auth ANSWER: sign in as the user answers; what is printed is in "said"
auth()
{
	idp answer "$1"
	agent alice auth -w staff >said 2>&1
}

a_tunnel_waits_for_its_user_to_sign_in_body()
{
	begin_with_requirement
	no_peers || atf_fail 'a peer before the sign-in'
	atf_check -o match:'sign in needed: enclavectl auth staff' \
	    nsenter --net="$LAB_NETNS/$(lab_ns alice)" \
	    "$BUILD/enclavectl" -s "$DIR/alice.sock" status
	# The code alone: nobody has used it.
	agent alice -j auth | flat >code || atf_fail "no code: $(cat code)"
	grep -q '^user_code=CODE-1$' code || atf_fail "$(cat code)"
	grep -q '^verification_uri=https://192.0.2.1:8443/go$' code ||
	    atf_fail "$(cat code)"
	lab_wait 10 signin_is alice pending || atf_fail 'no sign-in waits'
	no_peers || atf_fail 'a peer before the user has used the code'
	# Long enough for the tunnel, short enough for the test.
	idp life 25
	auth approve || atf_fail "no sign-in: $(cat said)"
	grep -q 'signed in as ada@example until' said || atf_fail "$(cat said)"
	need_up
	need_reach alice "$BOB4"
	signin_is alice signed-in || atf_fail "$(agent alice status)"
	# Bob has nobody to sign in, and knows of nothing.
	atf_check_equal '' "$(agent_field bob sign_ins.0.state)"
	lab_wait 60 no_peers || atf_fail 'peers after the token ran out'
	lab_wait 10 signin_is alice needed || atf_fail "$(agent alice status)"
	reaches alice "$BOB4" && atf_fail 'packets pass without a user'
	# And back by itself with the next sign-in.
	idp life 3600
	auth approve || atf_fail "no second sign-in: $(cat said)"
	need_up
}

refreshed()
{
	[ "$(grep -c 'POST /token' "$DIR/idp/log")" -ge "$1" ]
}

a_renewed_sign_in_ends_when_the_provider_refuses_body()
{
	begin_with_requirement
	idp refresh yes
	idp life 6
	auth approve || atf_fail "no sign-in: $(cat said)"
	need_up
	n=$(grep -c 'POST /token' "$DIR/idp/log")
	# Three lives of the first token later it is still there.
	lab_wait 40 refreshed $((n + 4)) || atf_fail 'it is not renewed'
	both_up || atf_fail 'the tunnel did not outlive the first token'
	idp refuse yes
	lab_wait 20 no_peers || atf_fail 'peers after the refusal'
	lab_wait 10 signin_is alice needed || atf_fail "$(agent alice status)"
	agent alice status | grep -q 'invalid_grant' ||
	    atf_fail "$(agent alice status)"
}

who_is_denied_gets_no_tunnel_body()
{
	begin_with_requirement
	auth deny && atf_fail 'denied, and signed in'
	grep -q 'denied' said || atf_fail "$(cat said)"
	idp mode wrong-claims
	auth approve && atf_fail 'of another group, and signed in'
	grep -q 'the claim groups' said || atf_fail "$(cat said)"
	idp mode wrong-key
	auth approve && atf_fail 'signed by another key, and signed in'
	grep -q 'signature is wrong' said || atf_fail "$(cat said)"
	no_peers || atf_fail 'a peer without a user'
	agent alice auth nobody >said 2>&1 && atf_fail 'for nothing'
	grep -q 'nobody has to sign in' said || atf_fail "$(cat said)"
	agent bob auth staff >said 2>&1 && atf_fail 'bob is not asked'
	idp mode
	auth approve || atf_fail "$(cat said)"
	need_up
}

a_sign_in_outlives_a_restart_of_the_service_body()
{
	begin_with_requirement
	auth approve || atf_fail "no sign-in: $(cat said)"
	need_up
	stop_discovery || atf_fail 'discovery does not end'
	start_discovery || atf_fail 'discovery does not start again'
	link_is_back()
	{
		[ "$(agent_field alice discovery.state)" = up ] &&
		    signin_is alice signed-in
	}
	lab_wait 30 link_is_back || atf_fail "$(agent alice status)"
	both_up || atf_fail 'the tunnel was touched'
	need_reach alice "$BOB4"
}
