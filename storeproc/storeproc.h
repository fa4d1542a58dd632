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
 * storeproc: alone has the database.  It serves the administrator's socket,
 * judges enrolment keys, and tells policyproc the model and each change of
 * it.  Its root directory holds the database and nothing else.
 */

#ifndef STOREPROC_STOREPROC_H
#define STOREPROC_STOREPROC_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <event.h>
#include <stdint.h>

#include "proc/proc.h"
#include "sandbox/sandbox.h"
#include "storeproc/db.h"

#define STORE_FILE		"discovery.db"
#define STORE_CLIENTS_MAX	32
#define STORE_SESSIONS_MAX	128	/* of the API */
#define STORE_ACCEPT_PAUSE	1	/* seconds, out of descriptors */
#define STORE_WAITS_MAX		64
#define STORE_WAIT_SEC		5
#define STORE_STATUS_SEC	2
#define STORE_SEEN_MAX		1024		/* written in one go */
#define STORE_SEEN_SEC		5
#define STORE_FACTS_MAX		64		/* written in one go */
#define STORE_FACTS_SEC		1
#define STORE_FEED_BYTES	(1024 * 1024)	/* queued, then wait */
#define STORE_FEED_ROWS		256		/* in one go */
#define STORE_FEED_MS		5
#define STORE_AUDIT_ROWS	256		/* in one answer */
#define STORE_BACKUP_FILE	"/backup.tmp"	/* sqlite asks for no folder */
#define STORE_BACKUP_PAGES	64		/* in one go */
#define STORE_BACKUP_MS		2		/* from one go to the next */
#define STORE_BATCH_SEC		15	/* from its begin to its end */
#define STORE_BATCH_MAX		4096	/* requests in one */
#define STORE_BATCH_BYTES	(4 * 1024 * 1024) /* of rows for policyproc */
#define STORE_BATCH_STALL_MS	50	/* timers look again */
#define STORE_TRIAL_SEC		10
#define STORE_TRIAL_PAIRS	1000	/* told one by one */
#define STORE_HELD_MAX		16384	/* messages that wait meanwhile */
#define STORE_RELEASE_MAX	256	/* handled in one go */
#define STORE_CERT_SEC		(365 * 86400)
#define STORE_CERT_SKEW_SEC	300
#define STORE_RETENTION_MIN	30	/* minutes, of ephemeral keys */

/* Exit codes of the administrator's tool. */
enum store_code { CODE_OK = 0, CODE_FAILED = 1, CODE_USAGE = 2,
    CODE_REFUSED = 5, CODE_CONFLICT = 6, CODE_TESTS = 7 };

enum wait_kind { WAIT_ORG, WAIT_KEY, WAIT_RELAY, WAIT_ROLLOVER,
    WAIT_STATUS, WAIT_TRUST, WAIT_EXPLAIN, WAIT_TOKEN, WAIT_TRIAL,
    WAIT_TESTS };

/* One who is connected to the administrator's socket: chan's data. */
struct client {
	char	 actor[DB_ACTOR_MAX + 1];	/* for the audit log */
};

/* An administrator waits for another process. */
struct wait {
	TAILQ_ENTRY(wait)	 entry;
	struct env		*env;
	struct chan		*client;	/* NULL: has gone */
	char			 actor[DB_ACTOR_MAX + 1];
	struct event		 limit;
	uint32_t		 id;
	enum wait_kind		 kind;
	struct trial		*trial;		/* of WAIT_TESTS: its own */
	union {
		struct msg_admin_org_add	org;
		struct msg_admin_key_add	key;
		struct msg_admin_relay_add	relay;
		int64_t				org_id;
		struct msg_admin_org_rollover	rollover;
		struct msg_admin_token_add	token;
	}			 request;
};
TAILQ_HEAD(wait_list, wait);

/* Sends one row and its last words; rows that are gone are passed over. */
struct feed;
typedef void (*feed_row)(struct env *, struct feed *, int64_t id);
typedef void (*feed_last)(struct env *, struct feed *);

struct feed_part {
	feed_row	 row;
	int64_t		*ids;
	size_t		 n, cap;
};

/* A long answer, sent as fast as its reader reads. */
struct feed {
	TAILQ_ENTRY(feed)	 entry;
	struct chan		*to;
	struct feed_part	 parts[2];
	size_t			 part, pos;
	feed_last		 last;
};
TAILQ_HEAD(feed_list, feed);

