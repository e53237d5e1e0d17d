"""Laws of money that hold for every plan, not only for the examples."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from grantflow.rules.budget_lines import BudgetLine, check_lines
from grantflow.rules.financing import Actual, Financing, Plan, Reduction, final_grant
from grantflow.rules.financing_final_lines import FundedLine, final_grant_of_lines
from grantflow.rules.financing_lines import Line, grant_of_lines
from grantflow.rules.financing_recovery import recovery, share_reduction, time_of_use
from grantflow.rules.grant_maximum import GrantedLine, grant_maximum
from grantflow.rules.payments import Request, entitled
from grantflow.rules.payments_years import Distribution, cash_split, fund_distribution
from grantflow.rules.rounding import Rounding, cents, shared


def euros(least: int = 0, most: int = 10_000_000) -> st.SearchStrategy[Decimal]:
    return st.integers(least, most).map(lambda cents: Decimal(cents) / 100)


LAW = settings(deadline=None)  # a loaded machine breaks no law
RATES = st.integers(1, 100).map(lambda percent: Decimal(percent) / 100)
KINDS = st.sampled_from(Financing)
SETTINGS = st.builds(
    Reduction,
    threshold=euros(0, 100_000),
    full_exempt=st.booleans(),
    adds_up=st.booleans(),
    recurring=st.booleans(),
    strict=st.booleans(),
    rounding=st.sampled_from(Rounding),
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    expenditure = draw(euros(1))
    rate = draw(st.none() | RATES)
    grant = draw(euros(0, int(expenditure * 100)))
    return Plan(grant, expenditure, expenditure - grant, rate)


ACTUALS = st.builds(Actual, expenditure=euros(), other_funds=euros())


@LAW
@given(KINDS, plans(), ACTUALS, SETTINGS)
def test_no_grant_is_above_its_maximum_or_below_zero(
    kind: Financing, plan: Plan, actual: Actual, settings: Reduction
) -> None:
    found = final_grant(kind, plan, actual, settings)
    assert 0 <= found.amount <= plan.grant
    assert found.amount + found.reduction == plan.grant
    assert found.amount == found.amount.quantize(Decimal("0.01"))


@LAW
@given(KINDS, plans(), ACTUALS, SETTINGS, euros())
def test_more_expenditure_never_gives_less(
    kind: Financing, plan: Plan, actual: Actual, settings: Reduction, more: Decimal
) -> None:
    higher = Actual(actual.expenditure + more, actual.other_funds)
    first = final_grant(kind, plan, actual, settings)
    assert final_grant(kind, plan, higher, settings).amount >= first.amount


@LAW
@given(KINDS, plans(), ACTUALS, SETTINGS, euros())
def test_more_other_funds_never_give_more(
    kind: Financing, plan: Plan, actual: Actual, settings: Reduction, more: Decimal
) -> None:
    richer = Actual(actual.expenditure, actual.other_funds + more)
    first = final_grant(kind, plan, actual, settings)
    assert final_grant(kind, plan, richer, settings).amount <= first.amount


@LAW
@given(plans(), ACTUALS, SETTINGS)
def test_what_changes_by_no_more_than_the_threshold_changes_nothing(
    plan: Plan, actual: Actual, settings: Reduction
) -> None:
    assert plan.expenditure is not None
    settings = Reduction(threshold=settings.threshold, adds_up=True)
    saved = max(Decimal(0), plan.expenditure - actual.expenditure)
    gained = max(Decimal(0), actual.other_funds - plan.other_funds)
    found = final_grant(Financing.DEFICIT, plan, actual, settings)
    if saved + gained <= settings.threshold:
        assert found.reduction == 0


@LAW
@given(euros(), euros())
def test_recovery_and_last_instalment_make_payments_and_grant_agree(
    paid: Decimal, final: Decimal
) -> None:
    found = recovery(paid, final)
    assert paid - found.repay + found.pay_out == final
    assert 0 in (found.repay, found.pay_out)


@LAW
@given(st.lists(euros(1), min_size=1, max_size=12), st.integers(0, 1000))
def test_no_cent_is_lost_between_funders_and_none_takes_back_more_than_it_gave(
    grants: list[Decimal], per_mille: int
) -> None:
    total = (sum(grants, Decimal(0)) * per_mille / 1000).quantize(Decimal("0.01"))
    shares = share_reduction(total, grants).shares
    assert sum(shares) == total
    assert all(0 <= share <= grant for share, grant in zip(shares, grants, strict=True))


@LAW
@given(euros(), st.lists(st.integers(0, 1000).map(Decimal), min_size=1, max_size=30))
def test_sharing_loses_no_cent_and_strays_no_further_than_rounding_needs(
    total: Decimal, weights: list[Decimal]
) -> None:
    if not any(weights):
        weights = [*weights, Decimal(1)]
    parts = shared(total, weights)
    assert sum(parts) == total
    assert min(parts) >= 0
    allowed = Decimal("0.005") * (len(parts) + 1)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) <= allowed


PERIODS = st.tuples(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(0, 4000))


@LAW
@given(
    euros(), PERIODS, st.sampled_from([Distribution.EQUAL_MONTHS, Distribution.EQUAL_DAYS]),
    st.integers(2019, 2031),
)  # fmt: skip
def test_no_cent_is_lost_between_years_and_only_later_ones_need_authority(
    grant: Decimal, period: tuple[date, int], how: Distribution, decided: int
) -> None:
    start, length = period
    found = cash_split(grant, start, start + timedelta(days=length), decided, distribution=how)
    assert sum(one.cash for one in found.years) == grant
    assert found.commitment_total == sum(one.cash for one in found.years if one.year > decided)
    assert min(one.cash for one in found.years) >= 0


@LAW
@given(euros(), st.lists(st.integers(1, 100), min_size=1, max_size=6), st.integers(1, 99))
def test_no_cent_of_a_fund_is_lost(total: Decimal, weights: list[int], parts: int) -> None:
    shares = {str(n): Decimal(w) / 1000 for n, w in enumerate(weights)}
    shares["rest"] = 1 - sum(shares.values())
    found = fund_distribution(total, shares, {"rest": parts})
    assert sum(one.amount for one in found.parts) == total
    for one in found.parts:
        assert one.each * one.parts + one.rest == one.amount
        assert 0 <= one.rest < Decimal("0.02") * one.parts


LINES = st.lists(st.tuples(euros(0, 1_000_000), euros(0, 1_000_000), st.booleans()), min_size=1)


@LAW
@given(LINES, RATES)
def test_what_is_recognised_never_exceeds_the_plan_nor_what_was_spent(
    rows: list[tuple[Decimal, Decimal, bool]], tolerance: Decimal
) -> None:
    lines = [BudgetLine(str(n), *row) for n, row in enumerate(rows)]
    found = check_lines(lines, tolerance)
    recognised = sum(one.recognised for one in found.lines)
    assert recognised <= found.total_planned
    assert found.not_recognised >= max(Decimal(0), found.total_actual - found.total_planned)
    for one in found.lines:
        assert min(one.planned, one.actual) <= one.recognised <= one.actual
        assert one.approval_needed or one.within_limit or lines[int(one.line)].approved


@LAW
@given(st.lists(st.tuples(euros(), RATES), min_size=1, max_size=12), euros(0, 5_000_000))
def test_no_cent_is_lost_between_lines_and_their_sum_keeps_its_cap(
    rows: list[tuple[Decimal, Decimal]], cap: Decimal
) -> None:
    lines = [Line(str(n), eligible=row[0], rate=row[1]) for n, row in enumerate(rows)]
    free, capped = grant_of_lines(lines), grant_of_lines(lines, cap=cap)
    assert free.total == sum(one.grant for one in free.lines)
    assert capped.total == min(free.total, cap)
    assert free.total + free.other_needed == free.eligible
    assert all(0 <= one.grant <= one.eligible for one in capped.lines)


@LAW
@given(KINDS, euros(), RATES, euros(), euros())
def test_no_payment_is_above_the_need_or_what_is_unpaid(
    kind: Financing, need: Decimal, rate: Decimal, own: Decimal, unpaid: Decimal
) -> None:
    amount, _ = entitled(Request(kind, need, unpaid, rate, own))
    assert 0 <= amount <= min(need, unpaid)


@LAW
@given(euros(), st.integers(1, 600), st.integers(0, 700))
def test_kept_and_recoverable_parts_make_the_grant(grant: Decimal, bound: int, used: int) -> None:
    found = time_of_use(grant, bound, used)
    assert found.kept + found.recoverable == grant
    assert found.recoverable >= 0


@st.composite
def funded_lines(draw: st.DrawFn) -> list[FundedLine]:
    told = draw(st.booleans())
    return [
        FundedLine(str(number), kind, plan, spent, funds if told else None)
        for number, (kind, plan, spent, funds) in enumerate(
            draw(st.lists(st.tuples(KINDS, plans(), euros(), euros()), min_size=1, max_size=8))
        )
    ]


@LAW
@given(funded_lines(), euros(), st.integers(0, 100), st.none() | st.integers(0, 130), SETTINGS)
def test_settled_lines_make_the_whole_and_keep_their_maxima(
    lines: list[FundedLine],
    funds: Decimal,
    own: int,
    amended: int | None,
    settings: Reduction,
) -> None:
    awarded = sum(line.plan.grant for line in lines)
    limit = sum(line.plan.expenditure or Decimal(0) for line in lines)
    grant = None if amended is None else min(limit, cents(awarded * amended / 100))
    if lines[0].other_funds is not None:
        funds = sum((line.other_funds or Decimal(0) for line in lines), Decimal(0))
    extra = cents(funds * own / 100)
    found = final_grant_of_lines(
        lines, grant=grant, other_funds=funds, own_for_overrun=extra, settings=settings
    )
    maxima = [one.line.plan.grant for one in found.lines]
    assert sum(maxima) == (awarded if grant is None else grant)
    assert found.amount == sum(one.found.amount for one in found.lines)
    assert found.amount + found.reduction == sum(maxima)
    assert sum(one.actual.other_funds for one in found.lines) == funds
    assert sum(one.actual.own_for_overrun for one in found.lines) <= extra
    for one, maximum in zip(found.lines, maxima, strict=True):
        assert 0 <= one.found.amount <= maximum
        assert one.found.amount == one.found.amount.quantize(Decimal("0.01"))


@LAW
@given(KINDS, plans(), ACTUALS, SETTINGS)
def test_one_line_alone_is_settled_like_the_whole(
    kind: Financing, plan: Plan, actual: Actual, settings: Reduction
) -> None:
    line = FundedLine("A", kind, plan, actual.expenditure)
    found = final_grant_of_lines([line], other_funds=actual.other_funds, settings=settings)
    assert found.amount == final_grant(kind, plan, actual, settings).amount


@st.composite
def granted_lines(draw: st.DrawFn) -> GrantedLine:
    rate, cap = draw(st.none() | RATES), draw(st.none() | euros())
    return GrantedLine(Line("A", draw(euros()), rate, cap=cap), draw(euros()))


@LAW
@given(st.lists(granted_lines(), max_size=4), st.none() | euros(), st.none() | euros(), euros(1))
def test_a_maximum_never_exceeds_request_need_or_lines_and_grows_with_none_of_them(
    lines: list[GrantedLine], requested: Decimal | None, others: Decimal | None, more: Decimal
) -> None:
    found = grant_maximum(lines, requested=requested, other_funds=others)
    assert 0 <= found.most <= found.eligible
    assert found.most <= sum((one.most for one in found.lines), Decimal(0))
    assert requested is None or found.most <= requested
    assert others is None or found.most + min(others, found.eligible) <= found.eligible
    assert found.granted + found.other_needed == found.eligible
    if found.valid:
        assert found.granted <= found.most
    if others is not None:
        poorer = grant_maximum(lines, requested=requested, other_funds=others + more)
        assert poorer.most <= found.most
