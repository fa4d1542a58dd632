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
 * The world around a real storeproc: a played parent, authproc, policyproc
 * and administrator.
 */

#ifndef REGRESS_STOREPROC_WORLD_H
#define REGRESS_STOREPROC_WORLD_H

#include <sys/un.h>

#include "base/clock.h"
#include "cert/cert.h"
#include "regress/service/player.h"

#define KEY	"22222-33333-44444-55555-66666"

struct world {
	struct player	 p;
	struct end	 auth, policy, admin;
	char		 socket[160];
	int		 listen;
};

static inline void
admin_open(struct world *w, struct end *e)
{
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, w->socket, sizeof(sun.sun_path));
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE(connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	end_open(e, fd);
}

static inline void
world_hand_over(struct world *w)
{
	struct msg_store_listen	 m;
	struct msg_tls_pin	 pin;

	memset(&m, 0, sizeof(m));
	end_send(&w->p.parent, MSG_STORE_LISTEN, &m, dup(w->listen));
	memset(&pin, 0, sizeof(pin));
	snprintf(pin.pin, sizeof(pin.pin), "SHA256:pin");
	end_send(&w->p.parent, MSG_TLS_PIN, &pin, -1);
	player_join(&w->p, ROLE_AUTH, 0, &w->auth);
	player_join(&w->p, ROLE_POLICY, 0, &w->policy);
	player_ready(&w->p);
	admin_open(w, &w->admin);
}

static inline void
world_start(struct world *w)
{
	struct sockaddr_un	 sun;

	player_start(&w->p, ROLE_STORE);
	snprintf(w->socket, sizeof(w->socket), "%s/admin", w->p.root);
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, w->socket, sizeof(sun.sun_path));
	w->listen = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ATF_REQUIRE(bind(w->listen, (struct sockaddr *)&sun,
	    sizeof(sun)) == 0);
	ATF_REQUIRE(listen(w->listen, 64) == 0);
	world_hand_over(w);
}

static inline void
world_end(struct world *w)
{
	player_end(&w->p);
	player_remove_root(&w->p);
}

static inline void
expect_result(struct end *e, int code, const char *text)
{
	union msg_any	 any;

	end_expect(e, MSG_ADMIN_RESULT, &any);
	ATF_REQUIRE_EQ_MSG((int)any.admin_result.code, code, "%d: %s",
	    any.admin_result.code, any.admin_result.text);
	ATF_REQUIRE_MSG(strstr(any.admin_result.text, text) != NULL, "%s",
	    any.admin_result.text);
}

static inline void
org_add(struct world *w, const char *name)
{
	struct msg_admin_org_add	 m;
	struct msg_org_key		 key;
	union msg_any			 any;

	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "%s", name);
	end_send(&w->admin, MSG_ADMIN_ORG_ADD, &m, -1);
	end_expect(&w->auth, MSG_ORG_KEY_MAKE, &any);
	memset(&key, 0, sizeof(key));
	key.id = any.org_key_make.id;
	key.ok = 1;
	memset(key.authority, 0xaa, sizeof(key.authority));
	end_send(&w->auth, MSG_ORG_KEY, &key, -1);
	expect_result(&w->admin, 0, "added");
}

static inline void
key_add_message(struct world *w, const struct msg_admin_key_add *m,
    uint8_t hash)
{
	struct msg_key_made	 key;
	union msg_any		 any;

	end_send(&w->admin, MSG_ADMIN_KEY_ADD, m, -1);
	end_expect(&w->auth, MSG_KEY_MAKE, &any);
	memset(&key, 0, sizeof(key));
	key.id = any.key_make.id;
	snprintf(key.key, sizeof(key.key), KEY);
	memset(key.key_hash, hash, sizeof(key.key_hash));
	end_send(&w->auth, MSG_KEY_MADE, &key, -1);
	expect_result(&w->admin, 0, KEY);
}

static inline void
key_add(struct world *w, uint32_t uses, int manual)
{
	struct msg_admin_key_add	 m;

	memset(&m, 0, sizeof(m));
	m.type = KEY_GENERAL;
	m.action = KEY_DISABLE;
	m.uses = uses;
	m.approval = manual ? KEY_APPROVAL_MANUAL : KEY_APPROVAL_AUTOMATIC;
	m.tags.n = 1;
	snprintf(m.tags.e[0], sizeof(m.tags.e[0]), "servers");
	key_add_message(w, &m, 0x77);
}

static inline void
send_enrol(struct world *w, uint8_t who)
{
	struct msg_enrol	 m;

	memset(&m, 0, sizeof(m));
	m.conn = who;
	memset(m.key_hash, 0x77, sizeof(m.key_hash));
	memset(m.identity, who, sizeof(m.identity));
	memset(m.tunnel, who + 100, sizeof(m.tunnel));
	m.aes = 1;
	snprintf(m.description, sizeof(m.description), "box %u", who);
	end_send(&w->auth, MSG_ENROL, &m, -1);
}

