"""What happens by the clock, as cron lines; the sixth field is seconds."""

from collections.abc import Mapping

from grantflow.jobs.handlers import ESCALATE, REVIVE, SWEEP, TIDY

SCHEDULE: Mapping[str, str] = {
    SWEEP: "* * * * * */15",
    REVIVE: "* * * * * */30",
    TIDY: "17 * * * *",
    ESCALATE: "37 * * * *",
}
