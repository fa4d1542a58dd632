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
 * What the db_*.c files share: the handle, the statements by number, and the
 * few functions that touch sqlite.  Included by nothing else but the tests of
 * this layer.
 */

#ifndef STOREPROC_DB_PRIVATE_H
#define STOREPROC_DB_PRIVATE_H

#include <sys/queue.h>

#include <sqlite3.h>

#include "db.h"
#include "schema.h"

#define DB_ERRSTR_MAX		512
#define DB_BUSY_TIMEOUT_MS	5000
#define DB_APPLICATION_ID	0x656e636c	/* "encl" */

enum db_stmt {
	STMT_BEGIN,
	STMT_COMMIT,
	STMT_ROLLBACK,
	STMT_SAVE,
	STMT_RELEASE,
	STMT_BACK,
	STMT_REVISION_GET,
	STMT_REVISION_BUMP,

	STMT_ORG_ADD,
	STMT_ORG_GET,
	STMT_ORG_GET_NAME,
	STMT_ORG_NEXT,
	STMT_ORG_CHANGE,
	STMT_ORG_DELETE,

	STMT_TAG_ADD,
	STMT_TAG_GET,
	STMT_TAG_NEXT,
	STMT_TAG_SWEEP,
	STMT_TAG_OBJECT,
	STMT_TAG_OBJECT_NEXT,
	STMT_TAG_SET,
	STMT_TAG_USED,
	STMT_TAG_DELETE,
	STMT_TAG_REQUIREMENT_ADD,
	STMT_TAG_REQUIREMENTS,
	STMT_TAG_REQUIREMENTS_CLEAR,

	STMT_REQUIREMENT_ADD,
	STMT_REQUIREMENT_COUNT,
	STMT_REQUIREMENT_GET,
	STMT_REQUIREMENT_GET_NAME,
	STMT_REQUIREMENT_NEXT,
	STMT_REQUIREMENT_NEXT_ORG,
	STMT_REQUIREMENT_SET,
	STMT_REQUIREMENT_USES,
	STMT_REQUIREMENT_DELETE,
	STMT_TEST_ADD,
	STMT_TEST_COUNT,
	STMT_TEST_COUNT_ORG,
	STMT_TEST_GET,
	STMT_TEST_GET_NAME,
	STMT_TEST_NEXT,
	STMT_TEST_NEXT_ORG,
	STMT_TEST_SET,
	STMT_TEST_DELETE,
	STMT_GRANT_SET,
	STMT_GRANT_CLEAR,
	STMT_GRANT_NEXT,
	STMT_SIGNIN_SET,
	STMT_SIGNIN_CLEAR,
	STMT_SIGNIN_NEXT,
	STMT_SIGNIN_SWEEP,

	STMT_KEY_ADD,
	STMT_KEY_GET,
	STMT_KEY_GET_HASH,
	STMT_KEY_NEXT,
	STMT_KEY_SET_ENABLED,
	STMT_KEY_SET_USES,
	STMT_KEY_USED,
	STMT_KEY_DELETE,
	STMT_KEY_TAG_ADD,
	STMT_KEY_TAGS,
	STMT_KEY_TAGS_CLEAR,
	STMT_KEY_SOURCE_ADD,
	STMT_KEY_SOURCES,
	STMT_KEY_SOURCES_CLEAR,
	STMT_KEY_CHANGE,
	STMT_KEY_NEXT_EXPIRY,

