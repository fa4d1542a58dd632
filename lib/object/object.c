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
 * What members are called and what they look like: lower camel case of the
 * field's name and the field's own kind, unless a row here says otherwise.
 */

#include <sys/types.h>

#include <ctype.h>
#include <string.h>

#include "object/object.h"

static const char *const approvals[] = { "", "automatic", "manual", NULL };
static const char *const key_types[] = { "", "general", "ephemeral", NULL };
static const char *const key_ends[] = { "", "disable", "delete", NULL };
static const char *const requirement_types[] = {
	"", "address", "system", "posture", "signin", "manual", NULL
};
static const char *const states[] = {
	"unapproved", "enabled", "disabled", "revoked", "quarantined", NULL
};
static const char *const system_types[] = { "general", "ephemeral", NULL };
static const char *const system_ends[] = {
	"disable", "", "", "revoke", NULL
};
static const char *const policy_states[] = {
	"active", "disabled", "no-rules", "outside-hours", "expired",
	"no-zone", NULL
};
static const char *const policy_ends[] = { "disable", "delete", NULL };
static const char *const clones[] = {
	"", "reject", "replace", "quarantine", NULL
};
static const char *const rollovers[] = { "begin", "finish", NULL };
static const char *const protocols[] = { "any", "tcp", "udp", "icmp", NULL };
static const char *const expectations[] = { "deny", "allow", NULL };
static const char *const test_states[] = {
	"unknown", "holds", "fails", NULL
};
static const char *const trial_kinds[] = {
	"gained", "lost", "amended", NULL
};
static const char *const answers[] = { "no", "yes", "none", NULL };
static const char *const verdicts[] = { "unknown", "unmet", "met", NULL };
static const char *const whys[] = {
	[EXPLAIN_ALLOWS] = "allows",
	[EXPLAIN_DISABLED] = "disabled",
	[EXPLAIN_EXPIRED] = "expired",
	[EXPLAIN_NO_RULES] = "no-rules",
	[EXPLAIN_SENDER_TAG] = "sender-tag",
	[EXPLAIN_RECEIVER_TAG] = "receiver-tag",
	[EXPLAIN_SENDER_UNMET] = "sender-unmet",
	[EXPLAIN_RECEIVER_UNMET] = "receiver-unmet",
	[EXPLAIN_REQUIREMENT] = "requirement",
	[EXPLAIN_RULE] = "rule",
	[EXPLAIN_HOURS] = "hours",
	[EXPLAIN_SAME] = "same",
	[EXPLAIN_ORG] = "organisation",
	[EXPLAIN_SENDER_STATE] = "sender-state",
	[EXPLAIN_RECEIVER_STATE] = "receiver-state",
	[EXPLAIN_SENDER_EXPIRED] = "sender-expired",
	[EXPLAIN_RECEIVER_EXPIRED] = "receiver-expired",
	[EXPLAIN_WHY_MAX] = NULL
};

const char *const	object_days[] = {
	"mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL
};