struct batch;
struct trial;
struct held;
TAILQ_HEAD(held_list, held);

struct online {
	RB_ENTRY(online)	 entry;
	uint32_t		 id;
	uint64_t		 since;
	struct endpoint		 source;
};
RB_HEAD(online_tree, online);

/* An ephemeral system that is not connected. */
struct leaving {
	RB_ENTRY(leaving)	 by_id;
	RB_ENTRY(leaving)	 by_due;
	uint64_t		 due_ms;
	int64_t			 id;
};
RB_HEAD(leaving_ids, leaving);
RB_HEAD(leaving_dues, leaving);

/* life_limits.c */
struct life_limits {
	uint64_t		 minute_ms;
	uint32_t		 batch_ms;
};

/* What a relay that is connected has told last. */
struct relay_seen {
	SLIST_ENTRY(relay_seen)	 entry;
	struct msg_relay_seen	 m;
};
SLIST_HEAD(relay_seen_list, relay_seen);

struct env {
	struct proc		 proc;
	struct db		*db;
	struct event		 accept;
	struct event		 accept_resume;
	struct event		 feed_timer;
	struct event		 seen_timer;
	struct event		 life_timer;
	struct backup		*backup;	/* NULL: none is running */
	struct event		 end_timer;
	struct batch		*batch;		/* NULL: none is open */
	struct held_list	 held;		/* until it has ended */
	struct event		 release;
	size_t			 nheld;
	int			 releasing;
	size_t			 ntests;	/* policy tests stored */
	const uint8_t		*zones;		/* NULL: there are none */
	size_t			 zones_len;
	struct wait_list	 waits;
	struct feed_list	 feeds;
	struct online_tree	 online;
	struct leaving_ids	 leaving;
	struct leaving_dues	 leaving_due;
	struct relay_seen_list	 relays;
	size_t			 nrelays;
	struct db_seen		 seen[STORE_SEEN_MAX];
	struct db_facts		*facts;		/* to be written */
	size_t			 nfacts;
	struct event		 facts_timer;
	size_t			 nseen;
	size_t			 nclients;
	size_t			 nsessions;
	size_t			 nwaits;
	uint32_t		 next_id;
	int			 listen_fd;
	int			 accepting;
	int			 feed_armed;
	int			 policy_synced;	/* has asked for the model */
	char			 pin[80];
};

extern const struct sandbox_policy	storeproc_sandbox;

