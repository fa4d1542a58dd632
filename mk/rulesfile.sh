#!/bin/sh
# Writes build/rules.mk with what rules.sh prints, unless nothing that it looks
# at is another than the last time: make reads it at each start.
#
# usage: mk/rulesfile.sh system [source-to-leave-out ...]
set -eu

mkdir -p build
key=$({
	echo "$*"
	ls -d ./*/ lib/*/ ./*/*.c ./*/parse.y lib/*/*.c regress/*/*.c \
	    regress/*/*.sh 2>/dev/null || true
	cat mk/rules.sh mk/programs.tab
} | cksum)
if [ -f build/rules.mk ] && [ "$(cat build/rules.key 2>/dev/null)" = "$key" ]
then
	exit 0
fi
sh mk/rules.sh "$@" >build/rules.tmp
mv build/rules.tmp build/rules.mk
echo "$key" >build/rules.key
