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
 * The real linkproc as that of a relay, between a played parent, two
 * instances of spliceproc and a discovery server.
 */

#include <sys/types.h>

#include "regress/tlsio/child.h"
#include "regress/tlsio/peer.h"
#include "tlsio/tlscert.h"
#include "tlsio/tlsio.h"

#define TOKEN	"3L9KQ-77VXW-PPQ2D-55HHK"

struct world {
	struct child	 link;
	struct side	 splice[2];
	struct tls	*server;
	int		 listener;
	uint16_t	 port;
	char		 pin[TLSCERT_PIN_LEN + 1];
};

static void
make_server(struct world *w)
{
	const char	*errstr = "";
	uint8_t		 cert[TLSCERT_PEM_MAX], key[TLSCERT_PEM_MAX], hash[32];
	size_t		 cert_len, key_len;

	memset(w, 0, sizeof(*w));
	frame_init(1);
	ATF_REQUIRE(tlscert_make("discovery.example", 1, cert, &cert_len, key,
	    &key_len) == 0);
	w->server = tlsio_server(cert, cert_len, key, key_len, &errstr);
	ATF_REQUIRE_MSG(w->server != NULL, "%s", errstr);
	ATF_REQUIRE(tlscert_hash(cert, cert_len, hash) == 0);
	tlscert_pin(hash, w->pin);
	w->listener = peer_listen(SOCK_STREAM, &w->port);
}

/* One end of a channel to instance i of spliceproc. */
static void
join(struct world *w, uint8_t i)
{
	struct msg_channel	 m;
	int			 pair[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    pair) == 0);
	memset(&m, 0, sizeof(m));
	m.peer = ROLE_SPLICE;
	m.instance = i;
	side_init(&w->splice[i], pair[0], ROLE_SPLICE);
	side_send(&w->link.parent, MSG_CHANNEL, &m, pair[1]);
}

static void
configure(struct world *w)
{
	struct msg_link_server	 server;
	struct msg_link_relay	 relay;
	struct msg_link_pin	 pin;

	memset(&server, 0, sizeof(server));
	memset(&relay, 0, sizeof(relay));
	memset(&pin, 0, sizeof(pin));
	strlcpy(server.host, "127.0.0.1", sizeof(server.host));
	server.port = w->port;
	side_send(&w->link.parent, MSG_LINK_SERVER, &server, -1);
	strlcpy(pin.pin, w->pin, sizeof(pin.pin));
	side_send(&w->link.parent, MSG_LINK_PIN, &pin, -1);
	strlcpy(relay.name, "relay1", sizeof(relay.name));
	strlcpy(relay.token, TOKEN, sizeof(relay.token));
	relay.instances = 2;
	relay.addresses.n = 2;
	ATF_REQUIRE(endpoint_parse(&relay.addresses.e[0], "192.0.2.7",
	    443) == 0);
	ATF_REQUIRE(endpoint_parse(&relay.addresses.e[1], "2001:db8::7",
	    444) == 0);
	side_send(&w->link.parent, MSG_LINK_RELAY, &relay, -1);
}

static void
begin(struct world *w)
{
	struct msg_setup_done	 done;
	union msg_any		 any;

	make_server(w);
	child_start(&w->link, "linkproc", ROLE_LINK);
	configure(w);
	join(w, 0);
	join(w, 1);
	memset(&done, 0, sizeof(done));
	side_send(&w->link.parent, MSG_SETUP_DONE, &done, -1);
	side_expect(&w->link.parent, MSG_READY, &any);
}

static void
end(struct world *w)
{
	child_end(&w->link);
	side_end(&w->splice[0]);
	side_end(&w->splice[1]);
	tls_free(w->server);
	close(w->listener);
}

/* The relay speaks first. */
static void
accept_relay(struct world *w, struct peer *p)
{
	struct frame_relay_hello	 hello;
	struct frame			*f;
	const char			*errstr = "";
	char				 text[ENDPOINT_STRLEN];

	ATF_REQUIRE_MSG(peer_accept(p, w->listener, w->server) == 0, "%s",
	    tls_error(p->tls));
	f = peer_expect(p, FRAME_RELAY_HELLO);
	ATF_REQUIRE_MSG(frame_get_relay_hello(f, &hello, &errstr) == 0, "%s",
	    errstr);
	frame_free(f);
	ATF_REQUIRE_STREQ(hello.name, "relay1");
	ATF_REQUIRE_STREQ(hello.token, TOKEN);
	ATF_REQUIRE_EQ(hello.instances, 2);
	ATF_REQUIRE_EQ(hello.endpoints.n, 2);
	ATF_REQUIRE_STREQ(endpoint_print(&hello.endpoints.e[0], text,
	    sizeof(text)), "192.0.2.7:443");
	ATF_REQUIRE_STREQ(endpoint_print(&hello.endpoints.e[1], text,
	    sizeof(text)), "[2001:db8::7]:444");
}

