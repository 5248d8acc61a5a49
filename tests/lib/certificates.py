"""Certificates for tests, made by the openssl command in a folder of the test's own."""

import datetime
import os
import pathlib
import ssl
import subprocess


def openssl(*args, input=None):
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True, input=input, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"openssl {' '.join(map(str, args))}\n{done.stderr}")
    return done.stdout


class Authority:
    """A root that signs: authority.issue("server", san="DNS:localhost") -> (certificate file, key file)."""

    def __init__(self, folder, name="Test Root"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.certificate, self.key = self.folder / "ca.pem", self.folder / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30,
                "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate,
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        self.serial = 1

    def issue(self, name, san=None, subject=None, ended=False, usage="serverAuth,clientAuth", key=None, days=30):
        """Files of a certificate and its key. ended: it was valid until yesterday."""
        key = key or self.folder / f"{name}.key"
        request, out, extensions = (self.folder / f"{name}.{kind}" for kind in ("csr", "pem", "ext"))
        if not key.exists():
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
            os.chmod(key, 0o600)
        openssl("req", "-new", "-key", key, "-subj", subject or f"/CN={name}", "-out", request)
        extensions.write_text(f"extendedKeyUsage={usage}\n" + (f"subjectAltName={san}\n" if san else ""))
        self.serial += 1
        if ended:
            self._issue_ended(request, out, extensions)
        else:
            openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-days", days,
                    "-set_serial", self.serial, "-extfile", extensions, "-out", out)
        return out, key

    def _issue_ended(self, request, out, extensions):
        """`openssl x509` sets no dates in the past; `openssl ca` does, with its paperwork."""
        paper = self.folder / "paper"
        paper.mkdir(exist_ok=True)
        (paper / "index").write_text("")
        (paper / "serial").write_text(f"{self.serial:04x}\n")
        (paper / "conf").write_text(f"[ca]\ndefault_ca=x\n[x]\ndatabase={paper}/index\nserial={paper}/serial\n"
                                    f"new_certs_dir={paper}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        now = datetime.datetime.now(datetime.timezone.utc)
        first, last = (f"{now - datetime.timedelta(days=d):%y%m%d%H%M%SZ}" for d in (10, 1))
        openssl("ca", "-batch", "-config", paper / "conf", "-in", request, "-cert", self.certificate, "-keyfile",
                self.key, "-startdate", first, "-enddate", last, "-extfile", extensions, "-out", out, "-notext")


def client_context(ca, certificate=None, key=None):
    """An ssl context that believes that root alone and checks the host's name."""
    context = ssl.create_default_context(cafile=str(ca))
    if certificate:
        context.load_cert_chain(certificate, key)
    return context
