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

# What goes wrong for people: each gives one line that names the cause and what
# to do, and the documented exit code.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"
# shellcheck source=judge.sh
. "${0%/*}/judge.sh"

# enclavectl
suite_case wrong_enrolment_key 60 'a key that nobody made: 5'
suite_case used_up_enrolment_key 60 'a key for one system, twice: 5'
suite_case disabled_enrolment_key 60 '5'
suite_case expired_enrolment_key 60 '5'
suite_case deleted_enrolment_key 60 '5'
suite_case malformed_enrolment_key 60 'what is no key at all: 1'
suite_case enrolled_twice 60 'a system that is enrolled: 5'
suite_case wrong_server_certificate 60 'another pin than the configured: 1'
suite_case unreachable_discovery 90 'nobody there, and silence: 1'
suite_case name_that_does_not_resolve 60 'no name server: 1'
suite_case something_else_on_the_port 60 'a web server without TLS: 1'
suite_case status_before_enrolment 60 '4, and JSON all the same'
suite_case tools_without_daemon 60 '3 for both tools'
suite_case tools_of_a_stranger 60 'who may not use the socket: 5'
suite_case tools_used_wrongly 60 '2, with the usage'
suite_case administrators_mistakes 60 'what does not exist, or exists already'

# daemons
suite_case daemons_without_root 60 'not root: 1'
suite_case daemons_used_wrongly 60 'unknown option, argument: 2'
suite_case no_tun_device 60 'no /dev/net/tun: 1'
suite_case interface_name_in_use 60 'another interface has the name: 1'
suite_case ports_in_use 60 'UDP of the agent, TCP and UDP of discovery: 1'
suite_case address_of_another_machine 60 'listen on a foreign address: 1'
suite_case second_daemon_on_the_same_state 60 '1, and the first goes on'
suite_case key_file_that_others_can_read 60 '1, and it stays as it is'
suite_case damaged_key_file 60 '1, and it stays as it is'
suite_case damaged_key_files_of_discovery 60 'TLS key, certificate, authorities'
suite_case bad_configuration 60 'file and line are named: 1'
suite_case missing_configuration 60 '1'
suite_case missing_user 60 'one of the users of the children: 1'
suite_case missing_group 60 'of the control socket: 1'
suite_case missing_programs 60 'the children are not where they should be: 1'
suite_case damaged_database 60 'kept, told, and not overwritten'

# --- parts -------------------------------------------------------------------

# Daemons that must not go on, started by $WRAP if that is set.
agent_daemon()
{
	# shellcheck disable=SC2086
	try alice $WRAP "$BUILD/enclaved" -d -f "$DIR/alice.conf" -L "$BUILD" \
	    "$@"
}

discovery_daemon()
{
	# shellcheck disable=SC2086
	try "$DISCO" $WRAP "$BUILD/enclave-discoveryd" -d \
	    -f "$DIR/disco.conf" -L "$BUILD" "$@"
}

begin_with_agent()
{
	suite_begin
	suite_nat
	need_discovery
	need_agent alice
}

begin_without_daemons()
{
	suite_begin
	suite_nat
	PIN=$NO_PIN
	agent_conf alice
	discovery_conf
}

need_not_enrolled()
{
	tool alice status
	atf_check_equal 4 "$RC"
}

# The next good key is taken, so nothing was spoilt.
need_good_key()
{
	need_enrolled alice web-clients
}

new_key()
{
	KEY=$(admin key add -a -o "$ORG" "$@") || atf_fail 'key add'
}

# --- enrolment ---------------------------------------------------------------

wrong_enrolment_key_body()
{
	begin_with_agent
	# As a real one, its last group twisted.
	new_key
	case $KEY in
	*22222) KEY=${KEY%?????}33333 ;;
	*) KEY=${KEY%?????}22222 ;;
	esac
	tool alice enrol
	judge 'wrong key' "$RC" 5 'key'
	need_not_enrolled
	need_good_key
}

