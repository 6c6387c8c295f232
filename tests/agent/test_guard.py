# SPDX-License-Identifier: Apache-2.0
"""Whoever is not the page that the agent opened gets nothing: the classes of attack on programs that listen on loopback."""

import http.client
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_kit import Agent  # noqa: E402
from kit import main  # noqa: E402

JSON = {"Content-Type": "application/json"}


def raw(agent, text):
    """These bytes, and all that comes back."""
    with socket.create_connection(("127.0.0.1", int(agent.host.split(":")[1]))) as s:
        s.settimeout(5)
        s.sendall(text.encode())
        got = b""
        try:
            while chunk := s.recv(4096):
                got += chunk
                if b"\r\n\r\n" in got and b"HTTP/1.1 4" in got:
                    break
        except socket.timeout:
            pass
        return got.decode(errors="replace")


def status(agent, method, path, headers, body=""):
    lines = ["%s %s HTTP/1.1" % (method, path)] + ["%s: %s" % h for h in headers]
    if body:
        lines.append("Content-Length: %d" % len(body))
    answer = raw(agent, "\r\n".join(lines) + "\r\nConnection: close\r\n\r\n" + body)
    return int(answer.split(" ")[1]) if answer else 0


def ours(agent, *, key=True):
    own = [("Host", agent.host), ("Origin", "http://" + agent.host), ("Content-Type", "application/json")]
    return own + ([("Authorization", "Bearer " + agent.key)] if key else [])


def without(headers, name):
    return [h for h in headers if h[0] != name]


def replaced(headers, name, value):
    return without(headers, name) + [(name, value)]


def the_page_itself_is_answered():
    with Agent() as a:
        assert status(a, "POST", "/api/doctor", ours(a), "{}") == 200


def dns_rebinding_even_with_origin_equal_to_host():
    with Agent() as a:
        port = a.host.split(":")[1]
        for name in ("attacker.example:" + port, "127.attacker.example:" + port, "localhost:" + port, "127.0.0.1", "127.0.0.1:1",
                     "127.0.0.1:%s.attacker.example" % port, "[::1]:" + port, "127.1:" + port, "0.0.0.0:" + port):
            h = replaced(replaced(ours(a), "Host", name), "Origin", "http://" + name)
            assert status(a, "POST", "/api/doctor", h, "{}") == 403, name
            assert status(a, "GET", "/", [("Host", name)]) == 403, name


def an_origin_that_is_missing_foreign_or_doubled():
    with Agent() as a:
        h = ours(a)
        assert status(a, "POST", "/api/doctor", without(h, "Origin"), "{}") == 403
        nonce = '{"nonce":"%s"}' % ("0" * 64)
        assert status(a, "POST", "/api/proof", ours(a, key=False), nonce) == 200
        assert status(a, "POST", "/api/proof", without(ours(a, key=False), "Origin"), nonce) == 403
        for origin in ("null", "http://attacker.example", "https://" + a.host, "http://" + a.host + "0", "http://127.0.0.1"):
            assert status(a, "POST", "/api/doctor", replaced(h, "Origin", origin), "{}") == 403, origin
        assert status(a, "POST", "/api/doctor", h + [("Origin", "http://" + a.host)], "{}") == 403
        assert status(a, "POST", "/api/doctor", h + [("Host", a.host)], "{}") in (400, 403)


