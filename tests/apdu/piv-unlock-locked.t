# SPDX-License-Identifier: Apache-2.0
# A locked PUK says so first when it is tried.
card    piv
goal    unlock pin puk 12345678 654321
shown   number=00112233445566778899AABBCCDDEEFF pin=locked puk=unknown

> 00A40400 09 A00000030800001000 00
< 61 11 4F 06 000010000100 79 07 4F 05 A000000308 9000
> 00CB3FFF 05 5C035FC102 00  # CHUID: the GUID is the card's number
< 53 16 34 10 00112233445566778899AABBCCDDEEFF 3E 00 FE 00 9000
> 00200080
< 6983
> 002C0080 10 3132333435363738 363534333231FFFF  # PUK and new PIN
< 6983

expect  secret-locked tries=0 spent=0 slot=puk exit=5