/* Enrols and returns the system's name. */
static inline void
enrol(struct world *w, uint8_t who, char name[NAME_STRLEN])
{
	struct msg_enrol_signed	 m;
	union msg_any		 any;
	struct cert		 cert;
	const char		*why;

	send_enrol(w, who);
	end_expect(&w->auth, MSG_ENROL_SIGN, &any);
	ATF_REQUIRE_MSG(cert_decode(&cert, any.enrol_sign.certificate,
	    any.enrol_sign.certificate_len, &why) == 0, "%s", why);
	ATF_REQUIRE_STREQ(cert.org, "acme");
	ATF_REQUIRE_EQ(cert.addr4[0], 100);
	ATF_REQUIRE_EQ(cert.addr6[0], 0xfd);
	ATF_REQUIRE_EQ(cert.flags, CERT_FLAG_AES);
	memset(&m, 0, sizeof(m));
	m.conn = who;
	m.system = any.enrol_sign.system;
	m.ok = 1;
	memcpy(m.authority, any.enrol_sign.authority, sizeof(m.authority));
	m.certificate_len = any.enrol_sign.certificate_len;
	memcpy(m.certificate, any.enrol_sign.certificate, CERT_LEN);
	end_send(&w->auth, MSG_ENROL_SIGNED, &m, -1);
	end_expect(&w->auth, MSG_ENROL_DONE, &any);
	ATF_REQUIRE_EQ_MSG(any.enrol_done.ok, 1, "%s", any.enrol_done.reason);
	memcpy(name, cert.name, NAME_STRLEN);
}

static inline void
expect_enrol_refused(struct world *w, const char *reason)
{
	union msg_any	 any;

	end_expect(&w->auth, MSG_ENROL_DONE, &any);
	ATF_REQUIRE_EQ(any.enrol_done.ok, 0);
	ATF_REQUIRE_MSG(strstr(any.enrol_done.reason, reason) != NULL, "%s",
	    any.enrol_done.reason);
}

static inline void
model_get(struct world *w)
{
	struct msg_model_get	 m;

	memset(&m, 0, sizeof(m));
	end_send(&w->policy, MSG_MODEL_GET, &m, -1);
}

static inline void
system_set(struct world *w, const char *name, uint8_t action)
{
	struct msg_admin_system_set	 m;

	memset(&m, 0, sizeof(m));
	snprintf(m.system, sizeof(m.system), "%s", name);
	m.action = action;
	end_send(&w->admin, MSG_ADMIN_SYSTEM_SET, &m, -1);
}

static inline void
policy_fill(struct msg_admin_policy_add *m, const char *name, int replace,
    uint16_t port)
{
	memset(m, 0, sizeof(*m));
	snprintf(m->name, sizeof(m->name), "%s", name);
	m->replace = (uint8_t)replace;
	m->senders.n = m->receivers.n = 1;
	snprintf(m->senders.e[0], sizeof(m->senders.e[0]), "people");
	snprintf(m->receivers.e[0], sizeof(m->receivers.e[0]), "servers");
	m->acls.n = 2;
	m->acls.e[0].protocol = ACL_TCP;
	m->acls.e[0].port_low = m->acls.e[0].port_high = port;
	m->acls.e[1].protocol = ACL_ICMP;
	m->acls.e[1].port_high = 65535;
}

static inline void
policy_add(struct world *w, int replace, uint16_t port)
{
	struct msg_admin_policy_add	 m;

	policy_fill(&m, "web", replace, port);
	end_send(&w->admin, MSG_ADMIN_POLICY_ADD, &m, -1);
}

/* How many there are; the last of them, if it is wanted. */
static inline int
list_systems(struct world *w, struct msg_admin_system *out)
{
	struct msg_admin_list	 m;
	union msg_any		 any;
	int			 n = 0;

	memset(&m, 0, sizeof(m));
	if (out != NULL)
		memset(out, 0, sizeof(*out));
	m.what = 2;
	end_send(&w->admin, MSG_ADMIN_LIST, &m, -1);
	while (end_next(&w->admin, &any) == MSG_ADMIN_SYSTEM) {
		if (out != NULL)
			*out = any.admin_system;
		n++;
	}
	return n;
}

#define TEST(name)						\
ATF_TC(name);							\
ATF_TC_HEAD(name, tc)						\
{								\
	atf_tc_set_md_var(tc, "require.user", "root");		\
}								\
ATF_TC_BODY(name, tc)

#endif /* REGRESS_STOREPROC_WORLD_H */
