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

# The API over its real processes, with curl: tokens and what they may, objects
# from their making to their end, versions, and what is wrong with a request.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case a_token_opens_its_organisation_and_no_other 60 \
    'that of another is not there'
suite_case a_token_does_what_its_scopes_say 60 '403 for the rest'
suite_case a_policy_is_made_changed_and_deleted 60 \
    'with a version that guards against lost changes'
suite_case the_secret_of_a_key_is_in_one_answer_alone 60 'and is not listed'
suite_case many_objects_are_changed_with_a_result_for_each 60 'bulk calls'
suite_case lists_come_in_pages_in_order_and_searched 60 'page, sort, search'
suite_case a_wrong_request_is_told_what_is_wrong 60 'as problem+json'
suite_case a_request_that_is_sent_twice_is_done_once 60 'by its key'
suite_case what_happens_is_told_to_those_who_listen 60 'and resumed'
suite_case settings_and_keys_are_changed_as_one 60 'or not at all'
suite_case active_hours_are_days_and_times 60 'in a time zone'
suite_case the_log_is_searched_and_read_backwards 60 'in pages'
suite_case systems_are_changed_renewed_and_explained 90 \
    'and enabled up to a time'
suite_case a_dry_run_tells_what_a_change_would_do 90 'and changes nothing'
suite_case a_policy_test_refuses_what_breaks_it 90 'whoever asks'
suite_case agents_and_clients_share_the_port 90 \
    'told apart by ALPN or by who speaks first'

# request TOKEN METHOD PATH [BODY [CURL-ARGUMENT ...]]: status in $STATUS,
# headers in file head, the flattened answer in file out
request()
{
	api_token=$1
	api_method=$2
	api_path=$3
	api_body=${4:-}
	[ $# -le 4 ] && shift $# || shift 4
	case $* in
	*Content-Type:*) ;;
	*) set -- -H 'Content-Type: application/json' "$@" ;;
	esac
	[ -z "$api_body" ] || set -- -d "$api_body" "$@"
	STATUS=$(lab_exec "$DISCO" curl -sk --max-time 20 -o raw -D head \
	    -w '%{http_code}' -X "$api_method" \
	    -H "Authorization: Bearer $api_token" "$@" \
	    "https://$DISCO4$api_path")
	: >out
	[ ! -s raw ] || flat <raw >out
}

# expect STATUS: of the last request
expect()
{
	[ "$STATUS" = "$1" ] || {
		cat head raw
		atf_fail "status $STATUS, not $1, of $api_method $api_path"
	}
}

# has NAME VALUE: of the last answer
has()
{
	api_value=$(field "$1" <out)
	[ "$api_value" = "$2" ] || {
		cat raw
		atf_fail "$1 is '$api_value', not '$2'"
	}
}

header()
{
	tr -d '\r' <./head | awk -v name="$1" -F ': ' \
	    'tolower($1) == tolower(name) { print $2; exit }'
}

token()
{
	admin token add -o "${2:-$ORG}" -n "$1" -e +1d -r "${3:-owner}"
}

begin_api()
{
	suite_begin
	suite_lan
	need_discovery
	T=$(token first) || atf_fail 'no token'
}

a_token_opens_its_organisation_and_no_other_body()
{
	begin_api
	admin org add other >/dev/null || atf_fail 'no second organisation'
	other=$(token second other)
	request "$T" GET /account/orgs
	expect 200
	has orgs.0.orgName "$ORG"
	request "$T" GET "/org/$ORG"
	expect 200
	has name "$ORG"
	for where in other 2 '' nothing; do
		request "$T" GET "/org/$where/policies"
		expect 404
	done
	request "$other" GET /org/2/policies
	expect 200
	request "$other" POST /org/2/policies \
	    '{"name":"theirs","acls":["icmp"]}'
	expect 201
	# Numbers count through all organisations.
	request "$T" GET "/org/$ORG/policies/1"
	expect 404
	request "$T" DELETE "/org/$ORG/policies/1"
	expect 404
	for bad in '' x "${T%?}" "${T}x" "enclave_$(printf '%043d' 0)"; do
		request "$bad" GET "/org/$ORG"
		expect 401
	done
	id=$(admin -j token list -o "$ORG" | flat | field 0.id)
	admin token delete -o "$ORG" "$id" >/dev/null || atf_fail 'delete'
	request "$T" GET "/org/$ORG"
	expect 401
}

