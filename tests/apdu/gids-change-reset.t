# SPDX-License-Identifier: Apache-2.0
# Reset with both PINs on their way: it may have been counted, and may have been changed.
card    gids
goal    change pin 123456 7654321
shown   number=00112233445566778899AABBCCDDEEFF pin=3

> 00A40400 09 A00000039742544659 00
< 61 00 9000
> 00CBA012 04 5C02DF20 00  # the minidriver's card identifier
< DF20 10 00112233445566778899AABBCCDDEEFF 9000
> 00200080
< 63C3
> 00200080 06 313233343536  # alone first: see openpgp-unlock-code-too-long.t
< 9000
> 00240080 0D 313233343536 37363534333231  # no padding: the card knows how long the old one is
reset

expect  card-reset spent=unknown
