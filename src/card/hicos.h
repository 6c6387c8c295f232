/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protected frame in which a HiCOS generation 1 card takes a PIN: IV (8 bytes) and 24
 * bytes 3DES-CBC of PIN (padded with FF to 10), CBC-MAC (8), PKCS#7. The frame is public
 * (open-gpki-pkcs11 src/apdu/gen1.rs); the MAC's input is ours (docs/wire.md section 3).
 */
#ifndef REPIN_CARD_HICOS_H
#define REPIN_CARD_HICOS_H

#include "base/secret.h"

#define HICOS_KEY_LEN 24
#define HICOS_FRAME_LEN 32
#define HICOS_PIN_FIELD 10

/* Errors: RP_E_FAULT (key or PIN of a wrong length, the cipher fails), RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code hicos_frame(const rp_secret *key, const rp_secret *pin, rp_secret **ret_frame,
				  struct rp_error *err);

#endif
