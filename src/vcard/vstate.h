/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state file of a virtual card: JSON, bytes in hex, mode 0600. It is written beside
 * itself and renamed, so that a killed card finds the old state or the new one, never half.
 * Reading is strict, for a file that is not ours must not become a card. vcard_load,
 * vcard_keep and vcard_save stand in vcard.h.
 */
#ifndef REPIN_VCARD_VSTATE_H
#define REPIN_VCARD_VSTATE_H

#include "vcard/vcard.h"

/* Like vcard_keep, but never over an existing file: RP_E_USAGE. */
RP_MUST_CHECK rp_code vcard_keep_new(struct vcard *c, const char *path, struct rp_error *err);

#endif
