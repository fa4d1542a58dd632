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
 * The tables of the discovery service.
 *
 * What may vanish with what: an organisation is never deleted while anything
 * refers to it.  A key's, system's or policy's tags and a policy's ACLs go
 * with their owner, as do requirements.  A system outlives the key that
 * enrolled it.  A tag row cannot go while referred to, and goes with its last
 * reference (db_tag.c).
 * names_used has no deletion at all, so a name never serves twice.  Relays
 * belong to the service and refer to nothing.
 * AUTOINCREMENT keeps ids from serving twice.
 */

#include "schema.h"

static const char	step1[] =
    "CREATE TABLE revision ("
    " id INTEGER PRIMARY KEY CHECK (id = 1),"
    " value INTEGER NOT NULL"
    ") STRICT;"
    "INSERT INTO revision VALUES (1, 0);"

    "CREATE TABLE organisations ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 63),"
    " ipv4 INTEGER NOT NULL CHECK (ipv4 BETWEEN 0 AND 4294967295),"
    " ipv4_plen INTEGER NOT NULL CHECK (ipv4_plen BETWEEN 8 AND 30),"
    " ipv6 BLOB NOT NULL UNIQUE CHECK (length(ipv6) = 16),"
    " authority BLOB NOT NULL CHECK (length(authority) = 32),"
    " cert_lifetime_sec INTEGER NOT NULL CHECK (cert_lifetime_sec >= 0),"
    " created INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE tags ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " org INTEGER NOT NULL REFERENCES organisations (id),"
    " name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),"
    " UNIQUE (org, name)"
    ") STRICT;"

    "CREATE TABLE enrolment_keys ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " org INTEGER NOT NULL REFERENCES organisations (id),"
    " key_hash BLOB NOT NULL UNIQUE CHECK (length(key_hash) = 32),"
    " hint TEXT NOT NULL CHECK (length(hint) = 5),"
    " description TEXT NOT NULL,"
    " type INTEGER NOT NULL CHECK (type BETWEEN 1 AND 2),"
    " approval INTEGER NOT NULL CHECK (approval BETWEEN 1 AND 2),"
    " uses_remaining INTEGER NOT NULL CHECK (uses_remaining >= -1),"
    " enabled INTEGER NOT NULL CHECK (enabled BETWEEN 0 AND 1),"
    " not_after INTEGER NOT NULL CHECK (not_after >= 0),"
    " retention_minutes INTEGER NOT NULL CHECK (retention_minutes >= 0),"
    " created INTEGER NOT NULL,"
    " last_used INTEGER NOT NULL DEFAULT 0,"
    " enrolled_count INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX enrolment_keys_org ON enrolment_keys (org, id);"

    "CREATE TABLE key_tags ("
    " key INTEGER NOT NULL"
    "  REFERENCES enrolment_keys (id) ON DELETE CASCADE,"
    " tag INTEGER NOT NULL REFERENCES tags (id),"
    " PRIMARY KEY (key, tag)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX key_tags_tag ON key_tags (tag);"

    "CREATE TABLE names_used ("
    " name TEXT NOT NULL PRIMARY KEY CHECK (length(name) = 5)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER names_used_keep BEFORE DELETE ON names_used"
    " BEGIN SELECT RAISE(ABORT, 'names are never reused'); END;"

    "CREATE TABLE systems ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " org INTEGER NOT NULL REFERENCES organisations (id),"
    " name TEXT NOT NULL UNIQUE REFERENCES names_used (name),"
    " description TEXT NOT NULL,"
    " hostname TEXT NOT NULL,"
    " identity_key BLOB NOT NULL UNIQUE CHECK (length(identity_key) = 32),"
    " tunnel_key BLOB NOT NULL UNIQUE CHECK (length(tunnel_key) = 32),"
    " ipv4 INTEGER NOT NULL CHECK (ipv4 BETWEEN 0 AND 4294967295),"
    " ipv6 BLOB NOT NULL CHECK (length(ipv6) = 16),"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),"
    " serial BLOB NOT NULL UNIQUE CHECK (length(serial) = 16),"
    " certificate BLOB,"
    " key_id INTEGER REFERENCES enrolment_keys (id) ON DELETE SET NULL,"
    " ephemeral INTEGER NOT NULL CHECK (ephemeral BETWEEN 0 AND 1),"
    " retention_minutes INTEGER NOT NULL CHECK (retention_minutes >= 0),"
    " flags INTEGER NOT NULL,"
    " enrolled INTEGER NOT NULL,"
    " last_seen INTEGER NOT NULL,"
    " UNIQUE (org, ipv4),"
    " UNIQUE (org, ipv6)"
    ") STRICT;"
    "CREATE INDEX systems_org ON systems (org, id);"
    "CREATE INDEX systems_key ON systems (key_id);"

    "CREATE TABLE system_tags ("
    " system INTEGER NOT NULL REFERENCES systems (id) ON DELETE CASCADE,"
    " tag INTEGER NOT NULL REFERENCES tags (id),"
    " PRIMARY KEY (system, tag)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX system_tags_tag ON system_tags (tag);"

    "CREATE TABLE policies ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " org INTEGER NOT NULL REFERENCES organisations (id),"
    " name TEXT NOT NULL,"
    " enabled INTEGER NOT NULL CHECK (enabled BETWEEN 0 AND 1),"
    " not_after INTEGER NOT NULL CHECK (not_after >= 0),"
    " created INTEGER NOT NULL,"
    " UNIQUE (org, name)"
    ") STRICT;"
    "CREATE INDEX policies_org ON policies (org, id);"

    "CREATE TABLE policy_tags ("
    " policy INTEGER NOT NULL REFERENCES policies (id) ON DELETE CASCADE,"
    " side INTEGER NOT NULL CHECK (side BETWEEN 1 AND 2),"
    " tag INTEGER NOT NULL REFERENCES tags (id),"
    " PRIMARY KEY (policy, side, tag)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX policy_tags_tag ON policy_tags (tag);"

    "CREATE TABLE policy_acls ("
    " policy INTEGER NOT NULL REFERENCES policies (id) ON DELETE CASCADE,"
    " position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 127),"
    " protocol INTEGER NOT NULL CHECK (protocol IN (0, 1, 6, 17)),"
    " port_low INTEGER NOT NULL CHECK (port_low BETWEEN 0 AND 65535),"
    " port_high INTEGER NOT NULL"
    "  CHECK (port_high BETWEEN port_low AND 65535),"
    " description TEXT NOT NULL,"
    " PRIMARY KEY (policy, position)"
    ") STRICT, WITHOUT ROWID;"

    "PRAGMA user_version = 1;";

