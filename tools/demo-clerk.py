#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A clerk of the demonstration, at a desk: what the desk's page asks of the issuer, without the page.

    demo-clerk.py URL CA CERTIFICATE KEY OPERATORS NAME NUMBER SLOT   -> prints the case that the counter opened

Signs in, opens an application, enters what lies on the desk, first too little, and decides.
"""

import base64
import hashlib
import hmac
import http.client
import json
import re
import ssl
import struct
import sys
import time
import uuid

url, ca, certificate, key, operators, name, number, slot = sys.argv[1:]
host, port = url.removeprefix("https://").rsplit(":", 1)
context = ssl.create_default_context(cafile=ca)
context.load_cert_chain(certificate, key)
token = None


def say(text):
    print("  " + text, file=sys.stderr)


def ask(path, body):
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    if token:
        headers["Authorization"] = "Bearer " + token
    connection = http.client.HTTPSConnection(host, int(port), context=context)
    connection.request("POST", "/v1/operator/" + path, json.dumps(body), headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    if answer.status >= 400:
        raise SystemExit("demo: %s: %s" % (path, told))
    return told


def one_time_password():
    """RFC 6238, of the secret that the operator's authenticator holds."""
    with open("%s/%s.totp" % (operators, name), encoding="utf-8") as f:
        secret = base64.b32decode(re.search(r"secret=([A-Z2-7]+)", f.read()).group(1))
    mac = hmac.new(secret, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = mac[-1] & 15
    return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 1000000)


with open("%s/%s.password" % (operators, name), encoding="utf-8") as f:
    token = ask("sessions", {"name": name, "password": f.read().strip(), "totp": one_time_password()})["token"]
say("%s is signed in at the desk" % name)
application = ask("applications", {"profile": "mynumber", "number": number, "applicant": "self",
                                   "wishes": [{"slot": slot, "act": "reset"}], "override": "a demonstration at any hour"})
path = "applications/" + application["id"]
facts = {"holder_age": 40, "card_present": True, "registered_here": "yes"}
for documents in ([], [{"kind": "health-insurance", "whose": "holder", "name": True, "address": True, "valid_to": "2099-12-31"}]):
    told = ask(path + "/sheet", {"facts": facts, "documents": documents})
    say("%s: %s" % (", ".join(d["kind"] for d in documents) or "no document", told["verdict"]))
    for finding in told["findings"]:
        say("  %s: %s" % (finding["class"], finding["text"]))
told = ask(path + "/decision", {"decision": "accept", "reason": "seen and compared with the register"})
say("accepted; the case is open at this office's desks alone")
print(told["cases"][0])
