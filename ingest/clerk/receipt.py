"""The receipt (回执): what became of a delivery, for the clerk who sent it: a page, a marked copy of the file, and JSON."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from sqlalchemy import text

from ingest.clerk.mark import mark
from ingest.deliver import status
from ingest.feed import Feed
from ingest.land import stored
from ingest.parsing.contents import examine
from vocabulary.finding import STATES_ZH, Finding, State
from vocabulary.maturity import MATURITIES
from vocabulary.month import Month
from warehouse.area import departments
from warehouse.database import engine

HEADING = "工业经济数据报送回执"
VERDICTS = {
    "received": "文件正在处理，结果另行回复。",
    "loaded": "文件可以读取，数据已入库，正在审核。",
    "held": "文件可以读取，数据已入库；修订幅度较大，请按下列意见说明原因，说明前暂不采用。",
    "accepted": "经审核，数据予以接收。",
    "rejected": "经审核，数据予以退回，请按下列意见更正后重新报送。",
    "duplicate": "该文件与已接收的文件完全相同，未重复入库，无需再报。",
    "readable": "经预审，文件可以读取，尚未正式报送。",
    "unreadable": "经预审，文件存在下列问题，请更正后再行报送。",
}
REFUSED = {"rejected", "unreadable"}


@dataclass(frozen=True)
class Receipt:
    """What is said to the sender. `delivery_id` and `received_at` are None for a file that was only checked.

    `status` is that of the delivery, or `readable` or `unreadable` for a check; `cells` counts the numbers taken in.
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

    @property
    def name(self) -> str:
        """Stem of the receipt's files."""
        return f"receipt-{self.delivery_id}" if self.delivery_id else f"check-{self.sha256[:12]}"

    @property
    def refused(self) -> bool:
        return self.status in REFUSED

    @property
    def verdict(self) -> str:
        """What became of it, in an official's words; a loaded delivery with a grave finding waits for its sender."""
        waits = self.status == "loaded" and self.counted("stopped")
        return VERDICTS["held" if waits else self.status]

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
        """How many findings there are that stop it and that are told, and of waived ones where there are any."""
        counts = f"退回性问题{self.counted('stopped')}条，提示性问题{self.counted('told')}条"
        waived = self.counted("waived")
        return f"{counts}，经批准放行的严重问题{waived}条" if waived else counts

    def as_dict(self) -> dict[str, Any]:
        """The receipt for machines: months as 2018-06, moments in ISO 8601."""
        said = asdict(self)
        # Receivers' programs know the findings by this name.
        said["problems"] = said.pop("findings")
        return said | {
            "month": str(self.month) if self.month else None,
            "received_at": self.received_at.isoformat(timespec="seconds") if self.received_at else None,
            "department": departments()[self.feed.split("__")[0]],
            "verdict": self.verdict,
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
                    stage, rule, severity, message, sheet, cell, found, expected, hint, state = 'waived' as waived
                from ops.finding where delivery_id = :d order by severity, finding_id
            """),
            {"d": delivery_id},
        )
        findings = tuple(Finding(**r) for r in rows.mappings())
    said = vars(delivery) | {"title": title, "findings": findings}
    return Receipt(**said)


def check(feed: Feed, path: Path) -> Receipt:
    """What the receipt of a file would say of its reading, without delivering it and without a database."""
    parsed = examine(feed, path, path.name)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Receipt(
        feed.feed,
        feed.title,
        path.name,
        digest,
        "readable" if parsed.loadable else "unreadable",
        parsed.month,
        tuple(sorted(parsed.findings, key=lambda p: p.severity)),
        sum(parsed.cells.values()),
        parsed.maturity,
    )


def write_receipt(delivery_id: int, directory: Path) -> Path:
    """Write the receipt of a delivery into `directory` and return the page's path.

    `receipt-<id>.html` is self-contained, `.json` beside it is for machines, and where findings have cells `.xlsx` is
    the marked copy. Written anew it says what holds now: once after reading, again after the gate.
    """
    receipt = receipt_of(delivery_id)
    return write(receipt, stored(receipt.sha256), directory)


def write(receipt: Receipt, original: Path, directory: Path) -> Path:
    """Write a receipt's page, JSON and, where findings have cells, marked copy; return the page's path."""
    directory.mkdir(parents=True, exist_ok=True)
    page = directory / f"{receipt.name}.html"
    copy = page.with_suffix(".xlsx")
    copy.unlink(missing_ok=True)
    kind = mark(original, receipt.file_name, receipt.findings, copy)
    at = (receipt.received_at or datetime.now(UTC)).astimezone()
    page.write_text(
        _template().render(
            heading=HEADING,
            r=receipt,
            department=departments()[receipt.feed.split("__")[0]],
            at=f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
            copy=copy.name,
            kind=kind,
            STATES_ZH=STATES_ZH,
        ),
        encoding="utf-8",
    )
    said = receipt.as_dict() | {"marked_copy": copy.name if kind == "copy" else None}
    page.with_suffix(".json").write_text(json.dumps(said, ensure_ascii=False, indent=2), encoding="utf-8")
    return page


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("receipt.html.j2")
