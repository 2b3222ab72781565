from itertools import islice

from tests.cutting.plan import Direction, Kind, plan


def test_the_same_seed_gives_the_same_plan_and_every_way_has_its_own() -> None:
    first, again, other = (list(islice(plan(7, way), 50)) for way in (0, 0, 1))

    assert first == again
    assert first != other


def test_a_plan_has_cuts_of_every_kind_in_both_directions() -> None:
    cuts = set(islice(plan(7, 0), 200))

    assert {cut.kind for cut in cuts} == set(Kind)
    assert {cut.direction for cut in cuts} == set(Direction)
