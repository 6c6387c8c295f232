# SPDX-License-Identifier: Apache-2.0
# Another card lies in the reader.
card    mynumber
goal    reset sign auth 1234 NEWPIN9
shown   number=999999999999999 sign=locked auth=3 text=3 juki=3+3

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # the number as shown
< 01 1C 31323334353637383930313233343531333230313230333430313031 9000

expect  card-changed spent=0 exit=3
never   0088
never   0082
never   002C
never   00200080