static void
send_frame(struct peer *p, uint8_t *(*put)(size_t *))
{
	uint8_t	*frame;
	size_t	 len;

	frame = put(&len);
	peer_send(p, frame, len);
}

static void
expect_load(struct peer *p, uint8_t instance, uint32_t pairs)
{
	struct frame_relay_load	 load;
	struct frame		*f;
	const char		*errstr = "";

	f = peer_expect(p, FRAME_RELAY_LOAD);
	ATF_REQUIRE_MSG(frame_get_relay_load(f, &load, &errstr) == 0, "%s",
	    errstr);
	frame_free(f);
	ATF_REQUIRE_EQ(load.instance, instance);
	ATF_REQUIRE_EQ(load.pairs, pairs);
}

static void
welcome_relay(struct world *w, struct peer *p)
{
	accept_relay(w, p);
	send_frame(p, frame_put_relay_welcome);
	expect_load(p, 0, 0);
	expect_load(p, 1, 0);
}

static void
send_code(struct peer *p, uint32_t id, uint8_t instance)
{
	struct frame_relay_code	 code;
	uint8_t			*frame;
	size_t			 len;

	memset(&code, 0, sizeof(code));
	code.id = id;
	code.instance = instance;
	code.life = 30;
	memset(code.hash, 0x17, sizeof(code.hash));
	frame = frame_put_relay_code(&code, &len);
	peer_send(p, frame, len);
}

static void
expect_code(struct world *w, uint8_t instance, uint32_t id)
{
	union msg_any	 any;

	side_expect(&w->splice[instance], MSG_RELAY_CODE, &any);
	ATF_REQUIRE_EQ(any.relay_code.id, id);
	ATF_REQUIRE_EQ(any.relay_code.life_s, 30);
	ATF_REQUIRE_EQ(any.relay_code.hash[31], 0x17);
}

static void
send_load(struct world *w, uint8_t instance, uint32_t pairs)
{
	struct msg_relay_load	 m;

	memset(&m, 0, sizeof(m));
	m.pairs = pairs;
	m.bytes = UINT64_MAX;
	side_send(&w->splice[instance], MSG_RELAY_LOAD, &m, -1);
}

