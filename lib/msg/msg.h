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
 * Messages between processes: names, structs and the codec, all generated
 * from messages.def.  The codec checks every length, terminator and count
 * once; a handler sees only well-formed structs.  Pure: bytes in, struct out.
 */

#ifndef MSG_MSG_H
#define MSG_MSG_H

#include <sys/types.h>

#include <stdint.h>

#include "base/endpoint.h"
#include "base/range.h"
#include "ice/ice.h"
#include "packet/acl.h"

/* A role is a kind of process; the order is not part of any interface. */
enum role {
	ROLE_NONE,
	ROLE_PARENT,
	ROLE_NET,
	ROLE_CRYPTO,
	ROLE_TUN,
	ROLE_CTL,
	ROLE_LINK,
	ROLE_TLS,
	ROLE_POLICY,
	ROLE_STORE,
	ROLE_AUTH,
	ROLE_STUN,
	ROLE_SPLICE,
	ROLE_OIDC,
	ROLE_API,
	ROLE_ENCLAVECTL,
	ROLE_DISCOVERYCTL,
	ROLE_MAX
};

#define ROLE_BIT(r)	(1U << (r))
#define R_PARENT	ROLE_BIT(ROLE_PARENT)
#define R_NET		ROLE_BIT(ROLE_NET)
#define R_CRYPTO	ROLE_BIT(ROLE_CRYPTO)
#define R_TUN		ROLE_BIT(ROLE_TUN)
#define R_CTL		ROLE_BIT(ROLE_CTL)
#define R_LINK		ROLE_BIT(ROLE_LINK)
#define R_TLS		ROLE_BIT(ROLE_TLS)
#define R_POLICY	ROLE_BIT(ROLE_POLICY)
#define R_STORE		ROLE_BIT(ROLE_STORE)
#define R_AUTH		ROLE_BIT(ROLE_AUTH)
#define R_STUN		ROLE_BIT(ROLE_STUN)
#define R_SPLICE	ROLE_BIT(ROLE_SPLICE)
#define R_OIDC		ROLE_BIT(ROLE_OIDC)
#define R_API		ROLE_BIT(ROLE_API)
#define R_ENCLAVECTL	ROLE_BIT(ROLE_ENCLAVECTL)
#define R_DISCOVERYCTL	ROLE_BIT(ROLE_DISCOVERYCTL)
#define R_CHILD		(R_NET | R_CRYPTO | R_TUN | R_CTL | R_LINK | R_TLS | \
			    R_POLICY | R_STORE | R_AUTH | R_STUN | \
			    R_SPLICE | R_OIDC | R_API)

/* When the receiver accepts a message. */
#define P_SETUP		0x1U	/* before SETUP_DONE */
#define P_RUN		0x2U	/* after it */
#define P_ANY		(P_SETUP | P_RUN)

#define M_FD		0x1U	/* carries exactly one descriptor */
#define M_ONCE		0x2U	/* once in the life of a channel */
#define M_SECRET	0x4U	/* wipe every buffer that held it */

/* Numbers of peers from here on are those of the configuration. */
#define PEER_STATIC	0x80000000U
#define PEER_STATIC_MAX	128
#define PEER_ROUTES_MAX	16	/* prefixes of one such peer */
#define SELF_MAX	4	/* addresses of the configuration */

#define MSG_MAX_SIZE	24576	/* encoded payload, bytes */
#define MSG_EPS_MAX	8
#define MSG_U32S_MAX	32
#define MSG_TAGS_MAX	32
#define MSG_TAG_LEN	64
#define MSG_RANGES_MAX	16
#define MSG_RANGE_LEN	64	/* of its description */

/* Values of fields that cross more than one process. */
enum path_state { PATH_CHECKING, PATH_UP, PATH_LOST };
enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_UP, LINK_IDLE };
#define LINK_NONE	"no discovery server is configured"
enum peer_state { PEER_DOWN, PEER_CONNECTING, PEER_UP };
enum policy_op { OP_UP, OP_AMEND, OP_DOWN };
/* What a change does to a pair: as enum rsop_trial_kind. */
#define TRIAL_SOMETHING	255		/* in the place of a protocol */
enum test_state { TEST_UNKNOWN, TEST_HOLDS, TEST_FAILS };
/* Of a batch that is undone in any case, and what is told of it. */
enum dry_kind {
	DRY_NO, DRY_TEXT,
	DRY_PAIRS,	/* a row for each pair and test */
	DRY_EACH	/* the same, and a change that fails is left out */
};
enum trial_kind { TRIAL_GAINED, TRIAL_LOST, TRIAL_AMENDED, TRIAL_KINDS };
enum key_type { KEY_GENERAL = 1, KEY_EPHEMERAL = 2 };
/* Without a word an ephemeral key is automatic, any other manual. */
enum key_approval {
	KEY_APPROVAL_OF_TYPE, KEY_APPROVAL_AUTOMATIC, KEY_APPROVAL_MANUAL
};
enum key_action { KEY_DISABLE = 1, KEY_DELETE = 2 };	/* when it expires */
/* Fields of ADMIN_KEY_CHANGE. */
enum key_field { KEY_DESCRIPTION = 1, KEY_NOTES = 2, KEY_TAGS = 4,
    KEY_NOT_AFTER = 8, KEY_ACTION = 16, KEY_SOURCES = 32 };
