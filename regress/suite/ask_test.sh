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

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"
# shellcheck source=judge.sh
. "${0%/*}/judge.sh"

suite_case ping_tells_the_path_of_each_reply 90 \
    'a line for each, and JSON, whatever policy permits'
suite_case a_peer_is_known_by_name_address_and_description 90 \
    'in any of these ways, and by no other'
suite_case one_of_all_paths_is_chosen_and_why 90 \
    'enclavectl paths has the pair that status has'
suite_case netcheck_tells_of_discovery_and_candidates 90 \
    'and in JSON all members are there'
suite_case a_peer_that_is_gone_does_not_reply 90 \
    'exit code 1, and 2 seconds for each'
suite_case who_does_not_answer_is_not_waited_for 90 \
    'netproc stands still: exit code 1 and a line'
suite_case a_peer_of_the_configuration_has_one_path 60 \
    'and is not asked for replies'
suite_case without_enrolment_there_is_no_peer 60 'exit code 4'

begin_with_pair()
{
	suite_begin
	suite_nat
	suite_pair
}

# The router of bob is 198.51.100.12, that of alice 198.51.100.11.
ping_tells_the_path_of_each_reply_body()
{
	begin_with_pair
	line='over public udp 198\.51\.100\.12:[0-9]*$'
	tool alice ping -c 3 -i 0.2 "$BOB"
	atf_check_equal 0 "$RC"
	atf_check_equal 3 \
	    "$(grep -c "^reply from $BOB: [0-9.]* ms $line" out)"
	atf_check -o match:'^3 sent, 3 received, min [0-9.]* ms, avg ' \
	    tail -n 1 out
	# Policy names no other direction; agents answer all the same.
	tool bob -j ping -c 2 -i 0.2 "$ALICE"
	atf_check_equal 0 "$RC"
	flat <out >fields
	atf_check_equal "$ALICE" "$(field peer <fields)"
	atf_check_equal 2 "$(field received <fields)"
	atf_check_equal public "$(field replies.1.type <fields)"
	atf_check_equal udp "$(field replies.1.transport <fields)"
	atf_check -o match:'^replies\.1\.remote=198\.51\.100\.11:' cat fields
	[ "$(field replies.1.rtt_us <fields)" -gt 0 ] ||
	    atf_fail 'it took no time'
	[ "$(field min_us <fields)" -le "$(field max_us <fields)" ] ||
	    atf_fail 'the least is more than the most'
}

# known HOST PEER
known()
{
	tool "$1" ping -c 1 "$2"
	[ "$RC" -eq 0 ] || atf_fail "\"$2\" is not known: $(cat err)"
	tool "$1" -j paths "$2"
	[ "$RC" -eq 0 ] || atf_fail "\"$2\" has no paths: $(cat err)"
	atf_check_equal "$BOB" "$(flat <out | field peer)"
}

a_peer_is_known_by_name_address_and_description_body()
{
	begin_with_pair
	known alice "$BOB"
	known alice "$(echo "$BOB" | tr '[:upper:]' '[:lower:]')"
	known alice "$BOB4"
	known alice "$BOB6"
	known alice "$(peer alice "$BOB" description)"
	for name in 22222 192.0.2.99 0.0.0.0 :: "$ALICE4" nobody; do
		for command in ping paths; do
			tool alice "$command" "$name"
			judge "$command $name" "$RC" 1 \
			    "no peer \"$name\"" 'enclavectl peers'
			atf_check -o empty cat out
		done
	done
}

one_of_all_paths_is_chosen_and_why_body()
{
	begin_with_pair
	tool alice -j paths "$BOB"
	atf_check_equal 0 "$RC"
	flat <out >fields
	atf_check_equal 1 "$(grep -c '^paths\..*\.selected=true$' fields)"
	atf_check_equal true "$(field paths.0.selected <fields)"
	atf_check_equal 'public udp passed' "$(field paths.0.type <fields) $(
	    field paths.0.transport <fields) $(
	    field paths.0.state <fields)"
	atf_check_equal "$(peer alice "$BOB" path.remote)" \
	    "$(field paths.0.remote <fields)"
	atf_check -o match:'^reason=chosen: public udp, the best kind that ' \
	    cat fields
	# bob's own network is not alice's.
	atf_check -o match:'^paths\.[0-9]*\.remote=192\.168\.2\.10:' \
	    cat fields
	tool alice paths "$BOB"
	atf_check -o match:'^PATH  *LOCAL  *REMOTE  *RTT  *STATE  *CHOSEN' \
	    head -n 1 out
	atf_check_equal 1 "$(grep -c '  \*$' out)"
	atf_check -o match:'^chosen: ' tail -n 1 out
}

