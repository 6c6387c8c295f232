# SPDX-License-Identifier: Apache-2.0
# The PIN is told, the PUK is not: VERIFY has no reference for it.
card    piv
atr 3B 00
goal    status

> 00A4040C 0A D3921000310001010408
< 6A82
> 00A4040C 0A D392F000260100000001
< 6A82
> 00A40400 09 A00000030800001000 00
< 61 11 4F 06 000010000100 79 07 4F 05 A000000308 9000
> 00200080
< 63C3
> 00CB3FFF 05 5C035FC102 00  # CHUID: the GUID is the card's number
< 53 16 34 10 00112233445566778899AABBCCDDEEFF 3E 00 FE 00 9000
> 00CB3FFF 05 5C035FC105 00  # no certificate
< 6A82

expect  ok
tells   number 00112233445566778899AABBCCDDEEFF
tells   pin 3
tells   puk unknown
tells   holder
never   00200081
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