a_token_does_what_its_scopes_say_body()
{
	begin_api
	auditor=$(token auditor "$ORG" auditor)
	operator=$(token operator "$ORG" operator)
	policy='{"name":"p","acls":["icmp"]}'
	key='{"description":"k"}'
	request "$auditor" GET "/org/$ORG/tokens"
	expect 200
	request "$auditor" POST "/org/$ORG/policies" "$policy"
	expect 403
	request "$auditor" POST "/org/$ORG/enrolment-keys" "$key"
	expect 403
	request "$operator" POST "/org/$ORG/enrolment-keys" "$key"
	expect 201
	request "$operator" POST "/org/$ORG/policies" "$policy"
	expect 403
	request "$operator" GET "/org/$ORG/tokens"
	expect 403
	# Nobody hands out what he does not have.
	maker=$(admin token add -o "$ORG" -n maker -e +1d \
	    -s tokens:read,tokens:write)
	body='{"name":"n","notAfter":"2099-01-01T00:00:00Z","scopes":'
	request "$maker" POST "/org/$ORG/tokens" "${body}[\"owner\"]}"
	expect 403
	until=$(date -u -d '+30 days' +%Y-%m-%dT%H:%M:%SZ)
	body="{\"name\":\"n\",\"notAfter\":\"$until\",\"scopes\":"
	request "$maker" POST "/org/$ORG/tokens" "${body}[\"tokens:read\"]}"
	expect 201
	request "$(field token <out)" GET "/org/$ORG/tokens"
	expect 200
}

a_policy_is_made_changed_and_deleted_body()
{
	begin_api
	p=/org/$ORG/policies
	request "$T" POST "$p" '{"name":"ssh","senderTags":["a"],
	    "receiverTags":["b","c"],"acls":["tcp/22",
	    {"protocol":"udp","ports":"5000-5010"}]}'
	expect 201
	atf_check_equal "$p/1" "$(header location)"
	has acls.1.ports 5000-5010
	admin policy list -o "$ORG" | grep -q '^ssh ' ||
	    atf_fail 'the tool does not know of it'
	request "$T" POST "$p" '{"name":"ssh","acls":[]}'
	expect 409
	request "$T" GET "$p/ssh"
	expect 200
	tag=$(header etag)
	request "$T" GET "$p/1" '' -H "If-None-Match: $tag"
	expect 304
	request "$T" PATCH "$p/1" '{"acls":["icmp"]}' -H "If-Match: $tag"
	expect 200
	has acls.0.protocol icmp
	has senderTags.0 a
	request "$T" PATCH "$p/1" '{"acls":[]}' -H "If-Match: $tag"
	expect 412
	request "$T" DELETE "$p/1" '' -H "If-Match: $tag"
	expect 412
	request "$T" PATCH "$p/1" '{"name":"shell"}'
	expect 200
	has name shell
	request "$T" PUT "$p/shell/disable"
	expect 200
	has isEnabled false
	request "$T" GET "$p"
	has metadata.total 0
	request "$T" GET "$p?include_disabled=true"
	has metadata.total 1
	request "$T" DELETE "$p/1"
	expect 204
	request "$T" GET "$p/1"
	expect 404
}

the_secret_of_a_key_is_in_one_answer_alone_body()
{
	begin_api
	k=/org/$ORG/enrolment-keys
	request "$T" POST "$k" '{"description":"lab","tags":["a"],
	    "usesRemaining":3,"approvalMode":"manual"}'
	expect 201
	key=$(field key <out)
	atf_check_equal 29 "${#key}"
	has usesRemaining 3
	request "$T" GET "$k/1"
	expect 200
	has approvalMode manual
	! grep -q "$key" raw || atf_fail 'the key is shown again'
	! grep -q "$key" "$DIR/log/disco.log" || atf_fail 'the key is logged'
	! grep -q "$T" "$DIR/log/disco.log" || atf_fail 'the token is logged'
	! grep -rqa "$T" "$DIR/disco" || atf_fail 'the token is stored'
}

