"""Models of the inline texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from latecomer.simulate import Model, load_model


@pytest.fixture(scope="session")
def model_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Model]:
    """A model of some text, loaded once."""
    known: dict[str, Model] = {}

    def make(text: str) -> Model:
        if text not in known:
            path: Path = tmp_path_factory.mktemp("model") / "small.mdl"
            path.write_text(text, encoding="utf-8")
            known[text] = load_model(path)
        return known[text]

    return make
