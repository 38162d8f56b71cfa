"""The receipt (回执): what became of a delivery, for the clerk who sent it: a page, a marked copy of the file, and JSON."""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from sqlalchemy import text

from ingest.clerk.causes import Cause, causes
from ingest.clerk.mark import Kind, mark
from ingest.deliver import status
from ingest.feed import Feed
from ingest.filenames import plain_name
from ingest.land import StoreDamaged, original
from ingest.parsing.contents import Contents
from vocabulary.finding import STATES_ZH, Finding, State
from vocabulary.label import legible_on_pages
from vocabulary.maturity import MATURITIES
from vocabulary.month import BEIJING, Month, day_words
from warehouse.area import departments, load_area
from warehouse.book import working_days
from warehouse.database import engine
from warehouse.settings import settings

log = logging.getLogger(__name__)

HEADING = "工业经济数据报送回执"


@dataclass(frozen=True)
class Verdict:
    """What became of a delivery or a check: a word for names and subjects, and a sentence.

    `taken`: its numbers are in the warehouse. `again`: its sender has to answer or to send again.
    """

    word: str
    sentence: str
    taken: bool = False
    again: bool = False


VERDICTS = {
    "received": Verdict("处理中", "文件正在处理，结果另行回复。"),
    "loaded": Verdict("审核中", "文件可以读取，数据已入库，正在审核。", taken=True),
    "held": Verdict("待说明", "文件可以读取；修订幅度较大，请按下列意见说明原因，说明前暂不采用。", again=True),
    "accepted": Verdict("已接收", "经审核，数据予以接收。", taken=True),
    "rejected": Verdict("退回", "经审核，数据予以退回，请按下列意见更正后重新报送。", again=True),
    "duplicate": Verdict("重复", "该文件与已接收的文件完全相同，未重复入库，无需再报。"),
    "readable": Verdict("预审通过", "经预审，未发现须退回的问题，尚未正式报送。"),
    "unreadable": Verdict("预审未通过", "经预审，文件存在下列问题，请更正或说明后再行报送。"),
}
REFUSED = {"rejected", "unreadable"}


@dataclass(frozen=True)
class Receipt:
    """What is said to the sender. `delivery_id` and `received_at` are None for a file that was only checked.

    `status` is that of the delivery, or `readable` or `unreadable` for a check; `cells` counts the numbers read.
    `again_by`: the day by which an answer is asked for. `compared` is False where the gate could not be asked.
    """

    feed: str
    title: str
    file_name: str
    sha256: str
    status: str
    month: Month | None
    findings: tuple[Finding, ...]
    cells: int = 0
    maturity: str | None = None
    simulated: bool = False
    delivery_id: int | None = None
    received_at: datetime | None = None
    duplicate_of: int | None = None
    again_by: date | None = None
    compared: bool = True

    @property
    def name(self) -> str:
        """Stem of the receipt's files: which one, what became of it, and of what."""
        number = f"回执{self.delivery_id}" if self.delivery_id else f"预审{self.sha256[:8]}"
        of_month = self.month.words if self.month else ""
        return plain_name(f"{number}_{self.verdict.word}_{self.title}{of_month}")

    @property
    def refused(self) -> bool:
        return self.status in REFUSED

    @property
    def verdict(self) -> Verdict:
        """What became of it; a loaded delivery with a grave finding waits for its sender."""
        waits = self.status == "loaded" and self.counted("stopped")
        return VERDICTS["held" if waits else self.status]

    @property
    def causes(self) -> list[Cause]:
        """The mistakes that its findings tell of, the gravest first."""
        return causes(self.findings)

    @property
    def at_zh(self) -> str:
        """When it was received or checked, as clocks in China say."""
        at = (self.received_at or datetime.now(UTC)).astimezone(BEIJING)
        return f"{day_words(at.date())} {at:%H:%M}（北京时间）"

    @property
    def again_zh(self) -> str | None:
        """By when its sender is asked to answer or to send again."""
        return f"{day_words(self.again_by)}前" if self.again_by and self.verdict.again else None

    @property
    def month_zh(self) -> str:
        return self.month.words if self.month else "未能识别"

    @property
    def nature_zh(self) -> str:
        """How settled the figures are taken to be, and whether they are simulated."""
        settled = MATURITIES[self.maturity] if self.maturity else ""
        return "；".join(filter(None, (settled, "模拟数据，仅供系统演示" if self.simulated else "")))

    def counted(self, state: State) -> int:
        """How many findings are in a state."""
        return sum(p.state == state for p in self.findings)

    @property
    def counts_zh(self) -> str:
        """How many mistakes there are that stop it and that are told, and of waived ones where there are any."""
        n = Counter(cause.state for cause in self.causes)
        counts = f"退回性问题{n['stopped']}条，提示性问题{n['told']}条"
        return f"{counts}，经批准放行的严重问题{n['waived']}条" if n["waived"] else counts

    def as_dict(self) -> dict[str, Any]:
        """The receipt for machines: months as 2018-06, moments in ISO 8601."""
        said = asdict(self)
        # Receivers' programs know the findings by this name.
        said["problems"] = said.pop("findings")
        return said | {
            "month": str(self.month) if self.month else None,
            "received_at": self.received_at.isoformat(timespec="seconds") if self.received_at else None,
            "department": departments()[self.feed.split("__")[0]],
            "again_by": self.again_by.isoformat() if self.again_by and self.verdict.again else None,
            "verdict": self.verdict.sentence,
            "causes": [
                {"state": c.state, "where": c.where, "message": c.message, "findings": len(c.findings)}
                for c in self.causes
            ],
            "critical_count": self.counted("stopped"),
            "waived_count": self.counted("waived"),
            "warning_count": self.counted("told"),
        }


