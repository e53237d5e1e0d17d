"""When a job is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grantflow.errors import Conflict, GrantFlowError, Invalid, NotFound, Problem, Temporary
from grantflow.jobs.retries import lock_for_retry, next_try, words

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "wait"), [(0, 10), (1, 30), (2, 90), (5, 2430), (6, 3600), (22, 3600)]
)
def test_what_is_temporary_is_tried_ever_more_rarely(attempts: int, wait: int) -> None:
    assert next_try(Temporary(), attempts, NOW) == NOW + timedelta(seconds=wait)


def test_even_patience_ends_after_most_of_a_day() -> None:
    times = [next_try(Temporary(), attempts, NOW) for attempts in range(24)]
    assert times[-1] is None
    assert sum((at - NOW for at in times if at), timedelta()) > timedelta(hours=16)


def test_a_bug_is_tried_five_times() -> None:
    assert next_try(ValueError(), 3, NOW) is not None
    assert next_try(ValueError(), 4, NOW) is None


@pytest.mark.parametrize("error", [NotFound(), Conflict(), GrantFlowError(), Invalid([])])
def test_our_other_errors_are_not_repeated(error: Exception) -> None:
    assert next_try(error, 0, NOW) is None


def test_a_job_that_waits_for_its_retry_has_a_lock_of_its_own() -> None:
    first = lock_for_retry(7, "case")
    assert first == "case#7"
    assert lock_for_retry(7, first) == first
    assert lock_for_retry(7, None) is None


def test_operations_read_the_reason_in_words() -> None:
    assert words(Temporary()).startswith("Das geht gerade nicht")
    assert words(ValueError("boom")) == "Unerwarteter Fehler: ValueError: boom"
    told = words(Invalid([Problem("people.email", place="email")]))
    assert "vollständige E-Mail-Adresse" in told
    assert "(email)" in told
