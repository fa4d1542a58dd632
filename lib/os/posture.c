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
 * What uname(3) knows of this system.
 */

#include <sys/types.h>
#include <sys/utsname.h>

#include <ctype.h>
#include <string.h>

#include "os/posture.h"

void
posture_copy(char out[POSTURE_VALUE_MAX + 1], const char *s, size_t len)
{
	size_t	 i, n = 0;

	for (; len > 0 && *s == ' '; s++)
		len--;
	for (i = 0; i < len && n < POSTURE_VALUE_MAX && s[i] != '\0'; i++)
		out[n++] = s[i] >= 0x20 && s[i] < 0x7f ? s[i] : '?';
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
}

void
posture_read(struct posture *p)
{
	struct utsname	 u;

	memset(p, 0, sizeof(*p));
	p->disk_encrypted = p->secure_boot = -1;
	if (uname(&u) != -1) {
		posture_copy(p->os, u.sysname, sizeof(u.sysname));
		posture_copy(p->kernel, u.release, sizeof(u.release));
		posture_copy(p->architecture, u.machine, sizeof(u.machine));
		posture_copy(p->hostname, u.nodename, sizeof(u.nodename));
	}
	posture_detail(p);
	lower(p->os);
	lower(p->distribution);
	lower(p->architecture);
}
