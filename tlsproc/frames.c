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
 * What agents say, in the order in which they may say it.  A frame reaches
 * authproc or policyproc only as a checked message with the number of the
 * connection it came on.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "tlsproc/tlsproc.h"

/*
 * One agent must not fill a sibling's channel: the sibling would be taken
 * for stuck.  Counted in thousandths of a frame.
 */
static int
within_budget(struct conn *c)
{
	uint64_t	 now = clock_mono_ms(), passed = now - c->budget_ms;
	uint64_t	 full = TLSPROC_FRAMES_BURST * 1000ULL;

	if (c->budget_ms == 0 || passed > full ||
	    passed * TLSPROC_FRAMES_SEC > full - c->budget)
		c->budget = full;
	else
		c->budget += passed * TLSPROC_FRAMES_SEC;
	c->budget_ms = now;
	if (c->budget < 1000)
		return 0;
	c->budget -= 1000;
	return 1;
}

static int
is_busy(struct conn *c)
{
	struct chan	*auth = proc_peer(&c->env->proc, ROLE_AUTH);
	struct chan	*policy = proc_peer(&c->env->proc, ROLE_POLICY);

	return (auth != NULL &&
	    imsgbuf_queuebytes(&auth->ibuf) > TLSPROC_BACKLOG_MAX) ||
	    (policy != NULL &&
	    imsgbuf_queuebytes(&policy->ibuf) > TLSPROC_BACKLOG_MAX);
}

static int
in_auth(struct conn *c, const struct frame *f, const char **errstr)
{
	struct msg_auth_request	 m;

	*errstr = "auth: there is no challenge to answer";
	if (c->state != CONN_CHALLENGED ||
	    frame_get_auth(f, &m, errstr) == -1)
		return -1;
	m.conn = c->id;
	m.from = c->from;
	if (proc_peer(&c->env->proc, ROLE_POLICY) == NULL ||
	    msg_send_auth_request(proc_peer(&c->env->proc, ROLE_AUTH), &m,
	    -1) == -1) {
		conn_refuse(c, "the service is starting: try again");
		return 0;
	}
	c->state = CONN_AUTHENTICATING;
	c->policy_knows = 1;
	return 0;
}

static int
in_enrol(struct conn *c, const struct frame *f, const char **errstr)
{
	struct msg_enrol_request	 m;
	int				 sent;

	*errstr = "enrol: there is no challenge to answer";
	if (c->state != CONN_CHALLENGED)
		return -1;
	*errstr = "enrol: too many attempts on one connection";
	if (c->enrols >= TLSPROC_ENROLS_MAX ||
	    frame_get_enrol(f, &m, errstr) == -1)
		return -1;
	c->enrols++;
	m.conn = c->id;
	m.source = c->from;
	sent = msg_send_enrol_request(proc_peer(&c->env->proc, ROLE_AUTH),
	    &m, -1);
	explicit_bzero(&m, sizeof(m));
	if (sent == -1)
		conn_refuse(c, "the service is starting: try again");
	else
		c->state = CONN_ENROLLING;
	return 0;
}

static int
in_candidates(struct conn *c, const struct frame *f, const char **errstr)
{
	struct msg_conn_candidates	 m;

	if (frame_get_candidates(f, &m, errstr) == -1)
		return -1;
	m.conn = c->id;
	msg_send_conn_candidates(proc_peer(&c->env->proc, ROLE_POLICY), &m,
	    -1);
	return 0;
}

static int
in_ack(struct conn *c, const struct frame *f, const char **errstr)
{
	struct msg_conn_ack	 m;

	if (frame_get_ack(f, &m, errstr) == -1)
		return -1;
	m.conn = c->id;
	msg_send_conn_ack(proc_peer(&c->env->proc, ROLE_POLICY), &m, -1);
	return 0;
}

static int
in_introduce(struct conn *c, const struct frame *f, const char **errstr)
{
	struct msg_conn_introduce	 m;

	if (frame_get_introduce(f, &m, errstr) == -1)
		return -1;
	m.conn = c->id;
	msg_send_conn_introduce(proc_peer(&c->env->proc, ROLE_POLICY), &m,
	    -1);
	return 0;
}

