"""House rules of the dbt project, after those of dbt-project-evaluator, each a function of dbt's manifest.

A rule returns what breaks it, by name; an empty list is a kept rule.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Manifest = dict[str, Any]
Node = dict[str, Any]

LAYERS = ("staging", "intermediate", "marts", "reports")
PUBLIC = ("marts", "reports")
PREFIXES = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "marts": ("fct_", "dim_", "wide_"),
    "reports": ("rpt_",),
}
MAY_READ = {
    "staging": {"staging", "catalog", "raw", "ops"},
    "intermediate": {"staging", "intermediate", "catalog"},
    "marts": {"staging", "intermediate", "marts", "catalog"},
    "reports": {"staging", "intermediate", "marts", "reports", "catalog"},
}
ANALYSTS = "gongyun_analyst"
# A sum of floats differs in the last digit with the order of its rows, which two builds of one moment need not share.
# These sums are of
ORDER_DOES_NOT_MATTER = {
    # whole numbers,
    ("fct_composite_signal", "s.score"),
    ("int_industry_moves", "l.sign"),
    ("int_confidential_cells", "m.sign * s.sign"),
    ("int_panel_growth", "firms_n - known_n"),
    ("rpt_timeliness", "f.days_late"),
    # what is numeric already,
    ("int_cell_concentration", "home.value"),
    ("int_panel_growth", "value_before"),
    ("int_panel_growth", "value_now"),
    ("int_panel_parts", "value_before"),
    ("int_panel_parts", "value_now"),
    ("int_panel_shown", "value_now"),
    # or the elements of an array, in the array's order.
    ("fct_correlated_pairs", "u.y, u.x"),
    ("int_expected_lags", "u.follower, u.leader"),
    (
        "int_expected_lags",
        "bit_count(u.follower_below & g.follower_months), bit_count(u.leader_below & g.leader_months)",
    ),
    ("int_lagged_correlations", "u.change, nullif(lookup.changes[u.at - ({{ lag }})], 'NaN')"),
    ("int_shared_persistence", "u.x * d.x[u.at - {{ k }}]"),
    ("int_shared_persistence", "u.z * d.z[u.at - {{ k }}]"),
}
# The deliveries that came into force or went out of it, which the macro `affected` asks for while SQL is written
# (docs/decisions/0007): no model names it.
READ_BY_MACROS = {"stg_changes"}
# A reader of a model has to hold its parents in his head. The problem list, which gathers every rule, needs the most.
MOST_PARENTS = 16
LONGEST_CHAIN_OF_VIEWS = 3
# A query of more joins than this holds a step that is a fact worth its name.
MOST_JOINS = 12
# Of two or three tables a letter each can be held in mind, of more a word each.
MOST_LETTERS = 3
SUFFIX_UNITS = {
    "_pct": "%", "_pp": "个百分点", "_10k_yuan": "万元", "_10k_kwh": "万千瓦时", "_10k_tons": "万吨", "_10k_m3": "万立方米",
    "_persons": "人", "_ratio": "倍", "_months": "月", "days_late": "天", "_index": "指数", "_tb": "TB",
}  # fmt: skip
NUMBERS = {"double precision", "integer", "bigint", "smallint", "numeric"}
UNIT_SUFFIXES = {
    "万元": "10k_yuan", "万千瓦时": "10k_kwh", "万吨": "10k_tons", "万立方米": "10k_m3", "万美元": "10k_usd", "TB": "tb", "指数": "index",
    "人": "persons",
}  # fmt: skip


def models(manifest: Manifest) -> Iterator[Node]:
    return (n for n in manifest["nodes"].values() if n["resource_type"] == "model")


def tests(manifest: Manifest) -> Iterator[Node]:
    return (n for n in manifest["nodes"].values() if n["resource_type"] == "test")


def names_and_places(manifest: Manifest) -> list[str]:
    """A model is named after its layer, and lies in the layer's folder and schema."""
    wrong = []
    for n in models(manifest):
        layer = Path(n["path"]).parts[0]
        if layer not in LAYERS:
            wrong.append(f"{n['name']} lies in {layer}, which is no layer")
        elif not n["name"].startswith(PREFIXES[layer]):
            wrong.append(f"{n['name']} of {layer} does not begin with {' or '.join(PREFIXES[layer])}")
        elif n["schema"] != layer:
            wrong.append(f"{n['name']} of {layer} is built in schema {n['schema']}")
    return wrong


