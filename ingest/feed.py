"""Feed and Column: what a feed promises. One YAML per feed in areas/<area>/feeds/, checked here and by its JSON Schema."""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from vocabulary.maturity import Maturity
from vocabulary.month import Month
from vocabulary.unit import CANONICAL, canonical
from warehouse.settings import settings

# What is said wherever a due day is told.
POSTPONED = "遇法定节假日和休息日顺延"


def known_unit(unit: str) -> str:
    """The unit itself. Raises ValueError that names those written like it."""
    try:
        canonical(unit)
    except KeyError as e:
        raise ValueError(e.args[0]) from None
    return unit


def regular_expression(text: str) -> str:
    """The text itself. Raises ValueError that says why it is no regular expression."""
    try:
        re.compile(text)
    except re.error as e:
        raise ValueError(f"{text!r} is no regular expression: {e}") from None
    return text


FeedName = Annotated[str, StringConstraints(pattern=r"^[a-z]+__[a-z][a-z0-9_]*$")]
IndicatorCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\d{2}[A-Z]?$")]
Label = Literal[
    "region", "industry", "entity_id", "entity_name", "credit_code", "year", "month", "series", "unit", "maturity"
]
Measure = Literal["value", "base", "growth"]
PeriodType = Literal["M", "M12", "YTD", "Q", "Y"]
Basis = Literal["comparable_real", "comparable_nominal", "nominal_published"]
MonthText = Annotated[
    Month,
    PlainValidator(lambda text: Month.parse(str(text))),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}),
]
Unit = Annotated[str, AfterValidator(known_unit), WithJsonSchema({"type": "string", "enum": list(CANONICAL)})]
Pattern = Annotated[str, AfterValidator(regular_expression)]
# What a declared heading may leave open, where it holds for any: `用电量|{month}`.
OPEN = re.compile(r"\{(region|industry|year|month)\}")
AttributeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
AttributeType = Literal["text", "number", "date", "flag"]


# What a line may say of its numbers besides their unit.
SAID = ("indicator", "measure", "period_type", "basis")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(Strict):
    """A word that an attribute may hold."""

    printed: str = Field(description="As departments write it.")
    stored: str = Field(description="As the warehouse keeps it.")


class Column(Strict):
    """One column of a table, or one of its rows, and what it says.

    A column names what its rows are of (`label`), describes the thing listed (`attribute`, in a register), or holds
    numbers. What a number is of is said by its column, its row, the sheet, the title and the feed together.
    """

    heading: str = Field(
        description="Heading path as printed, levels joined by |, units and blanks left out. 本月 and 1-本月 in it stand "
        "for the month of the table: 1-本月累计 is 1-5月累计 in May's, 上年1-本月 the same a year before. {region}, "
        "{industry}, {year} and {month} in it stand for any one: 用电量|{month} is 用电量 of whichever month is printed."
    )
    aliases: tuple[str, ...] = Field(default=(), description="Other headings accepted for it.")
    pattern: bool = Field(
        default=False,
        description="The heading is a regular expression matched in full against the path without blanks and units; the "
        "groups `industry`, `region`, `year` and `month` name what the heading itself says.",
    )
    label: Label | None = Field(
        default=None,
        description="What its cells say of their rows. series: what is counted, as `rows` declares it; of several such "
        "columns each is a level of the row's heading. unit: the unit of the row's numbers, held against the declared one. "
        "year: the year of the months beside it, printed once over the rows it holds for. maturity: how settled they are.",
    )
    indicator: IndicatorCode | None = None
    measure: Measure = "value"
    period_type: PeriodType = "M"
    basis: Basis | None = Field(default=None, description="For growth: the basis that the department states.")
    attribute: AttributeName | None = Field(
        default=None, description="Of a register: the attribute's name; one with a unit ends in its canonical unit."
    )
    type: AttributeType = Field(default="text", description="Of an attribute: what its cells hold.")
    choices: tuple[Choice, ...] = Field(default=(), description="Of a text attribute: the only words it may hold.")
    unit: Unit | None = Field(default=None, description="Unit as delivered, one of vocabulary/units.csv.")
    decimals: int | None = Field(default=None, ge=0, le=9, description="Digits printed after the point.")
    optional: bool = False

    @property
    def counts(self) -> bool:
        """Whether it holds numbers of an indicator."""
        return self.label is None and self.attribute is None

    @property
    def says(self) -> dict[str, str]:
        """What it says itself of its numbers, without what holds where nothing is said."""
        stated = ((key, getattr(self, key)) for key in SAID if key in self.model_fields_set)
        return {key: value for key, value in stated if value is not None}

    @property
    def open(self) -> frozenset[str]:
        """What its heading leaves open and the printed one says."""
        if self.pattern:
            return frozenset(re.compile(self.heading).groupindex)
        return frozenset(key for text in (self.heading, *self.aliases) for key in OPEN.findall(text))

    @model_validator(mode="after")
    def _names_counts_or_describes(self) -> "Column":
        if sum(said is not None for said in (self.label, self.indicator, self.attribute)) > 1:
            raise ValueError(f"column {self.heading!r}: set one of label, indicator and attribute")
        if (self.indicator or self.type == "number") and not self.unit:
            raise ValueError(f"column {self.heading!r}: a column of numbers needs a unit")
        if self.type != "text" and (not self.attribute or self.choices):
            raise ValueError(f"column {self.heading!r}: a type is for attributes, and choices are texts")
        if self.pattern:
            regular_expression(self.heading)
        return self


