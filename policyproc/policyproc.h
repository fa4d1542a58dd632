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
 * policyproc: who may know whom.  It holds the model that storeproc sends,
 * the connections that authproc has proved, and computes what each connected
 * system is told: entries, differences, introductions.  Pure computation: no
 * file, no socket, no key.
 */

#ifndef POLICYPROC_POLICYPROC_H
#define POLICYPROC_POLICYPROC_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <event.h>
#include <stdint.h>

#include "cert/cert.h"
#include "geo/geo.h"
#include "policy/relay_choice.h"
#include "policy/rsop.h"
#include "policy/trust.h"
#include "proc/proc.h"
#include "sandbox/sandbox.h"
#include "tz/tz.h"

#define POLICY_PEERS_MAX	1024	/* of one system: what an agent holds */
#define POLICY_HELD_MAX		65536	/* connections before the model */
#define POLICY_ASKED_MAX	256	/* ... that wait for news of it */
#define POLICY_BATCH_BYTES	(700 * 1024)	/* of one commit, as JSON */
#define POLICY_QUEUE_BYTES	(1024 * 1024)	/* above it tlsproc is slow */
#define POLICY_SLOW_MS		10	/* then it is looked at again */
#define POLICY_LATER_MS		200	/* delayed introductions */
#define POLICY_INTRODUCE_MS	300	/* between two of one pair */
#define POLICY_CHANGES_MS	1000	/* for one change of candidates */
#define POLICY_CHANGES_BURST	20	/* of these at once */
#define POLICY_TICK_SEC		30	/* at least: the clock may be set */
#define POLICY_SEQUENCE_MAX	(1ULL << 62)
#define POLICY_COMMITS		8	/* remembered until acknowledged */
#define POLICY_BUCKETS		16	/* powers of two milliseconds */
#define POLICY_REQUIREMENTS_MAX	256	/* of an organisation */
#define POLICY_SIGNIN_MS	15000	/* between two wishes of a system */
#define POLICY_SIGNIN_BURST	5	/* at once */
#define POLICY_RELAYS_MAX	256
#define POLICY_INSTANCES_MAX	8	/* of one relay */
#define POLICY_CODE_LEN		16
#define POLICY_REFUSED_MS	10000	/* between two lines about it */
#define POLICY_CODE_SEC		30	/* that a code of a relay lives */
#define POLICY_PARKED_MAX	1024
#define POLICY_PARKED_MS	20000	/* linkproc waits 30 s for an answer */
#define POLICY_TOLD_MS		60000	/* the reason of a refusal is known */
#define POLICY_PROBE_MS		3000	/* for a sign of life */
#define POLICY_RIVALS_MAX	4096	/* connections that wait for one */
#define POLICY_CLONE_MS		60000	/* between two reports of a system */
#define POLICY_AVOID_MS		60000	/* a relay that was of no use */
#define POLICY_USE_MS		3000	/* before it can have been of none */
#define POLICY_STATUS_MAX	32	/* waiting for one round */
#define POLICY_STATUS_MS	1000
#define POLICY_EXPLAIN_MAX	256	/* policies in one explanation */
#define POLICY_RENEW_SEC	20	/* renewals ordered each second */
#define POLICY_RENEW_AGAIN_MS	300000	/* then it is ordered again */
#define POLICY_CONN_TLS(conn)	((conn) >> 24)

/* A peer that a connected system was told of, or is about to be. */
struct told {
	RB_ENTRY(told)	 entry;
	uint64_t	 digest;	/* of what was sent */
	uint64_t	 introduced_ms;	/* 0: never */
	uint64_t	 avoid_ms;	/* since when, 0: no relay */
	uint32_t	 avoid;		/* a relay, if there is another */
	uint32_t	 relay;		/* of the last introduction, or 0 */
	uint32_t	 peer;
	int		 sent;
	int		 dirty;
	int		 introduce;
	char		 name[NAME_STRLEN];
};
RB_HEAD(told_tree, told);

struct commit {
	uint64_t	 sequence;
	uint64_t	 since_ms;	/* when the change was known */
};

