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
 * Events for the check list: packets of the peer and of others, streams that
 * come and go, candidates, guesses and time, decoded from the input.  After
 * each of them what must always hold is looked at, and that the caller is
 * asked for sensible things only.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ice/ice.h"
#include "stun/stun.h"

#define PLACES		8	/* endpoints that take part */
#define LOG_SIZE	16	/* latest checks, to be answered */
#define SENDS_MAX	256	/* packets of one event */
#define EVENTS_MAX	400

#define AVOIDED		7	/* of the places, one inside the overlay */

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct ice_credentials	local = {
	"aaaa", "0123456789abcdef012345"
};
static const struct ice_credentials	remote = {
	"bbbb", "543210fedcba9876543210"
};

static struct {
	const uint8_t	*p, *end;
	uint64_t	 now;
	struct endpoint	 places[PLACES];
	/* Of each place as TCP, and as a relay. */
	int		 dialled[2][PLACES];
	int		 up[2][PLACES];
	struct {
		enum ice_via	 via;
		struct endpoint	 to;
		uint8_t		 id[STUN_ID_LEN];
	}		 log[LOG_SIZE];
	unsigned int	 nlog, nsends;
	struct ice	 ice;
} f;

static void
must(int good)
{
	if (!good)
		abort();
}

static uint8_t
next(void)
{
	return f.p == f.end ? 0 : *f.p++;
}

static int
place_of(const struct endpoint *ep)
{
	int	 i;

	for (i = 0; i < PLACES; i++)
		if (endpoint_cmp(&f.places[i], ep) == 0)
			return i;
	return -1;
}

static void
fuzz_send(void *arg, enum ice_via via, const struct endpoint *to,
    const uint8_t *pkt, size_t len, unsigned int ttl)
{
	struct stun_msg	 m;
	int		 i = place_of(to);

	must(arg == &f && ++f.nsends <= SENDS_MAX);
	must(stun_parse(&m, pkt, len) == STUN_OK);
	must((m.have & STUN_HAVE_FINGERPRINT) && i != -1 && i != AVOIDED);
	must(ttl == 0 || (via == ICE_VIA_UDP && ttl == ICE_OPEN_TTL));
	must(via == ICE_VIA_UDP || f.up[via - ICE_VIA_TCP][i]);
	if (m.class != STUN_REQUEST)
		return;
	f.log[f.nlog % LOG_SIZE].via = via;
	f.log[f.nlog % LOG_SIZE].to = *to;
	memcpy(f.log[f.nlog % LOG_SIZE].id, m.id, STUN_ID_LEN);
	f.nlog++;
}

static void
fuzz_connect(void *arg, enum ice_via via, const struct endpoint *to, int on)
{
	int	 i = place_of(to), k;

	must(arg == &f && i != -1);
	must(via == ICE_VIA_TCP || via == ICE_VIA_RELAY);
	k = via - ICE_VIA_TCP;
	if (on) {
		must(!f.dialled[k][i] && i != AVOIDED);
		f.dialled[k][i] = 1;
		return;
	}
	must(f.dialled[k][i] || f.up[k][i]);
	f.dialled[k][i] = f.up[k][i] = 0;
}

static void
fuzz_selected(void *arg, const struct ice_path *path)
{
	must(arg == &f && place_of(&path->remote) != -1);
}

static void
fuzz_lost(void *arg)
{
	must(arg == &f && ice_path(&f.ice) == NULL);
}

static const struct ice_ops	ops = {
	.send = fuzz_send, .connect = fuzz_connect,
	.selected = fuzz_selected, .lost = fuzz_lost
};

static void
begin(void)
{
	static const char *const	addrs[PLACES] = {
		"192.168.1.2", "198.51.100.7", "198.51.100.8", "203.0.113.9",
		"2001:db8::1", "10.0.0.1", "203.0.113.10", "100.64.3.4"
	};
	static const uint8_t		seed[ICE_SEED_LEN];
	struct endpoint			overlay;
	int				i;

	f.now = 1000;
	must(ice_init(&f.ice, &ops, &f, next() & 1 ? ICE_CONTROLLING :
	    ICE_CONTROLLED, 7, &local, &remote, seed) == 0);
	for (i = 0; i < PLACES; i++)
		must(endpoint_parse(&f.places[i], addrs[i],
		    (uint16_t)(1000 + i)) == 0);
	must(endpoint_parse(&overlay, "100.64.0.0", 0) == 0);
	must(ice_add_avoid(&f.ice, &overlay, 10) == 0);
}

static enum ice_via
next_via(void)
{
	return (enum ice_via)(ICE_VIA_UDP + next() % 3);
}

static void
give(struct stun_builder *b, const char *key, enum ice_via via, int place)
{
	struct stun_msg	 m;
	ssize_t		 len;

	stun_build_integrity_sha256(b, (const uint8_t *)key, strlen(key));
	stun_build_fingerprint(b);
	if ((len = stun_build_finish(b)) == -1 ||
	    stun_parse(&m, b->buf, (size_t)len) != STUN_OK)
		return;
	/* What comes on a stream says that there is one. */
	if (via != ICE_VIA_UDP)
		f.up[via - ICE_VIA_TCP][place] = 1;
	(void)ice_owns(&f.ice, &m, &f.places[place]);
	(void)ice_input(&f.ice, &m, b->buf, (size_t)len, via,
	    &f.places[place], &f.places[0], f.now);
}

