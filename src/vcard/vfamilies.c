/* SPDX-License-Identifier: Apache-2.0 */
/* The list of families, in a file of its own: a test that links its own list gets that one instead. */
#include "vcard/vcard.h"

const struct vfamily *const vfamilies[] = {
	&vfamily_mynumber, &vfamily_mynumber_mobile, &vfamily_aosign, &vfamily_hicos,
	&vfamily_piv,	   &vfamily_openpgp,	     &vfamily_gids,
};
const size_t n_vfamilies = sizeof vfamilies / sizeof vfamilies[0];
