"""An edition's life: drafted from the month's reports, released by a named person, succeeded, never changed.

The bytes are decided at drafting (the number they print included); releasing only verifies and moves them.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection, RowMapping

from publish.corrections import Corrections, compare, goes_back
from publish.page import county_regions, printed_rows, public_rows, render_problem_list, render_report
from publish.recover import DRAFTS, MANIFEST, WRITING, lock_month, recover
from publish.reports import read_reports
from publish.sections import SECTIONS
from publish.sections.declared import Row
from publish.sources import EditionRefused, Sources, last_published, read_sources
from vocabulary.month import Month
from warehouse.area import load_area
from warehouse.book import editions, locks
from warehouse.book.problems import see
from warehouse.database import engine
from warehouse.durable import keep, move, settle
from warehouse.settings import settings

PUBLIC, INTERNAL = "公开", "内部"
PROBLEMS = "problems.json"


def _json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def edition_directory(edition_id: int) -> Path:
    """Where an edition's files lie. Raises EditionRefused when there is no such edition."""
    with engine().connect() as c:
        return settings().editions / str(_edition(c, edition_id)["directory"])


def _edition(c: Connection, edition_id: int) -> RowMapping:
    found = c.execute(text("select * from ops.edition where edition_id = :e"), {"e": edition_id}).mappings().first()
    if found is None:
        raise EditionRefused(f"there is no edition {edition_id}")
    return found


def _maturity(data: Mapping[str, list[Row]]) -> dict[str, Any]:
    """How settled the published figures are (domain.md 2.6): the headline's one by one, those of each section counted."""
    named = [name for name, s in SECTIONS.items() if {"growth_pct", "maturity"} <= {*s.stated}]
    shown = {
        name: [r for r in data[name] if r["growth_pct"] is not None or r.get("value") is not None] for name in named
    }
    return {
        "headline": [{k: r[k] for k in ("indicator", "period_type", "maturity")} for r in shown["headline"]],
        "figures": {name: Counter(r["maturity"] or "not_stated" for r in rows) for name, rows in shown.items()},
    }


@dataclass(frozen=True)
class GoingBack:
    """Who would have an edition know less than the one in force, and why. Both are printed."""

    by: str
    reason: str


def _manifest(
    month: Month, sources: Sources, data: Mapping[str, list[Row]], previous: Mapping[str, Any] | None
) -> dict[str, Any]:
    """All of manifest.json but the files. The draft's own id is not in it: two drafts of one state are alike."""
    area = settings().area
    digest = _sha256("\n".join(f"{d['feed']} {d['sha256']}" for d in sources.deliveries).encode())
    return {
        "title": load_area(area).masthead.title,
        "area": area,
        "month": str(month),
        "number": previous["number"] + 1 if previous else 1,
        "as_of": sources.as_of.astimezone(UTC).isoformat(timespec="seconds"),
        "simulated": sources.simulated,
        "build": {"build_id": sources.build_id, "code_version": sources.code_version},
        "gate": {"gate_run_id": sources.gate_run_id, "results": sources.gate_results},
        "waivers": sources.waivers,
        "deliveries": sources.deliveries,
        "delivery_findings": sources.findings,
        "maturity": _maturity(data),
        "inputs_sha256": digest,
        "previous": {k: previous[k] for k in ("edition_id", "number", "sha256")} if previous else None,
        "going_back": None,
    }


def _mind_the_edition_in_force(
    manifest: dict[str, Any], previous: Mapping[str, Any] | None, going_back: GoingBack | None
) -> None:
    """Refuse a draft that would put older knowledge in the place of newer, unless a person says so and why."""
    if previous is None or not goes_back(previous["manifest"], manifest):
        return
    in_force = previous["manifest"]["as_of"]
    if going_back is None or not (going_back.by.strip() and going_back.reason.strip()):
        raise EditionRefused(
            f"edition {previous['number']} of {manifest['month']} is as of {in_force} and this draft, as of "
            f"{manifest['as_of']}, rests on older data: build the month again, or name who goes back to them and why"
        )
    manifest["going_back"] = {**asdict(going_back), "in_force_as_of": in_force}


