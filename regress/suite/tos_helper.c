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
 * Datagrams with a traffic class of choice, for the tests of congestion
 * marks.
 *
 *	tos_helper send ADDRESS PORT CLASS
 *	tos_helper receive ADDRESS PORT
 *
 * The first sends until it is ended, the second prints the class of each
 * datagram that comes, in decimal.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct addrinfo *
resolve(const char *host, const char *port)
{
	struct addrinfo	 hints, *res;
	int		 error;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_DGRAM;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	if ((error = getaddrinfo(host, port, &hints, &res)) != 0)
		errx(1, "%s: %s", host, gai_strerror(error));
	return res;
}

static void
send_all(const struct addrinfo *to, int class)
{
	int	 fd = socket(to->ai_family, SOCK_DGRAM, 0), ret;

	if (fd == -1)
		err(1, "socket");
	ret = to->ai_family == AF_INET6 ?
	    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof(class)) :
	    setsockopt(fd, IPPROTO_IP, IP_TOS, &class, sizeof(class));
	if (ret == -1)
		err(1, "class");
	for (;;) {
		if (sendto(fd, "hello", 5, 0, to->ai_addr,
		    to->ai_addrlen) == -1)
			warn("send");
		usleep(20000);
	}
}

static void
receive_one(int fd)
{
	char		 buf[100];
	struct iovec	 iov = { buf, sizeof(buf) };
	struct cmsghdr	*cm;
	struct msghdr	 msg;
	int		 class;
	union {
		struct cmsghdr	 align;
		char		 buf[256];
	} control;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	if (recvmsg(fd, &msg, 0) == -1)
		err(1, "receive");
	for (cm = CMSG_FIRSTHDR(&msg); cm != NULL; cm = CMSG_NXTHDR(&msg, cm)) {
		if (cm->cmsg_level == IPPROTO_IP && cm->cmsg_type == IP_TOS)
			class = *(unsigned char *)CMSG_DATA(cm);
		else if (cm->cmsg_level == IPPROTO_IPV6 &&
		    cm->cmsg_type == IPV6_TCLASS)
			memcpy(&class, CMSG_DATA(cm), sizeof(class));
		else
			continue;
		printf("%d\n", class);
		fflush(stdout);
	}
}

static void
receive_all(const struct addrinfo *on)
{
	int	 fd = socket(on->ai_family, SOCK_DGRAM, 0), yes = 1;

	if (fd == -1 || bind(fd, on->ai_addr, on->ai_addrlen) == -1)
		err(1, "bind");
	if ((on->ai_family == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6,
	    IPV6_RECVTCLASS, &yes, sizeof(yes)) : setsockopt(fd, IPPROTO_IP,
	    IP_RECVTOS, &yes, sizeof(yes))) == -1)
		err(1, "class");
	for (;;)
		receive_one(fd);
}

int
main(int argc, char *argv[])
{
	if (argc == 5 && strcmp(argv[1], "send") == 0)
		send_all(resolve(argv[2], argv[3]),
		    (int)strtonum(argv[4], 0, 255, NULL));
	else if (argc == 4 && strcmp(argv[1], "receive") == 0)
		receive_all(resolve(argv[2], argv[3]));
	fprintf(stderr, "usage: tos_helper send address port class\n"
	    "       tos_helper receive address port\n");
	return 2;
}
