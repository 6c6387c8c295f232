# SPDX-License-Identifier: Apache-2.0
# A wrong PUK costs one of its own.
card    piv
goal    unlock pin puk 99999999 654321
shown   number=00112233445566778899AABBCCDDEEFF pin=locked puk=unknown

> 00A40400 09 A00000030800001000 00
< 61 11 4F 06 000010000100 79 07 4F 05 A000000308 9000
> 00CB3FFF 05 5C035FC102 00  # CHUID: the GUID is the card's number
< 53 16 34 10 00112233445566778899AABBCCDDEEFF 3E 00 FE 00 9000
> 00200080
< 6983
> 002C0080 10 3939393939393939 363534333231FFFF  # PUK and new PIN
< 63C2

expect  secret-wrong tries=2 spent=1 slot=puk exit=4
