/* SPDX-License-Identifier: Apache-2.0 */
#include "card/transport.h"

void transport_free(struct transport *t)
{
	if (t->ops != NULL)
		t->ops->free(t->self);
	*t = (struct transport){0};
}
