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
 * TCP on the internet of ice_net.h, as far as it matters for meeting through
 * translators: simultaneous open, refusals, lost first segments; a relay where
 * two legs meet; and the part of the caller that dials.  What is in flight
 * when the other leg is missing is lost, as is all before a connection is up.
 */

#ifndef ICE_TCP_H
#define ICE_TCP_H

#define TCP_AGAIN_MS	20	/* after a refusal, and as much at random */
#define TCP_EAGER_MS	5000	/* so long, then less often: */
#define TCP_LATER_MS	1000

/* A refusal ends what our SYN has opened. */
static inline void
nat_forget(struct nat *nat, const struct endpoint *from,
    const struct endpoint *to)
{
	int	 i;

	for (i = 0; i < nat->nperms; i++)
		if (nat->perms[i].tcp &&
		    endpoint_cmp(&nat->perms[i].outer, to) == 0 &&
		    endpoint_cmp(&nat->perms[i].dest, from) == 0)
			nat->perms[i] = nat->perms[--nat->nperms];
}

static inline struct conn *
conn_find(struct host *h, const struct endpoint *remote)
{
	int	 i;

	for (i = 0; i < NET_CONNS; i++)
		if (h->conns[i].state != CONN_FREE &&
		    endpoint_cmp(&h->conns[i].remote, remote) == 0)
			return &h->conns[i];
	return NULL;
}

static inline struct conn *
conn_new(struct host *h, const struct endpoint *remote)
{
	struct conn	*c = NULL;
	int		 i;

	for (i = 0; i < NET_CONNS && c == NULL; i++)
		if (h->conns[i].state == CONN_FREE)
			c = &h->conns[i];
	ATF_REQUIRE(c != NULL);
	memset(c, 0, sizeof(*c));
	c->remote = *remote;
	c->rto = 1000;
	c->since = net.now;
	c->again = UINT64_MAX;
	return c;
}

static inline void
conn_segment(struct host *h, const struct endpoint *to, enum carried what)
{
	net_route((int)(h - net.hosts), what, to, NULL, 0, 0);
}

static inline void
conn_dial(struct host *h, struct conn *c)
{
	c->state = CONN_SYN_SENT;
	c->again = net.now + c->rto;
	c->rto *= 2;
	h->syns++;
	conn_segment(h, &c->remote, TCP_SYN);
}

static inline void
conn_redial(struct conn *c)
{
	c->state = CONN_SYN_SENT;
	c->rto = 1000;
	c->again = net.now + TCP_AGAIN_MS + net_random(TCP_AGAIN_MS);
	if (net.now - c->since > TCP_EAGER_MS)
		c->again += TCP_LATER_MS;
}

static inline void
host_tick(struct host *h)
{
	h->wake = ice_tick(&h->ice, net.now);
}

/* To the peer by way of the relay, if both legs are there on arrival. */
static inline void
relay_send(struct host *h, enum carried what, uint32_t delay,
    const uint8_t *pkt, size_t len)
{
	net_queue(delay, what, (int)(h - net.hosts), NULL, &net.relay,
	    &net.relay, pkt, len);
}

static inline void
op_send(void *arg, enum ice_via via, const struct endpoint *to,
    const uint8_t *pkt, size_t len, unsigned int ttl)
{
	struct host	*h = arg;
	struct conn	*c;
	int		 i = (int)(h - net.hosts);

	h->sent++;
	switch (via) {
	case ICE_VIA_UDP:
		net_route(i, UDP, to, pkt, len, ttl);
		break;
	case ICE_VIA_TCP:
		ATF_REQUIRE(h->streams && ttl == 0);
		if ((c = conn_find(h, to)) != NULL && c->state == CONN_UP)
			net_route(i, TCP_DATA, to, pkt, len, 0);
		break;
	case ICE_VIA_RELAY:
		ATF_REQUIRE(h->streams && ttl == 0);
		if (h->leg == 2)
			relay_send(h, RELAY_DATA, 2 * net.inet_delay, pkt,
			    len);
		break;
	}
}

static inline void
relay_dial(struct host *h, int on)
{
	h->leg = on;
	if (!on || h->relay_blocked)
		return;
	/* TCP, TLS, and the code that admits us. */
	relay_send(h, RELAY_UP, 6 * net.inet_delay, NULL, 0);
}

static inline void
op_connect(void *arg, enum ice_via via, const struct endpoint *to, int on)
{
	struct host	*h = arg;
	struct conn	*c;

	ATF_REQUIRE(via == ICE_VIA_TCP || via == ICE_VIA_RELAY);
	h->dials += on != 0;
	h->closed += on == 0;
	if (via == ICE_VIA_RELAY) {
		ATF_REQUIRE(endpoint_cmp(to, &net.relay) == 0);
		ATF_CHECK(on ? h->leg == 0 : h->leg != 0);
		relay_dial(h, on);
		return;
	}
	c = conn_find(h, to);
	if (on && (c == NULL || !c->wanted)) {
		if (c == NULL)
			c = conn_new(h, to);
		c->wanted = 1;
		c->rto = 1000;
		if (c->state == CONN_FREE)
			conn_dial(h, c);
		else if (c->state == CONN_UP)
			c->again = net.now;
	} else {
		ATF_REQUIRE_MSG(!on && c != NULL, "one dial, one end");
		if (c->state != CONN_SYN_SENT)
			conn_segment(h, to, TCP_RST);
		memset(c, 0, sizeof(*c));
	}
}

static const struct ice_ops	net_ops = {
	.send = op_send, .selected = op_selected, .lost = op_lost
};
static const struct ice_ops	tcp_ops = {
	.send = op_send, .connect = op_connect, .selected = op_selected,
	.lost = op_lost
};

