"""Says things about one item from its bytes. One file an analyzer, one line here."""

from amparo.domain.finding import Analyzer

BUILTIN: tuple[Analyzer, ...] = ()
