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
 * enclave-discoveryctl status, pin and version: the service as a whole.
 */

#include <sys/types.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "discoveryctl/ctl.h"

#define LABEL	"%-16s"

struct counters {
	int				 have;
	struct msg_admin_counters	 m;
};

static int	 on_row(void *, uint32_t, const void *);
static int	 ask(struct ctl *, uint32_t, struct counters *,
		    struct client *);

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	struct counters	*counters = arg;

	if (type != MSG_ADMIN_COUNTERS || counters->have)
		return -1;
	memcpy(&counters->m, msg, sizeof(counters->m));
	counters->have = 1;
	return 0;
}

/* Both requests have no fields. */
static int
ask(struct ctl *ctl, uint32_t type, struct counters *counters,
    struct client *client)
{
	struct msg_admin_status	 m;

	memset(&m, 0, sizeof(m));
	memset(counters, 0, sizeof(*counters));
	client_init(client, ROLE_DISCOVERYCTL, ctl->path);
	client->row = on_row;
	client->arg = counters;
	return client_ask(client, type, &m);
}

/* How many changes were acknowledged in less than so many ms. */
static json_t *
latency_json(const struct msg_u32s *latency)
{
	json_t	*list = out_array(), *o;
	size_t	 i;

	for (i = 0; i < latency->n; i++) {
		o = out_object();
		out_set(o, "below_ms", i + 1 == latency->n ? out_null() :
		    out_number(1ULL << i));
		out_set(o, "count", out_number(latency->e[i]));
		out_append(list, o);
	}
	return list;
}

static void
status_json(const struct msg_admin_counters *m)
{
	json_t	*o = out_object();

	out_set(o, "pin", out_text_or_null(m->pin));
	out_set(o, "revision", out_number(m->revision));
	out_set(o, "connected", out_number(m->connected));
	out_set(o, "introductions", out_number(m->introductions));
	out_set(o, "policy_sent", out_number(m->policy_sent));
	out_set(o, "policy_acked", out_number(m->policy_acked));
	out_set(o, "tls_rx_bytes", out_number(m->tls_rx_bytes));
	out_set(o, "tls_tx_bytes", out_number(m->tls_tx_bytes));
	out_set(o, "tls_refused", out_number(m->tls_refused));
	out_set(o, "tls_bad_frames", out_number(m->tls_bad_frames));
	out_set(o, "stun_requests", out_number(m->stun_requests));
	out_set(o, "stun_answers", out_number(m->stun_answers));
	out_set(o, "stun_dropped", out_number(m->stun_dropped));
	out_set(o, "policy_latency", latency_json(&m->latency));
	out_print(o);
}

static void
status_text(const struct msg_admin_counters *m)
{
	char	 clean[TEXT_MAX], rx[TEXT_SHORT_MAX], tx[TEXT_SHORT_MAX];

	printf(LABEL "%s\n", "pin", m->pin[0] == '\0' ? "-" :
	    text_clean(clean, sizeof(clean), m->pin));
	printf(LABEL "%" PRIu64 "\n", "revision", m->revision);
	printf(LABEL "%" PRIu32 " connected, %" PRIu64 " introductions\n",
	    "systems", m->connected, m->introductions);
	printf(LABEL "%" PRIu64 " sent, %" PRIu64 " acknowledged\n",
	    "policy", m->policy_sent, m->policy_acked);
	printf(LABEL "%s in, %s out, %" PRIu64 " refused, %" PRIu64
	    " bad frames\n", "tls", text_bytes(rx, m->tls_rx_bytes),
	    text_bytes(tx, m->tls_tx_bytes), m->tls_refused,
	    m->tls_bad_frames);
	printf(LABEL "%" PRIu64 " requests, %" PRIu64 " answers, %" PRIu64
	    " dropped\n", "stun", m->stun_requests, m->stun_answers,
	    m->stun_dropped);
}

int
cmd_status(struct ctl *ctl, struct args *args)
{
	struct counters	 counters;
	struct client	 client;
	int		 code;

	if (ctl_next(ctl, args, "j") != ARGS_END)
		return ctl_usage(ctl);
	code = ask(ctl, MSG_ADMIN_STATUS, &counters, &client);
	if (code != CLIENT_DONE)
		return ctl_complain(&client, code);
	if (!counters.have) {
		warnx("enclave-discoveryd sent an answer that makes no sense "
		    "(nothing)");
		return CLIENT_FAILED;
	}
	if (ctl->json)
		status_json(&counters.m);
	else
		status_text(&counters.m);
	return CLIENT_DONE;
}

int
cmd_pin(struct ctl *ctl, struct args *args)
{
	struct counters	 counters;
	struct client	 client;
	const char	*pin;
	char		 clean[TEXT_MAX];
	json_t		*o;
	int		 code;

	if (ctl_next(ctl, args, "j") != ARGS_END)
		return ctl_usage(ctl);
	code = ask(ctl, MSG_ADMIN_PIN, &counters, &client);
	if (code != CLIENT_DONE)
		return ctl_complain(&client, code);
	pin = counters.have ? counters.m.pin : client.text;
	if (pin[0] == '\0') {
		warnx("there is no TLS certificate yet: see the daemon's log");
		return CLIENT_FAILED;
	}
	if (ctl->json) {
		o = out_object();
		out_set(o, "pin", out_text(pin));
		out_print(o);
	} else
		printf("%s\n", text_clean(clean, sizeof(clean), pin));
	return CLIENT_DONE;
}

int
cmd_version(struct ctl *ctl, struct args *args)
{
	json_t	*o;

	if (ctl_next(ctl, args, "j") != ARGS_END)
		return ctl_usage(ctl);
	if (ctl->json) {
		o = out_object();
		out_set(o, "enclave-discoveryctl", out_text(ENCLAVE_VERSION));
		out_print(o);
	} else
		printf("enclave-discoveryctl %s\n", ENCLAVE_VERSION);
	return CLIENT_DONE;
}
