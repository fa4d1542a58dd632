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
 * Every statement of the service, by number.  This table is the whole of the
 * SQL that runs after opening: no text is ever put together from input.
 */

#include "db_private.h"

#define ORG_COLUMNS							\
	"id, name, ipv4, ipv4_plen, ipv6, authority, cert_lifetime_sec,"\
	" created, clone, unique_names"

#define KEY_COLUMNS							\
	"id, org, hint, description, type, approval, uses_remaining,"	\
	" enabled, not_after, retention_minutes, created, last_used,"	\
	" enrolled_count, expiry_action, notes,"			\
	" (SELECT count(*) FROM systems WHERE key_id = enrolment_keys.id"\
	" AND state = 1)"

#define SYSTEM_COLUMNS							\
	"id, org, name, description, hostname, identity_key, tunnel_key,"\
	" ipv4, ipv6, state, serial, certificate, key_id, ephemeral,"	\
	" retention_minutes, flags, enrolled, last_seen, notes, until,"	\
	" until_action, quarantined, clone_seen, clone_source, os,"	\
	" os_version, agent, source"

#define POLICY_COLUMNS							\
	"id, org, name, enabled, not_after, created, days, start_minute,"\
	" end_minute, zone, end_action, notes"

#define TAG_COLUMNS							\
	"id, org, name, permanent, notes, colour"

#define REQUIREMENT_COLUMNS						\
	"id, org, name, type, notes, conditions, created"

#define TEST_COLUMNS							\
	"id, org, name, sender, receiver, protocol, port, allow, created"

#define RELAY_COLUMNS							\
	"id, name, token_hash, enabled, latitude, longitude, created"

#define AUDIT_COLUMNS							\
	"id, time, org, actor, action, type, object, name, before,"	\
	" after, previous, hash"

/* Parts of what the audit log keeps. */
#define JSON_BOOL(column)						\
	"json(CASE WHEN " column " THEN 'true' ELSE 'false' END)"
#define JSON_IPV4							\
	"printf('%d.%d.%d.%d', ipv4 >> 24, ipv4 >> 16 & 255,"		\
	" ipv4 >> 8 & 255, ipv4 & 255)"
#define JSON_TAGS(source)						\
	"(SELECT json_group_array(name) FROM (SELECT name FROM tags"	\
	" WHERE id IN (SELECT tag FROM " source ") ORDER BY name))"

#define JSON_REQUIREMENTS(source)					\
	"(SELECT json_group_array(name) FROM (SELECT name FROM requirements"\
	" WHERE id IN (SELECT requirement FROM " source ") ORDER BY name))"

#define TOKEN_COLUMNS							\
	"id, org, name, scopes, created, last_used, not_after"

