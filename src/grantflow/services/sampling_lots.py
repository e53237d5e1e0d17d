"""The lot behind samples for in-depth audits: seeded, weighted by risk, to be repeated by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from hashlib import sha256


@dataclass(frozen=True)
class Candidate:
    """A statement in the population: its case's reference, risk points, whether it must be in."""

    reference: str
    points: int = 0
    always: bool = False


@dataclass(frozen=True)
class Lot:
    """What the lot gave a candidate; the smallest ranks are drawn."""

    candidate: Candidate
    rank: int
    drawn: bool

    @property
    def shown(self) -> str:
        """The rank as it is stored and shown: sixteen hexadecimal digits."""
        return f"{self.rank:016x}"


def rank(seed: str, candidate: Candidate) -> int:
    """The first 64 bits of SHA-256 over ``seed:reference``, divided by one plus the risk points.

    More points make the rank smaller and so a draw more likely; nobody can choose the outcome who
    cannot choose the seed, and everybody can repeat it with a pocket calculator.
    """
    if candidate.points < 0:
        raise ValueError(candidate.points)
    digest = sha256(f"{seed}:{candidate.reference}".encode()).hexdigest()
    return int(digest[:16], 16) // (1 + candidate.points)


def size(population: int, share: Decimal) -> int:
    """How many are drawn at least: the share of the population, rounded up."""
    return int((population * share).to_integral_value(ROUND_CEILING))


def select(population: Sequence[Candidate], share: Decimal, seed: str) -> tuple[Lot, ...]:
    """Every candidate with its rank, smallest first; at least the share of them is drawn.

    Those that must be in are drawn first and count towards the share.
    """
    ranked = sorted((rank(seed, one), one.reference, one) for one in population)
    wanted = size(len(ranked), share)
    left = wanted - sum(one.always for _, _, one in ranked)
    lots = []
    for number, _, one in ranked:
        drawn = one.always or left > 0
        left -= drawn and not one.always
        lots.append(Lot(one, number, drawn))
    return tuple(lots)
