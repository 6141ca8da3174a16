"""XMILE texts that are attacks: by their fields, names, entities, sizes and numbers."""

from __future__ import annotations

import codecs
from random import Random
from xml.sax.saxutils import quoteattr

from tests.attack import hostile
from tests.attack.mdl import case, level, line
from tests.attack.outcomes import Case, Right

SPACE = "http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"
SECRET = 7777
FIELDS = (
    "vendor",
    "product",
    "version",
    "title",
    "uuid",
    "time units",
    "method",
    "name",
    "units",
    "doc",
    "dimension",
    "element",
    "equation",
    "model name",
    "group",
    "view",
    "namespace",
    "model units",
)
PLAIN = {
    "vendor": "v",
    "product": "p",
    "version": "1",
    "title": "t",
    "uuid": "u",
    "time units": "year",
    "method": "Euler",
    "name": "plain",
    "units": "widgets",
    "doc": "a note",
    "dimension": "sub",
    "element": "one",
    "equation": "3+TIME",
    "model name": "",
    "group": "g",
    "view": "v",
    "namespace": SPACE,
    "model units": "widget",
}


def text(variables: str, head: str = '<?xml version="1.0" encoding="utf-8"?>', **told: str) -> str:
    """An XMILE text around some variables; `told`: attributes and specifications told otherwise."""
    start, stop, dt = told.get("start", "0"), told.get("stop", "4"), told.get("dt", "0.5")
    specs = told.get("specs", f"<start>{start}</start><stop>{stop}</stop><dt>{dt}</dt>")
    attributes = told.get("attributes", 'method="Euler" time_units="year" isee:save_interval="1"')
    return (
        f'{head}\n<xmile version="1.0" xmlns="{told.get("space", SPACE)}" '
        'xmlns:isee="http://iseesystems.com/XMILE">'
        f"<header>{told.get('header', '<vendor>n</vendor><product>n</product>')}</header>"
        f"<sim_specs {attributes}>{specs}</sim_specs>{told.get('dimensions', '')}"
        f"<model><variables>{variables}</variables></model></xmile>"
    )


def aux(name: str, equation: str, units: str = "") -> str:
    """An auxiliary, its texts escaped."""
    written = f"<units>{_text(units)}</units>" if units else ""
    return f"<aux name={_attribute(name)}><eqn>{_text(equation)}</eqn>{written}</aux>"