/* A connection whose system is proved. */
struct link {
	RB_ENTRY(link)		 entry;
	TAILQ_ENTRY(link)	 work;
	struct system		*system;
	struct told_tree	 told;
	size_t			 ntold;
	uint64_t		 sequence;
	uint64_t		 dirty_ms;	/* 0: nothing to tell */
	struct commit		 commits[POLICY_COMMITS];
	uint32_t		 conn;
	uint32_t		 generation;
	uint64_t		 since;		/* seconds since the epoch */
	struct endpoint		 source;
	uint8_t			 session[SESSION_LEN];
	int			 queued;
	int			 full;		/* a full set is due */
	int			 surplus;	/* peers were left out */
	int			 later;		/* an introduction is delayed */
	int			 relays_due;	/* the list of relays */
	int			 trust_due;	/* what is not met */
	struct msg_tags		*unmet;		/* as told; NULL: nothing */
	uint64_t		 renew_ms;	/* when it was ordered, or 0 */
	int			 holds_asked;	/* is what it holds known? */
	struct msg_conn_holds	 holds;
	uint8_t			 serial[CERT_SERIAL_LEN];	/* proved */
	uint8_t			 signer[CERT_KEY_LEN];	/* of that */
	int			 have_candidates;
	int			 change_waits;	/* too many; it is not lost */
	int			 change_told;	/* of these, in the log */
	uint64_t		 change_ms;	/* when those are paid for */
	struct msg_cands	 candidates;
	uint8_t			 nat_udp, nat_tcp;
	uint16_t		 nat_udp_step, nat_tcp_step;
};
RB_HEAD(link_tree, link);
TAILQ_HEAD(link_queue, link);

/* Proved to be a system that another connection is: which one lives? */
struct rival {
	TAILQ_ENTRY(rival)	 entry;
	struct system		*system;
	uint64_t		 due_ms;
	struct msg_authenticated m;
};
TAILQ_HEAD(rival_queue, rival);

/* Refused a moment ago for a state that may end, and here again. */
struct parked {
	TAILQ_ENTRY(parked)	 entry;
	struct system		*system;
	uint64_t		 due_ms;
	struct msg_authenticated m;
};
TAILQ_HEAD(parked_queue, parked);

/* What one instance of a relay has to do, and how often it was chosen. */
struct instance {
	uint32_t		 pairs;
	uint32_t		 waiting;
	uint64_t		 bytes;
	uint64_t		 refused;
	uint64_t		 codes;
};

/* A relay of the model, and its connection if it has one. */
struct relay {
	TAILQ_ENTRY(relay)	 entry;		/* by name */
	uint32_t		 id;
	uint32_t		 conn;		/* 0: not connected */
	uint32_t		 latitude, longitude;
	int			 enabled;
	int			 marked;
	uint8_t			 ninstances;
	uint8_t			 token_hash[32];
	struct msg_eps		 addresses;	/* of the first instance */
	struct instance		 instances[POLICY_INSTANCES_MAX];
	char			 name[64];
};
TAILQ_HEAD(relay_list, relay);

/* A relay has said who it is, but the model is not here yet. */
struct claim {
	TAILQ_ENTRY(claim)	 entry;
	struct msg_relay_claim	 m;
};
TAILQ_HEAD(claim_queue, claim);

/* How far a system is from each address of a relay, as it says. */
struct distance {
	SLIST_ENTRY(distance)	 entry;
	uint32_t		 relay;
	uint32_t		 rtt[MSG_EPS_MAX];
};
SLIST_HEAD(distance_list, distance);

/* The relay of one introduction; sides are a and b. */
struct rendezvous {
	uint32_t		 relay;		/* 0: there is none */
	struct endpoint		 address[2];	/* family 0: none */
	uint8_t			 code[POLICY_CODE_LEN];
};

/* A trust requirement of the model. */
struct requirement {
	RB_ENTRY(requirement)	 entry;
	uint32_t		 id;
	int			 marked;
	enum requirement_type	 type;
	struct condition	*conditions;
	size_t			 nconditions;
	char			 name[65];
};
RB_HEAD(requirement_tree, requirement);

/* A tag that counts only for systems that meet something. */
struct tagrule {
	RB_ENTRY(tagrule)	 entry;
	uint32_t		 tag;
	int			 marked;
	struct msg_u32s		 requirements;
};
RB_HEAD(tagrule_tree, tagrule);

