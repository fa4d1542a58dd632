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
 * The one table of routes: what is answered, which scope it needs, and the
 * document that tells of it come from here.
 */

#include <sys/types.h>

#include <string.h>

#include "apiproc/apiproc.h"

#define DISABLE		0
#define ENABLE		1
#define DELETE		2
#define REVOKE		3
#define APPROVE		4

static const struct resource	organisations = {
	.name = "", .title = "Organisation", .what = 0,
	.row = MSG_ADMIN_ORG, .key = "name", .sort = "name",
	.search = "name", .area = AREA_ORG
};
static const struct resource	logs = {
	.name = "logs", .title = "LogEntry", .what = 0,
	.row = MSG_ADMIN_AUDIT, .key = "id", .sort = "id",
	.search = "actor action type object", .area = AREA_LOGS
};
static const struct resource	systems = {
	.name = "systems", .title = "System", .what = 2,
	.row = MSG_ADMIN_SYSTEM, .key = "systemId", .sort = "systemId",
	.search = "systemId description state tags", .area = AREA_SYSTEMS,
	.set = MSG_ADMIN_SYSTEM_SET
};
static const struct resource	unapproved = {
	.name = "unapproved-systems", .title = "UnapprovedSystem", .what = 2,
	.row = MSG_ADMIN_SYSTEM, .key = "systemId", .sort = "systemId",
	.search = "systemId description tags", .area = AREA_SYSTEMS,
	.set = MSG_ADMIN_SYSTEM_SET
};
static const struct resource	keys = {
	.name = "enrolment-keys", .title = "EnrolmentKey", .what = 1,
	.row = MSG_ADMIN_KEY, .key = "id", .sort = "id",
	.search = "hint description tags", .area = AREA_KEYS,
	.add = MSG_ADMIN_KEY_ADD, .set = MSG_ADMIN_KEY_SET
};
static const struct resource	policies = {
	.name = "policies", .title = "Policy", .what = 3,
	.row = MSG_ADMIN_POLICY, .key = "id", .sort = "name",
	.search = "name senderTags receiverTags", .area = AREA_POLICIES,
	.add = MSG_ADMIN_POLICY_ADD, .set = MSG_ADMIN_POLICY_SET
};
static const struct resource	tests = {
	.name = "policy-tests", .title = "PolicyTest", .what = 8,
	.row = MSG_ADMIN_TEST, .key = "id", .sort = "name",
	.search = "name sender receiver", .area = AREA_POLICIES,
	.add = MSG_ADMIN_TEST_ADD, .set = MSG_ADMIN_TEST_DELETE
};
static const struct resource	tags = {
	.name = "tags", .title = "Tag", .what = 4,
	.row = MSG_ADMIN_TAG, .key = "tag", .sort = "tag",
	.search = "tag notes", .area = AREA_TAGS,
	.add = MSG_ADMIN_TAG_ADD, .set = MSG_ADMIN_TAG_DELETE
};
static const struct resource	requirements = {
	.name = "trust-requirements", .title = "TrustRequirement", .what = 6,
	.row = MSG_ADMIN_REQUIREMENT, .key = "id", .sort = "name",
	.search = "name notes conditions", .area = AREA_REQUIREMENTS,
	.add = MSG_ADMIN_REQUIREMENT_ADD, .set = MSG_ADMIN_REQUIREMENT_DELETE
};
static const struct resource	relays = {
	.name = "relays", .title = "Relay", .what = 5,
	.row = MSG_ADMIN_RELAY, .key = "name", .sort = "name",
	.search = "name", .area = AREA_ORG
};
static const struct resource	tokens = {
	.name = "tokens", .title = "Token", .what = 7,
	.row = MSG_ADMIN_TOKEN, .key = "id", .sort = "name",
	.search = "name", .area = AREA_TOKENS,
	.add = MSG_ADMIN_TOKEN_ADD, .set = MSG_ADMIN_TOKEN_SET
};

#define READ(path, run, resource, summary)				\
	{ "GET", path, run, resource, BODY_NONE, 0, 0, 0, summary, MSG_NONE }
#define WRITE(method, path, run, resource, body, action, summary)	\
	{ method, path, run, resource, body, 1, 0, action, summary,	\
	    MSG_NONE }
#define CHANGE(method, path, resource, body, message, summary)		\
	{ method, path, object_change, resource, body, 1, 0, 0, summary, \
	    message }
