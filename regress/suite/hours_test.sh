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
# Active hours of policies hold without discovery: both ends close and open by
# their own clock.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case hours_end_and_begin_while_discovery_is_away 260 \
    'the tunnel closes at both ends at the minute, and opens again'
suite_case a_policy_that_expires_closes_while_discovery_is_away 90 \
    'an expiry of a policy is kept to by the agents alone'
suite_case a_system_enabled_for_a_while_closes_while_discovery_is_away 90 \
    'at both ends, by their own clocks'

CLOSE_SECONDS=3		# after the time named, at most

clock()
{
	date -u +%s
}

# hhmm SECONDS: of the day, UTC
hhmm()
{
	date -u -d "@$1" +%H:%M
}

# hours NAME FROM UNTIL ACL: alice may open that towards bob within them
hours()
{
	admin policy add -R -o "$ORG" -s web-clients -r web-servers -a "$4" \
	    -h "all $(hhmm "$2")-$(hhmm "$3") UTC" "$1" >/dev/null ||
	    atf_fail "no policy $1"
}

# next_is SECONDS: both agents expect a change at this time
next_is()
{
	suite_next=$(date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ)
	[ "$(peer alice "$BOB" next_change)" = "$suite_next" ] &&
	    [ "$(peer bob "$ALICE" next_change)" = "$suite_next" ]
}

# says_closed HOST SYSTEM
says_closed()
{
	[ "$(peer "$1" "$2" state in_force)" = 'down false' ]
}

both_closed()
{
	says_closed alice "$BOB" && says_closed bob "$ALICE"
}

unreachable()
{
	! reaches alice "$BOB4"
}

hours_end_and_begin_while_discovery_is_away_body()
{
	suite_begin
	suite_lan
	suite_pair
	# Hours have minutes: the next but one full one, 20 to 80 s from now.
	end=$((($(clock) + 80) / 60 * 60))
	begin=$((end + 60))
	hours web $((end - 600)) "$end" icmp
	hours later "$begin" $((begin + 1200)) icmp
	lab_wait 15 next_is "$end" || atf_fail 'the hours are not known'
	stop_discovery || atf_fail "discovery ends with $?"
	need_reach alice "$BOB4" 'within the hours'
	lab_wait 100 both_closed || atf_fail 'it does not close'
	now=$(clock)
	[ "$now" -ge "$end" ] || atf_fail 'it closes before the time'
	[ "$now" -le $((end + CLOSE_SECONDS)) ] ||
	    atf_fail "it closes $((now - end)) s late"
	reaches alice "$BOB4" && atf_fail 'a ping passes outside the hours'
	next_is "$begin" || atf_fail 'the next change is not shown'
	lab_wait 80 reaches alice "$BOB4" || atf_fail 'it does not open'
	now=$(clock)
	[ "$now" -ge "$begin" ] || atf_fail 'it opens before the time'
	both_up || atf_fail 'not shown as up'
}

# ends_at TIME: both close by themselves when it has come
ends_at()
{
	lab_wait 10 next_is "$1" || atf_fail 'the end is not known'
	stop_discovery || atf_fail "discovery ends with $?"
	need_reach alice "$BOB4" 'before the end'
	lab_wait 30 both_closed || atf_fail 'it does not end'
	[ "$(clock)" -ge "$1" ] || atf_fail 'it ends before the time'
	unreachable || atf_fail 'a ping passes after the end'
}

# utc TIME
utc()
{
	date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ
}

a_policy_that_expires_closes_while_discovery_is_away_body()
{
	suite_begin
	suite_lan
	suite_pair
	end=$(($(clock) + 12))
	admin policy add -R -o "$ORG" -s web-clients -r web-servers -a icmp \
	    -e "$(utc "$end")" web >/dev/null || atf_fail 'no policy'
	ends_at "$end"
}

a_system_enabled_for_a_while_closes_while_discovery_is_away_body()
{
	suite_begin
	suite_lan
	suite_pair
	end=$(($(clock) + 12))
	admin system enable-until "$BOB" "$(utc "$end")" >/dev/null ||
	    atf_fail 'no end'
	ends_at "$end"
}
