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

# Where keys are: each in one file that root alone can read, in the memory of
# one process, and nowhere else. The memory of all processes of the suite is
# searched from outside.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case key_files_are_for_root_alone 60 \
    'mode 0600, of root, nothing secret in the other files'
suite_case the_search_finds_what_is_there 60 \
    'memsearch_helper finds bytes in the process that has them, and no others'
suite_case identity_key_is_in_cryptoproc_alone 90 \
    'the identity seed is in the memory of cryptoproc and of no other process'
suite_case tunnel_key_is_in_cryptoproc_alone 90 \
    'the tunnel key is in the memory of cryptoproc and of no other process'
suite_case keys_are_in_cryptoproc_alone_after_a_restart 90 \
    'the same when they were read from the file'
suite_case authority_key_is_in_authproc_alone 90 \
    'the seed of the authority is in authproc and in no other process'
suite_case authority_key_is_in_authproc_alone_after_a_restart 90 \
    'the same when it was read from the file'
suite_case tls_key_is_in_tlsproc_alone 90 \
    'the TLS key is in tlsproc, and in no other process in any form'
suite_case tls_key_is_in_tlsproc_alone_after_a_restart 90 \
    'the same when it was read from the file'
suite_case enrolment_key_is_forgotten 90 \
    'after the enrolment no process has the text of the key'
suite_case no_key_is_an_argument_or_in_the_environment 60 \
    'nor in the log'
suite_case nobody_can_look_into_a_process 60 \
    'neither strangers nor the own user can trace or read a child'

# The key file of an agent: magic 8, identity seed 32, tunnel key 32, pins 1,
# two authorities of 32, the second of zeros when there is one.
SEED_AT=8
TUNNEL_AT=40

begin_with_pair()
{
	suite_begin
	suite_nat
	suite_pair
}

# holders FILE OFFSET LENGTH [-r]: programs that have these bytes, sorted
holders()
{
	# shellcheck disable=SC2046
	"$HELPERS/memsearch_helper" ${4:+"$4"} "$1" "$2" "$3" $(daemons) \
	    >found || return 1
	while read -r pid; do
		name_of "$pid"
	done <found | sort | tr '\n' ' ' | sed 's/ $//'
}

# held_by EXPECTED FILE OFFSET LENGTH [-r]
held_by()
{
	expected=$1
	shift
	actual=$(holders "$@") || atf_fail 'memory could not be searched'
	[ "$actual" = "$expected" ] || atf_fail \
	    "in the memory of \"$actual\", not of \"$expected\""
}

restart_all()
{
	stop_agent alice
	stop_agent bob
	stop_discovery
	start_discovery || atf_fail 'discovery does not start again'
	need_agent alice
	need_agent bob
	need_up
}

mode()
{
	stat -c '%a %u %g' "$1"
}

key_files_are_for_root_alone_body()
{
	begin_with_pair
	for file in alice/keys bob/keys disco/authorities disco/tls.key; do
		[ -s "$DIR/$file" ] || atf_fail "there is no $file"
		[ "$(mode "$DIR/$file")" = '600 0 0' ] ||
		    atf_fail "$file is $(mode "$DIR/$file")"
	done
	[ "$(wc -c <"$DIR/alice/keys")" -eq 138 ] ||
	    atf_fail 'the key file has another length than this test knows'
	# Directories of the children are theirs alone.
	for file in alice/ctl disco/store; do
		[ "$(stat -c %a "$DIR/$file")" = 700 ] ||
		    atf_fail "$file is open to others"
	done
	# A copy of a secret in any other file would be found by its bytes.
	dd if="$DIR/alice/keys" of=needle bs=1 skip=$SEED_AT count=32 \
	    2>/dev/null
	xxd -p needle | tr -d '\n' >hex
	find "$DIR" -type f ! -name keys >files
	while read -r file; do
		xxd -p "$file" | tr -d '\n' | grep -q -f hex &&
		    atf_fail "the identity seed is in $file as well"
	done <files
	:
}

the_search_finds_what_is_there_body()
{
	suite_begin
	head -c 4096 /dev/urandom >needle
	xxd -p needle | tr -d '\n' | head -c 3000 >hex
	sh -c 'read -r x <hex; : >ready; while :; do sleep 1; done' \
	    2>/dev/null &
	holder=$!
	sh -c ': >ready2; while :; do sleep 1; done' 2>/dev/null &
	other=$!
	lab_wait 5 test -e ready2 || atf_fail 'no second process'
	lab_wait 5 test -e ready || atf_fail 'no first process'
	"$HELPERS/memsearch_helper" hex 100 64 "$holder" "$other" >found
	rc=$?
	"$HELPERS/memsearch_helper" needle 100 64 "$holder" "$other" >nothing
	rev <hex | head -c 3000 >reversed
	"$HELPERS/memsearch_helper" -r reversed 100 64 "$holder" "$other" \
	    >backwards
	kill "$holder" "$other"
	atf_check_equal 0 "$rc"
	atf_check_equal "$holder" "$(cat found)"
	atf_check_equal '' "$(cat nothing)"
	atf_check_equal "$holder" "$(cat backwards)"
	# A process that has ended is not a process without keys.
	atf_check -s exit:1 -e ignore "$HELPERS/memsearch_helper" hex 0 64 \
	    999999999
}

identity_key_is_in_cryptoproc_alone_body()
{
	begin_with_pair
	held_by cryptoproc "$DIR/alice/keys" $SEED_AT 32
	held_by cryptoproc "$DIR/bob/keys" $SEED_AT 32
}