const char *const	db_stmt_sql[STMT_COUNT] = {
[STMT_BEGIN] =
    "BEGIN IMMEDIATE",
[STMT_COMMIT] =
    "COMMIT",
[STMT_ROLLBACK] =
    "ROLLBACK",
[STMT_SAVE] =
    "SAVEPOINT change",
[STMT_RELEASE] =
    "RELEASE change",
[STMT_BACK] =
    "ROLLBACK TO change",
[STMT_REVISION_GET] =
    "SELECT value FROM revision WHERE id = 1",
[STMT_REVISION_BUMP] =
    "UPDATE revision SET value = value + 1 WHERE id = 1",

[STMT_ORG_ADD] =
    "INSERT INTO organisations (name, ipv4, ipv4_plen, ipv6, authority,"
    " cert_lifetime_sec, created, clone, unique_names)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
[STMT_ORG_CHANGE] =
    "UPDATE organisations SET clone = ?2, unique_names = ?3 WHERE id = ?1",
[STMT_ORG_DELETE] =
    "DELETE FROM organisations WHERE id = ?1",
[STMT_ORG_GET] =
    "SELECT " ORG_COLUMNS " FROM organisations WHERE id = ?1",
[STMT_ORG_GET_NAME] =
    "SELECT " ORG_COLUMNS " FROM organisations WHERE name = ?1",
[STMT_ORG_NEXT] =
    "SELECT " ORG_COLUMNS " FROM organisations WHERE id > ?1"
    " ORDER BY id LIMIT 1",

[STMT_TAG_ADD] =
    "INSERT INTO tags (org, name) VALUES (?1, ?2)"
    " ON CONFLICT (org, name) DO NOTHING",
[STMT_TAG_GET] =
    "SELECT id FROM tags WHERE org = ?1 AND name = ?2",
[STMT_TAG_NEXT] =
    "SELECT id, org, name FROM tags WHERE id > ?1 ORDER BY id LIMIT 1",
[STMT_TAG_SWEEP] =
    "DELETE FROM tags WHERE org = ?1 AND permanent = 0"
    " AND NOT EXISTS (SELECT 1 FROM system_tags WHERE tag = tags.id)"
    " AND NOT EXISTS (SELECT 1 FROM key_tags WHERE tag = tags.id)"
    " AND NOT EXISTS (SELECT 1 FROM policy_tags WHERE tag = tags.id)",

[STMT_TAG_OBJECT] =
    "SELECT " TAG_COLUMNS " FROM tags WHERE org = ?1 AND name = ?2",
[STMT_TAG_OBJECT_NEXT] =
    "SELECT " TAG_COLUMNS " FROM tags WHERE id > ?1 ORDER BY id LIMIT 1",
[STMT_TAG_SET] =
    "UPDATE tags SET permanent = 1, notes = ?2, colour = ?3 WHERE id = ?1",
[STMT_TAG_USED] =
    "SELECT EXISTS (SELECT 1 FROM system_tags WHERE tag = ?1)"
    " OR EXISTS (SELECT 1 FROM key_tags WHERE tag = ?1)"
    " OR EXISTS (SELECT 1 FROM policy_tags WHERE tag = ?1)",
[STMT_TAG_DELETE] =
    "DELETE FROM tags WHERE id = ?1",
[STMT_TAG_REQUIREMENT_ADD] =
    "INSERT INTO tag_requirements (tag, requirement)"
    " SELECT ?1, id FROM requirements WHERE org = ?2 AND name = ?3",
[STMT_TAG_REQUIREMENTS] =
    "SELECT requirements.id, requirements.name FROM tag_requirements"
    " JOIN requirements ON requirements.id = tag_requirements.requirement"
    " WHERE tag_requirements.tag = ?1 ORDER BY requirements.name",
[STMT_TAG_REQUIREMENTS_CLEAR] =
    "DELETE FROM tag_requirements WHERE tag = ?1",

[STMT_REQUIREMENT_ADD] =
    "INSERT INTO requirements (org, name, type, notes, conditions, created)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
[STMT_REQUIREMENT_COUNT] =
    "SELECT count(*) FROM requirements WHERE org = ?1",
[STMT_REQUIREMENT_GET] =
    "SELECT " REQUIREMENT_COLUMNS " FROM requirements WHERE id = ?1",
[STMT_REQUIREMENT_GET_NAME] =
    "SELECT " REQUIREMENT_COLUMNS " FROM requirements"
    " WHERE org = ?1 AND name = ?2",
[STMT_REQUIREMENT_NEXT] =
    "SELECT " REQUIREMENT_COLUMNS " FROM requirements WHERE id > ?1"
    " ORDER BY id LIMIT 1",
[STMT_REQUIREMENT_NEXT_ORG] =
    "SELECT " REQUIREMENT_COLUMNS " FROM requirements"
    " WHERE org = ?1 AND id > ?2 ORDER BY id LIMIT 1",
[STMT_REQUIREMENT_SET] =
    "UPDATE requirements SET notes = ?2, conditions = ?3 WHERE id = ?1",
[STMT_REQUIREMENT_USES] =
    "SELECT (SELECT count(*) FROM policy_requirements"
    " WHERE requirement = ?1), (SELECT count(*) FROM tag_requirements"
    " WHERE requirement = ?1)",
[STMT_REQUIREMENT_DELETE] =
    "DELETE FROM requirements WHERE id = ?1",
[STMT_TEST_ADD] =
    "INSERT INTO policy_tests (org, name, sender, receiver, protocol, port,"
    " allow, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
[STMT_TEST_COUNT] =
    "SELECT count(*) FROM policy_tests",
[STMT_TEST_COUNT_ORG] =
    "SELECT count(*) FROM policy_tests WHERE org = ?1",
[STMT_TEST_GET] =
    "SELECT " TEST_COLUMNS " FROM policy_tests WHERE id = ?1",
[STMT_TEST_GET_NAME] =
    "SELECT " TEST_COLUMNS " FROM policy_tests WHERE org = ?1 AND name = ?2",
[STMT_TEST_NEXT] =
    "SELECT " TEST_COLUMNS " FROM policy_tests WHERE id > ?1"
    " ORDER BY id LIMIT 1",
[STMT_TEST_NEXT_ORG] =
    "SELECT " TEST_COLUMNS " FROM policy_tests WHERE org = ?1 AND id > ?2"
    " ORDER BY id LIMIT 1",
[STMT_TEST_SET] =
    "UPDATE policy_tests SET sender = ?2, receiver = ?3, protocol = ?4,"
    " port = ?5, allow = ?6 WHERE id = ?1",
[STMT_TEST_DELETE] =
    "DELETE FROM policy_tests WHERE id = ?1",
[STMT_GRANT_SET] =
    "INSERT INTO requirement_grants (requirement, system, granted)"
    " VALUES (?1, ?2, ?3) ON CONFLICT (requirement, system)"
    " DO UPDATE SET granted = excluded.granted",
[STMT_GRANT_CLEAR] =
    "DELETE FROM requirement_grants WHERE requirement = ?1 AND system = ?2",
[STMT_GRANT_NEXT] =
    "SELECT requirement, system, granted FROM requirement_grants"
    " WHERE (requirement, system) > (?1, ?2)"
    " ORDER BY requirement, system LIMIT 1",

[STMT_SIGNIN_SET] =
    "INSERT INTO signins (requirement, system, digest, until, subject)"
    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (requirement, system)"
    " DO UPDATE SET digest = excluded.digest, until = excluded.until,"
    " subject = excluded.subject",
[STMT_SIGNIN_CLEAR] =
    "DELETE FROM signins WHERE requirement = ?1 AND system = ?2",
[STMT_SIGNIN_NEXT] =
    "SELECT requirement, system, digest, until, subject FROM signins"
    " WHERE (requirement, system) > (?1, ?2) AND until > ?3"
    " ORDER BY requirement, system LIMIT 1",
[STMT_SIGNIN_SWEEP] =
    "DELETE FROM signins WHERE until <= ?1",

[STMT_KEY_ADD] =
    "INSERT INTO enrolment_keys (org, key_hash, hint, description, type,"
    " approval, uses_remaining, enabled, not_after, retention_minutes,"
    " created, expiry_action, notes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
    " ?9, ?10, ?11, ?12, ?13)",
[STMT_KEY_GET] =
    "SELECT " KEY_COLUMNS " FROM enrolment_keys WHERE id = ?1",
[STMT_KEY_GET_HASH] =
    "SELECT " KEY_COLUMNS " FROM enrolment_keys WHERE key_hash = ?1",
[STMT_KEY_NEXT] =
    "SELECT " KEY_COLUMNS " FROM enrolment_keys"
    " WHERE org = ?1 AND id > ?2 ORDER BY id LIMIT 1",
[STMT_KEY_SET_ENABLED] =
    "UPDATE enrolment_keys SET enabled = ?2 WHERE id = ?1",
[STMT_KEY_SET_USES] =
    "UPDATE enrolment_keys SET uses_remaining = ?2 WHERE id = ?1",
[STMT_KEY_USED] =
    "UPDATE enrolment_keys SET last_used = ?2,"
    " enrolled_count = enrolled_count + 1,"
    " uses_remaining = CASE WHEN uses_remaining > 0"
    " THEN uses_remaining - 1 ELSE uses_remaining END"
    " WHERE id = ?1 AND uses_remaining <> 0",
[STMT_KEY_DELETE] =
    "DELETE FROM enrolment_keys WHERE id = ?1",
[STMT_KEY_TAG_ADD] =
    "INSERT INTO key_tags (key, tag) VALUES (?1, ?2)"
    " ON CONFLICT (key, tag) DO NOTHING",
[STMT_KEY_TAGS] =
    "SELECT tags.id, tags.name FROM key_tags"
    " JOIN tags ON tags.id = key_tags.tag"
    " WHERE key_tags.key = ?1 ORDER BY tags.name",
[STMT_KEY_TAGS_CLEAR] =
    "DELETE FROM key_tags WHERE key = ?1",
[STMT_KEY_SOURCE_ADD] =
    "INSERT INTO key_sources (key, position, family, low, high, description)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
[STMT_KEY_SOURCES] =
    "SELECT family, low, high, description FROM key_sources"
    " WHERE key = ?1 ORDER BY position",
[STMT_KEY_SOURCES_CLEAR] =
    "DELETE FROM key_sources WHERE key = ?1",
[STMT_KEY_CHANGE] =
    "UPDATE enrolment_keys SET description = ?2, notes = ?3, not_after = ?4,"
    " expiry_action = ?5 WHERE id = ?1",
[STMT_KEY_NEXT_EXPIRY] =
    "SELECT id, not_after FROM enrolment_keys WHERE not_after > 0"
    " AND (enabled = 1 OR expiry_action = 2) ORDER BY not_after, id LIMIT 1",

[STMT_NAME_TAKE] =
    "INSERT INTO names_used (name) VALUES (?1)"
    " ON CONFLICT (name) DO NOTHING",
[STMT_SYSTEM_ADD] =
    "INSERT INTO systems (org, name, description, hostname, identity_key,"
    " tunnel_key, ipv4, ipv6, state, serial, key_id, ephemeral,"
    " retention_minutes, flags, enrolled, last_seen)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
    " ?15, ?15)",
[STMT_SYSTEM_GET] =
    "SELECT " SYSTEM_COLUMNS " FROM systems WHERE id = ?1",
[STMT_SYSTEM_GET_NAME] =
    "SELECT " SYSTEM_COLUMNS " FROM systems WHERE name = ?1",
[STMT_SYSTEM_GET_IDENTITY] =
    "SELECT " SYSTEM_COLUMNS " FROM systems WHERE identity_key = ?1",
[STMT_SYSTEM_NEXT] =
    "SELECT " SYSTEM_COLUMNS " FROM systems WHERE id > ?1"
    " ORDER BY id LIMIT 1",
[STMT_SYSTEM_NEXT_ORG] =
    "SELECT " SYSTEM_COLUMNS " FROM systems WHERE org = ?1 AND id > ?2"
    " ORDER BY id LIMIT 1",
[STMT_SYSTEM_HAS_TUNNEL] =
    "SELECT 1 FROM systems WHERE tunnel_key = ?1",
[STMT_SYSTEM_HAS_SERIAL] =
    "SELECT 1 FROM systems WHERE serial = ?1",
[STMT_SYSTEM_HAS_IPV4] =
    "SELECT 1 FROM systems WHERE org = ?1 AND ipv4 = ?2",
[STMT_SYSTEM_HAS_IPV6] =
    "SELECT 1 FROM systems WHERE org = ?1 AND ipv6 = ?2",
[STMT_SYSTEM_IPV4S] =
    "SELECT ipv4 FROM systems WHERE org = ?1 ORDER BY ipv4",
[STMT_SYSTEM_SET_STATE] =
    "UPDATE systems SET state = ?2, quarantined = 0, until = 0"
    " WHERE id = ?1",
[STMT_SYSTEM_SET_UNTIL] =
    "UPDATE systems SET state = 2, quarantined = 0, until = ?2,"
    " until_action = ?3 WHERE id = ?1",
[STMT_SYSTEM_CHANGE] =
    "UPDATE systems SET description = ?2, notes = ?3 WHERE id = ?1",
[STMT_SYSTEM_CLONE] =
    "UPDATE systems SET quarantined = max(quarantined, ?2),"
    " clone_seen = ?3, clone_source = ?4 WHERE id = ?1",
[STMT_SYSTEM_NEXT_EXPIRY] =
    "SELECT id, until FROM systems WHERE until > 0"
    " ORDER BY until, id LIMIT 1",
[STMT_SYSTEM_HAS_DESCRIPTION] =
    "SELECT 1 FROM systems WHERE org = ?1 AND id <> ?2"
    " AND description = ?3 LIMIT 1",
[STMT_SYSTEM_TAGS_CLEAR] =
    "DELETE FROM system_tags WHERE system = ?1",
[STMT_SYSTEM_SET_DESCRIPTION] =
    "UPDATE systems SET description = ?2 WHERE id = ?1",
[STMT_SYSTEM_SET_SEEN] =
    "UPDATE systems SET last_seen = max(last_seen, ?2),"
    " source = CASE ?3 WHEN '' THEN source ELSE ?3 END WHERE id = ?1",
[STMT_SYSTEM_SET_FACTS] =
    "UPDATE systems SET os = ?3, os_version = ?4, agent = ?5,"
    " hostname = CASE ?2 WHEN '' THEN hostname ELSE ?2 END"
    " WHERE id = ?1 AND (hostname, os, os_version, agent)"
    " IS NOT (CASE ?2 WHEN '' THEN hostname ELSE ?2 END, ?3, ?4, ?5)",
[STMT_FACTS_SET] =
    "INSERT INTO system_facts (system, text)"
    " SELECT id, ?2 FROM systems WHERE id = ?1"
    " ON CONFLICT (system) DO UPDATE SET text = excluded.text",
[STMT_FACTS_GET] =
    "SELECT text FROM system_facts WHERE system = ?1",
[STMT_SYSTEM_DELETE] =
    "DELETE FROM systems WHERE id = ?1",
[STMT_SYSTEM_TAG_ADD] =
    "INSERT INTO system_tags (system, tag) VALUES (?1, ?2)"
    " ON CONFLICT (system, tag) DO NOTHING",
[STMT_SYSTEM_TAG_REMOVE] =
    "DELETE FROM system_tags WHERE system = ?1 AND tag ="
    " (SELECT id FROM tags WHERE org = ?2 AND name = ?3)",
[STMT_SYSTEM_TAGS] =
    "SELECT tags.id, tags.name FROM system_tags"
    " JOIN tags ON tags.id = system_tags.tag"
    " WHERE system_tags.system = ?1 ORDER BY tags.name",

[STMT_POLICY_ADD] =
    "INSERT INTO policies (org, name, enabled, not_after, created, days,"
    " start_minute, end_minute, zone, end_action, notes)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
[STMT_POLICY_GET] =
    "SELECT " POLICY_COLUMNS " FROM policies WHERE id = ?1",
[STMT_POLICY_GET_NAME] =
    "SELECT " POLICY_COLUMNS " FROM policies WHERE org = ?1 AND name = ?2",
[STMT_POLICY_NEXT] =
    "SELECT " POLICY_COLUMNS " FROM policies WHERE id > ?1"
    " ORDER BY id LIMIT 1",
[STMT_POLICY_NEXT_ORG] =
    "SELECT " POLICY_COLUMNS " FROM policies WHERE org = ?1 AND id > ?2"
    " ORDER BY id LIMIT 1",
[STMT_POLICY_SET] =
    "UPDATE policies SET name = ?2, enabled = ?3, not_after = ?4,"
    " days = ?5, start_minute = ?6, end_minute = ?7, zone = ?8,"
    " end_action = ?9, notes = ?10 WHERE id = ?1",
[STMT_POLICY_SET_ENABLED] =
    "UPDATE policies SET enabled = ?2 WHERE id = ?1",
[STMT_POLICY_DELETE] =
    "DELETE FROM policies WHERE id = ?1",
[STMT_POLICY_NEXT_END] =
    "SELECT id, not_after, end_action FROM policies WHERE not_after > 0"
    " AND (enabled = 1 OR end_action = 1) ORDER BY not_after, id LIMIT 1",
[STMT_POLICY_TAG_ADD] =
    "INSERT INTO policy_tags (policy, side, tag) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (policy, side, tag) DO NOTHING",
[STMT_POLICY_TAGS] =
    "SELECT tags.id, tags.name FROM policy_tags"
    " JOIN tags ON tags.id = policy_tags.tag"
    " WHERE policy_tags.policy = ?1 AND policy_tags.side = ?2"
    " ORDER BY tags.name",
[STMT_POLICY_TAGS_CLEAR] =
    "DELETE FROM policy_tags WHERE policy = ?1",
[STMT_POLICY_ACL_ADD] =
    "INSERT INTO policy_acls (policy, position, protocol, port_low,"
    " port_high, description) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
[STMT_POLICY_ACLS] =
    "SELECT protocol, port_low, port_high, description FROM policy_acls"
    " WHERE policy = ?1 ORDER BY position",
[STMT_POLICY_ACLS_CLEAR] =
    "DELETE FROM policy_acls WHERE policy = ?1",
[STMT_POLICY_REQUIREMENT_ADD] =
    "INSERT INTO policy_requirements (policy, requirement)"
    " SELECT ?1, id FROM requirements WHERE org = ?2 AND name = ?3",
[STMT_POLICY_REQUIREMENTS] =
    "SELECT requirements.id, requirements.name FROM policy_requirements"
    " JOIN requirements ON requirements.id = policy_requirements.requirement"
    " WHERE policy_requirements.policy = ?1 ORDER BY requirements.name",
[STMT_POLICY_REQUIREMENTS_CLEAR] =
    "DELETE FROM policy_requirements WHERE policy = ?1",

[STMT_CERT_GET] =
    "SELECT serial_old, signer, pinned, ordered FROM certificates"
    " WHERE system = ?1",
[STMT_CERT_ISSUE] =
    "INSERT INTO certificates (system, signer) VALUES (?1, ?2)"
    " ON CONFLICT (system) DO UPDATE SET signer = excluded.signer",
[STMT_CERT_STORE] =
    "UPDATE systems SET certificate = ?2 WHERE id = ?1",
[STMT_CERT_RENEW] =
    "UPDATE systems SET certificate = ?2, serial = ?3 WHERE id = ?1",
[STMT_CERT_RENEWED] =
    "UPDATE certificates SET serial_old = ?2, signer = ?3, ordered = 0"
    " WHERE system = ?1",
[STMT_CERT_ORDER] =
    "UPDATE certificates SET ordered = 1 WHERE system = ?1",
[STMT_CERT_HELD] =
    "UPDATE certificates SET serial_old = NULL WHERE system = ?1",
[STMT_CERT_PINNED] =
    "UPDATE certificates SET pinned = ?2 WHERE system = ?1",
[STMT_AUTHORITY_ADD] =
    "INSERT INTO authorities (org, grace_sec) VALUES (?1, ?2)",
[STMT_AUTHORITY_GET] =
    "SELECT grace_sec, previous, successor, retired FROM authorities"
    " WHERE org = ?1",
[STMT_AUTHORITY_LIFE] =
    "UPDATE organisations SET cert_lifetime_sec = ?2 WHERE id = ?1",
[STMT_AUTHORITY_GRACE] =
    "UPDATE authorities SET grace_sec = ?2 WHERE org = ?1",
[STMT_AUTHORITY_SET] =
    "UPDATE organisations SET authority = ?3 WHERE id = ?1"
    " AND authority = ?2",
[STMT_AUTHORITY_ROLL] =
    "UPDATE authorities SET previous = ?2, successor = ?3, retired = NULL"
    " WHERE org = ?1 AND (previous IS NULL OR retired IS NOT NULL)",
[STMT_AUTHORITY_RETIRE] =
    "UPDATE authorities SET retired = ?3 WHERE org = ?1 AND previous = ?2"
    " AND retired IS NULL",
[STMT_AUTHORITY_DEPEND] =
    "SELECT count(*), count(CASE WHEN signer = authority THEN 1 END),"
    " count(CASE WHEN pinned = authority THEN 1 END) FROM systems"
    " JOIN certificates ON certificates.system = systems.id"
    " JOIN organisations ON organisations.id = systems.org"
    " WHERE systems.org = ?1 AND systems.state <> 4",

[STMT_RELAY_ADD] =
    "INSERT INTO relays (name, token_hash, enabled, latitude, longitude,"
    " created) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
[STMT_RELAY_COUNT] =
    "SELECT count(*) FROM relays",
[STMT_RELAY_GET] =
    "SELECT " RELAY_COLUMNS " FROM relays WHERE id = ?1",
[STMT_RELAY_GET_NAME] =
    "SELECT " RELAY_COLUMNS " FROM relays WHERE name = ?1",
[STMT_RELAY_NEXT] =
    "SELECT " RELAY_COLUMNS " FROM relays WHERE id > ?1"
    " ORDER BY id LIMIT 1",
[STMT_RELAY_SET_ENABLED] =
    "UPDATE relays SET enabled = ?2 WHERE id = ?1",
[STMT_RELAY_DELETE] =
    "DELETE FROM relays WHERE id = ?1",

/* What the audit log keeps of an object; the pattern is in db_private.h. */
[STMT_AUDIT_ORG] =
    "SELECT name, name, json_object('name', name, 'ipv4', " JSON_IPV4 " ||"
    " '/' || ipv4_plen, 'ipv6', lower(hex(ipv6)),"
    " 'authority', lower(hex(authority)),"
    " 'certificateLifetime', cert_lifetime_sec,"
    " 'certificateGrace', (SELECT grace_sec FROM authorities"
    " WHERE org = organisations.id), 'authorityBefore',"
    " (SELECT lower(hex(previous)) FROM authorities"
    " WHERE org = organisations.id AND retired IS NULL), 'clone', clone,"
    " 'uniqueNames', " JSON_BOOL("unique_names") ")"
    " FROM organisations WHERE id = ?1",
[STMT_AUDIT_KEY] =
    "SELECT (SELECT name FROM organisations WHERE id = org), hint,"
    " json_object('hint', hint, 'description', description, 'type', type,"
    " 'approval', approval, 'usesRemaining', uses_remaining,"
    " 'enabled', " JSON_BOOL("enabled") ", 'notAfter', not_after,"
    " 'expiryAction', expiry_action, 'notes', notes,"
    " 'retentionMinutes', retention_minutes, 'sources', (SELECT"
    " json_group_array(json_object('low', lower(hex(low)), 'high',"
    " lower(hex(high)), 'family', family, 'description', description))"
    " FROM (SELECT * FROM key_sources WHERE key = enrolment_keys.id"
    " ORDER BY position)),"
    " 'tags', " JSON_TAGS("key_tags WHERE key = enrolment_keys.id") ")"
    " FROM enrolment_keys WHERE id = ?1",
[STMT_AUDIT_SYSTEM] =
    "SELECT (SELECT name FROM organisations WHERE id = org), name,"
    " json_object('name', name, 'description', description,"
    " 'hostname', hostname, 'identity', lower(hex(identity_key)),"
    " 'tunnel', lower(hex(tunnel_key)), 'ipv4', " JSON_IPV4 ","
    " 'ipv6', lower(hex(ipv6)), 'state', state, 'notes', notes,"
    " 'until', until, 'untilAction', until_action, 'quarantined', "
    JSON_BOOL("quarantined") ", 'cloneSeen', clone_seen, 'cloneSource',"
    " clone_source,"
    " 'serial', lower(hex(serial)), 'certificateEnd',"
    " lower(substr(hex(certificate), -128)), 'renewalOrdered',"
    " (SELECT " JSON_BOOL("ordered") " FROM certificates"
    " WHERE system = systems.id), 'key', key_id,"
    " 'ephemeral', " JSON_BOOL("ephemeral") ","
    " 'retentionMinutes', retention_minutes,"
    " 'tags', " JSON_TAGS("system_tags WHERE system = systems.id") ","
    " 'granted', " JSON_REQUIREMENTS("requirement_grants"
    " WHERE system = systems.id AND granted = 1") ","
    " 'denied', " JSON_REQUIREMENTS("requirement_grants"
    " WHERE system = systems.id AND granted = 0") ","
    " 'signedIn', (SELECT json_group_object(name, subject) FROM"
    " (SELECT name, subject FROM signins JOIN requirements"
    " ON requirements.id = requirement WHERE system = systems.id"
    " ORDER BY name)))"
    " FROM systems WHERE id = ?1",
[STMT_AUDIT_POLICY] =
    "SELECT (SELECT name FROM organisations WHERE id = org), name,"
    " json_object('name', name, 'enabled', " JSON_BOOL("enabled") ","
    " 'notAfter', not_after, 'endAction', CASE end_action"
    " WHEN 1 THEN 'delete' ELSE 'disable' END, 'days', days,"
    " 'startMinute', start_minute, 'endMinute', end_minute,"
    " 'timeZone', zone, 'notes', notes, 'senders', "
    JSON_TAGS("policy_tags WHERE policy = policies.id AND side = 1") ","
    " 'receivers', "
    JSON_TAGS("policy_tags WHERE policy = policies.id AND side = 2") ","
    " 'requirements', " JSON_REQUIREMENTS("policy_requirements"
    " WHERE policy = policies.id") ","
    " 'acls', (SELECT json_group_array(json_object('protocol', protocol,"
    " 'low', port_low, 'high', port_high, 'description', description))"
    " FROM (SELECT * FROM policy_acls WHERE policy = policies.id"
    " ORDER BY position)))"
    " FROM policies WHERE id = ?1",
[STMT_AUDIT_RELAY] =
    "SELECT '', name, json_object('name', name,"
    " 'enabled', " JSON_BOOL("enabled") ", 'latitude', latitude,"
    " 'longitude', longitude) FROM relays WHERE id = ?1",
[STMT_AUDIT_TAG] =
    "SELECT (SELECT name FROM organisations WHERE id = org), name,"
    " json_object('name', name, 'permanent', " JSON_BOOL("permanent") ","
    " 'notes', notes, 'colour', colour, 'requirements', "
    JSON_REQUIREMENTS("tag_requirements WHERE tag = tags.id") ")"
    " FROM tags WHERE id = ?1",
[STMT_AUDIT_REQUIREMENT] =
    "SELECT (SELECT name FROM organisations WHERE id = org), name,"
    " json_object('name', name, 'type', type, 'notes', notes,"
    " 'conditions', conditions) FROM requirements WHERE id = ?1",
[STMT_AUDIT_TOKEN] =
    "SELECT (SELECT name FROM organisations WHERE id = org), name,"
    " json_object('name', name, 'scopes', scopes, 'notAfter', not_after)"
    " FROM tokens WHERE id = ?1",
[STMT_AUDIT_TEST] =
    "SELECT (SELECT name FROM organisations WHERE id = org), name,"
    " json_object('name', name, 'sender', sender, 'receiver', receiver,"
    " 'protocol', protocol, 'port', port, 'expect', CASE allow WHEN 1 THEN"
    " 'allow' ELSE 'deny' END) FROM policy_tests WHERE id = ?1",
[STMT_AUDIT_HEAD] =
    "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1",
[STMT_AUDIT_ADD] =
    "INSERT INTO audit (" AUDIT_COLUMNS ")"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
[STMT_AUDIT_NEXT] =
    "SELECT " AUDIT_COLUMNS " FROM audit WHERE id > ?1"
    " ORDER BY id LIMIT 1",
[STMT_AUDIT_NEXT_ORG] =
    "SELECT " AUDIT_COLUMNS " FROM audit WHERE org = ?2 AND id > ?1"
    " ORDER BY id LIMIT 1",
[STMT_AUDIT_TAIL] =
    "SELECT id FROM (SELECT id FROM audit ORDER BY id DESC LIMIT ?1)"
    " ORDER BY id LIMIT 1",
[STMT_AUDIT_TAIL_ORG] =
    "SELECT id FROM (SELECT id FROM audit WHERE org = ?2"
    " ORDER BY id DESC LIMIT ?1) ORDER BY id LIMIT 1",

#define AUDIT_WANTED							\
	" FROM audit WHERE org = ?1 AND (?2 = 0 OR time >= ?2)"		\
	" AND (?3 = 0 OR time < ?3) AND (?4 = '' OR actor = ?4)"	\
	" AND (?5 = '' OR action = ?5) AND (?6 = '' OR type = ?6)"	\
	" AND (?7 = '' OR name = ?7 OR CAST(object AS TEXT) = ?7)"
[STMT_AUDIT_PAGE] =
    "SELECT id" AUDIT_WANTED " ORDER BY id DESC LIMIT ?8 OFFSET ?9",
[STMT_AUDIT_COUNT] =
    "SELECT count(*) FROM (SELECT 1" AUDIT_WANTED " LIMIT ?8)",

[STMT_TOKEN_ADD] =
    "INSERT INTO tokens (org, name, token_hash, scopes, created, not_after)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
[STMT_TOKEN_COUNT] =
    "SELECT count(*) FROM tokens WHERE org = ?1",
[STMT_TOKEN_GET] =
    "SELECT " TOKEN_COLUMNS " FROM tokens WHERE id = ?1",
[STMT_TOKEN_GET_HASH] =
    "SELECT " TOKEN_COLUMNS " FROM tokens WHERE token_hash = ?1",
[STMT_TOKEN_NEXT] =
    "SELECT " TOKEN_COLUMNS " FROM tokens WHERE org = ?1 AND id > ?2"
    " ORDER BY id LIMIT 1",
[STMT_TOKEN_USED] =
    "UPDATE tokens SET last_used = ?2 WHERE id = ?1",
[STMT_TOKEN_DELETE] =
    "DELETE FROM tokens WHERE id = ?1",

[STMT_REPLAY_ADD] =
    "INSERT INTO replays (token, key, request_hash, object, created)"
    " VALUES (?1, ?2, ?3, ?4, ?5)",
[STMT_REPLAY_GET] =
    "SELECT request_hash, object FROM replays WHERE token = ?1 AND key = ?2"
    " AND created > ?3",
[STMT_REPLAY_SWEEP] =
    "DELETE FROM replays WHERE created <= ?1",

[STMT_ORG_VERSION] =
    "SELECT version FROM organisations WHERE id = ?1",
[STMT_KEY_VERSION] =
    "SELECT version FROM enrolment_keys WHERE id = ?1",
[STMT_SYSTEM_VERSION] =
    "SELECT version FROM systems WHERE id = ?1",
[STMT_POLICY_VERSION] =
    "SELECT version FROM policies WHERE id = ?1",
[STMT_TAG_VERSION] =
    "SELECT version FROM tags WHERE id = ?1",
[STMT_RELAY_VERSION] =
    "SELECT version FROM relays WHERE id = ?1",
[STMT_REQUIREMENT_VERSION] =
    "SELECT version FROM requirements WHERE id = ?1"
};
