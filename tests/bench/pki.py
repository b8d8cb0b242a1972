"""Certificates for the bench: one CA, one ECDSA P-256 key, a certificate a host (made on demand, kept)."""
import base64
import subprocess
from pathlib import Path


class Pki:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.pem"
        if not self.ca.exists():
            self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                         "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=bench CA")
            self.openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "leaf.key")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def key(self, _host):
        return self.folder / "leaf.key"

    def certificate(self, host):
        path = self.folder / f"{host}.pem"
        if not path.exists():
            self.openssl("req", "-x509", "-new", "-key", "leaf.key", "-CA", "ca.pem", "-CAkey", "ca.key", "-subj",
                         f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-days", "30", "-out", path.name)
        return path

    def secret_manifest(self, host):
        encoded = [base64.b64encode(p.read_bytes()).decode() for p in (self.certificate(host), self.key(host))]
        return (f'apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {{name: "{host}"}}\n'
                f"data: {{tls.crt: {encoded[0]}, tls.key: {encoded[1]}}}\n")