used_up_enrolment_key_body()
{
	begin_with_agent
	need_agent bob
	new_key -u 1
	tool bob enrol
	atf_check_equal 0 "$RC"
	tool alice enrol
	judge 'used-up key' "$RC" 5 'key.*(used up|no uses left)'
	need_not_enrolled
	need_good_key
}

disabled_enrolment_key_body()
{
	begin_with_agent
	new_key
	id=$(admin -j key list | flat | field 0.id)
	admin key disable -o "$ORG" "$id" >/dev/null || atf_fail 'disable'
	tool alice enrol
	judge 'disabled key' "$RC" 5 'key.*disabled'
	need_not_enrolled
	admin key enable -o "$ORG" "$id" >/dev/null || atf_fail 'enable'
	tool alice enrol
	atf_check_equal 0 "$RC"
}

later()
{
	[ "$(date +%s)" -gt "$1" ]
}

expired_enrolment_key_body()
{
	begin_with_agent
	ends=$(($(date +%s) + 2))
	new_key -e "$(date -u -d "@$ends" +%Y-%m-%dT%H:%M:%SZ)"
	lab_wait 10 later "$ends" || atf_fail 'time stands still'
	tool alice enrol
	judge 'expired key' "$RC" 5 'key.*expired'
	need_not_enrolled
	need_good_key
}

deleted_enrolment_key_body()
{
	begin_with_agent
	new_key
	admin key delete -o "$ORG" \
	    "$(admin -j key list | flat | field 0.id)" >/dev/null ||
	    atf_fail 'delete'
	tool alice enrol
	judge 'deleted key' "$RC" 5 'key'
	need_good_key
}

malformed_enrolment_key_body()
{
	begin_with_agent
	for KEY in x 22222-22222-22222-22222 \
	    22222-22222-22222-22222-22222-22222 \
	    00000-00000-00000-00000-00000 '' \
	    "$(printf '%0300d' 2)"; do
		tool alice enrol
		judge "key \"$KEY\"" "$RC" 1 'key'
		[ -z "$KEY" ] || [ "$KEY" = x ] ||
		    ! grep -q -F -e "$KEY" err ||
		    atf_fail 'what may be a key is printed'
	done
	tool alice enrol 22222-22222-22222-22222-22222
	judge 'key as argument' "$RC" 2 'command line' 'standard input'
	tool alice enrol -f "$DIR/nothing"
	judge 'no file' "$RC" 1 'No such file' "$DIR/nothing"
	need_not_enrolled
	need_good_key
}

enrolled_twice_body()
{
	begin_with_agent
	need_good_key
	name=$(agent_field alice system)
	new_key -u 1
	tool alice enrol
	[ "$RC" = 5 ] || atf_fail "ends with $RC"
	atf_check_equal 1 "$(wc -l <err)"
	atf_check -o match:"already enrolled as $name in $ORG" cat err
	# The key was not used for that.
	need_agent bob
	tool bob enrol
	atf_check_equal 0 "$RC"
}

wrong_server_certificate_body()
{
	suite_begin
	suite_nat
	need_discovery
	new_key
	good=$PIN
	PIN=$NO_PIN
	need_agent alice
	tool alice enrol
	judge 'wrong pin' "$RC" 1 'certificate has pin SHA256:[0-9a-f]{64}'
	grep -q -i "${good#SHA256:}" err || atf_fail 'it is not the true pin'
	need_not_enrolled
	atf_check_equal '' "$(admin -j system list | flat | grep '\.system=')"
	[ "$(agent_field alice discovery.state)" != up ] ||
	    atf_fail 'it says that the link is up'
}

unreachable_discovery_body()
{
	begin_without_daemons
	need_agent alice
	KEY=22222-22222-22222-22222-22222
	tool alice enrol
	judge 'nobody there' "$RC" 1 '198\.51\.100\.2.*refused'
	# And a host that drops everything.
	stop_agent alice
	sed 's/198\.51\.100\.2"/198.51.100.12"/' "$DIR/alice.conf" >conf
	cat conf >"$DIR/alice.conf"
	need_agent alice
	tool alice enrol
	judge 'silence' "$RC" 1 '198\.51\.100\.12'
	need_not_enrolled
}

