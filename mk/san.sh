#!/bin/sh
# The tests again with AddressSanitizer and UndefinedBehaviorSanitizer, in a
# copy of the tree.  A process in its sandbox cannot do what the sanitizers'
# runtime does, so the tests that start the real daemons run in "make check"
# only; everything else runs here.
set -eu

top=$(pwd)
copy=$top/build/san
mkdir -p "$copy"
# What is no longer in the tree must not be built.
find "$copy" -path "$copy/build" -prune -o -name '*.[chy]' -exec rm -f {} +
rm -rf "$copy/regress"
tar -cf - --exclude ./build --exclude ./.git --exclude '*.o' . |
    tar -xf - -C "$copy"
cd "$copy"
rm -rf regress/suite regress/netns regress/sandbox regress/layers \
    regress/linkproc regress/tlsproc regress/policyproc regress/authproc \
    regress/storeproc regress/service regress/interop \
    regress/netproc regress/paths regress/spliceproc regress/stunproc \
    regress/oidcproc \
    regress/api regress/relayd regress/ctlproc/relays_test.c \
    regress/ctlproc/hours_test.c \
    regress/proc/child_test.c regress/hostile/hostile_test.sh \
    regress/portmap/miniupnpd_test.sh
# libatf leaks its own lists; what is ours must not.
printf 'leak:libatf-c\nleak:atf_\n' > lsan.supp
LSAN_OPTIONS=suppressions=$copy/lsan.supp:print_suppressions=0
export LSAN_OPTIONS
# Instrumented code makes the compiler see truncations that are none.
make -j 2 OPT="-O1 -g" HARDEN=-fPIE WARN=-Wall \
    SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer" \
    tests
exec sh mk/check.sh
