"""Letters of reminder (催报单): what each department owes, beside the drop folder, taken back once it has come."""

from collections import defaultdict
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import text

from vocabulary.month import BEIJING, Month, day_words
from warehouse.area import departments
from warehouse.book import duties
from warehouse.book.duties import MonthFeed
from warehouse.database import engine
from warehouse.settings import settings

LETTER = """催 报 单

{department}：

    截至{today}，贵单位下列报表逾期未报（或经校验退回后尚未重报）：

{lines}

    请尽快报送至报送目录中名称以报表代码开头的文件夹。已退回的文件，原因见该文件夹内“回执”。
    报表报齐并通过校验后，本单自动撤下。
"""


def remind_departments(month: str | None) -> None:
    """Write the letters: of the month asked for, or of the months in progress."""
    today = datetime.now(BEIJING).date()
    months = [Month.parse(month)] if month else months_in_progress(today)
    for department, owed in write_reminders(months, today, settings().drop / "催报").items():
        for due, feed in owed:
            print(f"late: {department} owes {feed.feed} of {due}, due {feed.due_on}")


def months_in_progress(today: date) -> list[Month]:
    """Months for which something is owed by now and no edition is out.

    Those are the last calendar month, and of the months that deliveries have been accepted for, those after the last
    published edition; before the first edition only the newest, since what lies before it is history taken in.
    """
    with engine().connect() as c:
        begun: list[date] = list(
            c.execute(
                text("""
                with begun as (
                    select distinct m.month from ops.delivery_month as m
                    inner join ops.delivery as d using (delivery_id)
                    where d.status = 'accepted'
                )
                select month from begun
                where month > (select max(month) from ops.edition where status = 'published')
                   or (not exists (select 1 from ops.edition where status = 'published')
                       and month = (select max(month) from begun))
            """)
            ).scalars()
        )
        return sorted({*map(Month.of, begun), Month.of(today).before()})


def late_feeds(months: list[Month], today: date) -> dict[str, list[tuple[Month, MonthFeed]]]:
    """Per department, the feeds of these months that were due before today and have no accepted delivery."""
    late = defaultdict(list)
    for month in months:
        for feed in duties.month_feeds(month):
            if feed.due_on < today and not feed.accepted:
                late[feed.department].append((month, feed))
    return dict(late)


def write_reminders(months: list[Month], today: date, folder: Path) -> dict[str, list[tuple[Month, MonthFeed]]]:
    """Write `<folder>/<department>/催报单.txt` for who owes something and remove the others'; returns what is owed."""
    late = late_feeds(months, today)
    for code, name in departments().items():
        path = folder / name / "催报单.txt"
        if code in late:
            path.parent.mkdir(parents=True, exist_ok=True)
            # The mark at the beginning is for old Windows editors, which would take the text for GBK.
            path.write_text(_letter(name, late[code], today), encoding="utf-8-sig")
        else:
            path.unlink(missing_ok=True)
    return late


def _letter(department: str, owed: list[tuple[Month, MonthFeed]], today: date) -> str:
    lines = [
        f"    {number}. {month.words}《{feed.title}》（{feed.feed}，{'必报' if feed.required else '选报'}）："
        f"应于{day_words(feed.due_on)}前报送，已逾期{(today - feed.due_on).days}日"
        f"{'，报送文件已被退回' if feed.last_status == 'rejected' else ''}。"
        for number, (month, feed) in enumerate(owed, 1)
    ]
    return LETTER.format(department=department, today=day_words(today), lines="\n".join(lines))