def beside(manifest: Manifest) -> list[str]:
    """What is said of a model, and its unit tests, lie beside it in a file of its name."""
    of = {n["unique_id"]: f"models/{n['path'].removesuffix('.sql')}.yml" for n in models(manifest)}
    said = {n["unique_id"]: (n["patch_path"] or "nowhere").removeprefix("gongyun://") for n in models(manifest)}
    tried = [
        (t["name"], t["original_file_path"], of[t["depends_on"]["nodes"][0]]) for t in manifest["unit_tests"].values()
    ]
    return [f"{key} is described in {said[key]}" for key in of if said[key] != of[key]] + [
        f"{name} lies in {lies}, not in {right}" for name, lies, right in tried if lies != right
    ]


def layering(manifest: Manifest) -> list[str]:
    """A model reads only layers before it, and raw and ops are read by staging alone."""
    schemas = {k: n["schema"] for k, n in (manifest["nodes"] | manifest["sources"]).items()}
    return [
        f"{n['name']} of {n['schema']} reads {schemas[parent]} ({parent})"
        for n in models(manifest)
        for parent in n["depends_on"]["nodes"]
        if schemas[parent] not in MAY_READ[n["schema"]]
    ]


def roots(manifest: Manifest) -> list[str]:
    """No model has nothing before it: its rows would come from nowhere."""
    return [f"{n['name']} reads nothing" for n in models(manifest) if not n["depends_on"]["nodes"]]


def hard_coded_relations(manifest: Manifest) -> list[str]:
    """A model or test of SQL names its tables by ref and source, or dbt would not know what it reads."""
    schemas = "|".join((*LAYERS, "catalog", "raw", "ops"))
    named = re.compile(rf"(?:\bfrom|\bjoin)\s+\"?(?:{schemas})\"?\s*\.\s*\"?\w+", re.IGNORECASE)
    wrong = []
    for n in manifest["nodes"].values():
        if n["resource_type"] in ("model", "test"):
            code = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|--[^\n]*", "", n.get("raw_code") or "", flags=re.DOTALL)
            wrong += [f"{n['name']}: {' '.join(found.split())}" for found in named.findall(code)]
    return wrong


# What a macro defines, and the words by which a list of it made by hand betrays itself.
DEFINED_ONCE = {
    "macros/panel.sql": r"'(?:new_built|graduated|dropped|merged|moved_region|reclassified)'",
    "macros/nature.sql": r"nature (?:not )?in \(",
    "macros/least_mature.sql": r"'(?:prelim|revised|benchmark)'",
}


def defined_once(manifest: Manifest) -> list[str]:
    """What a macro defines no model lists by hand: two lists of one thing part in time."""
    return [
        f"{n['name']} lists by hand what {macro} defines: {found}"
        for n in models(manifest)
        for macro, words in DEFINED_ONCE.items()
        for found in re.findall(words, re.sub(r"--[^\n]*", "", n["raw_code"]))
    ]


def unordered_sums(manifest: Manifest) -> list[str]:
    """A sum of floats has an order, or two builds of the same moment differ in the last digit."""
    named = re.compile(r"\b(?:sum|avg|corr|stddev\w*|var_\w+|variance|covar_\w+|regr_(?!count)\w+)\(")
    wrong = []
    for n in models(manifest):
        code = re.sub(r"--[^\n]*", "", n["raw_code"])
        ordered = {w for w in re.findall(r"(\w+) as (?=\()", code) if "order by" in _in_parentheses(code, f"{w} as (")}
        for found in named.finditer(code):
            summed = _in_parentheses(code, found.group(), found.start())
            over = re.match(r"\)\s*over (?:(\w+)|\()", code[found.end() + len(summed) :])
            window = _in_parentheses(code, "over (", found.end() + len(summed)) if over and not over.group(1) else ""
            if not (
                "order by" in summed + window
                or (over and over.group(1) in ordered)
                or re.fullmatch(r"(?:\w+\.)?\w+(?:_n|::numeric)", summed)
                or (n["name"], " ".join(summed.split())) in ORDER_DOES_NOT_MATTER
            ):
                wrong.append(f"{n['name']}: {found.group()}{' '.join(summed.split())}) has no order")
    return wrong


def _in_parentheses(code: str, opening: str, start: int = 0) -> str:
    """What stands between the parenthesis that `opening` ends with, sought from `start` on, and the one that closes it."""
    begin = code.index(opening, start) + len(opening)
    depth, end = 1, begin
    while depth:
        depth += {"(": 1, ")": -1}.get(code[end], 0)
        end += 1
    return code[begin : end - 1]