/* What was said of a system: by an administrator, or by signing in. */
struct answer {
	SLIST_ENTRY(answer)	 entry;
	uint32_t		 requirement;
	int			 marked;
	int			 granted;	/* storeproc's to tell */
	struct trust_answer	 answer;
	char			 reason[128];
};
SLIST_HEAD(answer_list, answer);

/* A user of a system and a requirement to sign in for. */
struct signin {
	SLIST_ENTRY(signin)	 entry;
	uint32_t		 requirement;
	uint64_t		 digest;	/* of the conditions met */
	uint64_t		 until;		/* seconds; 0: nobody has */
	uint64_t		 told_until;
	uint8_t			 told;		/* enum user_state */
	char			 name[65];	/* of the requirement */
	char			 subject[256];
};
SLIST_HEAD(signin_list, signin);

struct policy {
	RB_ENTRY(policy)	 entry;
	uint32_t		 id;
	int			 enabled;
	int			 marked;
	uint64_t		 not_after;
	struct msg_u32s		 senders;
	struct msg_u32s		 receivers;
	struct msg_u32s		 requirements;
	struct msg_acls		 acls;
	struct tz_hours		 hours;
	struct acl_window	 windows[RSOP_WINDOWS_MAX];
	size_t			 nwindows;
	uint64_t		 computed;	/* the windows, when */
	uint64_t		 refresh;	/* and when again; seconds */
};
RB_HEAD(policy_tree, policy);

struct org {
	RB_ENTRY(org)		 entry;
	struct rsop		*rsop;
	struct policy_tree	 policies;
	struct requirement_tree	 requirements;
	struct tagrule_tree	 tagrules;
	size_t			 nrequirements;
	uint32_t		 id;
	uint64_t		 next_tick;	/* 0: never */
	uint64_t		 grace_s;	/* after a certificate's end */
	uint64_t		 hours_next;	/* windows to be computed */
	uint64_t		 hours_looked;
	uint8_t			 clone;		/* enum clone_policy */
	uint8_t			 authority[CERT_KEY_LEN];
	uint8_t			 previous[CERT_KEY_LEN];	/* or zero */
	uint16_t		 statement_len;
	uint8_t			 statement[256];
	char			 name[CERT_ORG_LEN];
};
RB_HEAD(org_tree, org);

struct system {
	RB_ENTRY(system)	 by_id;
	RB_ENTRY(system)	 by_name;
	struct org		*org;
	struct link		*link;		/* NULL: not connected */
	struct rival		*rival;		/* NULL: nobody waits */
	struct parked		*parked;	/* the same */
	uint64_t		 refused_ms;	/* was told why; 0: never */
	struct trial_system	*trial;		/* NULL: not in one */
	uint64_t		 clone_ms;	/* last report, 0: never */
	struct distance_list	 distances;
	uint64_t		 sequence;	/* last number told */
	uint64_t		 not_after;
	uint64_t		 until;		/* enabled; 0 for good */
	uint32_t		 id;
	int			 marked;
	uint8_t			 state;		/* enum system_state */
	uint8_t			 serial[CERT_SERIAL_LEN];
	uint8_t			 serial_old[CERT_SERIAL_LEN];	/* or zero */
	uint8_t			 signer[CERT_KEY_LEN];
	int			 ordered;	/* a renewal is */
	uint16_t		 certificate_len;
	uint8_t			 certificate[CERT_LEN];
	char			 name[NAME_STRLEN];
	char			 description[128];
	struct msg_u32s		 tags;
	struct msg_u32s		 effective;	/* tags that count */
	uint32_t		*met;		/* requirements, ascending */
	size_t			 nmet;
	uint64_t		 trust_next;	/* seconds, 0 never */
	struct answer_list	 answers;
	struct signin_list	 signins;
	uint64_t		 signin_ms;	/* budget of wishes */
	struct trust_facts	 facts;		/* outlive the link */
	struct trust_fact	*factv;		/* facts.facts */
	int			 told;		/* facts, since our start */
	uint64_t		 kept;		/* digest of what is kept */
};
RB_HEAD(system_tree, system);
RB_HEAD(name_tree, system);

struct trial;
struct trial_system;

/* Proved, but the model is not here yet, or may be behind. */
struct held {
	TAILQ_ENTRY(held)		 entry;
	struct msg_authenticated	 m;
	int				 asked;	/* waits for MODEL_TOLD */
};
TAILQ_HEAD(held_queue, held);

