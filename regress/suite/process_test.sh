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


# The table of processes as the system shows it: users, roots, rights, filters,
# titles, descriptors, environment. Whatever the daemons were started with, it
# is the same.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"

suite_case every_child_has_given_up_everything 60 \
    'own user, empty root, no capability, no_new_privs, filter, not dumpable'
suite_case no_two_children_share_a_user 60 \
    'each child has a user and a group of its own'
suite_case only_the_parents_are_root 60 \
    'each daemon is one process of root and its children'
suite_case titles_name_the_processes 60 \
    'ps shows which process is which'
suite_case descriptors_of_children_are_those_of_the_table 60 \
    'each child has open what descriptors.tab lists and no more'
suite_case descriptors_of_parents_are_those_of_the_table 60 \
    'so have the parents, and keep nothing that they inherited'
suite_case children_get_no_environment 60 \
    'TZ and LC_ALL, the name as argument, descriptors 0 to 3, nothing else'
suite_case what_daemons_inherit_is_not_passed_on 90 \
    'stray descriptors and hostile variables make no difference'
suite_case replaced_children_are_like_the_first 120 \
    'after each child was replaced, the table holds as before'
suite_case detached_daemons_are_the_same 60 \
    'without -d: no terminal, no log file, the same children'

# --- parts -------------------------------------------------------------------

# One agent is enough, and the table is written for one.
one_agent()
{
	need_discovery
	need_agent alice
	need_enrolled alice web-clients
	need_link
}

link_is_up()
{
	[ "$(agent_field alice discovery.state)" = up ]
}

need_link()
{
	lab_wait 20 link_is_up || atf_fail 'no link to discovery'
}

begin_with_one_agent()
{
	suite_begin
	suite_nat
	one_agent
	AGENT=$(agent_pid alice)
}

# status PID FIELD: of /proc/PID/status, blanks squeezed
status()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr -s '\t' ' ' |
	    sed 's/ *$//'
}

# wrong TEXT: note it and go on, so that one run tells everything
wrong()
{
	printf '%s\n' "$*" >>wrong
}

judge()
{
	[ ! -s wrong ] || {
		cat wrong
		atf_fail "$(wc -l <wrong) times: $(head -1 wrong)"
	}
}

# same PID WHAT EXPECTED ACTUAL
same()
{
	[ "$3" = "$4" ] || wrong "$(name_of "$1"): $2 is \"$4\", not \"$3\""
}

# A program's user is named after it: netproc is _enclave_net.
check_user()
{
	user=_enclave_${2%proc}
	uid=$(id -u "$user") || atf_fail "no user $user"
	gid=$(id -g "$user")
	same "$1" 'user' "$uid $uid $uid $uid" "$(status "$1" Uid)"
	same "$1" 'group' "$gid $gid $gid $gid" "$(status "$1" Gid)"
	same "$1" 'list of groups' "$gid" "$(status "$1" Groups)"
}

# check_root PID PROGRAM STATE
check_root()
{
	case $2 in
	ctlproc) root=$3/ctl ;;
	storeproc) root=$3/store ;;
	*) root=$3/empty ;;
	esac
	same "$1" 'root' "$root" "$(readlink "/proc/$1/root")"
	same "$1" 'working directory' "$root" "$(readlink "/proc/$1/cwd")"
}

check_rights()
{
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		same "$1" "$set" 0000000000000000 "$(status "$1" "$set")"
	done
	same "$1" NoNewPrivs 1 "$(status "$1" NoNewPrivs)"
	same "$1" Seccomp 2 "$(status "$1" Seccomp)"
	# The files of a process that is not dumpable belong to root.
	for file in mem environ maps status; do
		same "$1" "owner of /proc/PID/$file" 0 \
		    "$(stat -c %u "/proc/$1/$file")"
	done
	same "$1" 'core limit' '0 0' "$(awk '/^Max core file size/ {
		print $5, $6 }' "/proc/$1/limits")"
	case $2 in
	cryptoproc|authproc) ;; # lock the memory where keys are
	*) same "$1" 'limit of locked memory' 0 \
	    "$(awk '/^Max locked memory/ { print $5 }' "/proc/$1/limits")" ;;
	esac
	same "$1" 'threads' 1 "$(status "$1" Threads)"
}

