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
 * What the files of lib/frame share: the cursor that reads members of one
 * object and keeps the first error, and the one that builds an object.
 */

#ifndef FRAME_FRAME_LOCAL_H
#define FRAME_FRAME_LOCAL_H

#include <jansson.h>

#include "frame/frame.h"

struct frame {
	json_t		*object;
	enum frame_type	 type;
};

/* Reads one object; after the first error every read does nothing. */
struct frame_in {
	const json_t	*object;
	char		 path[48];	/* "entries[12].acls[3]." */
	int		 bad;
};

/* Builds one object; after the first error the result is NULL. */
struct frame_out {
	json_t		*object;
	int		 error;		/* errno value, or 0 */
};

/* --- frame.c ------------------------------------------------------- */

/* Remember "path" + "name: reason"; returns it. */
const char	*frame_error_set(const char *path, const char *name,
		    const char *reason);
const char	*frame_error(void);

/* --- frame_text.c -------------------------------------------------- */

/*
 * Copy UTF-8 text: control characters, direction overrides and bytes that
 * are no UTF-8 become '?', and what is above cap is cut off before the
 * character that does not fit.
 */
void		 frame_text_copy(char *dst, size_t cap, const char *src);

/* True for min to max of the characters of RFC 8839 5.4 (ice-char). */
int		 frame_text_ice(const char *, size_t min, size_t max);

/* True for 1 to max printable ASCII characters without blanks. */
int		 frame_text_key(const char *, size_t max);

/* --- frame_in.c ---------------------------------------------------- */

/* Start on a frame of this type; clears nothing of the result. */
void		 frame_in_begin(struct frame_in *, const struct frame *,
		    enum frame_type);
/* End: 0, or -1 with msg (of size bytes) wiped and *errstr set. */
int		 frame_in_end(const struct frame_in *, void *msg, size_t size,
		    const char **errstr);
void		 frame_in_fail(struct frame_in *, const char *name,
		    const char *reason);
uint64_t	 frame_in_int(struct frame_in *, const char *name,
		    uint64_t min, uint64_t max);
uint8_t		 frame_in_bool(struct frame_in *, const char *name);
/* The string of a member with at most max bytes; NULL after an error. */
const char	*frame_in_string(struct frame_in *, const char *name,
		    size_t max);
/* One of n words; its index, or 0 after an error. */
unsigned int	 frame_in_word(struct frame_in *, const char *name,
		    const char *const *words, unsigned int n);
void		 frame_in_system(struct frame_in *, const char *name,
		    char out[6]);
void		 frame_in_description(struct frame_in *, const char *name,
		    char *out, size_t cap);
void		 frame_in_reason(struct frame_in *, const char *name,
		    char *out, size_t cap);
/* Base64 of exactly len bytes. */
void		 frame_in_bytes(struct frame_in *, const char *name,
		    uint8_t *out, size_t len);
/* Base64 of 1 to cap bytes. */
uint16_t	 frame_in_blob(struct frame_in *, const char *name,
		    uint8_t *out, size_t cap);
/* "address" and "port" of this object. */
void		 frame_in_endpoint(struct frame_in *, struct endpoint *);
/* The number of elements of an array member, at most max. */
uint16_t	 frame_in_array(struct frame_in *, const char *name,
		    size_t max);
/*
 * Go down to an object member, or to element i of an array member when i is
 * not -1; the child's errors go to the parent with frame_in_leave.
 */
void		 frame_in_enter(struct frame_in *child, struct frame_in *,
		    const char *name, int i);
void		 frame_in_leave(const struct frame_in *child,
		    struct frame_in *);
void		 frame_in_candidates(struct frame_in *, struct msg_cands *);

/* True when an optional member is there, of whatever type. */
int		 frame_in_has(const struct frame_in *, const char *name);

/* --- frame_paths.c ------------------------------------------------- */

/* How a translator behaves: enum and step, for UDP and TCP. */
struct frame_nat {
	uint8_t		 udp, tcp;
	uint16_t	 udp_step, tcp_step;
};

/* A member "nat"; missing or left out when all is 0. */
void		 frame_in_nat(struct frame_in *, struct frame_nat *);
void		 frame_out_nat(struct frame_out *, const struct frame_nat *);

/* A member "relay"; missing or left out without an address. */
void		 frame_in_relay(struct frame_in *, struct endpoint *,
		    uint8_t code[16]);
void		 frame_out_relay(struct frame_out *, const struct endpoint *,
		    const uint8_t code[16]);

/* An array of addresses with ports. */
void		 frame_in_endpoints(struct frame_in *, const char *name,
		    struct msg_eps *);
void		 frame_out_endpoints(struct frame_out *, const char *name,
		    const struct msg_eps *);

/* --- frame_out.c --------------------------------------------------- */

/* Words of enum ice_type and enum ice_transport, less 1, and policy_op. */
extern const char *const frame_candidate_types[5];
extern const char *const frame_transports[2];
extern const char *const frame_ops[3];

void		 frame_out_begin(struct frame_out *, const char *type);
void		 frame_out_fail(struct frame_out *, int error);
void		 frame_out_json(struct frame_out *, const char *name,
		    json_t *);
void		 frame_out_int(struct frame_out *, const char *name,
		    uint64_t);
void		 frame_out_bool(struct frame_out *, const char *name,
		    uint8_t);
void		 frame_out_string(struct frame_out *, const char *name,
		    const char *);
void		 frame_out_text(struct frame_out *, const char *name,
		    const char *, size_t cap);
void		 frame_out_system(struct frame_out *, const char *name,
		    const char *);
void		 frame_out_bytes(struct frame_out *, const char *name,
		    const uint8_t *, size_t len, size_t max);
void		 frame_out_endpoint(struct frame_out *,
		    const struct endpoint *);
void		 frame_out_candidates(struct frame_out *,
		    const struct msg_cands *);
/* Move the finished child to a member, or to the end of an array. */
void		 frame_out_member(struct frame_out *, const char *name,
		    struct frame_out *child);
void		 frame_out_append(struct frame_out *, json_t *array,
		    struct frame_out *child);
/* Encode and free; NULL with errno. */
uint8_t		*frame_out_end(struct frame_out *, size_t *len);

#endif /* FRAME_FRAME_LOCAL_H */