name_that_does_not_resolve_body()
{
	begin_without_daemons
	sed 's/^discovery "[0-9.]*"/discovery "no.such.name.invalid"/' \
	    "$DIR/alice.conf" >conf
	cat conf >"$DIR/alice.conf"
	need_agent alice
	KEY=22222-22222-22222-22222-22222
	tool alice enrol
	judge 'unknown name' "$RC" 1 'no\.such\.name\.invalid'
}

something_else_on_the_port_body()
{
	begin_without_daemons
	mkdir -p "$DIR/www"
	lab_spawn disco "$DIR/log/httpd.log" \
	    busybox httpd -f -p "$DISCO4:443" -h "$DIR/www"
	need_agent alice
	KEY=22222-22222-22222-22222-22222
	tool alice enrol
	judge 'no TLS' "$RC" 1 '198\.51\.100\.2'
}

# --- tools -------------------------------------------------------------------

status_before_enrolment_body()
{
	begin_with_agent
	tool alice status
	atf_check_equal 4 "$RC"
	atf_check_equal 1 "$(cat out err | wc -l)"
	atf_check -o match:'not enrolled.*enclavectl enrol' cat out err
	tool alice peers
	atf_check_equal 4 "$RC"
	tool alice -j status
	atf_check_equal 4 "$RC"
	atf_check_equal null "$(flat <out | field system)"
	atf_check_equal null "$(flat <out | field organisation)"
	tool alice -j peers
	atf_check_equal 4 "$RC"
	atf_check -o inline:'[]\n' cat out
}

tools_without_daemon_body()
{
	begin_without_daemons
	for command in status peers 'enrol'; do
		KEY=22222-22222-22222-22222-22222
		tool alice "$command"
		judge "$command" "$RC" 3 'enclaved is not running'
	done
	for command in status pin 'org list' 'key list' 'org add x'; do
		# shellcheck disable=SC2086
		admin $command >out 2>err
		judge "$command" $? 3 'enclave-discoveryd is not running'
	done
	# A socket that a crash left behind.
	lab_spawn alice "$DIR/log/nc.log" nc -l -U "$DIR/alice.sock"
	lab_wait 5 test -S "$DIR/alice.sock" || atf_fail 'no socket'
	kill -KILL "$LAB_PID"
	wait "$LAB_PID"
	tool alice status
	judge 'stale socket' "$RC" 3 'enclaved is not running'
	need_agent alice
	tool alice version
	atf_check_equal 0 "$RC"
}

tools_of_a_stranger_body()
{
	begin_with_agent
	try alice setpriv --reuid nobody --regid nogroup --clear-groups \
	    "$BUILD/enclavectl" -s "$DIR/alice.sock" status
	judge 'enclavectl' "$RC" 5 'may not use'
	try disco setpriv --reuid nobody --regid nogroup --clear-groups \
	    "$BUILD/enclave-discoveryctl" -s "$DIR/disco.sock" status
	judge 'enclave-discoveryctl' "$RC" 5 'may not use'
}

tools_used_wrongly_body()
{
	begin_with_agent
	for arguments in '' nonsense 'status x' 'status -x' '-s' 'enrol -D' \
	    'peers x'; do
		# shellcheck disable=SC2086
		tool alice $arguments
		[ "$RC" = 2 ] || atf_fail "\"$arguments\": ends with $RC"
		[ -s err ] || atf_fail "\"$arguments\": nothing is said"
		[ ! -s out ] ||
		    atf_fail "\"$arguments\": not on standard error"
	done
	for arguments in '' nonsense org 'org x' 'org add' 'key add' \
	    'policy add -o example x' 'system tag' 'key add -o example -u x' \
	    'policy add -o example -s a -r b -a tcp/99999 x' \
	    'system tag 0000O x' 'org add -4 1.2.3.4/33 x' 'org add UPPER'; do
		# shellcheck disable=SC2086
		admin $arguments >out 2>err
		rc=$?
		[ "$rc" = 2 ] || atf_fail "\"$arguments\": ends with $rc"
		[ -s err ] || atf_fail "\"$arguments\": nothing is said"
		[ ! -s out ] ||
		    atf_fail "\"$arguments\": not on standard error"
	done
}

