#!/bin/sh
# Prints the rules that follow from the tree and from mk/programs.tab: one
# archive for each folder of lib/, one program for each row of the table,
# one test program for each regress/*/*_test.c, one for each fuzz target.
# Plain enough for every make.
set -eu

# usage: mk/rules.sh system [source-to-leave-out ...]
os=$1
shift
without=$*

# Sources of a folder for this system: foo_linux.c or foo_openbsd.c, not both,
# and none that is to be left out.
sources()
{
	for f in "$1"/*.c; do
		case $f in
		*_linux.c)	[ "$os" = linux ] || continue ;;
		*_openbsd.c)	[ "$os" = openbsd ] || continue ;;
		*'*'*)		continue ;;
		esac
		case " $without " in
		*" $f "*)	continue ;;
		esac
		echo "$f"
	done
	if [ -f "$1/parse.y" ]; then
		echo "build/$1_parse.c"
	fi
}

objects()
{
	sources "$1" | sed 's/\.c$/.o/' | tr '\n' ' '
}

modules=
all_objects=
for d in lib/*/; do
	m=$(basename "$d")
	o=$(objects "lib/$m")
	[ -n "$o" ] || continue
	modules="$modules $m"
	all_objects="$all_objects $o"
	printf 'build/lib%s.a: %s\n' "$m" "$o"
	printf '\t@rm -f $@\n\t$(AR) rcs $@ %s\n\n' "$o"
done

programs=
while read -r name place folders rest; do
	case $name in ''|'#'*) continue ;; esac
	own=$(echo "$folders" | tr ',' ' ')
	o=
	for d in $own; do
		o="$o $(objects "$d")"
	done
	[ -n "$(echo "$o" | tr -d ' ')" ] || continue
	# The modules end where the first library begins: two tabs apart.
	mods=$(echo "$rest" | sed 's/	.*//')
	libs=$(echo "$rest" | sed 's/^[^	]*	*//')
	archives=
	for m in $mods; do
		archives="$archives build/lib$m.a"
	done
	flags=
	for l in $libs; do
		case $os-$l in
		openbsd-bsd|openbsd-seccomp|openbsd-md|openbsd-gcrypt)	continue ;;
		esac
		flags="$flags -l$l"
	done
	programs="$programs build/$name"
	all_objects="$all_objects $o"
	printf 'build/%s: %s %s\n' "$name" "$o" "$archives"
	printf '\t@echo "ld $@"\n\t@$(CC) $(LDFLAGS) -Wl,-Map,build/%s.map -o $@ %s %s%s $(LIBS)\n\n' \
	    "$name" "$o" "$archives" "$flags"
	case $place in
	sbin)	eval "sbin=\"\${sbin:-} build/$name\"" ;;
	bin)	eval "bin=\"\${bin:-} build/$name\"" ;;
	*)	eval "libexec=\"\${libexec:-} build/$name\"" ;;
	esac
	case $name in
	cryptoproc|ctlproc|linkproc)
		[ -f regress/suite/skew.c ] || continue
		skewed="${skewed:-} build/skewed/$name"
		printf 'build/skewed/%s: %s regress/suite/skew.o %s\n' \
		    "$name" "$o" "$archives"
		printf '\t@mkdir -p build/skewed\n'
		printf '\t@echo "ld $@"\n\t@$(CC) $(LDFLAGS) -o $@ %s regress/suite/skew.o %s%s $(LIBS)\n\n' \
		    "$o" "$archives" "$flags" ;;
	esac
done < mk/programs.tab

all_archives=
for m in $modules; do
	all_archives="$all_archives build/lib$m.a"
done