	STMT_NAME_TAKE,
	STMT_SYSTEM_ADD,
	STMT_SYSTEM_GET,
	STMT_SYSTEM_GET_NAME,
	STMT_SYSTEM_GET_IDENTITY,
	STMT_SYSTEM_NEXT,
	STMT_SYSTEM_NEXT_ORG,
	STMT_SYSTEM_HAS_TUNNEL,
	STMT_SYSTEM_HAS_SERIAL,
	STMT_SYSTEM_HAS_IPV4,
	STMT_SYSTEM_HAS_IPV6,
	STMT_SYSTEM_IPV4S,
	STMT_SYSTEM_SET_STATE,
	STMT_SYSTEM_SET_DESCRIPTION,
	STMT_SYSTEM_SET_UNTIL,
	STMT_SYSTEM_CHANGE,
	STMT_SYSTEM_CLONE,
	STMT_SYSTEM_NEXT_EXPIRY,
	STMT_SYSTEM_HAS_DESCRIPTION,
	STMT_SYSTEM_TAGS_CLEAR,
	STMT_SYSTEM_SET_SEEN,
	STMT_SYSTEM_SET_FACTS,
	STMT_FACTS_SET,
	STMT_FACTS_GET,
	STMT_SYSTEM_DELETE,
	STMT_SYSTEM_TAG_ADD,
	STMT_SYSTEM_TAG_REMOVE,
	STMT_SYSTEM_TAGS,

	STMT_POLICY_ADD,
	STMT_POLICY_GET,
	STMT_POLICY_GET_NAME,
	STMT_POLICY_NEXT,
	STMT_POLICY_NEXT_ORG,
	STMT_POLICY_SET,
	STMT_POLICY_SET_ENABLED,
	STMT_POLICY_DELETE,
	STMT_POLICY_NEXT_END,
	STMT_POLICY_TAG_ADD,
	STMT_POLICY_TAGS,
	STMT_POLICY_TAGS_CLEAR,
	STMT_POLICY_ACL_ADD,
	STMT_POLICY_ACLS,
	STMT_POLICY_ACLS_CLEAR,
	STMT_POLICY_REQUIREMENT_ADD,
	STMT_POLICY_REQUIREMENTS,
	STMT_POLICY_REQUIREMENTS_CLEAR,

	STMT_CERT_GET,
	STMT_CERT_ISSUE,
	STMT_CERT_STORE,
	STMT_CERT_RENEW,
	STMT_CERT_RENEWED,
	STMT_CERT_ORDER,
	STMT_CERT_HELD,
	STMT_CERT_PINNED,
	STMT_AUTHORITY_ADD,
	STMT_AUTHORITY_GET,
	STMT_AUTHORITY_LIFE,
	STMT_AUTHORITY_GRACE,
	STMT_AUTHORITY_SET,
	STMT_AUTHORITY_ROLL,
	STMT_AUTHORITY_RETIRE,
	STMT_AUTHORITY_DEPEND,

	STMT_RELAY_ADD,
	STMT_RELAY_COUNT,
	STMT_RELAY_GET,
	STMT_RELAY_GET_NAME,
	STMT_RELAY_NEXT,
	STMT_RELAY_SET_ENABLED,
	STMT_RELAY_DELETE,

	STMT_AUDIT_ORG,
	STMT_AUDIT_KEY,
	STMT_AUDIT_SYSTEM,
	STMT_AUDIT_POLICY,
	STMT_AUDIT_RELAY,
	STMT_AUDIT_TAG,
	STMT_AUDIT_REQUIREMENT,
	STMT_AUDIT_TOKEN,
	STMT_AUDIT_TEST,
	STMT_AUDIT_HEAD,
	STMT_AUDIT_ADD,
	STMT_AUDIT_NEXT,
	STMT_AUDIT_NEXT_ORG,
	STMT_AUDIT_TAIL,
	STMT_AUDIT_TAIL_ORG,
	STMT_AUDIT_PAGE,
	STMT_AUDIT_COUNT,

	STMT_TOKEN_ADD,
	STMT_TOKEN_COUNT,
	STMT_TOKEN_GET,
	STMT_TOKEN_GET_HASH,
	STMT_TOKEN_NEXT,
	STMT_TOKEN_USED,
	STMT_TOKEN_DELETE,

	STMT_REPLAY_ADD,
	STMT_REPLAY_GET,
	STMT_REPLAY_SWEEP,

