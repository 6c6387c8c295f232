# SPDX-License-Identifier: Apache-2.0
# The last one is guarded.
card    piv
goal    change pin 123456 654321
shown   number=00112233445566778899AABBCCDDEEFF pin=1

> 00A40400 09 A00000030800001000 00
< 61 11 4F 06 000010000100 79 07 4F 05 A000000308 9000
> 00CB3FFF 05 5C035FC102 00  # CHUID: the GUID is the card's number
< 53 16 34 10 00112233445566778899AABBCCDDEEFF 3E 00 FE 00 9000
> 00200080
< 63C1

expect  last-try spent=0
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