def _attribute(value: str) -> str:
    return quoteattr(
        value, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;", "\x85": "&#133;", "\u2028": "&#8232;"}
    )


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def fields(rng: Random, k: int) -> Case:
    """Code in a field of a text whose numbers are known."""
    field = FIELDS[k % len(FIELDS)]
    code = hostile.code(rng, k // len(FIELDS))
    told = PLAIN | {field: code}
    header = (
        f"<vendor>{_text(told['vendor'])}</vendor><product version={_attribute(told['version'])}>"
        f"{_text(told['product'])}</product><name>{_text(told['title'])}</name>"
        f"<uuid>{_text(told['uuid'])}</uuid>"
    )
    name = told["name"]
    body = (
        f"<aux name={_attribute(name)}><eqn>{_text(told['equation'])}</eqn>"
        f"<units>{_text(told['units'])}</units>"
        f"<doc>{_text(told['doc'])}</doc></aux>"
        + aux("last", f'2*"{name}"')
        + aux("wanted", "10 + STEP(5, 1)", "widgets")
        + aux("slow", "DELAY1(wanted, 2)")
        + "<stock name='count'><eqn>1</eqn><inflow>rate</inflow></stock>"
        "<flow name='rate'><eqn>2</eqn></flow>"
        f"<aux name='many'><dimensions><dim name={_attribute(told['dimension'])}/></dimensions>"
        "<eqn>2</eqn></aux>"
        f"<group name={_attribute(told['group'])}/>"
    )
    dimensions = (
        f"<dimensions><dim name={_attribute(told['dimension'])}><elem name={_attribute(told['element'])}/>"
        "<elem name='two'/></dim></dimensions>"
    )
    attributes = f"method={_attribute(told['method'])} time_units={_attribute(told['time units'])}"
    attributes += " isee:save_interval='1'"
    made = text(body, header=header, attributes=attributes, dimensions=dimensions, space=told["namespace"])
    made = made.replace(
        "<model>", f"<model name={_attribute(told['model name'])}>" if told["model name"] else "<model>"
    )
    known = {} if field == "equation" else {"last": line(6, 2)}
    return case("xmile: code in a field", f"{field}: {code[:40]!a}", made, values=known, suffix=".xmile")


def names(rng: Random, k: int) -> Case:
    """Names that are alike, words of languages, and signs."""
    pairs = hostile.ALIKE
    if k < len(pairs):
        first, second = pairs[k]
    else:
        pool = (*hostile.QUOTED, *hostile.INTERNAL, *hostile.SCRIPT, *hostile.DUNDER, *hostile.KEYWORDS)
        first, second = rng.sample(pool, 2)
    body = (
        aux(first, "1+TIME")
        + aux(second, "5+TIME")
        + aux("both of them", f'"{first}"*10+"{second}"')
        + aux("clock", "TIME")
    )
    known = {"clock": line(0, 1), "both of them": line(15, 11)}
    return case(
        "xmile: names", f"{first[:30]!a} and {second[:30]!a}", text(body), values=known, suffix=".xmile"
    )


def numbers(rng: Random, k: int) -> Case:
    """Numbers as no computer writes them, where XMILE has numbers."""
    written, value = hostile.number(rng, k // 6)
    places = ("start", "stop", "dt", "equation", "size", "points")
    place = places[k % 6]
    plain = aux("a", "1")
    if place == "equation":
        made, known = text(aux("a", written)), {} if value is None else {"a": level(value)}
    elif place == "size":
        made, known = (
            text(plain, dimensions=f"<dimensions><dim name='d' size='{_text(written)}'/></dimensions>"),
            {},
        )
    elif place == "points":
        gf = f"<gf><xscale min='0' max='4'/><ypts>{_text(written)},{_text(written)}</ypts></gf>"
        made, known = (
            text(f"<aux name='a'><eqn>TIME</eqn>{gf}</aux>"),
            {} if value is None else {"a": level(value)},
        )
    else:
        made, known = text(plain, **{place: _text(written)}), {}
    # a blank or a comma between two numbers is two points
    right = Right.REFUSED if value is None and not (place == "points" and written == "1,5") else Right.EITHER
    return case("xmile: numbers", f"{written[:30]!a} as {place}", made, right, known, suffix=".xmile")


def _doctype(body: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE xmile [{body}]>'


def entities(rng: Random, k: int) -> Case:
    """Entities that grow, and entities that read files of the machine."""
    laughs = rng.randrange(9, 30)
    bomb = '<!ENTITY e0 "1+">' + "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, laughs))
    wide = f'<!ENTITY e "{"1+" * 50_000}">'
    outside = (
        "file:///etc/passwd",
        "file://@SANDBOX@/secret.txt",
        "secret.txt",
        "http://127.0.0.1:9/x",
        "expect://touch%20code_was_run",
        "file:///dev/zero",
        "ftp://127.0.0.1/x",
    )[k % 7]
    heads = (
        (_doctype(bomb), f"&e{laughs - 1};1"),
        (_doctype(wide), "&e;" * 2000 + "1"),
        (_doctype(f'<!ENTITY x SYSTEM "{outside}">'), "&x;"),
        (_doctype(f'<!ENTITY % p SYSTEM "{outside}"> %p;'), "1"),
        (_doctype(f'<!ENTITY x PUBLIC "a" "{outside}">'), "&x;"),
        (f'<?xml version="1.0"?><!DOCTYPE xmile SYSTEM "{outside}">', "1"),
        (_doctype('<!ENTITY a "&b;"><!ENTITY b "&a;">'), "&a;"),
        (f'<?xml version="1.0"?><?xml-stylesheet href="{outside}"?>', "1"),
        (
            '<?xml version="1.0"?>',
            f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{outside}"/>',
        ),
    )
    head, equation = heads[k % len(heads)]
    body = f"<aux name='a'><eqn>{equation}</eqn></aux>"
    right = Right.REFUSED if "&" in equation or "xi:" in equation else Right.EITHER
    return case(
        "xmile: entities",
        f"{k % len(heads)}: {outside}",
        text(body, head),
        right,
        {"a": level(1)},
        others={"secret.txt": str(SECRET).encode()},
        suffix=".xmile",
    )


def shapes(rng: Random, k: int) -> Case:
    """Deep trees, long attributes, doubled, missing and stray parts."""
    deep = rng.choice([300, 3_000, 100_000])
    sized = 10 ** rng.randrange(7, 20)
    one = aux("a", "1")
    bodies = (
        "<group>" * deep + "</group>" * deep,
        f"<aux name='a'><eqn>{'<b>' * deep}1{'</b>' * deep}</eqn></aux>",
        f"<aux name='{'x' * 1_000_000}'><eqn>1</eqn></aux>",
        f"<aux name='a' {' '.join(f'k{i}={chr(34)}{chr(34)}' for i in range(20_000))}><eqn>1</eqn></aux>",
        one * 2,
        "<aux><eqn>1</eqn></aux>",
        "<aux name=''><eqn>1</eqn></aux>",
        "<aux name='a'/>",
        "<stock name='s'><eqn>1</eqn><inflow>nowhere</inflow></stock>",
        "<stock name='s'><eqn>1</eqn><inflow>s</inflow></stock>",
        "<flow name='f'><eqn>f</eqn></flow>",
        "<module name='m'/>",
        "<macro name='m'><eqn>m()</eqn></macro>",
        f"<aux name='a'><eqn>{'(' * deep}1{')' * deep}</eqn></aux>",
        f"<aux name='a'><eqn>{'-' * deep}1</eqn></aux>",
        f"<aux name='a'><eqn>{'IF 1=1 THEN 2 ELSE ' * deep}1</eqn></aux>",
        f"<aux name='a'><eqn>{'NOT ' * deep}1</eqn></aux>",
        f"<aux name='a'><eqn>{'1+' * deep}1</eqn></aux>",
        f"<aux name='a'><eqn>{' ' * deep}1{' ' * deep}</eqn></aux>",
        f"<aux name='a'><eqn>{'{' * deep}1</eqn></aux>",
        f"<aux name='a'><eqn>DELAYN(1, 2, {sized})</eqn></aux>",
        "<!--" + "-" * 3 + "-->" + one,
        "<![CDATA[" + one,
        one + "\x00",
        "<aux name='a'><gf><xpts>1,1,1</xpts><ypts>1,2,3</ypts></gf></aux>",
        "<aux name='a'><eqn>TIME</eqn><gf><xscale min='4' max='0'/><ypts>1,2,3</ypts></gf></aux>",
        "<aux name='a'><eqn>TIME</eqn><gf><xscale min='0' max='1e999'/><ypts>1,2,3</ypts></gf></aux>",
        "<aux name='a'><eqn>TIME</eqn><gf><ypts></ypts></gf></aux>",
    )
    which = k % len(bodies)
    return case(
        "xmile: shapes", f"{which}: {bodies[which][:50]!a}, {deep} deep", text(bodies[which]), suffix=".xmile"
    )


def sizes(rng: Random, k: int) -> Case:
    """Dimensions beyond any memory."""
    huge = 10 ** rng.randrange(8, 40)
    ten = "".join(f"<dim name='d{i}' size='100'/>" for i in range(10))
    used = "".join(f"<dim name='d{i}'/>" for i in range(10))
    forms = (
        (f"<dim name='d' size='{huge}'/>", "<dim name='d'/>"),
        (ten, used),
        ("<dim name='d' size='1000000000'/>", "<dim name='d'/>"),
        (f"<dim name='d' size='{'9' * 5000}'/>", "<dim name='d'/>"),
        (f"<dim name='d' size='-{huge}'/>", "<dim name='d'/>"),
        ("<dim name='d' size='0'/>", "<dim name='d'/>"),
        ("<dim name='d' size='²'/>", "<dim name='d'/>"),
        ("<dim name='d' size='1e9'/>", "<dim name='d'/>"),
        ("<dim name='d' size='٣'/>", "<dim name='d'/>"),
    )
    named, over = forms[k % len(forms)]
    body = f"<aux name='a'><dimensions>{over}</dimensions><eqn>1</eqn></aux>"
    made = text(body, dimensions=f"<dimensions>{named}</dimensions>")
    return case("xmile: sizes", f"{named[:60]!a}", made, Right.REFUSED, suffix=".xmile")


SPECS = (
    "",
    "<start>0</start>",
    "<start>4</start><stop>0</stop><dt>1</dt>",
    "<start>0</start><stop>4</stop><dt>0</dt>",
    "<start>0</start><stop>4</stop><dt>-1</dt>",
    "<start>0</start><stop>4</stop><dt>nan</dt>",
    "<start>0</start><stop>4</stop><dt>1e-300</dt>",
    "<start>0</start><stop>4</stop><dt>1e-12</dt>",
    "<start>0</start><stop>inf</stop><dt>1</dt>",
    "<start>0</start><stop>4</stop><dt reciprocal='true'>0</dt>",
    "<start>0</start><stop>1e300</stop><dt>1</dt>",
    "<start>1_0</start><stop>2_0</stop><dt>1</dt>",
    "<start>0</start><start>1</start><stop>4</stop><dt>1</dt>",
    "<start><b/></start><stop>4</stop><dt>1</dt>",
    "<start>0</start><stop>4</stop><dt reciprocal='true'>1e300</dt>",
)


def specs(rng: Random, k: int) -> Case:
    """Specifications of times that are none."""
    written = SPECS[k % len(SPECS)]
    if k >= len(SPECS):
        written = f"<start>{rng.randrange(-9, 9)}</start><stop>{rng.randrange(-9, 9)}</stop>"
        written += f"<dt>1e-{rng.randrange(9, 400)}</dt>"
    right = Right.EITHER if k % len(SPECS) in (0, 1, 12) and k < len(SPECS) else Right.REFUSED
    return case("xmile: times", written[:70], text(aux("a", "1"), specs=written), right, suffix=".xmile")


PLAIN_TEXT = text(aux("größe", "7"))
RAW = (
    PLAIN_TEXT.replace("utf-8", "utf-16").encode("utf-16"),
    PLAIN_TEXT.replace("utf-8", "utf-16").encode(),
    PLAIN_TEXT.replace("utf-8", "latin-1").encode("latin-1"),
    PLAIN_TEXT.replace("utf-8", "iso-8859-1").encode("latin-1"),
    PLAIN_TEXT.encode("latin-1"),
    PLAIN_TEXT.replace("utf-8", "undefined").encode(),
    PLAIN_TEXT.replace("utf-8", "utf-7").encode("utf-7"),
    PLAIN_TEXT.replace("utf-8", "x" * 9000).encode(),
    codecs.BOM_UTF8 + PLAIN_TEXT.encode(),
    codecs.BOM_UTF16_BE + PLAIN_TEXT.encode("utf-16-be"),
    b"",
    b"<",
    b"<xmile/>",
    b"<html><body>404</body></html>",
    b"\x00" * 100,
    PLAIN_TEXT.encode()[:-20],
    PLAIN_TEXT.encode() * 2,
    PLAIN_TEXT.replace(SPACE, "").encode(),
    PLAIN_TEXT.encode() + b"\x00\x00",
    b"{UTF-8}\na = 1 ~~|",
)


def encodings(rng: Random, k: int) -> Case:
    """Bytes that are not what they say."""
    raw = RAW[k % len(RAW)]
    if k >= len(RAW):
        changed = bytearray(raw)
        for _ in range(3):
            changed.insert(rng.randrange(len(changed) + 1), rng.randrange(256))
        raw = bytes(changed)
    return case("xmile: encodings", f"{k}: {raw[:30]!r}", raw, suffix=".xmile")


KINDS = {fields: 72, names: 80, numbers: 120, entities: 18, shapes: 56, sizes: 9, specs: 20, encodings: 30}
