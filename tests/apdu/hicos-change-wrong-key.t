# SPDX-License-Identifier: Apache-2.0
# 6988: the frame did not decrypt on the card; the counter says that nothing was counted.
card    hicos
key     configured
goal    change pin 123456 newPin99
shown   number=XC00000000091349 pin=3

> 80A40000 02 3F00
< 9000
> 80A40000 02 0900
< 9000
> 80A40000 02 0903
< 9000
> 80B00000 10  # 0903: the card's number
< 58433030303030303030303931333439 9000
> 00A40400 07 F0524550494E31 00
< 01 01 00112233445566778899AABBCCDDEEFF 9000
> 00CA0105 02
< 0303 9000
> 80A40000 02 3F00
< 9000
> 80A40000 02 5030
< 9000
> 80A40000 02 0810
< 9000
> 8C200001 20 .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. ..  # VERIFY: IV, then PIN and MAC encrypted
< 6988
> 00A40400 07 F0524550494E31 00
< 01 01 00112233445566778899AABBCCDDEEFF 9000
> 00CA0105 02
< 0303 9000

expect  card-refused tries=3 spent=0 sw=0x6988
never   8C24
