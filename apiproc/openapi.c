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
 * The OpenAPI 3.1 document of the API, made from the table of routes and the
 * fields of the messages behind it, so that it cannot say anything else than
 * what is done.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"
#include "base/version.h"

static json_t *
ref(const char *kind, const char *name)
{
	char	 text[128];

	snprintf(text, sizeof(text), "#/components/%s/%s", kind, name);
	return json_pack("{s:s}", "$ref", text);
}

static json_t *
json_content(const char *type, json_t *schema)
{
	return json_pack("{s:{s:o}}", type, "schema", schema);
}

static json_t *
list_schema(const char *title)
{
	return json_pack("{s:s, s:[s,s,s], s:{s:o, s:o, s:{s:s, s:o}}}",
	    "type", "object", "required", "metadata", "links", "items",
	    "properties", "metadata", ref("schemas", "Metadata"), "links",
	    ref("schemas", "Links"), "items", "type", "array", "items",
	    ref("schemas", title));
}

static json_t *
parameter(const char *name, const char *in, const char *type, int required,
    const char *description)
{
	return json_pack("{s:s, s:s, s:b, s:s, s:{s:s}}", "name", name, "in",
	    in, "required", required, "description", description, "schema",
	    "type", type);
}

static void
logs_parameters(json_t *list)
{
	static const char *const	names[][2] = {
		{ "actor", "who has done it, as unix:0 or token:3" },
		{ "action", "what was done, as add or revoke" },
		{ "type", "of the object, as system" },
		{ "object", "its name or number" },
		{ "from", "this time and later, as 2027-01-31T12:00:00Z" },
		{ "before", "earlier than this time" },
	};
	size_t				 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_array_append_new(list, parameter(names[i][0], "query",
		    "string", 0, names[i][1]));
	json_array_append_new(list, parameter("page", "query", "integer", 0,
	    "from 0"));
	json_array_append_new(list, parameter("per_page", "query", "integer",
	    0, "1 to 200"));
}

static void
explain_parameters(json_t *list)
{
	json_array_append_new(list, parameter("from", "query", "string", 1,
	    "the system that sends"));
	json_array_append_new(list, parameter("to", "query", "string", 1,
	    "the system that is to be reached"));
	json_array_append_new(list, parameter("access", "query", "string", 1,
	    "tcp/22, udp/53 or icmp"));
}

static json_t *
parameters(const struct route *route)
{
	json_t	*list = json_array();

	if (strstr(route->path, "{org}") != NULL)
		json_array_append_new(list, parameter("org", "path",
		    "string", 1, "name or number of the organisation"));
	if (strstr(route->path, "{id}") != NULL)
		json_array_append_new(list, parameter("id", "path", "string",
		    1, "the object"));
	if (route->run == list_get) {
		json_array_append_new(list, parameter("search", "query",
		    "string", 0, "words, or member:word"));
		json_array_append_new(list, parameter("sort", "query",
		    "string", 0, "a member, with a minus for descending"));
		json_array_append_new(list, parameter("page", "query",
		    "integer", 0, "from 0"));
		json_array_append_new(list, parameter("per_page", "query",
		    "integer", 0, "1 to 200"));
		json_array_append_new(list, parameter("include_disabled",
		    "query", "boolean", 0, "those that are disabled too"));
	}
	if (route->run == query_logs)
		logs_parameters(list);
	if (route->run == query_explain)
		explain_parameters(list);
	if (route->write)
		json_array_append_new(list, parameter("dryRun", "query",
		    "boolean", 0, "change nothing, tell what it would do"));
	if (route->run == object_post)
		json_array_append_new(list, parameter("Idempotency-Key",
		    "header", "string", 0, "the same twice is done once"));
	if (route->write && strstr(route->path, "{id}") != NULL)
		json_array_append_new(list, parameter("If-Match", "header",
		    "string", 0, "the ETag of the version that is meant"));
	return list;
}

