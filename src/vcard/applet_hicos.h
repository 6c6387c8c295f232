/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the HiCOS family share: the places of its files and keys. */
#ifndef REPIN_VCARD_APPLET_HICOS_H
#define REPIN_VCARD_APPLET_HICOS_H

#include "vcard/vcard.h"

/* card->file and the ids of card->files: the directory's identifier, then the file's (0 = none selected). */
#define HI_FILE(df, ef) ((uint32_t)(df) << 16 | (ef))
enum { HI_MF = 0x3F00, HI_DF_NUMBER = 0x0900, HI_DF_P15 = 0x5030 };
enum { HI_EF_CERTS = 0x08F2, HI_EF_PIN = 0x0810, HI_EF_KEYS = 0x0811 };
/* Key references; each pair has its own place in HI_EF_CERTS. */
enum { HI_KEY_SIGN = 0x01, HI_KEY_KEYX = 0x05 };

rp_code hicos_make(struct vcard *c, struct rp_error *err);

#endif
