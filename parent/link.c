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
 * From the configuration of a daemon to its linkproc.  Runs as root, in the
 * parent alone; the certificates are not parsed here.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "parent/link.h"
#include "parent/parent.h"

#define CA_PIECE	8192
#define NAMESERVERS_MAX	3
#define DNS_PORT	53
#define PIN_LEN		32

int
link_give_server(struct chan *c, const char *host, uint16_t port)
{
	struct msg_link_server	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.host, host, sizeof(m.host));
	m.port = port;
	return msg_send_link_server(c, &m, -1);
}

int
link_give_pin(struct chan *c, const uint8_t pin[PIN_LEN])
{
	struct msg_link_pin	 m;
	size_t			 i;

	memset(&m, 0, sizeof(m));
	strlcpy(m.pin, "SHA256:", sizeof(m.pin));
	for (i = 0; i < PIN_LEN; i++)
		snprintf(m.pin + 7 + 2 * i, 3, "%02x", pin[i]);
	return msg_send_link_pin(c, &m, -1);
}

int
link_give_ca(struct chan *c, const char *pem, size_t len)
{
	struct msg_link_ca	 m;
	size_t			 off, n;

	for (off = 0; off < len; off += n) {
		n = len - off < CA_PIECE ? len - off : CA_PIECE;
		memset(&m, 0, sizeof(m));
		m.pem_len = (uint16_t)n;
		memcpy(m.pem, pem + off, n);
		if (msg_send_link_ca(c, &m, -1) == -1)
			return -1;
	}
	return 0;
}

int
link_give_nameservers(struct chan *c)
{
	struct msg_link_nameserver	 m;
	char				 line[256], addr[128];
	FILE				*f;
	int				 n = 0, ret = 0;

	if ((f = fopen("/etc/resolv.conf", "re")) == NULL)
		return 0;
	while (ret == 0 && n < NAMESERVERS_MAX &&
	    fgets(line, sizeof(line), f) != NULL) {
		memset(&m, 0, sizeof(m));
		if (sscanf(line, "nameserver %127s", addr) != 1 ||
		    endpoint_parse(&m.server, addr, DNS_PORT) == -1)
			continue;
		ret = msg_send_link_nameserver(c, &m, -1);
		n++;
	}
	fclose(f);
	return ret;
}

int
link_read_ca(const char *path, char **pem, size_t *len)
{
	char	*buf;
	ssize_t	 n;

	if ((buf = malloc(LINK_CA_FILE_MAX)) == NULL)
		return -1;
	n = parent_file_read(path, buf, LINK_CA_FILE_MAX, 0);
	if (n <= 0) {
		log_error("cannot read %s: %s", path,
		    n == 0 ? "it is empty" : strerror(errno));
		free(buf);
		return -1;
	}
	*pem = buf;
	*len = (size_t)n;
	return 0;
}
