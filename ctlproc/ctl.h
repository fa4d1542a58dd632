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
 * ctlproc: the peer table, policy as applied, the agent's state in sqlite
 * and enclavectl's socket.  It has no private key, no plaintext, no network
 * socket and no TLS; what it tells the data path comes from discovery by way
 * of linkproc, and cryptoproc checks every certificate again.
 */

#ifndef CTLPROC_CTL_H
#define CTLPROC_CTL_H

#include <sys/types.h>
#include <sys/queue.h>

#include <event.h>
#include <sqlite3.h>
#include <stdint.h>

#include "cert/name.h"
#include "ctlproc/reason.h"
#include "proc/proc.h"
#include "sandbox/sandbox.h"

#define CTL_PEERS_MAX		1000
#define CTL_STAGED_MAX		4096	/* policy entries before a commit */
#define CTL_CLIENTS_MAX		16
#define CTL_CERT_MAX		512
#define CTL_ENROL_MS		20000	/* then enclavectl is told */
#define CTL_STATS_MS		1000	/* wait for the data path's counters */
#define CTL_PING_MS		2000	/* wait for a reply of the peer */
#define CTL_USERS_MAX		32	/* requirements to sign in for */
#define CTL_AUTH_MS		50000	/* until there is a code */
#define CTL_ROWS_MAX		256	/* of netproc, for one question */
#define CTL_AGAIN_MIN_MS	1000	/* before asking to be introduced */
#define CTL_AGAIN_MAX_MS	60000
#define CTL_TICK_MS		1000
#define CTL_FACTS_MS		1000	/* between two changes told */
#define CTL_FACTS_ID		0x80000000U	/* in ids of signatures */
#define CTL_HOURS_SEC		30	/* the clock may be set */
#define CTL_RENEW_WAIT_MS	30000	/* for an answer */
#define CTL_RENEW_MIN_MS	2000	/* before asking again */
#define CTL_RENEW_MAX_MS	3600000
#define CTL_CLOCK_SKEW_SEC	300

struct peer {
	TAILQ_ENTRY(peer)	 entry;
	uint32_t		 id;		/* for life */
	int			 keep;		/* named in a full policy */
	int			 refused;	/* by cryptoproc */
	int			 expired;
	int			 introduced;
	int			 have_code;	/* in intro, of the relay */
	int			 path_up;
	int			 established;
	uint64_t		 again_at;	/* ask again, mono ms */
	uint64_t		 again_ms;
	uint64_t		 asked_at;	/* last time, mono ms */
	uint64_t		 looking_at;	/* since, mono ms; 0: not */
	uint8_t			 ipv4[4], ipv6[16];
	char			 reason[256];
	struct msg_policy_entry	 policy;	/* static: description */
	struct msg_acls		 acls;		/* in force */
	int			 closed;	/* outside its hours */
	uint64_t		 selected_at;	/* the two above, seconds */
	uint64_t		 hours_next;	/* they change then, 0 never */
	struct msg_introduction	 intro;
	struct msg_path		 path;
	uint16_t		 mtu;		/* inner; 0 unknown */
	struct msg_peer_stats	 stats;
};
TAILQ_HEAD(peer_list, peer);

struct staged {
	TAILQ_ENTRY(staged)	 entry;
	struct msg_policy_entry	 policy;
};
TAILQ_HEAD(staged_list, staged);

/* What a client has asked for; one question at a time. */
enum ask_kind { ASK_NONE, ASK_PATHS, ASK_NET, ASK_PING };

struct ask {
	enum ask_kind		 kind;
	uint32_t		 id;		/* of the question passed on */
	uint32_t		 peer;
	struct event		 timer;
	size_t			 nrows;
	struct msg_path_row	*rows;		/* CTL_ROWS_MAX, or NULL */
};

/* A requirement for which a user signs in. */
struct user {
	TAILQ_ENTRY(user)	 entry;
	struct msg_link_user	 m;
};
TAILQ_HEAD(user_list, user);

/* A client that waits for a code, or until it is used. */
struct auth {
	int		 active;
	int		 wait;
	uint64_t	 deadline;	/* mono ms */
	char		 requirement[65];
};

