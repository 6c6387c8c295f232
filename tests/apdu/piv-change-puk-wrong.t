# SPDX-License-Identifier: Apache-2.0
# Its count stands in the answer alone.
card    piv
goal    change puk 99999999 87654321
shown   number=00112233445566778899AABBCCDDEEFF puk=unknown

> 00A40400 09 A00000030800001000 00
< 61 11 4F 06 000010000100 79 07 4F 05 A000000308 9000
> 00CB3FFF 05 5C035FC102 00  # CHUID: the GUID is the card's number
< 53 16 34 10 00112233445566778899AABBCCDDEEFF 3E 00 FE 00 9000
> 00240081 10 3939393939393939 3837363534333231  # both padded to eight
< 63C1

expect  pin-wrong tries=1 spent=1 slot=puk
