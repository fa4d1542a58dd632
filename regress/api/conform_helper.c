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
 * Holds answers of the API against its own OpenAPI document:
 *
 *	conform_helper document			METHOD PATH of each operation
 *	conform_helper document METHOD PATH STATUS <answer
 *
 * The second says what does not fit and ends with 1: an operation or a status
 * that the document does not have, a member that is missing, of another type
 * or not in the schema.
 */

#include <sys/types.h>

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static json_t	*document;

static const json_t *
resolve(const json_t *schema)
{
	const char	*path, *end;
	const json_t	*o = document;
	char		 name[128];
	size_t		 n;

	path = json_string_value(json_object_get(schema, "$ref"));
	if (path == NULL)
		return schema;
	if (strncmp(path, "#/", 2) != 0)
		errx(1, "reference %s", path);
	for (path += 2; *path != '\0'; path = end + (*end == '/')) {
		end = path + strcspn(path, "/");
		n = (size_t)(end - path);
		if (n >= sizeof(name))
			errx(1, "reference too long");
		memcpy(name, path, n);
		name[n] = '\0';
		if ((o = json_object_get(o, name)) == NULL)
			errx(1, "nothing is at %s", name);
	}
	return o;
}

static int
is_type(const json_t *v, const char *type)
{
	if (strcmp(type, "object") == 0)
		return json_is_object(v);
	if (strcmp(type, "array") == 0)
		return json_is_array(v);
	if (strcmp(type, "string") == 0)
		return json_is_string(v);
	if (strcmp(type, "integer") == 0)
		return json_is_integer(v);
	if (strcmp(type, "number") == 0)
		return json_is_number(v);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(v);
	return strcmp(type, "null") == 0 && json_is_null(v);
}

static void
check_type(const json_t *v, const json_t *types, const char *where)
{
	const json_t	*t;
	size_t		 i;

	if (types == NULL)
		return;
	if (json_is_string(types)) {
		if (!is_type(v, json_string_value(types)))
			errx(1, "%s is no %s", where,
			    json_string_value(types));
		return;
	}
	for (i = 0; i < json_array_size(types); i++) {
		t = json_array_get(types, i);
		if (is_type(v, json_string_value(t)))
			return;
	}
	errx(1, "%s has none of its types", where);
}

static void	 check(const json_t *, const json_t *, const char *);

static void
check_object(const json_t *v, const json_t *schema, const char *where)
{
	const json_t	*members = json_object_get(schema, "properties");
	const json_t	*list = json_object_get(schema, "required"), *member;
	const char	*key;
	char		 path[256];
	json_t		*value;
	size_t		 i;

	for (i = 0; i < json_array_size(list); i++) {
		key = json_string_value(json_array_get(list, i));
		if (json_object_get(v, key) == NULL)
			errx(1, "%s: %s is missing", where, key);
	}
	json_object_foreach((json_t *)(uintptr_t)v, key, value) {
		snprintf(path, sizeof(path), "%s.%s", where, key);
		if ((member = json_object_get(members, key)) != NULL)
			check(value, member, path);
		else if (json_is_false(json_object_get(schema,
		    "additionalProperties")))
			errx(1, "%s is not in the schema", path);
	}
}

static void
check(const json_t *v, const json_t *schema, const char *where)
{
	const json_t	*list;
	char		 path[256];
	size_t		 i;

	if ((list = json_object_get(schema, "anyOf")) != NULL)
		schema = json_array_get(list,
		    json_object_get(v, "dryRun") != NULL);
	schema = resolve(schema);
	check_type(v, json_object_get(schema, "type"), where);
	if ((list = json_object_get(schema, "enum")) != NULL) {
		for (i = 0; i < json_array_size(list); i++)
			if (json_equal(json_array_get(list, i), v))
				break;
		if (i == json_array_size(list))
			errx(1, "%s is none of its values", where);
	}
	if (json_is_object(v))
		check_object(v, schema, where);
	for (i = 0; json_is_array(v) && i < json_array_size(v); i++) {
		snprintf(path, sizeof(path), "%s.%zu", where, i);
		if ((list = json_object_get(schema, "items")) != NULL)
			check(json_array_get(v, i), list, path);
	}
}

static void
print_operations(void)
{
	const char	*path, *method, *s;
	json_t		*operations, *o;

	json_object_foreach(json_object_get(document, "paths"), path,
	    operations) {
		json_object_foreach(operations, method, o) {
			for (s = method; *s != '\0'; s++)
				putchar(toupper((unsigned char)*s));
			printf(" %s\n", path);
		}
	}
}

static void
check_answer(const char *method, const char *path, const char *status)
{
	const json_t	*operation, *answer, *content, *schema;
	json_t		*v;
	char		 lower[16];
	size_t		 i;

	for (i = 0; i < sizeof(lower) - 1 && method[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)method[i]);
	lower[i] = '\0';
	operation = json_object_get(json_object_get(json_object_get(document,
	    "paths"), path), lower);
	if (operation == NULL)
		errx(1, "no %s of %s", method, path);
	answer = json_object_get(operation, "responses");
	if (json_object_get(answer, status) != NULL)
		answer = json_object_get(answer, status);
	else if (status[0] == '4')
		answer = resolve(json_object_get(answer, "default"));
	else
		errx(1, "no status %s", status);
	content = json_object_get(answer, "content");
	schema = json_object_get(json_object_get(content,
	    status[0] == '2' ? "application/json" :
	    "application/problem+json"), "schema");
	if (schema == NULL)
		return;
	if ((v = json_loadf(stdin, 0, NULL)) == NULL)
		errx(1, "the answer is no JSON");
	check(v, schema, "answer");
	json_decref(v);
}

int
main(int argc, char **argv)
{
	if ((argc != 2 && argc != 5) ||
	    (document = json_load_file(argv[1], 0, NULL)) == NULL)
		errx(2, "usage: conform_helper document [method path status]");
	if (argc == 2)
		print_operations();
	else
		check_answer(argv[2], argv[3], argv[4]);
	json_decref(document);
	return 0;
}