def forms_images_scripts_frames_of_another_page():
    with Agent() as a:
        form = [("Host", a.host), ("Origin", "http://attacker.example"), ("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "cross-site")]
        assert status(a, "POST", "/api/jobs", form, "job=change") == 403
        for mode in ("no-cors", "cors", "websocket", "same-origin"):
            for site in ("cross-site", "same-site"):
                h = [("Host", a.host), ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode)]
                assert status(a, "GET", "/holder.js", h) == 403, (mode, site)
                assert status(a, "GET", "/api/events", h + [("Authorization", "Bearer " + a.key)]) == 403, (mode, site)
        # A link to the page is harmless: it has no key by that, and it cannot be framed.
        answer = raw(a, "GET / HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nConnection: close\r\n\r\n" % a.host)
        assert " 200 " in answer and "frame-ancestors 'none'" in answer and a.key not in answer, answer
        assert "Set-Cookie" not in answer and "Access-Control" not in answer


def a_web_socket_is_refused():
    with Agent() as a:
        h = [("Host", a.host), ("Origin", "http://" + a.host), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
             ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13")]
        assert status(a, "GET", "/api/events", h) == 403


def no_get_has_an_effect():
    with Agent() as a:
        for path in ("/api/doctor", "/api/jobs", "/api/ledger/wipe", "/api/start", "/api/bye", "/api/lang"):
            assert status(a, "GET", path, ours(a)) in (403, 405), path


def a_key_that_is_missing_wrong_or_guessed():
    with Agent() as a:
        assert status(a, "POST", "/api/doctor", ours(a, key=False), "{}") == 403
        for key in ("", "x", a.key[:-1], a.key + "A", "A" * 43, a.secret):
            h = ours(a, key=False) + ([("Authorization", "Bearer " + key)] if key else [])
            assert status(a, "POST", "/api/doctor", h, "{}") == 403, key


def a_start_address_serves_once():
    with Agent() as a:
        body = '{"secret":"%s","lang":"en"}' % a.secret
        assert status(a, "POST", "/api/start", ours(a, key=False), body) == 403
        assert status(a, "POST", "/api/start", ours(a, key=False), '{"secret":"%s","lang":"en"}' % ("A" * 43)) == 403


def a_service_on_another_port_is_sent_nothing():
    # What a browser would send there: no cookie was ever set, and the key stands in no header of its own accord.
    with Agent() as a:
        c = http.client.HTTPConnection(a.host, timeout=5)
        c.request("GET", "/", headers={"Host": a.host})
        r = c.getresponse()
        r.read()
        assert r.getheader("Set-Cookie") is None and r.getheader("WWW-Authenticate") is None
        assert r.getheader("Cache-Control") == "no-store"
        assert "unsafe" not in r.getheader("Content-Security-Policy")
        assert "default-src 'none'" in r.getheader("Content-Security-Policy")


def another_user_of_this_machine_gets_no_answer():
    # In these surroundings the tests are root; whoever is somebody else is refused by the kernel's word alone.
    with Agent() as a:
        code = ("import socket,sys\ns=socket.create_connection(('127.0.0.1',%s))\n"
                "s.sendall(b'GET / HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n')\ntry:\n sys.stdout.write(repr(s.recv(10)))\n"
                "except ConnectionError:\n sys.stdout.write(repr(b''))\n" % (a.host.split(":")[1], a.host))
        argv = [sys.executable, "-c", code]
        assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout != "b''"
        other = subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", *argv], capture_output=True, text=True)
        if "Operation not permitted" in other.stderr or "Invalid argument" in other.stderr:
            return  # one user alone lives in these surroundings
        assert other.stdout == "b''", other


def bodies_that_are_large_or_no_json():
    with Agent() as a:
        assert status(a, "POST", "/api/doctor", ours(a), "x" * 100000) in (403, 413)
        assert status(a, "POST", "/api/jobs", ours(a), "[" * 4000) == 400
        assert status(a, "POST", "/api/jobs", ours(a), '{"job":"change","job":"unlock"}') == 400
        assert status(a, "POST", "/api/jobs", replaced(ours(a), "Content-Type", "text/plain"), "{}") in (403, 415)


def many_and_slow_connections_do_not_shut_the_page_out():
    with Agent() as a:
        slow = []
        for _ in range(100):
            s = socket.create_connection(("127.0.0.1", int(a.host.split(":")[1])))
            s.sendall(b"GET / HT")
            slow.append(s)
        time.sleep(0.3)
        assert status(a, "POST", "/api/doctor", ours(a), "{}") == 200
        for s in slow:
            s.close()


main([the_page_itself_is_answered, dns_rebinding_even_with_origin_equal_to_host, an_origin_that_is_missing_foreign_or_doubled, forms_images_scripts_frames_of_another_page, a_web_socket_is_refused, no_get_has_an_effect, a_key_that_is_missing_wrong_or_guessed, a_start_address_serves_once, a_service_on_another_port_is_sent_nothing, another_user_of_this_machine_gets_no_answer, bodies_that_are_large_or_no_json, many_and_slow_connections_do_not_shut_the_page_out])