/* One round of questions to tlsproc and stunproc. */
struct status {
	struct msg_service_status	 sum;
	struct event			 limit;
	uint32_t			 round;
	uint32_t			 waiting;	/* answers to come */
	uint8_t				 tls[PROC_INSTANCES_MAX];
	uint8_t				 stun;
	uint32_t			 ids[POLICY_STATUS_MAX];
	size_t				 nids;
};

struct env {
	struct proc		 proc;
	struct org_tree		 orgs;
	struct system_tree	 systems;
	struct name_tree	 names;
	struct link_tree	 links;
	struct link_queue	 work;
	struct held_queue	 held;
	struct rival_queue	 rivals;	/* oldest first */
	struct parked_queue	 parked;	/* oldest first */
	struct relay_list	 relays;
	struct claim_queue	 claims;
	struct status		 status;
	struct trial		*trial;		/* NULL: there is none */
	struct event		 work_timer;
	struct event		 later_timer;
	struct event		 tick_timer;
	struct event		 renew_timer;
	struct event		 rival_timer;
	struct event		 park_timer;
	struct msg_eps		 stun;
	uint64_t		 renew_second;	/* monotonic, counted: */
	unsigned int		 renew_count;
	const uint8_t		*zones;		/* NULL: there are none */
	size_t			 zones_len;
	struct geo		*geo;		/* NULL: there is none */
	void			*geo_data;
	size_t			 geo_len;
	size_t			 nheld;
	size_t			 nasked;		/* of these */
	size_t			 nrivals;
	size_t			 nparked;
	size_t			 nlinks;
	size_t			 nrelays;
	size_t			 nclaims;
	uint32_t		 next_code;
	uint64_t		 refused;	/* relays */
	uint64_t		 refused_ms;	/* when that was logged */
	uint64_t		 next_number;	/* of introductions */
	uint64_t		 introductions;
	uint64_t		 commits_sent;
	uint64_t		 commits_acked;
	uint64_t		 trust_next;	/* seconds, 0 never */
	/* From a change to its acknowledgement, bucket n: below 2^n ms. */
	uint64_t		 latency[POLICY_BUCKETS];
	int			 have_model;
	int			 later_armed;
	int			 work_armed;
};

extern const struct sandbox_policy	policyproc_sandbox;

/* model.c: what storeproc says. */
void		 model_org(void *, struct chan *, const void *, int);
void		 model_system(void *, struct chan *, const void *, int);
void		 model_system_gone(void *, struct chan *, const void *, int);
void		 model_ready(void *, struct chan *, const void *, int);
/* storeproc is here (again): ask for everything, keep what we have. */
void		 model_ask(struct env *);
/* MODEL_TOLD is to come for this connection.  0 or -1. */
int		 model_ask_news(struct env *, uint32_t conn);
struct system	*model_find(struct env *, uint32_t id);
struct org	*model_find_org(struct env *, uint32_t id);
/* Is this system to be reached at all? */
int		 model_system_usable(const struct system *);
/* Its state, tags or met requirements are others: apply them. */
void		 model_system_apply(struct env *, const struct system *);
/* Into the resultant set of policy: as rsop_set_system. */
int		 model_system_put(const struct system *, rsop_pair_fn *,
		    void *);
/* NULL, or what is wrong with the message; cert is what it holds. */
const char	*model_system_check(struct env *,
		    const struct msg_model_system *, const struct system *,
		    struct cert *);
struct org	*model_org_new(struct env *, uint32_t id);
/* One without systems. */
void		 model_org_free(struct env *, struct org *);

/* policy.c: policies and the passing of time. */
void		 policy_set(void *, struct chan *, const void *, int);
void		 policy_gone(void *, struct chan *, const void *, int);
void		 policy_sweep(struct env *, struct org *);
void		 policy_unmark(struct org *);
void		 policy_tick_org(struct env *, struct org *);
void		 policy_tick(int, short, void *);
void		 policy_schedule(struct env *);
/* Into the resultant set of policy, with its windows as they are. */
void		 policy_apply(struct env *, struct org *, struct policy *);
/* The same, as rsop_set_policy. */
int		 policy_put(struct org *, const struct policy *,
		    rsop_pair_fn *, void *);
