# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of the test's own, made with the openssl program."""
import base64
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


@dataclass
class Certificate:
    cert: Path
    key: Path

    def cert_base64(self):
        return base64.b64encode(self.cert.read_bytes()).decode()

    def key_base64(self):
        return base64.b64encode(self.key.read_bytes()).decode()

    def der(self):
        return ssl.PEM_cert_to_DER_cert(self.cert.read_text())

    def not_after(self):
        """As RFC 3339 writes it."""
        ends = ssl.cert_time_to_seconds(_openssl("x509", "-in", self.cert, "-noout", "-enddate").split("=")[1].strip())
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends))


class Authority:
    def __init__(self, folder, name="Palpo test CA"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.count = 0
        self.cert = self.folder / "ca.pem"
        self.key = self.folder / "ca.key"
        config = self._config("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
                              "subjectKeyIdentifier=hash\n")
        _openssl("req", "-x509", *_NEW_KEY, "-keyout", self.key, "-out", self.cert, "-days", "30",
                      "-subj", f"/CN={name}", "-config", config)

    def issue(self, *names, ips=(), subject=None, days=30, key=None):
        """A certificate for the names, leaf only; key: an existing key file to keep."""
        self.count += 1
        stem = self.folder / f"{self.count:03d}"
        certificate = Certificate(stem.with_suffix(".pem"), key or stem.with_suffix(".key"))
        alternatives = [f"DNS:{name}" for name in names] + [f"IP:{ip}" for ip in ips]
        extensions = ("basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n"
                      "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        if alternatives:
            extensions += f"subjectAltName={','.join(alternatives)}\n"
        make_key = ("-key", key) if key else (*_NEW_KEY, "-keyout", certificate.key)
        _openssl("req", "-x509", *make_key, "-out", certificate.cert, "-days", str(days), "-CA", self.cert,
                      "-CAkey", self.key, "-subj", subject or f"/CN={names[0] if names else 'test'}",
                      "-config", self._config(extensions))
        return certificate

    def issue_for_seconds(self, seconds, *names):
        """A certificate whose time ends that soon."""
        issued = self.issue(*names)
        stem = issued.cert.with_suffix("")
        request, database = stem.with_suffix(".csr"), stem.with_suffix(".index")
        config = stem.with_suffix(".ca.cnf")
        database.write_text("")
        stem.with_suffix(".serial").write_text(f"{self.count + 0x1000:04x}\n")
        config.write_text(f"[ca]\ndefault_ca=one\n[one]\ndatabase={database}\nserial={stem.with_suffix('.serial')}\n"
                          f"new_certs_dir={self.folder}\ndefault_md=sha256\npolicy=any\nx509_extensions=ext\n"
                          "[any]\ncommonName=supplied\n[ext]\nbasicConstraints=critical,CA:FALSE\n"
                          "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
                          f"subjectAltName={','.join(f'DNS:{name}' for name in names)}\n")
        _openssl("req", "-new", "-key", issued.key, "-subj", f"/CN={names[0]}", "-out", request,
                 "-config", self._config(""))
        ends = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))
        _openssl("ca", "-batch", "-notext", "-config", config, "-in", request, "-out", issued.cert, "-cert", self.cert,
                 "-keyfile", self.key, "-enddate", ends)
        return issued

    def client_context(self):
        """For clients: trusts this authority alone."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.cert)
        return context

    def _config(self, extensions):
        path = self.folder / f"openssl-{self.count:03d}.cnf"
        path.write_text(f"[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n{extensions}")
        return path


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def insecure_context():
    """For clients that look at a certificate instead of trusting it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def server_context(certificate, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context
