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

# enclavectl paths, netcheck and ping against the real agents: what they say is
# so, each way to name a peer, and what they say when nobody answers.

# Every operation of the OpenAPI document is asked of the real service, and
# each answer is held against the document: conform_helper.c.

# shellcheck source=../suite/suite.sh
. "${0%/*}/../suite/suite.sh"

suite_case each_operation_answers_as_the_document_says 120 \
    'members, types and statuses'
suite_case each_operation_needs_a_token 120 'but the document itself'

begin_api()
{
	suite_begin
	suite_lan
	need_discovery
	T=$(admin token add -o "$ORG" -n first -e +1d -r owner) ||
	    atf_fail 'no token'
	CONFORM=$BUILD/regress/api/conform_helper
	lab_exec "$DISCO" curl -sk -o document "https://$DISCO4/openapi.json"
	"$CONFORM" document >operations || atf_fail 'no document'
	[ "$(wc -l <operations)" -ge 30 ] || atf_fail 'operations are missing'
}

# Something of each kind, that an id may name.
make_objects()
{
	admin policy add -o "$ORG" -s a -r b -a tcp/22 -a icmp first \
	    >/dev/null || atf_fail 'no policy'
	admin key add -o "$ORG" -t a -D lab >/dev/null || atf_fail 'no key'
	admin relay add first >/dev/null || atf_fail 'no relay'
	admin test add -o "$ORG" -s a -r b first allow tcp/22 >/dev/null ||
	    atf_fail 'no test'
}

# body METHOD PATH
body()
{
	case "$1 $2" in
	'POST '*/policies)
		echo '{"name":"second","acls":["udp/53"]}' ;;
	'POST '*/policy-tests)
		echo '{"name":"second","sender":"a","receiver":"b",
		    "protocol":"tcp","port":22,"expect":"deny"}' ;;
	'POST '*/enrolment-keys)
		echo '{"description":"second"}' ;;
	'POST '*/tokens)
		api_end=$(date -u -d +1day +%Y-%m-%dT%H:%M:%SZ)
		echo "{\"name\":\"second\",\"scopes\":[\"auditor\"],\
		    \"notAfter\":\"$api_end\"}" ;;
	'POST '*/tags)
		echo '{"tag":"second","notes":"n"}' ;;
	'POST '*/trust-requirements)
		echo "{\"name\":\"second\",\"type\":\"address\",\
		    \"conditions\":[\"allow range 192.0.2.0/24\"]}" ;;
	'POST '*/rollover)
		echo '{"action":"begin"}' ;;
	'PUT '*/enable-until)
		echo '{"until":"2099-01-31T12:00:00Z","action":"revoke"}' ;;
	'PUT '*/top-up)
		echo '{"uses":5}' ;;
	'PUT '*/answer)
		echo '{"systemId":"V88RY","answer":"yes"}' ;;
	'PATCH /org/{org}')
		echo '{"cloneAction":"replace","renewalGraceSeconds":60}' ;;
	'PATCH '*/enrolment-keys/* | 'PATCH '*systems/*)
		echo '{"description":"other"}' ;;
	'PATCH '*/tags/* | 'PATCH '*/trust-requirements/*)
		echo '{"notes":"other"}' ;;
	'PATCH '*/policy-tests/*)
		echo '{"port":23}' ;;
	'PATCH '*/policies/*)
		echo '{"acls":["any"]}' ;;
	'PATCH '*)
		echo '{}' ;;
	PUT*'{id}'*) ;;
	'PUT '* | 'DELETE '*/*s)
		case $2 in
		*'{id}') ;;
		*) echo '{"ids":["first",1]}' ;;
		esac ;;
	esac
}

# ask METHOD PATH [CURL-ARGUMENT ...]: status in $STATUS, answer in file raw; with
# $QUERY
ask()
{
	api_method=$1
	api_path=$(printf '%s\n' "$2" | sed "s/{org}/$ORG/")
	case $2 in
	*/tags/*) api_id=a ;;
	*/relays/* | */policies/*) api_id=first ;;
	*) api_id=1 ;;
	esac
	api_path=$(printf '%s\n' "$api_path" | sed "s/{id}/$api_id/")
	api_body=$(body "$1" "$2")
	shift 2
	[ -z "$api_body" ] || set -- "$@" -d "$api_body" \
	    -H 'Content-Type: application/json'
	STATUS=$(lab_exec "$DISCO" curl -sk --max-time 5 -o raw \
	    -w '%{http_code}' -X "$api_method" "$@" \
	    "https://$DISCO4$api_path${QUERY:-}")
}

# judge METHOD PATH: asks and compares with the document
judge()
{
	: >raw
	ask "$1" "$2" -H "Authorization: Bearer $T" </dev/null
	case $STATUS in
	2??) good=$((good + 1)) ;;
	404 | 409 | 422) ;;
	*) atf_fail "$1 $2: status $STATUS: $(cat raw)" ;;
	esac
	"$CONFORM" document "$1" "$2" "$STATUS" <raw 2>why ||
	    atf_fail "$1 $2: $STATUS: $(cat why raw)"
}

each_operation_answers_as_the_document_says_body()
{
	begin_api
	make_objects
	# What deletes comes last.
	grep -v '^DELETE' operations >order
	grep '^DELETE' operations >>order
	good=0
	while read -r method path; do
		case $path in
		*/events) continue ;;
		esac
		[ "$method" = GET ] || {
			QUERY='?dryRun=true'
			judge "$method" "$path"
			QUERY=
		}
		judge "$method" "$path"
	done <order
	[ "$good" -ge 60 ] || atf_fail "only $good were done"
}

each_operation_needs_a_token_body()
{
	begin_api
	make_objects
	while read -r method path; do
		[ "$path" != /openapi.json ] || continue
		# One kind of nothing after the other.
		case ${header:-} in
		*Basic*) header="Authorization: Bearer ${T%???}xyz" ;;
		*Nothing*) header='Authorization: Basic YTpi' ;;
		*) header='X-Nothing: 1' ;;
		esac
		ask "$method" "$path" -H "$header" </dev/null
		[ "$STATUS" = 401 ] || atf_fail "$method $path: $STATUS"
		"$CONFORM" document "$method" "$path" 401 <raw ||
		    atf_fail "$method $path: $(cat raw)"
	done <operations
	admin policy list -o "$ORG" | grep -q '^first ' ||
	    atf_fail 'something was changed'
}