enum system_state {
	SYSTEM_UNAPPROVED, SYSTEM_ENABLED, SYSTEM_DISABLED, SYSTEM_REVOKED,
	SYSTEM_QUARANTINED	/* two had its identity */
};
/* What becomes of two connections of one system that both live. */
enum clone_policy {
	CLONE_REJECT = 1,	/* the newer one goes */
	CLONE_REPLACE = 2,	/* the older one goes */
	CLONE_QUARANTINE = 3	/* both go */
};
/* Fields of ADMIN_SYSTEM_CHANGE and ADMIN_ORG_SET. */
enum system_field { SYSTEM_DESCRIPTION = 1, SYSTEM_NOTES = 2,
    SYSTEM_TAGS = 4 };
enum org_field { ORG_CLONE = 1, ORG_UNIQUE = 2, ORG_LIFE = 4, ORG_GRACE = 8 };
#define SESSION_LEN	16

/*
 * Why something is allowed or not: the first that holds, of a policy, and
 * from EXPLAIN_SAME on of the two systems.
 */
enum explain_why {
	EXPLAIN_ALLOWS,
	EXPLAIN_DISABLED,
	EXPLAIN_EXPIRED,
	EXPLAIN_NO_RULES,
	EXPLAIN_SENDER_TAG,	/* the sender has none of its tags */
	EXPLAIN_RECEIVER_TAG,
	EXPLAIN_SENDER_UNMET,	/* a requirement of its tag, which so */
	EXPLAIN_RECEIVER_UNMET,	/* does not count */
	EXPLAIN_REQUIREMENT,	/* the sender does not meet the policy's */
	EXPLAIN_RULE,		/* no rule for this protocol and port */
	EXPLAIN_HOURS,		/* not now */
	EXPLAIN_SAME,		/* one system, not two */
	EXPLAIN_ORG,		/* of two organisations */
	EXPLAIN_SENDER_STATE,	/* not enabled, or no certificate */
	EXPLAIN_RECEIVER_STATE,
	EXPLAIN_SENDER_EXPIRED,
	EXPLAIN_RECEIVER_EXPIRED,
	EXPLAIN_WHY_MAX
};

/* What a change names; the rest stays as it is. */
#define POLICY_FIELD_EXPIRY		0x1U
#define POLICY_FIELD_SENDERS		0x2U
#define POLICY_FIELD_RECEIVERS		0x4U
#define POLICY_FIELD_ACLS		0x8U
#define POLICY_FIELD_REQUIREMENTS	0x10U
#define POLICY_FIELD_HOURS		0x20U
#define POLICY_FIELD_END_ACTION		0x40U
#define POLICY_FIELD_NOTES		0x80U
#define TAG_FIELD_NOTES			0x1U
#define TAG_FIELD_COLOUR		0x2U
#define TAG_FIELD_REQUIREMENTS		0x4U
#define REQUIREMENT_FIELD_NOTES		0x1U
#define REQUIREMENT_FIELD_CONDITIONS	0x2U

/* How it stands with a user who has to sign in for a requirement. */
enum user_state {
	USER_GONE,		/* nobody has to any more */
	USER_NEEDED,
	USER_PENDING,		/* there is a code for the user */
	USER_SIGNED_IN,
	USER_FAILED		/* an attempt; it is needed still */
};

enum policy_state {
	POLICY_ACTIVE, POLICY_DISABLED, POLICY_NO_RULES, POLICY_OUTSIDE_HOURS,
	POLICY_EXPIRED, POLICY_NO_ZONE
};

struct msg_eps {
	uint16_t		n;
	struct endpoint		e[MSG_EPS_MAX];
};

struct msg_acls {
	uint16_t		n;
	struct acl_entry	e[ACL_MAX];
};

struct msg_timed {
	uint16_t		n;
	struct acl_timed	e[ACL_MAX];
};

struct msg_windows {
	uint16_t		n;
	struct acl_window	e[ACL_WINDOWS_MAX];
};

struct msg_cands {
	uint16_t		n;
	struct ice_candidate	e[ICE_CAND_MAX];
};

struct msg_u32s {
	uint16_t		n;
	uint32_t		e[MSG_U32S_MAX];
};

struct msg_tags {
	uint16_t		n;
	char			e[MSG_TAGS_MAX][MSG_TAG_LEN + 1];
};

