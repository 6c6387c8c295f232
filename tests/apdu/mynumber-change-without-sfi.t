# SPDX-License-Identifier: Apache-2.0
# A card that does not know short file identifiers in VERIFY: its file was selected to ask for the
# tries, and is selected once more right before the PIN goes out.
card    mynumber
goal    change auth 1234 5678
shown   number=123456789012345 auth=3

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 313233343536373839303132333435 3133313031 3230333130343031 9000
> 00A4040C 0A D392F000260100000001
< 9000
> 00200098
< 6A86
> 00A4020C 02 0018
< 9000
> 00200080
< 63C3
> 00A4020C 02 0018
< 9000
> 00200080 04 31323334  # VERIFY
< 9000
> 00240180 04 35363738  # CHANGE REFERENCE DATA, new alone
< 9000
> 00200098
< 6A86
> 00A4020C 02 0018
< 9000
> 00200080
< 63C3

expect  ok spent=0
tells   auth 3
