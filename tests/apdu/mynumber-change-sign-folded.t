# SPDX-License-Identifier: Apache-2.0
# The signature PIN is sent in upper case, whatever was typed.
card    mynumber
goal    change sign abc123 New456
shown   number=123456789012345 sign=5

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 313233343536373839303132333435 3133313031 3230333130343031 9000
> 00A4040C 0A D392F000260100000001
< 9000
> 0020009B
< 63C5
> 00A4020C 02 001B
< 9000
> 00200080 06 414243313233  # VERIFY
< 9000
> 00240180 06 4E4557343536  # CHANGE REFERENCE DATA, new alone
< 9000
> 0020009B
< 63C5

expect  ok spent=0
tells   sign 5