struct msg_range {
	struct range		range;
	char			text[MSG_RANGE_LEN + 1];
};

struct msg_ranges {
	uint16_t		n;
	struct msg_range	e[MSG_RANGES_MAX];
};

/* Numbers. */
#define MSG_BEGIN(NAME, name, from, to, phase, flags)	MSG_##NAME,
#define MSG_END(NAME, name)
#include "msg/nofields.h"
enum msg_type {
	MSG_NONE,
#include "msg/messages.def"
	MSG_TYPE_MAX
};
#include "msg/undef.h"

/* Structs. */
#define MSG_BEGIN(NAME, name, from, to, phase, flags)	struct msg_##name { \
	uint8_t		reserved;
#define MSG_END(NAME, name)	};
#define F_U8(m, f)		uint8_t f;
#define F_U16(m, f)		uint16_t f;
#define F_U32(m, f)		uint32_t f;
#define F_U64(m, f)		uint64_t f;
#define F_BYTES(m, f, n)	uint8_t f[n];
#define F_STR(m, f, n)		char f[(n) + 1];
#define F_BLOB(m, f, n)		uint16_t f##_len; uint8_t f[n];
#define F_EP(m, f)		struct endpoint f;
#define F_EPS(m, f)		struct msg_eps f;
#define F_ACLS(m, f)		struct msg_acls f;
#define F_TIMED(m, f)		struct msg_timed f;
#define F_WINDOWS(m, f)		struct msg_windows f;
#define F_CANDS(m, f)		struct msg_cands f;
#define F_U32S(m, f)		struct msg_u32s f;
#define F_TAGS(m, f)		struct msg_tags f;
#define F_RANGES(m, f)		struct msg_ranges f;
#include "msg/messages.def"
#include "msg/undef.h"

/* Any message; its size bounds every decode buffer. */
#define MSG_BEGIN(NAME, name, from, to, phase, flags)	\
	struct msg_##name	name;
#define MSG_END(NAME, name)
#include "msg/nofields.h"
union msg_any {
#include "msg/messages.def"
};
#include "msg/undef.h"

enum msg_kind {
	KIND_U8, KIND_U16, KIND_U32, KIND_U64, KIND_BYTES, KIND_STR,
	KIND_BLOB, KIND_EP, KIND_EPS, KIND_ACLS, KIND_TIMED, KIND_WINDOWS,
	KIND_CANDS, KIND_U32S, KIND_TAGS, KIND_RANGES
};

struct msg_field {
	const char	*name;
	enum msg_kind	 kind;
	uint32_t	 offset;	/* in the struct */
	uint32_t	 limit;		/* bytes, or characters of a string */
	uint32_t	 len_offset;	/* blobs: where the length is */
};

struct msg_desc {
	const char		*name;
	uint32_t		 type;
	uint32_t		 from;
	uint32_t		 to;
	uint32_t		 phase;
	uint32_t		 flags;
	size_t			 size;	/* of the struct */
	const struct msg_field	*fields;
	size_t			 nfields;
};

enum msg_error {
	MSG_OK,
	MSG_ERR_TYPE,		/* no such message */
	MSG_ERR_FROM,		/* not from this sender */
	MSG_ERR_TO,		/* not to this receiver */
	MSG_ERR_PHASE,
	MSG_ERR_TWICE,
	MSG_ERR_FD_MISSING,
	MSG_ERR_FD_EXTRA,
	MSG_ERR_SHORT,
	MSG_ERR_LONG,
	MSG_ERR_STRING,		/* terminator missing, or bytes after it */
	MSG_ERR_COUNT,		/* more elements than the limit */
	MSG_ERR_VALUE		/* an enum or family out of range */
};

/* NULL when there is no such message. */
const struct msg_desc	*msg_lookup(uint32_t type);

const char	*msg_name(uint32_t type);
const char	*msg_strerror(enum msg_error);
const char	*role_name(uint32_t role);

/* Hash of the table: two builds with the same hash understand each other. */
uint64_t	 msg_build(void);

/*
 * Encode the struct of this message into buf.  Returns the length, or -1
 * when the struct breaks its own limits or cap is too small.
 */
ssize_t		 msg_encode(const struct msg_desc *, const void *msg,
		    uint8_t *buf, size_t cap);

/*
 * Decode exactly len bytes into msg (size desc->size), which is zeroed
 * first.  Anything left over is an error.
 */
enum msg_error	 msg_decode(const struct msg_desc *, const uint8_t *buf,
		    size_t len, void *msg);

/* May `from` send this to `to` in this phase, with or without an fd? */
enum msg_error	 msg_permit(const struct msg_desc *, uint32_t from,
		    uint32_t to, uint32_t phase, int has_fd);

#endif /* MSG_MSG_H */