many_objects_are_changed_with_a_result_for_each_body()
{
	begin_api
	p=/org/$ORG/policies
	for n in a b c; do
		request "$T" POST "$p" "{\"name\":\"$n\",\"acls\":[\"any\"]}"
		expect 201
	done
	request "$T" PUT "$p/disable" '{"ids":[1,99,"c"]}'
	expect 200
	has succeeded 2
	has results.0.status 200
	has results.1.status 404
	has results.2.id c
	request "$T" DELETE "$p" '{"ids":[1,2,3]}'
	has succeeded 3
	many=$(awk 'BEGIN { for (i = 1; i < 201; i++) printf "%d,", i }')
	request "$T" DELETE "$p" "{\"ids\":[${many}201]}"
	expect 422
	request "$T" DELETE "$p" '{"ids":[]}'
	expect 422
}

lists_come_in_pages_in_order_and_searched_body()
{
	begin_api
	p=/org/$ORG/policies
	for n in d b e a c; do
		request "$T" POST "$p" "{\"name\":\"$n\",\"acls\":[\"any\"],
		    \"senderTags\":[\"t-$n\"]}"
		expect 201
	done
	request "$T" GET "$p?per_page=2&page=1"
	has metadata.total 5
	has metadata.lastPage 2
	has metadata.prevPage 0
	has items.0.name c
	has links.next "$p?page=2&per_page=2"
	request "$T" GET "$p?sort=-name&per_page=1"
	has items.0.name e
	request "$T" GET "$p?search=senderTags:t-b"
	has metadata.total 1
	has items.0.name b
	for bad in sort=nothing page=-1 per_page=201 per_page=x; do
		request "$T" GET "$p?$bad"
		expect 400
	done
	request "$T" GET "$p/meta/search-keys"
	has searchKeys.0 name
}

a_wrong_request_is_told_what_is_wrong_body()
{
	begin_api
	p=/org/$ORG/policies
	request "$T" POST "$p" '{'
	expect 400
	has status 400
	case $(header content-type) in
	application/problem+json) ;;
	*) atf_fail 'no problem+json' ;;
	esac
	for body in '[]' '{}' '{"name":1}' '{"name":"a","nix":1}' \
	    '{"name":"a","acls":["tcp/99999"]}' \
	    '{"name":"a","acls":[{"protocol":"tcp","port":1}]}' \
	    '{"name":"a","notAfter":"yesterday"}' \
	    '{"name":"a","senderTags":["Not A Tag"]}'; do
		request "$T" POST "$p" "$body"
		expect 422
	done
	request "$T" POST "$p" '{"name":"a","acls":[{"protocol":"x"}]}'
	case $(field detail <out) in
	acls:*) ;;
	*) atf_fail "the member is not named: $(cat raw)" ;;
	esac
	request "$T" POST "$p" '{"name":"a","name":"b"}'
	expect 400
	request "$T" POST "$p" '[[[[[[[[[[1]]]]]]]]]]'
	expect 400
	request "$T" POST "$p" '{"name":"a"}' -H 'Content-Type: text/plain'
	expect 415
	request "$T" GET "$p" '' -H 'Accept: image/png'
	expect 406
	request "$T" DELETE "/org/$ORG"
	expect 405
	atf_check_equal 'OPTIONS, GET, HEAD, PATCH' "$(header allow)"
	request "$T" OPTIONS "$p"
	expect 204
	request "$T" GET /nothing
	expect 404
	head -c 1100000 /dev/zero | tr '\0' ' ' >large
	request "$T" POST "$p" @large
	expect 413
}