/* As the model has it, which may be not at all; nobody is told. */
void		 policy_put_back(struct org *, uint32_t id);
/* NULL, or what is wrong. */
const char	*policy_take(struct policy *, const struct msg_model_policy *);

/* hours.c: active hours. */
void		 hours_zones(void *, struct chan *, const void *, int);
/* NULL, or what is wrong. */
const char	*hours_take(struct policy *, const struct msg_model_policy *);
void		 hours_compute(struct env *, struct policy *, uint64_t now);
/* Those whose windows have passed. */
void		 hours_refresh(struct env *, struct org *, uint64_t now);

/* trust.c: trust requirements and what systems meet. */
void		 trust_model_requirement(void *, struct chan *, const void *,
		    int);
void		 trust_model_requirement_gone(void *, struct chan *,
		    const void *, int);
void		 trust_model_tag(void *, struct chan *, const void *, int);
void		 trust_model_grant(void *, struct chan *, const void *, int);
void		 trust_unmark(struct env *);
void		 trust_sweep(struct env *);
/* NULL when the organisation has no such requirement. */
struct requirement *trust_requirement(struct org *, uint32_t id);
/* NULL when there are too many. */
struct requirement *trust_requirement_new(struct org *, uint32_t id);
void		 trust_requirement_remove(struct org *, struct requirement *);
/* 1 when it is another than before, 0, or -1 when it is none. */
int		 trust_requirement_take(struct requirement *,
		    const struct msg_model_requirement *);
struct tagrule	*trust_rule(struct org *, uint32_t tag);
struct tagrule	*trust_rule_new(struct org *, uint32_t tag);
/* The answer to this requirement, made when new; NULL: it is not asked. */
struct answer	*trust_answer(struct system *, uint32_t requirement,
		    enum requirement_type, int *is_new);
/* What the system meets and the tags that count: nonzero when others. */
int		 trust_compute(struct system *, uint64_t now_sec);
/* The first of these that it does not meet, or 0. */
uint32_t	 trust_unmet(const struct system *, const struct msg_u32s *);
/* The same of what this tag of it asks for. */
uint32_t	 trust_tag_unmet(const struct system *, uint32_t tag);
/* Does it meet all of these? */
int		 trust_meets(const struct system *, const struct msg_u32s *);
void		 trust_judge(const struct system *, const struct requirement *,
		    uint64_t now_sec, struct trust_result *);
/* Judge again: nonzero when it came out otherwise, not applied yet. */
int		 trust_update(struct env *, struct system *);
/* The same, applied: whoever changes what is known of a system calls it. */
void		 trust_changed(struct env *, struct system *);
/*
 * The system is signed in for this requirement until then (seconds; what is
 * past: no more), for this reason.  -1: it has no such requirement.  The
 * answer outlives the connection, but not this process.
 */
int		 trust_signin(struct env *, uint32_t system,
		    uint32_t requirement, uint64_t until, const char *reason);
/* What concerns a system, or those of an organisation, may be another. */
void		 trust_concern(struct env *, struct system *);
void		 trust_concern_org(struct env *, struct org *);
/* Judge all systems, as time has passed. */
void		 trust_tick(struct env *);
void		 trust_free(struct system *);

/* facts.c: what systems say of themselves, and where they are. */
void		 facts_told(void *, struct chan *, const void *, int);
/* What storeproc has kept of before. */
void		 facts_model(void *, struct chan *, const void *, int);
void		 facts_address(struct env *, struct system *,
		    const struct endpoint *);

/* country.c: where addresses are, by a database of the administrator. */
void		 geo_set(void *, struct chan *, const void *, int);
void		 geo_unset(void *, struct chan *, const void *, int);
/* The country of its address; "" when nobody knows. */
void		 country_find(struct env *, struct system *);

/* verdict.c: requirements for people to read. */
/* Tell a connected system what it does not meet, if that is new. */
void		 verdict_tell(struct env *, struct link *);
void		 verdict_get(void *, struct chan *, const void *, int);
/* Is it attached to a tag of the system, or to a policy it sends by? */
int		 verdict_concerns(const struct system *, uint32_t requirement);

