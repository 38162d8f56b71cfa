"""A connection as Airflow keeps it. Addresses and credentials of servers live there, never in a feed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Access:
    """How to reach a server; `extra` holds what its kind needs besides (host key, private key, endpoint, sender)."""

    host: str = ""
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def in_clear(self) -> str | None:
        """Why nothing secret may go there: it would be read on the way, and nobody said that this is known."""
        if self.schema == "http" and self.extra.get("security") != "none":
            return f"{self.base_url} is not encrypted: use https, or let the connection's extra say `security: none`"
        return None

    @property
    def base_url(self) -> str:
        """`https://host:port`, the address of an HTTP server."""
        return f"{self.schema or 'https'}://{self.host}" + (f":{self.port}" if self.port else "")
