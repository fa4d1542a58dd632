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
 * What the database keeps, as structs of fixed size: see db.h.
 */

#ifndef STOREPROC_DB_TYPES_H
#define STOREPROC_DB_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "base/range.h"

#define DB_ORG_NAME_MAX		63
#define DB_TAG_NAME_MAX		64
#define DB_POLICY_NAME_MAX	64
#define DB_ZONE_MAX		63	/* name of a time zone */
#define DB_TEXT_MAX		255	/* descriptions, hostnames; bytes */
#define DB_ACL_TEXT_MAX		64
#define DB_TAGS_MAX		32	/* per system, key, side of a policy */
#define DB_ACLS_MAX		128	/* per policy */
#define DB_REQUIREMENTS_MAX	16	/* of a policy, of a tag */
#define DB_ORG_REQUIREMENTS_MAX	256
#define DB_TESTS_MAX		256	/* of an organisation */
#define DB_CONDITIONS_MAX	8191	/* bytes of all of a requirement */
#define DB_COLOUR_LEN		7	/* "#rrggbb" */
#define DB_HINT_LEN		5	/* first symbols of a key's text */
#define DB_NAME_LEN		5	/* system name */
#define DB_KEY_LEN		32	/* public key, hash of a key's text */
#define DB_SERIAL_LEN		16
#define DB_CERT_MAX		2048
#define DB_CROSS_MAX		512
#define DB_LIFE_MIN		60	/* seconds, of certificates */
#define DB_LIFE_MAX		(10LL * 366 * 86400)
#define DB_GRACE_MAX		(10LL * 366 * 86400)
#define DB_GRACE_DEFAULT	(30LL * 86400)
#define DB_USES_UNLIMITED	(-1)
#define DB_USES_MAX		1000000
#define DB_RETENTION_MAX	525600	/* minutes: a year */
#define DB_NOTES_MAX		1023	/* bytes */
#define DB_VERSION_MAX		63	/* of an operating system, an agent */
#define DB_FACTS_MAX		8191
#define DB_SOURCES_MAX		16	/* of a key */
#define DB_IPV4_PLEN_MIN	8
#define DB_IPV4_PLEN_MAX	30
#define DB_IPV4_DEFAULT		0x64400000U	/* 100.64.0.0 */
#define DB_IPV4_PLEN_DEFAULT	10
#define DB_IPV6_PLEN		64
#define DB_RELAYS_MAX		256
#define DB_TOKENS_MAX		1000	/* of one organisation */
#define DB_REPLAY_KEY_MAX	127
#define DB_REPLAY_SEC		86400
#define DB_TOKEN_SEC_MAX	(366 * 86400)
#define DB_COORDINATE_ZERO	360000	/* of latitude and longitude */
#define DB_LATITUDE_MAX		90000	/* thousandths of a degree */
#define DB_LONGITUDE_MAX	180000
#define DB_ACTOR_MAX		127
#define DB_ACTION_MAX		31	/* and the type of an object */
#define DB_HASH_LEN		32
#define DB_LOG_MAX		200	/* rows of a page */
#define DB_LOG_COUNT		100000	/* more are not counted */
#define DB_NAME_ALPHABET	"23456789DGHKLPQRVWXYZ"

enum db_result {
	DB_OK,
	DB_NOTFOUND,		/* no such object */
	DB_EXISTS,		/* unique value taken */
	DB_LIMIT,		/* a named maximum or an exhausted supply */
	DB_INVALID,		/* a value breaks its rule */
	DB_REFUSED,		/* well-formed, but not allowed now */
	DB_ERROR		/* disk full, locked, read-only, corrupt... */
};

enum db_key_type {
	DB_KEY_GENERAL = 1,
	DB_KEY_EPHEMERAL = 2
};

enum db_approval {
	DB_APPROVAL_MANUAL = 1,
	DB_APPROVAL_AUTOMATIC = 2
};