/* Coordinates in thousandths of a degree plus 360000; 0 not known. */
static const char	step2[] =
    "CREATE TABLE relays ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 63),"
    " token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),"
    " enabled INTEGER NOT NULL CHECK (enabled BETWEEN 0 AND 1),"
    " latitude INTEGER NOT NULL"
    "  CHECK (latitude = 0 OR latitude BETWEEN 270000 AND 450000),"
    " longitude INTEGER NOT NULL"
    "  CHECK (longitude = 0 OR longitude BETWEEN 180000 AND 540000),"
    " created INTEGER NOT NULL,"
    " CHECK ((latitude = 0) = (longitude = 0))"
    ") STRICT;"

    "PRAGMA user_version = 2;";

/* The audit log; its chain is told of in audit/audit.h. */
static const char	step3[] =
    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY CHECK (id > 0),"
    " time INTEGER NOT NULL,"
    " org TEXT NOT NULL,"
    " actor TEXT NOT NULL,"
    " action TEXT NOT NULL,"
    " type TEXT NOT NULL,"
    " object INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " before TEXT,"
    " after TEXT,"
    " previous BLOB NOT NULL UNIQUE CHECK (length(previous) = 32),"
    " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32)"
    ") STRICT;"
    "CREATE INDEX audit_org ON audit (org, id);"
    "CREATE TRIGGER audit_keep BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit log is kept'); END;"
    "CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit log does not change'); END;"

    "PRAGMA user_version = 3;";

/* IPv4 addresses occupy the first four bytes of low and high. */
static const char	step4[] =
    "ALTER TABLE enrolment_keys ADD COLUMN expiry_action INTEGER NOT NULL"
    " DEFAULT 1 CHECK (expiry_action BETWEEN 1 AND 2);"
    "ALTER TABLE enrolment_keys ADD COLUMN notes TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX enrolment_keys_expiry ON enrolment_keys (not_after, id)"
    " WHERE not_after > 0 AND (enabled = 1 OR expiry_action = 2);"

    "CREATE TABLE key_sources ("
    " key INTEGER NOT NULL"
    "  REFERENCES enrolment_keys (id) ON DELETE CASCADE,"
    " position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 15),"
    " family INTEGER NOT NULL CHECK (family IN (4, 6)),"
    " low BLOB NOT NULL CHECK (length(low) = 16),"
    " high BLOB NOT NULL CHECK (length(high) = 16 AND high >= low),"
    " description TEXT NOT NULL,"
    " PRIMARY KEY (key, position)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX systems_unapproved ON systems (key_id) WHERE state = 1;"

    "PRAGMA user_version = 4;";

