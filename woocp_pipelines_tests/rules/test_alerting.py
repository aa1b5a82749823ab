"""What people are told, and when: once, if it gets worse, once a day, and the end."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.alerts.memory import ChannelMemory, read_memory, write_memory
from woocp_pipelines.rules.alerting import MORE_AFTER, MOST, QUIET, OpenProblem, decide

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def problem(key="a", level="warning", **others):
    return OpenProblem(key, level, f"title of {key}", "what", "step", **others)


def keys(problems):
    return [each.key for each in problems]


def looks(*sequence, unknown=lambda _key: False):
    """Decisions of several looks; each is a time and what is open then."""
    known, found = {}, []
    for at, problems in sequence:
        decision = decide(known, problems, at, unknown=unknown)
        known = decision.kept
        found.append(decision)
    return found


def test_a_problem_is_told_once():
    first, second = looks((NOW, [problem()]), (NOW + MINUTE, [problem()]))
    assert keys(first.new) == ["a"]
    assert first.level == "warning"
    assert not second.says_something
    assert [each.title for each in second.still_open] == ["title of a"]


def test_all_new_ones_are_told_together_the_worst_first():
    (found,) = looks((NOW, [problem("a"), problem("b", "critical"), problem("c")]))
    assert keys(found.new) == ["b", "a", "c"]
    assert found.level == "critical"


def test_it_is_told_again_when_it_gets_worse_but_not_when_it_gets_better_and_worse_again():
    found = looks(
        (NOW, [problem()]),
        (NOW + MINUTE, [problem(level="critical")]),
        (NOW + 2 * MINUTE, [problem()]),
        (NOW + 3 * MINUTE, [problem(level="critical")]),
    )
    assert [keys(each.worse) for each in found] == [[], ["a"], [], []]
    assert [each.says_something for each in found] == [True, True, False, False]


def test_after_a_day_there_is_one_reminder_of_all_that_is_old():
    found = looks(
        (NOW, [problem("a")]),
        (NOW + DAY / 3, [problem("a"), problem("b")]),
        (NOW + DAY - 5 * MINUTE, [problem("a"), problem("b"), problem("c")]),
        (NOW + DAY, [problem("a"), problem("b"), problem("c")]),
        (NOW + DAY + MINUTE, [problem("a"), problem("b"), problem("c")]),
        (NOW + 2 * DAY - MINUTE, [problem("a"), problem("b"), problem("c")]),
        (NOW + 2 * DAY, [problem("a"), problem("b"), problem("c")]),
    )
    assert [keys(each.new) for each in found[:4]] == [["a"], ["b"], ["c"], []]
    # c was told five minutes ago; from the next day on it is reminded of with the others.
    reminded = [sorted(keys(each.reminded)) for each in found[3:]]
    assert reminded == [["a", "b"], [], ["a", "b", "c"], []]


def test_its_end_is_told_once_and_only_after_some_quiet_minutes():
    found = looks(
        (NOW, [problem()]),
        (NOW + MINUTE, []),
        (NOW + MINUTE + QUIET / 2, []),
        (NOW + MINUTE + QUIET, []),
        (NOW + 2 * QUIET, []),
    )
    assert [[each.title for each in one.recovered] for one in found] == [
        [],
        [],
        [],
        ["title of a"],
        [],
    ]
    assert found[3].level == "ok"
    assert found[3].kept == {}


def test_what_comes_and_goes_is_one_problem():
    times = [NOW + number * MINUTE for number in range(60)]
    found = looks(*((at, [problem()] if at.minute % 4 < 2 else []) for at in times))
    assert sum(each.says_something for each in found) == 1


def test_what_comes_back_after_its_end_was_told_is_new():
    *_, back = looks(
        (NOW, [problem()]), (NOW + MINUTE, []), (NOW + DAY / 2, []), (NOW + DAY, [problem()])
    )
    assert keys(back.new) == ["a"]


def test_what_nobody_can_see_the_end_of_is_dropped_without_a_word():
    found = looks((NOW, [problem(ends=False)]), (NOW + MINUTE, []), (NOW + MINUTE + QUIET, []))
    assert not found[2].says_something
    assert found[2].kept == {}


def test_a_source_that_is_away_ends_nothing():
    found = looks(
        (NOW, [problem("health:x"), problem("run:y")]),
        (NOW + MINUTE, []),
        (NOW + DAY / 2, []),
        unknown=lambda key: key.startswith("health:"),
    )
    assert [each.title for each in found[2].recovered] == ["title of run:y"]
    assert list(found[2].kept) == ["health:x"]


def test_the_same_problem_from_two_sources_is_one_and_the_worse_counts():
    (found,) = looks((NOW, [problem("database"), problem("database", "critical")]))
    assert [(each.key, each.level) for each in found.new] == [("database", "critical")]


def test_a_clock_that_was_set_back_keeps_nothing_silent():
    found = looks((NOW, [problem()]), (NOW - DAY, [problem()]), (NOW - DAY + MINUTE, [problem()]))
    assert [keys(each.reminded) for each in found] == [[], ["a"], []]
    gone = looks((NOW, [problem()]), (NOW + MINUTE, []), (NOW - DAY, []), (NOW - DAY + QUIET, []))
    assert [len(each.recovered) for each in gone] == [0, 0, 0, 1]


def test_what_is_remembered_stays_small():
    many = [problem(f"{number:04d}{'x' * 300}") for number in range(5_000)]
    (found,) = looks((NOW, many))
    assert len(found.kept) == MOST
    assert len(write_memory({"mail": ChannelMemory(found.kept)})) < 100_000


def letters(*numbers, count=0):
    names = tuple(f"order {number}" for number in numbers)
    return problem(records=names, names=names, count=count or len(names))


def test_new_records_of_a_known_problem_are_told_at_most_once_an_hour():
    found = looks(
        (NOW, [letters(1)]),
        (NOW + MINUTE, [letters(1, 2)]),
        (NOW + MORE_AFTER, [letters(1, 2, 3)]),
        (NOW + MORE_AFTER + MINUTE, [letters(1, 2, 3, 4)]),
        (NOW + 2 * MORE_AFTER, [letters(1, 3, 4)]),
        (NOW + 3 * MORE_AFTER, [letters(1, 4)]),
    )
    assert [keys(each.worse) for each in found] == [[], [], ["a"], [], ["a"], []]
    assert not any(each.new or each.reminded for each in found[1:])
    # Whoever reads it looks for what he does not know.
    assert found[2].worse[0].records == ("order 2", "order 3", "order 1")


def test_a_record_that_is_settled_and_another_that_comes_are_news():
    found = looks((NOW, [letters(1)]), (NOW + MORE_AFTER, [letters(2)]))
    assert keys(found[1].worse) == ["a"]


def test_a_record_that_comes_and_goes_is_no_news():
    times = [NOW + number * MORE_AFTER for number in range(6)]
    found = looks(*((at, [letters(1, 2) if at.hour % 2 else letters(1)]) for at in times))
    assert [keys(each.worse) for each in found] == [[], ["a"], [], [], [], []]


def test_of_lists_that_are_cut_only_a_greater_number_is_news():
    listed = range(20)
    found = looks(
        (NOW, [letters(*listed, count=30)]),
        # The first was settled, so that the next one is listed; it is not new.
        (NOW + MORE_AFTER, [letters(*range(1, 21), count=29)]),
        (NOW + 2 * MORE_AFTER, [letters(*range(1, 21), count=30)]),
        (NOW + 3 * MORE_AFTER, [letters(*range(10, 25), count=15)]),
        (NOW + 4 * MORE_AFTER, [letters(*range(10, 26), count=16)]),
    )
    assert [keys(each.worse) for each in found] == [[], [], ["a"], [], ["a"]]


def test_records_that_nobody_counts_are_no_news():
    found = looks(
        (NOW, [problem(records=("order_sync failed",), count=1)]),
        (NOW + MORE_AFTER, [problem(records=("order_sync failed", "x failed"), count=2)]),
    )
    assert not found[1].says_something


def test_what_is_too_much_to_be_told_is_not_over():
    known = [problem("a"), problem("b")]
    worse = [problem(f"{number:04d}", "critical") for number in range(MOST)]
    found = looks(
        (NOW, known),
        *((NOW + (number + 1) * QUIET, [*known, *worse]) for number in range(3)),
        (NOW + 5 * QUIET, known),
    )
    assert all(not each.recovered for each in found[:4])
    assert [each.left_out for each in found] == [0, 2, 2, 2, 0]
    assert keys(found[4].new) == []


def test_of_problems_that_are_too_many_the_known_ones_are_kept_before_new_ones():
    many = [problem(f"{number:04d}") for number in range(MOST)]
    known = problem("zzz")
    found = looks((NOW, [known]), (NOW + MINUTE, [*many, known]))
    assert [each.title for each in found[1].still_open] == ["title of zzz"]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 600),
            st.dictionaries(st.sampled_from("abc"), st.sampled_from(["warning", "critical"])),
        ),
        max_size=30,
    )
)
def test_every_problem_is_told_before_its_end_is_and_memory_survives_a_restart(history):
    known, told, at = {}, set(), NOW
    for minutes, levels in history:
        at += minutes * MINUTE
        decision = decide(known, [problem(key, level) for key, level in levels.items()], at)
        told |= {each.title for each in (*decision.new, *decision.worse)}
        assert {each.title for each in decision.recovered} <= told
        assert {f"title of {key}" for key in levels} <= told
        assert not ({each.title for each in decision.recovered} & {f"title of {k}" for k in levels})
        stored = read_memory(write_memory({"mail": ChannelMemory(decision.kept)}))
        assert stored["mail"].told == dict(decision.kept)
        known = stored["mail"].told
