/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/applet_util.h"

#include "vcard/vca.h"

#include <stdio.h>
#include <string.h>

void applet_forget_verified(struct vcard *c)
{
	size_t i;

	for (i = 0; i < c->n_pins; i++)
		c->pins[i].verified = false;
}

struct vpin *applet_pin(struct vcard *c, const char *id)
{
	struct vpin *p = vcard_pin(c, id);

	return p != NULL && p->set ? p : NULL;
}

bool applet_is_visible(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] <= ' ' || bytes[i] >= 0x7F)
			return false;
	return true;
}

rp_code applet_add_file(struct vcard *c, uint32_t id, const struct wr *content, struct rp_error *err)
{
	if (content->failed)
		return rp_fail(err, RP_E_FAULT, "file %08lX of the virtual card does not fit",
			       (unsigned long)id);
	return vcard_add_file(c, id, content->p, content->len, err);
}

rp_code applet_ca_certificate(const struct vcard *c, uint8_t **ret, size_t *ret_len, struct rp_error *err)
{
	const char *path = c->spec->ca_path;
	struct vca *ca = NULL;
	rp_code rc = path != NULL ? vca_open(path, &ca, err) : vca_of_this_run(&ca, err);

	if (rc == RP_OK)
		rc = vca_certificate(ca, ret, ret_len, err);
	if (path != NULL)
		vca_free(ca);
	return rc;
}

rp_code applet_number(struct vcard *c, size_t len, const char *set, const char *otherwise,
		      struct rp_error *err)
{
	const char *number = c->spec->number != NULL ? c->spec->number : otherwise;

	if (strlen(number) != len || strspn(number, set) != len)
		return rp_fail(err, RP_E_USAGE, "the number of a %s card is %zu characters of \"%s\"",
			       c->family->name, len, set);
	snprintf(c->number, sizeof c->number, "%s", number);
	return RP_OK;
}

rp_code applet_add_key(struct vcard *c, const char *id, bool is_signature, const char *before,
		       const char *name, const char *after, struct rp_error *err)
{
	char value[256], subject[384];
	int len;

	if (!vca_name_value(name, value, sizeof value))
		return rp_fail(err, RP_E_USAGE, "the holder's name is too long");
	len = snprintf(subject, sizeof subject, "%s%s%s", before, value, after);
	if (len < 0 || (size_t)len >= sizeof subject)
		return rp_fail(err, RP_E_USAGE, "the holder's name is too long");
	return vcard_add_key(c, id, subject, is_signature, err);
}
