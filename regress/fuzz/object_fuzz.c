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
 * Hostile bodies of the API: text to object to message, for each message that
 * a body can become.  What is taken must be one that the codec of messages
 * takes too, and must come back as an object that is taken again.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "object/object.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const uint32_t	types[] = {
	MSG_ADMIN_KEY_ADD, MSG_ADMIN_POLICY_ADD, MSG_ADMIN_TOKEN_ADD,
	MSG_ADMIN_ORG_ADD, MSG_ADMIN_RELAY_ADD, MSG_ADMIN_ORG_SET,
	MSG_ADMIN_KEY_CHANGE, MSG_ADMIN_SYSTEM_CHANGE, MSG_ADMIN_SYSTEM_UNTIL,
	MSG_ADMIN_REQUIREMENT_GRANT, MSG_ADMIN_ORG_ROLLOVER
};

static void
fuzz_one(uint32_t type, const json_t *o)
{
	static union msg_any	 m, again;
	static uint8_t		 buf[MSG_MAX_SIZE], buf2[MSG_MAX_SIZE];
	char			 err[OBJECT_ERR_MAX];
	json_t			*back;
	ssize_t			 len;

	if (object_to_msg(type, o, &m, err) == -1) {
		if (memchr(err, '\0', sizeof(err)) == NULL || err[0] == '\0')
			abort();
		return;
	}
	len = msg_encode(msg_lookup(type), &m, buf, sizeof(buf));
	if (len == -1)
		abort();
	if ((back = object_from_msg(type, &m)) == NULL)
		abort();
	if (object_to_msg(type, back, &again, err) == -1 ||
	    msg_encode(msg_lookup(type), &again, buf2, sizeof(buf2)) != len ||
	    memcmp(buf, buf2, (size_t)len) != 0)
		abort();
	json_decref(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char	 err[OBJECT_ERR_MAX];
	json_t	*o;
	size_t	 i;

	if ((o = object_parse((const char *)data, len, err)) == NULL)
		return 0;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		fuzz_one(types[i], o);
	json_decref(o);
	return 0;
}