def reach(manifest: Manifest) -> list[str]:
    """What a change reaches, a model declares once: what it forgets, writes and reads by it names a column, never months."""
    wrong = []
    for n in models(manifest):
        said = set(re.findall(r"\b(affected|needed|forget|reached|month_moved)\(", n["raw_code"]))
        declared = {k for k in ("reach", "reach_from", "looks_back") if n["config"].get(k) is not None}
        wrong += [
            f"{n['name']} names months beside its declaration: {found}"
            for found in re.findall(r"\b(?:affected|needed)\((?!\)|'[^']*'\)).*", n["raw_code"])
        ]
        wrong += [f"{n['name']} calls {s}, which is the macros' own" for s in sorted(said - {"affected", "needed"})]
        if len(declared & {"reach", "reach_from"}) != ("affected" in said):
            wrong.append(
                f"{n['name']} declares {sorted(declared)} and writes {'a' if 'affected' in said else 'no'} part of it"
            )
        if ("looks_back" in declared) != ("needed" in said):
            wrong.append(f"{n['name']} declares {sorted(declared)}, but reads otherwise")
    return wrong


def sources(manifest: Manifest) -> list[str]:
    """A source is described, declared once and read by a model or a test."""
    declared = manifest["sources"].values()
    tables = Counter((s["schema"], s["identifier"]) for s in declared)
    read = {p for n in manifest["nodes"].values() for p in n.get("depends_on", {}).get("nodes", [])}
    return (
        [f"{s}.{t} is declared {n} times" for (s, t), n in tables.items() if n > 1]
        + [f"{s['name']} is not described" for s in declared if not (s["description"] and s["source_description"])]
        + [f"{s['name']} is read by nothing" for s in declared if s["unique_id"] not in read]
    )


def unused(manifest: Manifest) -> list[str]:
    """A model before the marts is read by another model; a mart or report is in an exposure."""
    read = {p for n in models(manifest) for p in n["depends_on"]["nodes"]}
    exposed = {p for e in manifest["exposures"].values() for p in e["depends_on"]["nodes"]}
    wrong = []
    for n in models(manifest):
        if n["schema"] in PUBLIC:
            if n["unique_id"] not in exposed:
                wrong.append(f"{n['name']} is in no exposure")
        elif n["unique_id"] not in read and n["name"] not in READ_BY_MACROS:
            wrong.append(f"{n['name']} is read by nothing")
    return wrong


def fan_in(manifest: Manifest) -> list[str]:
    """A model has no more parents than a reader can follow."""
    return [
        f"{n['name']} reads {len(set(n['depends_on']['nodes']))} tables, more than {MOST_PARENTS}"
        for n in models(manifest)
        if len(set(n["depends_on"]["nodes"])) > MOST_PARENTS
    ]


def joins(manifest: Manifest) -> list[str]:
    """A model joins no more tables than a reader can follow."""
    wrong = []
    for n in models(manifest):
        code = re.sub(r"--[^\n]*|\{#.*?#\}", "", n["raw_code"], flags=re.DOTALL)
        counted = len(re.findall(r"\bjoin\b", code))
        if counted > MOST_JOINS:
            wrong.append(f"{n['name']} joins {counted} times, {MOST_JOINS} are allowed")
    return wrong


def aliases(manifest: Manifest) -> list[str]:
    """Where a select reads more tables than a letter each tells apart, its aliases are words."""
    wrong = []
    for n in models(manifest):
        letters = [
            alias
            for read in _tables_by_select(n["raw_code"])
            for alias in read
            if len(read) > MOST_LETTERS and alias and not re.fullmatch(r"[a-z_]{3,}", alias)
        ]
        if letters:
            wrong.append(f"{n['name']} calls tables {letters} where it reads more than {MOST_LETTERS}")
    return wrong


def _tables_by_select(code: str) -> Iterator[list[str]]:
    """The aliases of the tables that each select reads, '' for one that goes by its own name."""
    code = re.sub(r"--[^\n]*|\{#.*?#\}|\{%.*?%\}|'[^']*'|\bdistinct from\b", " ", code, flags=re.DOTALL)
    selects: list[list[str]] = [[]]  # the one being read in each pair of parentheses; a list before it names no table
    in_select = [False]
    for found in re.finditer(r"[()]|\b(?:select|from|join)\b|\bas (\w+)", code):
        word = found.group()
        if word == "(":
            selects.append([])
            in_select.append(False)
        elif word == ")":
            in_select.pop()
            yield selects.pop()
        elif word == "select":
            yield selects[-1]
            selects[-1], in_select[-1] = [], True
        elif word in ("from", "join"):
            if in_select[-1]:
                selects[-1].append("")
        elif selects[-1] and not selects[-1][-1]:
            selects[-1][-1] = found.group(1)
    yield from selects


def chains_of_views(manifest: Manifest) -> list[str]:
    """Views on views are reckoned anew at each reading; a long chain of them should be a table somewhere."""
    views = {n["unique_id"]: n for n in models(manifest) if n["config"]["materialized"] == "view"}

    def length(key: str) -> int:
        return 1 + max((length(p) for p in views[key]["depends_on"]["nodes"] if p in views), default=0)

    return [f"{views[k]['name']} is the end of {length(k)} views" for k in views if length(k) > LONGEST_CHAIN_OF_VIEWS]


