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
 * The database of the discovery service, as the rest of storeproc sees it:
 * C structs of fixed size in, C structs out, no SQL.  Runs in storeproc
 * alone, the one process with the database.  Callers are trusted to be
 * storeproc, but every value in a struct may come from an administrator or an
 * agent and is checked here again.  No key text, token or private key is ever
 * stored: callers hash enrolment keys first.
 *
 * Conventions.  Times are seconds since the epoch; 0 means never.  Identifiers
 * are positive and are never used twice.  Text is NUL-terminated UTF-8 without
 * control characters.  Each changing function is one transaction: it is done
 * and on disk when DB_OK is returned, and else nothing of it is.  Structs
 * are the caller's; nothing returned needs freeing.
 */

#ifndef STOREPROC_DB_H
#define STOREPROC_DB_H

#include <stddef.h>
#include <stdint.h>

#include "storeproc/db_types.h"

/*
 * Callbacks of lists: non-zero ends the list, which then returns DB_OK.  The
 * struct lives until the callback returns.  No statement is open meanwhile, so
 * a callback may call any function here; rows come in order of id.
 */
typedef int	(*db_org_cb)(const struct db_org *, void *);
typedef int	(*db_key_cb)(const struct db_key *, void *);
typedef int	(*db_system_cb)(const struct db_system *, void *);
typedef int	(*db_policy_cb)(const struct db_policy *, void *);
typedef int	(*db_relay_cb)(const struct db_relay *, void *);
typedef int	(*db_requirement_cb)(const struct db_requirement *, void *);
typedef int	(*db_test_cb)(const struct db_test *, void *);
typedef int	(*db_tag_object_cb)(const struct db_tag_object *, void *);
typedef int	(*db_grant_cb)(const struct db_grant *, void *);
typedef int	(*db_token_cb)(const struct db_token *, void *);
typedef int	(*db_signin_cb)(const struct db_signin *, void *);
typedef int	(*db_tag_cb)(int64_t org, const struct db_tag *, void *);

/*
 * Loads what SQLite would else open at its first need (/dev/urandom).  Call
 * once before chroot and system-call filter; db_open calls it otherwise.
 */
void		 db_init(void);

/*
 * Opens, checks and migrates the database; makes it when there is none.
 * db_open_existing refuses a missing one instead, so that a service whose
 * database was put aside does not come up with no systems.  NULL on failure,
 * with a text in *errstr that lives until the next open.  A corrupt database
 * is renamed to <path>.corrupt-<seconds> with its -wal and -shm, and the open
 * fails; any other failure leaves the files as they are.
 */
struct db	*db_open(const char *path, const char **errstr);
struct db	*db_open_existing(const char *path, const char **errstr);
void		 db_close(struct db *);

/* Text for the last result but DB_OK; lives until the next call. */
const char	*db_errstr(const struct db *);
const char	*db_result_name(enum db_result);

/*
 * Counts the transactions that changed anything but last-seen times, which
 * leave it alone.
 */
enum db_result	 db_revision(struct db *, int64_t *);

/*
 * Between the two, changing functions are as ever all or nothing each, but
 * only together on disk: all of them when db_batch_end with keep set returns
 * DB_OK, and else none.  db_on_change hears of them then.
 */
enum db_result	 db_batch_begin(struct db *);
enum db_result	 db_batch_end(struct db *, int keep);

/*
 * The audit log.  db_actor says on whose behalf the changes from here on are
 * made: "unix:0", "system:V88RY", "timer".  db_audit_next reads the row after
 * this id, of an organisation or (NULL) of all; db_audit_row_free is due
 * after DB_OK.  db_audit_tail finds the id after which the last count rows
 * follow.  db_audit_verify goes on along the chain for up to max rows: *done
 * at its end, or at a bad row, and then *why says what is wrong with the one
 * after w->last.
 */
struct audit_walk;
struct audit_record;
void		 db_actor(struct db *, const char *);
enum db_result	 db_audit_next(struct db *, int64_t after, const char *org,
		    struct db_audit_row *);
