"""The demo installation: programmes, people and the cases whose scenarios are marked ``demo``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from grantflow import clock
from grantflow.cli.cast import Cast, hire, read_cast
from grantflow.cli.console import console, language
from grantflow.cli.demo_money import furnish, read_money
from grantflow.cli.stories import Story, Told
from grantflow.cli.world import World
from grantflow.documents import open_blobs
from grantflow.programmes import check
from grantflow.programmes.load import Programme, read
from grantflow.programmes.scenario import Scenario
from grantflow.services import catalogue
from grantflow.settings import settings
from grantflow.store import demo as facts
from grantflow.texts import text


def load(world: World) -> None:
    """Programmes and people; the example cases too where there is no case yet."""
    cast = load_people(world)
    with world.reading() as session:
        if facts.has_cases(session):
            return
    console.print(text("cli.demo.cases", language()), style="dim")
    for _ in tell_all(world, cast, until=clock.now()):
        pass


def load_people(world: World) -> Cast:
    """Publish the shipped programmes; add the demo accounts and the money that are missing."""
    chosen = world.settings
    with world.transaction() as session:
        catalogue.load_programmes(session, chosen.workflows_dir, chosen.templates_dir / "letters")
    with world.transaction() as session:
        cast = hire(session, read_cast(chosen.workflows_dir))
        furnish(session, cast, read_money(chosen.workflows_dir))
        return cast


def stories(world: World) -> Iterator[tuple[Programme, Scenario]]:
    """Every scenario that is marked for the demo, with its programme."""
    chosen = world.settings
    for folder in check.programme_folders(chosen.workflows_dir):
        package = check.from_folder(folder, chosen.templates_dir / "letters")
        programme = read(package)
        for scenario in check.scenarios(package):
            if scenario.demo:
                yield programme, scenario


def tell_all(world: World, cast: Cast, until: datetime | None = None) -> Iterator[Told]:
    """Play every demo story, showing which one is running.

    With ``until`` the stories stop at that moment, so that an installation has work to do.
    """
    todo = [(p, s) for p, s in stories(world) if until is None or s.start <= until]
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(todo))
        for programme, scenario in todo:
            title = scenario.title.in_language(language())
            name = programme.title.in_language(language())
            label = text("cli.demo.running", language(), programme=name, title=title)
            progress.update(bar, description=escape(label))
            yield _told(world, cast, programme, scenario, until)
            progress.advance(bar)


def _told(
    world: World, cast: Cast, programme: Programme, scenario: Scenario, until: datetime | None
) -> Told:
    with world.reading() as session:
        call = facts.call_of(session, programme.key, scenario.call)
    story = Story(world, cast, open_blobs(world.settings), programme, scenario)
    return story.tell(call, until)


def sign_ins(spoken: str) -> Table:
    """Who may sign in to the demo, and how."""
    file = read_cast(settings().workflows_dir)
    table = Table(
        text("cli.demo.who", spoken),
        text("cli.demo.name", spoken),
        text("cli.demo.address", spoken),
        caption=text("cli.demo.password", spoken, password=file.password),
        caption_justify="left",
    )
    for person in file.applicants:
        table.add_row(text("roles.APPLICANT", spoken), escape(person.name), person.email)
    for member in file.staff:
        roles = ", ".join(text(f"roles.{role}", spoken) for role in member.roles)
        table.add_row(escape(roles), escape(member.name), member.email)
    return table