/* Rows of one message come before those of any. */
static const struct object_rule	rules[] = {
	{ MSG_ADMIN_SYSTEM, "name", "systemId", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "state", NULL, O_ENUM, states, 0 },
	{ MSG_ADMIN_SYSTEM, "online", "isConnected", O_BOOL, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "ipv4", "virtualAddress", O_IPV4, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "ipv6", "virtualAddress6", O_IPV6, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "enrolled", "enrolledAt", O_TIME, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "until", "enabledUntil", O_TIME, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "until_action", NULL, O_ENUM, system_ends, 0 },
	{ MSG_ADMIN_SYSTEM, "renewal", "isRenewalOrdered", O_BOOL, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "not_after", "certificateNotAfter", O_TIME, NULL,
	    0 },
	{ MSG_ADMIN_SYSTEM, "ephemeral", "type", O_ENUM, system_types, 0 },
	{ MSG_ADMIN_SYSTEM, "key", "enrolmentKeyId", O_ID, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "os", "platformType", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "agent", "enclaveVersion", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "connected", "connectedAt", O_TIME, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "source", "connectedFrom", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_SYSTEM, "clone_seen", NULL, O_TIME, NULL, 0 },
	{ MSG_ADMIN_SYSTEM_CHANGE, "system", NULL, O_HIDDEN, NULL, 0 },
	{ MSG_ADMIN_SYSTEM_RENEW, "system", NULL, O_HIDDEN, NULL, 0 },
	{ MSG_ADMIN_SYSTEM_UNTIL, "system", NULL, O_HIDDEN, NULL, 0 },
	{ MSG_ADMIN_SYSTEM_UNTIL, "until", NULL, O_TIME, NULL, 1 },
	{ MSG_ADMIN_SYSTEM_UNTIL, "action", NULL, O_ENUM, system_ends, 0 },
	{ MSG_ADMIN_POLICY, "state", NULL, O_ENUM, policy_states, 0 },
	{ MSG_ADMIN_POLICY, "next", "nextChange", O_TIME, NULL, 0 },
	{ MSG_ADMIN_TRUST, "next", "nextChange", O_TIME, NULL, 0 },
	{ MSG_ADMIN_TRUST, "type", NULL, O_ENUM, requirement_types, 0 },
	{ MSG_ADMIN_TRUST, "verdict", NULL, O_ENUM, verdicts, 0 },
	{ MSG_ADMIN_EXPLAIN_POLICY, "name", "policy", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_EXPLAIN_POLICY, "why", "reason", O_ENUM, whys, 0 },
	{ MSG_ADMIN_EXPLAIN_POLICY, "sender", "senderTag", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_EXPLAIN_POLICY, "receiver", "receiverTag", O_PLAIN, NULL,
	    0 },
	{ MSG_ADMIN_EXPLAIN_POLICY, "requirement", "trustRequirement",
	    O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_EXPLAIN_VERDICT, "allowed", "isAllowed", O_BOOL, NULL,
	    0 },
	{ MSG_ADMIN_EXPLAIN_VERDICT, "why", "reason", O_ENUM, whys, 0 },
	{ MSG_ADMIN_EXPLAIN_VERDICT, "left", "leftOut", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_ORG_ROLLOVER, "action", NULL, O_ENUM, rollovers, 1 },
	{ MSG_ADMIN_ORG_ROLLOVER, "force", NULL, O_BOOL, NULL, 0 },
	{ MSG_ADMIN_REQUIREMENT_GRANT, "name", NULL, O_HIDDEN, NULL, 0 },
	{ MSG_ADMIN_REQUIREMENT_GRANT, "system", "systemId", O_PLAIN, NULL,
	    1 },
	{ MSG_ADMIN_REQUIREMENT_GRANT, "answer", NULL, O_ENUM, answers, 1 },
	{ MSG_ADMIN_TEST, "state", NULL, O_ENUM, test_states, 0 },
	{ MSG_ADMIN_TEST_ADD, "name", NULL, O_PLAIN, NULL, 1 },
	{ MSG_ADMIN_TEST_ADD, "sender", NULL, O_PLAIN, NULL, 1 },
	{ MSG_ADMIN_TEST_ADD, "receiver", NULL, O_PLAIN, NULL, 1 },
	{ MSG_ADMIN_TEST_ADD, "protocol", NULL, O_ENUM, protocols, 1 },
	{ MSG_ADMIN_TEST_ADD, "allow", "expect", O_ENUM, expectations, 1 },
	{ MSG_ADMIN_TEST, "protocol", NULL, O_ENUM, protocols, 0 },
	{ MSG_ADMIN_TEST, "allow", "expect", O_ENUM, expectations, 0 },
	{ MSG_ADMIN_TRIAL_PAIR, "kind", "change", O_ENUM, trial_kinds, 0 },
	{ MSG_ADMIN_TRIAL, "more", "isCut", O_BOOL, NULL, 0 },
	{ MSG_ADMIN_AUDIT, "has_before", NULL, O_HIDDEN, NULL, 0 },
	{ MSG_ADMIN_AUDIT, "has_after", NULL, O_HIDDEN, NULL, 0 },
	{ MSG_ADMIN_AUDIT, "more", NULL, O_HIDDEN, NULL, 0 },
	{ MSG_ADMIN_AUDIT, "before", NULL, O_HIDDEN, NULL, 0 },
	{ MSG_ADMIN_AUDIT, "after", NULL, O_HIDDEN, NULL, 0 },
	{ MSG_ADMIN_KEY_TOPUP, "uses", NULL, O_PLAIN, NULL, 1 },
	{ MSG_ADMIN_KEY, "type", NULL, O_ENUM, key_types, 0 },
	{ MSG_ADMIN_KEY, "action", "expiryAction", O_ENUM, key_ends, 0 },
	{ MSG_ADMIN_KEY, "retention", "disconnectedRetentionMinutes",
	    O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_KEY_ADD, "type", NULL, O_ENUM, key_types, 0 },
	{ MSG_ADMIN_KEY_ADD, "action", "expiryAction", O_ENUM, key_ends, 0 },
	{ MSG_ADMIN_KEY_ADD, "retention", "disconnectedRetentionMinutes",
	    O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_KEY_CHANGE, "action", "expiryAction", O_ENUM, key_ends, 0 },
	{ MSG_ADMIN_KEY, "unapproved", "unapprovedCount", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_KEY, "enrolled", "enrolledCount", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_KEY, "approval", "approvalMode", O_ENUM, approvals, 0 },
	{ MSG_ADMIN_KEY, "uses", "usesRemaining", O_LIMIT, NULL, 0 },
	{ MSG_ADMIN_KEY_ADD, "approval", "approvalMode", O_CHOICE,
	    approvals, 0 },
	{ MSG_ADMIN_KEY_ADD, "uses", "usesRemaining", O_LIMIT, NULL, 0 },
	{ MSG_ADMIN_KEY_ADD, "description", NULL, O_PLAIN, NULL, 1 },
	{ MSG_ADMIN_POLICY_ADD, "name", NULL, O_PLAIN, NULL, 1 },
	{ MSG_ADMIN_TOKEN_ADD, "name", NULL, O_PLAIN, NULL, 1 },
	{ MSG_ADMIN_TOKEN_ADD, "scopes", NULL, O_SCOPES, NULL, 1 },
	{ MSG_ADMIN_TOKEN_ADD, "not_after", NULL, O_TIME, NULL, 1 },
	{ MSG_NONE, "scopes", NULL, O_SCOPES, NULL, 0 },
	{ MSG_ADMIN_REQUIREMENT, "type", NULL, O_ENUM, requirement_types, 0 },
	{ MSG_ADMIN_REQUIREMENT_ADD, "type", NULL, O_ENUM, requirement_types,
	    1 },
	{ MSG_ADMIN_REQUIREMENT_ADD, "name", NULL, O_PLAIN, NULL, 1 },
	{ MSG_NONE, "conditions", NULL, O_LINES, NULL, 0 },
	{ MSG_NONE, "permanent", "isPermanent", O_BOOL, NULL, 0 },
	{ MSG_NONE, "requirements", "trustRequirements", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_TAG_ADD, "name", "tag", O_PLAIN, NULL, 1 },
	{ MSG_ADMIN_TAG, "name", "tag", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_ORG, "authority", NULL, O_HEX, NULL, 0 },
	{ MSG_ADMIN_ORG, "rolling", "isRollingOver", O_BOOL, NULL, 0 },
	{ MSG_ADMIN_ORG, "systems", "systemCount", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_ORG, "renewed", "renewedCount", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_ORG, "pinned", "pinnedCount", O_PLAIN, NULL, 0 },
	{ MSG_ADMIN_ORG, "previous", "previousAuthority", O_HEX, NULL, 0 },
	{ MSG_NONE, "clone", "cloneAction", O_ENUM, clones, 0 },
	{ MSG_NONE, "unique", "isDescriptionUnique", O_BOOL, NULL, 0 },
	{ MSG_NONE, "life_s", "certificateLifetimeSeconds", O_PLAIN, NULL,
	    0 },
	{ MSG_NONE, "grace_s", "renewalGraceSeconds", O_PLAIN, NULL, 0 },
	{ MSG_NONE, "end_action", "expiryAction", O_ENUM, policy_ends, 0 },
	{ MSG_NONE, "days", "activeDays", O_DAYS, NULL, 0 },
	{ MSG_NONE, "start", "activeFrom", O_MINUTE, NULL, 0 },
	{ MSG_NONE, "end", "activeUntil", O_MINUTE, NULL, 0 },
	{ MSG_NONE, "zone", "timeZone", O_PLAIN, NULL, 0 },
	{ MSG_NONE, "sources", "ipConstraints", O_PLAIN, NULL, 0 },
	{ MSG_NONE, "org", "organisation", O_PLAIN, NULL, 0 },
	{ MSG_NONE, "enabled", "isEnabled", O_BOOL, NULL, 0 },
	{ MSG_NONE, "online", "isConnected", O_BOOL, NULL, 0 },
	{ MSG_NONE, "senders", "senderTags", O_PLAIN, NULL, 0 },
	{ MSG_NONE, "receivers", "receiverTags", O_PLAIN, NULL, 0 },
	{ MSG_NONE, "created", NULL, O_TIME, NULL, 0 },
	{ MSG_NONE, "last_used", NULL, O_TIME, NULL, 0 },
	{ MSG_NONE, "last_seen", NULL, O_TIME, NULL, 0 },
	{ MSG_NONE, "not_after", NULL, O_TIME, NULL, 0 },
	{ MSG_NONE, "not_before", NULL, O_TIME, NULL, 0 },
	{ MSG_NONE, "when", NULL, O_TIME, NULL, 0 },
	{ MSG_NONE, "time", NULL, O_TIME, NULL, 0 },
	{ MSG_NONE, "ipv4", NULL, O_IPV4, NULL, 0 },
	{ MSG_NONE, "ipv6", NULL, O_IPV6, NULL, 0 },
	{ MSG_NONE, "latitude", NULL, O_COORDINATE, NULL, 0 },
	{ MSG_NONE, "longitude", NULL, O_COORDINATE, NULL, 0 },
};

