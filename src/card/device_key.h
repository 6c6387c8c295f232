/* SPDX-License-Identifier: Apache-2.0 */
/* The functions stand in repin/issuer.h; here they are, because GnuTLS is loaded here (late_gnutls.h). */
#ifndef REPIN_CARD_DEVICE_KEY_H
#define REPIN_CARD_DEVICE_KEY_H

#include "base/error.h"
#include "base/secret.h"
#include "repin/issuer.h"

#endif