# admin_fails WHAT CAUSE ARGUMENT...
admin_fails()
{
	what=$1
	cause=$2
	shift 2
	admin "$@" >out 2>err
	rc=$?
	case $rc in
	1|2|5) ;;
	*) atf_fail "$what: ends with $rc" ;;
	esac
	atf_check_equal 1 "$(wc -l <err)"
	atf_check -o match:"$cause" cat err
}

administrators_mistakes_body()
{
	begin_with_agent
	admin_fails 'the same organisation' "$ORG|exists" org add "$ORG"
	admin_fails 'no such organisation' 'nowhere|organisation' \
	    key add -o nowhere
	admin_fails 'no such key' 'key|77' key disable -o "$ORG" 77
	admin_fails 'no such system' '22222|system' system disable 22222
	admin_fails 'no such policy' 'none|policy' \
	    policy disable -o "$ORG" none
	policy one a b any || atf_fail 'policy add'
	admin_fails 'the same policy' 'one|exists' \
	    policy add -o "$ORG" -s a -r b -a any one
	admin_fails 'an expiry in the past' 'expir|past|time' \
	    key add -o "$ORG" -e 2020-01-01T00:00:00Z
}

# --- daemons -----------------------------------------------------------------

daemons_without_root_body()
{
	begin_without_daemons
	WRAP='setpriv --reuid nobody --regid nogroup --clear-groups'
	agent_daemon
	judge 'enclaved' "$RC" 1 'root'
	discovery_daemon
	judge 'enclave-discoveryd' "$RC" 1 'root'
	# To check a configuration one need not be root.
	agent_daemon -n
	atf_check_equal 0 "$RC"
	discovery_daemon -n
	atf_check_equal 0 "$RC"
}

daemons_used_wrongly_body()
{
	begin_without_daemons
	for arguments in -x x '-f'; do
		try alice "$BUILD/enclaved" -d "$arguments"
		[ "$RC" = 2 ] || atf_fail "enclaved $arguments: $RC"
		grep -q '^usage:' err || atf_fail "$arguments: no usage"
		try disco "$BUILD/enclave-discoveryd" -d "$arguments"
		[ "$RC" = 2 ] || atf_fail "enclave-discoveryd $arguments: $RC"
		grep -q '^usage:' err || atf_fail "$arguments: no usage"
	done
	# Nor is a child a program for people.
	for name in $AGENT_CHILDREN $DISCOVERY_CHILDREN; do
		try alice "$BUILD/$name"
		[ "$RC" = 2 ] || atf_fail "$name by hand: $RC"
		atf_check_equal 1 "$(wc -l <err)"
	done
}

# What is changed in a mount namespace is changed for the daemon alone.
no_tun_device_body()
{
	begin_without_daemons
	cat >"$DIR/hide" <<'EOS'
mount -t tmpfs none /dev/net || exit 99
exec "$@"
EOS
	WRAP="unshare -m sh $DIR/hide"
	agent_daemon
	judge 'no device' "$RC" 1 '/dev/net/tun'
	# There, but not this device.
	cat >"$DIR/hide" <<'EOS'
mount -t tmpfs none /dev/net && : >/dev/net/tun || exit 99
exec "$@"
EOS
	agent_daemon
	judge 'an empty file' "$RC" 1 '/dev/net/tun'
}

interface_name_in_use_body()
{
	begin_without_daemons
	ip -n "$(lab_ns alice)" link add enclave0 type dummy ||
	    ip -n "$(lab_ns alice)" link add enclave0 type bridge ||
	    atf_skip 'no interface can be made'
	agent_daemon
	judge 'enclaved' "$RC" 1 'enclave0'
	ip -n "$(lab_ns alice)" link show enclave0 >/dev/null ||
	    atf_fail 'the other interface is gone'
}

