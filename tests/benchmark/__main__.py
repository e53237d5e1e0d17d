"""``make bench``: prints a table of what was measured and wanted, writes build/bench.json."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmark import batch, http, ledger, letters, lists, rules, steps
from tests.benchmark.world import ROOT, opened

console = Console()


def measured() -> dict[str, Any]:
    """Every figure by name."""
    with opened() as bench:
        console.print("[dim]steps of an ageing case …[/dim]")
        found = {**steps.ours(bench), **steps.stock(bench)}
        console.print("[dim]a step over HTTP …[/dim]")
        found |= http.measure(bench)
        console.print("[dim]the task list at 10,000 cases …[/dim]")
        found |= lists.measure(bench)
        console.print("[dim]commitments at the same time …[/dim]")
        found |= ledger.measure(bench)
    console.print("[dim]rules …[/dim]")
    found |= rules.measure()
    console.print("[dim]letters …[/dim]")
    found |= letters.measure()
    console.print("[dim]a batch of decisions …[/dim]")
    return found | batch.measure() | ratios(found)


def ratios(found: dict[str, Any]) -> dict[str, Any]:
    ours, stock = found["step_service_ms"], found["stock_step_ms"]
    return {
        "growth_1000_to_20": ours[1000] / ours[20],
        "faster_than_stock_400": stock[400] / ours[400],
    }


def rows(found: dict[str, Any]) -> list[tuple[str, str, str, bool | None]]:
    """What is shown: name, figure, what is wanted, whether it is met."""
    table: list[tuple[str, str, str, bool | None]] = []
    for age, took in found["step_service_ms"].items():
        table.append((f"step_service_ms at {age}", f"{took:.2f}", "", None))
    for age, took in found["stock_step_ms"].items():
        shown = f"{took:.2f}" if took else f"stalls after {found['stock_stalls_at']}"
        table.append((f"stock_step_ms at {age}", shown, "", None))
    for age, size in found["state_bytes"].items():
        table.append((f"state_bytes at {age}", str(size), "<= 20000", size <= 20_000))
    limits: tuple[tuple[str, float, bool], ...] = (
        ("growth_1000_to_20", 1.2, True),
        ("faster_than_stock_400", 20, False),
        ("step_http_ms", 8, True),
        ("task_list_ms", 30, True),
        ("task_list_queries", 12, True),
        ("letter_ms", 80, True),
        ("batch_of_its_cores", 0.8, False),
    )
    for name, limit, upper in limits:
        value = found[name]
        met = value <= limit if upper else value >= limit
        table.append((name, f"{value:.2f}", f"{'<=' if upper else '>='} {limit}", met))
    table.append(("rules_us", f"{found['rules_us']:.0f}", "", None))
    for name in ("ledger_commit_ms", "ledger_commit_p95_ms"):
        table.append((f"{name}, eight people at once", f"{found[name]:.1f}", "", None))
    for workers, rate in found["letters_per_s"].items():
        table.append((f"letters_per_s, workers: {workers}", f"{rate:.1f}", "", None))
    number = found["batch_letters"]
    for name, what in (
        ("batch_letters_per_s", f"batch of {number}"),
        ("batch_alone_letters_per_s", "the same letters, one core"),
    ):
        table.append((f"{name}, {what}", f"{found[name]:.1f}", "", None))
    return table


def main() -> None:
    found = measured()
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=2), encoding="utf-8")
    table = Table("what", "measured", "wanted", "")
    for name, value, wanted, met in rows(found):
        mark = "" if met is None else "[green]✓[/green]" if met else "[red]✗[/red]"
        table.add_row(name, value, wanted, mark)
    console.print(table)
    console.print(f"[dim]{target.relative_to(ROOT)}[/dim]")


if __name__ == "__main__":
    main()
