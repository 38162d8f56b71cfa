"""The receipt (回执): what became of a delivery, for the clerk who sent it, as a page and as JSON beside it."""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from sqlalchemy import text

from ingest.deliver import Delivery, status
from ingest.feed import DEPARTMENTS
from warehouse.database import engine
from warehouse.ledger import month_text

HEADING = "工业经济数据报送回执"
VERDICTS = {
    "received": "文件正在处理，结果另行回复。",
    "loaded": "文件可以读取，数据已入库，正在审核。",
    "accepted": "经审核，数据予以接收。",
    "rejected": "经审核，数据予以退回，请按下列意见更正后重新报送。",
    "duplicate": "该文件与已接收的文件完全相同，未重复入库，无需再报。",
}


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("receipt.html.j2")


def write_receipt(delivery_id: int, directory: Path) -> Path:
    """Write `receipt-<id>.html`, self-contained, and `receipt-<id>.json`; return the page's path.

    Written anew it says what holds now: once after reading, again after the gate. Raises KeyError for no such delivery.
    """
    said = _contents(status(delivery_id))
    directory.mkdir(parents=True, exist_ok=True)
    page = directory / f"receipt-{delivery_id}.html"
    page.write_text(_template().render(heading=HEADING, **said), encoding="utf-8")
    page.with_suffix(".json").write_text(json.dumps(said, ensure_ascii=False, indent=2), encoding="utf-8")
    return page


def _contents(delivery: Delivery) -> dict[str, Any]:
    with engine().connect() as c:
        title: str = c.execute(text("select title from ops.feed where feed = :f"), {"f": delivery.feed}).scalar_one()
        problems = (
            c.execute(
                text("""
                    select severity, stage, rule, sheet, cell, found, expected, message, hint from ops.problem
                    where delivery_id = :d order by severity, problem_id
                """),
                {"d": delivery.delivery_id},
            )
            .mappings()
            .all()
        )
    said = asdict(delivery) | {
        "month": month_text(delivery.month) if delivery.month else None,
        "received_at": delivery.received_at.isoformat(timespec="seconds"),
        "title": title,
        "department": DEPARTMENTS[delivery.feed.split("__")[0]],
        "verdict": VERDICTS[delivery.status],
        "problems": [dict(p) for p in problems],
    }
    severities = [p["severity"] for p in problems]
    said["critical_count"], said["warning_count"] = severities.count("critical"), severities.count("warning")
    month, at = delivery.month, delivery.received_at.astimezone()
    said["month_text"] = f"{month.year}年{month.month}月" if month else "未能识别"
    said["received_text"] = f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
    return said
