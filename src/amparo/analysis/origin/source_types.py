"""Digital source types (IPTC NewsCodes), as C2PA, XMP and IPTC-IIM state them, and what they declare."""

from amparo.domain.origin import Claim

_CLAIMS = {
    "trainedalgorithmicmedia": Claim.GENERATED,
    "compositewithtrainedalgorithmicmedia": Claim.ALTERED,
    "compositesynthetic": Claim.ALTERED,
    "digitalcapture": Claim.CAPTURED,
    "computationalcapture": Claim.CAPTURED,
}
"""`algorithmicMedia` (fractals, noise, charts) is none of these: no model was trained for it."""

_SHOWS = {
    Claim.GENERATED: "a trained model made the media",
    Claim.ALTERED: "the media is put together with parts that a trained model made",
    Claim.CAPTURED: "a camera captured the media",
}


def source_type(value: str) -> str:
    """The code at the end of an address or of a name with a prefix."""
    return value.strip().rpartition("/")[2].rpartition(":")[2]


def source_claim(value: str) -> Claim | None:
    """What a digital source type declares; `None` where it tells of neither a model nor a camera."""
    return _CLAIMS.get(source_type(value).lower())


def source_shows(claim: Claim) -> str:
    """The same in words."""
    return _SHOWS[claim]
