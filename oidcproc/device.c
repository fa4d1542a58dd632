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
 * The device flow (RFC 8628): a code for the user, then the question whether
 * the user has used it, again and again.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "jwt/json.h"
#include "oidcproc/oidc.h"

#define GRANT	"urn:ietf:params:oauth:grant-type:device_code"

static const json_t *
string_member(const json_t *o, const char *name)
{
	const json_t	*s = json_object_get(o, name);

	return json_is_string(s) ? s : NULL;
}

void
device_error_code(const uint8_t *body, size_t len, char *out, size_t size)
{
	const char	*errstr;
	const json_t	*s;
	json_t		*o = jwt_json_object(body, len, &errstr);

	out[0] = '\0';
	if (o != NULL && (s = string_member(o, "error")) != NULL)
		log_safe(out, size, json_string_value(s));
	json_decref(o);
}

void
device_error_text(const uint8_t *body, size_t len, int status, char *out,
    size_t size)
{
	char		 code[64], more[128] = "", raw[128];
	const char	*errstr;
	const json_t	*s;
	json_t		*o;

	device_error_code(body, len, code, sizeof(code));
	if (code[0] == '\0') {
		snprintf(out, size, "status %d", status);
		return;
	}
	o = jwt_json_object(body, len, &errstr);
	if (o != NULL &&
	    (s = string_member(o, "error_description")) != NULL) {
		strlcpy(raw, json_string_value(s), sizeof(raw));
		log_safe(more, sizeof(more), raw);
	}
	json_decref(o);
	snprintf(out, size, "%s%s%s%s", code, more[0] != '\0' ? " (" : "",
	    more, more[0] != '\0' ? ")" : "");
}

/* --- The code ------------------------------------------------------ */

/* A string that a terminal may show, or "". */
static void
take_text(const json_t *o, const char *name, char *out, size_t size)
{
	const char	*s = jwt_json_string(o, name, size - 1);
	const char	*p;

	out[0] = '\0';
	if (s == NULL)
		return;
	for (p = s; *p != '\0'; p++)
		if (*p < ' ' || *p >= 0x7f)
			return;
	strlcpy(out, s, size);
}

static void
take_link(const json_t *o, const char *name, char *out, size_t size)
{
	struct url	 u;

	take_text(o, name, out, size);
	if (out[0] != '\0' && url_parse(&u, out) != NULL)
		out[0] = '\0';
}

/* NULL, or what the answer lacks. */
static const char *
take_code(struct signin *s, const json_t *o, struct msg_oidc_code *m)
{
	uint64_t	 expires, interval = OIDC_INTERVAL_S;
	const char	*code;

	code = jwt_json_string(o, "device_code", OIDC_CODE_MAX);
	if (code == NULL)
		return "it gives no device code";
	take_text(o, "user_code", m->user_code, sizeof(m->user_code));
	if (m->user_code[0] == '\0')
		return "it gives no user code";
	take_link(o, "verification_uri", m->uri, sizeof(m->uri));
	if (m->uri[0] == '\0')
		take_link(o, "verification_url", m->uri, sizeof(m->uri));
	if (m->uri[0] == '\0')
		return "it gives no address for the user";
	take_link(o, "verification_uri_complete", m->uri_complete,
	    sizeof(m->uri_complete));
	if (jwt_json_seconds(o, "expires_in", &expires) != 1 || expires == 0)
		return "it does not say when the code expires";
	if (jwt_json_seconds(o, "interval", &interval) == -1 ||
	    interval > OIDC_INTERVAL_MAX_S)
		return "it wants to be asked at no sensible interval";
	if (expires > OIDC_EXPIRES_MAX_S)
		expires = OIDC_EXPIRES_MAX_S;
	if ((s->device_code = strdup(code)) == NULL)
		return "out of memory";
	s->interval_s = interval < 1 ? 1 : (uint32_t)interval;
	s->expires_ms = clock_mono_ms() + expires * 1000;
	m->expires = clock_wall_sec() + expires;
	return NULL;
}

static void
on_code(void *arg, int status, const uint8_t *body, size_t len,
    const char *reason)
{
	struct msg_oidc_code	 m;
	struct signin		*s = arg;
	char			 why[256], text[512];
	json_t			*o = NULL;

	s->request = NULL;
	memset(&m, 0, sizeof(m));
	m.system = s->system;
	m.requirement = s->requirement;
	if (reason == NULL && status != 200) {
		device_error_text(body, len, status, why, sizeof(why));
		reason = why;
	} else if (reason == NULL &&
	    (o = jwt_json_object(body, len, &reason)) != NULL)
		reason = take_code(s, o, &m);
	json_decref(o);
	if (reason != NULL) {
		snprintf(text, sizeof(text), "the identity provider does not "
		    "begin a sign-in: %s", reason);
		signin_fail(s, text);
		return;
	}
	msg_send_oidc_code(proc_peer(&s->env->proc, ROLE_POLICY), &m, -1);
	s->state = SIGNIN_POLL;
	signin_timer(s, s->interval_s * 1000ULL);
}

void
device_start(struct signin *s)
{
	const char	*scope = s->scope[0] != '\0' ? s->scope :
			    s->provider->scope;
	char		 form[2048] = "";

	s->state = SIGNIN_DEVICE;
	if (form_add(form, sizeof(form), "client_id", s->client) == -1 ||
	    form_add(form, sizeof(form), "scope", scope) == -1 ||
	    (s->request = request_start(s->env, &s->provider->device, form,
	    on_code, s)) == NULL)
		signin_fail(s, "out of memory");
}

/* --- The token ----------------------------------------------------- */

static void
on_poll_error(struct signin *s, int status, const uint8_t *body, size_t len)
{
	char	 code[64], why[256], text[320];

	device_error_code(body, len, code, sizeof(code));
	if (strcmp(code, "slow_down") == 0) {
		s->interval_s += OIDC_SLOWER_S;
		if (s->interval_s > OIDC_INTERVAL_MAX_S)
			s->interval_s = OIDC_INTERVAL_MAX_S;
	} else if (strcmp(code, "authorization_pending") != 0) {
		if (code[0] == '\0' && status >= 500) {
			signin_trouble(s, "the provider has a fault");
			return;
		}
		device_error_text(body, len, status, why, sizeof(why));
		snprintf(text, sizeof(text), "%s",
		    strcmp(code, "access_denied") == 0 ?
		    "the sign-in was denied" :
		    strcmp(code, "expired_token") == 0 ?
		    "the code has expired" : why);
		signin_fail(s, text);
		return;
	}
	signin_timer(s, s->interval_s * 1000ULL);
}

static void
on_poll(void *arg, int status, const uint8_t *body, size_t len,
    const char *reason)
{
	struct signin	*s = arg;

	s->request = NULL;
	if (reason != NULL)
		signin_trouble(s, reason);
	else if (status != 200)
		on_poll_error(s, status, body, len);
	else
		token_answer(s, body, len);
}

void
device_poll(struct signin *s)
{
	char	 form[OIDC_FORM_MAX] = "";
	int	 bad;

	if (clock_mono_ms() >= s->expires_ms) {
		signin_fail(s, "the code has expired");
		return;
	}
	bad = form_add(form, sizeof(form), "grant_type", GRANT) == -1 ||
	    form_add(form, sizeof(form), "device_code", s->device_code) ==
	    -1 || form_add(form, sizeof(form), "client_id", s->client) == -1;
	if (!bad)
		s->request = request_start(s->env, &s->provider->token, form,
		    on_poll, s);
	explicit_bzero(form, sizeof(form));
	if (s->request == NULL)
		signin_fail(s, "out of memory");
}