/* link.c: connections. */
void		 link_authenticated(void *, struct chan *, const void *, int);
void		 link_gone(void *, struct chan *, const void *, int);
void		 link_ack(void *, struct chan *, const void *, int);
void		 link_serve_held(struct env *);
/* The model is not behind any more: MODEL_TOLD. */
void		 link_told(void *, struct chan *, const void *, int);
struct link	*link_find(struct env *, uint32_t conn);
struct chan	*link_tls(struct env *, uint32_t conn);
void		 link_refuse(struct env *, struct link *, const char *reason);
void		 link_drop_instance(struct env *, uint32_t instance);
void		 link_seen_all(struct env *);
/* NULL, or why this system is not served. */
const char	*link_state_reason(const struct system *);
int		 link_foreign(struct env *, struct chan *, uint32_t type,
		    uint32_t conn);

void		 link_refuse_conn(struct env *, uint32_t conn,
		    const char *reason);
/* A connection that is proved becomes that of its system, or is refused. */
void		 link_open(struct env *, const struct msg_authenticated *);

/*
 * park.c: systems that their state bars.  park_wait keeps a connection
 * and returns 1, or 0 when it is to be refused; park_look serves it, or
 * refuses it for good, once the state of its system is another.
 */
int		 park_wait(struct env *, struct system *,
		    const struct msg_authenticated *);
void		 park_look(struct env *, struct system *);
void		 park_refuse(struct env *, struct system *,
		    const char *reason);
void		 park_conn_gone(struct env *, uint32_t conn);
void		 park_drop_instance(struct env *, uint32_t instance);
void		 park_timer(int, short, void *);

/*
 * rival.c: two connections of one system.  The older one is asked for a sign
 * of life; without one it was dead and the newer one takes its place, with
 * one there are two agents with one identity.
 */
void		 rival_wait(struct env *, struct system *,
		    const struct msg_authenticated *);
void		 rival_alive(void *, struct chan *, const void *, int);
/* The system's connection is gone: the one that waits has its place. */
void		 rival_admit(struct env *, struct system *);
/* The system has another connection now: it is asked in its turn. */
void		 rival_again(struct env *, struct system *);
/* The system is not served any more, for this reason. */
void		 rival_refuse(struct env *, struct system *,
		    const char *reason);
/* Connections that may have waited are gone. */
void		 rival_conn_gone(struct env *, uint32_t conn);
void		 rival_drop_instance(struct env *, uint32_t instance);
void		 rival_timer(int, short, void *);

/* relay.c: relays of the model and their connections. */
void		 relay_model(void *, struct chan *, const void *, int);
void		 relay_model_gone(void *, struct chan *, const void *, int);
void		 relay_unmark(struct env *);
/* Forget those that the model does not name any more. */
void		 relay_sweep(struct env *);
void		 relay_claim(void *, struct chan *, const void *, int);
void		 relay_serve_held(struct env *);
void		 relay_load(void *, struct chan *, const void *, int);
/* A connection is gone, or all of a tlsproc. */
void		 relay_conn_gone(struct env *, uint32_t conn);
void		 relay_drop_instance(struct env *, uint32_t instance);
void		 relay_seen_all(struct env *);
uint32_t	 relay_pairs(const struct relay *);

/* distance.c: how far systems are from relays, and which one serves a pair. */
void		 distance_report(void *, struct chan *, const void *, int);
/* The relay's addresses are others now, or it is gone. */
void		 distance_forget(struct env *, uint32_t relay);
void		 distance_free(struct system *);
/* The list of relays is another: tell everybody. */
void		 distance_changed(struct env *);
/* Tell one. */
void		 distance_tell(struct env *, struct link *);
/*
 * Choose a relay, another one than avoid if there is, and let it know the
 * code; the caller wipes the result.
 */
void		 distance_choose(struct env *, const struct link *,
		    const struct link *, uint32_t avoid, struct rendezvous *);
/* The relay was away: that it was not reached says nothing any more. */
void		 distance_retry(struct env *, uint32_t relay);

/* push.c: what a connected system is told. */
void		 push_pair_changed(void *, uint32_t, uint32_t);
void		 push_mark(struct env *, uint32_t self, uint32_t peer);
void		 push_queue(struct env *, struct link *);
void		 push_unqueue(struct env *, struct link *);
void		 push_run(struct env *);
void		 push_work_timer(int, short, void *);
struct told	*push_told(struct link *, uint32_t peer);
void		 push_forget(struct link *);

