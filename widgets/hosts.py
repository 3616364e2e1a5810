"""Which names the app may be asked by: the Host header of every request is checked, not only of the page's socket.

A page of another site can give its own name this machine's address (DNS rebinding) and would then speak to the app as
if it were its own. Its requests still carry the other site's name, and are refused.
"""

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

REFUSAL = (
    "This name is not one that sxai answers to. Open it as http://localhost, or add the name to server.allowedHosts "
    "(sxai app --allow NAME).\n"
)


class TrustedHosts:
    """Refuses requests whose Host is not in ``server.allowedHosts``, on every route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 400."""
        if scope["type"] not in ("http", "websocket") or _allowed(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008)(scope, receive, send)
        else:
            await PlainTextResponse(REFUSAL, status_code=400)(scope, receive, send)


def _allowed(scope: Scope) -> bool:
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    return len(hosts) == 1 and is_host_allowed(hosts[0])


def middleware() -> list[Middleware]:
    """What every request passes."""
    return [Middleware(TrustedHosts)]


def routes() -> list[Route]:
    """Routes beside Streamlit's own: /healthz says that the server answers, and its version."""
    return [Route("/healthz", _health)]


async def _health(request: Request) -> Response:
    from sxai.version import __version__

    return JSONResponse({"status": "ok", "version": __version__})