static json_t *
answer_content(const struct route *route)
{
	const char	*title;

	if (route->run == service_metrics)
		return json_content("text/plain", json_pack("{s:s}", "type",
		    "string"));
	if (route->run == events_get)
		return json_content("text/event-stream", json_pack("{s:s}",
		    "type", "string"));
	if (route->run == service_account)
		return json_content("application/json", ref("schemas",
		    "Account"));
	if (route->run == query_explain)
		return json_content("application/json", ref("schemas",
		    "Explanation"));
	if (route->run == query_trust)
		return json_content("application/json", ref("schemas",
		    "TrustResults"));
	if (route->run == query_tests)
		return json_content("application/json", ref("schemas",
		    "TestResults"));
	if (route->resource == NULL)
		return json_content("application/json", json_pack("{s:s}",
		    "type", "object"));
	title = route->resource->title;
	if (route->run == list_get || route->run == query_logs)
		return json_content("application/json", list_schema(title));
	if (route->run == list_keys)
		return json_content("application/json", ref("schemas",
		    "SearchKeys"));
	if (route->run == bulk_run)
		return json_content("application/json", ref("schemas",
		    "Bulk"));
	if (route->run == object_post && (route->resource->row ==
	    MSG_ADMIN_KEY || route->resource->row == MSG_ADMIN_TOKEN))
		return json_content("application/json", json_pack(
		    "{s:s, s:[s]}", "type", "object", "required",
		    route->resource->row == MSG_ADMIN_KEY ? "key" : "token"));
	return json_content("application/json", ref("schemas", title));
}

/* Of a change, all of which are answered with objects. */
static json_t *
answer_schema(const struct route *route)
{
	json_t	*content = answer_content(route), *schema;

	schema = json_incref(json_object_get(json_object_get(content,
	    "application/json"), "schema"));
	json_decref(content);
	return schema;
}

static json_t *
answers(const struct route *route)
{
	const char	*status = route->run == object_post ? "201" : "200";
	json_t		*o, *schema;

	o = json_pack("{s:o}", "default", ref("responses", "Problem"));
	if (route->run == object_delete)
		json_object_set_new(o, "204", json_pack("{s:s}",
		    "description", "done"));
	else
		json_object_set_new(o, status, json_pack("{s:s, s:o}",
		    "description", "done", "content",
		    answer_content(route)));
	if (!route->write)
		return o;
	schema = ref("schemas", "DryRun");
	/* Of what is answered as 200 too, a dry run is told by its member. */
	if (json_object_get(o, "200") != NULL)
		schema = json_pack("{s:[o,o]}", "anyOf", answer_schema(route),
		    schema);
	json_object_set_new(o, "200", json_pack("{s:s, s:o}", "description",
	    "done, or tried", "content", json_content("application/json",
	    schema)));
	return o;
}

static json_t *
body_of(const struct route *route)
{
	char	 name[64];

	if (route->body == BODY_IDS)
		return json_pack("{s:b, s:o}", "required", 1, "content",
		    json_content("application/json", ref("schemas", "Ids")));
	if (route->message != MSG_NONE)
		return json_pack("{s:b, s:o}", "required", 1, "content",
		    json_content("application/json", object_schema(
		    route->message, 1, strcmp(route->method, "PATCH") == 0)));
	if (route->resource->add == MSG_NONE)
		return json_pack("{s:b, s:o}", "required", 1, "content",
		    json_content("application/json", json_pack("{s:s}",
		    "type", "object")));
	snprintf(name, sizeof(name), "%s%s", route->resource->title,
	    route->run == object_patch ? "Patch" : "Body");
	return json_pack("{s:b, s:o}", "required", 1, "content",
	    json_content("application/json", ref("schemas", name)));
}

/* "get_org_policies_id": unique, as a name of a function. */
static const char *
operation_id(const struct route *route, char buf[128])
{
	size_t		 n;
	const char	*s;

	strlcpy(buf, route->method, 128);
	for (n = 0; buf[n] != '\0'; n++)
		buf[n] = (char)tolower((unsigned char)buf[n]);
	for (s = route->path; *s != '\0' && n < 127; s++) {
		if (*s == '{' || *s == '}')
			continue;
		buf[n++] = isalnum((unsigned char)*s) ? *s : '_';
	}
	buf[n] = '\0';
	return buf;
}