# check_children PARENT STATE PROGRAMS
check_children()
{
	for program in $3; do
		pid=$(child "$1" "$program") || {
			wrong "$program does not run"
			continue
		}
		check_user "$pid" "$program"
		check_root "$pid" "$program" "$2"
		check_rights "$pid" "$program"
	done
	same "$1" 'number of children' "$(echo "$3" | wc -w)" \
	    "$(children "$1" | wc -l)"
	same "$1" 'mode of the empty directory' '555 0 0' \
	    "$(stat -c '%a %u %g' "$2/empty")"
	same "$1" 'content of the empty directory' '' "$(ls -A "$2/empty")"
	same "$1" 'mode of the state directory' '711 0 0' \
	    "$(stat -c '%a %u %g' "$2")"
}

check_all()
{
	check_children "$AGENT" "$DIR/alice" "$AGENT_CHILDREN"
	check_children "$DISCOVERYD" "$DIR/disco" "$DISCOVERY_CHILDREN"
}

# kinds PID: "process kind number" for its open descriptors, sorted
kinds()
{
	name=$(name_of "$1")
	{
		awk '{ print "net", ($4 == "00010000" ? "control" : "channel"),
		    $7 }' "/proc/$1/net/unix"
		awk 'FNR > 1 { print "net", ($4 == "0A" ? "listen" : "tcp"),
		    $10 }' "/proc/$1/net/tcp" "/proc/$1/net/tcp6"
		awk 'FNR > 1 { print "net", "udp", $10 }' \
		    "/proc/$1/net/udp" "/proc/$1/net/udp6"
		awk 'FNR > 1 { print "net", "route", $NF }' \
		    "/proc/$1/net/netlink"
		for fd in /proc/"$1"/fd/*; do
			printf 'fd %s\n' "$(readlink "$fd")"
		done
	} | awk -v name="$name" -v logs="$DIR/log/" '
	    $1 == "net" { socket["socket:[" $3 "]"] = $2; next }
	    $2 in socket { count[socket[$2]]++; next }
	    $2 == "/dev/null" { count["null"]++; next }
	    $2 == "/dev/net/tun" { count["tun"]++; next }
	    $2 == "anon_inode:[eventpoll]" { count["epoll"]++; next }
	    $2 == "anon_inode:[eventfd]" { count["event"]++; next }
	    $2 ~ /^\/memfd:/ { count["memory"]++; next }
	    $2 ~ /^pipe:/ { count["signal"]++; next }
	    index($2, logs) == 1 { count["log"]++; next }
	    { sub(/^.*\//, "", $2); count[$2]++ }
	    END { for (kind in count) print name, kind, count[kind] }' | sort
}

# The tool of the command before may still be connected.
check_descriptors()
{
	sed 's/#.*//' "$TOP/regress/suite/descriptors.tab" |
	    awk -v name="$(name_of "$1")" '$1 == name { print $1, $2, $3 }' |
	    sort >expected
	[ -s expected ] || wrong "$(name_of "$1") is not in the table"
	tries=0
	until kinds "$1" >actual && cmp -s expected actual; do
		tries=$((tries + 1))
		[ "$tries" -lt 20 ] || break
		sleep 0.1
	done
	diff expected actual >difference || {
		wrong "$(name_of "$1"): descriptors differ from the table"
		sed -n 's/^< /    missing: /p; s/^> /    there is: /p' \
		    difference >>wrong
		ls -l "/proc/$1/fd"
	}
}