a_request_that_is_sent_twice_is_done_once_body()
{
	begin_api
	p=/org/$ORG/enrolment-keys
	for n in 1 2; do
		request "$T" POST "$p" '{"description":"k"}' \
		    -H 'Idempotency-Key: abc'
		expect 201
		has id 1
	done
	atf_check_equal true "$(header idempotency-replayed)"
	! grep -q '"key"' raw || atf_fail 'the secret is shown again'
	request "$T" GET "$p"
	has metadata.total 1
	request "$T" POST "$p" '{"description":"other"}' \
	    -H 'Idempotency-Key: abc'
	expect 422
	other=$(token other)
	request "$other" POST "$p" '{"description":"other"}' \
	    -H 'Idempotency-Key: abc'
	expect 201
	# What was refused may be tried again.
	p=/org/$ORG/policies
	request "$T" POST "$p" '{"name":"a","senderTags":["A"]}' \
	    -H 'Idempotency-Key: p'
	expect 422
	request "$T" POST "$p" '{"name":"a"}' -H 'Idempotency-Key: p'
	expect 201
}

heard()
{
	grep -q "$1" stream
}

what_happens_is_told_to_those_who_listen_body()
{
	begin_api
	admin org add other >/dev/null || atf_fail 'no second organisation'
	: >stream
	lab_spawn "$DISCO" stream curl -skN \
	    -H "Authorization: Bearer $T" \
	    "https://$DISCO4/org/$ORG/events"
	lab_wait 20 heard '^:' || atf_fail 'no stream'
	admin policy add -o other -s a -r b -a icmp theirs >/dev/null
	admin policy add -o "$ORG" -s a -r b -a icmp ours >/dev/null
	lab_wait 20 heard 'event: created' || atf_fail 'not told'
	request "$T" PUT "/org/$ORG/policies/ours/disable"
	lab_wait 20 heard 'event: changed' || atf_fail 'not told'
	heard '"name":"ours"' || atf_fail 'not by its name'
	! heard theirs || atf_fail 'told of another organisation'
	kill "$LAB_PID"
	first=$(sed -n 's/^id: //p' stream | head -n 1)
	: >stream
	lab_spawn "$DISCO" stream curl -skN -H "Last-Event-ID: $first" \
	    -H "Authorization: Bearer $T" \
	    "https://$DISCO4/org/$ORG/events"
	lab_wait 20 heard 'event: changed' || atf_fail 'not resumed'
	! heard 'event: created' || atf_fail 'told twice'
	kill "$LAB_PID"
	# Who may not read policies does not hear of them.
	: >stream
	lab_spawn "$DISCO" stream curl -skN -H 'Last-Event-ID: 1' -H \
	    "Authorization: Bearer $(admin token add -o "$ORG" -n keys -e +1d \
	    -s keys:read)" "https://$DISCO4/org/$ORG/events"
	lab_wait 20 heard 'event: reset' || atf_fail 'no reset'
	request "$T" DELETE "/org/$ORG/policies/ours"
	request "$T" POST "/org/$ORG/enrolment-keys" '{"description":"k"}'
	lab_wait 20 heard '"type":"key"' || atf_fail 'not told'
	! heard '"type":"policy"' || atf_fail 'told what it may not read'
	kill "$LAB_PID"
}