static json_t *
operation(const struct route *route)
{
	char	 id[128];
	json_t	*o;

	o = json_pack("{s:s, s:s, s:o, s:o}", "operationId",
	    operation_id(route, id), "summary", route->summary, "parameters",
	    parameters(route), "responses", answers(route));
	if (route->body != BODY_NONE)
		json_object_set_new(o, "requestBody", body_of(route));
	if (route->open)
		json_object_set_new(o, "security", json_array());
	else if (route->resource != NULL)
		json_object_set_new(o, "x-scope", json_string(scope_name(
		    2 * route->resource->area + (route->write ? 1 : 0))));
	return o;
}

static json_t *
paths(void)
{
	char	 method[16];
	json_t	*o = json_object(), *path;
	size_t	 i, k;

	for (i = 0; i < nroutes; i++) {
		if ((path = json_object_get(o, routes[i].path)) == NULL) {
			path = json_object();
			json_object_set_new(o, routes[i].path, path);
		}
		strlcpy(method, routes[i].method, sizeof(method));
		for (k = 0; method[k] != '\0'; k++)
			method[k] = (char)tolower((unsigned char)method[k]);
		json_object_set_new(path, method, operation(&routes[i]));
	}
	return o;
}

static json_t *
fixed_schemas(void)
{
	static const char	 text[] =
	    "{\"Problem\":{\"type\":\"object\",\"required\":[\"type\","
	    "\"title\",\"status\"],\"properties\":{\"type\":{\"type\":"
	    "\"string\"},\"title\":{\"type\":\"string\"},\"status\":{"
	    "\"type\":\"integer\"},\"detail\":{\"type\":\"string\"}}},"
	    "\"Metadata\":{\"type\":\"object\",\"required\":[\"total\","
	    "\"firstPage\",\"prevPage\",\"nextPage\",\"lastPage\"],"
	    "\"properties\":{\"total\":{\"type\":\"integer\"},"
	    "\"firstPage\":{\"type\":\"integer\"},\"prevPage\":{\"type\":["
	    "\"integer\",\"null\"]},\"nextPage\":{\"type\":[\"integer\","
	    "\"null\"]},\"lastPage\":{\"type\":\"integer\"}}},"
	    "\"Links\":{\"type\":\"object\",\"required\":[\"first\","
	    "\"prev\",\"next\",\"last\"],\"properties\":{\"first\":{"
	    "\"type\":\"string\"},\"prev\":{\"type\":[\"string\",\"null\"]},"
	    "\"next\":{\"type\":[\"string\",\"null\"]},\"last\":{\"type\":"
	    "\"string\"}}},"
	    "\"Ids\":{\"type\":\"object\",\"required\":[\"ids\"],"
	    "\"properties\":{\"ids\":{\"type\":\"array\",\"minItems\":1,"
	    "\"maxItems\":200,\"items\":{\"type\":[\"string\",\"integer\"]}"
	    "}},\"additionalProperties\":false},"
	    "\"Bulk\":{\"type\":\"object\",\"required\":[\"succeeded\","
	    "\"results\"],\"properties\":{\"succeeded\":{\"type\":"
	    "\"integer\"},\"results\":{\"type\":\"array\",\"items\":{"
	    "\"type\":\"object\",\"required\":[\"id\",\"status\"],"
	    "\"properties\":{\"id\":{\"type\":[\"string\",\"integer\"]},"
	    "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":"
	    "\"string\"}}}}}},"
	    "\"SearchKeys\":{\"type\":\"object\",\"required\":["
	    "\"searchKeys\"],\"properties\":{\"searchKeys\":{\"type\":"
	    "\"array\",\"items\":{\"type\":\"string\"}}}},"
	    "\"Account\":{\"type\":\"object\",\"required\":[\"orgs\","
	    "\"token\"],\"properties\":{\"orgs\":{\"type\":\"array\","
	    "\"items\":{\"type\":\"object\",\"required\":[\"orgId\","
	    "\"orgName\"],\"properties\":{\"orgId\":{\"type\":\"integer\"},"
	    "\"orgName\":{\"type\":\"string\"}}}},\"token\":{\"type\":"
	    "\"object\",\"required\":[\"name\",\"scopes\",\"notAfter\"],"
	    "\"properties\":{\"name\":{\"type\":\"string\"},\"scopes\":{"
	    "\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
	    "\"notAfter\":{\"type\":\"string\"}}}}}}";

	return json_loads(text, 0, NULL);
}

