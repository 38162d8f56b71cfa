"""Airflow's plugin against guessed passwords: an address that gave too many wrong ones is heard again a minute later."""

import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

WRONG, SECONDS = 10, 60.0
LOGIN = "/auth/"

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]


class Throttle:
    """Counts the answers 401 to logins of each address."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.wrong: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=WRONG))

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(LOGIN):
            await self.app(scope, receive, send)
            return
        wrong = self.wrong[(scope.get("client") or ("",))[0]]
        if len(wrong) == WRONG and time.monotonic() - wrong[0] < SECONDS:
            await send({"type": "http.response.start", "status": 429, "headers": [(b"retry-after", b"60")]})
            await send({"type": "http.response.body", "body": b"too many wrong passwords: try again in a minute"})
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 401:
                wrong.append(time.monotonic())
            await send(message)

        await self.app(scope, receive, counting)


class ThrottlePlugin(AirflowPlugin):
    """Puts it before every other part of the api-server."""

    name = "throttle"
    fastapi_root_middlewares: ClassVar[list[dict[str, Any]]] = [
        {"middleware": Throttle, "args": [], "kwargs": {}, "name": "throttle"}
    ]