def _corrections(
    previous: Mapping[str, Any] | None, data: dict[str, list[Row]], manifest: dict[str, Any]
) -> Corrections | None:
    if previous is None:
        return None
    path = settings().editions / previous["directory"] / "data.json"
    if not path.is_file():
        raise EditionRefused(
            f"edition {previous['number']} of {manifest['month']} is not where it was published: {path}"
        )
    printed = path.read_bytes()
    if _sha256(printed) != previous["manifest"]["files"]["data.json"]["sha256"]:
        raise EditionRefused(
            f"{path} is not what was published as edition {previous['number']} of {manifest['month']}: "
            f"put it back from a backup, what a successor corrects is told against it"
        )
    old = json.loads(printed)["reports"]
    hidden = [r for r in data["regions"] if r["confidential"]]
    return compare(previous["manifest"], printed_rows(old), printed_rows(public_rows(data)[0]), manifest, hidden)


def _files(
    data: dict[str, list[Row]], manifest: dict[str, Any], corrections: Corrections | None
) -> dict[str, tuple[bytes, str]]:
    """Name to bytes and audience of every file but the manifest."""
    area, (public, firms) = manifest["area"], public_rows(data)
    head = {k: manifest[k] for k in ("title", "month", "number", "as_of", "simulated")}
    stated = {
        **head,
        "reports": public,
        "firm_level_problems": firms,
        "corrections": asdict(corrections) if corrections else None,
    }
    files = {
        "report.html": (render_report(area, data, manifest, corrections).encode(), PUBLIC),
        "data.json": (_json(stated), PUBLIC),
        # all problems, those of firms too: what publishing writes into the ledger
        PROBLEMS: (_json({**head, "problems": data["problems"], "ledger": data["ledger"]}), INTERNAL),
    }
    for key, name in county_regions(data).items():
        files[f"problems-{key}.html"] = (render_problem_list(area, key, name, data, manifest).encode(), INTERNAL)
    return files


def _write(directory: Path, month: Month, files: Mapping[str, bytes]) -> None:
    """All files or none, and there to stay: written beside, then moved into place, the month being locked."""
    beside = directory.with_name(f"{WRITING}{month}")
    beside.mkdir(parents=True)
    for name, content in files.items():
        keep(beside / name, content)
    settle(beside)
    move(beside, directory)


def draft(month: Month, build_id: int, gate_run_id: int, going_back: GoingBack | None = None) -> int:
    """Draft the next edition of `month` from schema reports and the book; returns its edition_id.

    Writes report.html, data.json, problems.json, one problems-<region>.html a county and manifest.json to
    <editions>/.drafts/<edition_id>/; older drafts of the month become outdated. The same warehouse state gives the
    same bytes. Raises EditionRefused (build or gate not of this month, not passed, or overtaken; without `going_back`,
    knowing less than the edition in force) and publish.reports.ReportsNotOfMonth.
    """
    recover()
    with engine().begin() as c:
        lock_month(c, month)
        locks.take(c, "build", shared=True)
        # The snapshot is opened once the month is locked, so that it sees what the previous holder wrote, and no build
        # may begin: in place of a table made since, it would show an empty one.
        with engine().connect().execution_options(isolation_level="REPEATABLE READ") as snapshot:
            sources = read_sources(snapshot, month, build_id, gate_run_id)
            data = read_reports(snapshot, month)
            previous = last_published(snapshot, month)
        manifest = _manifest(month, sources, data, previous)
        _mind_the_edition_in_force(manifest, previous, going_back)
        files = _files(data, manifest, _corrections(previous, data, manifest))
        manifest["files"] = {
            name: {"sha256": _sha256(content), "size_bytes": len(content), "audience": audience}
            for name, (content, audience) in sorted(files.items())
        }
        edition_id = editions.next_id(c)
        directory = f"{DRAFTS}/{edition_id}"
        sealed = _json(manifest)
        written = {**{n: content for n, (content, _) in files.items()}, MANIFEST: sealed}
        _write(settings().editions / directory, month, written)
        editions.enter_draft(
            c,
            {
                "edition_id": edition_id,
                "month": month,
                "as_of": sources.as_of,
                "build_id": build_id,
                "gate_run_id": gate_run_id,
                "succeeds": previous["edition_id"] if previous else None,
                "directory": directory,
                "sha256": _sha256(sealed),
                "manifest": sealed.decode(),
            },
        )
    return edition_id


