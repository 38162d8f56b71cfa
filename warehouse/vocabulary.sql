-- The rules of vocabulary/ that SQL needs too: for the gate, the models and the trace. Each is held to the cases that its
-- twin in Python is held to (tests/vocabulary/test_twins.py). What models call for every row is written to be inlined.

create schema if not exists vocabulary;

-- vocabulary.label.clean: plain characters (NFKC, radicals as what they stand for) without blanks and invisible ones.
create or replace function vocabulary.clean_label(label text) returns text
language sql immutable parallel safe as $$
    select translate(
        regexp_replace(
            normalize(label, nfkc),
            '[[:space:]\u001c-\u001f\u0085\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065'
            '\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a'
            '\U000e0000-\U000e0fff]',
            '',
            'g'
        ),
        '⺁⺄⺊⺎⺒⺓⺜⺝⺠⺩⺪⺬⻁⻄⻅⻆⻉⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻱',
        '厂乙卜兀巳幺日月民王疋示虎西见角贝车長长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙龜'
    )
$$;

-- vocabulary.figure.number: 1,234.50 and −3.2, rounded half up; what is absent stays null.
create or replace function vocabulary.printed(figure double precision, digits integer) returns text
language sql immutable parallel safe as $$
    select replace(
        to_char(
            f.rounded,
            'FM' || repeat('999,', length(trunc(abs(f.rounded))::text) / 3) || '990'
            || case when digits > 0 then '.' || repeat('0', digits) else '' end
        ),
        '-', '−'
    )
    from (select round(round(figure::text::numeric, 9), digits) as rounded) as f
$$;

-- vocabulary.month.Month.words: 2018年6月.
create or replace function vocabulary.month_words(month date) returns text
language sql immutable parallel safe as $$
    select extract(year from month)::int || '年' || extract(month from month)::int || '月'
$$;

-- vocabulary.maturity.MATURITIES: how settled figures are, from the least on (domain.md 2.6).
create or replace function vocabulary.maturities() returns text[]
language sql immutable parallel safe as $$
    select array['flash', 'prelim', 'revised', 'correction', 'final', 'benchmark']
$$;

-- vocabulary.maturity.least_settled of two; one that does not say leaves the other's.
create or replace function vocabulary.least_settled(one text, other text) returns text
language sql immutable parallel safe as $$
    select (vocabulary.maturities())[
        least(array_position(vocabulary.maturities(), one), array_position(vocabulary.maturities(), other))
    ]
$$;

-- vocabulary.maturity.matured: 1 where figures are further on than those they replace, -1 the other way round, else 0.
create or replace function vocabulary.matured(maturity text, replaced text) returns integer
language sql immutable parallel safe as $$
    select coalesce(sign(case
        when 'flash' in (maturity, replaced) then (maturity <> 'flash')::int - (replaced <> 'flash')::int
        else array_position(array['prelim', 'final', 'benchmark'], maturity)
            - array_position(array['prelim', 'final', 'benchmark'], replaced)
    end), 0)::int
$$;

grant usage on schema vocabulary to gongyun_analyst;