# first_descriptors PID: what stands at 0 to 3 of a child
check_first_descriptors()
{
	same "$1" 'descriptor 0' /dev/null "$(readlink "/proc/$1/fd/0")"
	same "$1" 'descriptor 1' /dev/null "$(readlink "/proc/$1/fd/1")"
	case $(readlink "/proc/$1/fd/2") in
	/dev/null|"$DIR"/log/*) ;;
	*) wrong "$(name_of "$1"): descriptor 2 is not the log" ;;
	esac
	case $(readlink "/proc/$1/fd/3") in
	socket:*) ;;
	*) wrong "$(name_of "$1"): descriptor 3 is no channel" ;;
	esac
}

check_all_descriptors()
{
	for pid in $(children "$AGENT") $(children "$DISCOVERYD"); do
		check_first_descriptors "$pid"
		check_descriptors "$pid"
	done
}

# --- tests -------------------------------------------------------------------

every_child_has_given_up_everything_body()
{
	begin_with_one_agent
	check_all
	judge
}

no_two_children_share_a_user_body()
{
	begin_with_one_agent
	for pid in $(children "$AGENT") $(children "$DISCOVERYD"); do
		status "$pid" Uid >>users
		status "$pid" Gid >>groups
	done
	atf_check_equal 12 "$(sort -u users | wc -l)"
	atf_check_equal 12 "$(sort -u groups | wc -l)"
	# Their accounts are good for nothing else.
	for name in $AGENT_CHILDREN $DISCOVERY_CHILDREN; do
		getent passwd "_enclave_${name%proc}" | cut -d : -f 7
	done | sort -u >shells
	atf_check -o match:'nologin|false' cat shells
	atf_check_equal 1 "$(wc -l <shells)"
}

only_the_parents_are_root_body()
{
	begin_with_one_agent
	atf_check_equal 14 "$(daemons | wc -l)"
	for pid in $(daemons); do
		case $(status "$pid" Uid) in
		*' 0'*|'0 '*) printf '%s\n' "$pid" ;;
		esac
	done | sort -n >root
	printf '%s\n%s\n' "$AGENT" "$DISCOVERYD" | sort -n >expected
	atf_check -o file:expected cat root
}

titles_name_the_processes_body()
{
	begin_with_one_agent
	for pid in $(children "$AGENT") $(children "$DISCOVERYD"); do
		same "$pid" 'title' "$(name_of "$pid")" \
		    "$(ps -o args= -p "$pid" | sed 's/ *$//')"
	done
	for pid in "$AGENT" "$DISCOVERYD"; do
		name=$(readlink "/proc/$pid/exe")
		case $(ps -o args= -p "$pid") in
		"${name##*/}: parent"*) ;;
		*) wrong "title of ${name##*/}: $(ps -o args= -p "$pid")" ;;
		esac
	done
	judge
}

descriptors_of_children_are_those_of_the_table_body()
{
	begin_with_one_agent
	check_all_descriptors
	judge
}

descriptors_of_parents_are_those_of_the_table_body()
{
	suite_begin
	suite_nat
	WRAP="$HELPERS/dirty_helper mark"
	one_agent
	check_descriptors "$(agent_pid alice)"
	check_descriptors "$DISCOVERYD"
	judge
}

# Programs of ours in the place of the children write down how they start.
install_probes()
{
	suite_mkdir exec
	LIBEXEC=$SUITE_NEW/libexec
	mkdir -m 0755 "$LIBEXEC" "$LIBEXEC/real"
	for name in $AGENT_CHILDREN $DISCOVERY_CHILDREN; do
		cp "$HELPERS/probe_helper" "$LIBEXEC/$name" ||
		    atf_fail 'cannot install probes'
		cp "$BUILD/$name" "$LIBEXEC/real/$name" ||
		    atf_fail 'cannot install probes'
	done
	AGENT_ARGS="-L $LIBEXEC"
	DISCOVERY_ARGS="-L $LIBEXEC"
}

