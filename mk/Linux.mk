# Linux: Debian's names of packages and the flags of its libraries.
OS_NAME = linux
OS_CFLAGS = -isystem /usr/include/bsd -DLIBBSD_OVERLAY -D_GNU_SOURCE
OS_LDFLAGS = -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed
# setproctitle needs to see main's arguments.
OS_LIBS = -Wl,-u,libbsd_init_func -lbsd-ctor -lbsd
OS_TEST_LIBS = -lgcrypt
YACC = byacc
WITHOUT =
DEPS = build-essential bmake byacc clang clang-tidy cppcheck shellcheck \
    libclang-rt-14-dev mandoc pkg-config kyua atf-sh libatf-dev \
    libsodium-dev libevent-dev libbsd-dev libseccomp-dev libsqlite3-dev \
    libtls-dev libssl-dev libgcrypt20-dev libjansson-dev libb2-dev \
    libmd-dev libmicrohttpd-dev libmaxminddb-dev iproute2 nftables tcpdump \
    curl busybox iputils-ping procps netcat-openbsd binutils sqlite3 wireguard-go wireguard-tools \
    miniupnpd-nftables conntrack coturn tzdata
