/* SPDX-License-Identifier: Apache-2.0 */
/* What several applets do alike: a few lines around vcard.h for their commands and for making a card. */
#ifndef REPIN_VCARD_APPLET_UTIL_H
#define REPIN_VCARD_APPLET_UTIL_H

#include "base/bytes.h"
#include "vcard/vcard.h"

/* The security status of every reference is gone: power, reset, SELECT of an application. */
void applet_forget_verified(struct vcard *c);

/* The PIN of this name when the card has it, else NULL. */
struct vpin *applet_pin(struct vcard *c, const char *id);

/* True when all of it is ASCII that can be seen: no blank, no control character. */
bool applet_is_visible(const uint8_t *bytes, size_t len);

/* What was written becomes a file. Errors: RP_E_FAULT when the writer has failed, RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code applet_add_file(struct vcard *c, uint32_t id, const struct wr *content,
				      struct rp_error *err);

/* The certificate of the CA that the card's keys are certified by, DER, allocated. Errors: as of vca.h. */
RP_MUST_CHECK rp_code applet_ca_certificate(const struct vcard *c, uint8_t **ret, size_t *ret_len,
					    struct rp_error *err);

/*
 * The card's number: the one asked for, which must be `len` characters of `set`, or `otherwise`.
 * Errors: RP_E_USAGE.
 */
RP_MUST_CHECK rp_code applet_number(struct vcard *c, size_t len, const char *set, const char *otherwise,
				    struct rp_error *err);

/*
 * A key and its certificate. Its name is `before`, the value `name`, `after` ("CN=", "A, B", ",C=JP").
 * Errors: RP_E_USAGE when the name is too long, and as of vcard_add_key.
 */
RP_MUST_CHECK rp_code applet_add_key(struct vcard *c, const char *id, bool is_signature, const char *before,
				     const char *name, const char *after, struct rp_error *err);

#endif
