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
 * apiproc: administration over HTTP and JSON.  It parses what clients of the
 * API send, which tlsproc has taken out of TLS, and asks storeproc in the
 * name of their tokens, in the messages that the administrator's tool uses
 * too.  Whether a token may do what it asks is decided by storeproc.  It has
 * no socket of the network, no file and no key; a token passes through it.
 *
 * HTTP itself is libmicrohttpd's: unlike libevent's evhttp it can take over
 * a connection that is there already.
 */

#ifndef APIPROC_APIPROC_H
#define APIPROC_APIPROC_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <event.h>
#include <microhttpd.h>
#include <stdint.h>

#include <jansson.h>

#include "object/object.h"
#include "object/scope.h"
#include "proc/proc.h"
#include "sandbox/sandbox.h"

#define API_CONNS_MAX		1024	/* of all tlsprocs */
#define API_REQUESTS_MAX	96	/* that wait for storeproc */
#define API_BODY_MAX		(1024 * 1024)
#define API_BODY_DRAIN		(4 * API_BODY_MAX) /* thrown away, then cut */
#define API_IDLE_SEC		60	/* a connection without a request */
#define API_MEMORY		(32 * 1024) /* of a connection: its headers */
#define API_ROWS_MAX		65536	/* of one answer */
#define API_WAIT_SEC		15	/* for storeproc */
#define API_PAGE		50
#define API_PAGE_MAX		200
#define API_BULK_MAX		200
#define API_RATE_REQUESTS	1200	/* of one token ... */
#define API_RATE_SEC		300	/* ... in so long */
#define API_RATES_MAX		4096	/* tokens that are counted */
#define API_EVENTS_MAX		1024	/* kept for those who resume */
#define API_STREAMS_MAX		128	/* clients that listen */
#define API_HEARTBEAT_SEC	20
#define API_SEGMENTS_MAX	6
#define API_SEGMENT_MAX		128
#define API_TEXT_MAX		512
#define API_CODE_TESTS		7	/* a policy test refuses it */
#define API_PIECES_MAX		(1024 * 1024)	/* of one text, joined */

struct env;
struct request;
struct route;

typedef void	(*request_step)(struct request *);

/* A text that comes in pieces. */
struct piece {
	char	*text;
	size_t	 len;
};

/* One request of a client, from its first line to its answer. */
struct request {
	TAILQ_ENTRY(request)	 entry;
	struct env		*env;
	struct MHD_Connection	*conn;
	int			 begun;		/* headers were looked at */
	int			 dry;		/* nothing is kept */
	char			 method[12];
	size_t			 nsegments;	/* of the path */
	char			 segments[API_SEGMENTS_MAX][API_SEGMENT_MAX];
	const struct route	*route;
	const char		*id;		/* of the path, or NULL */
	char			*body;
	size_t			 len, cap, seen;
	json_t			*in;		/* the body */

	/* Asking storeproc. */
	struct chan		*session;
	struct event		 limit;
	struct msg_admin_identity who;
	request_step		 next;
	json_t			*rows;
	uint8_t			 code;		/* of ADMIN_RESULT */
	char			 text[API_TEXT_MAX];

	/* Of handlers that ask more than once. */
	json_t			*ids, *results, *object;
	size_t			 pos;
	uint64_t		 version;	/* of the row that was read */
	uint64_t		 replayed;	/* object made before */
	struct piece		 before, after;	/* of a row of the log */

	/* The answer. */
	struct MHD_Response	*response;
	unsigned int		 status;
	int			 suspended;

	/* Of a stream of events. */
	int			 streams;
	uint64_t		 heard;		/* the last that was sent */
	int			 heartbeat;
};
TAILQ_HEAD(request_list, request);

/* How much a token has asked, by its hash. */
struct rate {
	RB_ENTRY(rate)	 entry;
	TAILQ_ENTRY(rate) age;
	uint8_t		 hash[32];
	uint64_t	 tokens;	/* thousandths of a request */
	uint64_t	 when;		/* ms */
};
RB_HEAD(rate_tree, rate);
TAILQ_HEAD(rate_list, rate);

/* What has happened, for whom it is. */
struct event_text {
	char		 org[64];
	uint32_t	 scope;
	char		 text[512];
};

struct env {
	struct proc		 proc;
	struct event_text	*events;	/* a ring */
	uint64_t		 nevents;	/* so far; numbers from 1 */
	uint64_t		 start;		/* number of the first */
	size_t			 nstreams;
	struct event		 heartbeat;
	struct MHD_Daemon	*mhd;
	struct event		 ready;
	struct event		 timer;
	struct request_list	 requests;
	size_t			 nrequests;
	size_t			 nwaiting;
	struct rate_tree	 rates;
	struct rate_list	 ages;
	size_t			 nrates;
	uint64_t		 answered[6];	/* by the first digit */
	uint64_t		 limited;
	uint64_t		 refused;	/* connections */
};

/* Where a list or an object comes from. */
struct resource {
	const char	*name;		/* in paths */
	const char	*title;		/* of one, for texts and schemas */
	uint8_t		 what;		/* of ADMIN_LIST */
	uint32_t	 row;		/* type of message */
	const char	*key;		/* member that names one */
	const char	*sort;		/* member, unless asked otherwise */
	const char	*search;	/* members searched, with blanks */
	uint32_t	 add;		/* type of message, or MSG_NONE */
	uint32_t	 set;		/* to do the action of a route */
	enum scope_area	 area;
};