/* introduce.c: candidates and introductions. */
void		 introduce_candidates(void *, struct chan *, const void *,
		    int);
void		 introduce_again(void *, struct chan *, const void *, int);
void		 introduce_run(struct env *, struct link *);
void		 introduce_later_timer(int, short, void *);

/* renew.c: certificates over their renewals. */
/* Is this the serial of the system's certificate, or of the one before? */
int		 renew_serial_good(const struct system *,
		    const uint8_t serial[CERT_SERIAL_LEN]);
/* It may have a renewal due: order it, if not too many were in this second. */
void		 renew_check(struct env *, struct link *);
void		 renew_timer(int, short, void *);
void		 renew_holds(void *, struct chan *, const void *, int);
/* The model is as new as what was held. */
void		 renew_told(struct env *, struct link *);
/* Does this authority speak for the organisation? */
int		 renew_authority_good(const struct org *,
		    const uint8_t authority[CERT_KEY_LEN]);
/* The organisation's authorities are others now. */
void		 renew_org_changed(struct env *, struct org *);
/* Tell one agent what they say of each other. */
void		 renew_tell(struct env *, const struct link *);
/* It has proved that it holds this certificate. */
void		 renew_proved(struct env *, const struct system *,
		    const uint8_t serial[CERT_SERIAL_LEN]);

/* signin.c: users that sign in. */
void		 signin_asked(void *, struct chan *, const void *, int);
void		 signin_model(void *, struct chan *, const void *, int);
/* Tell the agent what it does not know yet; also of all of one. */
void		 signin_tell(struct env *, struct system *);
void		 signin_tell_org(struct env *, struct org *);
void		 signin_link_open(struct env *, struct system *);
void		 signin_free(struct env *, struct system *);
void		 signin_conditions_changed(struct env *, struct org *,
		    const struct requirement *);
/* oidcproc is here, and so is the model. */
void		 signin_sync(struct env *);
void		 signin_oidc_down(struct env *);
void		 signin_code(void *, struct chan *, const void *, int);
void		 signin_done(void *, struct chan *, const void *, int);
void		 signin_failed(void *, struct chan *, const void *, int);

/* explain.c: why two systems may talk, or not. */
void		 explain_get(void *, struct chan *, const void *, int);

/* trial.c: changes that are looked at and undone. */
void		 trial_begin(void *, struct chan *, const void *, int);
void		 trial_test(void *, struct chan *, const void *, int);
void		 trial_end(void *, struct chan *, const void *, int);
/* Is this message to be handled?  If not it is kept for the trial. */
int		 trial_admit(void *, struct chan *, uint32_t type,
		    const void *msg);
void		 trial_drop(struct env *);

/* status.c: counters of the service. */
void		 status_get(void *, struct chan *, const void *, int);
void		 status_counters(void *, struct chan *, const void *, int);
void		 status_peer_down(struct env *, uint32_t role, uint32_t inst);
void		 status_timer(int, short, void *);

int		 link_cmp(const struct link *, const struct link *);
int		 told_cmp(const struct told *, const struct told *);
int		 policy_cmp(const struct policy *, const struct policy *);
int		 org_cmp(const struct org *, const struct org *);
int		 system_id_cmp(const struct system *, const struct system *);
int		 system_name_cmp(const struct system *,
		    const struct system *);

int		 requirement_cmp(const struct requirement *,
		    const struct requirement *);
int		 tagrule_cmp(const struct tagrule *, const struct tagrule *);

RB_PROTOTYPE(requirement_tree, requirement, entry, requirement_cmp)
RB_PROTOTYPE(tagrule_tree, tagrule, entry, tagrule_cmp)
RB_PROTOTYPE(link_tree, link, entry, link_cmp)
RB_PROTOTYPE(told_tree, told, entry, told_cmp)
RB_PROTOTYPE(policy_tree, policy, entry, policy_cmp)
RB_PROTOTYPE(org_tree, org, entry, org_cmp)
RB_PROTOTYPE(system_tree, system, by_id, system_id_cmp)
RB_PROTOTYPE(name_tree, system, by_name, system_name_cmp)

#endif /* POLICYPROC_POLICYPROC_H */
