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
 * Both ends of connections in one process, over a socketpair.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tlsio/tlscert.h"
#include "tlsio/tlsio.h"

#define LIMIT_MS	20000
#define QUEUE		(64 * 1024)
#define NAME		"discovery.example"

enum { FREE_READY = 1, FREE_DATA = 2, ANSWER = 4 };

struct end {
	struct tlsio	*io;
	int		 ready;
	int		 closed;
	int		 what;		/* when it frees itself */
	uint64_t	 got;
	uint8_t		 next;		/* expected byte */
	uint8_t		 hash[32];
	int		 hash_ok;
	char		 reason[256];
};

struct pair {
	struct end	 client, server;
	struct tls	*tls;
	uint8_t		 cert[TLSCERT_PEM_MAX];
	size_t		 cert_len;
	int		 fds[2];
};

static void
end_free(struct end *e)
{
	tlsio_free(e->io);
	e->io = NULL;
}

static void
on_ready(void *arg)
{
	struct end	*e = arg;

	e->ready++;
	e->hash_ok = tlsio_peer_hash(e->io, e->hash) == 0;
	if (e->what & FREE_READY)
		end_free(e);
}

static void
on_data(void *arg, const uint8_t *data, size_t len)
{
	struct end	*e = arg;
	size_t		 i;

	ATF_REQUIRE_EQ(e->ready, 1);
	for (i = 0; i < len; i++)
		ATF_REQUIRE_EQ(data[i], e->next++);
	e->got += len;
	if (e->what & ANSWER)
		tlsio_write(e->io, data, len);
	if (e->what & FREE_DATA)
		end_free(e);
}

static void
on_closed(void *arg, const char *reason)
{
	struct end	*e = arg;

	e->closed++;
	strlcpy(e->reason, reason, sizeof(e->reason));
	end_free(e);
}

static const struct tlsio_ops ops = {
	.ready = on_ready, .data = on_data, .closed = on_closed
};

static void
make_fds(struct pair *p)
{
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    p->fds) == 0);
}

static void
make_server(struct pair *p)
{
	const char	*errstr = "";
	uint8_t		 key[TLSCERT_PEM_MAX];
	size_t		 key_len;

	memset(p, 0, sizeof(*p));
	signal(SIGPIPE, SIG_IGN);
	event_init();
	ATF_REQUIRE(tlscert_make(NAME, 20, p->cert, &p->cert_len, key,
	    &key_len) == 0);
	p->tls = tlsio_server(p->cert, p->cert_len, key, key_len, &errstr);
	ATF_REQUIRE_MSG(p->tls != NULL, "%s", errstr);
	make_fds(p);
}

static void
start_server(struct pair *p)
{
	p->server.io = tlsio_accept(p->tls, p->fds[1], QUEUE, &ops,
	    &p->server);
	ATF_REQUIRE(p->server.io != NULL);
}

static void
start_client(struct pair *p, const uint8_t *ca, size_t ca_len,
    const char *name)
{
	struct tls_config	*config;
	const char		*errstr = "";

	config = tlsio_client_config(ca, ca_len, &errstr);
	ATF_REQUIRE_MSG(config != NULL, "%s", errstr);
	p->client.io = tlsio_connect(config, p->fds[0], name, QUEUE, &ops,
	    &p->client);
	tls_config_free(config);
	ATF_REQUIRE(p->client.io != NULL);
}

static void
finish(struct pair *p)
{
	end_free(&p->client);
	end_free(&p->server);
	tls_free(p->tls);
}

/* Run the loop until the condition holds. */
#define UNTIL(cond) do {						\
	uint64_t	 limit = clock_mono_ms() + LIMIT_MS;		\
									\
	while (!(cond)) {						\
		ATF_REQUIRE_MSG(clock_mono_ms() < limit, "%s", #cond);	\
		event_loop(EVLOOP_ONCE);				\
	}								\
} while (0)

static void
connected(struct pair *p)
{
	make_server(p);
	start_server(p);
	start_client(p, NULL, 0, NAME);
	UNTIL(p->client.ready && p->server.ready);
}