settings_and_keys_are_changed_as_one_body()
{
	begin_api
	o=/org/$ORG
	request "$T" GET "$o"
	expect 200
	has cloneAction reject
	tag=$(header etag)
	request "$T" PATCH "$o" '{"cloneAction":"quarantine",
	    "renewalGraceSeconds":60}' -H "If-Match: $tag"
	expect 200
	has cloneAction quarantine
	has renewalGraceSeconds 60
	# What is wrong with one keeps the other from being done.
	request "$T" PATCH "$o" '{"cloneAction":"replace",
	    "certificateLifetimeSeconds":1}'
	expect 422
	request "$T" PATCH "$o" '{"cloneAction":"replace"}' -H "If-Match: $tag"
	expect 412
	request "$T" PATCH "$o" '{}'
	expect 422
	request "$T" GET "$o"
	has cloneAction quarantine
	request "$T" POST "$o/authority/rollover" '{"action":"begin"}'
	expect 200
	has isRollingOver true
	request "$T" POST "$o/authority/rollover" '{"action":"begin"}'
	expect 409
	request "$T" POST "$o/authority/rollover" '{"action":"finish"}'
	expect 200
	has isRollingOver false
	k=$o/enrolment-keys
	request "$T" POST "$k" '{"description":"lab","usesRemaining":1}'
	expect 201
	has approvalMode manual
	tag=$(header etag)
	request "$T" PUT "$k/1/top-up" '{"uses":4}' -H "If-Match: $tag"
	expect 200
	has usesRemaining 5
	request "$T" PUT "$k/1/top-up" '{"uses":4}' -H "If-Match: $tag"
	expect 412
	request "$T" PATCH "$k/1" '{"notes":"n","tags":["a"]}' \
	    -H "If-Match: $tag"
	expect 412
	request "$T" PATCH "$k/1" '{"notes":"n","tags":["a"]}'
	expect 200
	has description lab
	has tags.0 a
	auditor=$(token auditor "$ORG" auditor)
	request "$auditor" PATCH "$o" '{"cloneAction":"replace"}'
	expect 403
	request "$auditor" POST "$o/authority/rollover" '{"action":"begin"}'
	expect 403
	# The version of a tag and of a requirement counts too.
	request "$T" POST "$o/tags" '{"tag":"t"}'
	tag=$(header etag)
	request "$T" PATCH "$o/tags/t" '{"notes":"n"}' -H "If-Match: $tag"
	expect 200
	request "$T" DELETE "$o/tags/t" '' -H "If-Match: $tag"
	expect 412
	request "$T" POST "$o/trust-requirements" '{"name":"r","type":"manual"}'
	expect 201
	tag=$(header etag)
	request "$T" PATCH "$o/trust-requirements/r" '{"notes":"n"}' \
	    -H "If-Match: $tag"
	expect 200
	request "$T" DELETE "$o/trust-requirements/r" '' -H "If-Match: $tag"
	expect 412
}

active_hours_are_days_and_times_body()
{
	begin_api
	p=/org/$ORG/policies
	request "$T" POST "$p" '{"name":"work","acls":["tcp/22"],
	    "activeDays":["mon","Fri"],"activeFrom":"09:30",
	    "activeUntil":"24:00","timeZone":"Europe/Berlin",
	    "notAfter":"2099-01-31T12:00:00Z","expiryAction":"delete"}'
	expect 201
	has activeDays.1 fri
	has activeFrom 09:30
	has activeUntil 24:00
	has timeZone Europe/Berlin
	has expiryAction delete
	[ -n "$(field nextChange <out)" ] || atf_fail 'when does it change?'
	request "$T" PATCH "$p/work" '{"activeFrom":"10:00"}'
	expect 200
	has activeFrom 10:00
	has activeDays.0 mon
	for bad in '"activeFrom":"9:30"' '"activeUntil":"24:01"' \
	    '"activeDays":["day"]' '"timeZone":"Nowhere"'; do
		request "$T" PATCH "$p/work" "{$bad}"
		expect 422
	done
	request "$T" PATCH "$p/work" '{"activeDays":[],"activeFrom":"00:00",
	    "activeUntil":"00:00","timeZone":""}'
	expect 200
	has state active
}