	STMT_ORG_VERSION,
	STMT_KEY_VERSION,
	STMT_SYSTEM_VERSION,
	STMT_POLICY_VERSION,
	STMT_TAG_VERSION,
	STMT_RELAY_VERSION,
	STMT_REQUIREMENT_VERSION,

	STMT_COUNT
};

extern const char *const	db_stmt_sql[STMT_COUNT];

/* What the audit log knows of an object: see db_audit below. */
enum db_audit_type {
	DB_AUDIT_ORG,
	DB_AUDIT_KEY,
	DB_AUDIT_SYSTEM,
	DB_AUDIT_POLICY,
	DB_AUDIT_RELAY,
	DB_AUDIT_TAG,
	DB_AUDIT_REQUIREMENT,
	DB_AUDIT_TOKEN,
	DB_AUDIT_TEST,
	DB_AUDIT_TYPES
};

/* An object of the running transaction, as it was before. */
struct db_audit_note {
	TAILQ_ENTRY(db_audit_note)	 entry;
	enum db_audit_type		 type;
	int64_t				 id;
	const char			*action;	/* constant, or NULL */
	char				*before;	/* NULL: it is new */
	char				 org[DB_ORG_NAME_MAX + 1];
	char				 name[DB_TEXT_MAX + 1];
};
TAILQ_HEAD(db_audit_notes, db_audit_note);

struct db {
	sqlite3			*handle;
	sqlite3_stmt		*stmt[STMT_COUNT];
	struct db_audit_notes	 notes;
	struct db_audit_notes	 told;	/* of a batch: told of at its end */
	int			 batch;	/* is open */
	void			(*changed)(void *,
				    const struct db_change_note *);
	void			*changed_arg;
	struct db_replay	 replay;	/* key "": none */
	char			 actor[DB_ACTOR_MAX + 1];
	char			 err[DB_ERRSTR_MAX];
};

/* One value for a placeholder; pointers are borrowed until the step. */
struct db_arg {
	enum { ARG_INT, ARG_TEXT, ARG_BLOB, ARG_NULL } kind;
	int64_t		 num;
	const void	*ptr;
	size_t		 len;
};

struct db_args {
	const struct db_arg	*arg;
	size_t			 count;
};

#define DB_ARGS(...)	(struct db_args){				\
	(const struct db_arg[]){ __VA_ARGS__ },				\
	sizeof((const struct db_arg[]){ __VA_ARGS__ }) /		\
	    sizeof(struct db_arg)					\
}
#define DB_NO_ARGS	(struct db_args){ NULL, 0 }

struct db_arg	 db_int(int64_t);
struct db_arg	 db_text(const char *);
struct db_arg	 db_blob(const void *, size_t);
struct db_arg	 db_null(void);

/* A row being read from left to right; bad is set by a value out of range. */
struct db_row {
	sqlite3_stmt	*st;
	int		 col;
	int		 bad;
};

int64_t		 db_row_int(struct db_row *, int64_t min, int64_t max);
void		 db_row_text(struct db_row *, char *, size_t size);
void		 db_row_blob(struct db_row *, void *, size_t len);
size_t		 db_row_blob_max(struct db_row *, void *, size_t size);