/*
 * Conditions are lines (lib/policy/condition.h).  A requirement cannot go
 * while a policy or a tag has it; a tag that was made stays when unused.
 */
static const char	step5[] =
    "ALTER TABLE tags ADD COLUMN permanent INTEGER NOT NULL DEFAULT 0"
    " CHECK (permanent BETWEEN 0 AND 1);"
    "ALTER TABLE tags ADD COLUMN notes TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE tags ADD COLUMN colour TEXT NOT NULL DEFAULT ''"
    " CHECK (length(colour) IN (0, 7));"

    "CREATE TABLE requirements ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " org INTEGER NOT NULL REFERENCES organisations (id),"
    " name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),"
    " type INTEGER NOT NULL CHECK (type BETWEEN 1 AND 5),"
    " notes TEXT NOT NULL,"
    " conditions TEXT NOT NULL CHECK (length(conditions) <= 8191),"
    " created INTEGER NOT NULL,"
    " UNIQUE (org, name)"
    ") STRICT;"
    "CREATE INDEX requirements_org ON requirements (org, id);"

    "CREATE TABLE policy_requirements ("
    " policy INTEGER NOT NULL REFERENCES policies (id) ON DELETE CASCADE,"
    " requirement INTEGER NOT NULL REFERENCES requirements (id),"
    " PRIMARY KEY (policy, requirement)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX policy_requirements_requirement"
    " ON policy_requirements (requirement);"

    "CREATE TABLE tag_requirements ("
    " tag INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,"
    " requirement INTEGER NOT NULL REFERENCES requirements (id),"
    " PRIMARY KEY (tag, requirement)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX tag_requirements_requirement"
    " ON tag_requirements (requirement);"

    "CREATE TABLE requirement_grants ("
    " requirement INTEGER NOT NULL"
    "  REFERENCES requirements (id) ON DELETE CASCADE,"
    " system INTEGER NOT NULL REFERENCES systems (id) ON DELETE CASCADE,"
    " granted INTEGER NOT NULL CHECK (granted BETWEEN 0 AND 1),"
    " PRIMARY KEY (requirement, system)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX requirement_grants_system ON requirement_grants (system);"

    "PRAGMA user_version = 5;";

/*
 * What a system's certificate needs besides its bytes: the serial of the one
 * before until the agent holds the new one, who signed it, which authority
 * the agent has pinned last, whether a renewal is ordered.  And of an
 * organisation: how long after its end a certificate may be renewed, and the
 * authority before while one takes the place of another.
 */
static const char	step6[] =
    "CREATE TABLE certificates ("
    " system INTEGER NOT NULL PRIMARY KEY"
    "  REFERENCES systems (id) ON DELETE CASCADE,"
    " serial_old BLOB CHECK (length(serial_old) = 16),"
    " signer BLOB NOT NULL CHECK (length(signer) = 32),"
    " pinned BLOB CHECK (length(pinned) = 32),"
    " ordered INTEGER NOT NULL DEFAULT 0 CHECK (ordered BETWEEN 0 AND 1)"
    ") STRICT;"
    "INSERT INTO certificates (system, signer, pinned)"
    " SELECT systems.id, authority, authority FROM systems"
    " JOIN organisations ON organisations.id = systems.org"
    " WHERE certificate IS NOT NULL;"

    "CREATE TABLE authorities ("
    " org INTEGER NOT NULL PRIMARY KEY"
    "  REFERENCES organisations (id) ON DELETE CASCADE,"
    " grace_sec INTEGER NOT NULL CHECK (grace_sec >= 0),"
    " previous BLOB CHECK (length(previous) = 32),"
    " successor BLOB CHECK (length(successor) BETWEEN 1 AND 512),"
    " retired BLOB CHECK (length(retired) BETWEEN 1 AND 512),"
    " CHECK ((previous IS NULL) = (successor IS NULL))"
    ") STRICT;"
    "INSERT INTO authorities (org, grace_sec)"
    " SELECT id, 2592000 FROM organisations;"

    "PRAGMA user_version = 6;";

