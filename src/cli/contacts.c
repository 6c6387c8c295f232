/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a holder may ask, and the issuer's own pages: data of the configuration, never ours. */
#include <string.h>

#include "cli/doors.h"

static const char *label_of(enum conf_contact_kind kind)
{
	static const char *const labels[CONTACT_KINDS] = {
		[CONTACT_TELEPHONE] = N_("Help desk"),
		[CONTACT_HOURS] = N_("Help desk's hours"),
		[CONTACT_HELP_PAGE] = N_("Help desk's page"),
		[CONTACT_REVOCATION_PAGE] = N_("To revoke it"),
		[CONTACT_APPLICATION_PAGE] = N_("To apply anew"),
		[CONTACT_PORTAL] = N_("More"),
	};

	return _(labels[kind]);
}

size_t contacts_of(const struct conf *conf, const char *profile, bool reissue,
		   struct contact_line ret[CONTACT_KINDS])
{
	size_t n = 0;

	for (enum conf_contact_kind kind = 0; kind < CONTACT_KINDS; kind++) {
		const char *text = conf_contact(conf, profile, kind);
		const bool of_reissue = kind == CONTACT_REVOCATION_PAGE || kind == CONTACT_APPLICATION_PAGE;

		/* Giving a card up is nothing to be led to from another door. */
		if (text != NULL && (reissue || !of_reissue))
			ret[n++] = (struct contact_line){conf_contact_words[kind], label_of(kind), text};
	}
	return n;
}
