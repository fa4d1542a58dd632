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
 * Byte by byte in the head, in pieces in the body.  What two readers could
 * understand in two ways is refused: folded lines, two lengths, a length
 * beside chunks, codings other than "chunked".
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch/reply.h"

#define CHUNK_DIGITS	8

void
reply_init(struct reply *r, size_t max)
{
	memset(r, 0, sizeof(*r));
	r->max = max;
}

void
reply_free(struct reply *r)
{
	if (r->body != NULL)
		freezero(r->body, r->cap);
	explicit_bzero(r, sizeof(*r));
	r->state = REPLY_BAD;
}

static const char *
body_add(struct reply *r, const uint8_t *data, size_t len)
{
	uint8_t	*body;
	size_t	 cap;

	if (len > r->max - r->len)
		return "the answer is too long";
	if (len > r->cap - r->len) {
		cap = (r->len + len) * 2;
		if (cap > r->max)
			cap = r->max;
		if ((body = recallocarray(r->body, r->cap, cap, 1)) == NULL)
			return "out of memory";
		r->body = body;
		r->cap = cap;
	}
	memcpy(r->body + r->len, data, len);
	r->len += len;
	return NULL;
}

static const char *
take_status(struct reply *r)
{
	const char	*l = r->line;
	int		 i;

	if ((strncmp(l, "HTTP/1.1 ", 9) != 0 &&
	    strncmp(l, "HTTP/1.0 ", 9) != 0) || r->line_len < 12)
		return "no HTTP/1.1 answer";
	r->status = 0;
	for (i = 9; i < 12; i++) {
		if (l[i] < '0' || l[i] > '9')
			return "a bad status";
		r->status = r->status * 10 + (l[i] - '0');
	}
	if (r->status < 100 || r->status > 599 ||
	    (l[12] != '\0' && l[12] != ' '))
		return "a bad status";
	r->state = REPLY_HEADER;
	return NULL;
}

static const char *
take_length(struct reply *r, const char *v)
{
	uint64_t	 n = 0;
	int		 digits;

	if (r->has_length)
		return "two lengths";
	for (digits = 0; *v >= '0' && *v <= '9'; v++, digits++) {
		if (digits == 15)
			return "the answer is too long";
		n = n * 10 + (uint64_t)(*v - '0');
	}
	if (digits == 0 || *v != '\0')
		return "a bad length";
	if (n > r->max)
		return "the answer is too long";
	r->left = n;
	r->has_length = 1;
	return NULL;
}

/* Name characters are those of a token (RFC 9110 section 5.6.2). */
static int
is_token(const char *s, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f ||
		    strchr("\"(),/:;<=>?@[\\]{}", s[i]) != NULL)
			return 0;
	return len != 0;
}

static const char *
take_header(struct reply *r)
{
	char	*colon = strchr(r->line, ':'), *v, *end;

	if (colon == NULL || !is_token(r->line, (size_t)(colon - r->line)))
		return "a bad header";
	*colon = '\0';
	for (v = colon + 1; *v == ' ' || *v == '\t'; v++)
		continue;
	for (end = v + strlen(v); end > v && (end[-1] == ' ' ||
	    end[-1] == '\t'); end--)
		continue;
	*end = '\0';
	if (strcasecmp(r->line, "content-length") == 0)
		return take_length(r, v);
	if (strcasecmp(r->line, "transfer-encoding") == 0) {
		if (r->chunked || strcasecmp(v, "chunked") != 0)
			return "a transfer coding that was not asked for";
		r->chunked = 1;
	}
	if (strcasecmp(r->line, "content-encoding") == 0 &&
	    strcasecmp(v, "identity") != 0)
		return "a content coding that was not asked for";
	return NULL;
}

/* An empty line: what follows? */
static const char *
take_head_end(struct reply *r)
{
	if (r->status < 200) {
		if (r->status == 101 || ++r->interim > REPLY_INTERIM)
			return "an answer that was not asked for";
		r->has_length = r->chunked = 0;
		r->state = REPLY_STATUS;
		return NULL;
	}
	if (r->chunked && r->has_length)
		return "a length beside chunks";
	if (r->status == 204 || r->status == 304)
		r->state = REPLY_DONE;
	else if (r->chunked)
		r->state = REPLY_CHUNK_SIZE;
	else if (r->has_length)
		r->state = r->left == 0 ? REPLY_DONE : REPLY_LENGTH;
	else
		r->state = REPLY_TO_END;
	return NULL;
}

