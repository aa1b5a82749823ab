"""What people read of a drill: phases, kills, outcomes, and the closing line.

Belongs here: words and numbers. The closing line is a contract (design §6).
"""

from collections import Counter

from rich.table import Table

from woocp_pipelines_tests.crash.drill import Drill
from woocp_pipelines_tests.crash.plan import phase_of


def closing_line(drill: Drill) -> str:
    """`crash: N kills, L lost, D doubled, X extra notes`, over all worlds."""
    kills = sum(len(world.killed_at) for world in drill.worlds)
    lost = sum(len(world.findings.lost) for world in drill.worlds)
    doubled = sum(len(world.findings.doubled) for world in drill.worlds)
    notes = sum(len(world.findings.extra_notes) for world in drill.worlds)
    return f"crash: {kills} kills, {lost} lost, {doubled} doubled, {notes} extra notes"


def faults(drill: Drill) -> list[str]:
    """Every fault of every world, with the points after which it came."""
    return [
        f"killed at {world.plan.at} ({', then '.join(world.killed_at)}): {text}"
        for world in drill.worlds
        for text in world.findings.all()
    ]


def table(drill: Drill) -> Table:
    """Phases by points, kills, and worlds that ended right."""
    points = Counter(phase_of(name) for name in drill.points)
    first = Counter(phase_of(world.killed_at[0]) for world in drill.worlds)
    again = Counter(phase_of(name) for world in drill.worlds for name in world.killed_at[1:])
    right = Counter(
        phase_of(world.killed_at[0]) for world in drill.worlds if not world.findings.all()
    )
    made = Table("phase")
    for title in ("points", "killed", "killed again", "ended right"):
        made.add_column(title, justify="right")
    for phase, count in points.items():
        numbers = (count, first[phase], again[phase], right[phase])
        made.add_row(phase, *(str(number) for number in numbers))
    totals = (points, first, again, right)
    made.add_section()
    made.add_row("all", *(str(each.total()) for each in totals))
    return made