/* One connection of enclavectl. */
struct client {
	TAILQ_ENTRY(client)	 entry;
	struct chan		*chan;
	int			 wants_status;
	struct ask		 ask;
	struct auth		 auth;
};
TAILQ_HEAD(client_list, client);

struct identity {
	int		 enrolled;
	char		 system[NAME_STRLEN];
	char		 organisation[64];
	uint8_t		 ipv4[4], ipv6[16];
	uint8_t		 plen4, plen6;
	uint8_t		 serial[16];
	uint64_t	 not_before, not_after;
	uint16_t	 certificate_len;
	uint8_t		 certificate[CTL_CERT_MAX];
	uint8_t		 authority[32];
};

/* An enrolment under way; one at a time. */
struct enrolment {
	int			 active;
	int			 sent;		/* the request has gone out */
	uint64_t		 deadline;
	struct client		*client;	/* NULL when it went away */
	struct msg_client_enrol	 request;
	struct msg_link_enrolled result;
};

/* What the parent says of this system. */
struct facts {
	char		 text[8192];
	char		 signing[8192];		/* what was asked for */
	int		 told;			/* or is about to be */
	uint32_t	 sign_id;		/* 0: nothing is signed */
	uint32_t	 serial;
	uint64_t	 number;		/* on this connection */
	uint64_t	 asked_ms;
};

/* The watch over our certificate. */
struct renewal {
	uint64_t		 due;		/* seconds since the epoch */
	int			 ordered;	/* by discovery */
	int			 waiting;	/* for discovery's answer */
	int			 checking;	/* for cryptoproc's */
	uint32_t		 id;		/* of what it checks */
	uint64_t		 deadline;	/* of the answer, mono ms */
	uint64_t		 again_at;	/* not before, mono ms */
	uint64_t		 again_ms;
	struct msg_link_renewed	 result;
	char			 reason[256];	/* of the last failure */
};

struct env {
	struct proc		 proc;
	sqlite3			*db;
	struct msg_ctl_options	 options;
	int			 listen_fd;
	struct event		 ev_listen;
	struct event		 ev_tick;
	struct event		 ev_hours;
	uint64_t		 hours_looked;	/* seconds */
	uint64_t		 hours_next;	/* 0: never */
	struct msg_public_keys	 keys;
	int			 have_keys;
	struct identity		 self;
	struct enrolment	 enrolment;
	struct renewal		 renewal;
	struct msg_link_authority authority;	/* said last */
	struct client		*resetting;	/* waits for the parent */
	/* The discovery link. */
	struct msg_link_state	 link;
	uint64_t		 link_since;	/* seconds since the epoch */
	struct msg_link_challenge challenge;
	int			 have_challenge;
	uint32_t		 sign_id;
	struct msg_stun_servers	 stun;
	struct msg_local_candidates candidates;
	/* Relays, and what netproc has measured of each. */
	struct msg_relays	 relays;
	uint8_t			 relay_known[MSG_EPS_MAX];
	uint32_t		 relay_rtt[MSG_EPS_MAX];
	/* Policy. */
	uint64_t		 sequence;	/* applied and stored */
	uint64_t		 pending;	/* awaiting the barriers */
	uint32_t		 barriers;	/* roles still to answer */
	size_t			 nstaged;
	struct staged_list	 staged;
	size_t			 npeers;
	struct peer_list	 peers;
	struct peer_list	 statics;	/* of the configuration */
	uint8_t			 ipv4[4], ipv6[16];	/* as well, ours */
	struct facts		 facts;
	struct msg_tags		 unmet;		/* requirements, by name */
	size_t			 nusers;
	struct user_list	 users;		/* in the order heard of */
	/* enclavectl. */
	size_t			 nclients;
	struct client_list	 clients;
	uint32_t		 stats_id;
	uint32_t		 stats_wanted;	/* roles still to answer */
	uint64_t		 stats_deadline;
	uint32_t		 ask_id;
	struct msg_tun_stats	 tun_stats;
};

extern const struct sandbox_policy	ctlproc_sandbox;