static const char *
take_chunk_size(struct reply *r)
{
	const char	*p = r->line;
	uint64_t	 n = 0;
	int		 digits, d;

	for (digits = 0;; p++, digits++) {
		if (*p >= '0' && *p <= '9')
			d = *p - '0';
		else if (*p >= 'a' && *p <= 'f')
			d = *p - 'a' + 10;
		else if (*p >= 'A' && *p <= 'F')
			d = *p - 'A' + 10;
		else
			break;
		if (digits == CHUNK_DIGITS)
			return "the answer is too long";
		n = n << 4 | (uint64_t)d;
	}
	if (digits == 0 || (*p != '\0' && *p != ';' && *p != ' ' &&
	    *p != '\t'))
		return "a bad chunk";
	if (n > r->max - r->len)
		return "the answer is too long";
	r->left = n;
	r->state = n == 0 ? REPLY_TRAILER : REPLY_CHUNK;
	return NULL;
}

static const char *
take_line(struct reply *r)
{
	switch (r->state) {
	case REPLY_STATUS:
		return take_status(r);
	case REPLY_HEADER:
		return r->line_len == 0 ? take_head_end(r) : take_header(r);
	case REPLY_CHUNK_SIZE:
		return take_chunk_size(r);
	case REPLY_CHUNK_END:
		if (r->line_len != 0)
			return "a bad chunk";
		r->state = REPLY_CHUNK_SIZE;
		return NULL;
	case REPLY_TRAILER:
		if (r->line_len == 0)
			r->state = REPLY_DONE;
		return NULL;
	default:
		return "a bad answer";
	}
}

/* One byte of a line, which ends with CR LF or LF alone. */
static const char *
line_byte(struct reply *r, uint8_t c)
{
	const char	*reason;

	if (++r->head > REPLY_HEAD_MAX)
		return "too much before the body";
	if (c != '\n') {
		if (c == '\0' || r->line_len == sizeof(r->line) - 1)
			return "a line that is too long, or a NUL";
		r->line[r->line_len++] = (char)c;
		return NULL;
	}
	if (r->line_len > 0 && r->line[r->line_len - 1] == '\r')
		r->line_len--;
	r->line[r->line_len] = '\0';
	/* Stray ones are how one reader sees a line where another does not. */
	if (strchr(r->line, '\r') != NULL)
		return "a bad line";
	reason = take_line(r);
	r->line_len = 0;
	return reason;
}

/* How much was taken, at least one byte. */
static size_t
take_body(struct reply *r, const uint8_t *data, size_t len,
    const char **errstr)
{
	size_t	 n = len;

	if (r->state != REPLY_TO_END && n > r->left)
		n = (size_t)r->left;
	if ((*errstr = body_add(r, data, n)) != NULL)
		return n;
	if (r->state == REPLY_TO_END)
		return n;
	r->left -= n;
	if (r->left == 0) {
		/* What delimits chunks is counted anew for each of them. */
		r->head = 0;
		r->state = r->state == REPLY_LENGTH ? REPLY_DONE :
		    REPLY_CHUNK_END;
	}
	return n;
}

int
reply_add(struct reply *r, const uint8_t *data, size_t len,
    const char **errstr)
{
	size_t	 i = 0;

	*errstr = NULL;
	while (i < len && r->state < REPLY_DONE) {
		if (r->state == REPLY_LENGTH || r->state == REPLY_CHUNK ||
		    r->state == REPLY_TO_END)
			i += take_body(r, data + i, len - i, errstr);
		else
			*errstr = line_byte(r, data[i++]);
		if (*errstr != NULL)
			r->state = REPLY_BAD;
	}
	if (r->state == REPLY_BAD && *errstr == NULL)
		*errstr = "a bad answer";
	/* Bytes behind the end are those of nobody. */
	if (r->state == REPLY_DONE)
		return 1;
	return r->state == REPLY_BAD ? -1 : 0;
}

int
reply_end(struct reply *r, const char **errstr)
{
	*errstr = "the answer is incomplete";
	if (r->state == REPLY_TO_END)
		r->state = REPLY_DONE;
	return r->state == REPLY_DONE ? 1 : -1;
}