listens()
{
	lab_exec "$1" sh -c "cat /proc/net/$2" | awk -v port="$3" '
	    { sub(/^.*:/, "", $2) } $2 == port { found = 1 }
	    END { exit(!found) }'
}

ports_in_use_body()
{
	begin_without_daemons
	echo 'port 7777' >>"$DIR/alice.conf"
	lab_spawn alice "$DIR/log/nc.log" nc -u -l 0.0.0.0 7777
	lab_wait 5 listens alice udp 1E61 || atf_fail 'nc'
	agent_daemon
	judge 'enclaved' "$RC" 1 '7777 is in use'
	lab_spawn disco "$DIR/log/nc.log" nc -l "$DISCO4" 443
	other=$LAB_PID
	lab_wait 5 listens disco tcp 01BB || atf_fail 'nc'
	discovery_daemon
	judge 'enclave-discoveryd' "$RC" 1 "$DISCO4:443.*in use"
	kill "$other"
	wait "$other"
	lab_spawn disco "$DIR/log/nc.log" nc -u -l "$DISCO4" 3478
	lab_wait 5 listens disco udp 0D96 || atf_fail 'nc'
	discovery_daemon
	judge 'enclave-discoveryd' "$RC" 1 "$DISCO4:3478.*in use"
	other=$LAB_PID
	kill "$other"
	wait "$other"
	lab_spawn disco "$DIR/log/nc.log" nc -l "$DISCO4" 3479
	lab_wait 5 listens disco tcp 0D97 || atf_fail 'nc'
	discovery_daemon
	judge 'the alternate port' "$RC" 1 "tcp $DISCO4:3479.*in use"
}

address_of_another_machine_body()
{
	begin_without_daemons
	sed 's/198\.51\.100\.2/198.51.100.99/' "$DIR/disco.conf" >conf
	cat conf >"$DIR/disco.conf"
	discovery_daemon
	[ "$RC" = 1 ] || atf_fail "ends with $RC"
	atf_check_equal 1 "$(wc -l <err)"
	atf_check -o match:'198\.51\.100\.99:443.*does not have' cat err
}

second_daemon_on_the_same_state_body()
{
	begin_with_agent
	sed 's/enclave0/enclave1/; s/alice\.sock/other.sock/' \
	    "$DIR/alice.conf" >"$DIR/other.conf"
	try alice "$BUILD/enclaved" -d -f "$DIR/other.conf" -L "$BUILD"
	judge 'enclaved' "$RC" 1 "another daemon is using $DIR/alice"
	try alice "$BUILD/enclaved" -d -f "$DIR/alice.conf" -L "$BUILD"
	judge 'the same again' "$RC" 1 'another daemon is using'
	sed 's/port 443/port 444/; s/port 3478/port 3479/
	    s/disco\.sock/other.sock/' "$DIR/disco.conf" >"$DIR/other.conf"
	try disco "$BUILD/enclave-discoveryd" -d -f "$DIR/other.conf" \
	    -L "$BUILD"
	judge 'enclave-discoveryd' "$RC" 1 'another daemon is using'
	need_good_key
}

# The agent has run once and made its keys.
with_keys()
{
	begin_without_daemons
	need_agent alice
	lab_wait 10 test -s "$DIR/alice/keys" || atf_fail 'no key file'
	stop_agent alice || atf_fail "ends with $?"
	cp "$DIR/alice/keys" keys
}

key_file_that_others_can_read_body()
{
	with_keys
	chmod 644 "$DIR/alice/keys"
	agent_daemon
	judge 'readable' "$RC" 1 "$DIR/alice/keys.*root"
	chmod 600 "$DIR/alice/keys"
	chown nobody "$DIR/alice/keys"
	agent_daemon
	judge 'foreign' "$RC" 1 "$DIR/alice/keys.*root"
	atf_check cmp keys "$DIR/alice/keys"
	chown root "$DIR/alice/keys"
	need_agent alice
	atf_check cmp keys "$DIR/alice/keys"
}

