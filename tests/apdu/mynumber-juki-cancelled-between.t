# SPDX-License-Identifier: Apache-2.0
# Interrupted between the two VERIFYs: nothing was changed, but "cancelled" would say that no PIN
# was sent.
card    mynumber
goal    change juki 1234 5678
shown   number=123456789012345 juki=3+3
cancel  10

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 313233343536373839303132333435 3133313031 3230333130343031 9000
> 00A4040C 0A D3921000310001010401
< 9000
> 0020009C
< 63C3
> 00A4040C 0A D3921000310001010100
< 9000
> 0020009C
< 63C3
> 00A4040C 0A D3921000310001010401
< 9000
> 00A4020C 02 001C
< 9000
> 00200080 04 31323334  # VERIFY
< 9000

expect  interrupted spent=0 doubt=0
never   8032