void		 db_audit_row_free(struct db_audit_row *);
enum db_result	 db_audit_tail(struct db *, uint32_t count, const char *org,
		    int64_t *after);
/*
 * Rows of an organisation, newest first: into ids up to DB_LOG_MAX after the
 * first offset ones, of those that the filter wants; 0 and "" want any.
 * *total is how many there are, DB_LOG_COUNT at most.
 */
enum db_result	 db_audit_page(struct db *, const struct db_audit_filter *,
		    uint32_t offset, uint32_t count, int64_t *ids, size_t *n,
		    int64_t *total);
enum db_result	 db_audit_verify(struct db *, struct audit_walk *w,
		    size_t max, int *done, const char **why);
/* The same as the chain sees it; borrows the texts. */
void		 db_audit_record(const struct db_audit_row *,
		    struct audit_record *);

/*
 * A copy of the database in a new file, which has its owner's rights alone
 * and needs no log beside it.  Changes may be made between the steps, and are
 * in it.  db_backup_step copies up to this many pages and sets *done when the
 * copy is complete and on disk; db_backup_end frees, and does not remove the
 * file.  NULL and the text set when it cannot be begun.
 */
struct db_backup;
struct db_backup *db_backup_start(struct db *, const char *path);
enum db_result	 db_backup_step(struct db_backup *, int pages, int *done);
void		 db_backup_end(struct db_backup *);

/* Rules for text, usable before a request is built; 1 when kept. */
int		 db_tag_name_valid(const char *);
int		 db_org_name_valid(const char *);

/*
 * Organisations.  Sets id; ipv4 0/0 becomes 100.64.0.0/10.  The ULA prefix is
 * the caller's (random, fdxx:xxxx:xxxx:xxxx::/64).
 */
enum db_result	 db_org_add(struct db *, struct db_org *);
enum db_result	 db_org_get(struct db *, int64_t id, struct db_org *);
enum db_result	 db_org_get_name(struct db *, const char *,
		    struct db_org *);
enum db_result	 db_org_list(struct db *, db_org_cb, void *);
/*
 * Writes clone and unique_names over those of org->id, and these two times
 * unless they are negative.  Lives are from DB_LIFE_MIN to DB_LIFE_MAX, or
 * DB_INVALID.
 */
enum db_result	 db_org_change(struct db *, const struct db_org *,
		    int64_t life_sec, int64_t grace_sec);
/* DB_REFUSED while anything belongs to it. */
enum db_result	 db_org_delete(struct db *, int64_t id);

/*
 * Enrolment keys.  db_key_add reads org, hint, description, type, approval,
 * uses_remaining, enabled, not_after, retention_minutes, created and the names
 * of tags, action, notes and sources; it sets id.  Ephemeral keys are automatic
 * and unlimited, or DB_INVALID.  Deleting a key leaves the systems it enrolled.
 * db_key_change writes description, notes, not_after, action, tags and sources
 * over those of key->id; what was not to be changed is read before.
 */
enum db_result	 db_key_add(struct db *, struct db_key *,
		    const uint8_t hash[DB_KEY_LEN]);
enum db_result	 db_key_get(struct db *, int64_t id, struct db_key *);
enum db_result	 db_key_list(struct db *, int64_t org, db_key_cb, void *);
enum db_result	 db_key_set_enabled(struct db *, int64_t id, int enabled);
enum db_result	 db_key_top_up(struct db *, int64_t id, uint32_t uses);
enum db_result	 db_key_change(struct db *, const struct db_key *);
enum db_result	 db_key_delete(struct db *, int64_t id);

/*
 * Keys at whose not_after something is still to happen.  db_key_next_expiry:
 * the first of them in time, DB_NOTFOUND without one.  db_key_expire: what
 * its action says, whether the time has come or not.
 */
enum db_result	 db_key_next_expiry(struct db *, int64_t *id, int64_t *when);
enum db_result	 db_key_expire(struct db *, int64_t id);

