/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of PINs, "slot=value,…", as `repin-card new --pins` takes them; a value cannot hold a comma. */
#ifndef REPIN_VCARD_VPIN_H
#define REPIN_VCARD_VPIN_H

#include "vcard/vcard.h"

/* Errors: RP_E_USAGE for bad form, a word that is no slot (nor GIDS' "admin"), or a slot named twice. */
RP_MUST_CHECK rp_code vpins_check(const char *list, struct rp_error *err);
/* RP_E_USAGE when a (well formed) list names a slot that this card has not got. */
RP_MUST_CHECK rp_code vpins_check_used(const struct vcard *c, const char *list, struct rp_error *err);

#endif