#define LISTED(name, resource, what)					\
	READ("/org/{org}/" name, list_get, resource, "List " what),	\
	READ("/org/{org}/" name "/meta/search-keys", list_keys, resource, \
	    "Members of " what " that a search looks at")

/* What is literal comes before what is not. */
const struct route	routes[] = {
	{ "GET", "/openapi.json", service_openapi, NULL, BODY_NONE, 0, 1, 0,
	    "This document", MSG_NONE },
	{ "GET", "/metrics", service_metrics, NULL, BODY_NONE, 0, 0, 0,
	    "Counters of the service, as Prometheus reads them", MSG_NONE },
	{ "GET", "/account/orgs", service_account, NULL, BODY_NONE, 0, 0, 0,
	    "The organisation of the token", MSG_NONE },
	{ "GET", "/org/{org}/events", events_get, NULL, BODY_NONE, 0, 0, 0,
	    "What happens, as server-sent events", MSG_NONE },
	READ("/org/{org}", object_get, &organisations,
	    "Show the organisation"),
	CHANGE("PATCH", "/org/{org}", &organisations, BODY_OBJECT,
	    MSG_ADMIN_ORG_SET, "Change settings of the organisation"),
	CHANGE("POST", "/org/{org}/authority/rollover", &organisations,
	    BODY_OBJECT, MSG_ADMIN_ORG_ROLLOVER,
	    "Begin or finish to replace the authority"),
	READ("/org/{org}/logs", query_logs, &logs, "Rows of the audit log, "
	    "newest first"),
	{ "GET", "/org/{org}/explain", query_explain, NULL, BODY_NONE, 0, 0,
	    0, "May one system reach another, and why", MSG_NONE },

	LISTED("systems", &systems, "systems"),
	WRITE("PUT", "/org/{org}/systems/enable", bulk_run, &systems,
	    BODY_IDS, ENABLE, "Enable systems"),
	WRITE("PUT", "/org/{org}/systems/disable", bulk_run, &systems,
	    BODY_IDS, DISABLE, "Disable systems"),
	WRITE("PUT", "/org/{org}/systems/revoke", bulk_run, &systems,
	    BODY_IDS, REVOKE, "Revoke systems"),
	WRITE("DELETE", "/org/{org}/systems", bulk_run, &systems, BODY_IDS,
	    DELETE, "Delete systems"),
	READ("/org/{org}/systems/{id}", object_get, &systems,
	    "Show a system"),
	CHANGE("PATCH", "/org/{org}/systems/{id}", &systems, BODY_OBJECT,
	    MSG_ADMIN_SYSTEM_CHANGE, "Change a system"),
	READ("/org/{org}/systems/{id}/trust-requirements", query_trust,
	    &systems, "Trust requirements of a system, met or not"),
	WRITE("DELETE", "/org/{org}/systems/{id}", object_delete, &systems,
	    BODY_NONE, DELETE, "Delete a system"),
	WRITE("PUT", "/org/{org}/systems/{id}/enable", object_put, &systems,
	    BODY_NONE, ENABLE, "Enable a system"),
	WRITE("PUT", "/org/{org}/systems/{id}/disable", object_put, &systems,
	    BODY_NONE, DISABLE, "Disable a system"),
	WRITE("PUT", "/org/{org}/systems/{id}/revoke", object_put, &systems,
	    BODY_NONE, REVOKE, "Revoke a system for good"),
	CHANGE("PUT", "/org/{org}/systems/{id}/enable-until", &systems,
	    BODY_OBJECT, MSG_ADMIN_SYSTEM_UNTIL,
	    "Enable a system up to a time"),
	CHANGE("PUT", "/org/{org}/systems/{id}/renew", &systems, BODY_NONE,
	    MSG_ADMIN_SYSTEM_RENEW, "Order a new certificate for a system"),

	LISTED("unapproved-systems", &unapproved, "systems that wait"),
	WRITE("PUT", "/org/{org}/unapproved-systems/approve", bulk_run,
	    &unapproved, BODY_IDS, APPROVE, "Approve systems"),
	WRITE("DELETE", "/org/{org}/unapproved-systems", bulk_run,
	    &unapproved, BODY_IDS, DELETE, "Decline systems"),
	READ("/org/{org}/unapproved-systems/{id}", object_get, &unapproved,
	    "Show a system that waits"),
	CHANGE("PATCH", "/org/{org}/unapproved-systems/{id}", &unapproved,
	    BODY_OBJECT, MSG_ADMIN_SYSTEM_CHANGE,
	    "Change a system that waits"),
	WRITE("DELETE", "/org/{org}/unapproved-systems/{id}", object_delete,
	    &unapproved, BODY_NONE, DELETE, "Decline a system"),
	WRITE("PUT", "/org/{org}/unapproved-systems/{id}/approve", object_put,
	    &unapproved, BODY_NONE, APPROVE, "Approve a system"),

	LISTED("enrolment-keys", &keys, "enrolment keys"),
	WRITE("POST", "/org/{org}/enrolment-keys", object_post, &keys,
	    BODY_OBJECT, 0, "Make an enrolment key"),
	WRITE("PUT", "/org/{org}/enrolment-keys/enable", bulk_run, &keys,
	    BODY_IDS, ENABLE, "Enable enrolment keys"),
	WRITE("PUT", "/org/{org}/enrolment-keys/disable", bulk_run, &keys,
	    BODY_IDS, DISABLE, "Disable enrolment keys"),
	WRITE("DELETE", "/org/{org}/enrolment-keys", bulk_run, &keys,
	    BODY_IDS, DELETE, "Delete enrolment keys"),
	READ("/org/{org}/enrolment-keys/{id}", object_get, &keys,
	    "Show an enrolment key"),
	CHANGE("PATCH", "/org/{org}/enrolment-keys/{id}", &keys, BODY_OBJECT,
	    MSG_ADMIN_KEY_CHANGE, "Change an enrolment key"),
	CHANGE("PUT", "/org/{org}/enrolment-keys/{id}/top-up", &keys,
	    BODY_OBJECT, MSG_ADMIN_KEY_TOPUP,
	    "Give an enrolment key more uses"),
	WRITE("DELETE", "/org/{org}/enrolment-keys/{id}", object_delete,
	    &keys, BODY_NONE, DELETE, "Delete an enrolment key"),
	WRITE("PUT", "/org/{org}/enrolment-keys/{id}/enable", object_put,
	    &keys, BODY_NONE, ENABLE, "Enable an enrolment key"),
	WRITE("PUT", "/org/{org}/enrolment-keys/{id}/disable", object_put,
	    &keys, BODY_NONE, DISABLE, "Disable an enrolment key"),

	LISTED("policies", &policies, "policies"),
	WRITE("POST", "/org/{org}/policies", object_post, &policies,
	    BODY_OBJECT, 0, "Make a policy"),
	WRITE("PUT", "/org/{org}/policies/enable", bulk_run, &policies,
	    BODY_IDS, ENABLE, "Enable policies"),
	WRITE("PUT", "/org/{org}/policies/disable", bulk_run, &policies,
	    BODY_IDS, DISABLE, "Disable policies"),
	WRITE("DELETE", "/org/{org}/policies", bulk_run, &policies, BODY_IDS,
	    DELETE, "Delete policies"),
	READ("/org/{org}/policies/{id}", object_get, &policies,
	    "Show a policy"),
	WRITE("PATCH", "/org/{org}/policies/{id}", object_patch, &policies,
	    BODY_OBJECT, 0, "Change a policy"),
	WRITE("DELETE", "/org/{org}/policies/{id}", object_delete, &policies,
	    BODY_NONE, DELETE, "Delete a policy"),
	WRITE("PUT", "/org/{org}/policies/{id}/enable", object_put,
	    &policies, BODY_NONE, ENABLE, "Enable a policy"),
	WRITE("PUT", "/org/{org}/policies/{id}/disable", object_put,
	    &policies, BODY_NONE, DISABLE, "Disable a policy"),

	LISTED("policy-tests", &tests, "policy tests"),
	READ("/org/{org}/policy-tests/results", query_tests, &tests,
	    "Run all policy tests"),
	WRITE("POST", "/org/{org}/policy-tests", object_post, &tests,
	    BODY_OBJECT, 0, "Make a policy test, which has to hold"),
	WRITE("DELETE", "/org/{org}/policy-tests", bulk_run, &tests, BODY_IDS,
	    DELETE, "Delete policy tests"),
	READ("/org/{org}/policy-tests/{id}", object_get, &tests,
	    "Show a policy test"),
	WRITE("PATCH", "/org/{org}/policy-tests/{id}", object_patch, &tests,
	    BODY_OBJECT, 0, "Change a policy test"),
	WRITE("DELETE", "/org/{org}/policy-tests/{id}", object_delete, &tests,
	    BODY_NONE, DELETE, "Delete a policy test"),

	LISTED("tags", &tags, "tags"),
	WRITE("POST", "/org/{org}/tags", object_post, &tags, BODY_OBJECT, 0,
	    "Make a tag that stays"),
	WRITE("DELETE", "/org/{org}/tags", bulk_run, &tags, BODY_IDS, DELETE,
	    "Delete tags"),
	READ("/org/{org}/tags/{id}", object_get, &tags, "Show a tag"),
	WRITE("PATCH", "/org/{org}/tags/{id}", object_patch, &tags,
	    BODY_OBJECT, 0, "Change a tag"),
	WRITE("DELETE", "/org/{org}/tags/{id}", object_delete, &tags,
	    BODY_NONE, DELETE, "Delete a tag"),

	LISTED("trust-requirements", &requirements, "trust requirements"),
	WRITE("POST", "/org/{org}/trust-requirements", object_post,
	    &requirements, BODY_OBJECT, 0, "Make a trust requirement"),
	WRITE("DELETE", "/org/{org}/trust-requirements", bulk_run,
	    &requirements, BODY_IDS, DELETE, "Delete trust requirements"),
	READ("/org/{org}/trust-requirements/{id}", object_get, &requirements,
	    "Show a trust requirement"),
	WRITE("PATCH", "/org/{org}/trust-requirements/{id}", object_patch,
	    &requirements, BODY_OBJECT, 0, "Change a trust requirement"),
	CHANGE("PUT", "/org/{org}/trust-requirements/{id}/answer",
	    &requirements, BODY_OBJECT, MSG_ADMIN_REQUIREMENT_GRANT,
	    "Say yes or no to a system for a requirement of type manual"),
	WRITE("DELETE", "/org/{org}/trust-requirements/{id}", object_delete,
	    &requirements, BODY_NONE, DELETE, "Delete a trust requirement"),

	LISTED("relays", &relays, "relays"),
	READ("/org/{org}/relays/{id}", object_get, &relays, "Show a relay"),

	LISTED("tokens", &tokens, "tokens of the API"),
	WRITE("POST", "/org/{org}/tokens", object_post, &tokens, BODY_OBJECT,
	    0, "Make a token"),
	READ("/org/{org}/tokens/{id}", object_get, &tokens, "Show a token"),
	WRITE("DELETE", "/org/{org}/tokens/{id}", object_delete, &tokens,
	    BODY_NONE, DELETE, "Delete a token"),
};
const size_t	nroutes = sizeof(routes) / sizeof(routes[0]);