the_log_is_searched_and_read_backwards_body()
{
	begin_api
	l=/org/$ORG/logs
	for n in a b c; do
		request "$T" POST "/org/$ORG/policies" \
		    "{\"name\":\"$n\",\"acls\":[\"any\"]}"
		expect 201
	done
	request "$T" PUT "/org/$ORG/policies/b/disable"
	request "$T" GET "$l?per_page=2"
	expect 200
	has items.0.action disable
	has items.0.name b
	has items.0.before.enabled true
	has items.0.after.enabled false
	has items.1.name c
	has items.1.action add
	has metadata.prevPage null
	request "$T" GET "$l?per_page=1&page=1&type=policy"
	has metadata.total 4
	has items.0.name c
	request "$T" GET "$l?type=policy&object=b"
	has metadata.total 2
	request "$T" GET "$l?actor=unix:0&type=policy"
	has metadata.total 0
	request "$T" GET "$l?action=disable"
	has metadata.total 1
	request "$T" GET "$l?before=2020-01-01T00:00:00Z"
	has metadata.total 0
	request "$T" GET "$l?from=2020-01-01T00:00:00Z&type=policy"
	has metadata.total 4
	request "$T" GET "$l?from=yesterday"
	expect 422
	request "$T" GET "$l?per_page=201"
	expect 400
	admin org add other >/dev/null || atf_fail 'no second organisation'
	request "$(token second other)" GET /org/other/logs
	expect 200
	! grep -q '"policy"' raw || atf_fail 'the log of others is shown'
	request "$(admin token add -o "$ORG" -n less -e +1d -s systems:read)" \
	    GET "$l"
	expect 403
}

systems_are_changed_renewed_and_explained_body()
{
	suite_begin
	suite_lan
	suite_pair
	T=$(token first) || atf_fail 'no token'
	s=/org/$ORG/systems
	request "$T" GET "$s/$ALICE"
	expect 200
	has isConnected true
	has type general
	[ -n "$(field platformType <out)" ] || atf_fail 'which platform?'
	[ -n "$(field enclaveVersion <out)" ] || atf_fail 'which version?'
	tag=$(header etag)
	request "$T" PATCH "$s/$ALICE" '{"description":"of alice",
	    "notes":"n"}' -H "If-Match: $tag"
	expect 200
	has description 'of alice'
	request "$T" PATCH "$s/$ALICE" '{"notes":"m"}' -H "If-Match: $tag"
	expect 412
	request "$T" PATCH "$s/$ALICE" '{"notes":"m","tags":["Not A Tag"]}'
	expect 422
	request "$T" GET "$s/$ALICE"
	has notes n
	request "$T" GET "/org/$ORG/explain?from=$ALICE&to=$BOB&access=icmp"
	expect 200
	has isAllowed true
	has policies.0.reason allows
	request "$T" GET "/org/$ORG/explain?from=$BOB&to=$ALICE&access=tcp/7"
	expect 200
	has isAllowed false
	request "$T" GET "/org/$ORG/explain?from=$BOB&to=$ALICE&access=tcp"
	expect 422
	request "$T" GET "/org/$ORG/explain?from=$BOB&to=ZZZZZ&access=icmp"
	expect 404
	request "$T" POST "/org/$ORG/trust-requirements" \
	    '{"name":"ok","type":"manual"}'
	expect 201
	policy=$(admin policy list -o "$ORG" | sed -n '2s/ .*//p')
	request "$T" PATCH "/org/$ORG/policies/$policy" \
	    '{"trustRequirements":["ok"]}'
	expect 200
	request "$T" GET "$s/$ALICE/trust-requirements"
	expect 200
	has items.0.requirement ok
	has items.0.verdict unknown
	request "$T" PUT "/org/$ORG/trust-requirements/ok/answer" \
	    "{\"systemId\":\"$ALICE\",\"answer\":\"yes\"}"
	expect 200
	request "$T" GET "$s/$ALICE/trust-requirements"
	has items.0.verdict met
	request "$T" PUT "$s/$ALICE/renew"
	expect 200
	request "$T" PUT "$s/$ALICE/enable-until" \
	    '{"until":"2099-01-31T12:00:00Z","action":"revoke"}'
	expect 200
	has enabledUntil 2099-01-31T12:00:00Z
	has untilAction revoke
	request "$T" PUT "$s/$ALICE/enable-until" \
	    '{"until":"2020-01-31T12:00:00Z"}'
	expect 422
	# Of another organisation there is nothing to be explained.
	admin org add other >/dev/null || atf_fail 'no second organisation'
	T=$(token second other)
	request "$T" GET "/org/other/explain?from=$ALICE&to=$BOB&access=icmp"
	expect 404
	request "$T" PATCH "/org/other/systems/$ALICE" '{"notes":"x"}'
	expect 404
}

