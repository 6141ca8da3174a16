"""How wide words are drawn, on the safe side, and how names are broken into lines."""

from __future__ import annotations

NARROW, WIDE, CAPITAL, OTHER = 0.36, 0.98, 0.76, 0.62


def width(words: str, size: float) -> float:
    """The width of `words` in letters of `size` pixels, no less than in any common sans-serif font.

    >>> width("ill", 10.0), round(width("Mm", 10.0), 1)
    (10.8, 19.6)
    """
    return size * sum(_share(letter) for letter in words)


def _share(letter: str) -> float:
    if letter in "ijlftrI.,:;'|()[]!- ":
        return NARROW if letter not in "-ftr" else 0.42
    if letter in "mwMW@%—":
        return WIDE
    return CAPITAL if letter.isupper() or letter in "<>+−" else OTHER


def wrapped(words: str, room: float, size: float) -> list[str]:
    """`words` in as few lines as fit into `room` pixels, of lengths as even as can be.

    >>> wrapped("debt service to exports ratio", 110.0, 13.0)
    ['debt service to', 'exports ratio']
    """
    parts = words.split() or [words]
    least = len(_filled(parts, room, size))
    while len(_filled(parts, room - 4.0, size)) == least and room > 24.0:
        room -= 4.0
    return _filled(parts, room, size)


def _filled(parts: list[str], room: float, size: float) -> list[str]:
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]} {part}"
        if width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines
