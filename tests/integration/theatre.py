"""Shipped scenarios played through the real services, watched step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from grantflow.cli.stories import Cast, Story, Told
from grantflow.cli.world import World
from grantflow.clock import BERLIN
from grantflow.documents import open_blobs
from grantflow.programmes import check
from grantflow.programmes.load import Programme, read
from grantflow.programmes.scenario import ScenarioStep, parse_scenario
from grantflow.services import ledger
from grantflow.services.ledger import Position
from grantflow.store import demo as facts


@dataclass
class Watched(Story):
    """A story that notes grant and ledger after each of its steps."""

    seen: dict[date, tuple[Decimal | None, Position]] = field(default_factory=dict)

    def _compare(self, number: int, step: ScenarioStep) -> None:
        super()._compare(number, step)
        with self.world.reading() as session:
            case = facts.case(session, self.case_id)
            found = (case.approved, ledger.position(session, self.case_id))
        self.seen[step.at.astimezone(BERLIN).date()] = found

    def sums(self, day: str) -> tuple[int, ...]:
        """Euro granted, ordered or paid, returned, bound but not ordered, after a day's last step.

        Every sum must be one of whole euro.
        """
        granted, found = self.seen[date.fromisoformat(day)]
        exact = (granted or Decimal(0), found.paid, found.returned, found.available)
        assert all(one == int(one) for one in exact), exact
        return tuple(int(one) for one in exact)


@dataclass
class Theatre:
    """An installation with the demo's people, in which stories of the programmes are played."""

    world: World
    cast: Cast

    def programme(self, key: str) -> Programme:
        chosen = self.world.settings
        return read(check.from_folder(chosen.workflows_dir / key, chosen.templates_dir / "letters"))

    def words(self, key: str, name: str) -> str:
        """The text of a shipped scenario."""
        folder = self.world.settings.workflows_dir / key / "scenarios"
        return (folder / f"{name}.toml").read_text("utf-8")

    def tell(self, key: str, words: str, until: datetime | None = None) -> tuple[Watched, Told]:
        """Play a story of a programme, to its end or until a moment, however it goes."""
        programme, scenario = self.programme(key), parse_scenario(words.encode(), "changed.toml")
        blobs = open_blobs(self.world.settings)
        story = Watched(self.world, self.cast, blobs, programme, scenario)
        with self.world.reading() as session:
            call = facts.call_of(session, programme.key, scenario.call)
        return story, story.tell(call, until)

    def play(self, key: str, words: str) -> Watched:
        """Play a story of a programme; nothing may differ from its words."""
        story, told = self.tell(key, words)
        assert [(one.key, one.params) for one in told.problems] == []
        return story