agents_and_clients_share_the_port_body()
{
	suite_begin
	suite_nat
	suite_pair
	wait_up || atf_fail 'no tunnel'
	T=$(token first)
	request "$T" GET "/org/$ORG/systems"
	expect 200
	has metadata.total 2
	has items.1.isConnected true
	id=$(field items.0.systemId <out)
	request "$T" PATCH "/org/$ORG/systems/$id" '{"tags":["x","y"]}'
	expect 200
	has tags.1 y
	# Without ALPN who speaks first is no agent.
	request "$T" GET "/org/$ORG" '' --no-alpn
	expect 200
	request "$T" PUT "/org/$ORG/systems/$id/revoke"
	expect 200
	has state revoked
}

a_dry_run_tells_what_a_change_would_do_body()
{
	suite_begin
	suite_lan
	suite_pair
	T=$(token first) || atf_fail 'no token'
	p=/org/$ORG/policies
	policy=$(admin policy list -o "$ORG" | sed -n '2s/ .*//p')
	request "$T" DELETE "$p/$policy?dryRun=true"
	expect 200
	has dryRun true
	has status 200
	has lost 1
	has pairs.0.change lost
	has pairs.0.a "$ALICE"
	has pairs.0.b "$BOB"
	request "$T" DELETE "$p?dryRun=true" '{"ids":[99,1]}'
	expect 200
	has results.0.status 404
	has results.1.status 200
	has lost 1
	request "$T" POST "$p?dryRun=true" '{"name":"back","acls":["icmp"],
	    "senderTags":["nobody"],"receiverTags":["nobody"]}'
	expect 200
	has gained 0
	has lost 0
	request "$T" PUT "/org/$ORG/systems/$BOB/disable?dryRun=true"
	expect 200
	has lost 1
	request "$T" PATCH "$p/$policy?dryRun=true" '{"acls":["tcp/1"]}'
	expect 200
	has amended 1
	# What would fail fails, and nobody's typing error is an order.
	request "$T" POST "$p?dryRun=true" \
	    "{\"name\":\"$policy\",\"acls\":[]}"
	expect 409
	for bad in TRUE 1 ''; do
		request "$T" DELETE "$p/$policy?dryRun=$bad"
		expect 400
	done
	request "$T" GET "$p?dryRun=true"
	expect 400
	request "$T" GET "$p"
	has metadata.total 1
	request "$T" GET "/org/$ORG/systems/$BOB"
	has state enabled
	request "$T" GET "/org/$ORG/logs?type=policy"
	has metadata.total 1
}

a_policy_test_refuses_what_breaks_it_body()
{
	suite_begin
	suite_lan
	suite_pair
	T=$(token first) || atf_fail 'no token'
	p=/org/$ORG/policies
	t=/org/$ORG/policy-tests
	policy=$(admin policy list -o "$ORG" | sed -n '2s/ .*//p')
	test="{\"name\":\"ping\",\"sender\":\"$ALICE\",
	    \"receiver\":\"$BOB\",\"protocol\":\"icmp\",\"expect\":"
	request "$T" POST "$t" "$test\"deny\"}"
	expect 409
	request "$T" POST "$t" "$test\"allow\"}"
	expect 201
	has sender "$ALICE"
	has expect allow
	request "$T" DELETE "$p/$policy"
	expect 409
	case $(field detail <out) in
	*ping*) ;;
	*) atf_fail 'which test fails is not said' ;;
	esac
	request "$T" DELETE "$p/$policy?dryRun=true"
	expect 200
	has status 409
	has lost 1
	has failingTests.0.name ping
	request "$T" GET "$t/results"
	expect 200
	has allHold true
	has items.0.state holds
	request "$T" PATCH "$t/ping" '{"protocol":"tcp","port":9}'
	expect 409
	request "$T" PATCH "$t/ping" \
	    '{"protocol":"tcp","port":9,"expect":"deny"}'
	expect 200
	has port 9
	request "$T" DELETE "$t/ping"
	expect 204
	request "$T" DELETE "$p/$policy"
	expect 204
}
