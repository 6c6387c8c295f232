/* SPDX-License-Identifier: Apache-2.0 */
/* What an issuer gets to know of a card that it enrols: one line of JSON, as `repind enrol` takes it. */
#ifndef REPIN_VCARD_VEXPORT_H
#define REPIN_VCARD_VEXPORT_H

#include "vcard/vcard.h"

/*
 * {"profile":…,"number":…,"municipality":…,"certificates":{"sign":"base64",…}}, malloc'd; of GIDS its
 * admin key too. No PIN and no other key is in it. Errors: RP_E_NO_MEMORY.
 */
RP_MUST_CHECK rp_code vcard_export(struct vcard *c, char **ret, struct rp_error *err);

#endif