/* What a body never says: the path does, or the headers. */
static const char *const	not_in_bodies[] = {
	"org", "id", "replace", "if_version", "version", "fields", "dry_run"
};

static int
is_request(const struct msg_desc *d)
{
	return (d->from & (R_DISCOVERYCTL | R_API)) != 0;
}

static void
camel(const char *name, char member[64])
{
	size_t	 n = 0;
	int	 up = 0;

	for (; *name != '\0' && n < 63; name++) {
		if (*name == '_') {
			up = 1;
			continue;
		}
		member[n++] = (char)(up ? toupper((unsigned char)*name) :
		    *name);
		up = 0;
	}
	member[n] = '\0';
}

void
object_rule(const struct msg_desc *d, const struct msg_field *f,
    struct object_rule *out, char member[64])
{
	size_t	 i;

	memset(out, 0, sizeof(*out));
	out->field = f->name;
	out->kind = f->kind == KIND_BYTES || f->kind == KIND_BLOB ? O_HEX :
	    O_PLAIN;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if ((rules[i].type == d->type || rules[i].type == MSG_NONE) &&
		    strcmp(rules[i].field, f->name) == 0) {
			*out = rules[i];
			break;
		}
	}
	if (out->member != NULL)
		strlcpy(member, out->member, 64);
	else
		camel(f->name, member);
	out->member = member;
	for (i = 0; is_request(d) &&
	    i < sizeof(not_in_bodies) / sizeof(not_in_bodies[0]); i++)
		if (strcmp(f->name, not_in_bodies[i]) == 0)
			out->kind = O_HIDDEN;
}