/* Each costs authproc a signature: an agent tells once a second at most. */
static int
in_facts(struct conn *c, const struct frame *f, const char **errstr)
{
	struct msg_conn_facts	 m;
	uint64_t		 now = clock_mono_ms();

	*errstr = "facts: too many";
	if (c->facts_ms > now + TLSPROC_FACTS_BURST * TLSPROC_FACTS_MS)
		return -1;
	c->facts_ms = (c->facts_ms > now ? c->facts_ms : now) +
	    TLSPROC_FACTS_MS;
	if (frame_get_facts(f, &m, errstr) == -1)
		return -1;
	m.conn = c->id;
	msg_send_conn_facts(proc_peer(&c->env->proc, ROLE_AUTH), &m, -1);
	return 0;
}

static int
in_signin(struct conn *c, const struct frame *f, const char **errstr)
{
	struct msg_conn_signin	 m;

	if (frame_get_signin(f, &m, errstr) == -1)
		return -1;
	m.conn = c->id;
	msg_send_conn_signin(proc_peer(&c->env->proc, ROLE_POLICY), &m, -1);
	return 0;
}

static int
in_ping(struct conn *c)
{
	uint8_t	*frame;
	size_t	 len;

	frame = frame_put_pong(&len);
	conn_send(c, frame, len);
	return 0;
}

/* policyproc may have asked for this sign of life. */
static int
in_pong(struct conn *c)
{
	struct msg_conn_alive	 m;

	if (!c->probed)
		return 0;
	c->probed = 0;
	memset(&m, 0, sizeof(m));
	m.conn = c->id;
	msg_send_conn_alive(proc_peer(&c->env->proc, ROLE_POLICY), &m, -1);
	return 0;
}

/* Of connections that are authenticated. */
static int
dispatch_late(struct conn *c, const struct frame *f, const char **errstr)
{
	switch (frame_type(f)) {
	case FRAME_CANDIDATES:
		return in_candidates(c, f, errstr);
	case FRAME_ACK:
		return in_ack(c, f, errstr);
	case FRAME_FACTS:
		return in_facts(c, f, errstr);
	case FRAME_RELAY_LOAD:
		return relay_in_load(c, f, errstr);
	case FRAME_RELAY_RTT:
		return relay_in_rtt(c, f, errstr);
	case FRAME_SIGNIN:
		return in_signin(c, f, errstr);
	case FRAME_RENEW:
		return renew_in_renew(c, f, errstr);
	case FRAME_HOLDS:
		return renew_in_holds(c, f, errstr);
	default:
		return in_introduce(c, f, errstr);
	}
}

static int
dispatch(struct conn *c, const struct frame *f, const char **errstr)
{
	switch (frame_type(f)) {
	case FRAME_PING:
		return in_ping(c);
	case FRAME_PONG:
		return in_pong(c);
	case FRAME_AUTH:
		return in_auth(c, f, errstr);
	case FRAME_ENROL:
		return in_enrol(c, f, errstr);
	case FRAME_RELAY_HELLO:
		return relay_in_hello(c, f, errstr);
	case FRAME_RELAY_LOAD:
	case FRAME_RELAY_RTT:
	case FRAME_SIGNIN:
	case FRAME_CANDIDATES:
	case FRAME_ACK:
	case FRAME_INTRODUCE:
	case FRAME_FACTS:
	case FRAME_RENEW:
	case FRAME_HOLDS:
		break;
	default:
		*errstr = "a frame that only the server sends";
		return -1;
	}
	*errstr = "not authenticated";
	if (c->state != CONN_AUTHENTICATED)
		return -1;
	*errstr = c->relay ? "a frame that no relay sends" :
	    "a frame that only a relay sends";
	if (c->relay != (frame_type(f) == FRAME_RELAY_LOAD))
		return -1;
	return dispatch_late(c, f, errstr);
}

int
frames_input(struct conn *c, const uint8_t *json, size_t len,
    const char **errstr)
{
	struct frame	*f;
	int		 ret;

	*errstr = "too many frames";
	if (!within_budget(c))
		return -1;
	if (is_busy(c)) {
		conn_refuse(c, "the service is busy: try again");
		return 0;
	}
	if ((f = frame_parse(json, len, errstr)) == NULL)
		return -1;
	ret = dispatch(c, f, errstr);
	frame_free(f);
	return ret;
}