/*
 * Enrols a system under the key with this hash.  On DB_REFUSED, DB_INVALID,
 * DB_EXISTS and DB_LIMIT *why is a constant text fit for the agent, NULL
 * otherwise.  An unknown key and a wrong one are the same thing.  An identity
 * key that is enrolled already gets its system back, unchanged and at no use
 * of the key, also from a key whose last use it was itself; out->cert_len
 * tells whether a certificate was signed.
 */
enum db_result	 db_enrol(struct db *, const uint8_t hash[DB_KEY_LEN],
		    const struct db_enrolment *, struct db_system *out,
		    const char **why);

/*
 * Systems.  Names are looked up without regard to case.  States: unapproved
 * to enabled or revoked, enabled and disabled to one another and to revoked;
 * revoked is final; else DB_REFUSED.  The same state again is DB_OK.  A state
 * that is set ends a quarantine and has no end.
 */
enum db_result	 db_system_get(struct db *, int64_t id, struct db_system *);
enum db_result	 db_system_get_name(struct db *, const char *,
		    struct db_system *);
enum db_result	 db_system_get_identity(struct db *,
		    const uint8_t identity[DB_KEY_LEN], struct db_system *);
enum db_result	 db_system_list(struct db *, int64_t org, db_system_cb,
		    void *);
enum db_result	 db_system_set_state(struct db *, int64_t id,
		    enum db_system_state);
enum db_result	 db_system_set_description(struct db *, int64_t id,
		    const char *);
/* Enabled from now until this second, then disabled or revoked. */
enum db_result	 db_system_set_until(struct db *, int64_t id, int64_t until,
		    enum db_system_state action);
/* Writes description, notes and tags over those of sys->id. */
enum db_result	 db_system_change(struct db *, const struct db_system *);
/* Two were seen with its identity; quarantine: both are to stay out. */
enum db_result	 db_system_clone(struct db *, int64_t id, int quarantine,
		    int64_t when, const char *source);
/* As of keys: the first that has an end, and what happens at it. */
enum db_result	 db_system_next_expiry(struct db *, int64_t *id,
		    int64_t *when);
enum db_result	 db_system_expire(struct db *, int64_t id);
/* A system that waits for approval is to go. */
enum db_result	 db_system_decline(struct db *, int64_t id);
enum db_result	 db_system_tag_add(struct db *, int64_t id, const char *);
enum db_result	 db_system_tag_remove(struct db *, int64_t id, const char *);
enum db_result	 db_system_delete(struct db *, int64_t id);

/*
 * Certificates.  db_cert_issue stores the one of an enrolment, whose serial
 * the system has already.  db_cert_renew stores another with another serial;
 * the one that the agent holds stays good until db_cert_held says that it
 * holds the new one.  DB_REFUSED when another renewal was quicker (stored) or
 * the agent holds neither; db_cert_order asks for a renewal.  db_cert_held
 * takes what the agent says: a serial it does not know it passes over.  It
 * sets *changed when something was not known before; a transaction is made
 * for that alone.
 */
enum db_result	 db_cert_get(struct db *, int64_t system, struct db_cert *);
enum db_result	 db_cert_issue(struct db *, int64_t system,
		    const uint8_t *cert, size_t len,
		    const uint8_t signer[DB_KEY_LEN]);
enum db_result	 db_cert_renew(struct db *, int64_t system,
		    const struct db_renewal *);
enum db_result	 db_cert_order(struct db *, int64_t system);
enum db_result	 db_cert_held(struct db *, int64_t system,
		    const uint8_t serial[DB_SERIAL_LEN],
		    const uint8_t pinned[DB_KEY_LEN], int *changed);

/* Authorities. */
enum db_result	 db_authority_get(struct db *, int64_t org,
		    struct db_authority *);
enum db_result	 db_authority_depend(struct db *, int64_t org,
		    struct db_depend *);

/*
 * db_authority_roll puts a new authority in the place of old, which stays
 * trusted; db_authority_retire ends that.  DB_REFUSED when old is not the one
 * at hand any more.
 */
enum db_result	 db_authority_roll(struct db *, int64_t org,
		    const uint8_t old[DB_KEY_LEN],
		    const uint8_t new[DB_KEY_LEN], const uint8_t *statement,
		    size_t len);