damaged_key_file_body()
{
	with_keys
	for size in 0 1 104 106 5000; do
		head -c "$size" /dev/urandom >"$DIR/alice/keys"
		cp "$DIR/alice/keys" damaged
		agent_daemon
		judge "$size bytes" "$RC" 1 "$DIR/alice/keys is not a key file"
		atf_check cmp damaged "$DIR/alice/keys"
	done
	rm "$DIR/alice/keys"
	ln -s "$PWD/keys" "$DIR/alice/keys"
	agent_daemon
	judge 'a link' "$RC" 1 "$DIR/alice/keys"
	rm "$DIR/alice/keys"
	mkdir "$DIR/alice/keys"
	agent_daemon
	judge 'a directory' "$RC" 1 "$DIR/alice/keys"
}

damaged_key_files_of_discovery_body()
{
	begin_without_daemons
	need_discovery
	stop_discovery
	cp -p "$DIR/disco/authorities" "$DIR/disco/tls.key" \
	    "$DIR/disco/tls.crt" .
	for file in authorities tls.key; do
		chmod 640 "$DIR/disco/$file"
		discovery_daemon
		judge "$file readable" "$RC" 1 "disco/$file"
		chmod 600 "$DIR/disco/$file"
	done
	for file in authorities tls.key tls.crt; do
		head -c 77 /dev/urandom >"$DIR/disco/$file"
		cp "$DIR/disco/$file" damaged
		discovery_daemon
		judge "$file damaged" "$RC" 1 \
		    "disco/$file|certificate|TLS key"
		atf_check cmp damaged "$DIR/disco/$file"
		cat "$file" >"$DIR/disco/$file"
	done
	rm "$DIR/disco/tls.crt"
	discovery_daemon
	judge 'tls.crt gone' "$RC" 1 'tls\.crt'
	cat tls.crt >"$DIR/disco/tls.crt"
	start_discovery || atf_fail 'it does not start with its files back'
	atf_check -o match:"^0.name=$ORG\$" sh -c \
	    "$BUILD/enclave-discoveryctl -s $DIR/disco.sock -j org list |
	    awk -f $TOP/regress/netns/json.awk"
}

bad_configuration_body()
{
	begin_without_daemons
	cp "$DIR/alice.conf" good
	lines=$(wc -l <good)
	for line in nonsense 'port 99999' 'port x' 'mtu 10' 'interface' \
	    'interface "a/b"' 'discovery pin "SHA256:12"' 'log level loud' \
	    'socket "relative"' "discovery ca \"/x\"" 'interface "enclave1'
	do
		{
			cat good
			echo "$line"
		} >"$DIR/alice.conf"
		for option in -d -n; do
			agent_daemon "$option"
			judge "$line" "$RC" 1 'alice\.conf:[0-9]' \
			    "alice\\.conf:$((lines + 1)): "
		done
		[ ! -e "$DIR/alice" ] || atf_fail 'something was made'
	done
	: >"$DIR/alice.conf"
	agent_daemon
	[ "$RC" = 1 ] || atf_fail "an empty file: ends with $RC"
	atf_check_equal 1 "$(wc -l <err)"
	atf_check -o match:'no discovery server' cat err
	head -c 3000 /dev/urandom >"$DIR/alice.conf"
	agent_daemon
	[ "$RC" = 1 ] || atf_fail "garbage: ends with $RC"
	[ "$(wc -l <err)" -ge 1 ] || atf_fail 'garbage: nothing is said'
	LC_ALL=C grep -q '[^[:print:]]' err && atf_fail 'garbage is printed'
	echo 'nonsense' >>"$DIR/disco.conf"
	discovery_daemon
	[ "$RC" = 1 ] || atf_fail "enclave-discoveryd ends with $RC"
	atf_check_equal 1 "$(wc -l <err)"
	atf_check -o match:'disco\.conf:5' cat err
}