class Layout(Strict):
    """How the table lies on its sheet."""

    sheet: Pattern | None = Field(
        default=None, description="Regular expression of the sheet's name; the first sheet if unset."
    )
    sheet_says: Literal["region", "month"] | None = Field(
        default=None,
        description="What the name of each sheet says of its table: one sheet a county, or one a month. All sheets are "
        "read; of sheets by month a feed of scope month reads its own, and the others are listed.",
    )
    series: Literal["columns", "rows"] = Field(
        default="columns",
        description="columns: `columns` declares the columns. rows: it declares the rows, whose names stand in the first "
        "column; the others are months, and one of units, 计量单位, where there is one.",
    )
    inherits: tuple[Pattern, ...] = Field(
        default=(),
        description="Headings that say nothing alone, as regular expressions: each goes on from the one at its left, so that "
        "增长 right of 工业总产值 is 工业总产值|增长.",
    )
    side_by_side: int = Field(
        default=1, ge=1, le=6, description="How often the same headings stand side by side, each time over other rows."
    )
    header_rows: int = Field(default=1, ge=1, le=6, description="Rows of headings, merged ones included.")
    month_from: Literal["title", "row", "heading"] = Field(
        default="title",
        description="title: the text above the table names the month; row: a label column does; heading: the headings of "
        "columns do. The year of a row's or a heading's month may stand in a column or heading of its own, in the row above or "
        "the heading at its left, or in the title.",
    )
    month: MonthText | None = Field(default=None, description="The month of a paper that states none, published once.")
    skip_labels: tuple[Pattern, ...] = Field(
        default=(),
        description="First cells of rows under the heading that carry no data, as regular expressions matched in full against "
        "the text without blanks.",
    )
    totals: Literal["of_rows", "wider"] = Field(
        default="of_rows",
        description="of_rows: a total row is the sum of the rows listed, which is checked. wider: it also covers what "
        "is not listed.",
    )


class _Source(Strict):
    connection: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$", description="Airflow connection that holds the address and the credentials."
    )
    schedule: str = Field(default="23 * * * *", description="Cron expression, Asia/Shanghai: when it is asked.")


class SftpSource(_Source):
    """A folder on an SFTP server."""

    kind: Literal["sftp"]
    folder: str
    pattern: str = Field(default="*", description="Shell pattern of the names that are looked at.")


class S3Source(_Source):
    """The objects under a prefix of an S3-compatible store."""

    kind: Literal["s3"]
    bucket: str
    prefix: str = ""


