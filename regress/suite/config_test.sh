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

# The configuration as text, with a whole discovery service: what one service
# exports makes another one of the same configuration, in one piece or not at
# all.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case a_file_makes_another_service_of_the_same_configuration 60 \
    'export, apply to an empty service, export: the same but for the keys'
suite_case a_file_is_applied_whole_or_not_at_all 60 \
    'a refused part leaves nothing, -n changes nothing, mistakes have lines'
suite_case a_change_is_tried_before_it_is_made 120 \
    '-n tells what it would do, and a policy test refuses one'

begin()
{
	suite_begin
	suite_lan
	start_discovery || atf_fail 'discovery does not start'
}

# run CODE COMMAND...: out and err are left
run()
{
	suite_want=$1
	shift
	admin "$@" >out 2>err
	suite_code=$?
	[ "$suite_code" -eq "$suite_want" ] || {
		cat out err
		atf_fail "$*: code $suite_code, not $suite_want"
	}
}

# says FILE TEXT
says()
{
	grep -qF -e "$2" "$1" || {
		cat "$1"
		atf_fail "no \"$2\""
	}
}

configure()
{
	run 0 org add -4 10.20.0.0/16 acme
	run 0 org set -c replace -u yes acme
	run 0 requirement add -o acme -t system -c 'os linux' -n 'as told' linux
	run 0 tag add -o acme -c '#00aaff' -q linux web
	run 0 policy add -o acme -s people -r web -a tcp/443 -a icmp \
	    -q linux -h 'mon-fri 08:00-18:00 Europe/Berlin' web
	run 0 policy add -o acme -s people -r people -a any -N 'for "all"' mesh
	run 0 policy disable -o acme mesh
	run 0 test add -o acme -s people -r web shut deny tcp/22
	run 0 key add -o acme -D Laptops -t people -u 3
	run 0 org add beta
}

a_file_makes_another_service_of_the_same_configuration_body()
{
	begin
	configure
	run 0 export
	mv out first
	says first '	key "Laptops" {'
	says first '	test "shut" {'
	run 0 apply first
	says out 'nothing to change'
	stop_discovery || atf_fail 'discovery does not stop'
	rm -rf "$DIR/disco"
	start_discovery || atf_fail 'discovery does not start again'
	run 0 apply -n first
	says out '+ organisation "acme"'
	run 0 export
	grep -q organisation out && atf_fail 'a dry run changed something'
	run 0 apply first
	says out '! key acme "Laptops": not there; its text would be a secret'
	run 0 export
	# Without the block of the key the two are the same.
	sed '/^	key /,/^	}/d; /^$/d' first >want
	sed '/^$/d' out >have
	diff want have || atf_fail 'the second service differs'
	run 0 apply -k first
	grep -q '^key acme "Laptops": [0-9A-Z-]\{29\}$' out ||
	    atf_fail 'the text of the key is not told'
	run 0 apply first
	says out 'nothing to change'
	run 0 export
	diff first out || atf_fail 'the second service differs'
	run 0 audit verify
}

a_file_is_applied_whole_or_not_at_all_body()
{
	begin
	configure
	run 0 export
	mv out first
	# The tag is deleted last, and a policy has it.
	sed '/^	tag web/,/^	}/d; s/tcp\/443/tcp\/8443/' first >second
	run 5 apply second
	says err 'tag "web" of acme'
	says out 'nothing was changed'
	run 0 export
	diff first out || atf_fail 'something was changed'
	sed 's/tcp\/443/tcp\/8443/' first >second
	run 0 apply -n second
	says out '        + allow tcp/8443'
	run 0 export
	diff first out || atf_fail 'a dry run changed something'
	run 0 apply -j second
	says out '"allow tcp/8443"'
	run 0 export
	diff second out || atf_fail 'it is not what the file says'
	sed 's/allow icmp/allow tcp\/22/' second >third
	run 7 apply third
	says err shut
	# Unless the test goes with it.
	sed '/^	test /,/^	}/d' third >fourth
	run 0 apply fourth
	run 0 apply second
	run 0 export
	diff second out || atf_fail 'a test went and did not come back'
	sed 's/allow icmp/allow everything/' first >third
	line=$(grep -n 'allow everything' third | cut -d : -f 1)
	run 1 apply third
	says err "third:$line: policy \"web\": allow: "
	run 0 export
	diff second out || atf_fail 'a mistake changed something'
}

a_change_is_tried_before_it_is_made_body()
{
	suite_begin
	suite_lan
	suite_pair
	run 0 -n policy disable -o "$ORG" web
	grep -q "^- *$ORG *$ALICE *$BOB" out ||
	    grep -q "^- *$ORG *$BOB *$ALICE" out || {
		cat out
		atf_fail 'the pair that would be lost is not named'
	}
	run 0 -jn policy disable -o "$ORG" web
	says out '"lost": 1'
	run 0 export
	sed 's/allow icmp/allow udp\/53/' out >file
	run 0 apply -n file
	says out 'nothing was changed'
	grep -q "^~ *$ORG" out || {
		cat out
		atf_fail 'the pair that would change is not named'
	}
	run 2 -n policy list
	run 0 test add -o "$ORG" -s web-clients -r web-servers clients allow \
	    tcp/8080
	run 7 test add -o "$ORG" -s web-clients -r web-servers none deny \
	    tcp/8080
	run 0 test run
	says out holds
	run 7 policy disable -o "$ORG" web
	says err clients
	run 0 test add -o "$ORG" -s web-clients -r "$BOB" bob allow icmp
	run 7 system untag "$BOB" web-servers
	says err bob
	run 0 test delete -o "$ORG" bob
	run 7 -n policy delete -o "$ORG" web
	need_reach alice "$BOB4" 'after what was refused'
	run 0 test delete -o "$ORG" clients
	run 0 policy disable -o "$ORG" web
	lab_wait "$UP_SECONDS" no_peers || atf_fail 'it is not done'
	run 0 audit verify
}

no_peers()
{
	[ -z "$(peer alice "$BOB" state)" ]
}