int
object_has_member(uint32_t type, const char *member)
{
	const struct msg_desc	*d = msg_lookup(type);
	struct object_rule	 rule;
	char			 name[64];
	size_t			 i;

	for (i = 0; d != NULL && i < d->nfields; i++) {
		object_rule(d, &d->fields[i], &rule, name);
		if (rule.kind != O_HIDDEN && strcmp(name, member) == 0)
			return 1;
	}
	return 0;
}

void
object_set_fields(uint32_t type, const json_t *o, void *msg)
{
	const struct msg_desc	*d = msg_lookup(type);
	uint32_t		 bit = 0, fields = 0;
	size_t			 i, at = 0;
	struct object_rule	 rule;
	char			 name[64];

	for (i = 0; d != NULL && i < d->nfields; i++) {
		object_rule(d, &d->fields[i], &rule, name);
		if (strcmp(d->fields[i].name, "fields") == 0) {
			at = d->fields[i].offset;
			bit = 1;
		} else if (bit != 0 && rule.kind != O_HIDDEN) {
			if (json_object_get(o, name) != NULL)
				fields |= bit;
			bit <<= 1;
		}
	}
	if (bit != 0)
		memcpy((uint8_t *)msg + at, &fields, sizeof(fields));
}

static json_t *
schema_typed(const char *type)
{
	return json_pack("{s:s}", "type", type);
}