/* client.c: the administrator's socket. */
/* Who makes the changes that this channel asks for. */
const char	*client_actor(const struct chan *);
void		 client_start(struct env *);
void		 client_result(struct chan *, enum store_code,
		    const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
/* The result of a database call, with its text. */
void		 client_db_result(struct env *, struct chan *,
		    enum db_result, const char *done);
struct wait	*wait_new(struct env *, struct chan *, enum wait_kind);
struct wait	*wait_find(struct env *, uint32_t id, enum wait_kind);
void		 wait_free(struct wait *);
void		 wait_fail_all(struct env *, uint32_t role);

/* The object is not the one that was meant any more: told, and 1. */
int		 client_conflict(struct env *, struct chan *, enum db_object,
		    int64_t id, uint64_t if_version);
/* A client is gone: nobody waits for its answers. */
void		 client_forget(struct env *, struct chan *);

/* batch.c: several changes as one. */
void		 batch_begin(void *, struct chan *, const void *, int);
void		 batch_end(void *, struct chan *, const void *, int);
/* May this be handled now and by this one?  If not it is kept or refused. */
int		 batch_admit(void *, struct chan *, uint32_t type,
		    const void *msg);
/* 1 and put off: the timer must not touch the database now. */
int		 batch_stalls(struct env *, struct event *timer);
/* Must this one not see the database as it is now? */
int		 batch_hides(const struct env *, const struct chan *);
/* A row for policyproc: 1 when it is for the end of the batch. */
int		 batch_collects(struct env *, uint32_t type, const void *msg);
/* An answer that is to be sent: 1 when it has to wait. */
int		 batch_heard(struct env *, const struct chan *,
		    const struct msg_admin_result *);
/* After each handler: a single change may be complete. */
void		 batch_after(struct env *);
/* Policy tests of this organisation may come out otherwise. */
void		 batch_touches(struct env *, int64_t org);
void		 batch_send_rows(struct chan *, const struct held_list *);
/* policyproc has answered, or cannot. */
void		 batch_tried(struct env *);
void		 batch_untried(struct env *, const char *why);
/* Its owner may have got an answer that it waited for. */
void		 batch_resume(struct env *);
void		 batch_release(int, short, void *);
void		 batch_client_gone(struct env *, struct chan *);
void		 batch_role_gone(struct env *, uint32_t role);
/* At the end of the process. */
void		 batch_drop(struct env *);

/* trial.c: what changes would do, and how policy tests come out. */
/* Before the changes; NULL without memory. */
struct trial	*trial_new(struct env *);
void		 trial_free(struct trial *);
/* They change something of this organisation, 0: of any. */
void		 trial_touch(struct trial *, int64_t org);
/* After them: are there tests to be asked about?  -1 without memory. */
int		 trial_prepare(struct trial *);
/* 0, or -1 and why it cannot be asked; rows may be NULL. */
int		 trial_ask(struct env *, struct trial *, uint32_t id,
		    const struct held_list *rows, uint32_t npairs,
		    const char **why);
/* How many tests the changes make fail, and a text about them. */
size_t		 trial_broken(const struct trial *, char *, size_t);
/* How many pairs they would change, as a sentence. */
void		 trial_print(const struct trial *, char *, size_t);
/* To a client, when the database is again as it was. */
void		 trial_report(struct env *, struct chan *,
		    const struct trial *);
void		 trial_pair(void *, struct chan *, const void *, int);
void		 trial_verdict(void *, struct chan *, const void *, int);
void		 trial_done(void *, struct chan *, const void *, int);

/* policytest.c */
void		 policytest_count(struct env *);
void		 policytest_add(void *, struct chan *, const void *, int);
void		 policytest_delete(void *, struct chan *, const void *, int);
void		 policytest_run(void *, struct chan *, const void *, int);
void		 policytest_send(struct env *, struct chan *,
		    const struct db_test *, enum test_state);
void		 policytest_row(struct env *, struct feed *, int64_t id);

/* session.c: clients of the API, each with a token. */
void		 session_new(void *, struct chan *, const void *, int);
void		 session_login(void *, struct chan *, const void *, int);
void		 session_remember(void *, struct chan *, const void *, int);
/* What it has said of the change to come, NULL: nothing. */
const struct db_replay	*session_replay(const struct chan *);
/* May this client ask this?  If not it has been told. */
int		 session_admit(void *, struct chan *, uint32_t type,
		    const void *msg);
/* May it hand out these scopes? */
int		 session_covers(const struct chan *, uint32_t scopes);

/* event.c: what clients of the API hear of. */
void		 event_changed(void *, const struct db_change_note *);
void		 event_online(struct env *, int64_t system, int online);

/* token.c */
void		 token_add(void *, struct chan *, const void *, int);
void		 token_made(void *, struct chan *, const void *, int);
void		 token_set(void *, struct chan *, const void *, int);
void		 token_row(struct env *, struct feed *, int64_t id);

/* feed.c */
struct feed	*feed_new(struct env *, struct chan *);
/* Collect an id; for the callbacks of the database's lists. */
int		 feed_add(struct feed_part *, int64_t id);
void		 feed_start(struct env *, struct feed *);
void		 feed_drop(struct env *, const struct chan *);
/* Is an answer to this one under way? */
int		 feed_runs(const struct env *, const struct chan *);
void		 feed_timer(int, short, void *);

/* model.c: what policyproc knows. */
/* NULL while policyproc is down or has not asked yet. */
struct chan	*model_chan(struct env *);
/* A change of the model: told to policyproc now, or at the end of a batch. */
void		 model_tell(struct env *, uint32_t type, const void *msg);
void		 model_get(void *, struct chan *, const void *, int);
void		 model_asked(void *, struct chan *, const void *, int);
void		 model_send_org(struct env *, const struct db_org *);
void		 model_send_system(struct env *, int64_t id);
void		 model_send_policy(struct env *, int64_t id);
void		 model_send_system_gone(struct env *, int64_t id);
void		 model_send_policy_gone(struct env *, int64_t org, int64_t id);
void		 model_seen(void *, struct chan *, const void *, int);
void		 model_seen_flush(struct env *);
void		 model_seen_timer(int, short, void *);

/* facts.c: what systems say of themselves. */
void		 facts_keep(void *, struct chan *, const void *, int);
/* Write what waits. */
void		 facts_flush(struct env *);
void		 facts_timer(int, short, void *);
void		 facts_model_send(struct env *, int64_t system);

/* model.c, again. */
void		 model_policy_down(struct env *);
int		 model_is_online(struct env *, int64_t id);
/* NULL: it is not connected. */
const struct online	*model_online(struct env *, int64_t id);

/* relay.c: relays, of the administrator and of policyproc. */
void		 relay_add(void *, struct chan *, const void *, int);
void		 relay_set(void *, struct chan *, const void *, int);
void		 relay_seen(void *, struct chan *, const void *, int);
/* The token was made: ends the wait. */
void		 relay_made(struct env *, struct wait *,
		    const struct msg_key_made *);
void		 relay_model_send(struct env *, const struct db_relay *);
void		 relay_policy_down(struct env *);
void		 relay_row(struct env *, struct feed *, int64_t id);

/* life.c: what happens by itself. */
extern const struct life_limits	life_limits;
/* Something that ends at its hour may have been added or changed. */
void		 life_changed(struct env *);
/* A system is disconnected, or connected again. */
void		 life_gone(struct env *, int64_t id);
void		 life_back(struct env *, int64_t id);
/* Nobody is connected, and nobody could have been: begin again. */
void		 life_anew(struct env *);
void		 life_timer(int, short, void *);

/* explain.c: policyproc's explanations, with names. */
void		 explain_request(void *, struct chan *, const void *, int);
void		 explain_row(void *, struct chan *, const void *, int);
void		 explain_end(void *, struct chan *, const void *, int);

/* audit.c: the audit log, for an administrator. */
void		 audit_list(void *, struct chan *, const void *, int);
void		 audit_log(void *, struct chan *, const void *, int);
void		 audit_verify(void *, struct chan *, const void *, int);

/* backup.c: a copy of the database, in the gaps between other work. */
void		 backup_request(void *, struct chan *, const void *, int);
/* That of this client, or (NULL) any, is given up. */
void		 backup_drop(struct env *, const struct chan *);
/* At the start: what one left that did not end. */
void		 backup_sweep(void);

/* requirement.c: trust requirements. */
void		 requirement_add(void *, struct chan *, const void *, int);
void		 requirement_delete(void *, struct chan *, const void *, int);
void		 requirement_grant(void *, struct chan *, const void *, int);
/* Requirements, then tags with some; grants when systems are known. */
enum db_result	 requirement_model(struct env *);
enum db_result	 requirement_model_grants(struct env *);
void		 requirement_signin(void *, struct chan *, const void *, int);
void		 requirement_row(struct env *, struct feed *, int64_t id);

/* tag.c: tags as objects. */
void		 tag_add(void *, struct chan *, const void *, int);
void		 tag_delete(void *, struct chan *, const void *, int);
void		 tag_model_send(struct env *, const struct db_tag_object *);

/* trust.c: one system and what is required of it. */
void		 trust_show(void *, struct chan *, const void *, int);
void		 trust_row(void *, struct chan *, const void *, int);
void		 trust_end(void *, struct chan *, const void *, int);

/* enrol.c */
void		 enrol_request(void *, struct chan *, const void *, int);
void		 enrol_signed(void *, struct chan *, const void *, int);

/* authority.c: one authority takes the place of another. */
/* The one before is still trusted. */
int		 authority_rolling(const struct db_authority *);
/* The authority that signs for a system that enrols.  0 or -1. */
int		 authority_enrolling(struct env *, const struct db_org *,
		    uint8_t out[DB_KEY_LEN]);
void		 authority_rollover(void *, struct chan *, const void *, int);
/* authproc has made the key: goes on with that wait. */
void		 authority_key_made(struct env *, struct wait *,
		    const struct msg_org_key *);
void		 authority_cross_signed(void *, struct chan *, const void *,
		    int);

/* renew.c: certificates after enrolment. */
/* The certificate of a system, yet to be signed.  0 or -1. */
int		 cert_unsigned(const struct db_org *,
		    const struct db_system *,
		    const uint8_t serial[DB_SERIAL_LEN], uint8_t *out);
void		 renew_request(void *, struct chan *, const void *, int);
void		 renew_signed(void *, struct chan *, const void *, int);
void		 renew_holds(void *, struct chan *, const void *, int);
void		 renew_order(void *, struct chan *, const void *, int);

/*
 * admin.c, admin_org.c, admin_key.c, admin_list.c: requests of the
 * administrator.
 */
/* The organisation that is meant; answers and returns -1 when unclear. */
int		 admin_org(struct env *, struct chan *, const char *name,
		    struct db_org *);
/* The same for an enrolment key; org may be empty. */
int		 admin_key(struct env *, struct chan *, const char *org,
		    uint32_t id, struct db_key *);
/* The same for a system. */
int		 admin_system(struct env *, struct chan *, const char *name,
		    struct db_system *);
void		 admin_org_add(void *, struct chan *, const void *, int);
void		 admin_org_key(void *, struct chan *, const void *, int);
void		 admin_key_add(void *, struct chan *, const void *, int);
void		 admin_key_made(void *, struct chan *, const void *, int);
void		 admin_key_set(void *, struct chan *, const void *, int);
void		 admin_key_change(void *, struct chan *, const void *, int);
void		 admin_key_topup(void *, struct chan *, const void *, int);
void		 admin_system_set(void *, struct chan *, const void *, int);
void		 admin_system_tag(void *, struct chan *, const void *, int);
void		 admin_system_until(void *, struct chan *, const void *, int);
void		 admin_system_change(void *, struct chan *, const void *, int);
/* policyproc has seen two of one identity. */
void		 admin_system_clone(void *, struct chan *, const void *, int);
void		 admin_org_set(void *, struct chan *, const void *, int);
void		 admin_org_delete(void *, struct chan *, const void *, int);
/* The system of this name; answers and returns -1 without one. */
int		 admin_system(struct env *, struct chan *, const char *name,
		    struct db_system *);
void		 admin_policy_add(void *, struct chan *, const void *, int);
void		 admin_policy_set(void *, struct chan *, const void *, int);
void		 admin_list(void *, struct chan *, const void *, int);
void		 admin_system_row(struct env *, const struct db_system *,
		    struct msg_admin_system *);
void		 admin_status(void *, struct chan *, const void *, int);
void		 admin_service_status(void *, struct chan *, const void *,
		    int);
void		 admin_pin(void *, struct chan *, const void *, int);

/* hours.c: active hours, and policies that end. */
void		 hours_zones(void *, struct chan *, const void *, int);
/* NULL, or what is wrong with the hours of the policy. */
const char	*hours_check(struct env *, const struct db_policy *);
/* enum policy_state, and when it changes by itself, 0 for never. */
uint8_t		 hours_policy_state(struct env *, const struct db_policy *,
		    uint64_t *next);
/* End what is due, and be called for what comes next. */
void		 hours_end_look(struct env *);
void		 hours_end_timer(int, short, void *);

/* convert.c: between the database's structs and messages. */
int		 convert_tags_in(struct db_tag *, size_t *n,
		    const struct msg_tags *);
void		 convert_tags_out(struct msg_tags *, const struct db_tag *,
		    size_t n);
void		 convert_tag_ids(struct msg_u32s *, const struct db_tag *,
		    size_t n);
void		 convert_sources_in(struct db_key *, const struct msg_ranges *);
void		 convert_sources_out(struct msg_ranges *,
		    const struct db_key *);
void		 convert_acls_in(struct db_policy *, const struct msg_acls *);
void		 convert_acls_out(struct msg_acls *,
		    const struct db_policy *);
uint8_t		 convert_protocol_in(uint8_t);
uint8_t		 convert_protocol_out(uint8_t);
void		 convert_ipv4(uint8_t out[4], uint32_t);
uint8_t		 convert_state(const struct db_system *);
/* Text for a field of this size, cut between characters. */
void		 convert_text(char *, size_t, const char *);

int		 online_cmp(const struct online *, const struct online *);
RB_PROTOTYPE(online_tree, online, entry, online_cmp)

#endif /* STOREPROC_STOREPROC_H */
