"""TLS: the files that it takes, and what went wrong with it in words.

Runs on any thread. Reads files.
"""

import hashlib
import ssl
from pathlib import Path
from typing import Final

from edgepose.errors import EX_CONFIG, UserError
from edgepose.mqtt.settings import Tls

_CLOCK: Final = "; is the clock of this machine right?"
_DOUBTS: Final = {
    "has expired": _CLOCK,
    "not yet valid": _CLOCK,
    "self-signed certificate": "; mqtt.cafile must hold who vouches for it",
    "self signed certificate": "; mqtt.cafile must hold who vouches for it",
    "local issuer certificate": "; mqtt.cafile must hold who vouches for it",
}
"""What OpenSSL says of a certificate, and what to do about it."""


def read_tls(cafile: Path | None, certfile: Path | None, keyfile: Path | None) -> Tls:
    """The settings of these files. Raises UserError where one of them is no good."""
    digest = hashlib.sha256()
    for key, path in (("cafile", cafile), ("certfile", certfile), ("keyfile", keyfile)):
        if path is None:
            continue
        try:
            digest.update(path.read_bytes() + b"\0")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "no such path"
            raise UserError(
                f"mqtt.{key}: {path}: cannot be read: {reason}; the user that edgepose runs as must"
                " be able to read it",
                EX_CONFIG,
            ) from None
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


def _of_chain(error: Exception, tls: Tls) -> str:
    reason = getattr(error, "reason", None) or ""
    if reason == "KEY_VALUES_MISMATCH":
        return f"{tls.certfile} and {tls.keyfile} do not belong together"
    if "BAD_DECRYPT" in reason or "PASSWORD" in reason:
        return f"the key in {tls.keyfile} is encrypted; edgepose takes one that is not"
    return f"{tls.certfile} and {tls.keyfile}: not a certificate and its private key in PEM"


def context(tls: Tls) -> ssl.SSLContext:
    """What checks the broker's certificate and its name, and shows ours.

    Raises OSError and ssl.SSLError for files that are no good.
    """
    made = ssl.create_default_context(cafile=None if tls.cafile is None else str(tls.cafile))
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.certfile is not None:
        # A password would be asked for on a terminal that nobody looks at.
        made.load_cert_chain(str(tls.certfile), None if not tls.keyfile else str(tls.keyfile), "")
    return made


def explain(error: ssl.SSLError) -> str:
    """What went wrong with TLS, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        text = error.verify_message.rstrip(".")
        more = next((words for sign, words in _DOUBTS.items() if sign in text), "")
        return f"its certificate is not accepted: {text}{more}"
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return "does not speak TLS on this port (brokers mostly do on 8883)"
    if "EOF" in (error.reason or str(error)):
        return "ended the connection within the TLS handshake"
    return f"TLS: {reason}"


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
