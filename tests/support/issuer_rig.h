/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole issuer for tests: keys in a SoftHSM of its own, an empty database (SQLite, or the PostgreSQL that
 * REPIN_PG_URL names), the test CA as its anchor with a revocation list, and virtual cards personalised with
 * its key. A card is shown by hand here (APDUs, lines, signature), apart from librepin; issuer_port.h is
 * librepin's way.
 *
 *     irig_begin (once) -> irig_open -> irig_card, irig_enrol, irig_show … -> irig_close -> irig_end
 */
#ifndef REPIN_TESTS_ISSUER_RIG_H
#define REPIN_TESTS_ISSUER_RIG_H

#include "base/proof.h"
#include "issuer/issuer.h"
#include "vcard/vca.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define IRIG_NAME "test"
#define IRIG_CODE "Code12"

struct irig {
	char folder[64], ca[96], crl[96], url[512];
	rp_secret *pin, *so_pin;
	struct vca *vca;
	/* between irig_open and irig_close */
	issuer *i;
	keys *k;	  /* the issuer's */
	store *s;	  /* the issuer's */
	int64_t ahead_ms; /* the database's clock runs this far ahead of ours */
};

void irig_begin(struct irig *r);
void irig_end(struct irig *r);
/* An empty database and the issuer on it. `like` NULL: as irig_conf says. */
void irig_open(struct irig *r, const struct issuer_conf *like);
void irig_close(struct irig *r);
/* As if the process had ended and another had begun: the same token and database. */
void irig_restart(struct irig *r);
/* Reservations from home and app, the test CA as anchor, its revocation list. */
struct issuer_conf irig_conf(const struct irig *r);

/* --- cards --- */

/* A card of this issuer, as personalised (made once a run, given as a copy). Not enrolled. */
struct vcard *irig_card(struct irig *r, const char *family, const char *number);
/* Its row, certificates and, for hicos, user code IRIG_CODE. */
void irig_enrol(struct irig *r, const struct vcard *c);
/* The same of a phone, whose certificates came from this card. */
void irig_enrol_phone(struct irig *r, const struct vcard *phone, const char *source);
/* Certificate of a slot; NULL when it has none. */
const struct vkey *irig_key(const struct vcard *c, rp_slot slot);
/* INTERNAL AUTHENTICATE with this nonce, or with a new one. */
void irig_show_with(const struct irig *r, struct vcard *c, rp_slot slot, const uint8_t nonce[16],
		    struct rp_presence *ret);
void irig_show(const struct irig *r, struct vcard *c, rp_slot slot, struct rp_presence *ret);
/* EXTERNAL AUTHENTICATE and RESET RETRY COUNTER; the status word of the first that was not 9000. */
unsigned irig_reset(struct vcard *c, rp_slot slot, const struct rp_grant *g, const char *fresh);
/* The key of `by` signs the lines. To be cleared with irig_proof_clear. */
void irig_prove(const struct vcard *c, rp_slot by, const struct proof_lines *lines, struct rp_proof *ret);
void irig_proof_clear(struct rp_proof *p);
/* A new revocation list: serials of these keys (NULL: none), next update in so many ms from now. */
void irig_revoke(const struct irig *r, const struct vkey *revoked, int64_t next_update_ms);

/* --- rows --- */

void irig_run_sized(struct irig *r, enum store_stmt stmt, void *row, size_t size);
bool irig_get_sized(struct irig *r, enum store_stmt stmt, void *row, size_t size);
#define irig_run(r, stmt, row) irig_run_sized(r, stmt, row, sizeof *(row))
#define irig_get(r, stmt, row) irig_get_sized(r, stmt, row, sizeof *(row))
/* How many rows a statement gives. */
unsigned irig_count_sized(struct irig *r, enum store_stmt stmt, void *row, size_t size);
#define irig_count(r, stmt, row) irig_count_sized(r, stmt, row, sizeof *(row))
/* Entries in the log, sealed or not, with this word of act and outcome (NULL: any). */
unsigned irig_logged(struct irig *r, const char *act, const char *outcome);
/* Notices of this kind. */
unsigned irig_noticed(struct irig *r, const char *kind);
/* A terminal of this class in a group that may reset these PINs ("mynumber:sign,…"). */
void irig_terminal(struct irig *r, const char *name, const char *klass, const char *slots, const char *office,
		   uint8_t ret_fingerprint[32]);

/* --- texts --- */

rp_secret *irig_secret(const char *text);
/* A new idempotency key, valid until the eighth next one. */
const char *irig_new_key(void);

#define irig_ok(call, err)                                                                                   \
	do {                                                                                                 \
		if ((call) != RP_OK)                                                                         \
			fail_msg("%s:%d: %s: %s", __FILE__, __LINE__, rp_code_word((err)->code),             \
				 (err)->story);                                                              \
	} while (0)
/* The call is refused with this problem. */
#define irig_refused(call, err, what)                                                                        \
	do {                                                                                                 \
		rp_code refused_rc_ = (call);                                                                \
		if (refused_rc_ != RP_E_ISSUER_REFUSED || (err)->problem != (what))                          \
			fail_msg("%s:%d: not %s but %s, %s: %s", __FILE__, __LINE__, rp_problem_slug(what),  \
				 rp_code_word(refused_rc_), rp_problem_slug((err)->problem),                 \
				 refused_rc_ != RP_OK ? (err)->story : "");                                  \
	} while (0)

#endif