class HttpSource(_Source):
    """An HTTP API that is asked for each month. `{month}` in path and name is the month, as 2018-06."""

    kind: Literal["http"]
    path: str = Field(description="Path and query on the connection's host.")
    name: str = Field(description="Name of the file that is made of the answer; must match file_pattern.")
    months: int = Field(default=3, ge=1, le=36, description="How many of the last ended months are asked for.")
    records: str | None = Field(
        default=None, description="Dotted path of the list of records in a JSON answer; unset: the answer is the file."
    )
    next: str | None = Field(default=None, description="Dotted path of the next page's URL; unset: the Link header.")
    page_parameter: str | None = Field(default=None, description="Pages are numbered by this parameter, from 1.")
    total: str | None = Field(default=None, description="Dotted path of the number of records in all pages.")


class Receipts(Strict):
    """Where receipts go besides the folder next to the drop."""

    mail: tuple[Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = ()
    smtp: str = Field(default="receipts_smtp", description="Airflow connection of the mail server.")
    webhook: str | None = Field(default=None, description="Airflow connection of the address that is posted to.")
    marked_copy: bool = Field(
        default=False, description="Whether the delivered table, its findings marked, may go by mail too."
    )


class Feed(Strict):
    """What a department promises: which file, when, and what each of its columns means."""

    feed: FeedName
    title: str
    grain: Literal["region", "industry", "enterprise", "register"]
    lists: AttributeName | None = Field(
        default=None, description="Of a register: the kind of what it lists, as enterprise or project."
    )
    scope: Literal["month", "history"] = "month"
    frequency: Literal["month", "quarter", "once"] = Field(
        default="month", description="once: published and then no more, so that no month owes it."
    )
    reports_january: bool = True
    required: bool = False
    first_month: MonthText = Field(description="The first statistical month that it owes, as 2018-01.")
    due_day: int = Field(
        ge=1, le=31, description="Day of the month after the statistical month, or the next working day after it."
    )
    maturity: Maturity = Field(
        default="prelim",
        description="How settled the figures of its deliveries are unless a delivery says otherwise above or under its "
        "table (domain.md 2.6): flash 快报, prelim 初步, revised 修订, final 年报 or a closed book, benchmark 普查, correction 更正.",
    )
    file_pattern: Pattern = Field(description="Regular expression found in the names of its files.")
    region: str | None = Field(default=None, description="The region of a table that names none.")
    layout: Layout = Layout()
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[Column, ...] = Field(
        default=(),
        description="What the rows say, where columns alone do not say what is counted: lines looked up by the cells of the "
        "columns labelled series, by all of them as a path, else by each of them.",
    )
    ignore: tuple[Pattern, ...] = Field(
        default=(),
        description="Headings known and not taken in, of columns and of rows, as regular expressions matched in full against "
        "the path without blanks and units; an empty one stands for a column with no heading.",
    )
    source: str | None = Field(default=None, description="Where the series is published.")
    fetch: Annotated[SftpSource | S3Source | HttpSource, Field(discriminator="kind")] | None = Field(
        default=None, description="Where its files are fetched from; unset: the department drops them."
    )
    receipts: Receipts | None = Field(default=None, description="Who is sent its receipts.")

    @property
    def department(self) -> str:
        return self.feed.split("__")[0]

    @property
    def duty(self) -> dict[str, Any]:
        """What the book keeps of it (warehouse.book.duties.sync_feeds)."""
        return {
            "feed": self.feed, "area": settings().area, "department": self.department, "title": self.title,
            "grain": self.grain, "scope": self.scope, "first_month": self.first_month,
            "frequency": self.frequency, "reports_january": self.reports_january, "required": self.required,
            "due_day": self.due_day,
        }  # fmt: skip

    @property
    def numbers(self) -> tuple[Column, ...]:
        """The declared columns and rows that name an indicator."""
        return tuple(c for c in (*self.columns, *self.rows) if c.indicator)

    @property
    def measured(self) -> tuple[Column, ...]:
        """The declared columns and rows that have a unit: of indicators, and of a register's numbers."""
        return tuple(c for c in (*self.columns, *self.rows) if c.unit)

    @property
    def row_lines(self) -> tuple["Column", ...]:
        """What rows are declared to say."""
        return self.columns if self.layout.series == "rows" else self.rows

    @property
    def labels(self) -> frozenset[str]:
        """What the columns of labels say of their rows."""
        return frozenset(c.label for c in self.columns if c.label)

    @property
    def open(self) -> frozenset[str]:
        """What the headings of columns leave open and the printed ones say."""
        return frozenset(key for c in self.columns for key in c.open)

    @property
    def crossed(self) -> bool:
        """Whether what a number is of stands partly in its row: its series, its unit, or the year of its column's month."""
        apart = ("year" in self.labels and "month" in self.open) or ("month" in self.labels and "year" in self.open)
        return bool(self.row_lines) or "unit" in self.labels or apart

    @model_validator(mode="after")
    def _coherent(self) -> "Feed":
        for lines in (self.columns, self.rows):
            headings = [h for c in lines for h in (c.heading, *c.aliases)]
            if twice := {h for h in headings if headings.count(h) > 1}:
                raise ValueError(f"{self.feed}: heading declared twice: {sorted(twice)}")
        labels = self.labels
        naming = {"enterprise": {"entity_id", "credit_code"}, "register": {"entity_id", "credit_code", "entity_name"}}
        if self.grain in naming and not labels & naming[self.grain]:
            wanted = " or ".join(sorted(naming[self.grain]))
            raise ValueError(f"{self.feed}: a feed of grain {self.grain} needs a column labelled {wanted}")
        self._register_or_numbers()
        self._rows_or_columns()
        self._stands_once()
        return self

    def _rows_or_columns(self) -> None:
        """What is counted is named by every column of numbers, or by the rows that `rows` declares."""
        if bool(self.rows) != ("series" in self.labels):
            raise ValueError(
                f"{self.feed}: rows are named by a column labelled series, and it names nothing without rows"
            )
        if self.rows and self.layout.series == "rows":
            raise ValueError(f"{self.feed}: series: rows declares the rows under columns, and has no rows beside them")
        if wrong := [c.heading for c in self.rows if not c.counts or c.open & {"year", "month"}]:
            raise ValueError(f"{self.feed}: a row says what its numbers count, unlike {wrong}")
        unsaid = [c.heading for c in self.columns if c.counts and not c.indicator]
        if unsaid and not self.rows:
            raise ValueError(f"{self.feed}: neither the columns {unsaid} nor rows name an indicator")
        if self.rows and not any(c.counts for c in self.columns):
            raise ValueError(f"{self.feed}: no column holds numbers")

    def _stands_once(self) -> None:
        """A region, an industry, a year, a month is said in one place, and a month where month_from says."""
        by_sheet = {self.layout.sheet_says} if self.layout.sheet_says else set()
        if twice := sorted((self.labels & self.open) | (by_sheet & (self.labels | self.open))):
            raise ValueError(f"{self.feed}: {', '.join(twice)} is said in two places")
        wanted = "row" if "month" in self.labels else "heading" if "month" in self.open else "title"
        if self.layout.series == "columns" and self.layout.month_from != wanted:
            raise ValueError(f"{self.feed}: month_from is {self.layout.month_from}, the months stand in the {wanted}")
        if "year" in self.labels | self.open and wanted == "title":
            raise ValueError(f"{self.feed}: a year needs its months beside it")

    def _register_or_numbers(self) -> None:
        is_register = self.grain == "register"
        if is_register != (self.lists is not None):
            raise ValueError(f"{self.feed}: a feed of grain register, and no other, says what it lists")
        wrong = [c.heading for c in self.columns if (c.indicator if is_register else c.attribute)]
        if wrong:
            raise ValueError(f"{self.feed}: registers hold attributes and other feeds indicators, unlike {wrong}")
        names = [c.attribute for c in self.columns if c.attribute]
        if len(names) > len(set(names)):
            raise ValueError(f"{self.feed}: an attribute is declared twice: {sorted(names)}")
        if is_register and (self.crossed or self.layout.side_by_side > 1 or self.scope != "month"):
            raise ValueError(f"{self.feed}: a register lists one thing a row and speaks for its month as a whole")
