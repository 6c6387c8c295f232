# SPDX-License-Identifier: Apache-2.0
# An entry that no card has is refused before the card is touched.
card    mynumber
goal    change auth 12345 5678
shown   number=123456789012345 auth=3

expect  input-length spent=0 exit=2