static json_t *
schema_enum(const char *const *names)
{
	json_t	*list = json_array();

	for (; *names != NULL; names++)
		if (**names != '\0')
			json_array_append_new(list, json_string(*names));
	return json_pack("{s:s, s:o}", "type", "string", "enum", list);
}

static json_t *
schema_acls(const struct msg_field *f)
{
	return json_pack("{s:s, s:I, s:{s:s, s:{s:{s:s, s:[s,s,s,s]}, "
	    "s:{s:[s,s]}}, s:[s], s:b}}", "type", "array", "maxItems",
	    (json_int_t)f->limit, "items", "type", "object", "properties",
	    "protocol", "type", "string", "enum", "any", "tcp", "udp", "icmp",
	    "ports", "type", "string", "null", "required", "protocol",
	    "additionalProperties", 0);
}

static json_t *
schema_plain(const struct msg_field *f)
{
	switch (f->kind) {
	case KIND_U8:
	case KIND_U16:
	case KIND_U32:
	case KIND_U64:
		return json_pack("{s:s, s:i}", "type", "integer", "minimum",
		    0);
	case KIND_ACLS:
		return schema_acls(f);
	case KIND_TAGS:
	case KIND_EPS:
	case KIND_RANGES:
		return json_pack("{s:s, s:I, s:{s:s}}", "type", "array",
		    "maxItems", (json_int_t)f->limit, "items", "type",
		    "string");
	case KIND_U32S:
		return json_pack("{s:s, s:I, s:{s:s}}", "type", "array",
		    "maxItems", (json_int_t)f->limit, "items", "type",
		    "integer");
	case KIND_STR:
		return json_pack("{s:s, s:I}", "type", "string", "maxLength",
		    (json_int_t)f->limit);
	case KIND_EP:
		return json_pack("{s:[s,s]}", "type", "string", "null");
	default:
		return schema_typed("string");
	}
}

static json_t *
schema_member(const struct msg_field *f, const struct object_rule *rule)
{
	switch (rule->kind) {
	case O_BOOL:
		return schema_typed("boolean");
	case O_TIME:
		return json_pack("{s:[s,s], s:s}", "type", "string", "null",
		    "format", "date-time");
	case O_ENUM:
		return schema_enum(rule->names);
	case O_IPV4:
	case O_IPV6:
		return json_pack("{s:[s,s], s:s}", "type", "string", "null",
		    "format", rule->kind == O_IPV4 ? "ipv4" : "ipv6");
	case O_LIMIT:
	case O_ID:
		return json_pack("{s:[s,s], s:i}", "type", "integer", "null",
		    "minimum", 0);
	case O_MINUTE:
		return json_pack("{s:s, s:s}", "type", "string", "pattern",
		    "^[0-2][0-9]:[0-5][0-9]$");
	case O_DAYS:
		return json_pack("{s:s, s:i, s:o}", "type", "array",
		    "maxItems", 7, "items", schema_enum(object_days));
	case O_COORDINATE:
		return json_pack("{s:[s,s]}", "type", "number", "null");
	case O_LINES:
	case O_SCOPES:
		return json_pack("{s:s, s:{s:s}}", "type", "array", "items",
		    "type", "string");
	case O_HEX:
		return json_pack("{s:[s,s], s:s}", "type", "string", "null",
		    "pattern", "^([0-9a-f]{2})*$");
	default:
		return schema_plain(f);
	}
}

json_t *
object_schema(uint32_t type, int input, int partial)
{
	const struct msg_desc	*d = msg_lookup(type);
	json_t			*members = json_object();
	json_t			*required = json_array();
	struct object_rule	 rule;
	char			 name[64];
	size_t			 i;

	for (i = 0; d != NULL && i < d->nfields; i++) {
		object_rule(d, &d->fields[i], &rule, name);
		if (rule.kind == O_HIDDEN)
			continue;
		json_object_set_new(members, name, schema_member(&d->fields[i],
		    &rule));
		if (input ? rule.required && !partial : 1)
			json_array_append_new(required, json_string(name));
	}
	return json_pack("{s:s, s:o, s:o, s:b}", "type", "object",
	    "properties", members, "required", required,
	    "additionalProperties", 0);
}
