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

# Trust requirements with the real daemons: a fact of a system changes, and its
# tunnel goes at both ends and comes back by itself.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case a_fact_that_changes_takes_the_tunnel_down_and_up_again 120 \
    'and the administrator and the system are told why'
suite_case a_country_that_changes_takes_the_tunnel_down_and_up_again 120 \
    'by another database of the administrator'

# unmet HOST: requirements that HOST says it does not meet
unmet()
{
	agent "$1" -j status | flat | sed -n 's/^policy\.unmet\.[0-9]*=//p'
}

is_down()
{
	[ -z "$(peer alice "$BOB" state)" ] &&
	    [ -z "$(peer bob "$ALICE" state)" ]
}

is_told()
{
	[ "$(unmet alice)" = "$1" ]
}

is_shown()
{
	admin system show "$ALICE" >show && grep -Eq "$1" show
}

# shown REGEX: soon, in a line of the administrator's view of alice
shown()
{
	lab_wait 10 is_shown "$1" || {
		cat show
		atf_fail "the administrator is not shown \"$1\""
	}
}

says_nothing()
{
	admin system show "$ALICE" |
	    grep -Eq 'locked +posture +unknown .*screen-lock.*not reported'
}

# look: the agent of alice reads its facts now
look()
{
	kill -HUP "$(agent_pid alice)"
}

a_fact_that_changes_takes_the_tunnel_down_and_up_again_body()
{
	suite_begin
	suite_lan
	mkdir -m 0755 "$DIR/facts"
	echo yes >"$DIR/facts/screen-lock"
	suite_pair
	echo "facts directory \"$DIR/facts\"" >>"$DIR/alice.conf"
	look
	admin requirement add -o "$ORG" -t posture \
	    -c 'fact screen-lock = yes' -c 'fact patched' locked >/dev/null ||
	    atf_fail 'no requirement'
	admin policy set -o "$ORG" -q locked web >/dev/null ||
	    atf_fail 'policy set'
	# Nobody has said that it is patched: unknown is unmet.
	lab_wait "$UP_SECONDS" is_down || atf_fail 'the tunnel stays'
	lab_wait "$UP_SECONDS" is_told locked || atf_fail 'alice is not told'
	atf_check_equal '' "$(unmet bob)"
	shown 'locked +posture +unknown .*fact patched'
	echo 2026-11 >"$DIR/facts/patched"
	look
	wait_up || atf_fail 'it does not come up'
	lab_wait "$UP_SECONDS" is_told '' || atf_fail 'alice is not told so'
	echo no >"$DIR/facts/screen-lock"
	look
	lab_wait "$UP_SECONDS" is_down || atf_fail 'the tunnel stays up'
	shown 'locked +posture +unmet .*it is "no"'
	# A file that others can write says nothing.
	echo yes >"$DIR/facts/screen-lock"
	chmod 0666 "$DIR/facts/screen-lock"
	look
	lab_wait "$UP_SECONDS" says_nothing || atf_fail 'it is believed'
	chmod 0644 "$DIR/facts/screen-lock"
	look
	wait_up || atf_fail 'it does not come back'
}

# countries CODE: all of IPv4 is there, from now on
countries()
{
	"$BUILD/regress/geo/mmdb_helper" "$DIR/geo.new" "$1" 0.0.0.0/1 \
	    "$1" 128.0.0.0/1 || atf_fail 'no database'
	mv "$DIR/geo.new" "$DIR/geo"
	kill -HUP "$DISCOVERYD"
}

a_country_that_changes_takes_the_tunnel_down_and_up_again_body()
{
	suite_begin
	suite_lan
	suite_pair
	echo "geo database \"$DIR/geo\"" >>"$DIR/disco.conf"
	admin requirement add -o "$ORG" -t address \
	    -c 'allow country DE' home >/dev/null || atf_fail 'no requirement'
	admin policy set -o "$ORG" -q home web >/dev/null ||
	    atf_fail 'policy set'
	lab_wait "$UP_SECONDS" is_down || atf_fail 'the tunnel stays'
	shown 'home +address +unknown .*country of .* is not known'
	countries DE
	wait_up || atf_fail 'it does not come up'
	countries FR
	lab_wait "$UP_SECONDS" is_down || atf_fail 'the tunnel stays up'
	shown 'home +address +unmet .*is in FR'
}
