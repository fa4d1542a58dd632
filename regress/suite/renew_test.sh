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
# Certificates end and are renewed, with a minute for a year: tunnels and the
# streams inside of them do not notice.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case certificates_are_renewed_under_a_stream 200 \
    'a transfer goes on beyond the end of the first certificates'
suite_case who_was_off_when_it_ended_is_taken_back 200 \
    'within the grace, with a new certificate'
suite_case an_authority_is_replaced_under_a_stream 150 \
    'a transfer goes on from the old authority to the end of it'
suite_case who_was_off_while_it_was_replaced_comes_back 150 \
    'and until then the old authority cannot be retired'

# pair_with_life LIFE: as suite_pair, with certificates that are good so long
pair_with_life()
{
	need_discovery
	admin org set -l "$1" "$ORG" >/dev/null || atf_fail 'org set'
	policy web web-clients web-servers tcp/8080 icmp ||
	    atf_fail 'no policy'
	need_agent alice
	need_agent bob
	need_enrolled alice web-clients
	need_enrolled bob web-servers
	learn_names
	need_up
}

expires()
{
	agent_field "$1" certificate.expires
}

# expires_after HOST TIME
expires_after()
{
	[ "$(printf '%s\n%s\n' "$2" "$(expires "$1")" | sort | tail -n 1)" != \
	    "$2" ]
}

now()
{
	date -u +%Y-%m-%dT%H:%M:%SZ
}

passed()
{
	[ "$(printf '%s\n%s\n' "$1" "$(now)" | sort | tail -n 1)" != "$1" ]
}

# A file through the tunnel that takes as many seconds.
start_transfer()
{
	mkdir -p "$DIR/www"
	head -c "$((1000000 * $1))" /dev/urandom >"$DIR/www/file"
	SUM=$(sha256sum <"$DIR/www/file")
	serve bob "$BOB4" 8080 || atf_fail 'no web server'
	get alice "http://$BOB4:8080/file" --max-time 180 \
	    --limit-rate 1000000 -o "$DIR/got" &
	TRANSFER=$!
	lab_wait 15 test -s "$DIR/got" || atf_fail 'nothing arrives'
}

end_transfer()
{
	wait "$TRANSFER" || atf_fail "the transfer ends with $?"
	[ "$(sha256sum <"$DIR/got")" = "$SUM" ] ||
	    atf_fail 'it arrived as something else'
}

# Nobody was taken away or had to be connected anew.
need_unbroken()
{
	for host in alice bob; do
		grep -E 'tunnel down|no longer allowed|has expired|refuse' \
		    "$DIR/log/$host.log" && atf_fail "$host lost its peer"
		[ "$(grep -c 'allowed by policy' "$DIR/log/$host.log")" -eq 1 ] ||
		    atf_fail "$host was told of its peer again"
	done
	:
}

certificates_are_renewed_under_a_stream_body()
{
	suite_begin
	suite_nat
	pair_with_life 1m
	ALICE_END=$(expires alice)
	BOB_END=$(expires bob)
	start_transfer 80
	lab_wait 60 expires_after alice "$ALICE_END" ||
	    atf_fail 'alice has no new certificate'
	lab_wait 60 expires_after bob "$BOB_END" ||
	    atf_fail 'bob has no new certificate'
	lab_wait 70 passed "$BOB_END" || atf_fail 'time stands still'
	end_transfer
	atf_check_equal '' "$(agent_field alice certificate.problem |
	    sed 's/null//')"
	need_unbroken
	need_reach alice "$BOB4"
}

who_was_off_when_it_ended_is_taken_back_body()
{
	suite_begin
	suite_nat
	pair_with_life 1m
	stop_agent alice
	ALICE_END=$(admin -j system list | flat |
	    awk -F= '/certificate_not_after=/ { print $2 }' | sort | head -n 1)
	lab_wait 90 passed "$ALICE_END" || atf_fail 'time stands still'
	need_agent alice
	lab_wait 30 expires_after alice "$ALICE_END" ||
	    atf_fail 'alice is not taken back'
	need_up
	need_reach alice "$BOB4"
}

# org_field NAME
org_field()
{
	admin -j org list | flat |
	    awk -F= -v name="$1" '$1 ~ "\\." name "$" { print $2; exit }'
}

all_have_the_new_one()
{
	[ "$(org_field systems_renewed)" = 2 ] &&
	    [ "$(org_field systems_pinned)" = 2 ]
}

need_new_authority()
{
	lab_wait 40 all_have_the_new_one || {
		admin org show
		atf_fail 'not all have a certificate of the new authority'
	}
}

an_authority_is_replaced_under_a_stream_body()
{
	suite_begin
	suite_nat
	suite_pair
	start_transfer 30
	OLD=$(org_field authority)
	admin org rollover "$ORG" || atf_fail 'rollover'
	need_new_authority
	[ "$(org_field authority)" != "$OLD" ] || atf_fail 'it is the old one'
	atf_check_equal true "$(org_field authority_rolling)"
	admin org rollover -f "$ORG" || atf_fail 'rollover -f'
	atf_check_equal false "$(org_field authority_rolling)"
	for host in alice bob; do
		lab_wait 10 grep -q 'organisation has been replaced' \
		    "$DIR/log/$host.log" || atf_fail "$host keeps the old pin"
	done
	end_transfer
	need_unbroken
	# With what is on the disk.
	stop_agent alice
	stop_discovery
	start_discovery || atf_fail 'discovery does not start again'
	need_agent alice
	need_up
	need_reach alice "$BOB4"
}

who_was_off_while_it_was_replaced_comes_back_body()
{
	suite_begin
	suite_nat
	suite_pair
	stop_agent alice
	admin org rollover "$ORG" || atf_fail 'rollover'
	admin org rollover -f "$ORG" >out 2>err
	atf_check_equal 5 $?
	grep -q 'have no certificate of the new authority' err ||
	    atf_fail "refused, but: $(cat err)"
	need_agent alice
	need_up
	need_new_authority
	need_reach alice "$BOB4"
	admin org rollover -f "$ORG" || atf_fail 'rollover -f'
	stop_agent bob
	need_agent bob
	need_up
	need_reach alice "$BOB4"
}
