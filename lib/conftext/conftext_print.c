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
 * Objects as text that the parser reads back to the same.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "conf/value.h"
#include "conftext/conftext_local.h"
#include "conftext/value.h"
#include "policy/condition.h"
#include "tz/tz.h"

static void
print_text(FILE *fp, const char *word, const char *text)
{
	if (text[0] == '\0')
		return;
	fprintf(fp, "%s ", word);
	conf_print_string(fp, text);
	fputc('\n', fp);
}

static void
print_names(FILE *fp, const char *word, const struct msg_tags *tags)
{
	size_t	 i;

	for (i = 0; i < tags->n; i++)
		fprintf(fp, "%s %s", i == 0 ? word : ",", tags->e[i]);
	if (tags->n > 0)
		fputc('\n', fp);
}

static void
print_prefix(FILE *fp, uint8_t family, const uint8_t *addr, uint8_t plen)
{
	struct endpoint	 ep;
	char		 text[ENDPOINT_STRLEN];

	if (plen == 0)
		return;
	memset(&ep, 0, sizeof(ep));
	ep.family = family;
	memcpy(ep.addr, addr, family == 4 ? 4 : 16);
	endpoint_print_addr(&ep, text, sizeof(text));
	fprintf(fp, "ipv%u %s/%u\n", family, text, plen);
}

static void
print_span(FILE *fp, const char *word, uint64_t sec)
{
	const char	*unit = sec % 86400 == 0 ? "d" : sec % 3600 == 0 ?
			    "h" : sec % 60 == 0 ? "m" : "s";
	uint64_t	 by = sec % 86400 == 0 ? 86400 : sec % 3600 == 0 ?
			    3600 : sec % 60 == 0 ? 60 : 1;

	if (sec == 0)
		fprintf(fp, "%s 0\n", word);
	else
		fprintf(fp, "%s %" PRIu64 "%s\n", word, sec / by, unit);
}

static void
print_expiry(FILE *fp, uint64_t sec, const char *action)
{
	char	 text[TEXT_TIME_MAX];

	if (sec == 0 && action == NULL)
		return;
	fprintf(fp, "expiry %s%s%s\n", sec == 0 ? NEVER :
	    text_time(text, sec), action == NULL ? "" : " ",
	    action == NULL ? "" : action);
}

static void
print_org(FILE *fp, const struct msg_admin_org *m)
{
	print_prefix(fp, 4, m->ipv4, m->plen4);
	print_prefix(fp, 6, m->ipv6, m->plen6);
	print_span(fp, "certificate-life", m->life_s);
	print_span(fp, "certificate-grace", m->grace_s);
	fprintf(fp, "clones %s\n", m->clone == CLONE_REPLACE ? "replace" :
	    m->clone == CLONE_QUARANTINE ? "quarantine" : "reject");
	if (m->unique)
		fputs("unique-descriptions\n", fp);
}

/* Thousandths of a degree. */
static void
print_degrees(FILE *fp, uint32_t value)
{
	int	 v = (int)value - LOCATION_ZERO;

	fprintf(fp, "%s%d.%03d", v < 0 ? "-" : "", abs(v) / 1000,
	    abs(v) % 1000);
}

static void
print_relay(FILE *fp, const struct msg_admin_relay *m)
{
	if (m->latitude != 0 || m->longitude != 0) {
		fputs("location ", fp);
		print_degrees(fp, m->latitude);
		fputs(", ", fp);
		print_degrees(fp, m->longitude);
		fputc('\n', fp);
	}
	if (!m->enabled)
		fputs("disabled\n", fp);
}

static void
print_requirement(FILE *fp, const struct msg_admin_requirement *m)
{
	const char	*end, *line;
	char		 text[CONDITION_LINE_MAX + 8];
	size_t		 len;

	fprintf(fp, "type %s\n", requirement_type_name(m->type));
	for (line = m->conditions; *line != '\0'; line = end) {
		len = strcspn(line, "\n");
		end = line + len + (line[len] == '\n');
		if (len >= sizeof(text))
			len = sizeof(text) - 1;
		memcpy(text, line, len);
		text[len] = '\0';
		print_text(fp, "condition", text);
	}
	print_text(fp, "notes", m->notes);
}

static void
print_tag(FILE *fp, const struct msg_admin_tag *m)
{
	print_text(fp, "colour", m->colour);
	print_names(fp, "requirements", &m->requirements);
	print_text(fp, "notes", m->notes);
}

static void
print_policy(FILE *fp, const struct msg_admin_policy *m)
{
	struct tz_hours	 h;
	char		 text[TZ_HOURS_STRLEN], acl[ACL_STRLEN];
	size_t		 i;

	print_names(fp, "senders", &m->senders);
	print_names(fp, "receivers", &m->receivers);
	for (i = 0; i < m->acls.n; i++)
		fprintf(fp, "allow %s\n", acl_print(&m->acls.e[i], acl,
		    sizeof(acl)));
	print_names(fp, "requirements", &m->requirements);
	if (m->days != 0) {
		memset(&h, 0, sizeof(h));
		h.days = m->days & TZ_DAYS_ALL;
		h.start = m->start % (TZ_MINUTES + 1);
		h.end = m->end % (TZ_MINUTES + 1);
		strlcpy(h.zone, m->zone, sizeof(h.zone));
		print_text(fp, "hours", tz_hours_print(&h, text,
		    sizeof(text)));
	}
	print_expiry(fp, m->not_after, m->end_action == 1 ? "delete" : NULL);
	print_text(fp, "notes", m->notes);
	if (!m->enabled)
		fputs("disabled\n", fp);
}