static inline void
conn_tell(struct host *h, struct conn *c)
{
	c->again = UINT64_MAX;
	if (h->stranger)
		return;
	(void)ice_connected(&h->ice, ICE_VIA_TCP, &c->remote, &c->local,
	    net.now);
	host_tick(h);
}

static inline void
conn_up(struct host *h, struct conn *c, const struct endpoint *local)
{
	if (c->state == CONN_UP)
		return;
	c->state = CONN_UP;
	c->local = *local;
	conn_tell(h, c);
}

/* Refused, or cut. */
static inline void
conn_reset(struct host *h, struct conn *c)
{
	struct endpoint	 remote = c->remote;
	int		 up = c->state == CONN_UP;

	if (up)
		c->since = net.now;
	if (c->wanted)
		conn_redial(c);
	else
		c->state = CONN_FREE;
	if (!up || h->stranger)
		return;
	ice_disconnected(&h->ice, ICE_VIA_TCP, &remote, net.now);
	host_tick(h);
}

static inline void
tcp_syn(struct host *h, struct conn *c, const struct endpoint *from)
{
	if (c == NULL && !h->listens && !h->stranger) {
		conn_segment(h, from, TCP_RST);
		return;
	}
	if (c == NULL)
		c = conn_new(h, from);
	if (c->state == CONN_UP) {
		/* A new one: the peer repeats its SYN when it is refused. */
		conn_reset(h, c);
		conn_segment(h, from, TCP_RST);
		return;
	}
	c->state = CONN_SYN_RCVD;
	c->again = c->wanted ? net.now + 3000 : UINT64_MAX;
	conn_segment(h, from, TCP_SYNACK);
}

static inline void
tcp_input(int i, const struct event *ev, const struct endpoint *local)
{
	struct host	*h = &net.hosts[i];
	struct conn	*c = conn_find(h, &ev->from);

	if (ev->what == TCP_SYN) {
		tcp_syn(h, c, &ev->from);
		return;
	}
	if (c == NULL) {
		if (ev->what != TCP_RST)
			conn_segment(h, &ev->from, TCP_RST);
		return;
	}
	switch (ev->what) {
	case TCP_SYNACK:
		conn_segment(h, &ev->from, TCP_ACK);
		conn_up(h, c, local);
		break;
	case TCP_ACK:
		if (c->state == CONN_SYN_RCVD)
			conn_up(h, c, local);
		break;
	case TCP_RST:
		conn_reset(h, c);
		break;
	default:
		if (c->state == CONN_SYN_RCVD)
			conn_up(h, c, local);
		if (c->state == CONN_UP)
			host_input(i, ICE_VIA_TCP, &ev->from, local, ev->pkt,
			    ev->len);
		break;
	}
}

/* The relay, hosts 0 and 1 are its customers. */
static inline void
relay_input(const struct event *ev)
{
	struct host	*h = &net.hosts[ev->to_host];
	struct host	*peer = &net.hosts[1 - ev->to_host];

	if (ev->what == RELAY_UP) {
		if (h->leg != 1)
			return;
		if (net.relay_down) {
			relay_send(h, RELAY_UP, 500, NULL, 0);
			return;
		}
		h->leg = 2;
		(void)ice_connected(&h->ice, ICE_VIA_RELAY, &net.relay,
		    &h->tlan, net.now);
		host_tick(h);
		return;
	}
	if (h->leg == 2 && peer->leg == 2 && !net.relay_down)
		host_input(1 - ev->to_host, ICE_VIA_RELAY, &net.relay,
		    &peer->tlan, ev->pkt, ev->len);
}

/* The relay ends, or is there again; legs that were up are cut. */
static inline void
relay_set_down(int down)
{
	int	 i;

	net.relay_down = down;
	for (i = 0; down && i < 2; i++) {
		if (net.hosts[i].leg != 2)
			continue;
		relay_dial(&net.hosts[i], 1);
		ice_disconnected(&net.hosts[i].ice, ICE_VIA_RELAY, &net.relay,
		    net.now);
		host_tick(&net.hosts[i]);
	}
}

static inline uint64_t
tcp_next(void)
{
	uint64_t	 next = UINT64_MAX;
	int		 i, k;

	for (i = 0; i < NET_HOSTS; i++)
		for (k = 0; net.hosts[i].alive && k < NET_CONNS; k++)
			if (net.hosts[i].conns[k].state != CONN_FREE &&
			    net.hosts[i].conns[k].again < next)
				next = net.hosts[i].conns[k].again;
	return next;
}

static inline void
tcp_tick(void)
{
	struct conn	*c;
	int		 i, k;

	for (i = 0; i < NET_HOSTS; i++)
		for (k = 0; net.hosts[i].alive && k < NET_CONNS; k++) {
			c = &net.hosts[i].conns[k];
			if (c->state == CONN_FREE || c->again > net.now)
				continue;
			if (c->state == CONN_UP)
				conn_tell(&net.hosts[i], c);
			else
				conn_dial(&net.hosts[i], c);
		}
}

/* A host with TCP as well; its outer endpoint as a server would see it. */
static inline void
host_add_streams(struct host *h)
{
	struct endpoint	 server = ep_of("198.51.100.1", 3478);

	h->streams = 1;
	if (h->nat4 != NULL && !h->nat4->tcp_blocked)
		h->tpublic = nat_out(h->nat4, 1, (int)(h - net.hosts),
		    &h->tlan, &server);
	if (h->vpn.family != 0) {
		h->tvpn = h->vpn;
		h->tvpn.port = h->tlan.port;
	}
	if (h->v6.family != 0) {
		h->tv6 = h->v6;
		h->tv6.port = h->tlan.port;
	}
}

#endif /* ICE_TCP_H */