tunnel_key_is_in_cryptoproc_alone_body()
{
	begin_with_pair
	held_by cryptoproc "$DIR/alice/keys" $TUNNEL_AT 32
	held_by cryptoproc "$DIR/bob/keys" $TUNNEL_AT 32
}

# In alice's, that is, and not in bob's.
is_in_the_right_one()
{
	[ "$(cat found)" = "$(child "$(agent_pid alice)" cryptoproc)" ]
}

keys_are_in_cryptoproc_alone_after_a_restart_body()
{
	begin_with_pair
	restart_all
	held_by cryptoproc "$DIR/alice/keys" $TUNNEL_AT 32
	held_by cryptoproc "$DIR/alice/keys" $SEED_AT 32
	is_in_the_right_one || atf_fail "alice's key is in bob's cryptoproc"
}

authority_key_is_in_authproc_alone_body()
{
	begin_with_pair
	held_by authproc "$DIR/disco/authorities" 0 32
}

authority_key_is_in_authproc_alone_after_a_restart_body()
{
	begin_with_pair
	restart_all
	held_by authproc "$DIR/disco/authorities" 0 32
}

# The number itself, from the middle of the file: 32 bytes of a P-256 key in
# PKCS #8 stand at 36. In memory it is the other way round.
tls_scalar()
{
	grep -v -e '-----' "$DIR/disco/tls.key" | base64 -d >der
	[ "$(dd if=der bs=1 skip=34 count=2 2>/dev/null | xxd -p)" = 0420 ] ||
	    atf_fail 'the TLS key is of another kind than this test knows'
}

check_tls_key()
{
	tls_scalar
	held_by tlsproc der 36 32 -r
	# Neither as text, in any line of the file but the first and the last.
	size=$(wc -c <"$DIR/disco/tls.key")
	holders "$DIR/disco/tls.key" 40 40 >text ||
	    atf_fail 'memory could not be searched'
	[ "$size" -gt 100 ] || atf_fail 'the key file is too short'
	case $(cat text) in
	''|tlsproc) ;;
	*) atf_fail "the text of the key is in $(cat text)" ;;
	esac
}

tls_key_is_in_tlsproc_alone_body()
{
	begin_with_pair
	check_tls_key
}

tls_key_is_in_tlsproc_alone_after_a_restart_body()
{
	begin_with_pair
	restart_all
	check_tls_key
}

enrolment_key_is_forgotten_body()
{
	begin_with_pair
	for host in alice bob; do
		atf_check_equal 30 "$(wc -c <"$DIR/$host.key")"
		held_by '' "$DIR/$host.key" 0 29
		# The middle of it, should only the ends have been wiped.
		held_by '' "$DIR/$host.key" 6 17
		tr -d '-' <"$DIR/$host.key" >plain
		held_by '' plain 0 25
	done
}

no_key_is_an_argument_or_in_the_environment_body()
{
	begin_with_pair
	for pid in $(daemons); do
		cat "/proc/$pid/cmdline" "/proc/$pid/environ"
	done >said
	cat "$DIR"/log/*.log >>said
	tr '\0' ' ' <said | tr '[:upper:]' '[:lower:]' >text
	for host in alice bob; do
		key=$(tr '[:upper:]' '[:lower:]' <"$DIR/$host.key")
		grep -q -e "$key" text && atf_fail 'the enrolment key is told'
		for at in $SEED_AT $TUNNEL_AT; do
			dd if="$DIR/$host/keys" bs=1 skip="$at" count=32 \
			    of=needle 2>/dev/null
			hex=$(xxd -p needle | tr -d '\n')
			grep -q -e "$hex" text && atf_fail 'a key is told'
			b64=$(base64 <needle | head -c 40 |
			    tr '[:upper:]' '[:lower:]')
			grep -q -F -e "$b64" text && atf_fail 'a key is told'
			xxd -p said | tr -d '\n' | grep -q -e "$hex" &&
			    atf_fail 'a key is told as it is'
		done
	done
	:
}

nobody_can_look_into_a_process_body()
{
	begin_with_pair
	# shellcheck disable=SC2046
	set -- $(children "$(agent_pid alice)") $(children "$DISCOVERYD")
	atf_check_equal 12 $#
	# What it says of a process that can be looked into, first.
	setpriv --reuid nobody --regid nogroup --clear-groups sleep 100 &
	easy=$!
	lab_wait 5 belongs_to_nobody "$easy" || atf_fail 'setpriv'
	"$HELPERS/attach_helper" "$(id -u nobody)" "$easy" >open
	kill "$easy"
	atf_check -o match:'can be traced' -o match:'mem: can be' cat open
	{
		"$HELPERS/attach_helper" "$(id -u nobody)" "$@" ||
		    atf_fail 'attach_helper failed'
		# A process that was taken over, against itself and others.
		for name in $AGENT_CHILDREN $DISCOVERY_CHILDREN; do
			"$HELPERS/attach_helper" \
			    "$(id -u "_enclave_${name%proc}")" "$@"
		done
	} >ways
	[ ! -s ways ] || {
		cat ways
		atf_fail "$(wc -l <ways) ways into a process"
	}
	for pid in "$@"; do
		kill -0 "$pid" || atf_fail 'a process has ended'
	done
}

belongs_to_nobody()
{
	[ "$(stat -c %u "/proc/$1/mem")" = "$(id -u nobody)" ] &&
	    [ "$(name_of "$1")" = sleep ]
}