/* What happens to a key at its not_after. */
enum db_key_action {
	DB_KEY_DISABLE = 1,
	DB_KEY_DELETE = 2
};

enum db_system_state {
	DB_SYSTEM_UNAPPROVED = 1,
	DB_SYSTEM_ENABLED = 2,
	DB_SYSTEM_DISABLED = 3,
	DB_SYSTEM_REVOKED = 4
};

/* Two connections of one system that both live; as enum clone_policy. */
enum db_clone {
	DB_CLONE_REJECT = 1,
	DB_CLONE_REPLACE = 2,
	DB_CLONE_QUARANTINE = 3
};

/* IP protocol numbers; ICMP stands for ICMPv6 too. */
enum db_protocol {
	DB_PROTO_ANY = 0,
	DB_PROTO_ICMP = 1,
	DB_PROTO_TCP = 6,
	DB_PROTO_UDP = 17
};

enum db_end_action {
	DB_END_DISABLE = 0,
	DB_END_DELETE = 1
};

struct db;

struct db_org {
	int64_t		id;
	char		name[DB_ORG_NAME_MAX + 1];
	uint32_t	ipv4;			/* prefix, host order */
	uint8_t		ipv4_plen;
	uint8_t		ipv6[16];		/* ULA prefix, low half zero */
	uint8_t		authority[DB_KEY_LEN];
	enum db_clone	clone;			/* 0 when added: reject */
	int		unique_names;		/* no description twice */
	int64_t		cert_lifetime_sec;
	int64_t		created;
};

struct db_tag {
	int64_t		id;			/* filled in, never read */
	char		name[DB_TAG_NAME_MAX + 1];
};

/* Where a key may be used from. */
struct db_source {
	struct range	range;
	char		description[DB_ACL_TEXT_MAX + 1];
};

struct db_key {
	int64_t			id;
	int64_t			org;
	char			hint[DB_HINT_LEN + 1];
	char			description[DB_TEXT_MAX + 1];
	enum db_key_type	type;
	enum db_approval	approval;
	int32_t			uses_remaining;	/* or DB_USES_UNLIMITED */
	int			enabled;
	int64_t			not_after;
	enum db_key_action	action;		/* at not_after */
	uint32_t		retention_minutes;	/* ephemeral only */
	char			notes[DB_NOTES_MAX + 1];
	int64_t			created;
	int64_t			last_used;
	uint32_t		enrolled_count;
	uint32_t		unapproved_count;	/* of its systems */
	size_t			ntags;
	struct db_tag		tags[DB_TAGS_MAX];
	size_t			nsources;	/* 0: from anywhere */
	struct db_source	sources[DB_SOURCES_MAX];
};

struct db_system {
	int64_t			id;
	int64_t			org;
	char			name[DB_NAME_LEN + 1];
	char			description[DB_TEXT_MAX + 1];
	char			hostname[DB_TEXT_MAX + 1];
	uint8_t			identity[DB_KEY_LEN];
	uint8_t			tunnel[DB_KEY_LEN];
	uint32_t		ipv4;		/* host order */
	uint8_t			ipv6[16];
	enum db_system_state	state;
	uint8_t			serial[DB_SERIAL_LEN];
	size_t			cert_len;	/* 0: not signed yet */
	uint8_t			cert[DB_CERT_MAX];
	int64_t			key;		/* 0: key since deleted */
	int			ephemeral;
	uint32_t		retention_minutes;
	char			notes[DB_NOTES_MAX + 1];
	int64_t			until;		/* enabled so long */
	enum db_system_state	until_action;	/* disabled or revoked then */
	int			quarantined;	/* though enabled */
	int64_t			clone_seen;	/* another had its identity */
	char			clone_source[ENDPOINT_STRLEN];
	char			os[DB_VERSION_MAX + 1];
	char			os_version[DB_VERSION_MAX + 1];
	char			agent[DB_VERSION_MAX + 1];
	uint32_t		flags;		/* as the agent gave them */
	int64_t			enrolled;
	int64_t			last_seen;
	char			source[ENDPOINT_STRLEN];	/* then */
	size_t			ntags;
	struct db_tag		tags[DB_TAGS_MAX];
};

