"""What is installed, what is missing, and what each missing part would give."""

import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from gettext import gettext as _
from importlib import metadata

from amparo import __version__


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the doctor looked at."""

    part: str
    state: str
    """`ok`, `missing`, `too old`, or `refused`."""
    found: str
    """The version or value that is there; empty where there is none."""
    gives: str
    """What it is for."""


@dataclass(frozen=True, slots=True)
class Extra:
    """An optional part of Amparo."""

    name: str
    """As in `pip install 'amparo[NAME]'`."""
    distribution: str
    module: str
    gives: str


EXTRAS = (
    Extra("aff4", "cramjam", "cramjam", _("AFF4 images with Snappy or LZ4 compression")),
    Extra("archives", "backports.zstd", "backports.zstd", _("files compressed with Zstandard")),
    Extra("archives", "inflate64", "inflate64", _("zip archives of Windows larger than 2 GiB (deflate64)")),
    Extra("archives", "lzfse", "lzfse", _("disk images of macOS with LZFSE")),
    Extra("dask", "distributed", "distributed", _("examining on a cluster of machines")),
    Extra("crosscheck", "libfsext-python", "pyfsext", _("second readers of images and volumes for cross-check")),
    Extra("detectors", "onnxruntime", "onnxruntime", _("an agency's own detectors of generated pictures")),
    Extra("documents", "pypdfium2", "pypdfium2", _("pictures and attachments inside PDF files")),
    Extra("heif", "pillow-heif", "pillow_heif", _("HEIC and HEIF pictures, as iPhones make them")),
    Extra("mail", "libpff-python", "pypff", _("Outlook's mail stores")),
    Extra("jxl", "pillow-jxl-plugin", "pillow_jxl", _("JPEG XL pictures")),
    Extra("pdf", "typst", "typst", _("reports as PDF")),
    Extra("postgres", "psycopg", "psycopg", _("a PostgreSQL database for a team")),
    Extra("provenance", "brotli", "brotli", _("marks that Brotli has compressed, in JPEG XL and in C2PA manifests")),
    Extra("provenance", "c2pa-python", "c2pa", _("verifying C2PA manifests: integrity, signature, time")),
    Extra("raw", "rawpy", "rawpy", _("previews inside raw photographs")),
    Extra("video", "av", "av", _("video facts, key frames and vPDQ")),
    Extra("volumes", "libfsapfs-python", "pyfsapfs", _("Apple's file system (APFS)")),
    Extra("volumes", "libbde-python", "pybde", _("BitLocker volumes, given the key")),
    Extra("volumes", "libfvde-python", "pyfvde", _("FileVault volumes, given the key")),
    Extra("volumes", "libfsxfs-python", "pyfsxfs", _("XFS volumes")),
    Extra("web", "duckdb", "duckdb", _("searching the files of an operation")),
    Extra("volumes", "libvshadow-python", "pyvshadow", _("shadow copies of NTFS volumes")),
)

NEEDED = (
    ("Pillow", _("decoding pictures")),
    ("pytsk3", _("file systems, live and deleted")),
    ("olefile", _("documents of Office before 2007, Thumbs.db")),
    ("isal", _("fast reading of E01 images")),
    ("numpy", _("perceptual hashes")),
    ("numba", _("matching at the speed of the machine")),
    ("exifread", _("camera metadata")),
    ("cryptography", _("keys, signatures, sealing")),
    ("Django", _("tables")),
)


def examine_installation() -> Iterator[Part]:
    """Every part, needed ones first."""
    yield Part("amparo", "ok", __version__, "")
    fits = sys.version_info >= (3, 11)
    yield Part("python", "ok" if fits else "too old", platform.python_version(), _("3.11 or newer is needed"))
    yield Part("cores", "ok", str(len(os.sched_getaffinity(0))), _("examiners run at the same time"))
    for distribution, gives in NEEDED:
        yield _part(distribution, distribution, gives, needed=True)
    for extra in EXTRAS:
        yield _part(f"amparo[{extra.name}]", extra.distribution, extra.gives, module=extra.module)


def _part(name: str, distribution: str, gives: str, *, module: str = "", needed: bool = False) -> Part:
    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        remedy = "" if needed else _(" (pip install '{}')").format(name)
        return Part(name, "missing", "", gives + remedy)
    if module and importlib.util.find_spec(module) is None:
        return Part(name, "missing", version, gives)
    return Part(name, "ok", version, gives)