/* The path of a route against that of a request. */
static int
path_matches(const char *path, char segments[][API_SEGMENT_MAX], size_t n,
    const char **id)
{
	size_t	 i, len;

	*id = NULL;
	for (i = 0; *path == '/' && i < n; i++) {
		len = strcspn(++path, "/");
		if (*path == '{') {
			if (strncmp(path, "{id}", 4) == 0)
				*id = segments[i];
		} else if (strlen(segments[i]) != len ||
		    strncmp(path, segments[i], len) != 0)
			return 0;
		path += len;
	}
	return i == n && *path == '\0';
}

const struct route *
route_find(const char *method, char segments[][API_SEGMENT_MAX], size_t n,
    const char **id, char *allow, size_t size)
{
	const struct route	*found = NULL;
	const char		*any;
	size_t			 i;

	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (i = 0; i < nroutes && found == NULL; i++) {
		if (!path_matches(routes[i].path, segments, n, &any))
			continue;
		if (strcmp(routes[i].method, method) == 0) {
			found = &routes[i];
			*id = any;
		}
		if (strstr(allow, routes[i].method) == NULL) {
			if (allow[0] == '\0')
				strlcpy(allow, "OPTIONS", size);
			strlcat(allow, ", ", size);
			strlcat(allow, routes[i].method, size);
			if (strcmp(routes[i].method, "GET") == 0)
				strlcat(allow, ", HEAD", size);
		}
	}
	return found;
}
