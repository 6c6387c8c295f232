# SPDX-License-Identifier: Apache-2.0
# The PUK is changed too; its tries are not told, so none can be compared.
card    piv
goal    change puk 12345678 87654321
shown   number=00112233445566778899AABBCCDDEEFF puk=unknown

> 00A40400 09 A00000030800001000 00
< 61 11 4F 06 000010000100 79 07 4F 05 A000000308 9000
> 00CB3FFF 05 5C035FC102 00  # CHUID: the GUID is the card's number
< 53 16 34 10 00112233445566778899AABBCCDDEEFF 3E 00 FE 00 9000
> 00240081 10 3132333435363738 3837363534333231  # both padded to eight
< 9000

expect  ok spent=0
tells   puk unknown