# Tests of code that lives in a process folder link its objects but main's;
# a process with other constants is linked of all of its own.
extra_objects()
{
	case $1 in
	regress/interop/*_cryptoproc_helper.c)
		objects cryptoproc ;;
	regress/storeproc/*_storeproc_helper.c)
		objects storeproc | tr ' ' '\n' | grep -v /life_limits |
		    tr '\n' ' ' ;;
	regress/sandbox/*)
		for x in */sandbox.c; do
			printf '%s ' "${x%.c}.o"
		done ;;
	regress/store/*)
		objects storeproc | tr ' ' '\n' | grep '/db\|/schema' |
		    tr '\n' ' ' ;;
	regress/client/enclavectl_test.c|regress/client/ask_test.c|\
	regress/client/auth_test.c)
		objects enclavectl | tr ' ' '\n' | grep -v /main | tr '\n' ' ' ;;
	regress/client/discoveryctl_test.c|regress/client/value_test.c|regress/client/life_test.c|\
	regress/client/apply_test.c)
		objects discoveryctl | tr ' ' '\n' | grep -v /main |
		    tr '\n' ' ' ;;
	regress/ctlproc/*)
		echo ctlproc/reason.o ;;
	regress/keys/keyfile_test.c)
		echo enclaved/keyfile.o ;;
	regress/hostile/netproc_helper.c)
		objects netproc ;;
	regress/hostile/tunproc_helper.c)
		objects tunproc ;;
	regress/fuzz/audit_fuzz.c)
		echo discoveryctl/audit_line.o ;;
	regress/conf/*|regress/fuzz/conf_fuzz.c)
		echo enclaved/conf.o enclaved/conf_peer.o \
		    build/enclaved_parse.o \
		    discoveryd/conf.o build/discoveryd_parse.o \
		    relayd/conf.o build/relayd_parse.o ;;
	esac
}

tests=
for f in regress/*/*_test.c; do
	[ -f "$f" ] || continue
	t=build/${f%.c}
	x=$(extra_objects "$f")
	tests="$tests $t"
	all_objects="$all_objects ${f%.c}.o"
	printf '%s: %s %s %s\n' "$t" "${f%.c}.o" "$x" "$all_archives"
	printf '\t@mkdir -p $$(dirname $@)\n'
	printf '\t@echo "ld $@"\n\t@$(CC) $(LDFLAGS) -o $@ %s %s $(GROUP) $(TEST_LIBS)\n\n' \
	    "${f%.c}.o" "$x"
done
for f in regress/*/*_test.sh; do
	[ -f "$f" ] || continue
	t=build/${f%.sh}
	tests="$tests $t"
	printf '%s: %s\n' "$t" "$f"
	printf '\t@mkdir -p $$(dirname $@)\n'
	# shellcheck disable=SC2016
	printf '\t{ printf "#!%%s\\n" "$(ATF_SH)"; sed "1{/^#!/d;}" %s; } > $@\n' "$f"
	printf '\tchmod 755 $@\n\n'
done

# Those with a clock that is wrong by as much as their folder says.
helpers=${skewed:-}
for f in regress/*/*_helper.c regress/netns/findbytes.c; do
	[ -f "$f" ] || continue
	t=build/${f%.c}
	x=$(extra_objects "$f")
	helpers="$helpers $t"
	all_objects="$all_objects ${f%.c}.o"
	printf '%s: %s %s %s\n' "$t" "${f%.c}.o" "$x" "$all_archives"
	printf '\t@mkdir -p $$(dirname $@)\n'
	printf '\t@echo "ld $@"\n\t@$(CC) $(LDFLAGS) -o $@ %s %s $(GROUP) $(TEST_LIBS)\n\n' \
	    "${f%.c}.o" "$x"
done
# These are built around the sources of others.
echo 'regress/hostile/netproc_helper.o: lib/ring/ring.c'
echo 'regress/hostile/tunproc_helper.o: lib/ring/ring.c'

fuzz=
replay=
for f in regress/fuzz/*_fuzz.c; do
	[ -f "$f" ] || continue
	t=build/${f%.c}
	x=$(extra_objects "$f")
	fuzz="$fuzz $t"
	replay="$replay ${t}_replay"
	all_objects="$all_objects ${f%.c}.o"
	printf '%s: %s %s %s\n' "$t" "$f" "$x" "$all_archives"
	printf '\t@mkdir -p $$(dirname $@)\n'
	printf '\tclang $(CFLAGS) -fsanitize=fuzzer,address,undefined -o $@ %s %s $(GROUP) $(TEST_LIBS)\n\n' \
	    "$f" "$x"
	printf '%s_replay: %s regress/fuzz/replay.o %s %s\n' "$t" "${f%.c}.o" \
	    "$x" "$all_archives"
	printf '\t@mkdir -p $$(dirname $@)\n'
	printf '\t@echo "ld $@"\n\t@$(CC) $(LDFLAGS) -o $@ %s regress/fuzz/replay.o %s $(GROUP) $(TEST_LIBS)\n\n' \
	    "${f%.c}.o" "$x"
done

printf 'GROUP = -Wl,--start-group%s -Wl,--end-group\n' "$all_archives"
printf 'PROGRAMS =%s\n' "$programs"
printf 'SBIN =%s\n' "${sbin:-}"
printf 'BIN =%s\n' "${bin:-}"
printf 'LIBEXEC =%s\n' "${libexec:-}"
printf 'TESTS =%s\n' "$tests"
printf 'HELPERS =%s\n' "$helpers"
printf 'FUZZ =%s\n' "$fuzz"
printf 'REPLAY =%s\n' "$replay"
printf 'OBJECTS =%s\n' "$(echo "$all_objects" | tr ' ' '\n' | sort -u |
    tr '\n' ' ')"
