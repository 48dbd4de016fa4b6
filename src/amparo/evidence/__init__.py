"""Opens exhibits read-only and yields the items in them. One file a kind of container, one line here."""

from amparo.domain.item import ContainerFormat

BUILTIN: tuple[ContainerFormat, ...] = ()
