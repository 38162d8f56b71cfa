"""Where things are. Every setting comes from one GONGYUN_ variable with a default that works on a laptop."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Paths of one installation.

    home: state of this installation (server, store, editions); GONGYUN_HOME, default `.gongyun` in the project.
    area: the folder of areas/ to serve and the top region's area in the seeds; GONGYUN_AREA.
    external_database_url: a libpq URL; when set, no embedded server is started; GONGYUN_DATABASE_URL.
    """

    home: Path
    area: str
    external_database_url: str | None

    @cached_property
    def drop(self) -> Path:
        """Departments drop files into `drop/<feed> <title>/` or `drop/<feed>/`; GONGYUN_DROP moves it."""
        return Path(os.environ.get("GONGYUN_DROP") or self.home / "drop")

    @property
    def store(self) -> Path:
        """Received bytes, named by their sha256."""
        return self.home / "store"

    @property
    def editions(self) -> Path:
        return self.home / "editions"

    @property
    def areas(self) -> Path:
        """A folder for each area; GONGYUN_AREAS names another than the project's own."""
        return Path(os.environ.get("GONGYUN_AREAS") or ROOT / "areas")

    @property
    def area_folder(self) -> Path:
        return self.areas / self.area

    @property
    def feeds(self) -> Path:
        """The YAML files of the feeds served; GONGYUN_FEEDS names another folder than the area's own."""
        return Path(os.environ.get("GONGYUN_FEEDS") or self.area_folder / "feeds")

    @property
    def approvers(self) -> tuple[str, ...]:
        """Accounts of Airflow that may release editions of the area served, from GONGYUN_APPROVERS: `li,wang`."""
        return tuple(a.strip() for a in os.environ.get("GONGYUN_APPROVERS", "").split(",") if a.strip())

    @property
    def dbt_project(self) -> Path:
        return ROOT / "dbt_project"


def settings() -> Settings:
    """Read the settings from the environment, anew at each call."""
    home = Path(os.environ.get("GONGYUN_HOME") or ROOT / ".gongyun")
    return Settings(
        home=home.absolute(),
        area=os.environ.get("GONGYUN_AREA") or "jingmen",
        external_database_url=os.environ.get("GONGYUN_DATABASE_URL") or None,
    )
