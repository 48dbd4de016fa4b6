"""The operation at a glance."""

from contracts.browsers import AsOfficer


def test_each_sees_the_exhibits_that_reach_him_or_her(as_officer: AsOfficer) -> None:
    seen = {name: as_officer(name).get("/").content.decode() for name in ("ana", "bruno", "dora", "axel")}
    assert all(number in seen["ana"] for number in ("ES-1", "ES-2"))
    assert "BE-1" not in seen["ana"]
    assert "ES-1" in seen["bruno"]
    assert "BE-1" in seen["bruno"]
    assert "ES-2" not in seen["bruno"]
    assert not any(number in seen["dora"] + seen["axel"] for number in ("ES-1", "ES-2", "BE-1"))


def test_for_another_purpose_nothing_is_shared(as_officer: AsOfficer) -> None:
    bruno = as_officer("bruno")
    assert bruno.post("/purpose", {"purpose": "strategic-analysis"}).status_code == 302
    page = bruno.get("/").content.decode()
    assert "ES-1" not in page
    assert "BE-1" in page
    assert bruno.post("/purpose", {"purpose": "curiosity"}, follow=True).status_code == 200
