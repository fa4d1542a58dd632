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

# What becomes of systems: approval, a copy of an image, a new identity.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case a_system_that_waits_for_approval_says_so 90 \
    'status has the reason until an administrator approves'
suite_case a_copy_is_rejected_and_becomes_a_system_of_its_own 150 \
    'two agents with one identity; reset-identity and enrol mend it'

link_says()
{
	agent "$1" -j status | flat | field discovery.reason | grep -q "$2"
}

link_up()
{
	[ "$(agent_field "$1" discovery.state)" = up ]
}

a_system_that_waits_for_approval_says_so_body()
{
	suite_begin
	suite_nat
	need_discovery
	need_agent alice
	admin key add -o "$ORG" >"$DIR/alice.key" || atf_fail 'no key'
	agent alice enrol <"$DIR/alice.key" >said || atf_fail 'cannot enrol'
	lab_wait 15 link_says alice 'not approved yet' ||
	    atf_fail 'status does not say that approval is awaited'
	[ "$(admin -j key list | flat | field 0.unapproved)" = 1 ] ||
	    atf_fail 'the key does not count who waits'
	admin system approve "$(agent_field alice system)" ||
	    atf_fail 'cannot approve'
	lab_wait 60 link_up alice || atf_fail 'it is not let in'
}

# What admin says about the system of this name: FIELD
listed()
{
	admin -j system list | flat | awk -v who="$1" -v name="$2" '{
		at = index($0, "=")
		said[substr($0, 1, at - 1)] = substr($0, at + 1)
		if ($0 ~ /^[0-9]+\.system=/ && substr($0, at + 1) == who)
			row = substr($0, 1, index($0, ".") - 1)
	} END { print said[row "." name] }'
}

a_copy_is_rejected_and_becomes_a_system_of_its_own_body()
{
	suite_begin
	suite_nat
	suite_pair
	stop_agent bob || atf_fail 'bob does not end well'
	rm -rf "$DIR/bob"
	cp -a "$DIR/alice" "$DIR/bob" || atf_fail 'no copy'
	need_agent bob
	lab_wait 30 link_says bob 'another system with this identity' ||
	    atf_fail "the copy is told: $(agent_field bob discovery.reason)"
	link_up alice || atf_fail 'the one that was there is cut off'
	[ "$(listed "$ALICE" state)" = enabled ] ||
	    atf_fail 'the state has changed'
	case $(listed "$ALICE" clone_seen) in
	20*)	;;
	*)	atf_fail 'nobody tells the administrator' ;;
	esac
	grep -q "system $ALICE exists twice" "$DIR/log/disco.log" ||
	    atf_fail 'the log does not tell'
	echo no | agent bob reset-identity && atf_fail 'no is taken for yes'
	[ "$(agent_field bob system)" = "$ALICE" ] ||
	    atf_fail 'no has changed something'
	agent bob reset-identity -f || atf_fail 'no reset'
	[ -z "$(address4 bob)" ] || atf_fail 'it keeps its addresses'
	need_enrolled bob web-servers
	learn_names
	[ "$ALICE" != "$BOB" ] || atf_fail 'they still are one'
	cmp -s "$DIR/alice/keys" "$DIR/bob/keys" &&
	    atf_fail 'the keys are the same'
	need_up
	need_reach alice "$BOB4"
}