/* The numbers are null when policyproc cannot be asked. */
static json_t *
dry_schema(void)
{
	static const char *const	numbers[] = {
		"gained", "lost", "amended"
	};
	json_t				*members;
	size_t				 i;

	members = json_pack("{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:[s,s]},"
	    " s:{s:s, s:o}, s:{s:s, s:o}, s:{s:s}}",
	    "dryRun", "type", "boolean", "status", "type", "integer",
	    "detail", "type", "string",
	    "isCut", "type", "boolean", "null",
	    "pairs", "type", "array", "items", object_schema(
	    MSG_ADMIN_TRIAL_PAIR, 0, 0),
	    "failingTests", "type", "array", "items", ref("schemas",
	    "PolicyTest"), "results", "type", "array");
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_set_new(members, numbers[i], json_pack(
		    "{s:[s,s]}", "type", "integer", "null"));
	return json_pack("{s:s, s:[s,s,s,s,s,s,s,s], s:o, s:b}", "type",
	    "object", "required", "dryRun", "status", "detail", "gained",
	    "lost", "amended", "pairs", "failingTests", "properties", members,
	    "additionalProperties", 0);
}

/* Those that are made of the rows of several messages. */
static void
joined_schemas(json_t *o)
{
	json_t	*verdict = object_schema(MSG_ADMIN_EXPLAIN_VERDICT, 0, 0);
	json_t	*log = object_schema(MSG_ADMIN_AUDIT, 0, 0);

	json_object_set_new(json_object_get(verdict, "properties"),
	    "policies", json_pack("{s:s, s:o}", "type", "array", "items",
	    object_schema(MSG_ADMIN_EXPLAIN_POLICY, 0, 0)));
	json_object_set_new(o, "Explanation", verdict);
	json_object_set_new(o, "TestResults", json_pack(
	    "{s:s, s:[s,s], s:{s:{s:s}, s:{s:s, s:o}}}", "type", "object",
	    "required", "allHold", "items", "properties", "allHold", "type",
	    "boolean", "items", "type", "array", "items",
	    object_schema(MSG_ADMIN_TEST, 0, 0)));
	json_object_set_new(o, "DryRun", dry_schema());
	json_object_set_new(o, "TrustResults", json_pack(
	    "{s:s, s:[s], s:{s:{s:s, s:o}}}", "type", "object", "required",
	    "items", "properties", "items", "type", "array", "items",
	    object_schema(MSG_ADMIN_TRUST, 0, 0)));
	json_object_set_new(json_object_get(log, "properties"), "before",
	    json_pack("{s:[s,s]}", "type", "object", "null"));
	json_object_set_new(json_object_get(log, "properties"), "after",
	    json_pack("{s:[s,s]}", "type", "object", "null"));
	json_object_set_new(o, "LogEntry", log);
}

static json_t *
schemas(void)
{
	const struct resource	*res;
	char			 name[64];
	json_t			*o = fixed_schemas();
	size_t			 i;

	joined_schemas(o);
	for (i = 0; i < nroutes; i++) {
		res = routes[i].resource;
		if (res == NULL || json_object_get(o, res->title) != NULL)
			continue;
		json_object_set_new(o, res->title, object_schema(res->row, 0,
		    0));
		if (res->add == MSG_NONE)
			continue;
		snprintf(name, sizeof(name), "%sBody", res->title);
		json_object_set_new(o, name, object_schema(res->add, 1, 0));
		snprintf(name, sizeof(name), "%sPatch", res->title);
		json_object_set_new(o, name, object_schema(res->add, 1, 1));
	}
	return o;
}

json_t *
openapi_document(void)
{
	return json_pack("{s:s, s:{s:s, s:s, s:{s:s, s:s}}, s:[{s:[]}], s:o,"
	    " s:{s:{s:{s:s, s:s}}, s:{s:{s:s, s:o}}, s:o}}",
	    "openapi", "3.1.0",
	    "info", "title", "Enclave discovery service", "version",
	    ENCLAVE_VERSION, "license", "name", "ISC", "identifier", "ISC",
	    "security", "token",
	    "paths", paths(),
	    "components", "securitySchemes", "token", "type", "http",
	    "scheme", "bearer", "responses", "Problem", "description",
	    "what is wrong", "content", json_content(
	    "application/problem+json", ref("schemas", "Problem")),
	    "schemas", schemas());
}
