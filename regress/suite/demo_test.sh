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

# The demonstration as a test: the whole way once, as a newcomer sees it.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case demo_holds 300 'regress/netns/demo.sh with the programs of this tree'
suite_case demo_removes_what_it_made 300 \
    'also when it is broken off in the middle'

demo_holds_body()
{
	suite_begin
	atf_check -o match:'demo: all [0-9]+ steps held' -o not-match:FAILED \
	    -e empty sh "$TOP/regress/netns/demo.sh" "$BUILD"
}

waiting_for_tunnel()
{
	grep -q 'Waiting for a direct tunnel' output
}

# The lab of a demonstration is named after its process.
demo_removes_what_it_made_body()
{
	suite_begin
	sh "$TOP/regress/netns/demo.sh" "$BUILD" >output 2>&1 &
	demo=$!
	lab_wait 60 waiting_for_tunnel || {
		kill "$demo"
		cat output
		atf_fail 'it does not get that far'
	}
	kill -TERM "$demo"
	wait "$demo"
	atf_check_equal 143 $?
	atf_check -o match:'Everything that was made is removed' cat output
	ls -d /run/netns/*"$demo"-* 2>/dev/null &&
	    atf_fail 'namespaces are left'
	:
}