static void
event_check(void)
{
	static const uint8_t	 id[STUN_ID_LEN] = { 1 };
	struct stun_builder	 b;
	uint8_t			 buf[STUN_MESSAGE_MAX], bits = next();
	enum ice_via		 via = next_via();
	int			 place = next() % PLACES;

	/* Of a relay that was not asked for nothing can come. */
	if (via == ICE_VIA_RELAY && !f.up[1][place])
		return;
	stun_build_start(&b, buf, sizeof(buf), STUN_REQUEST, STUN_BINDING,
	    id);
	stun_build_bytes(&b, STUN_ATTR_USERNAME, "aaaa:bbbb", 9);
	stun_build_u32(&b, STUN_ATTR_PRIORITY, 1);
	stun_build_u64(&b, bits & 1 ? STUN_ATTR_ICE_CONTROLLING :
	    STUN_ATTR_ICE_CONTROLLED, bits & 2 ? 0 : 9);
	if (bits & 4)
		stun_build_flag(&b, STUN_ATTR_USE_CANDIDATE);
	if (bits & 8)
		stun_build_u32(&b, STUN_ATTR_NOMINATION, next());
	give(&b, bits & 0x80 ? remote.pwd : local.pwd, via, place);
}

static void
event_answer(void)
{
	struct stun_builder	 b;
	uint8_t			 buf[STUN_MESSAGE_MAX], bits = next();
	unsigned int		 i = bits % LOG_SIZE;
	int			 place;

	if (f.nlog < LOG_SIZE && i >= f.nlog)
		return;
	place = place_of(&f.log[i].to);
	if (f.log[i].via != ICE_VIA_UDP &&
	    !f.up[f.log[i].via - ICE_VIA_TCP][place])
		return;
	stun_build_start(&b, buf, sizeof(buf), bits & 0x20 ? STUN_ERROR :
	    STUN_SUCCESS, STUN_BINDING, f.log[i].id);
	if (bits & 0x20)
		stun_build_error(&b, bits & 0x40 ? 487 : 400);
	else
		stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS,
		    &f.places[1]);
	give(&b, bits & 0x80 ? local.pwd : remote.pwd, f.log[i].via, place);
}

static void
event_candidate(void)
{
	struct ice_candidate	 c;

	memset(&c, 0, sizeof(c));
	c.type = next() % 6;
	c.transport = next() % 4;
	c.ep = f.places[next() % PLACES];
	c.priority = next();
	(void)ice_add_remote(&f.ice, &c);
}

static void
event_own(void)
{
	struct ice_candidate	 c;
	int			 place = next() % PLACES;

	memset(&c, 0, sizeof(c));
	c.type = ICE_LOCAL;
	c.transport = ICE_UDP;
	c.ep = f.places[place];
	(void)ice_add_local(&f.ice, &c);
}

static void
event_stream(int on)
{
	enum ice_via	 via = next() & 1 ? ICE_VIA_TCP : ICE_VIA_RELAY;
	int		 place = next() % PLACES, k = via - ICE_VIA_TCP;

	if (on && (f.dialled[k][place] || via == ICE_VIA_TCP)) {
		f.up[k][place] = 1;
		if (ice_connected(&f.ice, via, &f.places[place], NULL,
		    f.now) == -1 && !f.dialled[k][place])
			f.up[k][place] = 0;
	} else if (!on && f.up[k][place]) {
		f.up[k][place] = 0;
		ice_disconnected(&f.ice, via, &f.places[place], f.now);
	}
}

static void
event(void)
{
	switch (next() % 12) {
	case 0:
	case 1:
		f.now += next();
		break;
	case 2:
		f.now += next() * 256;
		break;
	case 3:
		event_check();
		break;
	case 4:
	case 5:
		event_answer();
		break;
	case 6:
		event_candidate();
		break;
	case 7:
		event_stream(1);
		break;
	case 8:
		event_stream(0);
		break;
	case 9:
		(void)ice_add_guess(&f.ice, &f.places[next() % PLACES]);
		break;
	case 10:
		if (next() & 1)
			ice_recheck(&f.ice, f.now);
		else
			ice_set_active(&f.ice, next() & 1);
		break;
	case 11:
		if (next() & 1)
			event_own();
		else
			ice_start(&f.ice, f.now);
		break;
	}
}

static void
look(void)
{
	const struct ice_path	*path = ice_path(&f.ice);
	struct ice_pair_info	 info;
	size_t			 i, selected = 0;
	int			 place;

	must(ice_pair_count(&f.ice) <= ICE_PAIR_MAX &&
	    f.ice.nguesses <= ICE_GUESS_MAX);
	for (i = 0; i < ice_pair_count(&f.ice); i++) {
		must(ice_pair_get(&f.ice, i, &info) == 0);
		place = place_of(&info.remote.ep);
		must(place != -1 && place != AVOIDED);
		if (info.selected) {
			must(info.state == ICE_SUCCEEDED && path != NULL &&
			    endpoint_cmp(&info.remote.ep, &path->remote) == 0);
			selected++;
		}
		if (info.state == ICE_SUCCEEDED && ice_via_of(info.remote.type,
		    info.remote.transport) != ICE_VIA_UDP)
			must(info.connected);
	}
	must(selected == (path != NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t	 due;
	int		 i, k;

	memset(&f, 0, sizeof(f));
	f.p = data;
	f.end = data + size;
	begin();
	for (i = 0; i < EVENTS_MAX && f.p < f.end; i++) {
		f.nsends = 0;
		event();
		look();
		/* What is due is done, and then there is time to sleep. */
		for (k = 0; (due = ice_tick(&f.ice, f.now)) <= f.now; k++)
			must(k < 4);
		look();
	}
	ice_wipe(&f.ice);
	return 0;
}