struct db_acl {
	uint8_t		protocol;		/* enum db_protocol */
	uint16_t	port_low;		/* tcp and udp; else 0 to */
	uint16_t	port_high;		/* 65535 or 0 to 0 */
	char		description[DB_ACL_TEXT_MAX + 1];
};

struct db_policy {
	int64_t		id;
	int64_t		org;
	char		name[DB_POLICY_NAME_MAX + 1];
	int		enabled;
	int64_t		not_after;
	int64_t		created;
	/* Active hours as tz_hours has them; days 0: always. */
	uint8_t		days;
	uint16_t	start;
	uint16_t	end;
	char		zone[DB_ZONE_MAX + 1];
	int		end_action;	/* at not_after: enum db_end_action */
	char		notes[DB_NOTES_MAX + 1];
	size_t		nsenders;
	struct db_tag	senders[DB_TAGS_MAX];
	size_t		nreceivers;
	struct db_tag	receivers[DB_TAGS_MAX];
	size_t		nacls;
	struct db_acl	acls[DB_ACLS_MAX];	/* in the order given */
	size_t		nrequirements;
	struct db_tag	requirements[DB_TAGS_MAX];
};

struct db_requirement {
	int64_t		id;
	int64_t		org;
	char		name[DB_TAG_NAME_MAX + 1];	/* rule of tags */
	unsigned int	type;			/* enum requirement_type */
	char		notes[DB_TEXT_MAX + 1];
	char		conditions[DB_CONDITIONS_MAX + 1];	/* lines */
	int64_t		created;
};

/* What policies are to permit, or not to. */
struct db_test {
	int64_t		id;
	int64_t		org;
	char		name[DB_POLICY_NAME_MAX + 1];
	/* A tag, or the name of a system. */
	char		sender[DB_TAG_NAME_MAX + 1];
	char		receiver[DB_TAG_NAME_MAX + 1];
	uint8_t		protocol;		/* enum db_protocol */
	uint16_t	port;			/* tcp and udp; else 0 */
	int		allow;
	int64_t		created;
};

/* A tag as an object of its own. */
struct db_tag_object {
	int64_t		id;
	int64_t		org;
	char		name[DB_TAG_NAME_MAX + 1];
	int		permanent;		/* was made */
	char		notes[DB_TEXT_MAX + 1];
	char		colour[DB_COLOUR_LEN + 1];
	size_t		nrequirements;
	struct db_tag	requirements[DB_TAGS_MAX];
};

/* An administrator's yes or no. */
struct db_grant {
	int64_t		requirement;
	int64_t		system;
	int		granted;
};

/* A user who has signed in. */
struct db_signin {
	int64_t		requirement;
	int64_t		system;
	uint64_t	digest;			/* 63 bits */
	int64_t		until;
	char		subject[DB_TEXT_MAX + 1];
};

struct db_relay {
	int64_t		id;
	char		name[DB_ORG_NAME_MAX + 1];
	uint8_t		token_hash[DB_KEY_LEN];
	int		enabled;
	uint32_t	latitude;	/* plus DB_COORDINATE_ZERO, or 0 */
	uint32_t	longitude;
	int64_t		created;
};

/* What is known of a system's certificate besides its bytes. */
struct db_cert {
	uint8_t		serial_old[DB_SERIAL_LEN];	/* zero: none */
	uint8_t		signer[DB_KEY_LEN];
	uint8_t		pinned[DB_KEY_LEN];	/* by the agent; or zero */
	int		ordered;		/* a renewal is wanted now */
};

