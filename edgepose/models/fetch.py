"""Brings bytes to disk: the download of a bundle, and the write that is whole or not at all.

Owns the HTTP request, its time limits, and the temporary file beside the target. Does not decide
what to fetch or what to do when it fails. Runs on the caller's thread, with one helper thread
while the host has not answered. Raises HostError where the network fails, else UserError.
"""

import contextlib
import fcntl
import hashlib
import http.client
import ipaddress
import os
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import BinaryIO

from edgepose import __version__
from edgepose.errors import UserError
from edgepose.models.manifest import Bundle

ANSWER_WITHIN_S = 10.0
"""For everything before the body: name, connection, TLS, headers. Then for each silence in it."""
_CHUNK = 1 << 16


class HostError(UserError):
    """The host of a bundle cannot be reached, does not have it, or broke off."""


def download(bundle: Bundle, directory: Path, report: Callable[[int], None]) -> Path:
    """Download an official bundle into `directory`, verified; returns where it is.

    `report` hears the number of bytes so far. Whatever fails, what was there before stays.
    """
    target = directory / bundle.file
    with contextlib.closing(_body(bundle, report)) as chunks:
        store(target, chunks, bundle.bytes, bundle.sha256)
    return target


def store(target: Path, chunks: Iterable[bytes], size: int, accepted: Collection[str]) -> None:
    """Write `chunks` to `target` whole or not at all: only if size and SHA-256 are as listed.

    Refused, stopped or failed: no temporary file stays, the target is untouched.
    """
    part = target.with_name(f".{target.name}.part")
    digest, written = hashlib.sha256(), 0
    try:
        with _alone(target.parent), _temporary(part) as out:
            for chunk in chunks:
                out.write(chunk)
                digest.update(chunk)
                written += len(chunk)
            if written != size or digest.hexdigest() not in accepted:
                found = f"{written} bytes, SHA-256 {digest.hexdigest()}"
                raise UserError(f"{target.name} refused, it is not the listed file: {found}")
            out.flush()
            # The service's user must be able to read it, whatever the umask of who fetched it.
            os.fchmod(out.fileno(), 0o644)
            os.fsync(out.fileno())
            part.replace(target)
            _sync(target.parent)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror or error}") from error


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keeps a second `edgepose model get` out: both would write one temporary file."""
    directory.mkdir(parents=True, exist_ok=True)
    opened = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            busy = f"another `edgepose model get` is at work in {directory}: wait for it"
            raise UserError(busy) from error
        yield
    finally:
        os.close(opened)


@contextlib.contextmanager
def _temporary(part: Path) -> Iterator[BinaryIO]:
    """The same name each time, so that what a power cut leaves is overwritten, not collected."""
    try:
        with part.open("wb") as out:
            yield out
    finally:
        part.unlink(missing_ok=True)


def _sync(directory: Path) -> None:
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _body(bundle: Bundle, report: Callable[[int], None]) -> Generator[bytes, None, None]:
    done = 0
    with _answer(bundle) as response:
        announced = response.headers.get("Content-Length")
        if announced not in (None, str(bundle.bytes)):
            raise UserError(f"{bundle.url} refused: {announced} bytes, {bundle.bytes} are listed")
        while chunk := _read(response, bundle, done):
            done += len(chunk)
            if done > bundle.bytes:
                raise UserError(f"{bundle.url} refused: more than the listed {bundle.bytes} bytes")
            report(done)
            yield chunk


def _read(response: http.client.HTTPResponse, bundle: Bundle, done: int) -> bytes:
    broke_off = f"{bundle.host} broke off after {done} of {bundle.bytes} bytes"
    try:
        chunk = response.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise HostError(f"{broke_off}: {error}") from error
    if not chunk and done < bundle.bytes:
        raise HostError(broke_off)
    return chunk


def _answer(bundle: Bundle) -> http.client.HTTPResponse:
    """The response to a GET, its headers read.

    A thread asks, because no time limit of the standard library covers the name look-up, and the
    one for connections starts anew with each of the host's addresses.
    """
    _allow(bundle.url)
    answer: Future[http.client.HTTPResponse] = Future()
    threading.Thread(target=_ask, args=(bundle.url, answer), name="model-host", daemon=True).start()
    try:
        return answer.result(ANSWER_WITHIN_S)
    except urllib.error.HTTPError as error:
        error.close()
        raise HostError(f"{bundle.host} answers {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise HostError(f"{bundle.host} does not answer in {ANSWER_WITHIN_S:.0f} s") from error
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        text = reason.strerror if isinstance(reason, OSError) and reason.strerror else reason
        raise HostError(f"{bundle.host} cannot be reached: {text}") from error
    finally:
        answer.cancel()


def _ask(url: str, answer: "Future[http.client.HTTPResponse]") -> None:
    request = urllib.request.Request(url, headers={"User-Agent": f"edgepose/{__version__}"})
    try:
        response = urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S)
    except Exception as error:  # noqa: BLE001 - carried to the thread that waits
        if answer.set_running_or_notify_cancel():
            answer.set_exception(error)
        return
    if answer.set_running_or_notify_cancel():
        answer.set_result(response)
    else:
        response.close()


def _allow(url: str) -> None:
    """Only https leaves the machine."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        return
    try:
        loopback = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        loopback = False
    if parts.scheme != "http" or not loopback:
        raise UserError(f"{url} refused: bundles come over https")