def receipt_of(delivery_id: int) -> Receipt:
    """The receipt of a delivery as it stands. Raises KeyError when there is none."""
    delivery = status(delivery_id)
    with engine().connect() as c:
        title: str = c.execute(text("select title from ops.feed where feed = :f"), {"f": delivery.feed}).scalar_one()
        rows = c.execute(
            text("""
                select
                    stage, rule, severity, message, sheet, cell, found, expected, hint, cause,
                    state = 'waived' as waived
                from ops.finding where delivery_id = :d order by severity, finding_id
            """),
            {"d": delivery_id},
        )
        findings = tuple(Finding(**r) for r in rows.mappings())
    again_by = working_days.later(
        delivery.received_at.astimezone(BEIJING).date(), load_area(settings().area).answer_days
    )
    return Receipt(**vars(delivery) | {"title": title, "findings": findings, "again_by": again_by})


def preview(feed: Feed, path: Path, parsed: Contents, gate: Sequence[Finding] | None) -> Receipt:
    """What the receipt of a file would say, from what was read of it and from what the gate found; None: it was not asked."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    found = sorted([*parsed.findings, *(gate or ())], key=lambda p: p.severity)
    return Receipt(
        feed.feed,
        feed.title,
        path.name,
        digest,
        "unreadable" if any(p.state == "stopped" for p in found) else "readable",
        parsed.month,
        tuple(found),
        sum(parsed.cells.values()),
        parsed.maturity,
        compared=gate is not None,
    )


def write_receipt(delivery_id: int, directory: Path) -> Path:
    """Write the receipt of a delivery into `directory` and return the page's path.

    Its page is self-contained, `.json` beside it is for machines, and where findings have cells `.xlsx` is the marked
    copy. Written anew it says what holds now, once after reading, again after the gate, and takes the other's place.
    """
    receipt = receipt_of(delivery_id)
    try:
        kept = original(receipt.sha256)
    except StoreDamaged as e:
        log.error("the receipt of delivery %s has no marked copy: %s", delivery_id, e)
        kept = None
    page = write(receipt, kept, directory)
    for before in directory.glob(f"回执{delivery_id}_*"):
        if before.stem != page.stem:
            before.unlink(missing_ok=True)
    return page


def page_of(delivery_id: int, directory: Path) -> Path:
    """The page of a delivery's receipt as it was last written into `directory`. Raises StopIteration where there is none."""
    return next(directory.glob(f"回执{delivery_id}_*.html"))


def write(receipt: Receipt, kept: Path | None, directory: Path) -> Path:
    """Write a receipt's page, JSON and, where findings have cells, marked copy; return the page's path.

    Without the file, `kept` being None, the copy becomes the list of findings.
    """
    with _beside(directory) as folder:
        page = folder / f"{receipt.name}.html"
        copy = page.with_suffix(".xlsx")
        (directory / copy.name).unlink(missing_ok=True)
        kind = mark(kept, receipt.file_name, receipt.findings, copy)
        page.write_text(_page(receipt, kind, copy.name, "beside"), encoding="utf-8")
        said = receipt.as_dict() | {"marked_copy": copy.name if kind == "copy" else None}
        page.with_suffix(".json").write_text(json.dumps(said, ensure_ascii=False, indent=2), encoding="utf-8")
    return directory / page.name


def mailed(receipt: Receipt, page: Path, attached: bool) -> str:
    """The page as it goes by mail: with its copy attached, or saying where that lies."""
    copy, said = page.with_suffix(".xlsx"), json.loads(page.with_suffix(".json").read_bytes())
    kind: Kind | None = "copy" if said["marked_copy"] else "list" if copy.exists() else None
    return _page(receipt, kind, copy.name, "attached" if attached else "elsewhere")


def _page(receipt: Receipt, kind: Kind | None, copy: str, where: Literal["beside", "attached", "elsewhere"]) -> str:
    """The page of a receipt; `where` the marked copy, or the list of findings, is to be found by its reader."""
    return _template().render(
        heading=HEADING,
        r=receipt,
        department=departments()[receipt.feed.split("__")[0]],
        area=load_area(settings().area),
        copy=copy,
        where=where,
        kind=kind,
        STATES_ZH=STATES_ZH,
    )


def write_untaken(file_name: str, why: Finding, directory: Path) -> Path:
    """Write the answer to a file that could not be taken in, and so is no delivery; return its path."""
    said = f"文件：{file_name}\r\n结论：{why.message}。\r\n处理办法：{why.hint}。\r\n"
    with _beside(directory) as folder:
        answer = folder / f"未接收_{file_name}.txt"
        answer.write_text(said, encoding="utf-8-sig", newline="")
    return directory / answer.name


@contextmanager
def _beside(directory: Path) -> Iterator[Path]:
    """A folder to write into, whose files are moved into `directory` at the end: a name there that a sender has made a link to
    another file is replaced, and not written through.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=directory, prefix=".") as folder:
        yield Path(folder)
        for made in Path(folder).iterdir():
            made.replace(directory / made.name)


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=legible_on_pages
    )
    return environment.get_template("receipt.html.j2")