/* db.c: the agent's state.  Errors are logged; running tunnels go on. */
void		 db_open(struct env *);
int		 db_save_identity(struct env *);
int		 db_save_policy(struct env *);
int		 db_save_peer(struct env *, struct peer *);
int		 db_save_introduction(struct env *, const struct peer *);
int		 db_delete_peer(struct env *, const struct peer *);
/* Everything but the table itself. */
int		 db_forget(struct env *);
int		 db_begin(struct env *);
int		 db_end(struct env *, int ok);
void		 db_load(struct env *);

/* identity.c: enrolment and authentication. */
int		 identity_set(struct env *, const uint8_t *cert, size_t len,
		    const uint8_t authority[32], const char **reason);
void		 identity_configure(struct env *);
/* Is this authority pinned? */
int		 identity_pinned(const struct env *,
		    const uint8_t authority[32]);
/* Show cryptoproc our own certificate, as at enrolment. */
void		 identity_present(struct env *);
void		 identity_answer(struct env *);
void		 identity_enrol(struct env *, struct client *,
		    const struct msg_client_enrol *);
void		 identity_enrol_failed(struct env *, int code,
		    const char *reason);
void		 identity_client_gone(struct env *, struct client *);

/* reset.c: this system becomes another one. */
void		 on_client_reset(void *, struct chan *, const void *, int);
void		 on_identity_gone(void *, struct chan *, const void *, int);
void		 on_signature(void *, struct chan *, const void *, int);
void		 on_authority_result(void *, struct chan *, const void *, int);
void		 on_link_challenge(void *, struct chan *, const void *, int);
void		 on_link_enrolled(void *, struct chan *, const void *, int);
void		 on_link_refused(void *, struct chan *, const void *, int);

/* facts.c: what this system is, and which requirements it does not meet. */
void		 facts_push(struct env *, uint64_t now);
/* Nonzero when it was asked for here. */
int		 facts_signed(struct env *, const struct msg_signature *);
void		 facts_forget(struct env *);
void		 on_facts(void *, struct chan *, const void *, int);
void		 on_link_trust(void *, struct chan *, const void *, int);

/* renew.c: another certificate before ours ends. */
#define PIN_PRESENT	0	/* ids of AUTHORITY_PIN */
#define PIN_ENROL	1
#define PIN_RENEW	2	/* and above */
/* We have a certificate, perhaps another one: when is the next due? */
void		 renew_schedule(struct env *);
void		 renew_tick(struct env *, uint64_t now);
void		 renew_link_up(struct env *);
void		 renew_link_down(struct env *);
void		 renew_checked(struct env *,
		    const struct msg_authority_result *);
/* Why it is not renewed although it is due, or "". */
const char	*renew_reason(const struct env *);
void		 on_link_renewed(void *, struct chan *, const void *, int);
void		 on_link_order(void *, struct chan *, const void *, int);
void		 on_link_authority(void *, struct chan *, const void *, int);
void		 on_authority_pins(void *, struct chan *, const void *, int);
/* cryptoproc is new: what was said last is said again. */
void		 renew_authority(struct env *);

/* policy.c: entries, commits, acknowledgements, introductions. */
void		 on_policy_entry(void *, struct chan *, const void *, int);
void		 on_policy_commit(void *, struct chan *, const void *, int);
void		 on_barrier_done(void *, struct chan *, const void *, int);
void		 on_introduction(void *, struct chan *, const void *, int);
void		 policy_drop_staged(struct env *);

void		 peers_look(struct env *, uint64_t now);

/* main.c: let linkproc find out whether the link still lives. */
void		 link_probe(struct env *);

/* peers.c: the table, and what the data path knows of it. */
struct peer	*peer_find(struct env *, uint32_t id);
struct peer	*peer_named(struct env *, const char *system);
/* The system's name, for one of the configuration the name it has there. */
const char	*peer_label(const struct peer *);
struct peer	*peer_new(struct env *, const char *system);
void		 peer_free(struct env *, struct peer *);
int		 peer_set(struct peer *, const struct msg_policy_entry *,
		    const char **reason);