check_probes()
{
	for name in $AGENT_CHILDREN $DISCOVERY_CHILDREN; do
		cat >expected <<EOE
argument $name
descriptor 0
descriptor 1
descriptor 2
descriptor 3
environment LC_ALL=C
environment TZ=UTC
EOE
		sort "$LIBEXEC/$name.seen" >actual || : >actual
		cmp -s expected actual || {
			wrong "$name was started with something else"
			diff expected actual >>wrong
		}
	done
}

children_get_no_environment_body()
{
	suite_begin
	suite_nat
	install_probes
	one_agent
	check_probes
	judge
}

what_daemons_inherit_is_not_passed_on_body()
{
	suite_begin
	suite_nat
	install_probes
	mark=mark$(od -An -N 12 -t x1 /dev/urandom | tr -d ' \n')
	printf '%s' "$mark" >mark
	WRAP="$HELPERS/dirty_helper $mark"
	one_agent
	AGENT=$(agent_pid alice)
	check_probes
	check_all
	for pid in $(children "$AGENT") $(children "$DISCOVERYD"); do
		check_first_descriptors "$pid"
		check_descriptors "$pid"
	done
	# shellcheck disable=SC2046
	"$HELPERS/memsearch_helper" mark 0 "$(wc -c <mark)" \
	    $(children "$AGENT") $(children "$DISCOVERYD") >found ||
	    atf_fail 'memory could not be searched'
	while read -r pid; do
		wrong "$(name_of "$pid") has the parent's environment"
	done <found
	judge
}

kill_and_wait()
{
	old=$(child "$1" "$2") || atf_fail "$2 does not run"
	kill -KILL "$old"
	lab_wait 15 replaced "$1" "$2" "$old" ||
	    atf_fail "$2 is not started again"
}

in_sandbox()
{
	for pid in $(children "$AGENT") $(children "$DISCOVERYD"); do
		[ "$(status "$pid" Seccomp)" = 2 ] || return 1
	done
	[ "$(children "$AGENT" | wc -l)" -eq 5 ] &&
	    [ "$(children "$DISCOVERYD" | wc -l)" -eq 7 ] && link_is_up
}

replaced_children_are_like_the_first_body()
{
	begin_with_one_agent
	for name in $AGENT_CHILDREN; do
		kill_and_wait "$AGENT" "$name"
	done
	for name in $DISCOVERY_CHILDREN; do
		kill_and_wait "$DISCOVERYD" "$name"
	done
	lab_wait 40 in_sandbox || atf_fail 'the daemons do not come back'
	check_all
	check_all_descriptors
	judge
}

detached()
{
	[ "$(daemons | wc -l)" -eq 6 ]
}

detached_daemons_are_the_same_body()
{
	suite_begin
	suite_nat
	PIN=$NO_PIN
	agent_conf alice
	lab_exec alice "$BUILD/enclaved" -f "$DIR/alice.conf" -L "$BUILD" \
	    >out 2>err </dev/null || atf_fail "enclaved: $(cat err)"
	lab_wait "$START_SECONDS" detached ||
	    atf_fail "not six processes: $(daemons | wc -l)"
	AGENT=$(for pid in $(daemons); do
		case $(status "$pid" Uid) in 0\ *) echo "$pid" ;; esac
	done)
	check_children "$AGENT" "$DIR/alice" "$AGENT_CHILDREN"
	same "$AGENT" 'working directory' / "$(readlink "/proc/$AGENT/cwd")"
	same "$AGENT" 'session' "$AGENT" "$(ps -o sid= -p "$AGENT" | tr -d ' ')"
	same "$AGENT" 'terminal' '?' "$(ps -o tty= -p "$AGENT" | tr -d ' ')"
	for pid in $(daemons); do
		same "$pid" 'descriptor 2' /dev/null \
		    "$(readlink "/proc/$pid/fd/2")"
	done
	kill -TERM "$AGENT"
	lab_wait 10 gone || wrong 'it does not end'
	judge
}

gone()
{
	[ -z "$(daemons)" ]
}