def keys(manifest: Manifest) -> list[str]:
    """Every model has a primary key or a test of uniqueness."""
    kept = {
        n.get("attached_node")
        for n in tests(manifest)
        if (n.get("test_metadata") or {}).get("name") in ("unique", "unique_together")
    }
    return [
        f"{n['name']} has no key"
        for n in models(manifest)
        if n["unique_id"] not in kept and not any(c["type"] == "primary_key" for c in n["constraints"])
    ]


def descriptions(manifest: Manifest) -> list[str]:
    """A description settles what a row is, and every column listed has one."""
    wrong = []
    for n in manifest["nodes"].values():
        if n["resource_type"] in ("model", "seed"):
            if not n["description"].startswith("One row per "):
                wrong.append(f"{n['name']} does not say what a row is")
            wrong += [
                f"{n['name']}.{c['name']} is not described" for c in n["columns"].values() if not c["description"]
            ]
    return wrong


def contracts(manifest: Manifest) -> list[str]:
    """What outsiders read has an enforced contract, a type for every column, and is theirs to read; nothing else is."""
    wrong = []
    for n in models(manifest):
        public = n["schema"] in PUBLIC
        if n["contract"]["enforced"] != public:
            wrong.append(f"{n['name']} of {n['schema']}: contract {'not ' if public else ''}enforced")
        if n["config"]["grants"] != ({"select": [ANALYSTS]} if public else {}):
            wrong.append(f"{n['name']} of {n['schema']} is granted {n['config']['grants']}")
        if public:
            wrong += [f"{n['name']}.{c['name']} has no type" for c in n["columns"].values() if not c["data_type"]]
    return wrong


def exposures(manifest: Manifest) -> list[str]:
    """An exposure is described, owned and rated, and rests on marts and reports only."""
    public = {n["unique_id"] for n in models(manifest) if n["schema"] in PUBLIC}
    wrong = []
    for e in manifest["exposures"].values():
        wrong += [f"{e['name']} rests on {p}" for p in e["depends_on"]["nodes"] if p not in public]
        if not e["depends_on"]["nodes"]:
            wrong.append(f"{e['name']} rests on nothing")
        if not (
            e["description"] and e["label"] and e["maturity"] and (e["owner"].get("name") or e["owner"].get("email"))
        ):
            wrong.append(f"{e['name']} lacks description, label, maturity or owner")
    return wrong


def units(manifest: Manifest, known: dict[tuple[str, str], Any]) -> list[str]:
    """Every number of a mart or report has a unit, and the one that its name ends with; `known` are its terms."""
    wrong = []
    for n in models(manifest):
        for c in n["columns"].values() if n["schema"] in PUBLIC else ():
            term = known.get((n["name"], c["name"]))
            if term is None:
                wrong.append(f"{n['name']}.{c['name']} has no Chinese label (seed terms)")
                continue
            if c["data_type"] in NUMBERS and not term.unit:
                wrong.append(f"{n['name']}.{c['name']} is a number without unit")
            for suffix, unit in SUFFIX_UNITS.items():
                if c["data_type"] in NUMBERS and c["name"].endswith(suffix) and term.unit != unit:
                    wrong.append(f"{n['name']}.{c['name']} is in {term.unit!r}, by its name in {unit}")
    return wrong


def wide_columns(manifest: Manifest, indicators: list[dict[str, str]]) -> list[str]:
    """wide_region_month has the columns of every headline or main indicator of the seed, by stable names, and no others."""
    expected = {}
    for i in indicators:
        if i["headline_order"] or i["main_indicator"] == "true":
            growth_only = i["nature"] == "flow" and i["unit"] == "%"
            for axis, between in {"M": "_", "YTD": "_ytd_"}.items():
                if axis == "YTD" and i["nature"] != "flow":
                    continue
                code = i["indicator"].lower()
                expected[f"{code}{between}growth_pct"] = {
                    "indicator": i["indicator"],
                    "measure": "growth",
                    "axis": axis,
                }
                if not growth_only:
                    name = f"{code}{between}{UNIT_SUFFIXES.get(i['unit'], i['unit'])}"
                    expected[name] = {"indicator": i["indicator"], "measure": "value", "axis": axis}
    columns = next(n for n in models(manifest) if n["name"] == "wide_region_month")["columns"].values()
    found = {c["name"]: c["config"]["meta"] for c in columns if c["config"]["meta"]}
    return [f"wide_region_month has to list {k} with meta {v}" for k, v in expected.items() if found.get(k) != v] + [
        f"wide_region_month lists {k}, which is no headline or main indicator" for k in found.keys() - expected.keys()
    ]