void		 peer_push(struct env *, const struct peer *);
/* The rules alone, to tunproc. */
void		 peer_push_rules(struct env *, const struct peer *);
/* Its policy or certificate has ended. */
void		 peer_expire(struct env *, struct peer *);
void		 peer_withdraw(struct env *, struct peer *);
void		 peer_introduce(struct env *, const struct peer *);
/* And why; reason has REASON_MAX bytes. */
enum peer_state	 peer_state(struct env *, const struct peer *,
		    char *reason);
void		 peers_push_all(struct env *, uint32_t role);
void		 peers_tick(struct env *, uint64_t now);
void		 on_tun_mtu(void *, struct chan *, const void *, int);
void		 on_path(void *, struct chan *, const void *, int);
void		 on_peer_session(void *, struct chan *, const void *, int);
void		 on_peer_result(void *, struct chan *, const void *, int);

/* A lost path or relay: ask to be introduced, now or when it is time. */
void		 peer_again_soon(struct env *, struct peer *, uint64_t now);

/* hours.c: active hours and expiry by our own clock. */
/* What is in force at this second. */
void		 hours_select(struct peer *, uint64_t now);
/* The first second after now at which that changes, 0 for never. */
uint64_t	 hours_next(const struct peer *, uint64_t now);
/* Apply what is due, and arm the timer for what comes next. */
void		 hours_look(struct env *);
void		 hours_tick(struct env *);
void		 hours_timer(int, short, void *);

/* relays.c: relays, and what is no path. */
void		 relays_net_up(struct env *);
void		 relays_avoid_overlay(struct env *);
void		 on_link_relays(void *, struct chan *, const void *, int);
void		 on_relay_rtt(void *, struct chan *, const void *, int);
void		 on_relay_failed(void *, struct chan *, const void *, int);

/* static.c: peers of the configuration, shown and nothing more. */
void		 on_static_self(void *, struct chan *, const void *, int);
void		 on_static_peer(void *, struct chan *, const void *, int);
struct peer	*static_find(struct env *, uint32_t id);
enum peer_state	 static_state(const struct peer *, const char **reason);
void		 static_path(struct peer *, const struct msg_path *);
void		 static_down(struct env *, uint32_t role);

/* client.c: enclavectl. */
void		 client_start(struct env *);
void		 client_result(struct client *, int code, const char *text);
/* STATUS_HEAD, STATUS_PEER. */
void		 client_send_head(struct env *, struct client *);
void		 client_send_peer(struct env *, struct client *,
		    const struct peer *);
/* Tells it so when there is nothing to ask about; 0 or -1. */
int		 client_has_peers(struct env *, struct client *);
void		 client_tick(struct env *, uint64_t now);
void		 on_client_enrol(void *, struct chan *, const void *, int);
void		 on_client_status(void *, struct chan *, const void *, int);
void		 on_client_version(void *, struct chan *, const void *, int);
void		 on_peer_stats(void *, struct chan *, const void *, int);
void		 on_tun_stats(void *, struct chan *, const void *, int);
void		 on_stats_end(void *, struct chan *, const void *, int);

/* user.c: users who sign in. */
void		 user_send_all(struct env *, struct client *);
void		 user_tick(struct env *, uint64_t now);
void		 user_link_down(struct env *);
void		 user_link_up(struct env *);
void		 on_link_user(void *, struct chan *, const void *, int);
void		 on_client_auth(void *, struct chan *, const void *, int);

/* ask.c: questions of enclavectl that another process answers. */
#define ASK_ID	0x80000000U	/* in the ids of questions to netproc */
void		 ask_init(struct client *);
void		 ask_drop(struct client *);
/* netproc has sent all rows. */
void		 ask_answered(struct env *, uint32_t id);
void		 on_client_paths(void *, struct chan *, const void *, int);
void		 on_client_explain(void *, struct chan *, const void *, int);
void		 on_client_netcheck(void *, struct chan *, const void *, int);
void		 on_client_ping(void *, struct chan *, const void *, int);
void		 on_path_row(void *, struct chan *, const void *, int);
void		 on_net_row(void *, struct chan *, const void *, int);
void		 on_tun_pong(void *, struct chan *, const void *, int);

#endif /* CTLPROC_CTL_H */
