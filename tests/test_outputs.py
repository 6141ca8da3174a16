"""Files for readers: each has a mark of its maker in a place of its form, and only such are written over."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pandas as pd
import pytest
import vl_convert

from latecomer.cli.runs import Format, write_table
from latecomer.errors import InputError
from latecomer.language import read_text
from latecomer.outputs import own, refuse_output, remarked, signed, write_output, write_outputs
from latecomer.report.publication.style import Caption

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M1,1L8,8"/></svg>'
CAPTION = Caption("Shown", "3", "the study", "reference", ("old",)).text().encode()
TABLE = pd.DataFrame({"member": ["0"], "time": [1.0], "variable": ["a"], "value": [2.0], "unit": ["t"]})


@pytest.mark.parametrize(
    "content",
    [
        SVG.encode(),
        b"<!doctype html>\n<html></html>",
        vl_convert.svg_to_png(SVG),
        vl_convert.svg_to_pdf(SVG),
    ],
    ids=["svg", "html", "png", "pdf"],
)
def test_what_is_signed_is_known_again_and_signed_once(content: bytes) -> None:
    assert not own(content)
    made = signed(content)
    assert own(made)
    assert signed(made) == made
    assert len(made) - len(content) < 60


def test_the_mark_of_a_picture_is_a_sound_chunk() -> None:
    made, kinds, at = signed(vl_convert.svg_to_png(SVG)), [], 8
    while at < len(made):
        (size,) = struct.unpack(">I", made[at : at + 4])
        body = made[at + 4 : at + 8 + size]
        assert struct.unpack(">I", made[at + 8 + size : at + 12 + size])[0] == zlib.crc32(body)
        kinds.append(body[:4])
        at += 12 + size
    assert (kinds[0], kinds[1], kinds[-1]) == (b"IHDR", b"tEXt", b"IEND")


def test_the_mark_of_a_print_moves_nothing_that_its_last_pointer_points_to() -> None:
    plain = vl_convert.svg_to_pdf(SVG)
    made = signed(plain)
    assert made.rstrip().endswith(b"%%EOF")
    start = int(made.rpartition(b"startxref")[2].split()[0])
    assert made[:start] == plain[:start]
    assert made[start : start + 8] == plain[start : start + 8]


def test_texts_tables_and_captions_are_known_by_their_own_form(tmp_path: Path) -> None:
    for form in Format:
        if form is Format.PARQUET:
            pytest.importorskip("pyarrow")
        for _ in range(2):  # the second over the first
            write_table(TABLE, tmp_path / form.value, form)
        foreign = tmp_path / f"foreign {form.value}"
        other = TABLE.rename(columns={"member": "name"})
        stream = io.BytesIO()
        other.to_csv(stream) if form is Format.CSV else other.to_parquet(stream)
        foreign.write_bytes(stream.getvalue())
        with pytest.raises(InputError):
            write_table(TABLE, foreign, form)
    assert own(CAPTION)
    assert own(b'{"holds": true, "scores": []}')
    for text in (
        b"my thesis",
        b'{"name": "my web app"}',
        b"{",
        b"[" * 5000,
        b"a,b\n1,2\n",
        b"\xff\xfe",
        b"n: 3\n",
    ):
        assert not own(text)


def test_a_model_text_with_a_remark_is_read_as_before(root: Path, tmp_path: Path) -> None:
    text = (root / "model" / "latecomer.mdl").read_text(encoding="utf-8")
    path = tmp_path / "a.mdl"
    path.write_text(remarked(text), encoding="utf-8")
    assert own(path.read_bytes())
    assert remarked(remarked(text)) == remarked(text)
    here, there = read_text(path), read_text(root / "model" / "latecomer.mdl")
    assert [(v.name, v.unit, v.definition) for v in here.variables] == [
        (v.name, v.unit, v.definition) for v in there.variables
    ]
    assert own(remarked("k = 1 |").encode())
    sketch = "k = 1 ~~|\n\\\\\\---/// Sketch information\n10,1,a|b"
    assert remarked(sketch).startswith("k = 1 ~~{made by latecomer}|\n\\\\\\---///")


@pytest.mark.parametrize(
    "content", [b"my thesis", b"<html>my page</html>", b"%PDF-1.7\n%%EOF", b"\x89PNG\r\n\x1a\n"]
)
def test_what_latecomer_has_not_written_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        write_output(path, b"<p>new")
    assert str(error.value) == (
        f"{path}: got a file without the mark of latecomer, of another maker or an older version; "
        "expected one with it, or none. Cure: choose another name, or remove it first."
    )
    with pytest.raises(InputError):
        write_outputs(tmp_path, {"report.pdf": b"%PDF-", "report.html": b"<p>new"})
    assert path.read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_an_empty_file_is_written_over_and_a_link_or_a_device_is_not(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert own(write_output(tmp_path / "empty", b"<p>new").read_bytes())
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    for path in (tmp_path / "link", Path("/dev/null"), tmp_path):
        with pytest.raises(
            InputError, match=r"expected the name of a file\. Cure: choose another name, or r"
        ):
            refuse_output(path)