enum db_result	 db_authority_retire(struct db *, int64_t org,
		    const uint8_t old[DB_KEY_LEN], const uint8_t *statement,
		    size_t len);

/* Last-seen times in one transaction; unknown ids are passed over. */
enum db_result	 db_system_set_seen(struct db *, const struct db_seen *,
		    size_t);

/*
 * Facts of systems, all in one transaction, in which the revision and the
 * audit log stay as they are; unknown systems are passed over.  db_facts_get
 * reads the text alone: DB_NOTFOUND when nothing was said.
 */
enum db_result	 db_facts_set(struct db *, const struct db_facts *, size_t);
enum db_result	 db_facts_get(struct db *, int64_t system, struct db_facts *);

/*
 * Policies.  db_policy_add reads all but the ids, which it sets (that of the
 * policy, not of tags).  db_policy_replace writes all but org and created over
 * those of policy->id.
 */
enum db_result	 db_policy_add(struct db *, struct db_policy *);
enum db_result	 db_policy_get(struct db *, int64_t id, struct db_policy *);
enum db_result	 db_policy_get_name(struct db *, int64_t org, const char *,
		    struct db_policy *);
enum db_result	 db_policy_list(struct db *, int64_t org, db_policy_cb,
		    void *);
enum db_result	 db_policy_set_enabled(struct db *, int64_t id, int enabled);
enum db_result	 db_policy_replace(struct db *, const struct db_policy *);
enum db_result	 db_policy_delete(struct db *, int64_t id);
/*
 * The one that ends next and is not disabled or deleted for it yet: id,
 * not_after and end_action are filled in.  DB_NOTFOUND when there is none.
 */
enum db_result	 db_policy_next_end(struct db *, struct db_policy *);

/*
 * Trust requirements.  db_requirement_add reads all but the id, which it
 * sets; db_requirement_set writes notes and conditions over those of id.  One
 * that a policy or tag has cannot be deleted (DB_REFUSED).  An answer is for
 * type manual, and for a system of the same organisation: 0, 1, or -1 for
 * none.
 */
enum db_result	 db_requirement_add(struct db *, struct db_requirement *);
enum db_result	 db_requirement_get(struct db *, int64_t id,
		    struct db_requirement *);
enum db_result	 db_requirement_get_name(struct db *, int64_t org,
		    const char *, struct db_requirement *);
enum db_result	 db_requirement_list(struct db *, int64_t org,
		    db_requirement_cb, void *);
enum db_result	 db_requirement_set(struct db *,
		    const struct db_requirement *);
enum db_result	 db_requirement_uses(struct db *, int64_t id,
		    uint32_t *policies, uint32_t *tags);
enum db_result	 db_requirement_delete(struct db *, int64_t id);
enum db_result	 db_requirement_answer(struct db *, int64_t id,
		    int64_t system, int answer);

/*
 * Policy tests.  db_test_add reads all but the id, which it sets; db_test_set
 * writes all but organisation, name and time over those of id.
 */
enum db_result	 db_test_add(struct db *, struct db_test *);
enum db_result	 db_test_set(struct db *, const struct db_test *);
enum db_result	 db_test_get(struct db *, int64_t id, struct db_test *);
enum db_result	 db_test_get_name(struct db *, int64_t org, const char *,
		    struct db_test *);
enum db_result	 db_test_list(struct db *, int64_t org, db_test_cb, void *);
enum db_result	 db_each_test(struct db *, db_test_cb, void *);
enum db_result	 db_test_delete(struct db *, int64_t id);
/* Of all organisations. */
enum db_result	 db_test_count(struct db *, int64_t *);
/* Is this end of a test a system, and no tag? */
int		 db_test_names_system(const char *);

/*
 * Sign-ins.  db_signin_set replaces what is there, and forgets it when until
 * is 0; DB_NOTFOUND unless both are of one organisation and the requirement
 * is of type signin.  The system is the actor in the audit log.
 * db_each_signin passes over those that have ended, and db_signin_sweep
 * removes them.
 */
