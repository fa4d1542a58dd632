# OpenBSD 7.8 and later: most of what Linux takes from packages is base.
OS_NAME = openbsd
OS_CFLAGS = -I/usr/local/include
OS_LDFLAGS = -L/usr/local/lib -Wl,--as-needed
OS_LIBS = -lutil
YACC = yacc
# What its libraries cannot do, or none of the system does.
WITHOUT = lib/noise/aead_crypto.c lib/noise/aead_gcrypt.c
DEPS = libsodium sqlite3 jansson libb2 kyua atf mandoc shellcheck
