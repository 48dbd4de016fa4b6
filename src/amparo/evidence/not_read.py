"""Archives and images that are recognised and that nothing here reads: they are said, and never taken for noise."""

import re
from dataclasses import dataclass

from amparo.domain.errors import Encrypted, Unsupported
from amparo.domain.item import Container, Stream
from amparo.domain.limits import Limits


@dataclass(frozen=True, slots=True)
class NotRead:
    """A kind that is known by its mark only. Opening it says what it is and what to do, and gives nothing."""

    word: str
    title: str
    """As in 'It is …'."""
    pattern: bytes
    """A regular expression for how it begins."""
    encrypted: bool = False

    @property
    def kind(self) -> str:
        """As `ContainerFormat.kind`."""
        return self.word

    def recognises(self, head: bytes, size_bytes: int) -> bool:
        """As `ContainerFormat.recognises`."""
        return re.match(self.pattern, head, re.DOTALL) is not None

    def open(self, stream: Stream, *, limits: Limits) -> Container:
        """Raise `Unsupported`, or `Encrypted` where that is what the mark says."""
        if self.encrypted:
            raise Encrypted(
                f"It is {self.title}: open it with its password in another tool and examine what comes out as an"
                " exhibit of its own."
            )
        raise Unsupported(
            f"It is {self.title}, which nothing here reads: extract it with another tool and examine what comes out as"
            " an exhibit of its own."
        )


NOT_READ = (
    NotRead("rar", "a RAR archive", rb"Rar!\x1a\x07|RE\x7e\x5e"),
    NotRead("ace", "an ACE archive", rb".{7}\*\*ACE\*\*"),
    NotRead("arj", "an ARJ archive", rb"\x60\xea.[\x00-\x0a][\x1e-\x30].{5}\x02"),
    NotRead("lha", "an LHA archive", rb"..-(lh[0-9dsx]|lz[s45]|pm[012])-.{13}[\x00-\x03]"),
    NotRead("cab", "a Windows cabinet", rb"MSCF\0\0\0\0"),
    NotRead("wim", "a Windows image of files (WIM)", rb"(MSWIM|WLPWM)\0\0\0"),
    NotRead("stuffit", "a StuffIt archive", rb"SIT!|SITD|StuffIt"),
    NotRead("alz", "an ALZip archive", rb"ALZ\x01"),
    NotRead("egg", "an EGG archive", rb"EGGA\x00\x01"),
    NotRead("zoo", "a ZOO archive", rb".{20}\xdc\xa7\xc4\xfd"),
    NotRead("xar", "a XAR archive (a package of macOS)", rb"xar!\x00"),
    NotRead("mbdb", "the index of an iTunes backup of before iOS 10", rb"mbdb\x05\x00"),
    NotRead("lzip", "a file compressed with lzip", rb"LZIP[\x00\x01]"),
    NotRead("lz4", "a file compressed with LZ4", rb"\x04\x22\x4d\x18|\x02\x21\x4c\x18"),
    NotRead("lzop", "a file compressed with lzop", rb"\x89LZO\0\r\n\x1a\n"),
    NotRead("lzfse", "a file compressed with LZFSE", rb"bvx[12n]"),
    NotRead("sparseimage", "a sparse disk image of macOS (.sparseimage)", rb"sprs\0\0\0"),
    NotRead("encrcdsa", "an encrypted disk image of macOS", rb"encrcdsa", encrypted=True),
    NotRead("ad1", "a logical image of FTK (AD1)", rb"ADSEGMENTEDFILE\0"),
    NotRead("adcrypt", "an image that FTK encrypted", rb"ADCRYPT\0", encrypted=True),
)
"""One line a kind. What gets a reader leaves this table."""