def verify(directory: Path, sha256: str) -> None:
    """Check an edition's files against its manifest, and the manifest against `sha256`.

    Raises EditionRefused naming the first file that is missing, added or altered.
    """
    path = directory / MANIFEST
    if not path.is_file() or _sha256(path.read_bytes()) != sha256:
        raise EditionRefused(f"{path} is not the manifest that was drafted")
    files = json.loads(path.read_bytes())["files"]
    extra = sorted({p.name for p in directory.iterdir()} - set(files) - {MANIFEST})
    if extra:
        raise EditionRefused(f"{directory / extra[0]} was not drafted")
    for name, drafted in files.items():
        path = directory / name
        if not path.is_file() or _sha256(path.read_bytes()) != drafted["sha256"]:
            raise EditionRefused(f"{path} no longer matches its sha256 in the manifest")


def _decidable(c: Connection, edition_id: int, by: str, asked: str | None) -> RowMapping:
    """The draft, its month locked, once it is certain that a named person, asked about it, may still decide on it."""
    if not by.strip():
        raise EditionRefused("a decision needs the name of who takes it")
    month = Month.of(_edition(c, edition_id)["month"])
    lock_month(c, month)
    edition = _edition(c, edition_id)
    if edition["status"] == "outdated":
        newer = c.scalar(text("select max(edition_id) from ops.edition where month = :m"), {"m": month})
        raise EditionRefused(f"edition {edition_id} is outdated: draft {newer} of {month} is newer")
    if edition["status"] != "draft":
        raise EditionRefused(f"edition {edition_id} is {edition['status']}, not a draft")
    if asked not in (None, edition["sha256"]):
        raise EditionRefused(f"edition {edition_id} is not the draft that {by} was asked about")
    return edition


def _move(source: Path, target: Path, sha256: str) -> None:
    """Verify the drafted files and put them in their final place, read-only, what is 内部 for the account and its group alone."""
    verify(source, sha256)
    files = json.loads((source / MANIFEST).read_bytes())["files"]
    inside = {name for name, f in files.items() if f["audience"] == INTERNAL}
    for path in source.iterdir():
        path.chmod(0o440 if path.name in inside else 0o444)
    target.parent.mkdir(parents=True, exist_ok=True)
    move(source, target)


def release(
    edition_id: int,
    by: str,
    note: str | None = None,
    record: Mapping[str, str] | None = None,
    asked: str | None = None,
) -> Path:
    """Publish a draft as `by` decided: files read-only in <editions>/<month>/v<N>/, its place in the line recorded, its
    problems opened or continued in the ledger.

    `record`: where the decision can be looked up. `asked`: digest of the manifest that the person was asked about.
    Returns the directory. Raises EditionRefused when it is no draft any more, a newer draft exists, another edition
    took the number that it prints, or it is not what was asked about or drafted.
    """
    recover()
    with engine().begin() as c:
        edition = _decidable(c, edition_id, by, asked)
        manifest, previous = edition["manifest"], last_published(c, Month.of(edition["month"]))
        if manifest["number"] != (previous["number"] if previous else 0) + 1:
            raise EditionRefused(
                f"edition {edition_id} prints number {manifest['number']}, which is taken: draft it again"
            )
        directory = f"{Month.of(edition['month'])}/v{manifest['number']}"
        editions.note_published(c, edition_id, manifest["number"], directory, by=by, note=note, record=record)
        target = settings().editions / directory
        _move(settings().editions / edition["directory"], target, edition["sha256"])
        printed = json.loads((target / PROBLEMS).read_bytes())["problems"]
        see(c, edition_id, Month.of(edition["month"]), by, printed)
    return target


def decline(
    edition_id: int,
    by: str,
    note: str | None = None,
    record: Mapping[str, str] | None = None,
    asked: str | None = None,
) -> None:
    """Record that `by` declined a draft; its files stay in the drafts. Arguments and refusals are those of `release`."""
    recover()
    with engine().begin() as c:
        _decidable(c, edition_id, by, asked)
        editions.note_declined(c, edition_id, by, note, record)