/*
 * Tokens of the API, and the version of each object: every change of a row or
 * of what belongs to it makes it larger, but for what is only noted (when a
 * key was used, when a system was seen).
 */
static const char	step_api[] =
    "CREATE TABLE tokens ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " org INTEGER NOT NULL REFERENCES organisations (id),"
    " name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 63),"
    " token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),"
    " scopes INTEGER NOT NULL CHECK (scopes BETWEEN 1 AND 4294967295),"
    " created INTEGER NOT NULL,"
    " last_used INTEGER NOT NULL DEFAULT 0,"
    " not_after INTEGER NOT NULL CHECK (not_after > created),"
    " UNIQUE (org, name)"
    ") STRICT;"

    "ALTER TABLE organisations ADD COLUMN"
    " version INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE enrolment_keys ADD COLUMN"
    " version INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE systems ADD COLUMN"
    " version INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE policies ADD COLUMN"
    " version INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE tags ADD COLUMN"
    " version INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE requirements ADD COLUMN"
    " version INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE relays ADD COLUMN"
    " version INTEGER NOT NULL DEFAULT 1;"

#define VERSION_TRIGGER(table, more)					\
    "CREATE TRIGGER " table "_version AFTER UPDATE ON " table		\
    " WHEN NEW.version = OLD.version" more				\
    " BEGIN UPDATE " table " SET version = version + 1"			\
    " WHERE id = NEW.id; END;"
    VERSION_TRIGGER("organisations", "")
    VERSION_TRIGGER("enrolment_keys", " AND NEW.last_used = OLD.last_used")
    VERSION_TRIGGER("systems", " AND NEW.last_seen = OLD.last_seen")
    VERSION_TRIGGER("policies", "")
    VERSION_TRIGGER("tags", "")
    VERSION_TRIGGER("requirements", "")
    VERSION_TRIGGER("relays", "")
#undef VERSION_TRIGGER

#define OWNER_TRIGGERS(table, owners, column)				\
    "CREATE TRIGGER " table "_added AFTER INSERT ON " table		\
    " BEGIN UPDATE " owners " SET version = version + 1"		\
    " WHERE id = NEW." column "; END;"					\
    "CREATE TRIGGER " table "_removed AFTER DELETE ON " table		\
    " BEGIN UPDATE " owners " SET version = version + 1"		\
    " WHERE id = OLD." column "; END;"
    OWNER_TRIGGERS("policy_requirements", "policies", "policy")
    OWNER_TRIGGERS("tag_requirements", "tags", "tag")
    OWNER_TRIGGERS("key_sources", "enrolment_keys", "key")
    OWNER_TRIGGERS("key_tags", "enrolment_keys", "key")
    OWNER_TRIGGERS("system_tags", "systems", "system")
    OWNER_TRIGGERS("policy_tags", "policies", "policy")
    OWNER_TRIGGERS("policy_acls", "policies", "policy")
#undef OWNER_TRIGGERS

    "PRAGMA user_version = 7;";

/* Requests that clients of the API may send twice, for a day. */
static const char	step_replay[] =
    "CREATE TABLE replays ("
    " token INTEGER NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,"
    " key TEXT NOT NULL,"
    " request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),"
    " object INTEGER NOT NULL,"
    " created INTEGER NOT NULL,"
    " PRIMARY KEY (token, key)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX replays_created ON replays (created);"

    "PRAGMA user_version = 8;";

/* A sign-in goes with its system and its requirement. */
static const char	step_signin[] =
    "CREATE TABLE signins ("
    " requirement INTEGER NOT NULL"
    "  REFERENCES requirements (id) ON DELETE CASCADE,"
    " system INTEGER NOT NULL REFERENCES systems (id) ON DELETE CASCADE,"
    " digest INTEGER NOT NULL,"
    " until INTEGER NOT NULL,"
    " subject TEXT NOT NULL,"
    " PRIMARY KEY (requirement, system)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX signins_system ON signins (system);"

    "PRAGMA user_version = 9;";

/*
 * Active hours of policies (days is a mask, Monday first, 0 for always; minutes
 * of the day; zone is a name of the tz database), and what happens at the end:
 * 0 it is disabled, 1 it is deleted.
 */
