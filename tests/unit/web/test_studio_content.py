"""What an editor of the studio may send."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from grantflow.web.studio_files import Expression, Save


@pytest.mark.parametrize("unclean", ["a\ud800", "a\x00", "a\x0b"])
def test_text_that_no_file_can_hold_is_refused(unclean: str) -> None:
    with pytest.raises(ValidationError):
        Save(content=unclean, revision=1)
    with pytest.raises(ValidationError):
        Expression(expression=unclean)