/* Sets the text and returns the result it was given. */
enum db_result	 db_fail(struct db *, enum db_result, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
enum db_result	 db_fail_sql(struct db *, int code);
/* Printable reason of an (extended) sqlite code. */
const char	*db_code_text(int code);

/* Runs a statement without rows; db_change also wants a row changed. */
enum db_result	 db_run(struct db *, enum db_stmt, struct db_args);
enum db_result	 db_change(struct db *, enum db_stmt, struct db_args,
		    const char *what);

/*
 * First and next row: DB_OK with a row, and then db_done is due; DB_NOTFOUND
 * (no text set) or DB_ERROR without.
 */
enum db_result	 db_first(struct db *, enum db_stmt, struct db_args,
		    struct db_row *);
enum db_result	 db_next(struct db *, struct db_row *);
void		 db_done(struct db_row *);
/* db_done, and DB_ERROR if a value of the row was bad. */
enum db_result	 db_row_end(struct db *, struct db_row *);

/*
 * The transaction around a change; db_end commits on DB_OK only.
 *
 * Every change leaves its row in the audit log, in its own transaction:
 *
 *	if ((result = db_begin(db)) != DB_OK)
 *		return result;
 *	result = db_audit(db, DB_AUDIT_POLICY, id, "enable");
 *	if (result == DB_OK)
 *		result = db_change(db, STMT_POLICY_SET_ENABLED, ...);
 *	return db_end(db, result, 1);
 *
 * db_audit reads the object as JSON before it changes, db_end reads it again
 * and writes the row: actor (db_actor), action, before and after.  What has
 * just been inserted is told by db_audit_new.  An object may be told several
 * times, and several objects in one transaction; each that differs gets one
 * row, none that does not.  action is a constant; NULL stands for "add",
 * "change" or "delete", whichever it was.  A change that tells of no object
 * is written as type "database", which no function here should leave behind.
 *
 * A new type: a row in db_audit_type, one in the table of db_audit.c, and its
 * STMT_AUDIT_*: with the id as ?1, the name of the organisation (or ''), the
 * object's name, and a json_object of all that an administrator can set,
 * lists in a fixed order, never a secret or a secret's hash.  Whoever adds a
 * column to a table adds it to the JSON there.
 */
enum db_result	 db_begin(struct db *);
enum db_result	 db_end(struct db *, enum db_result, int bump);
enum db_result	 db_audit(struct db *, enum db_audit_type, int64_t id,
		    const char *action);
enum db_result	 db_audit_new(struct db *, enum db_audit_type, int64_t id,
		    const char *action);
/* For db_begin and db_end alone. */
/* Within the transaction: what it makes is to be found by its key. */
enum db_result	 db_replay_write(struct db *);
void		 db_audit_tell(struct db *);
void		 db_audit_clear(struct db *);
/* In a batch: keep the notes for its end; tell of them, or forget them. */
void		 db_audit_keep(struct db *);
void		 db_audit_kept(struct db *, int tell);
enum db_result	 db_audit_write(struct db *, int changed);

/* Brings the database up to the last step; 0 or -1 with a text. */
int		 db_migrate(sqlite3 *, const struct schema_step *, size_t,
		    char *err, size_t errlen);

/* Rules (db_valid.c). */
int		 db_text_valid(const char *, size_t size);
int		 db_string_ends(const char *, size_t size);
int		 db_bytes_zero(const uint8_t *, size_t);

/* Tags (db_tag.c), all within the caller's transaction but the first. */
int		 db_tags_valid(const struct db_tag *, size_t);
enum db_result	 db_tag_intern(struct db *, int64_t org, const char *,
		    int64_t *);
enum db_result	 db_tag_sweep(struct db *, int64_t org);
enum db_result	 db_tags_load(struct db *, enum db_stmt, struct db_args,
		    struct db_tag *, size_t *);

/*
 * Requirements of a policy or tag (db_requirement.c), by name, within the
 * caller's transaction.  DB_INVALID names one that is not there.
 */
enum db_result	 db_requirements_valid(struct db *, const struct db_tag *,
		    size_t);
enum db_result	 db_requirements_add(struct db *, enum db_stmt, int64_t owner,
		    int64_t org, const struct db_tag *, size_t);

/* Times of certificates (db_cert.c), within the caller's transaction. */
enum db_result	 db_authority_times(struct db *, int64_t org,
		    int64_t life_sec, int64_t grace_sec);

/* For db_enrol.c, within its transaction. */
/* DB_EXISTS when the organisation wants unique descriptions and this is one. */
enum db_result	 db_system_check_unique(struct db *, const struct db_org *,
		    int64_t id, const char *description);
enum db_result	 db_key_get_hash(struct db *, const uint8_t *,
		    struct db_key *);

#endif /* STOREPROC_DB_PRIVATE_H */
