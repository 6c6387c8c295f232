#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What must not stand in this project's files. Each rule says why.

# shellcheck source=tools/lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

# Lines of $code or $product (FILE:LINE:DEPTH:CODE) whose code matches $1.
in_code() {
	grep -P "^[^:]+:\d+:\d+:.*(?:$1)" <<<"$code"
}

in_product() {
	grep -P "^[^:]+:\d+:\d+:.*(?:$1)" <<<"$product"
}

# Calls of mem* with a length that is not fixed at compile time, without the mark. The
# virtual card is left to the sanitizers: it never sees the bytes of a real card.
loose_copies() {
	in_product '\bmem(?:cpy|move|cmp)\s*\(' | grep -v -e '/\*checked\*/' -e '^src/base/' -e '^src/vcard/' | perl -ne '
		my $line = $_;
		my $call = qr/\bmem(?:cpy|move|cmp)\s*(\((?:[^()]++|(?1))*\))/;
		my $fixed = qr/(?:sizeof[\s(][^,;?:]*|sizeof\s*\([^()]*\)|[A-Z][A-Z0-9_]*|\d+|0x[0-9A-Fa-f]+)/;
		while (/$call/g) {
			my $arguments = $1;
			if ($arguments !~ /,\s*$fixed\s*\)$/) { print $line; last }
		}'
}

product=$(files src include -- '*.c' '*.h' | xargs -r "$TOOLS/c-code")
code=$product$'\n'$(files tests fuzz bench -- '*.c' '*.h' | xargs -r "$TOOLS/c-code")
[[ -n $product ]] || finding "there is no source"

findings_from "writes without a limit" < <(in_code \
	'\b(?:strcpy|strcat|stpcpy|wcscpy|sprintf|vsprintf|gets|strtok|strncpy|strncat|alloca|tmpnam|tempnam|mktemp)\s*\(')
findings_from "cannot tell an error from a number" < <(in_product '\b(?:ato[ifl]|atoll|v?[fs]?scanf)\s*\(')
findings_from "no shell, and no randomness but libsodium's" < <(in_product '\b(?:system|popen|rand|srand|random|drand48)\s*\(')
findings_from "a length from outside goes through base/bytes.h, or say '/* checked: how */'" < <(loose_copies)
findings_from "the text of a secret in a message" < <(in_code \
	'\b(?:\w*printf|log_event|rp_fail|rp_context|syslog|f?puts|json_string\w*|json_pack\w*)\s*\(.*rp_secret_bytes')
findings_from "a macro that hides a return or a goto" < <(in_product '#\s*define\s.*\b(?:return|goto)\b')
findings_from "an #if inside a function: make it another file, chosen by Meson" < <(
	grep -P '^src/[^:]+:\d+:[1-9]\d*:#\s*(?:if|ifdef|ifndef|elif|else)\b' <<<"$product")

# Comments and texts too. (The patterns are written so that they do not find themselves.)
text=$(files . -- '*' | grep -vE '^(LICENSE|package-lock\.json|fuzz/corpus/.*|po/.*\.pot?)$')
findings_from "work left to do needs the number of its issue, like TODO(#12)" < <(
	xargs -r grep -InP '\b(?:TOD[O](?!\(#\d+\))|FIXM[E]|XX[X]|HAC[K])\b' <<<"$text")
findings_from "a path of one machine" < <(
	xargs -r grep -InP '(?<![\w.~-])/(?:home|root|Users|work|workspace|tmp/bash[^/]*)/' <<<"$text")
findings_from "the host of a package registry: leave that to the package manager" < <(
	xargs -r grep -InP '(?:registry[.]|www[.])?npmjs[.](?:org|com)|pypi[.]org|pythonhosted[.]org|crates[.]io|rubygems[.]org|proxy[.]golang[.]org|(?:deb|security|snapshot)[.]debian[.]org|archive[.]ubuntu[.]com|(?:ghcr|docker|quay)[.]io' <<<"$text")
finish
