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
 * Policy tests as text.  Pure functions.
 */

#include <string.h>

#include "conf/value.h"
#include "conftext/conftext_local.h"
#include "conftext/value.h"

/* Neither of the two was said; beyond any protocol. */
#define NO_VERDICT	255

const char *
conftext_access(const struct msg_admin_test *m, char buf[ACL_STRLEN])
{
	struct acl_entry	 e;

	e.protocol = m->protocol;
	e.port_low = m->port;
	e.port_high = m->port;
	if (m->protocol == ACL_ANY || m->protocol == ACL_ICMP) {
		e.port_low = 0;
		e.port_high = 65535;
	}
	return acl_valid(&e) ? acl_print(&e, buf, ACL_STRLEN) : NULL;
}

const char *
conftext_test_head(struct words *w, struct conftext_object *o)
{
	struct msg_admin_test	*m = o->row;
	const char		*reason;

	m->protocol = NO_VERDICT;
	reason = words_text(w, o->name, CONFTEXT_POLICY_NAME + 1);
	return reason == NULL && o->name[0] == '\0' ? "the name is empty" :
	    reason;
}

static const char *
test_sender(struct words *w, void *row)
{
	struct msg_admin_test	*m = row;
	const char		*word = words_next(w);

	return word == NULL ? conftext_shape : value_end(m->sender, word);
}

static const char *
test_receiver(struct words *w, void *row)
{
	struct msg_admin_test	*m = row;
	const char		*word = words_next(w);

	return word == NULL ? conftext_shape : value_end(m->receiver, word);
}

static const char *
test_verdict(struct words *w, struct msg_admin_test *m, int allow)
{
	const char	*word = words_next(w);

	if (word == NULL)
		return conftext_shape;
	if (m->protocol != NO_VERDICT)
		return "a test has one line with allow or deny";
	m->allow = (uint8_t)allow;
	return value_access(&m->protocol, &m->port, word);
}

static const char *
test_allow(struct words *w, void *row)
{
	return test_verdict(w, row, 1);
}

static const char *
test_deny(struct words *w, void *row)
{
	return test_verdict(w, row, 0);
}

const char *
conftext_test_last(void *row)
{
	const struct msg_admin_test	*m = row;

	if (m->sender[0] == '\0' || m->receiver[0] == '\0')
		return "sender and receiver have to be said";
	return m->protocol != NO_VERDICT ? NULL : "allow or deny has to be "
	    "said";
}

const struct setting	conftext_test_settings[CONFTEXT_TEST_SETTINGS] = {
	{ "sender", "sender tag", 0, test_sender },
	{ "receiver", "receiver tag", 0, test_receiver },
	{ "allow", "allow tcp/443", 0, test_allow },
	{ "deny", "deny tcp/443", 0, test_deny },
};

int
conftext_test_valid(struct conftext_object *o, const struct msg_admin_test *m)
{
	char	 end[65] = "", access[ACL_STRLEN];

	memcpy(o->org, m->org, sizeof(o->org));
	memcpy(o->name, m->name, sizeof(o->name));
	if (value_end(end, m->sender) != NULL)
		return 0;
	end[0] = '\0';
	return value_end(end, m->receiver) == NULL && m->name[0] != '\0' &&
	    conftext_text_valid(m->name) && conftext_access(m, access) != NULL;
}

void
conftext_test_print(FILE *fp, const struct msg_admin_test *m)
{
	char		 buf[ACL_STRLEN];
	const char	*access = conftext_access(m, buf);

	fprintf(fp, "sender %s\nreceiver %s\n%s %s\n", m->sender,
	    m->receiver, m->allow ? "allow" : "deny",
	    access == NULL ? "any" : access);
}