enum route_body { BODY_NONE, BODY_OBJECT, BODY_IDS };

struct route {
	const char		*method;
	const char		*path;
	request_step		 run;
	const struct resource	*resource;
	enum route_body		 body;
	int			 write;		/* needs the write scope */
	int			 open;		/* without a token */
	int			 action;	/* of the resource's set */
	const char		*summary;
	uint32_t		 message;	/* of object_change */
};

extern const struct sandbox_policy	apiproc_sandbox;
extern const struct route		routes[];
extern const size_t			nroutes;

/* server.c: libmicrohttpd on the event loop. */
void		 server_prepare(struct env *);
void		 server_run(struct env *);
void		 server_conn(void *, struct chan *, const void *, int);
void		 server_kick(struct env *);

/* request.c: what libmicrohttpd calls, and the order of things. */
enum MHD_Result	 request_handle(void *, struct MHD_Connection *,
		    const char *url, const char *method, const char *version,
		    const char *data, size_t *len, void **ctx);
void		 request_completed(void *, struct MHD_Connection *, void **,
		    enum MHD_RequestTerminationCode);
const char	*request_header(struct request *, const char *);
const char	*request_query(struct request *, const char *);
/* Number from the query within these, or fallback; -1 is answered. */
int		 request_number(struct request *, const char *, int fallback,
		    int min, int max, int *);
/* The body, if its route has one.  0, or -1 and answered. */
int		 request_parse(struct request *);
int		 request_flag(struct request *, const char *);

/* route.c */
const struct route *route_find(const char *method,
		    char segments[][API_SEGMENT_MAX], size_t n,
		    const char **id, char *allow, size_t size);

/* answer.c: one of these ends each request. */
void		 answer_json(struct request *, unsigned int status,
		    json_t *owned);
void		 answer_object(struct request *, unsigned int status,
		    json_t *owned);
void		 answer_text(struct request *, unsigned int status,
		    const char *type, const char *text);
void		 answer_empty(struct request *, unsigned int status);
void		 answer_problem(struct request *, unsigned int status,
		    const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
/* Of a code of storeproc other than 0. */
void		 answer_code(struct request *);
unsigned int	 answer_status(uint8_t code, const char *text);
/* A response that is made by a callback; takes it over. */
void		 answer_stream(struct request *, struct MHD_Response *);
void		 answer_header(struct request *, const char *, const char *);

/* session.c: what is asked of storeproc. */
int		 session_begin(struct request *, const uint8_t hash[32],
		    request_step next);
void		 session_ask(struct request *, uint32_t type, const void *msg,
		    request_step next);
void		 session_end(struct request *);
void		 session_message(struct chan *, uint32_t type,
		    const void *msg);

/* auth.c: tokens and how much they may ask. */
void		 auth_check(struct request *);

/* dry.c: changes that are not kept. */
void		 dry_run(struct request *);
/* What follows a change: next, or the end of the dry run. */
request_step	 dry_step(struct request *, request_step next);
void		 dry_end(struct request *);

/* list.c, object.c, bulk.c: handlers of resources. */
void		 list_get(struct request *);
void		 list_keys(struct request *);
void		 object_get(struct request *);
void		 object_post(struct request *);
void		 object_patch(struct request *);
void		 object_delete(struct request *);
void		 object_put(struct request *);
void		 bulk_run(struct request *);
/* Is done, and shown: what the message of the route is for. */
void		 object_change(struct request *);
/* Fills in which object is meant: that of the row, as the client saw it. */
void		 object_identify(struct request *, uint32_t type, void *msg,
		    const json_t *row);
void		 object_set_number(const struct msg_desc *, void *msg,
		    const char *field, uint64_t value);

/* The row that was asked for; NULL and answered when it is not there. */
json_t		*object_found(struct request *, const char *id);
/* If-Match holds for this row, or is not there; else -1 and answered. */
int		 object_match(struct request *, const json_t *row);
/* Of the path; "" for the organisation, which has none of its own. */
const char	*object_id(struct request *);
/* Tags are called so. */
const char	*object_name(const json_t *);
void		 object_set_text(const struct msg_desc *, void *msg,
		    const char *field, const char *text);
/* After a change: answers with the object as it is now. */
void		 object_changed(struct request *);
/* Asks for one row; next finds it in rows, if it is there. */
void		 object_ask(struct request *, const char *id,
		    request_step next);
/* Asks storeproc for the action of the route on this object. */
int		 object_ask_set(struct request *, const char *id,
		    request_step next);

/* A page of rows that are total, as lists have them; takes items over. */
void		 list_page(struct request *, json_t *items, size_t total,
		    int page, int per_page);

/* query.c: the log, explanations, and what a system meets. */
void		 query_logs(struct request *);
void		 query_explain(struct request *);
void		 query_trust(struct request *);
void		 query_tests(struct request *);
/* A row of the log, or a piece of one: 0, or -1 when it is too large. */
int		 query_row(struct request *, const struct msg_admin_audit *);
void		 query_end(struct request *);

/* events.c */
void		 events_prepare(struct env *);
void		 events_run(struct env *);
void		 events_get(struct request *);
void		 events_end(struct request *);
void		 events_told(struct env *, const struct msg_api_event *);

/* service.c */
void		 service_account(struct request *);
void		 service_openapi(struct request *);
void		 service_metrics(struct request *);

/* openapi.c: the document of the routes. */
json_t		*openapi_document(void);

#endif /* APIPROC_APIPROC_H */
