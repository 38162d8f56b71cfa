"""What an area says of itself in areas/<area>/area.yml: how its editions are headed, what they note, whom to ask."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from warehouse import seeds
from warehouse.declarations import read_declaration
from warehouse.settings import settings


class AreaFault(ValueError):
    """There is no such area, or what it says of itself does not keep the contract; the message names the file."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Masthead(Strict):
    """How the area's monthly names itself, and the word for the whole area in running text."""

    title: str
    place: str
    whole: str
    compiled_by: str
    to: str


class Plan(Strict):
    """The plan that targets.csv is taken from, by its title and as tables are headed."""

    title: str
    short: str


class Area(Strict):
    masthead: Masthead
    contact: str = Field(description="Whom receipts and templates tell a sender to ask.")
    contact_by: str | None = Field(default=None, description="How the contact is reached: telephone, mail.")
    answer_days: int = Field(
        default=2, ge=1, description="Working days in which what was sent back is to be sent again, or explained."
    )
    plan: Plan | None = None
    notes: tuple[str, ...] = Field(default=(), description="Notes on its regions, printed with every edition.")
    confidential: tuple[str, ...] = Field(
        default=("stat",),
        description="Departments whose figures may be a single firm's: what a gate finds in them is told to them alone.",
    )


def load_area(name: str) -> Area:
    """An area by the name of its folder. Raises AreaFault."""
    return read_area(settings().areas / name / "area.yml")


def contact() -> str:
    """Whom a sender of the area served is told to ask."""
    return load_area(settings().area).contact


def departments(area_folder: Path | None = None) -> dict[str, str]:
    """Names of a department by the code that begins its feeds, in the area served or another."""
    return {row["department"]: row["name_zh"] for row in seeds.rows("departments", area_folder)}


@cache
def read_area(path: Path) -> Area:
    """An area by its file. Raises AreaFault."""
    if not path.is_file():
        there = ", ".join(sorted(p.parent.name for p in settings().areas.glob("*/area.yml")))
        raise AreaFault(f"there is no area {path.parent.name}: {path} is missing; there are {there}")
    try:
        return Area.model_validate(read_declaration(path.read_text(encoding="utf-8")))
    except Exception as e:
        raise AreaFault(f"{path}: {e}") from e
