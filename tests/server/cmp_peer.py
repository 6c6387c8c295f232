# SPDX-License-Identifier: Apache-2.0
"""A CA that answers CMP: the mock server of Debian's `openssl cmp`, one for each certificate, because it answers for
one. What it lacks stands in front of it: a memory of what is revoked (then a second mock answers `certRevoked`), and
a line that can be cut or slow. Everything that arrives is written down."""

import base64
import http.client
import http.server
import os
import random
import socket
import subprocess
import threading
import time


def openssl(*argv, cwd=None, text=None):
    return subprocess.run(["openssl", *argv], check=True, capture_output=True, cwd=cwd, input=text).stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Certificate:
    def __init__(self, pem, serial):
        self.pem, self.serial = pem, serial
        self.grants, self.knows = free_port(), free_port()
        self.lock = threading.Lock()
        self.requests, self.revoked, self.already = [], 0, 0


class Peer:
    def __init__(self, home):
        self.home, self.away, self.slow, self.cut_first = home, False, 0.0, False
        self.certificates, self.mocks = [], []
        os.makedirs(home)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj",
                "/CN=Example CMP CA", "-days", "30", cwd=home)
        for name in ("srv", "ra"):
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj",
                    "/CN=" + name, cwd=home)
            openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                    name + ".pem", "-days", "30", cwd=home)
        peer = self

        class Front(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                peer.take(self)

            def log_message(self, *_):
                pass

        self.front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
        self.front.daemon_threads = True
        threading.Thread(target=self.front.serve_forever, daemon=True).start()
        self.config = os.path.join(home, "cmp.cnf")
        with open(self.config, "w") as f:
            f.write("[cmp]\nserver = 127.0.0.1:%d\npath = pkix/\nsrvcert = srv.pem\ncert = ra.pem\nkey = ra.key\n"
                    "ignore_keyusage = 1\n" % self.front.server_port)

    def add(self, der):
        """The CA knows this certificate; returns the file of its PEM."""
        pem = os.path.join(self.home, "card-%d.pem" % len(self.certificates))
        with open(pem, "w") as f:
            f.write("-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n" % base64.encodebytes(der).decode())
        serial = openssl("x509", "-in", pem, "-noout", "-serial").decode().strip().split("=")[1]
        certificate = Certificate(pem, bytes.fromhex(serial))
        for port, says in ((certificate.grants, ()), (certificate.knows, ("-pkistatus", "2", "-failure", "10"))):
            self.mocks.append(subprocess.Popen(
                ["openssl", "cmp", "-config", "", "-port", str(port), "-srv_cert", "srv.pem", "-srv_key", "srv.key",
                 "-srv_trusted", "ca.pem", "-rsp_cert", pem, *says], cwd=self.home, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL))
        self.certificates.append(certificate)
        return certificate

    def take(self, request):
        body = request.rfile.read(int(request.headers["content-length"]))
        certificate = next((c for c in self.certificates if c.serial in body), None)
        if self.away or certificate is None:
            request.connection.close()
            return
        time.sleep(random.uniform(0, self.slow))
        with certificate.lock:
            first = not certificate.requests
            certificate.requests.append(body)
            known = certificate.revoked > 0
            answer = self.forward(certificate.knows if known else certificate.grants, body)
            certificate.already += known
            certificate.revoked += not known
        if first and self.cut_first:
            request.connection.close()
            return
        time.sleep(random.uniform(0, self.slow))
        try:
            request.send_response(200)
            request.send_header("content-type", "application/pkixcmp")
            request.send_header("content-length", str(len(answer)))
            request.end_headers()
            request.wfile.write(answer)
        except OSError:
            pass  # who asked was killed

    @staticmethod
    def forward(port, body):
        for _ in range(100):
            try:
                c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                c.request("POST", "/pkix/", body, {"content-type": "application/pkixcmp"})
                return c.getresponse().read()
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise AssertionError("the mock server does not answer")

    def close(self):
        self.front.shutdown()
        self.front.server_close()
        for mock in self.mocks:
            mock.kill()
            mock.wait()