netcheck_tells_of_discovery_and_candidates_body()
{
	begin_with_pair
	tool alice -j netcheck
	atf_check_equal 0 "$RC"
	flat <out >fields
	atf_check_equal up "$(field discovery.state <fields)"
	atf_check -o match:'^candidates\.[0-9]*\.address=192\.168\.1\.10:' \
	    cat fields
	for member in nat stun relays mappings candidates; do
		grep -q "\"$member\": \[" out || atf_fail "no $member"
	done
	# The servers of discovery, and what the router made of us there.
	atf_check -o match:'^stun\.[0-9]*\.mapped=198\.51\.100\.11:' \
	    cat fields
	tool alice netcheck
	atf_check_equal 0 "$RC"
	atf_check -o match:'^discovery    up since ' head -n 1 out
	atf_check -o match:'^candidate  *udp  *192\.168\.1\.10:' cat out
}

a_peer_that_is_gone_does_not_reply_body()
{
	begin_with_pair
	stop_agent bob || atf_fail 'the agent of bob ends badly'
	begin=$(date +%s)
	tool alice ping -c 2 -i 0.1 "$BOB"
	end=$(date +%s)
	atf_check_equal 1 "$RC"
	atf_check_equal 2 "$(grep -c '^no reply' out)"
	atf_check -o inline:'2 sent, 0 received\n' tail -n 1 out
	case $((end - begin)) in
	[3-8]) ;;
	*) atf_fail "it took $((end - begin)) s" ;;
	esac
	atf_check -o empty cat err
}

who_does_not_answer_is_not_waited_for_body()
{
	begin_with_pair
	netproc=$(child "$(agent_pid alice)" netproc)
	kill -STOP "$netproc"
	for command in "paths $BOB" netcheck; do
		# shellcheck disable=SC2086
		tool alice $command
		judge "$command" "$RC" 1 'netproc did not answer' 'try again'
	done
	kill -CONT "$netproc"
	lab_wait 10 agent alice paths "$BOB" ||
	    atf_fail 'it does not answer again'
}

a_peer_of_the_configuration_has_one_path_body()
{
	suite_begin
	lab_two_hosts || atf_fail 'no network'
	# The key is a public one that belongs to nobody.
	cat >"$DIR/alice.conf" <<EOC
interface "enclave0"
state directory "$DIR/alice"
socket "$DIR/alice.sock"
address "10.9.0.1/24"
peer "gate" {
	public key "zo060cy2M+x7cMF4FKXHbs0CloUFDTRHRboFhw5YfVk="
	allowed "10.9.0.2/32"
	endpoint "192.0.2.2" port 51821
}
peer "away" {
	public key "Xf7dO2vUf2+ijuFdlp1bsOpTd01Ii9r53xxuASSz7yI="
	allowed "10.9.0.3/32"
}
EOC
	need_agent alice
	for name in gate 10.9.0.2; do
		tool alice -j paths "$name"
		atf_check_equal 0 "$RC"
		flat <out >fields
		atf_check_equal gate "$(field peer <fields)"
		atf_check_equal 192.0.2.2:51821 \
		    "$(field paths.0.remote <fields)"
		atf_check_equal true "$(field paths.0.selected <fields)"
		atf_check_equal '' "$(field paths.1.remote <fields)"
		tool alice ping "$name"
		judge "ping $name" "$RC" 1 '^enclavectl: gate: a peer of the '`
		    `'configuration does not answer this' 'use ping'
	done
	tool alice paths away
	atf_check_equal 0 "$RC"
	atf_check -o match:'^none works yet: ' cat out
}

without_enrolment_there_is_no_peer_body()
{
	suite_begin
	suite_nat
	need_discovery
	need_agent alice
	for command in ping paths; do
		tool alice "$command" V88RY
		judge "$command" "$RC" 4 'not enrolled' 'enrol'
	done
	# What may be the reason that it cannot enrol.
	tool alice -j netcheck
	atf_check_equal 0 "$RC"
	atf_check -o match:'"candidates": ' cat out
}
