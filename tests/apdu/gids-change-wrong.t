# SPDX-License-Identifier: Apache-2.0
# One try.
card    gids
goal    change pin 999999 7654321
shown   number=00112233445566778899AABBCCDDEEFF pin=3

> 00A40400 09 A00000039742544659 00
< 61 00 9000
> 00CBA012 04 5C02DF20 00  # the minidriver's card identifier
< DF20 10 00112233445566778899AABBCCDDEEFF 9000
> 00200080
< 63C3
> 00200080 06 393939393939  # alone first: see openpgp-unlock-code-too-long.t
< 63C2

expect  pin-wrong tries=2 spent=1
