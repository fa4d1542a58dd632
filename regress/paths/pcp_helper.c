/*
 * Copyright (c) 2026 The Enclave authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * A router that opens its IPv6 firewall on demand: a PCP server (RFC 6887, the
 * opcode MAP alone) that keeps what it grants in a set of nftables of the type
 * inet_proto . ipv6_addr . inet_service.  It grants the address that asks and
 * no other, for 120 s at most.
 *
 * usage: pcp_helper family table set
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PORT		5351
#define LENGTH		60
#define LIFETIME	120

static int
change(char *const set[3], const char *verb, unsigned int proto,
    const struct in6_addr *who, unsigned int port)
{
	char	 address[INET6_ADDRSTRLEN], element[160], word[16];
	char	*argv[8];
	pid_t	 pid;
	int	 status;

	inet_ntop(AF_INET6, who, address, sizeof(address));
	snprintf(element, sizeof(element), "{ %u . %s . %u }", proto, address,
	    port);
	snprintf(word, sizeof(word), "%s", verb);
	printf("%s %s\n", word, element);
	fflush(stdout);
	argv[0] = (char *)(uintptr_t)"nft";
	argv[1] = word;
	argv[2] = (char *)(uintptr_t)"element";
	argv[3] = set[0];
	argv[4] = set[1];
	argv[5] = set[2];
	argv[6] = element;
	argv[7] = NULL;
	if ((pid = fork()) == -1)
		return -1;
	if (pid == 0) {
		execvp("nft", argv);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* The request becomes its answer. */
static void
answer(char *const set[3], uint8_t p[LENGTH], const struct in6_addr *from,
    uint32_t epoch)
{
	uint32_t	 life = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 |
			    (uint32_t)p[6] << 8 | p[7];
	unsigned int	 port = (unsigned int)p[40] << 8 | p[41];
	uint8_t		 result = 0;

	if (life > LIFETIME)
		life = LIFETIME;
	if (memcmp(p + 8, from, 16) != 0)
		result = 12;	/* ADDRESS_MISMATCH */
	else if ((p[36] != IPPROTO_UDP && p[36] != IPPROTO_TCP) || port == 0)
		result = 3;	/* MALFORMED_REQUEST */
	else if (change(set, life == 0 ? "delete" : "add", p[36], from,
	    port) == -1 && life != 0)
		result = 8;	/* NO_RESOURCES */
	p[1] |= 0x80;
	p[2] = 0;
	p[3] = result;
	put32(p + 4, result == 0 ? life : 30);
	put32(p + 8, epoch);
	memset(p + 12, 0, 12);
	/* What is inside is outside. */
	p[42] = p[40];
	p[43] = p[41];
	memcpy(p + 44, from, 16);
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in6	 sin6;
	struct in6_pktinfo	*info;
	struct cmsghdr		*c;
	struct msghdr		 msg;
	struct iovec		 iov;
	_Alignas(8) uint8_t	 control[256];
	uint8_t			 p[1100];
	time_t			 began = time(NULL);
	ssize_t			 n;
	int			 fd, one = 1;

	if (argc != 4)
		errx(2, "usage: pcp_helper family table set");
	if ((fd = socket(AF_INET6, SOCK_DGRAM, 0)) == -1)
		err(1, "socket");
	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_port = htons(PORT);
	/* An answer leaves from where the question went. */
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) ==
	    -1 || setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one,
	    sizeof(one)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) == -1)
		err(1, "bind");
	for (;;) {
		memset(&msg, 0, sizeof(msg));
		iov.iov_base = p;
		iov.iov_len = sizeof(p);
		msg.msg_name = &sin6;
		msg.msg_namelen = sizeof(sin6);
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		if ((n = recvmsg(fd, &msg, 0)) == -1)
			err(1, "recvmsg");
		if (n != LENGTH || p[0] != 2 || p[1] != 1)
			continue;
		answer(argv + 1, p, &sin6.sin6_addr,
		    (uint32_t)(time(NULL) - began));
		iov.iov_len = LENGTH;
		for (c = CMSG_FIRSTHDR(&msg); c != NULL;
		    c = CMSG_NXTHDR(&msg, c)) {
			if (c->cmsg_type != IPV6_PKTINFO)
				continue;
			info = (struct in6_pktinfo *)(void *)CMSG_DATA(c);
			if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
				info->ipi6_ifindex = 0;
		}
		if (sendmsg(fd, &msg, 0) == -1)
			warn("sendmsg");
	}
}
