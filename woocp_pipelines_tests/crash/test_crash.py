"""The order path survives being killed; `make crash` does the same at 200 points and more."""

import pytest

from woocp_pipelines_tests.crash.drill import run_drill
from woocp_pipelines_tests.crash.plan import phase_of
from woocp_pipelines_tests.crash.report import closing_line, faults

WORLDS = 16
SEED = 7


@pytest.mark.usefixtures("can_kill")
def test_nothing_is_lost_doubled_or_told_twice_wherever_the_process_is_killed(tmp_path):
    drill = run_drill(tmp_path, worlds=WORLDS, seed=SEED, lanes=2)
    kills = [name for world in drill.worlds for name in world.killed_at]
    assert faults(drill) == []
    assert closing_line(drill) == f"crash: {len(kills)} kills, 0 lost, 0 doubled, 0 extra notes"
    assert len(kills) >= 20
    assert {phase_of(name) for name in kills} == {phase_of(name) for name in drill.points}
