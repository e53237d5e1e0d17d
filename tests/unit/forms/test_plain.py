"""Text without the signs that nobody sees."""

from __future__ import annotations

import pytest

from grantflow.forms import require_visible, visible


def test_control_characters_and_lone_surrogates_vanish_and_the_rest_stays() -> None:
    assert visible("a\x00b\x1f\x7f\ud800c") == "abc"
    assert visible("Zeile\r\n\tzwei – Größe 😀") == "Zeile\r\n\tzwei – Größe 😀"


@pytest.mark.parametrize("unclean", ["\x00", ["a", "\ud800"], {"a": [{"b\x07": 1}]}])
def test_json_with_unclean_text_is_refused_wherever_it_stands(unclean: object) -> None:
    with pytest.raises(ValueError, match="surrogate"):
        require_visible(unclean)


def test_clean_json_stays_as_it_is_however_deep() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep, 1, None, {"a": "b"}]
    assert require_visible(deep) is deep
