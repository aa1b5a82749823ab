"""Running the upgrade: from several processes at once, and from anywhere."""

import os
import subprocess
import sys

from woocp_pipelines.counterpoint.migrations import VERSION_TABLE, current

PROGRAM = (
    "import sys; from woocp_pipelines.counterpoint.engine import open_engine; "
    "from woocp_pipelines.counterpoint.migrations import upgrade; "
    "print(upgrade(open_engine(sys.stdin.read())))"
)


def test_two_upgrades_at_once_apply_each_revision_once(new_database, tmp_path):
    engine = new_database()
    url = engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=environment,
        )
        for _ in range(2)
    ]
    for run in runs:
        # Both have their URL before either is waited for.
        run.stdin.write(url)
        run.stdin.close()
    answers = sorted(run.stdout.read().strip() for run in runs)
    for run in runs:
        run.stdout.close()
    assert [run.wait() for run in runs] == [0, 0]
    assert answers == ["['0001']", "[]"]
    assert current(engine) == "0001"


def test_the_version_is_kept_in_a_table_of_our_own_name():
    assert VERSION_TABLE == "USER_WOOCP_VERSION"
