"""Shipped scenarios played through the real services, watched step by step.

Each story has a database of its own. What several stories begin with is played once in a process:
they go on from copies of its database.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from uuid import UUID

from tests.conftest import NewDatabase

from grantflow.cli import demo_world
from grantflow.cli.stories import Cast, Story, Told
from grantflow.cli.world import World
from grantflow.clock import BERLIN
from grantflow.documents import open_blobs
from grantflow.programmes import check
from grantflow.programmes.load import Programme, read
from grantflow.programmes.scenario import Scenario, ScenarioStep, parse_scenario
from grantflow.services import ledger
from grantflow.services.ledger import Position
from grantflow.settings import Settings
from grantflow.settings import settings as shipped
from grantflow.store import db
from grantflow.store import demo as facts

Seen = dict[date, tuple[Decimal | None, Position]]


@dataclass
class Watched(Story):
    """A story that notes grant and ledger after each of its steps."""

    seen: Seen = field(default_factory=dict)

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


@cache
def _programme(key: str) -> Programme:
    chosen = shipped()
    return read(check.from_folder(chosen.workflows_dir / key, chosen.templates_dir / "letters"))


def steps_before(words: str, until: str) -> int:
    """How many steps a scenario tells before the first one with these words."""
    return words[: words.index(until)].count("[[step]]") - 1


@dataclass(frozen=True)
class Scene:
    """What others go on from: a database nobody is connected to, files, and the story so far."""

    database: str
    folder: Path
    case_id: UUID
    now: datetime
    seen: Seen


@dataclass
class Playhouse:
    """The scenes of a process, and the databases its stories are played in."""

    new_database: NewDatabase
    drop_database: Callable[[str], None]
    folder: Path
    scenes: dict[str, Scene] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=count)
    _company: tuple[str, Cast] | None = None

    def company(self) -> tuple[str, Cast]:
        """The database with the shipped programmes and the people of the demo, and these."""
        if self._company is None:
            world, name = self.opened(None, self.folder)
            cast = demo_world.load_people(world)
            world.sessions.dispose()
            self._company = (name, cast)
        return self._company

    def opened(self, template: str | None, folder: Path) -> tuple[World, str]:
        """A new database, migrated or a copy, and its name."""
        name = f"play_{os.getpid()}_{next(self.numbers)}"
        urls = self.new_database(name, template) if template else self.new_database(name)
        chosen = Settings(
            database_url=urls.application, owner_database_url=urls.owner, data_dir=folder
        )
        return World(chosen, urls, db.connect(urls.application, pool_size=5)), name


@dataclass
class Theatre:
    """Plays stories of the shipped programmes; every one has an installation of its own."""

    house: Playhouse
    folder: Path
    open: list[tuple[World, str]] = field(default_factory=list)

    @property
    def cast(self) -> Cast:
        return self.house.company()[1]

    def programme(self, key: str) -> Programme:
        return _programme(key)

    def words(self, key: str, name: str) -> str:
        """The text of a shipped scenario."""
        return (shipped().workflows_dir / key / "scenarios" / f"{name}.toml").read_text("utf-8")

    def tell(
        self, key: str, words: str, until: datetime | None = None, shared: int = 0
    ) -> tuple[Watched, Told]:
        """Play a story of a programme, to its end or until a moment, however it goes.

        So many of its first steps are ``shared`` with other stories, and played for all of them.
        """
        scenario = parse_scenario(words.encode(), "changed.toml")
        if shared:
            story = self._resumed(key, scenario, shared)
        else:
            story = self._begun(key, scenario, self.folder)
        story.go_on(scenario.step[shared:], shared + 1, until)
        return story, story.end(compared=until is None)

    def play(self, key: str, words: str, shared: int = 0) -> Watched:
        """Play a story of a programme; nothing may differ from its words."""
        story, told = self.tell(key, words, shared=shared)
        assert [(one.key, one.params) for one in told.problems] == []
        return story

    def close(self) -> None:
        """Take the databases of its stories away."""
        for world, name in self.open:
            world.sessions.dispose()
            self.house.drop_database(name)

    def opened(self) -> World:
        """An installation nobody has applied in yet."""
        return self._opened(self.house.company()[0], self.folder)

    def _begun(self, key: str, scenario: Scenario, folder: Path) -> Watched:
        world = self._opened(self.house.company()[0], folder)
        story = Watched(world, self.cast, open_blobs(world.settings), _programme(key), scenario)
        with world.reading() as session:
            call = facts.call_of(session, key, scenario.call)
        story.begin(call)
        return story

    def _opened(self, template: str, folder: Path) -> World:
        opened = self.house.opened(template, folder)
        self.open.append(opened)
        return opened[0]

    def _resumed(self, key: str, scenario: Scenario, shared: int) -> Watched:
        """A story from where others have come together to the same point."""
        begun = scenario.model_dump_json(exclude={"step", "expect", "title", "name"})
        known = f"{key} {begun} {scenario.step[:shared]}"
        scenes = self.house.scenes
        scene = scenes.get(known) or scenes.setdefault(known, self._scene(key, scenario, shared))
        shutil.copytree(scene.folder, self.folder, dirs_exist_ok=True)
        world = self._opened(scene.database, self.folder)
        blobs = open_blobs(world.settings)
        story = Watched(world, self.cast, blobs, _programme(key), scenario, seen=dict(scene.seen))
        story.case_id, story.now = scene.case_id, scene.now
        return story

    def _scene(self, key: str, scenario: Scenario, shared: int) -> Scene:
        folder = self.house.folder / f"scene-{len(self.house.scenes)}"
        story = self._begun(key, scenario, folder)
        story.go_on(scenario.step[:shared])
        assert [(one.key, one.params) for one in story.problems] == []
        world, name = self.open.pop()
        world.sessions.dispose()
        return Scene(name, folder, story.case_id, story.now, story.seen)