struct db_renewal {
	uint8_t		 held[DB_SERIAL_LEN];	/* by the agent */
	uint8_t		 stored[DB_SERIAL_LEN];	/* must still be so */
	uint8_t		 serial[DB_SERIAL_LEN];	/* of the new one */
	uint8_t		 signer[DB_KEY_LEN];
	const uint8_t	*cert;
	size_t		 len;
};

/* An organisation's certificates, and the authority before this one. */
struct db_authority {
	int64_t		grace_sec;
	uint8_t		previous[DB_KEY_LEN];	/* or zero */
	size_t		successor_len;		/* signed by the previous */
	uint8_t		successor[DB_CROSS_MAX];
	size_t		retired_len;		/* 0: previous still counts */
	uint8_t		retired[DB_CROSS_MAX];
};

/* Systems of an organisation that are not revoked, and of which authority. */
struct db_depend {
	int64_t		systems;	/* with a certificate */
	int64_t		renewed;	/* of the authority of now */
	int64_t		pinned;		/* say that they have pinned it */
};

/* A token of the API; scopes are bits that the database does not know. */
struct db_token {
	int64_t		id;
	int64_t		org;
	char		name[DB_ORG_NAME_MAX + 1];
	uint32_t	scopes;
	int64_t		created;
	int64_t		last_used;
	int64_t		not_after;
};

/* A request that may be sent twice. */
struct db_replay {
	int64_t		token;
	char		key[DB_REPLAY_KEY_MAX + 1];
	uint8_t		hash[DB_KEY_LEN];	/* of the request */
	int64_t		object;			/* that it has made */
	int64_t		now;
};

/* Objects that have a version. */
enum db_object {
	DB_OBJECT_ORG,
	DB_OBJECT_KEY,
	DB_OBJECT_SYSTEM,
	DB_OBJECT_POLICY,
	DB_OBJECT_TAG,
	DB_OBJECT_RELAY,
	DB_OBJECT_REQUIREMENT
};

/* What an agent brings, besides the hash of its enrolment key. */
struct db_enrolment {
	uint8_t		  identity[DB_KEY_LEN];
	uint8_t		  tunnel[DB_KEY_LEN];
	char		  description[DB_TEXT_MAX + 1];
	char		  hostname[DB_TEXT_MAX + 1];
	uint32_t	  flags;
	struct endpoint	  source;	/* of its connection */
	int64_t		  now;
	void		(*random)(void *, size_t);	/* cryptographic */
};

/* A row of the audit log; before and after are of the heap, or NULL. */
struct db_audit_row {
	int64_t		 id;
	int64_t		 time;
	char		 org[DB_ORG_NAME_MAX + 1];	/* empty: of none */
	char		 actor[DB_ACTOR_MAX + 1];
	char		 action[DB_ACTION_MAX + 1];
	char		 type[DB_ACTION_MAX + 1];
	int64_t		 object;
	char		 name[DB_TEXT_MAX + 1];
	char		*before;
	char		*after;
	uint8_t		 previous[DB_HASH_LEN];
	uint8_t		 hash[DB_HASH_LEN];
};

/* Which rows of the log; texts are borrowed. */
struct db_audit_filter {
	const char	*org;
	int64_t		 from;		/* its time, and those after */
	int64_t		 before;
	const char	*actor, *action, *type;
	const char	*object;	/* name or number */
};

struct db_seen {
	int64_t		id;
	int64_t		when;
	char		source[ENDPOINT_STRLEN];	/* "": as before */
};

/* What a system says of itself; text as policy/facts.h has it. */
struct db_facts {
	int64_t		system;
	char		text[DB_FACTS_MAX + 1];
	char		hostname[DB_TEXT_MAX + 1];	/* "": as before */
	char		os[DB_VERSION_MAX + 1];
	char		os_version[DB_VERSION_MAX + 1];
	char		agent[DB_VERSION_MAX + 1];
};

#endif /* STOREPROC_DB_TYPES_H */