missing_configuration_body()
{
	begin_without_daemons
	rm "$DIR/alice.conf" "$DIR/disco.conf"
	agent_daemon
	[ "$RC" = 1 ] || atf_fail "enclaved ends with $RC"
	atf_check_equal 1 "$(wc -l <err)"
	atf_check -o match:"$DIR/alice.conf.*No such file" cat err
	discovery_daemon
	[ "$RC" = 1 ] || atf_fail "enclave-discoveryd ends with $RC"
	atf_check_equal 1 "$(wc -l <err)"
	atf_check -o match:"$DIR/disco.conf.*No such file" cat err
}

missing_user_body()
{
	begin_without_daemons
	sed '/^_enclave_net:/d; /^_enclave_stun:/d' /etc/passwd >"$DIR/passwd"
	chmod 644 "$DIR/passwd"
	cat >"$DIR/hide" <<EOS
mount --bind $DIR/passwd /etc/passwd || exit 99
exec "\$@"
EOS
	WRAP="unshare -m sh $DIR/hide"
	agent_daemon
	judge 'enclaved' "$RC" 1 'user _enclave_net does not exist'
	discovery_daemon
	judge 'enclave-discoveryd' "$RC" 1 'user _enclave_stun does not exist'
}

missing_group_body()
{
	begin_without_daemons
	for name in alice disco; do
		sed 's/^socket .*/& group "no-such-group"/' \
		    "$DIR/$name.conf" >conf
		cat conf >"$DIR/$name.conf"
	done
	agent_daemon
	[ "$RC" = 1 ] || atf_fail "enclaved ends with $RC"
	atf_check_equal 1 "$(wc -l <err)"
	atf_check -o match:'group no-such-group does not exist' cat err
	discovery_daemon
	[ "$RC" = 1 ] || atf_fail "enclave-discoveryd ends with $RC"
	atf_check_equal 1 "$(wc -l <err)"
	atf_check -o match:'group no-such-group does not exist' cat err
}

missing_programs_body()
{
	begin_without_daemons
	agent_daemon -L "$DIR/nowhere"
	judge 'enclaved' "$RC" 1 "cannot execute $DIR/nowhere/"
	discovery_daemon -L "$DIR/nowhere"
	judge 'enclave-discoveryd' "$RC" 1 "cannot execute $DIR/nowhere/"
	# One of them only.
	suite_mkdir exec
	cp "$BUILD"/*proc "$SUITE_NEW"
	rm "$SUITE_NEW/linkproc"
	agent_daemon -L "$SUITE_NEW"
	judge 'enclaved' "$RC" 1 "cannot execute $SUITE_NEW/linkproc"
}

damaged_database_body()
{
	begin_with_agent
	need_good_key
	stop_agent alice
	stop_discovery
	for file in alice/ctl/agent.db disco/store/discovery.db; do
		[ -s "$DIR/$file" ] || atf_fail "no $file"
		rm -f "$DIR/$file-wal" "$DIR/$file-shm"
		head -c 8192 /dev/urandom >"$DIR/$file"
	done
	cp "$DIR/disco/store/discovery.db" damaged
	discovery_daemon
	[ "$RC" = 1 ] || atf_fail "enclave-discoveryd ends with $RC"
	cat err
	grep -q -i -e 'database' -e 'discovery\.db' err ||
	    atf_fail 'the database is not named'
	need_kept "$DIR"/disco/store/discovery.db*
	# The agent has nothing there that discovery could not say again but
	# its certificate: it says what to do and keeps the file.
	cp "$DIR/alice/ctl/agent.db" damaged
	start_agent alice
	grep -i -e 'database' -e 'agent\.db' "$DIR/log/alice.log" >told ||
	    atf_fail 'the log does not name the database'
	need_kept "$DIR"/alice/ctl/agent.db*
}

# need_kept FILE...: one of them is the damaged one
need_kept()
{
	for file in "$@"; do
		! cmp -s damaged "$file" || return 0
	done
	atf_fail 'the damaged database is gone'
}