ATF_TC_WITHOUT_HEAD(the_hash_a_client_sees_is_the_certificates);
ATF_TC_BODY(the_hash_a_client_sees_is_the_certificates, tc)
{
	struct pair	 p;
	uint8_t		 hash[32], back[32];
	char		 pin[TLSCERT_PIN_LEN + 1];

	connected(&p);
	ATF_REQUIRE(p.client.hash_ok);
	ATF_REQUIRE(!p.server.hash_ok);
	ATF_REQUIRE(tlscert_hash(p.cert, p.cert_len, hash) == 0);
	ATF_REQUIRE(memcmp(hash, p.client.hash, 32) == 0);
	tlscert_pin(hash, pin);
	ATF_REQUIRE(tlscert_pin_parse(pin, back) == 0);
	ATF_REQUIRE(memcmp(hash, back, 32) == 0);
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(a_pin_is_sha256_and_64_digits_and_nothing_else);
ATF_TC_BODY(a_pin_is_sha256_and_64_digits_and_nothing_else, tc)
{
	char	 pin[TLSCERT_PIN_LEN + 2];
	uint8_t	 hash[32];

	memset(hash, 0xab, sizeof(hash));
	tlscert_pin(hash, pin);
	pin[30] = 'B';
	ATF_REQUIRE(tlscert_pin_parse(pin, hash) == 0);
	pin[30] = 'g';
	ATF_REQUIRE(tlscert_pin_parse(pin, hash) == -1);
	pin[30] = 'b';
	pin[TLSCERT_PIN_LEN] = '0';
	pin[TLSCERT_PIN_LEN + 1] = '\0';
	ATF_REQUIRE(tlscert_pin_parse(pin, hash) == -1);
	pin[TLSCERT_PIN_LEN - 1] = '\0';
	ATF_REQUIRE(tlscert_pin_parse(pin, hash) == -1);
	ATF_REQUIRE(tlscert_pin_parse("", hash) == -1);
	ATF_REQUIRE(tlscert_hash((const uint8_t *)"x", 1, hash) == -1);
}

ATF_TC_WITHOUT_HEAD(a_trusted_certificate_with_the_name_is_accepted);
ATF_TC_BODY(a_trusted_certificate_with_the_name_is_accepted, tc)
{
	struct pair	 p;

	make_server(&p);
	start_server(&p);
	start_client(&p, p.cert, p.cert_len, NAME);
	UNTIL(p.client.ready && p.server.ready);
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(another_name_or_authority_is_refused_with_the_reason);
ATF_TC_BODY(another_name_or_authority_is_refused_with_the_reason, tc)
{
	struct pair	 p;
	uint8_t		 cert[TLSCERT_PEM_MAX], key[TLSCERT_PEM_MAX];
	size_t		 cert_len, key_len;

	make_server(&p);
	start_server(&p);
	start_client(&p, p.cert, p.cert_len, "elsewhere.example");
	UNTIL(p.client.closed && p.server.closed);
	ATF_REQUIRE_EQ(p.client.ready, 0);
	ATF_REQUIRE_MSG(strstr(p.client.reason, "not present in server") !=
	    NULL, "%s", p.client.reason);
	p.client.closed = p.server.closed = p.server.ready = 0;
	ATF_REQUIRE(tlscert_make(NAME, 1, cert, &cert_len, key, &key_len) ==
	    0);
	make_fds(&p);
	start_server(&p);
	start_client(&p, cert, cert_len, NAME);
	UNTIL(p.client.closed && p.server.closed);
	ATF_REQUIRE_EQ(p.client.ready, 0);
	ATF_REQUIRE_MSG(strstr(p.client.reason, "verification failed") !=
	    NULL, "%s", p.client.reason);
	finish(&p);
}

/* Keep the queue full until all is sent. */
static void
fill(struct tlsio *io, uint64_t *sent, uint64_t total, uint8_t *next)
{
	uint8_t	 buf[5000];
	size_t	 i, len;

	while (*sent < total && QUEUE - tlsio_queued(io) >= sizeof(buf)) {
		len = total - *sent < sizeof(buf) ?
		    (size_t)(total - *sent) : sizeof(buf);
		for (i = 0; i < len; i++)
			buf[i] = (*next)++;
		ATF_REQUIRE(tlsio_write(io, buf, len) == 0);
		*sent += len;
	}
}

ATF_TC_WITHOUT_HEAD(much_more_than_the_queue_passes_in_both_directions);
ATF_TC_BODY(much_more_than_the_queue_passes_in_both_directions, tc)
{
	uint64_t	 total = 8 * 1024 * 1024 + 77, c = 0, s = 0;
	uint64_t	 limit = clock_mono_ms() + LIMIT_MS;
	uint8_t		 cn = 0, sn = 0;
	struct pair	 p;

	connected(&p);
	while (p.client.got < total || p.server.got < total) {
		ATF_REQUIRE(clock_mono_ms() < limit);
		fill(p.client.io, &c, total, &cn);
		fill(p.server.io, &s, total, &sn);
		event_loop(EVLOOP_ONCE);
	}
	ATF_REQUIRE_EQ(tlsio_rx(p.client.io), total);
	ATF_REQUIRE_EQ(tlsio_tx(p.client.io), total);
	ATF_REQUIRE_EQ(tlsio_rx(p.server.io), total);
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(a_queue_that_runs_over_ends_the_connection);
ATF_TC_BODY(a_queue_that_runs_over_ends_the_connection, tc)
{
	static uint8_t	 data[QUEUE];
	struct pair	 p;

	connected(&p);
	ATF_REQUIRE(tlsio_write(p.server.io, data, QUEUE - 1) == 0);
	ATF_REQUIRE(tlsio_write(p.server.io, data, 2) == -1);
	ATF_REQUIRE_EQ(p.server.closed, 0);
	ATF_REQUIRE(tlsio_write(p.server.io, data, 1) == -1);
	UNTIL(p.server.closed);
	ATF_REQUIRE(strstr(p.server.reason, "does not read") != NULL);
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(what_was_queued_arrives_before_the_close);
ATF_TC_BODY(what_was_queued_arrives_before_the_close, tc)
{
	uint8_t		 data[QUEUE];
	struct pair	 p;
	size_t		 i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	connected(&p);
	ATF_REQUIRE(tlsio_write(p.server.io, data, sizeof(data)) == 0);
	tlsio_close(p.server.io, "enough");
	ATF_REQUIRE(tlsio_write(p.server.io, data, 1) == -1);
	UNTIL(p.server.closed && p.client.closed);
	ATF_REQUIRE_EQ(p.client.got, sizeof(data));
	ATF_REQUIRE_STREQ(p.server.reason, "enough");
	ATF_REQUIRE_STREQ(p.client.reason, "closed by the other side");
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(garbage_instead_of_tls_is_a_reason_not_a_crash);
ATF_TC_BODY(garbage_instead_of_tls_is_a_reason_not_a_crash, tc)
{
	static const char	*const lines[] = {
		"GET / HTTP/1.1\r\n\r\n", "SSH-2.0-OpenSSH_9\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03xxxxxxxxxxxxxx",
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
	};
	struct pair		 p;
	size_t			 i;

	make_server(&p);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (i > 0)
			make_fds(&p);
		start_server(&p);
		ATF_REQUIRE(write(p.fds[0], lines[i], strlen(lines[i])) > 0);
		shutdown(p.fds[0], SHUT_WR);
		UNTIL(p.server.closed);
		ATF_REQUIRE_EQ(p.server.ready, 0);
		ATF_REQUIRE(p.server.reason[0] != '\0');
		p.server.closed = 0;
		close(p.fds[0]);
	}
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(a_peer_that_vanishes_is_a_close);
ATF_TC_BODY(a_peer_that_vanishes_is_a_close, tc)
{
	struct pair	 p;

	connected(&p);
	end_free(&p.client);
	UNTIL(p.server.closed);
	ATF_REQUIRE_STREQ(p.server.reason, "closed by the other side");
	/* And in the middle of a handshake. */
	p.server.closed = 0;
	make_fds(&p);
	start_server(&p);
	close(p.fds[0]);
	UNTIL(p.server.closed);
	ATF_REQUIRE_STREQ(p.server.reason, "closed by the other side");
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(a_half_open_connection_ends_by_its_idle_limit);
ATF_TC_BODY(a_half_open_connection_ends_by_its_idle_limit, tc)
{
	struct pair	 p;

	connected(&p);
	tlsio_set_idle(p.server.io, 30);
	UNTIL(p.server.closed);
	ATF_REQUIRE(strstr(p.server.reason, "nothing heard for") != NULL);
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(a_deadline_holds_whatever_is_received);
ATF_TC_BODY(a_deadline_holds_whatever_is_received, tc)
{
	uint64_t	 sent = 0;
	struct pair	 p;
	uint8_t		 next = 0;

	connected(&p);
	tlsio_set_idle(p.server.io, LIMIT_MS);
	tlsio_set_deadline(p.server.io, 50, "too late");
	while (!p.server.closed) {
		if (p.client.io != NULL && !p.client.closed)
			fill(p.client.io, &sent, sent + 5000, &next);
		event_loop(EVLOOP_ONCE);
	}
	ATF_REQUIRE_STREQ(p.server.reason, "too late");
	ATF_REQUIRE(p.server.got > 0);
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(a_deadline_taken_back_does_not_strike);
ATF_TC_BODY(a_deadline_taken_back_does_not_strike, tc)
{
	struct pair	 p;

	connected(&p);
	tlsio_set_deadline(p.server.io, 20, "too late");
	tlsio_set_deadline(p.server.io, 0, "");
	tlsio_set_idle(p.client.io, 60);
	UNTIL(p.client.closed);
	UNTIL(p.server.closed);
	ATF_REQUIRE_STREQ(p.server.reason, "closed by the other side");
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(a_handshake_that_stalls_ends_by_its_deadline);
ATF_TC_BODY(a_handshake_that_stalls_ends_by_its_deadline, tc)
{
	struct pair	 p;

	make_server(&p);
	start_server(&p);
	tlsio_set_deadline(p.server.io, 30, "no handshake");
	UNTIL(p.server.closed);
	ATF_REQUIRE_STREQ(p.server.reason, "no handshake");
	close(p.fds[0]);
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(a_connection_may_be_freed_in_any_callback);
ATF_TC_BODY(a_connection_may_be_freed_in_any_callback, tc)
{
	static const uint8_t	 data[3] = { 0, 1, 2 };
	struct pair		 p;

	make_server(&p);
	start_server(&p);
	p.client.what = FREE_READY;
	start_client(&p, NULL, 0, NAME);
	UNTIL(p.server.closed);
	p.server.closed = p.server.ready = p.client.ready = 0;
	p.client.what = FREE_DATA | ANSWER;
	make_fds(&p);
	start_server(&p);
	start_client(&p, NULL, 0, NAME);
	UNTIL(p.server.ready);
	ATF_REQUIRE(tlsio_write(p.server.io, data, sizeof(data)) == 0);
	UNTIL(p.server.closed);
	ATF_REQUIRE_EQ(p.client.got, 3);
	finish(&p);
}

ATF_TC_WITHOUT_HEAD(the_warm_up_ends_well_and_can_be_repeated);
ATF_TC_BODY(the_warm_up_ends_well_and_can_be_repeated, tc)
{
	const char	*errstr = "";

	ATF_REQUIRE_MSG(tlsio_warm_up(&errstr) == 0, "%s", errstr);
	ATF_REQUIRE_MSG(tlsio_warm_up(&errstr) == 0, "%s", errstr);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_hash_a_client_sees_is_the_certificates);
	ATF_TP_ADD_TC(tp, a_pin_is_sha256_and_64_digits_and_nothing_else);
	ATF_TP_ADD_TC(tp, a_trusted_certificate_with_the_name_is_accepted);
	ATF_TP_ADD_TC(tp,
	    another_name_or_authority_is_refused_with_the_reason);
	ATF_TP_ADD_TC(tp,
	    much_more_than_the_queue_passes_in_both_directions);
	ATF_TP_ADD_TC(tp, a_queue_that_runs_over_ends_the_connection);
	ATF_TP_ADD_TC(tp, what_was_queued_arrives_before_the_close);
	ATF_TP_ADD_TC(tp, garbage_instead_of_tls_is_a_reason_not_a_crash);
	ATF_TP_ADD_TC(tp, a_peer_that_vanishes_is_a_close);
	ATF_TP_ADD_TC(tp, a_half_open_connection_ends_by_its_idle_limit);
	ATF_TP_ADD_TC(tp, a_deadline_holds_whatever_is_received);
	ATF_TP_ADD_TC(tp, a_deadline_taken_back_does_not_strike);
	ATF_TP_ADD_TC(tp, a_handshake_that_stalls_ends_by_its_deadline);
	ATF_TP_ADD_TC(tp, a_connection_may_be_freed_in_any_callback);
	ATF_TP_ADD_TC(tp, the_warm_up_ends_well_and_can_be_repeated);
	return atf_no_error();
}