static void
print_key(FILE *fp, const struct msg_admin_key *m)
{
	char	 text[RANGE_STRLEN];
	size_t	 i;

	fprintf(fp, "type %s\n", m->type == KEY_EPHEMERAL ? "ephemeral" :
	    "general");
	fprintf(fp, "approval %s\n", m->approval == KEY_APPROVAL_MANUAL ?
	    "manual" : "automatic");
	if (m->uses != UINT32_MAX)
		fprintf(fp, "uses %" PRIu32 "\n", m->uses);
	if (m->retention != 0)
		fprintf(fp, "retention %" PRIu32 "\n", m->retention);
	print_names(fp, "tags", &m->tags);
	for (i = 0; i < m->sources.n; i++) {
		fprintf(fp, "source %s", range_print(&m->sources.e[i].range,
		    text));
		if (m->sources.e[i].text[0] != '\0') {
			fputc(' ', fp);
			conf_print_string(fp, m->sources.e[i].text);
		}
		fputc('\n', fp);
	}
	print_expiry(fp, m->not_after, m->action == KEY_DELETE ? "delete" :
	    NULL);
	print_text(fp, "notes", m->notes);
	if (!m->enabled)
		fputs("disabled\n", fp);
}

static void
print_system(FILE *fp, const struct msg_admin_system *m)
{
	print_text(fp, "description", m->description);
	print_names(fp, "tags", &m->tags);
	if (m->until != 0)
		print_expiry(fp, m->until, m->until_action == 3 ? "revoke" :
		    NULL);
	print_text(fp, "notes", m->notes);
	if (m->state == SYSTEM_DISABLED)
		fputs("disabled\n", fp);
}

static void
print_settings(FILE *fp, const struct conftext_object *o)
{
	switch (o->kind) {
	case CONFTEXT_RELAY:
		print_relay(fp, o->row);
		break;
	case CONFTEXT_ORG:
		print_org(fp, o->row);
		break;
	case CONFTEXT_REQUIREMENT:
		print_requirement(fp, o->row);
		break;
	case CONFTEXT_TAG:
		print_tag(fp, o->row);
		break;
	case CONFTEXT_POLICY:
		print_policy(fp, o->row);
		break;
	case CONFTEXT_KEY:
		print_key(fp, o->row);
		break;
	case CONFTEXT_SYSTEM:
		print_system(fp, o->row);
		break;
	case CONFTEXT_TEST:
		conftext_test_print(fp, o->row);
		break;
	case CONFTEXT_KINDS:
		break;
	}
}

char *
conftext_settings(const struct conftext_object *o)
{
	FILE	*fp;
	char	*text = NULL;
	size_t	 size = 0;

	if ((fp = open_memstream(&text, &size)) == NULL)
		return NULL;
	print_settings(fp, o);
	if (fclose(fp) == EOF) {
		free(text);
		return NULL;
	}
	return text;
}

/* Lines with so many tabs before them. */
static void
print_indented(FILE *fp, const char *text, int tabs)
{
	const char	*p;
	int		 i;

	for (p = text; *p != '\0'; p++) {
		if (p == text || p[-1] == '\n')
			for (i = 0; i < tabs; i++)
				fputc('\t', fp);
		fputc(*p, fp);
	}
}

/* Does the description not tell which of the service's keys it is? */
static int
is_ambiguous(const struct conftext *ct, size_t i)
{
	const struct conftext_object	*o = ct->e[i], *other;
	size_t				 n;

	for (n = i == 0 ? i : i - 1; n < ct->n && n <= i + 1; n++) {
		other = ct->e[n];
		if (n != i && other->kind == o->kind &&
		    strcmp(other->org, o->org) == 0 &&
		    strcmp(other->name, o->name) == 0)
			return 1;
	}
	return o->name[0] == '\0';
}

static void
print_head(FILE *fp, const struct conftext *ct, size_t i)
{
	const struct conftext_object	*o = ct->e[i];

	fprintf(fp, "%s ", conftext_kind_name(o->kind));
	if (o->kind == CONFTEXT_REQUIREMENT || o->kind == CONFTEXT_TAG ||
	    o->kind == CONFTEXT_SYSTEM)
		fputs(o->name, fp);
	else
		conf_print_string(fp, o->name);
	if (o->kind == CONFTEXT_KEY && o->id != 0 &&
	    (o->file != NULL || is_ambiguous(ct, i)))
		fprintf(fp, " id %" PRIu32, o->id);
}

/* 0 or -1. */
static int
print_object(FILE *fp, const struct conftext *ct, size_t i)
{
	const struct conftext_object	*o = ct->e[i];
	const char			*tab;
	char				*text;

	if ((text = conftext_settings(o)) == NULL)
		return -1;
	tab = o->kind > CONFTEXT_ORG ? "\t" : "";
	fprintf(fp, "%s%s", i == 0 ? "" : "\n", tab);
	print_head(fp, ct, i);
	fputs(text[0] == '\0' && o->kind != CONFTEXT_ORG ? "\n" : " {\n", fp);
	print_indented(fp, text, o->kind > CONFTEXT_ORG ? 2 : 1);
	if (text[0] != '\0' && o->kind != CONFTEXT_ORG)
		fprintf(fp, "%s}\n", tab);
	free(text);
	return 0;
}

int
conftext_print(const struct conftext *ct, FILE *fp)
{
	size_t	 i;

	for (i = 0; i < ct->n; i++) {
		if (print_object(fp, ct, i) == -1)
			return -1;
		if (ct->e[i]->org[0] != '\0' && (i + 1 == ct->n ||
		    strcmp(ct->e[i]->org, ct->e[i + 1]->org) != 0))
			fputs("}\n", fp);
	}
	return ferror(fp) ? -1 : 0;
}
