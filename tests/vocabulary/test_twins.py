"""A rule that SQL needs too stands in schema vocabulary, and says there what it says in Python."""

import sys
import unicodedata
from typing import Any

import pytest
import sqlalchemy as sa

from tests.vocabulary.cases import CLEAN_LABEL, LEAST_SETTLED, MONTH_WORDS, PRINTED
from vocabulary.figure import number
from vocabulary.label import clean
from vocabulary.maturity import ORDER, STAGES
from vocabulary.month import Month


def said(warehouse: sa.Engine, call: str, *arguments: Any) -> Any:
    with warehouse.connect() as c:
        return c.exec_driver_sql(f"select vocabulary.{call}", arguments).scalar()


@pytest.mark.parametrize(("label", "cleaned"), CLEAN_LABEL)
def test_a_label_is_cleaned_alike(warehouse: sa.Engine, label: str, cleaned: str) -> None:
    assert clean(label) == said(warehouse, "clean_label(%s)", label) == cleaned


def test_every_sign_of_a_label_is_cleaned_alike(warehouse: sa.Engine) -> None:
    # A sign that Unicode has assigned since is the database's alone to know.
    signs = [c for c in map(chr, range(1, sys.maxunicode + 1)) if unicodedata.category(c) not in ("Cn", "Cs")]
    with warehouse.connect() as c:
        cleaned = c.exec_driver_sql(
            "select array_agg(vocabulary.clean_label(s) order by n) from unnest(%s::text[]) with ordinality as t (s, n)",
            (signs,),
        ).scalar_one()
    assert [(s, clean(s), there) for s, there in zip(signs, cleaned, strict=True) if clean(s) != there] == []


@pytest.mark.parametrize(("figure", "digits", "printed"), PRINTED)
def test_a_figure_is_printed_alike(warehouse: sa.Engine, figure: float, digits: int, printed: str) -> None:
    assert number(figure, digits) == said(warehouse, "printed(%s, %s)", figure, digits) == printed


@pytest.mark.parametrize(("month", "words"), MONTH_WORDS)
def test_a_month_is_spoken_alike(warehouse: sa.Engine, month: str, words: str) -> None:
    assert Month.parse(month).words == said(warehouse, "month_words(%s)", Month.parse(month)) == words


def test_maturities_have_one_order(warehouse: sa.Engine) -> None:
    assert tuple(said(warehouse, "maturities()")) == ORDER
    assert [m for m in ORDER if m in STAGES] == list(STAGES)


@pytest.mark.parametrize(("maturities", "least"), LEAST_SETTLED)
def test_what_is_reckoned_from_several_is_as_settled_as_the_least(
    warehouse: sa.Engine, maturities: tuple[str | None, str | None], least: str | None
) -> None:
    assert said(warehouse, "least_settled(%s, %s)", *maturities) == least


@pytest.mark.parametrize("maturity", ORDER)
def test_only_settled_figures_of_another_stage_are_further_on(warehouse: sa.Engine, maturity: str) -> None:
    flash = said(warehouse, "matured(%s, 'flash')", maturity)
    assert flash == (maturity != "flash")
    further = {m: said(warehouse, "matured(%s, %s)", m, maturity) for m in STAGES if m != "flash"}
    if maturity in STAGES:
        assert further == {
            m: (STAGES.index(m) > STAGES.index(maturity)) - (STAGES.index(m) < STAGES.index(maturity)) for m in further
        }
    else:
        assert set(further.values()) == {0}
