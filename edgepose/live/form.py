"""The small page that asks for the token. Pure."""

import base64
import hashlib
import math
from typing import Final

from aiohttp import web

_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:26rem;"
    "margin:10vh auto;padding:0 1rem}input,button{font:inherit;padding:.5rem;"
    "box-sizing:border-box;width:100%;margin:.3rem 0}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CSP: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_AGAIN: Final = '<meta http-equiv="refresh" content="0;url=/?again">\n'
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
{again}<title>edgepose: token</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>edgepose</h1>
<form method="post" action="/">
<p><label for="token">The token of this device, as <code>edgepose live</code> prints it
there</label>
<p><input id="token" name="token" type="password" autocomplete="current-password" required
autofocus>
<p role="alert">{said}
<p><button>Open</button>
</form>
</main>
</body>
</html>
"""


def form(
    status: int, *, again: bool = False, over: bool = False, wrong: bool = False, wait_s: float = 0
) -> web.Response:
    """The page. `again`: ask once more by itself, for a browser that followed a link from elsewhere
    keeps back what it knows (SameSite). `over`: say that it was let in before."""
    said = "This browser is not let in any more: the token may be another one now." if over else ""
    if wrong:
        said = "That was not the token."
    if wait_s:
        said = f"Too many tries: wait {math.ceil(wait_s)} s."
    text = _PAGE.format(again=_AGAIN if again else "", style=_STYLE, said=said)
    response = web.Response(status=status, text=text, content_type="text/html")
    response.headers["Content-Security-Policy"] = CSP
    if wait_s:
        response.headers["Retry-After"] = str(math.ceil(wait_s))
    return response
