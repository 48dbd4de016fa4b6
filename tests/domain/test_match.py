import pytest

from amparo.domain.match import Basis, Match, NotAMatch, Orientation


def test_a_match_says_all_that_it_takes_to_check_it() -> None:
    match = Match("interpol", 3, 17, Basis.PICTURE, 12, 31, Orientation.LEFT_TO_RIGHT, 88, 90)
    assert str(match) == (
        "picture near entry 17 of interpol, version 3: 12 bits differ, at most 31 may,"
        " mirrored left to right, quality 88"
    )
    assert str(Match("nsrl", 1, 5, Basis.DIGEST_AS_TEXT)) == "digest as text of entry 5 of nsrl, version 1"
    assert (
        str(Match("x", 1, 0, Basis.FILM, 0, 31)) == "film near entry 0 of x, version 1: 0 bits differ, at most 31 may"
    )


@pytest.mark.parametrize(("distance", "threshold"), [(32, 31), (-1, 31), (0, 257)])
def test_beyond_the_threshold_there_is_no_match(distance: int, threshold: int) -> None:
    with pytest.raises(NotAMatch, match="no match"):
        Match("x", 1, 0, Basis.PICTURE, distance, threshold)


def test_digests_have_no_threshold_and_no_orientation() -> None:
    with pytest.raises(NotAMatch, match="Digests"):
        Match("x", 1, 0, Basis.DIGEST, 0, 31)
    with pytest.raises(NotAMatch, match="Digests"):
        Match("x", 1, 0, Basis.DIGEST_AS_TEXT, orientation=Orientation.HALF)


def test_orientations_stand_in_the_order_of_the_reference() -> None:
    assert [Orientation.at(number) for number in range(8)] == list(Orientation)
    assert Orientation.at(0) is Orientation.AS_IT_IS
    assert Orientation.at(5) is Orientation.LEFT_TO_RIGHT