enum db_result	 db_signin_set(struct db *, const struct db_signin *);
enum db_result	 db_each_signin(struct db *, int64_t now, db_signin_cb,
		    void *);
enum db_result	 db_signin_sweep(struct db *, int64_t now);

/*
 * Tags as objects.  db_tag_set makes the tag permanent, and new if need be;
 * it reads org, name, notes, colour and the names of requirements, and sets
 * id.  A tag in use cannot be deleted (DB_REFUSED).
 */
enum db_result	 db_tag_get(struct db *, int64_t org, const char *,
		    struct db_tag_object *);
enum db_result	 db_tag_set(struct db *, struct db_tag_object *);
enum db_result	 db_tag_delete(struct db *, int64_t org, const char *);

/*
 * Relays, DB_RELAYS_MAX at most.  db_relay_add reads all but the id, which it
 * sets; names follow the rule of organisations.  Latitude and longitude are
 * both known or both 0.
 */
enum db_result	 db_relay_add(struct db *, struct db_relay *);
enum db_result	 db_relay_get(struct db *, int64_t id, struct db_relay *);
enum db_result	 db_relay_get_name(struct db *, const char *,
		    struct db_relay *);
enum db_result	 db_relay_list(struct db *, db_relay_cb, void *);
enum db_result	 db_relay_set_enabled(struct db *, int64_t id, int enabled);
enum db_result	 db_relay_delete(struct db *, int64_t id);

/*
 * Tokens of the API, DB_TOKENS_MAX of an organisation at most.  db_token_add
 * reads all but id and last_used; a token has an end, DB_TOKEN_SEC_MAX after
 * its making at the latest.  A hash that is unknown is DB_NOTFOUND.
 */
enum db_result	 db_token_add(struct db *, struct db_token *,
		    const uint8_t hash[DB_KEY_LEN]);
enum db_result	 db_token_get(struct db *, int64_t id, struct db_token *);
enum db_result	 db_token_get_hash(struct db *,
		    const uint8_t hash[DB_KEY_LEN], struct db_token *);
enum db_result	 db_token_list(struct db *, int64_t org, db_token_cb, void *);
enum db_result	 db_token_used(struct db *, int64_t id, int64_t now);
enum db_result	 db_token_delete(struct db *, int64_t id);

/* The version of an object, 0 when there is none. */
uint64_t	 db_version(struct db *, enum db_object, int64_t id);

/*
 * The change that follows is one that a client may send twice: it is kept
 * under the token's key for DB_REPLAY_SEC, in the same transaction.  A key
 * that is there already makes it DB_EXISTS.  NULL: it is not one.
 */
void		 db_replay_set(struct db *, const struct db_replay *);

/* By token and key: fills in hash and object, or DB_NOTFOUND. */
enum db_result	 db_replay_get(struct db *, struct db_replay *);

/* An object that a transaction has changed; texts live during the call. */
struct db_change_note {
	const char	*type;		/* as the audit log calls it */
	const char	*org;		/* "" for none */
	const char	*name;
	int64_t		 id;
	uint64_t	 version;	/* 0: it has none */
	int		 is_new;
	int		 is_gone;
};

/* To be called for each of them, after they are on disk. */
void		 db_on_change(struct db *,
		    void (*)(void *, const struct db_change_note *), void *);

/* Everything of every organisation, for policyproc at its start. */
enum db_result	 db_each_org(struct db *, db_org_cb, void *);
enum db_result	 db_each_tag(struct db *, db_tag_cb, void *);
enum db_result	 db_tag_get_id(struct db *, int64_t id,
		    struct db_tag *);
enum db_result	 db_each_system(struct db *, db_system_cb, void *);
enum db_result	 db_each_policy(struct db *, db_policy_cb, void *);
enum db_result	 db_each_requirement(struct db *, db_requirement_cb, void *);
enum db_result	 db_each_tag_object(struct db *, db_tag_object_cb, void *);
enum db_result	 db_each_grant(struct db *, db_grant_cb, void *);

#endif /* STOREPROC_DB_H */
