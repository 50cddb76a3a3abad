"""TLS: the files that it takes, and what went wrong with it in words.

Runs on any thread. Reads files.
"""

import contextlib
import hashlib
import ssl
from pathlib import Path
from typing import Any, Final

from edgepose.errors import EX_CONFIG, UserError
from edgepose.mqtt.settings import Tls, read_plain
from edgepose.wall_clock import is_unset, iso, now_us

_MOST: Final = 1 << 22
"""Bytes of one file; a system's bundle of authorities has a quarter of a million."""

_DATES: Final = ("has expired", "not yet valid")
_DOUBTS: Final = {
    "self-signed certificate": "; mqtt.cafile must hold who vouches for it",
    "self signed certificate": "; mqtt.cafile must hold who vouches for it",
    "local issuer certificate": "; mqtt.cafile must hold who vouches for it",
}
"""What OpenSSL says of a certificate, and what to do about it; `_DATES` depend on the clock."""


def read_tls(cafile: Path | None, certfile: Path | None, keyfile: Path | None) -> Tls:
    """The settings of these files. Raises UserError where one of them is no good."""
    digest = hashlib.sha256()
    for key, path in (("cafile", cafile), ("certfile", certfile), ("keyfile", keyfile)):
        if path is None:
            continue
        digest.update(read_pem(key, path) + b"\0")
    try:
        context(Tls(cafile))
    except (OSError, ValueError):
        raise UserError(f"mqtt.cafile: {cafile}: holds no certificate in PEM", EX_CONFIG) from None
    tls = Tls(cafile, certfile, keyfile, digest.hexdigest())
    try:
        context(tls)
    except (OSError, ValueError) as error:
        raise UserError(f"mqtt.certfile: {_of_chain(error, tls)}", EX_CONFIG) from None
    return tls


def read_pem(key: str, path: Path) -> bytes:
    """What is in the file of `mqtt.key`, whatever that is. Raises UserError."""
    try:
        data = read_plain(path, _MOST)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such path"
        raise UserError(
            f"mqtt.{key}: {path}: cannot be read: {reason}; the user that edgepose runs as must be"
            " able to read it",
            EX_CONFIG,
        ) from None
    if data is None:
        raise UserError(f"mqtt.{key}: {path}: is no file; the key wants one in PEM", EX_CONFIG)
    return data


def _of_chain(error: Exception, tls: Tls) -> str:
    if isinstance(error, _Locked):
        return (
            f"the key in {tls.keyfile or tls.certfile} is encrypted; edgepose takes one that is not"
        )
    if tls.keyfile is None:
        return (
            f"{tls.certfile}: no certificate with its private key in PEM; mqtt.keyfile is not set"
        )
    if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
        return f"{tls.certfile} and {tls.keyfile} do not belong together"
    return f"{tls.certfile} and {tls.keyfile}: not a certificate and its private key in PEM"


class _Locked(ValueError):
    """A key that is encrypted."""


def _no_password() -> str:
    # OpenSSL would ask for it on a terminal that nobody looks at.
    raise _Locked


def context(tls: Tls) -> ssl.SSLContext:
    """What checks the broker's certificate and its name, and shows ours.

    Raises OSError and ssl.SSLError for files that are no good.
    """
    made = ssl.create_default_context(cafile=None if tls.cafile is None else str(tls.cafile))
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python 3.13 wants extensions that many a home-made certificate lacks; who vouches for it, its
    # name and its dates are checked all the same.
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    made.sslsocket_class = _Socket
    if tls.certfile is not None:
        keyfile = None if tls.keyfile is None else str(tls.keyfile)
        made.load_cert_chain(str(tls.certfile), keyfile, _no_password)
    return made


class _Socket(ssl.SSLSocket):
    """Leaves nothing open after a handshake that failed, and says why a broker hung up."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            # paho forgets it then, and whoever asks for the error keeps it open.
            self.close()
            raise

    def send(self, data: Any, flags: int = 0) -> int:
        try:
            return super().send(data, flags)
        except (ssl.SSLEOFError, ConnectionError):
            # With TLS 1.3 a broker looks at our certificate behind the handshake: what it thinks
            # of it comes before the end, and waits to be read.
            with contextlib.suppress(ssl.SSLEOFError, ssl.SSLWantReadError, ConnectionError):
                self.recv(1)
            raise


def explain(error: OSError) -> str:
    """What went wrong with the TLS handshake, in words."""
    if isinstance(error, ConnectionResetError | ssl.SSLEOFError):
        return (
            "ended the connection within the TLS handshake; brokers mostly speak TLS on port 8883"
        )
    if isinstance(error, TimeoutError) and "handshake" in str(error):
        return "accepts connections but does not answer within the TLS handshake"
    if not isinstance(error, ssl.SSLError):
        return error.strerror or str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        text = error.verify_message.rstrip(".")
        more = next((words for sign, words in _DOUBTS.items() if sign in text), "")
        if any(sign in text for sign in _DATES):
            more = f"; {_clock(now_us())}"
        return f"its certificate is not accepted: {text}{more}"
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return "does not speak TLS on this port (brokers mostly do on 8883)"
    return f"TLS: {reason}"


def _clock(at_us: int) -> str:
    """What the dates of a certificate were held against."""
    # Without the seconds: the same trouble is to be told in the same words.
    shown = iso(at_us)[:10]
    if is_unset(at_us):
        return f"the clock of this machine is not set (it shows {shown}), and TLS needs it"
    return f"is the clock of this machine right? It shows {shown}"


def explain_log(text: str) -> str | None:
    """What paho's log tells of TLS on a connection that has just ended; None if nothing."""
    if "[SSL:" not in text:
        return None
    reason = text.partition("[SSL:")[2].partition("]")[0].strip()
    if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason:
        return "wants a certificate of this device: mqtt.certfile and mqtt.keyfile"
    if "ALERT" in reason and ("CA" in reason.split("_") or "CERTIFICATE" in reason):
        return f"does not accept this device's certificate ({reason.replace('_', ' ').lower()})"
    return f"TLS: {reason.replace('_', ' ').lower()}"
