# GNU make and BSD make both read this file.  Targets: all, install, clean,
# deps, users, check, demo, bench, san, lint, fuzz.

OS != uname -s
include mk/${OS}.mk

PREFIX ?= /usr/local
DESTDIR ?=
LIBEXECDIR = ${PREFIX}/libexec/enclave
MANDIR = ${PREFIX}/share/man
SYSCONFDIR ?= /etc/enclave
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?=

CC ?= cc
OPT ?= -O2 -g
SAN ?=
WARN = -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes \
    -Wmissing-declarations -Wshadow -Wpointer-arith -Wcast-qual \
    -Wsign-compare -Wformat=2 -Wvla -Werror
HARDEN = -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
CFLAGS = -std=gnu11 ${OPT} ${WARN} ${HARDEN} ${SAN} ${OS_CFLAGS} -I. -Ilib \
    -DLIBEXECDIR='"${LIBEXECDIR}"'
LDFLAGS = -pie ${SAN} ${OS_LDFLAGS}
LIBS = ${OS_LIBS}
TEST_LIBS = -latf-c -lsodium -lb2 -lsqlite3 -ltls -lcrypto -ljansson -lmd \
    -lmaxminddb -levent -lseccomp -lbsd ${OS_TEST_LIBS} ${OS_LIBS}
ATF_SH = /usr/bin/atf-sh

all: programs

GENERATED != sh mk/rulesfile.sh ${OS_NAME} ${WITHOUT} && \
    echo build/rules.mk
HEADERS != ls *.h */*.h lib/*/*.h lib/msg/messages.def regress/*/*.h \
    2>/dev/null || true
include ${GENERATED}

.SUFFIXES: .c .o

.c.o:
	@echo "cc $<"
	@${CC} ${CFLAGS} -c -o $@ $<

# Another PREFIX means another place of the children.
PLACE != echo ${LIBEXECDIR} | cmp -s - build/place || \
    echo ${LIBEXECDIR} > build/place; echo build/place

enclaved/main.o discoveryd/main.o relayd/main.o: ${PLACE}

# Coarse on purpose: a changed header rebuilds everything, and nothing stale
# is ever linked.
${OBJECTS}: ${HEADERS}

build/enclaved_parse.c: enclaved/parse.y
	${YACC} -p enclaved_yy -o $@ enclaved/parse.y

build/discoveryd_parse.c: discoveryd/parse.y
	${YACC} -p discoveryd_yy -o $@ discoveryd/parse.y

build/relayd_parse.c: relayd/parse.y
	${YACC} -p relayd_yy -o $@ relayd/parse.y

programs: ${PROGRAMS}

tests: ${PROGRAMS} ${TESTS} ${HELPERS} ${REPLAY}
	@sh mk/kyuafile.sh

targets: ${FUZZ}

# Each target for so long, all of them unless some are named:
# make fuzz FUZZ_SECONDS=600 FUZZ_TARGETS="wg ring"
fuzz:
	sh mk/fuzz.sh ${FUZZ_SECONDS} ${FUZZ_TARGETS}

install: programs
	mkdir -p ${DESTDIR}${PREFIX}/sbin ${DESTDIR}${PREFIX}/bin \
	    ${DESTDIR}${LIBEXECDIR} ${DESTDIR}${MANDIR}/man5 \
	    ${DESTDIR}${MANDIR}/man7 ${DESTDIR}${MANDIR}/man8 \
	    ${DESTDIR}${PREFIX}/share/examples/enclave
	install -m 755 ${SBIN} ${DESTDIR}${PREFIX}/sbin
	install -m 755 ${BIN} ${DESTDIR}${PREFIX}/bin
	install -m 755 ${LIBEXEC} ${DESTDIR}${LIBEXECDIR}
	install -m 644 man/*.5 ${DESTDIR}${MANDIR}/man5
	install -m 644 man/*.7 ${DESTDIR}${MANDIR}/man7
	install -m 644 man/*.8 ${DESTDIR}${MANDIR}/man8
	install -m 644 etc/examples/* ${DESTDIR}${PREFIX}/share/examples/enclave

users:
	sh etc/users.sh

deps:
	sh mk/deps.sh ${DEPS}

# These two are complete: they install what is missing and build first.
check:
	sh mk/deps.sh ${DEPS}
	${MAKE} -j 2 tests
	sh mk/check.sh

demo:
	sh mk/deps.sh ${DEPS}
	${MAKE} -j 2 programs build/regress/netns/findbytes
	sh regress/netns/demo.sh ${.CURDIR}${CURDIR}/build

# Side by side with other tunnels; bench/README.md.
bench:
	sh mk/deps.sh ${DEPS}
	${MAKE} -j 2 programs
	sh bench/bench.sh build

# How long paths take, and what a relay costs.
bench-paths:
	sh mk/deps.sh ${DEPS}
	${MAKE} -j 2 programs build/regress/netns/wire_helper
	sh bench/paths.sh build

# Every pair of kinds of routers, in both orders; some ten minutes.
matrix:
	sh mk/deps.sh ${DEPS}
	${MAKE} -j 2 programs build/regress/netns/wire_helper
	sh regress/paths/matrix.sh build

# How soon a change of policy is felt, and ten thousand agents.
bench-policy:
	sh mk/deps.sh ${DEPS}
	${MAKE} -j 2 programs
	sh bench/policy.sh build

# What the resultant set of policy costs, by the size of an organisation.
bench-rsop:
	sh mk/deps.sh ${DEPS}
	${MAKE} build/libpolicy.a build/libpacket.a
	${CC} ${CFLAGS} ${LDFLAGS} -o build/rsopbench bench/rsopbench.c \
	    build/libpolicy.a build/libpacket.a ${LIBS} -lbsd
	build/rsopbench

# The whole suite again with sanitizers, in a copy of the tree.
san:
	sh mk/san.sh

lint:
	sh mk/lint.sh

clean:
	rm -rf build
	find . -name '*.o' -exec rm -f {} +

.PHONY: all programs tests targets fuzz install users deps check demo bench bench-paths bench-policy bench-rsop matrix san lint clean