static const char	step_hours[] =
    "ALTER TABLE policies ADD COLUMN days INTEGER NOT NULL DEFAULT 0"
    " CHECK (days BETWEEN 0 AND 127);"
    "ALTER TABLE policies ADD COLUMN start_minute INTEGER NOT NULL DEFAULT 0"
    " CHECK (start_minute BETWEEN 0 AND 1439);"
    "ALTER TABLE policies ADD COLUMN end_minute INTEGER NOT NULL DEFAULT 0"
    " CHECK (end_minute BETWEEN 0 AND 1440);"
    "ALTER TABLE policies ADD COLUMN zone TEXT NOT NULL DEFAULT ''"
    " CHECK (length(zone) <= 63);"
    "ALTER TABLE policies ADD COLUMN end_action INTEGER NOT NULL DEFAULT 0"
    " CHECK (end_action BETWEEN 0 AND 1);"
    "ALTER TABLE policies ADD COLUMN notes TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX policies_end ON policies (not_after) WHERE not_after > 0;"

    "PRAGMA user_version = 10;";

/* The words of os and agent are the system's own. */
static const char	step_life[] =
    "ALTER TABLE systems ADD COLUMN notes TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE systems ADD COLUMN until INTEGER NOT NULL DEFAULT 0"
    " CHECK (until >= 0);"
    "ALTER TABLE systems ADD COLUMN until_action INTEGER NOT NULL DEFAULT 3"
    " CHECK (until_action IN (3, 4));"
    "ALTER TABLE systems ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0"
    " CHECK (quarantined BETWEEN 0 AND 1);"
    "ALTER TABLE systems ADD COLUMN clone_seen INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE systems ADD COLUMN clone_source TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE systems ADD COLUMN os TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE systems ADD COLUMN os_version TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE systems ADD COLUMN agent TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX systems_until ON systems (until, id) WHERE until > 0;"

    "ALTER TABLE organisations ADD COLUMN clone INTEGER NOT NULL DEFAULT 1"
    " CHECK (clone BETWEEN 1 AND 3);"
    "ALTER TABLE organisations ADD COLUMN unique_names INTEGER NOT NULL"
    " DEFAULT 0 CHECK (unique_names BETWEEN 0 AND 1);"

    "PRAGMA user_version = 11;";

/*
 * What systems say of themselves, and where they were connected from last;
 * neither is a change of the system's configuration.
 */
static const char	step_facts[] =
    "CREATE TABLE system_facts ("
    " system INTEGER NOT NULL PRIMARY KEY"
    "  REFERENCES systems (id) ON DELETE CASCADE,"
    " text TEXT NOT NULL CHECK (length(text) <= 8191)"
    ") STRICT;"
    "ALTER TABLE systems ADD COLUMN source TEXT NOT NULL DEFAULT '';"
    "DROP TRIGGER systems_version;"
    "CREATE TRIGGER systems_version AFTER UPDATE ON systems"
    " WHEN NEW.version = OLD.version AND NEW.last_seen = OLD.last_seen"
    " AND NEW.source = OLD.source"
    " BEGIN UPDATE systems SET version = version + 1"
    " WHERE id = NEW.id; END;"

    "PRAGMA user_version = 12;";

/* An end of a test is a tag or the name of a system, which may be gone. */
static const char	step_tests[] =
    "CREATE TABLE policy_tests ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " org INTEGER NOT NULL REFERENCES organisations (id),"
    " name TEXT NOT NULL,"
    " sender TEXT NOT NULL CHECK (length(sender) BETWEEN 1 AND 64),"
    " receiver TEXT NOT NULL CHECK (length(receiver) BETWEEN 1 AND 64),"
    " protocol INTEGER NOT NULL CHECK (protocol IN (0, 1, 6, 17)),"
    " port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),"
    " allow INTEGER NOT NULL CHECK (allow BETWEEN 0 AND 1),"
    " created INTEGER NOT NULL,"
    " UNIQUE (org, name)"
    ") STRICT;"
    "CREATE INDEX policy_tests_org ON policy_tests (org, id);"

    "PRAGMA user_version = 13;";

const struct schema_step	schema_steps[] = {
	{ 1, step1 },
	{ 2, step2 },
	{ 3, step3 },
	{ 4, step4 },
	{ 5, step5 },
	{ 6, step6 },
	{ 7, step_api },
	{ 8, step_replay },
	{ 9, step_signin },
	{ 10, step_hours },
	{ 11, step_life },
	{ 12, step_facts },
	{ 13, step_tests },
};
const size_t	schema_nsteps = sizeof(schema_steps) / sizeof(schema_steps[0]);