ATF_TC_WITHOUT_HEAD(a_relay_says_who_it_is_and_is_welcomed);
ATF_TC_BODY(a_relay_says_who_it_is_and_is_welcomed, tc)
{
	struct world	 w;
	struct peer	 p;

	begin(&w);
	welcome_relay(&w, &p);
	send_frame(&p, frame_put_ping);
	peer_skip(&p, FRAME_PONG);
	send_frame(&p, frame_put_pong);
	send_frame(&p, frame_put_ping);
	peer_skip(&p, FRAME_PONG);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(codes_go_to_the_instance_they_are_for);
ATF_TC_BODY(codes_go_to_the_instance_they_are_for, tc)
{
	struct world	 w;
	struct peer	 p;

	begin(&w);
	welcome_relay(&w, &p);
	send_code(&p, 5, 1);
	send_code(&p, 6, 0);
	send_code(&p, 7, 1);
	expect_code(&w, 1, 5);
	expect_code(&w, 1, 7);
	expect_code(&w, 0, 6);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_code_for_an_instance_that_is_down_is_dropped);
ATF_TC_BODY(a_code_for_an_instance_that_is_down_is_dropped, tc)
{
	struct world	 w;
	struct peer	 p;

	begin(&w);
	welcome_relay(&w, &p);
	side_end(&w.splice[1]);
	/* Both are on their way in this order. */
	send_load(&w, 0, 3);
	expect_load(&p, 0, 3);
	send_code(&p, 5, 1);
	send_code(&p, 6, 0);
	expect_code(&w, 0, 6);
	join(&w, 1);
	send_load(&w, 1, 4);
	expect_load(&p, 1, 4);
	send_code(&p, 8, 1);
	expect_code(&w, 1, 8);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(load_is_passed_on_and_told_anew_after_a_reconnect);
ATF_TC_BODY(load_is_passed_on_and_told_anew_after_a_reconnect, tc)
{
	struct world	 w;
	struct peer	 p;

	begin(&w);
	welcome_relay(&w, &p);
	send_load(&w, 1, 41);
	expect_load(&p, 1, 41);
	send_load(&w, 0, 40);
	expect_load(&p, 0, 40);
	peer_end(&p);
	accept_relay(&w, &p);
	send_frame(&p, frame_put_relay_welcome);
	expect_load(&p, 0, 40);
	expect_load(&p, 1, 41);
	peer_end(&p);
	end(&w);
}

/* A server sends it to everyone who connects. */
ATF_TC_WITHOUT_HEAD(a_challenge_before_the_welcome_is_no_fault);
ATF_TC_BODY(a_challenge_before_the_welcome_is_no_fault, tc)
{
	struct msg_challenge	 m;
	struct world		 w;
	struct peer		 p;
	uint8_t			*frame;
	size_t			 len;

	begin(&w);
	accept_relay(&w, &p);
	memset(&m, 0, sizeof(m));
	frame = frame_put_challenge(&m, &len);
	peer_send(&p, frame, len);
	send_frame(&p, frame_put_relay_welcome);
	expect_load(&p, 0, 0);
	expect_load(&p, 1, 0);
	frame = frame_put_challenge(&m, &len);
	peer_send(&p, frame, len);
	ATF_REQUIRE(peer_get(&p) == NULL);
	peer_end(&p);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_relay_that_is_refused_says_so_and_tries_again);
ATF_TC_BODY(a_relay_that_is_refused_says_so_and_tries_again, tc)
{
	struct world	 w;
	struct peer	 p;
	uint8_t		*frame;
	size_t		 len;

	begin(&w);
	accept_relay(&w, &p);
	frame = frame_put_refused(0, "unknown relay", &len);
	peer_send(&p, frame, len);
	peer_end(&p);
	welcome_relay(&w, &p);
	peer_end(&p);
	end(&w);
}

/* The connection ends, and another one begins. */
static void
check_ends(uint8_t *(*put)(size_t *), int welcome)
{
	struct world	 w;
	struct peer	 p;

	begin(&w);
	if (welcome)
		welcome_relay(&w, &p);
	else
		accept_relay(&w, &p);
	send_frame(&p, put);
	ATF_REQUIRE(peer_get(&p) == NULL);
	peer_end(&p);
	welcome_relay(&w, &p);
	peer_end(&p);
	end(&w);
}

static uint8_t *
put_foreign(size_t *len)
{
	struct msg_conn_welcome	 m;

	memset(&m, 0, sizeof(m));
	return frame_put_welcome(&m, len);
}

static uint8_t *
put_code(size_t *len)
{
	struct frame_relay_code	 m;

	memset(&m, 0, sizeof(m));
	m.life = 1;
	return frame_put_relay_code(&m, len);
}

static uint8_t *
put_third(size_t *len)
{
	struct frame_relay_code	 m;

	memset(&m, 0, sizeof(m));
	m.life = 1;
	m.instance = 2;
	return frame_put_relay_code(&m, len);
}

ATF_TC_WITHOUT_HEAD(frames_out_of_order_end_the_connection);
ATF_TC_BODY(frames_out_of_order_end_the_connection, tc)
{
	check_ends(put_code, 0);
	check_ends(frame_put_relay_welcome, 1);
}

ATF_TC_WITHOUT_HEAD(frames_that_are_not_for_a_relay_end_the_connection);
ATF_TC_BODY(frames_that_are_not_for_a_relay_end_the_connection, tc)
{
	check_ends(put_foreign, 0);
	check_ends(put_third, 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_relay_says_who_it_is_and_is_welcomed);
	ATF_TP_ADD_TC(tp, codes_go_to_the_instance_they_are_for);
	ATF_TP_ADD_TC(tp, a_code_for_an_instance_that_is_down_is_dropped);
	ATF_TP_ADD_TC(tp, load_is_passed_on_and_told_anew_after_a_reconnect);
	ATF_TP_ADD_TC(tp, a_challenge_before_the_welcome_is_no_fault);
	ATF_TP_ADD_TC(tp, a_relay_that_is_refused_says_so_and_tries_again);
	ATF_TP_ADD_TC(tp, frames_out_of_order_end_the_connection);
	ATF_TP_ADD_TC(tp,
	    frames_that_are_not_for_a_relay_end_the_connection);
	return atf_no_error();
}
