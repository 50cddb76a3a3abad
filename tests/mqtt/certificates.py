"""Certificates for the tests, made by OpenSSL's own program: two authorities and whom they know."""

import subprocess
from pathlib import Path
from typing import Final

LONG_AGO, LAST_YEAR = "20200101000000Z", "20250101000000Z"
FAR_OFF, FARTHER = "20480101000000Z", "20490101000000Z"

_CONFIG: Final = """
[ca]
default_ca = one
[one]
database = {folder}/{name}.index
new_certs_dir = {folder}
certificate = {folder}/{name}.pem
private_key = {folder}/{name}.key
default_md = sha256
rand_serial = yes
unique_subject = no
policy = any
x509_extensions = signed
copy_extensions = copy
[any]
commonName = supplied
[signed]
authorityKeyIdentifier = keyid
subjectKeyIdentifier = hash
[req]
distinguished_name = nobody
[nobody]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
"""


class Certificates:
    """Files of PEM in `folder`, by name: `<name>.pem` and `<name>.key`.

    `ca` has signed all but `stranger`, whose authority is `foreign`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for authority in ("ca", "foreign"):
            self._found(authority)
        here = "DNS:localhost,IP:127.0.0.1"
        self.sign("broker", here)
        self.sign("elsewhere", "DNS:elsewhere.example")
        self.sign("expired", here, LONG_AGO, LAST_YEAR)
        self.sign("early", here, FAR_OFF, FARTHER)
        self.sign("device", "DNS:device")
        self.sign("renewed", "DNS:device")
        self.sign("stranger", "DNS:stranger", authority="foreign")
        locked = ("-aes256", "-passout", "pass:secret", "-out", self.key("locked"))
        self._run("ec", "-in", self.key("device"), *locked)
        both = self.pem("device").read_bytes() + self.key("device").read_bytes()
        self.pem("both").write_bytes(both)

    def pem(self, name: str) -> Path:
        """A certificate's file."""
        return self._folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        """Its private key's file."""
        return self._folder / f"{name}.key"

    def sign(
        self,
        name: str,
        alternative: str,
        begins: str = LONG_AGO,
        ends: str = FAR_OFF,
        authority: str = "ca",
    ) -> None:
        """Make a key and a certificate of it, anew if it is there."""
        request = self._folder / f"{name}.request"
        config = self._folder / f"{authority}.config"
        self._request(config, name, "-addext", f"subjectAltName={alternative}", "-out", request)
        asked = ("-batch", "-notext", "-in", request, "-out", self.pem(name))
        when = ("-startdate", begins, "-enddate", ends)
        self._run("ca", "-config", config, *asked, *when)

    def _found(self, name: str) -> None:
        config = self._folder / f"{name}.config"
        config.write_text(_CONFIG.format(folder=self._folder, name=name))
        (self._folder / f"{name}.index").touch()
        whole_life = ("-x509", "-extensions", "authority", "-days", "36500")
        self._request(config, name, *whole_life, "-out", self.pem(name))

    def _request(self, config: Path, name: str, *more: str | Path) -> None:
        new = ("-config", config, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._run("req", *new, "-keyout", self.key(name), "-subj", f"/CN={name}", *more)

    def _run(self, *words: str | Path) -> None:
        done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.stderr}"
